"""Each paper to serve: composed by its room, published under its next version.

`serve` types them one by one and `answer` prints them all; both come through here. The caller
holds the matter (`CaseFile.alone`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.statements.statements import BooksJudge, check
from forthwith.domain.acts import Act
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RESPONSE, RESPONSES_FORM, RequestKind
from forthwith.papers.blocks import Block, Paper
from forthwith.plain.counting import ordinal
from forthwith.respond.papers import responses as papers_responses
from forthwith.respond.papers import sworn as papers_sworn
from forthwith.respond.papers import transmittal as papers_transmittal
from forthwith.respond.papers.front import Front
from forthwith.respond.papers.responses import NothingToServeError
from forthwith.respond.papers.sworn import Mark, Sentence
from forthwith.respond.papers.transmittal import Sent
from forthwith.respond.registers.requests import RequestRegister, served_copy
from forthwith.review.privilege import log_files
from forthwith.review.privilege.log import PrivilegeLog, Style
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.outgoing import NotSealedError, check_may_go
from forthwith.workflows.publish import PAPER, PublishedPaper, publish


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
class DeclarationPaper:
    """A declaration with what its drafter should read; None where a citation stopped it."""

    published: PublishedPaper | None
    marks: tuple[Mark, ...]


class WhichSetError(ForthwithError):
    """A paper answers one set, and no set, or no single one, was named."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(f"Say which set with --set: {', '.join(known) or 'there is none'}.")


class NoStatementError(ForthwithError):
    """Nobody of this name states anything among the facts."""

    def __init__(self, signer: str, known: Sequence[str]) -> None:
        super().__init__(
            f"No statement of {signer!r} is among the facts. Speakers: "
            f"{', '.join(known) or 'none'}."
        )


def chosen_set(register: RequestRegister, name: str, kind: RequestKind | None = None) -> str:
    """Return the set that was named, or the only one there is. Raises WhichSetError."""
    known = [each.name for each in register.sets.values() if kind in (None, each.kind)]
    if not name and len(known) != 1:
        raise WhichSetError(known)
    return name or known[0]


def responses(case: CaseFile, name: str, options: PaperOptions) -> PublishedPaper:
    """Publish responses and objections to a set; `name` may be "" where there is one set.

    Raises WhichSetError, NotServableError, NothingToServeError.
    """
    register = case.requests
    name = chosen_set(register, name)
    requests = register.of(name)
    if requests and not any(request.draft for request in requests):
        served = [request.response.served for request in requests if request.response]
        if served:
            raise NothingToServeError(name, max(served), list(register.sets))
    front = case.front(options.signer)
    blocks = papers_responses.compose(front, register, name, case.pages)
    title = papers_responses.title(front, requests)
    body = [*blocks, front.signature(options.day), *front.certificate()]
    return publish(
        case,
        "responses",
        _court_paper(title, body, options.day, front),
        options.into,
        facts={"set": name},
        more=_served(register, name),
        beside={".json": _for_programs(register, name)},
    )


def _served(register: RequestRegister, name: str) -> Callable[[str], list[Act]]:
    """Return the acts by which each response of a set is served in a paper."""
    drafts = [request.response for request in register.of(name) if request.response]

    def acts(key: str) -> list[Act]:
        return [Act(RESPONSE, draft.request, replace(draft, served=key).body()) for draft in drafts]

    return acts


def _for_programs(register: RequestRegister, name: str) -> bytes:
    """Return the responses as the receiver's program reads them: `deficiency --responses`."""
    served = register.sets[name]
    bodies = {
        request.request.number: served_copy(request.response).body()
        for request in register.of(name)
        if request.response
    }
    about = {"name": served.name, "kind": served.kind}
    paper = {"form": RESPONSES_FORM, "set": about, "responses": bodies}
    return (json.dumps(paper, ensure_ascii=False, indent=1) + "\n").encode()


def verification(case: CaseFile, name: str, options: PaperOptions) -> PublishedPaper:
    """Publish the verification of the answers to a set of interrogatories.

    Raises WhichSetError, NothingToServeError, NobodyVerifiesError, PlaceError.
    """
    register = case.requests
    name = chosen_set(register, name, RequestKind.INTERROGATORY)
    front, requests = case.front(), register.of(name)
    if not requests:
        raise NothingToServeError(name, "", list(register.sets))
    person = papers_sworn.verifier(name, requests, options.signer)
    blocks = papers_sworn.verification(front, requests, person, options.place)
    paper = _court_paper(f"Verification of {person}", blocks, options.day, front)
    facts = {"set": name, "place": options.place, "signer": person}
    return publish(case, "verification", paper, options.into, facts=facts, again=options.again)


def declaration(
    case: CaseFile, facts: Facts, options: PaperOptions, paper_name: str = ""
) -> DeclarationPaper:
    """Publish what a speaker states, unless a page cited cannot be looked up.

    `options.signer` is a speaker of the statements, by id or by name. Raises NoStatementError,
    PlaceError.
    """
    person, sentences = _sentences(facts, case.books_judge(facts), options.signer, paper_name)
    front = case.front()
    blocks = papers_sworn.declaration(front, person, sentences, options.place)
    marks = tuple(papers_sworn.margin(sentences, case.citable, case.text))
    if any(mark.unresolved for mark in marks):
        return DeclarationPaper(None, marks)
    standing = {mark.sentence.id: mark.sentence.standing for mark in marks}
    about = {"place": options.place, "signer": person, "standing": standing}
    paper = _court_paper(f"Declaration of {person}", blocks, options.day, front)
    published = publish(case, "declaration", paper, options.into, facts=about, again=options.again)
    return DeclarationPaper(published, marks)


def _sentences(
    facts: Facts, books: BooksJudge | None, signer: str, paper: str
) -> tuple[str, list[Sentence]]:
    """Return the speaker's name and what they swear, as checked against the facts.

    Without a paper named, the sentences of standing "sworn": what somebody wrote in a mail is
    no part of a declaration. `paper` is the beginning of a paper's name.
    """
    names = {person.id: person.name for person in facts.people}
    stated = [
        checked
        for checked in check(facts, books=books)
        if signer in (checked.statement.speaker, names.get(checked.statement.speaker))
        and (
            checked.statement.paper.startswith(paper)
            if paper
            else checked.statement.standing is ProofLevel.SWORN
        )
    ]
    if not stated:
        speakers = dict.fromkeys(statement.speaker for statement in facts.statements)
        raise NoStatementError(signer, list(speakers))
    sentences = [
        Sentence(
            checked.statement.id,
            checked.statement.sentence,
            checked.statement.cites,
            str(checked.result),
            checked.judgement.why,
        )
        for checked in stated
    ]
    speaker = stated[0].statement.speaker
    return names.get(speaker, speaker), sentences


def transmittal(case: CaseFile, name: str, options: PaperOptions) -> PublishedPaper:
    """Publish the letter that hands a sealed volume over.

    Raises NotSealedError, NotToBeSentError, VolumeChangedError.
    """
    if name not in case.sealed:
        raise NotSealedError(name, list(case.sealed))
    check_may_go(case, name, f"No letter hands over {name}", "forthwith serve transmittal")
    received, front, settings = case.received(name), case.front(options.signer), case.settings
    sent = Sent(
        front=front,
        matter=f"{settings.name} ({settings.number})" if settings.number else settings.name,
        day=options.day,
        ordinal=ordinal(case.sealed[name].ordinal),
        volume=case.seen(name),
        files=len(received.volume.folder.sizes),
        rows=received.rows,
        register=case.requests,
        withheld=case.slip_sheets(name),
        confidentiality=settings.letter.get("confidentiality", ""),
        enclosed=_enclosed(case),
    )
    blocks = papers_transmittal.compose(sent)
    paper = Paper(f"Transmittal of {name}", tuple(blocks), options.day, front.answering)
    return publish(case, "transmittal", paper, options.into, facts={"volume": name})


def _enclosed(case: CaseFile) -> tuple[str, ...]:
    """Return the titles of the latest papers of the kinds that go with a volume."""
    latest: dict[tuple[str, str], str] = {}
    for act in case.acts.of(PAPER).values():
        if act.body["kind"] in ("responses", "verification", "privilege-log"):
            about = (act.body["kind"], str(act.body.get("set", "")))
            latest[about] = f"{act.body['title']} ({act.key})"
    return tuple(latest.values())


def privilege_log(
    case: CaseFile, log: PrivilegeLog, style: Style, options: PaperOptions
) -> PublishedPaper:
    """Publish the privilege log: DOCX, PDF and TXT to read, XLSX and CSV to sort."""
    party = case.settings.letter.get("producing_party", "")
    paper = log_files.as_paper(log, style, case.settings.name, options.day, party)
    beside = {
        ".xlsx": log_files.as_xlsx(log, style, options.day),
        ".csv": log_files.as_csv(log, style),
    }
    return publish(
        case,
        "privilege-log",
        paper,
        options.into,
        facts={"style": style.value, "rows": len(log.rows)},
        beside=beside,
        again=options.again,
    )


def _court_paper(title: str, blocks: Sequence[Block], day: date, front: Front) -> Paper:
    return Paper(title, tuple(blocks), day, front.answering, court=True)
