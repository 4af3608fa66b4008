"""The answer to a deficiency letter, item by item, each cure with what the volume showed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from forthwith.domain.acts import Act
from forthwith.domain.errors import ForthwithError
from forthwith.domain.tracked_finding import CureResult, State, TrackedFinding
from forthwith.papers.blocks import (
    Block,
    Heading,
    Lines,
    Paper,
    Paragraph,
    Table,
    day_or_words,
    long_date,
)
from forthwith.respond.deficiency.findings import FindingRegister

_CURED = re.compile(r"cured(?:\s+in)?\s+(\S.*)", re.IGNORECASE)
_REASONED = re.compile(r"(not a deficiency|withheld)\s+because\s+(\S.*)", re.IGNORECASE | re.DOTALL)


class AnswerNotUnderstoodError(ForthwithError):
    """An answer is none of the three there are."""

    def __init__(self, id_: str, text: str) -> None:
        super().__init__(
            f'The answer to {id_}, {text!r}, is not understood. Write "cured VOL002" (or the file '
            'of a privilege log), "not a deficiency because …" or "withheld because …".'
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the producing side says to one finding."""

    id: str
    #: "cured", "not a deficiency" or "withheld".
    says: str
    because: str = ""
    volume: str = ""

    @classmethod
    def read(cls, id_: str, text: str) -> Answer:
        """Read an answer as typed. Raises AnswerNotUnderstoodError."""
        text = text.strip()
        if (cured := _CURED.fullmatch(text)) is not None:
            return cls(id_, "cured", volume=cured[1])
        if (reasoned := _REASONED.fullmatch(text)) is not None:
            return cls(id_, reasoned[1].lower(), because=reasoned[2].strip())
        raise AnswerNotUnderstoodError(id_, text)


def acts(register: FindingRegister, answer: Answer, outcome: CureResult | None = None) -> list[Act]:
    """Return the acts an answer makes; a cure that was seen in its volume is verified as well.

    Raises UnknownFindingError and StepNotAllowedError.
    """
    if answer.says != "cured":
        return [register.moved(answer.id, State.DISPUTED, says=answer.says, because=answer.because)]
    why = outcome.why if outcome is not None else "nobody has looked"
    # A letter names the volume or the file, not where it lies on one machine.
    name = PurePath(answer.volume).name or answer.volume
    cured = register.moved(answer.id, State.CURED, says="cured", because=why, cured_in=name)
    if outcome is None or not outcome.holds:
        return [cured]
    return [cured, register.after([cured]).moved(answer.id, State.VERIFIED, because=why)]


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """What the reply is written from."""

    items: Mapping[str, TrackedFinding]
    day: date
    matter: str = ""
    #: The day of the letter it answers, as that letter gives it.
    letter: str = ""
    to: str = ""
    sender: str = ""


def compose(facts: ReplyFacts) -> Paper:
    """Return the reply, item by item."""
    sign = facts.sender or "______________________"
    blocks = (*_opening(facts), *_body(facts), Lines(("Respectfully submitted,", "", "", sign)))
    return Paper("Reply to deficiency letter", blocks, facts.day, facts.sender)


def _opening(facts: ReplyFacts) -> Iterator[Block]:
    yield Lines((long_date(facts.day),))
    if facts.to:
        yield Lines((facts.to,))
    letter = f" of {day_or_words(facts.letter)}" if facts.letter else ""
    yield Lines((f"Re: {facts.matter or 'Your deficiency letter'}",), bold=True)
    yield Paragraph(f"Dear {facts.to or 'Counsel'}:")
    yield Paragraph(
        f"We answer your letter{letter} point by point, under its numbers. Where we say that a "
        "point is cured, we also say whether the volume or the log we name shows it."
    )
    states = [str(item.state) for item in facts.items.values()]
    rows = tuple((str(state), f"{states.count(state):,}") for state in State if state in states)
    yield Table(("Points that stand as", "Number"), rows)


def _body(facts: ReplyFacts) -> Iterator[Block]:
    for key, item in facts.items.items():
        yield Heading(f"{key}. {item.finding.where}".removesuffix(". "))
        yield Paragraph(f"You found: {item.finding.message}.")
        yield Paragraph(f"Our answer: {_answer(item)}")


def _answer(item: TrackedFinding) -> str:
    match item.state:
        case State.OPEN:
            return "we have not answered this point yet."
        case State.DISPUTED:
            answer = "responsive material is withheld" if item.says == "withheld" else item.says
            return f"{answer}, because {item.because.rstrip('.')}."
        case State.CURED:
            return (
                f"said to be cured in {item.cured_in}. This is not verified: "
                f"{item.because.rstrip('.')}."
            )
        case State.VERIFIED:
            return f"cured in {item.cured_in}, and verified: {item.because.rstrip('.')}."
        case State.CLOSED:
            return "closed."
