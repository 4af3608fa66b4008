"""`serve`: papers printed from the ledger, as DOCX, PDF and text, each version sealed once.

Nothing is sent and nothing is signed: every paper says UNSIGNED until a person signs it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from forthwith.cli import console
from forthwith.domain.requests import RequestKind
from forthwith.plain.counting import count
from forthwith.record.matter import Matter
from forthwith.respond.papers.responses import NotServableError
from forthwith.respond.papers.sworn import Mark
from forthwith.respond.registers.requests import RequestRegister
from forthwith.review.privilege.log import Style
from forthwith.workflows import serve as serving
from forthwith.workflows.publish import Published
from forthwith.workflows.registers import register_of
from forthwith.workflows.serve import Declared, PaperOptions

_day = click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the paper; today.")
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
    matter = Matter.open(home)
    with matter.alone():
        chosen = _chosen(register_of(matter), name)
        try:
            done = serving.responses(matter, chosen, _wish(home, **given))
        except NotServableError as stopped:
            _stop("responses", stopped.reasons, as_json=as_json)
    _tell(done, as_json=as_json)


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
    matter = Matter.open(home)
    with matter.alone():
        chosen = _chosen(register_of(matter), name, RequestKind.INTERROGATORY)
        done = serving.verification(matter, chosen, _wish(home, **given))
    _tell(done, as_json=as_json)


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
    from forthwith.workflows.custody.facts import facts_of

    matter = Matter.open(home)
    with matter.alone():
        wish = _wish(home, **given)
        done = serving.declaration(matter, facts_of(home, facts), wish, paper_name)
    _tell_declared(done, as_json=as_json)


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
    matter = Matter.open(home)
    with matter.alone():
        done = serving.transmittal(matter, volume, _wish(home, **given))
    _tell(done, as_json=as_json)


@serve.command("privilege-log")
@click.option(
    "--style",
    type=click.Choice([each.value for each in Style]),
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
    from forthwith.review.privilege.matter import log_of

    matter = Matter.open(home)
    with matter.alone():
        log = log_of(matter, subjects=subjects)
        done = serving.privilege_log(matter, log, Style(style), _wish(home, **given))
    _tell(done, as_json=as_json)


def _wish(
    home: Path, day: datetime | None, into: Path | None, signer: str = "", place: str = ""
) -> PaperOptions:
    on = day.date() if day else datetime.now().astimezone().date()
    return PaperOptions(on, home / into if into else None, signer, place)


def _chosen(register: RequestRegister, name: str, kind: RequestKind | None = None) -> str:
    known = [each.name for each in register.sets.values() if kind in (None, each.kind)]
    if not name and len(known) != 1:
        raise click.UsageError(f"Say which set with --set: {', '.join(known) or 'there is none'}.")
    return name or known[0]


def _stop(paper: str, reasons: Sequence[str], *, as_json: bool) -> NoReturn:
    if as_json:
        console.raw(json.dumps({"paper": "", "not_served": list(reasons)}, ensure_ascii=False))
    else:
        for each in reasons:
            console.say(f"  {each}")
        console.say(f"NOT SERVED: {count(len(reasons), 'thing')} to mend in the {paper}.")
    raise SystemExit(console.FINDINGS)


def _tell_declared(done: Declared, *, as_json: bool) -> None:
    if done.published is not None:
        _tell(done.published, as_json=as_json, marks=done.marks)
    for each in () if as_json else done.marks:
        _say_mark(each)
    reasons = [
        f"{each.number}. cites {one.cite}, which {one.why}"
        for each in done.marks
        for one in each.red
    ]
    _stop("declaration", reasons, as_json=as_json)


def _say_mark(mark: Mark) -> None:
    for line in () if mark.clean else mark.lines():
        console.say(line)


def _tell(done: Published, *, as_json: bool, marks: Sequence[Mark] = ()) -> NoReturn:
    left = [each for each in marks if not each.clean]
    if as_json:
        said: dict[str, Any] = done.as_json()
        if marks:
            said["margin"] = [_plain(each) for each in marks]
        console.raw(json.dumps(said, ensure_ascii=False))
    else:
        for each in left:
            _say_mark(each)
        for path in done.files:
            console.say(str(path))
        console.say(f"{done.key} is sealed in the journal. It is UNSIGNED, and nothing was sent.")
        if marks:
            words = count(len(left), "sentence")
            console.say(f"For the drafter: {words} of {len(marks):,} not clean (above).")
    raise SystemExit(console.FINDINGS if left else console.CLEAN)


def _plain(each: Mark) -> dict[str, Any]:
    return {
        "number": each.number,
        "statement": each.sentence.id,
        "standing": each.sentence.standing,
        "why": each.sentence.why,
        "misquoted": list(each.misquoted),
    }
