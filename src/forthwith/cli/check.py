"""`check`: anyone's volumes, opened and judged, alone or against what they answer; no matter."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from forthwith.check import report_page
from forthwith.check.reporting import ProductionReport
from forthwith.cli import console
from forthwith.cli.console import DAY, FileAtHome, NamedFile
from forthwith.domain.errors import ForthwithError
from forthwith.plain import counting
from forthwith.record.workers import default_workers
from forthwith.standards import loader
from forthwith.workflows import check as desk
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
    **given: Any,
) -> None:
    """Check the production in the folders VOLUMES from their delivered files alone.

    Reads DAT, OPT and LFP in any dialect, opens the images, the text and the natives, and compares
    what the natives say with what the load file says. Given what the volumes answer, such as
    requests, responses or a privilege log, finds what `deficiency` finds, without the letter. Exit
    status: 0 clean, 1 findings, 2 a folder cannot be read as a volume, a file not at all, or there
    is no checking by the standard.
    """
    home = home or Path()
    if report is not None and not (home / report).absolute().parent.is_dir():
        raise NoReportFolderError(report)
    rules = loader.load(standard, home)
    options = answer_options(home, given)
    folders, workers = [home / volume for volume in volumes], workers or default_workers()
    alone = options == AnswerOptions()
    if alone:
        found = desk.check(folders, rules, workers=workers)
    else:
        # A volume by itself needs neither facts of custody nor readers of served papers.
        from forthwith.workflows import compare

        found = compare.compare(folders, rules, options, workers=workers).report
    if report is not None:
        page = report_page.html(found.whole, title=rules.title, day=console.today())
        (home / report).write_text(page, encoding="utf-8")
    if as_json:
        single = alone and len(found.reports) == 1
        console.raw(json.dumps((found.whole if single else found).as_dict(), ensure_ascii=False))
    else:
        _tell(found, report)
    raise SystemExit(console.FINDINGS if found.findings else console.CLEAN)


def _tell(found: ProductionReport, report: Path | None) -> None:
    name = found.whole.volume
    for finding in found.findings[:_SHOWN]:
        where = finding.where if finding.where != finding.volume else "volume"
        whose = finding.volume or name
        console.say(f"{whose}: {finding.code} {where or 'production'}: {finding.message}")
    if len(found.findings) > _SHOWN:
        console.say(f"… and {len(found.findings) - _SHOWN:,} more: use --json or --report")
    for volume in found.reports:
        words = ", ".join(
            counting.count(number, _ONE.get(plural, plural), plural)
            for plural, number in volume.counts.items()
        )
        console.say(f"{volume.volume}: {words}.")
    for note in found.notes:
        console.say(f"{name}: note: {note}")
    skipped = sorted(found.whole.not_checked, key=lambda check: check.why)
    for why, checks in groupby(skipped, lambda check: check.why):
        names = ", ".join(f"{check.code} {check.title}" for check in checks)
        console.say(f"{name}: not checked under this standard: {names} ({why})")
    console.say(f"{counting.count(len(found.findings), 'finding')}.")
    if report is not None:
        console.say(f"Report: {report}")
