"""`serve`: papers printed from the ledger, as DOCX, PDF and text, each version sealed once.

Nothing is sent and nothing is signed: every paper says UNSIGNED until a person signs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from forthwith.cli import console
from forthwith.cli.papers import Published, publish
from forthwith.domain.ledger import Act, Ledger
from forthwith.domain.requests import RESPONSE, RequestKind
from forthwith.formats.paper import Block, Paper
from forthwith.record import ledger, productions, tables
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter
from forthwith.respond import citations, papers_responses, papers_sworn
from forthwith.respond.citations import Shelf
from forthwith.respond.papers_front import Front
from forthwith.respond.papers_responses import NothingToServeError, NotServableError
from forthwith.respond.papers_sworn import Mark, Sentence
from forthwith.respond.ranges import Pages
from forthwith.respond.requests import Register

_day = click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Day of the paper; today.")
_into = click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="Folder; MATTER/papers."
)
_set = click.option("--set", "name", default="", help="The set; needed where there are several.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_place = click.option("--place", default="", help='Where it is signed: "London, England".')


@click.group()
def serve() -> None:
    """Print papers to serve: DOCX to edit, PDF to file, TXT; numbered, sealed, never overwritten.

    Status 1: the paper stops at something to mend, or the drafter has marks to read.
    """


@serve.command()
@_set
@click.option("--signer", default="", help="Counsel who signs; [letter] signer when not given.")
@_day
@_into
@_json
@click.pass_obj
def responses(
    home: Path,
    name: str,
    signer: str,
    day: datetime | None,
    into: Path | None,
    *,
    as_json: bool,
) -> None:
    """Responses and objections to a set; refused while any of them cannot be served."""
    matter = Matter.open(home)
    with matter.alone():
        register = Register.read(ledger.read(matter))
        chosen = _chosen(register, name)
        standings = register.of(chosen)
        if standings and not any(each.draft for each in standings):
            _refuse_served(register, chosen)
        front = _front(matter, signer)
        try:
            blocks = papers_responses.compose(front, register, chosen, _pages(matter))
        except NotServableError as stopped:
            _stop("responses", stopped.reasons, as_json=as_json)
        title = papers_responses.title(front, standings)
        on = _on(day)
        paper = _paper(title, [*blocks, front.signature(on), *front.certificate()], on, front)
        done = publish(
            matter, "responses", paper, into, facts={"set": chosen}, more=_served(register, chosen)
        )
    _tell(done, as_json=as_json)


@serve.command()
@_set
@click.option("--signer", default="", help="Who verifies; needed where answers name several.")
@_place
@_day
@_into
@_json
@click.pass_obj
def verification(
    home: Path,
    name: str,
    signer: str,
    place: str,
    day: datetime | None,
    into: Path | None,
    *,
    as_json: bool,
) -> None:
    """Verification of interrogatory answers by who gave them (Fed. R. Civ. P. 33(b)(3), (5))."""
    matter = Matter.open(home)
    with matter.alone():
        register = Register.read(ledger.read(matter))
        chosen = _chosen(register, name, RequestKind.INTERROGATORY)
        front, standings = _front(matter, ""), register.of(chosen)
        if not standings:
            raise NothingToServeError(chosen, "", list(register.sets))
        person = papers_sworn.verifier(chosen, standings, signer)
        blocks = papers_sworn.verification(front, standings, person, place)
        paper = _paper(f"Verification of {person}", blocks, _on(day), front)
        facts = {"set": chosen, "place": place, "signer": person}
        done = publish(matter, "verification", paper, into, facts=facts)
    _tell(done, as_json=as_json)


@serve.command()
@click.option("--paper", "paper_name", default="", help="Only statements of this paper.")
@click.option("--signer", required=True, help="Who declares: a speaker of the statements.")
@click.option("--facts", type=click.Path(path_type=Path), help="Folder of facts; the matter's.")
@_place
@_day
@_into
@_json
@click.pass_obj
def declaration(
    home: Path,
    paper_name: str,
    signer: str,
    facts: Path | None,
    place: str,
    day: datetime | None,
    into: Path | None,
    *,
    as_json: bool,
) -> None:
    """Declaration of a speaker under 28 U.S.C. 1746, from the statements among the facts.

    Lists beside it, for the drafter only, each sentence the facts do not support, each quotation
    that is not what the document says, and in red each page that cannot be looked up.
    """
    matter = Matter.open(home)
    with matter.alone():
        person, sentences = _sentences(home, facts, signer, paper_name)
        front = _front(matter, "")
        blocks = papers_sworn.declaration(front, person, sentences, place)
        marks = papers_sworn.margin(sentences, _shelf(matter), _text_of(matter))
        if any(each.red for each in marks):
            _say_marks(marks, as_json=as_json, red=True)
        paper = _paper(f"Declaration of {person}", blocks, _on(day), front)
        stood = {each.sentence.id: each.sentence.standing for each in marks}
        done = publish(
            matter,
            "declaration",
            paper,
            into,
            facts={"place": place, "signer": person, "standing": stood},
        )
    _tell(done, as_json=as_json, marks=marks)


def _front(matter: Matter, signer: str) -> Front:
    settings = matter.settings
    made = Front.of(settings.name, settings.number, settings.parties, settings.letter)
    return replace(made, signer=signer) if signer else made


def _paper(title: str, blocks: Sequence[Block], day: date, front: Front) -> Paper:
    return Paper(title, tuple(blocks), day, front.answering, court=True)


def _on(day: datetime | None) -> date:
    return day.date() if day else datetime.now().astimezone().date()


def _chosen(register: Register, name: str, kind: RequestKind | None = None) -> str:
    known = [each.name for each in register.sets.values() if kind in (None, each.kind)]
    if not name and len(known) != 1:
        raise click.UsageError(f"Say which set with --set: {', '.join(known) or 'there is none'}.")
    return name or known[0]


def _refuse_served(register: Register, name: str) -> None:
    served = [each.response.served for each in register.of(name) if each.response]
    if served:
        raise NothingToServeError(name, max(served), list(register.sets))


def _served(register: Register, name: str) -> Callable[[str], list[Act]]:
    """Return the acts by which each response of a set is served in a paper."""
    held = [each.response for each in register.of(name) if each.response]

    def acts(key: str) -> list[Act]:
        return [Act(RESPONSE, each.request, replace(each, served=key).body()) for each in held]

    return acts


def _pages(matter: Matter) -> Pages:
    with matter.engine.connect() as connection:
        return Pages(productions.numbers(connection))


def _shelf(matter: Matter) -> Shelf:
    with matter.engine.connect() as connection:
        rows = connection.execute(sa.select(tables.bates.c.first, tables.bates.c.last))
        ever = tuple(sorted({(row.first, row.last) for row in rows}))
    held: Ledger = ledger.read(matter)
    return Shelf(_pages(matter), ever, citations.withheld(held), matter.settings.bates_prefix)


def _text_of(matter: Matter) -> Callable[[str], str]:
    table = DocumentTable(matter.derived)

    def text(control_number: str) -> str:
        try:
            return table.text(control_number)[0]
        except NotProcessedError:
            return ""

    return text


def _sentences(
    home: Path, folder: Path | None, signer: str, paper: str
) -> tuple[str, list[Sentence]]:
    """Return the speaker's name and what they state, as checked against the facts."""
    from forthwith.cli.custody.common import facts_of
    from forthwith.custody.statements import check

    facts = facts_of(home, folder)
    names = {each.id: each.name for each in facts.people}
    found = [
        each
        for each in check(facts)
        if signer in (each.statement.speaker, names.get(each.statement.speaker))
        and paper in ("", each.statement.paper)
    ]
    if not found:
        speakers = dict.fromkeys(each.speaker for each in facts.statements)
        raise click.UsageError(
            f"No statement of {signer!r} is among the facts. Speakers: "
            f"{', '.join(speakers) or 'none'}."
        )
    said = [
        Sentence(
            each.statement.id, each.statement.sentence, each.statement.cites,
            str(each.result), each.found.why,
        )
        for each in found
    ]  # fmt: skip
    speaker = found[0].statement.speaker
    return names.get(speaker, speaker), said


def _stop(paper: str, reasons: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps({"paper": "", "not_served": list(reasons)}, ensure_ascii=False))
    else:
        for each in reasons:
            console.say(f"  {each}")
        console.say(f"NOT SERVED: {console.count(len(reasons), 'thing')} to mend in the {paper}.")
    raise SystemExit(console.FINDINGS)


def _say_marks(marks: Sequence[Mark], *, as_json: bool, red: bool) -> None:
    """List what the drafter should read; with a citation in red the paper stops here."""
    for each in () if as_json else marks:
        for line in () if each.clean else each.lines():
            console.say(line)
    if red:
        reasons = [
            f"{each.number}. cites {one.cite}, which {one.why}"
            for each in marks
            for one in each.red
        ]
        _stop("declaration", reasons, as_json=as_json)


def _tell(done: Published, *, as_json: bool, marks: Sequence[Mark] = ()) -> None:
    left = [each for each in marks if not each.clean]
    if as_json:
        said: dict[str, Any] = done.as_json()
        if marks:
            said["margin"] = [_plain(each) for each in marks]
        console.raw(json.dumps(said, ensure_ascii=False))
    else:
        _say_marks(marks, as_json=False, red=False)
        for path in done.files:
            console.say(str(path))
        console.say(f"{done.key} is sealed in the journal. It is UNSIGNED, and nothing was sent.")
        if marks:
            words = console.count(len(left), "sentence")
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
