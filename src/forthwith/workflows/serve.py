"""Each paper to serve: composed by its room, published under its next version.

`serve` types them one by one and `answer` prints them all; both come through here. The caller
holds the matter (`matter.alone`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forthwith.check.responses.file import FORM
from forthwith.domain.acts import Act
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RESPONSE
from forthwith.papers.blocks import Block, Paper
from forthwith.record import acts as ledger
from forthwith.record import productions
from forthwith.record.matter import Matter
from forthwith.respond.papers import (
    responses as papers_responses,
)
from forthwith.respond.papers import (
    sworn as papers_sworn,
)
from forthwith.respond.papers import (
    transmittal as papers_transmittal,
)
from forthwith.respond.papers.front import Front
from forthwith.respond.papers.responses import NothingToServeError
from forthwith.respond.papers.sworn import Mark, Sentence
from forthwith.respond.papers.transmittal import Sent
from forthwith.respond.registers.requests import RequestRegister, served_copy
from forthwith.standards import loader
from forthwith.workflows.publish import PAPER, Published, publish
from forthwith.workflows.registers import front_of, pages_of, register_of, shelf_of, text_of, whole

if TYPE_CHECKING:
    from forthwith.custody.facts.facts import Facts
    from forthwith.review.privilege.log import PrivilegeLog, Style


@dataclass(frozen=True, slots=True)
class PaperOptions:
    """What is the same for every paper."""

    day: date
    #: `papers/` of the matter when None.
    into: Path | None = None
    signer: str = ""
    #: Where it is signed.
    place: str = ""
    #: Whether a paper that says what its last version says is published once more.
    again: bool = True


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration with what its drafter should read; None where a citation stopped it."""

    published: Published | None
    marks: tuple[Mark, ...]


class NotSealedError(ForthwithError):
    """A letter was asked for a volume that is not sealed in this matter."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no sealed volume {name!r} in this matter. "
            f"Sealed: {', '.join(known) or 'none'}."
        )


class NotToBeSentError(ForthwithError):
    """A letter was asked for a volume that should not leave the house any more."""

    def __init__(self, name: str, why: str, do: str) -> None:
        super().__init__(f"No letter hands over {name}: {why}. {do}.")


def responses(matter: Matter, name: str, wish: PaperOptions) -> Published:
    """Publish responses and objections to a set. Raises NotServableError, NothingToServeError."""
    register = register_of(matter)
    standings = register.of(name)
    if standings and not any(each.draft for each in standings):
        served = [each.response.served for each in standings if each.response]
        if served:
            raise NothingToServeError(name, max(served), list(register.sets))
    front = front_of(matter, wish.signer)
    blocks = papers_responses.compose(front, register, name, pages_of(matter))
    title = papers_responses.title(front, standings)
    body = [*blocks, front.signature(wish.day), *front.certificate()]
    return publish(
        matter,
        "responses",
        _paper(title, body, wish.day, front),
        wish.into,
        facts={"set": name},
        more=_served(register, name),
        beside={".json": _plain(register, name)},
    )


def _served(register: RequestRegister, name: str) -> Callable[[str], list[Act]]:
    """Return the acts by which each response of a set is served in a paper."""
    held = [each.response for each in register.of(name) if each.response]

    def acts(key: str) -> list[Act]:
        return [Act(RESPONSE, each.request, replace(each, served=key).body()) for each in held]

    return acts


def _plain(register: RequestRegister, name: str) -> bytes:
    """Return the responses as the receiver's program reads them: `deficiency --responses`."""
    held = register.sets[name]
    given = {
        each.request.number: served_copy(each.response).body()
        for each in register.of(name)
        if each.response
    }
    about = {"name": held.name, "kind": held.kind}
    whole = {"form": FORM, "set": about, "responses": given}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def verification(matter: Matter, name: str, wish: PaperOptions) -> Published:
    """Publish the verification of the answers to a set of interrogatories.

    Raises NothingToServeError, NobodyVerifiesError, PlaceError.
    """
    register = register_of(matter)
    front, standings = front_of(matter), register.of(name)
    if not standings:
        raise NothingToServeError(name, "", list(register.sets))
    person = papers_sworn.verifier(name, standings, wish.signer)
    blocks = papers_sworn.verification(front, standings, person, wish.place)
    paper = _paper(f"Verification of {person}", blocks, wish.day, front)
    facts = {"set": name, "place": wish.place, "signer": person}
    return publish(matter, "verification", paper, wish.into, facts=facts, again=wish.again)


def declaration(matter: Matter, facts: Facts, wish: PaperOptions, paper_name: str = "") -> Declared:
    """Publish what a speaker states, unless a citation is red. Raises NoStatementError, PlaceError.

    `wish.signer` is a speaker of the statements, by id or by name.
    """
    person, sentences = _sentences(facts, wish.signer, paper_name)
    front = front_of(matter)
    blocks = papers_sworn.declaration(front, person, sentences, wish.place)
    marks = tuple(papers_sworn.margin(sentences, shelf_of(matter), text_of(matter)))
    if any(each.red for each in marks):
        return Declared(None, marks)
    stood = {each.sentence.id: each.sentence.standing for each in marks}
    told = {"place": wish.place, "signer": person, "standing": stood}
    paper = _paper(f"Declaration of {person}", blocks, wish.day, front)
    done = publish(matter, "declaration", paper, wish.into, facts=told, again=wish.again)
    return Declared(done, marks)


class NoStatementError(ForthwithError):
    """Nobody of this name states anything among the facts."""

    def __init__(self, signer: str, known: Sequence[str]) -> None:
        super().__init__(
            f"No statement of {signer!r} is among the facts. Speakers: "
            f"{', '.join(known) or 'none'}."
        )


def _sentences(facts: Facts, signer: str, paper: str) -> tuple[str, list[Sentence]]:
    """Return the speaker's name and what they swear, as checked against the facts.

    Without a paper named, the sentences of standing "sworn": what somebody wrote in a mail is
    no part of a declaration. `paper` is the beginning of a paper's name.
    """
    from forthwith.custody.facts.facts import ProofLevel
    from forthwith.custody.statements.statements import check

    names = {each.id: each.name for each in facts.people}
    found = [
        each
        for each in check(facts)
        if signer in (each.statement.speaker, names.get(each.statement.speaker))
        and (
            each.statement.paper.startswith(paper)
            if paper
            else each.statement.standing is ProofLevel.SWORN
        )
    ]
    if not found:
        raise NoStatementError(signer, list(dict.fromkeys(e.speaker for e in facts.statements)))
    said = [
        Sentence(
            each.statement.id,
            each.statement.sentence,
            each.statement.cites,
            str(each.result),
            each.judgement.why,
        )
        for each in found
    ]
    speaker = found[0].statement.speaker
    return names.get(speaker, speaker), said


def transmittal(matter: Matter, name: str, wish: PaperOptions) -> Published:
    """Publish the letter that hands a sealed volume over.

    Raises NotSealedError, NotToBeSentError, VolumeChangedError.
    """
    from forthwith.produce.transmittal import ordinal
    from forthwith.review.privilege.produced import slip_sheets
    from forthwith.workflows.received import receive

    with matter.engine.connect() as connection:
        sealed = {each.volume: each for each in productions.sealed(connection)}
    if name not in sealed:
        raise NotSealedError(name, list(sealed))
    _may_go(matter, name, sealed)
    folder, front = whole(matter, sealed[name]), front_of(matter, wish.signer)
    rules = loader.load(sealed[name].standard, matter.folder)
    received = receive(folder, rules, load_files_only=True)
    settings = matter.settings
    sent = Sent(
        front=front,
        matter=f"{settings.name} ({settings.number})" if settings.number else settings.name,
        day=wish.day,
        ordinal=ordinal(sealed[name].ordinal),
        volume=received.seen,
        files=sum(each.is_file() for each in folder.rglob("*")),
        rows=received.rows,
        register=register_of(matter),
        withheld=slip_sheets(folder, rules),
        confidentiality=settings.letter.get("confidentiality", ""),
        enclosed=_enclosed(matter),
    )
    blocks = papers_transmittal.compose(sent)
    paper = Paper(f"Transmittal of {name}", tuple(blocks), wish.day, front.answering)
    return publish(matter, "transmittal", paper, wish.into, facts={"volume": name})


def _may_go(matter: Matter, name: str, sealed: Mapping[str, productions.Production]) -> None:
    """Refuse a volume replaced, or holding what is claimed. Raises NotToBeSentError."""
    after = [each.volume for each in sealed.values() if each.replaces == name]
    if after:
        why = f"{after[-1]} has come in its place"
        raise NotToBeSentError(name, why, f"Send that: forthwith serve transmittal {after[-1]}")
    pages = pages_of(matter)
    held = sorted(pages.numbers[each][1] for each in pages.loose if pages.numbers[each][0] == name)
    if held:
        more = f" and {len(held) - 1:,} more" if len(held) > 1 else ""
        why = f"{held[0]}{more} in it is claimed as privileged and is no slip-sheet"
        do = f"Replace it: forthwith produce {name}_R1 --replace {name}"
        raise NotToBeSentError(name, why, do)


def _enclosed(matter: Matter) -> tuple[str, ...]:
    """Return the titles of the latest papers of the kinds that go with a volume."""
    latest: dict[tuple[str, str], str] = {}
    for act in ledger.read(matter).of(PAPER).values():
        if act.body["kind"] in ("responses", "verification", "privilege-log"):
            told = (act.body["kind"], str(act.body.get("set", "")))
            latest[told] = f"{act.body['title']} ({act.key})"
    return tuple(latest.values())


def privilege_log(matter: Matter, log: PrivilegeLog, style: Style, wish: PaperOptions) -> Published:
    """Publish the privilege log: DOCX, PDF and TXT to read, XLSX and CSV to sort."""
    from forthwith.review.privilege import log_files as written

    party = matter.settings.letter.get("producing_party", "")
    paper = written.as_paper(log, style, matter.settings.name, wish.day, party)
    beside = {
        ".xlsx": written.as_xlsx(log, style, wish.day),
        ".csv": written.as_csv(log, style),
    }
    facts: Mapping[str, Any] = {"style": style.value, "rows": len(log.rows)}
    return publish(
        matter, "privilege-log", paper, wish.into, facts=facts, beside=beside, again=wish.again
    )


def _paper(title: str, blocks: Sequence[Block], day: date, front: Front) -> Paper:
    return Paper(title, tuple(blocks), day, front.answering, court=True)
