"""`serve`: papers printed from the journal, as DOCX, PDF and text, each version sealed once.

Nothing is sent and nothing is signed: every paper says UNSIGNED until a person signs it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click

from forthwith.cli import console
from forthwith.cli.console import DAY
from forthwith.plain.counting import count
from forthwith.respond.papers.responses import NotServableError
from forthwith.respond.papers.sworn import Mark
from forthwith.review.privilege.log import Style
from forthwith.workflows import privilege
from forthwith.workflows import serve as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.custody.facts import facts_of
from forthwith.workflows.publish import PublishedPaper
from forthwith.workflows.serve import DeclarationPaper, PaperOptions

_day = click.option("--day", type=DAY, help="Day of the paper; today.")
_into = click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="Folder; MATTER/papers."
)
_set = click.option("--set", "name", default="", help="The set; needed where there are several.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_place = click.option("--place", default="", help='Where it is signed: "London, England".')
_counsel = click.option(
    "--signer", default="", help="Counsel who signs; [letter] signer when not given."
)


@click.group()
def serve() -> None:
    """Print papers to serve: DOCX to edit, PDF to file, TXT; numbered, sealed, never overwritten.

    Status 1: the paper stops at something to mend, or the drafter has marks to read.
    """


@serve.command()
@_set
@_counsel
@_day
@_into
@_json
@click.pass_obj
def responses(home: Path, /, name: str, *, as_json: bool, **given: Any) -> None:
    """Responses and objections to a set; refused while any of them cannot be served."""
    try:
        with CaseFile.open(home).alone() as case:
            paper = desk.responses(case, name, _options(home, **given))
    except NotServableError as stopped:
        _stop("responses", stopped.reasons, as_json=as_json)
    _end(paper, as_json=as_json)


@serve.command()
@_set
@click.option("--signer", default="", help="Who verifies; needed where answers name several.")
@_place
@_day
@_into
@_json
@click.pass_obj
def verification(home: Path, /, name: str, *, as_json: bool, **given: Any) -> None:
    """Verification of interrogatory answers by who gave them (Fed. R. Civ. P. 33(b)(3), (5))."""
    with CaseFile.open(home).alone() as case:
        paper = desk.verification(case, name, _options(home, **given))
    _end(paper, as_json=as_json)


@serve.command()
@click.option("--paper", "paper_name", default="", help="Only statements of papers that begin so.")
@click.option("--signer", required=True, help="Who declares: a speaker of the statements.")
@click.option("--facts", type=click.Path(path_type=Path), help="Folder of facts; the matter's.")
@_place
@_day
@_into
@_json
@click.pass_obj
def declaration(
    home: Path, /, paper_name: str, facts: Path | None, *, as_json: bool, **given: Any
) -> None:
    """Declaration of a speaker under 28 U.S.C. 1746, from the statements among the facts.

    Lists beside it, for the drafter only, each sentence the facts do not support, each quotation
    that is not what the document says, and in red each page that cannot be looked up.
    """
    with CaseFile.open(home).alone() as case:
        stated = facts_of(home, facts)
        declared = desk.declaration(case, stated, _options(home, **given), paper_name)
    _end_declaration(declared, as_json=as_json)


@serve.command()
@click.argument("volume")
@_counsel
@_day
@_into
@_json
@click.pass_obj
def transmittal(home: Path, /, volume: str, *, as_json: bool, **given: Any) -> None:
    """Letter that hands a sealed VOLUME over: counts, custodians, which request each page answers.

    Every count is taken from the volume's own files. It names the latest responses, verification
    and privilege log as enclosed: serve those first.
    """
    with CaseFile.open(home).alone() as case:
        paper = desk.transmittal(case, volume, _options(home, **given))
    _end(paper, as_json=as_json)


@serve.command("privilege-log")
@click.option(
    "--style",
    type=click.Choice([style.value for style in Style]),
    default=Style.DOCUMENT.value,
    show_default=True,
    help="How the rows are told.",
)
@click.option("--subjects", is_flag=True, help="Show subjects and file names.")
@_day
@_into
@_json
@click.pass_obj
def privilege_log(
    home: Path, /, style: str, *, subjects: bool, as_json: bool, **given: Any
) -> None:
    """Privilege log as it stands, also as XLSX and CSV."""
    with CaseFile.open(home).alone() as case:
        log = privilege.log_of(case, subjects=subjects)
        paper = desk.privilege_log(case, log, Style(style), _options(home, **given))
    _end(paper, as_json=as_json)


def _options(
    home: Path, day: date | None, into: Path | None, signer: str = "", place: str = ""
) -> PaperOptions:
    return PaperOptions(day or console.today(), home / into if into else None, signer, place)


def _stop(paper: str, reasons: Sequence[str], *, as_json: bool) -> NoReturn:
    """Say why a paper is not printed, and end with status 1."""
    if as_json:
        console.raw(json.dumps({"paper": "", "not_served": list(reasons)}, ensure_ascii=False))
    else:
        for reason in reasons:
            console.say(f"  {reason}")
        console.say(f"NOT SERVED: {count(len(reasons), 'thing')} to mend in the {paper}.")
    raise SystemExit(console.FINDINGS)


def _end_declaration(declared: DeclarationPaper, *, as_json: bool) -> None:
    if declared.published is not None:
        _end(declared.published, as_json=as_json, marks=declared.marks)
    for mark in () if as_json else declared.marks:
        _print_mark(mark)
    reasons = [
        f"{mark.number}. cites {citation.cite}, which {citation.why}"
        for mark in declared.marks
        for citation in mark.unresolved
    ]
    _stop("declaration", reasons, as_json=as_json)


def _print_mark(mark: Mark) -> None:
    for line in () if mark.clean else mark.lines():
        console.say(line)


def _end(paper: PublishedPaper, *, as_json: bool, marks: Sequence[Mark] = ()) -> NoReturn:
    """Print what was published, and end with status 1 where the drafter has marks to read."""
    unclean = [mark for mark in marks if not mark.clean]
    if as_json:
        body: dict[str, Any] = paper.as_json()
        if marks:
            body["margin"] = [_as_json(mark) for mark in marks]
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        for mark in unclean:
            _print_mark(mark)
        for path in paper.files:
            console.say(str(path))
        console.say(f"{paper.key} is sealed in the journal. It is UNSIGNED, and nothing was sent.")
        if marks:
            words = count(len(unclean), "sentence")
            console.say(f"For the drafter: {words} of {len(marks):,} not clean (above).")
    raise SystemExit(console.FINDINGS if unclean else console.CLEAN)


def _as_json(mark: Mark) -> dict[str, Any]:
    return {
        "number": mark.number,
        "statement": mark.sentence.id,
        "standing": mark.sentence.standing,
        "why": mark.sentence.why,
        "misquoted": list(mark.misquoted),
    }
