"""`check`: anyone's volumes, opened and judged, alone or against what they answer; no matter."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from cryptography import x509

from forthwith.check import folding, report_page
from forthwith.check.given import ReadOptions
from forthwith.check.reporting import ProductionReport
from forthwith.cli import console
from forthwith.cli.console import DAY, FileAtHome, NamedFile
from forthwith.cli.password_file import asked, passwords_in
from forthwith.domain.acceptance import Acceptance
from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles import synonyms
from forthwith.plain import counting
from forthwith.seals import keys, stamp
from forthwith.seals.seen import WantedSeal
from forthwith.standards import loader
from forthwith.workers.machine import default_workers
from forthwith.workflows import check as desk
from forthwith.workflows.accepted import accepted_in
from forthwith.workflows.compare_options import AnswerOptions

#: Findings shown before the rest is only counted.
_SHOWN = 200
#: What one of each count is called; "unique" is the same of one and of many.
_ONE = {"documents": "document", "families": "family", "pages": "page", "natives": "native"}
_ANSWERS = (
    click.option(
        "--requests",
        multiple=True,
        type=NamedFile(),
        help="Requests as served: DOCX, PDF, TXT, CSV; FILE, or SET=FILE.",
    ),
    click.option(
        "--responses",
        multiple=True,
        type=NamedFile(),
        help="Written responses, as JSON; FILE, or SET=FILE.",
    ),
    click.option(
        "--privilege-log",
        "logs",
        multiple=True,
        type=FileAtHome(),
        help="A privilege log as served: CSV or XLSX, ours or anybody's.",
    ),
    click.option(
        "--attorneys",
        type=FileAtHome(),
        metavar="FILE",
        help="CSV of attorneys, as for `privilege attorneys`.",
    ),
    click.option(
        "--side-domain", "domains", multiple=True, help="A mail domain of the producing side."
    ),
    click.option(
        "--custodian", "custodians", multiple=True, help="Somebody whose documents are due."
    ),
    click.option("--holder", "holders", multiple=True, help="Somebody who held means of control."),
    click.option(
        "--facts",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Tables that say who held what, and when.",
    ),
    click.option("--period", nargs=2, type=DAY, help="First and last day asked for."),
)


class NoReportFolderError(ForthwithError):
    """The report would lie in a folder that is not there."""

    def __init__(self, report: Path) -> None:
        super().__init__(
            f"The folder of {report} does not exist, so the check was not begun. Make the folder, "
            "or name another file with --report."
        )


def held_against(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say what volumes are held against."""
    for option in reversed(_ANSWERS):
        command = option(command)
    return command


_READING = (
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="ROLE=NAME",
        help="Which column of the load file is what, as first_bates=UPI; docs/columns.md has all "
        "that are known.",
    ),
    click.option(
        "--password-file",
        type=FileAtHome(pipe=True),
        metavar="FILE",
        help="Passwords for archives, one a line; each is tried, and none is written anywhere.",
    ),
    click.option(
        "--identity",
        "identities",
        multiple=True,
        type=FileAtHome(),
        metavar="FILE",
        help="A secret key of age, SSH or OpenPGP that opens an encrypted delivery.",
    ),
    click.option(
        "--receipt",
        type=FileAtHome(),
        metavar="FILE",
        help="The receipt of the delivery, as JSON, that what came is compared with.",
    ),
    click.option(
        "--signer",
        default="",
        metavar="KEY",
        help="Whose seal is expected: the file of a public key, or its SHA-256 fingerprint.",
    ),
    click.option(
        "--tsa-root",
        "roots",
        multiple=True,
        type=FileAtHome(),
        metavar="FILE",
        help="A certificate to which the authority of a time stamp must lead.",
    ),
)


def read_otherwise(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how volumes are opened."""
    for option in reversed(_READING):
        command = option(command)
    return command


class ColumnOptionError(ForthwithError):
    """An option for a column does not say which column is what."""

    def __init__(self, text: str) -> None:
        known = ", ".join(sorted(synonyms.table().names))
        super().__init__(
            f"--column {text} does not say which column is what. Write ROLE=NAME, as in "
            f"first_bates=UPI. The roles are: {known}."
        )


class SignerOptionError(ForthwithError):
    """What was given as the expected signer, or as a root, is none."""

    def __init__(self, option: str, text: str, what: str) -> None:
        super().__init__(f"{option} {text} is not {what}.")


def _wanted_seal(home: Path, signer: str, roots: Sequence[Path]) -> WantedSeal:
    """Return what is expected of seals. Raises SignerOptionError."""
    certificates = list[x509.Certificate]()
    for path in roots:
        found = stamp.roots_in(path.read_bytes())
        if not found:
            raise SignerOptionError("--tsa-root", str(path), "a certificate in PEM or DER")
        certificates += found
    if not signer:
        return WantedSeal(roots=tuple(certificates))
    typed = signer.replace(":", "").lower()
    if _FINGERPRINT.fullmatch(typed):
        return WantedSeal(typed, roots=tuple(certificates))
    path = home / signer
    key = keys.public_in(path.read_bytes()) if path.is_file() else None
    if key is None:
        what = "the file of a public key or certificate, nor a fingerprint of 64 hex digits"
        raise SignerOptionError("--signer", signer, what)
    return WantedSeal(key.fingerprint, key, tuple(certificates))


_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


def read_options(given: dict[str, Any], home: Path) -> ReadOptions:
    """Take the values of those options out of `given`.

    Raises ColumnOptionError, NoPasswordsError, SignerOptionError.
    """
    columns: dict[str, list[str]] = {}
    for text in given.pop("columns"):
        role, sign, name = text.partition("=")
        role = role.strip().lower()
        if not (sign and name.strip()) or role not in synonyms.table().names:
            raise ColumnOptionError(text)
        columns.setdefault(role, []).append(name.strip())
    passwords = passwords_in(given.pop("password_file"))
    seal = _wanted_seal(home, given.pop("signer"), given.pop("roots"))
    there = sys.stdin.isatty() and sys.stderr.isatty()
    return ReadOptions(
        columns,
        passwords,
        given.pop("identities"),
        given.pop("receipt"),
        (lambda name: asked(f"Password of {name}")) if there else None,
        seal,
    )


def answer_options(home: Path, given: dict[str, Any]) -> AnswerOptions:
    """Take the values of those options out of `given`, and return them."""
    period, facts = given.pop("period"), given.pop("facts")
    names = ("requests", "responses", "logs", "attorneys", "domains", "custodians", "holders")
    return AnswerOptions(
        **{name: given.pop(name) for name in names},
        facts=home / facts if facts else None,
        period=period,
    )


@click.command()
@click.argument("volumes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--standard",
    default="sec/2021-08",
    show_default=True,
    help="What to hold it to: a name, or a TOML of your own as ./FILE.toml.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write an HTML report."
)
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Processes; 0: one a core.")
@click.option("--all", "every", is_flag=True, help="Print every finding, echoes and all.")
@read_otherwise
@held_against
@click.pass_obj
def check(
    home: Path | None,
    /,
    volumes: tuple[Path, ...],
    standard: str,
    report: Path | None,
    workers: int,
    *,
    as_json: bool,
    every: bool,
    **given: Any,
) -> None:
    """Check the production in VOLUMES from their delivered files alone.

    VOLUMES are folders, a folder of several, or archives of them; several are checked together:
    numbers across them, overlays, documents delivered again. Reads DAT, CSV, OPT and LFP in any
    dialect, opens the images, the text and the natives, and compares what the natives say with what
    the load file says. Given what the volumes answer, such as
    requests, responses or a privilege log, finds what `deficiency` finds, without the letter. Exit
    status: 0 clean, 1 findings, 2 a folder cannot be read as a volume, a file not at all, or there
    is no checking by the standard.
    """
    home = home or Path()
    if report is not None and not (home / report).absolute().parent.is_dir():
        raise NoReportFolderError(report)
    rules = loader.load(standard, home)
    options, reading = answer_options(home, given), read_options(given, home)
    folders, workers = [home / volume for volume in volumes], workers or default_workers()
    alone = options == AnswerOptions()
    if alone:
        found = desk.check(folders, rules, workers=workers, options=reading)
    else:
        # A volume by itself needs neither facts of custody nor readers of served papers.
        from forthwith.workflows import compare

        with compare.compare(
            folders, rules, options, workers=workers, reading=reading
        ) as production:
            found = production.report
    if report is not None:
        page = report_page.html(found.whole, title=rules.title, day=console.today())
        (home / report).write_text(page, encoding="utf-8")
    accepted = [wanted for folder in folders for wanted in accepted_in(folder)]
    if as_json:
        single = alone and len(found.reports) == 1
        body = (found.whole if single else found).as_dict()
        if accepted:
            body["accepted"] = [asdict(wanted) for wanted in accepted]
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        _tell(found, report, accepted, every=every)
    raise SystemExit(console.FINDINGS if found.findings else console.CLEAN)


def _tell(
    found: ProductionReport, report: Path | None, accepted: Sequence[Acceptance], *, every: bool
) -> None:
    name = found.whole.volume
    folded = found.folded
    shown = folding.ordered(found.findings) if every else folded
    for finding in shown if every else shown[:_SHOWN]:
        where = finding.where if finding.where != finding.volume else "volume"
        whose = finding.volume or name
        line = f"{whose}: {finding.code} {where or 'production'}: {finding.message}"
        # A name in a volume may hold line breaks, and a finding is one line.
        console.say(line.replace("\n", "\\n").replace("\t", "\\t"))
    if len(shown) > _SHOWN and not every:
        console.say(f"… and {len(shown) - _SHOWN:,} more: use --all, --json or --report")
    for wanted in accepted:
        console.say(f"{wanted.name} was accepted when its volume was sealed: {wanted.reason}")
    for volume in found.reports:
        words = ", ".join(
            counting.count(number, _ONE.get(plural, plural), plural)
            for plural, number in volume.counts.items()
        )
        console.say(f"{volume.volume}: {words}.")
    for seal in found.whole.seals:
        console.say(f"{seal.file}: {seal.verdict} {seal.limits}")
    for note in found.notes:
        console.say(f"{name}: note: {note}".replace("\n", "\\n"))
    skipped = sorted(found.whole.not_checked, key=lambda check: check.why)
    for why, checks in groupby(skipped, lambda check: check.why):
        names = ", ".join(f"{check.code} {check.title}" for check in checks)
        console.say(f"{name}: not checked under this standard: {names} ({why})")
    follow = len(found.findings) - len(folded)
    more = f"; {follow:,} more follow from them (--all prints each)" if follow and not every else ""
    console.say(f"{counting.count(len(shown), 'finding')}{more}.")
    if report is not None:
        console.say(f"Report: {report}")
