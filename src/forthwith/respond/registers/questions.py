"""The log of questions: what was asked in person or by letter, and what became of each.

Everything is read from the journal and goes back to it as acts; a question keeps every answer it
had, and its id is never used again. Rows of many questions that a person wrote down become
questions, or faults with their line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from forthwith.domain.acts import Act, Acts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.questions import ALLOWED, QUESTION, Occasion, Question, QuestionState
from forthwith.plain.typed_tables import CellError, Columns, TypedRow, day, taken
from forthwith.respond.registers.citations import CitablePages, NotCitableError


class UnknownQuestionError(ForthwithError):
    """No question has this id."""

    def __init__(self, key: str, last: str) -> None:
        known = f"They run from Q-0001 to {last}" if last else "Nothing is asked yet"
        super().__init__(
            f"There is no question {key!r}. {known}; `forthwith questions` lists them all."
        )


class StepNotAllowedError(ForthwithError):
    """A question was to go where it cannot."""

    def __init__(self, key: str, now: QuestionState, wanted: QuestionState) -> None:
        super().__init__(
            f"{key} is {now} and cannot become {wanted}; from there it goes to "
            f"{' or '.join(ALLOWED[now])}."
        )


class UnsoundQuestionError(ForthwithError):
    """A question or an answer lacks a part, or has one that does not belong to it."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(f"This cannot be logged: {what}. {do}.")


#: What a state needs, and no other state may have.
_NEEDS: dict[QuestionState, tuple[str, ...]] = {
    QuestionState.OPEN: (),
    QuestionState.ANSWERED: ("answer",),
    QuestionState.REFUSED: ("because",),
    QuestionState.UNDERTAKEN: ("owner", "due"),
}


_CALLED = {"answer": "the answer", "because": "why it is refused", "owner": "who undertook it",
           "due": "the day it is due"}  # fmt: skip


def faults(question: Question) -> Iterator[tuple[str, str]]:
    """Yield (what, do) for each part that is missing or does not belong to its state."""
    for name, value in (
        ("the question", question.text),
        ("who asks", question.asked_by),
        ("who is asked", question.asked_of),
    ):
        if not value.strip():
            yield f"{name} is not said", "Say it in a few words"
    state = question.state
    for needing, names in _NEEDS.items():
        for name in names:
            value = getattr(question, name)
            if needing is state and not value:
                yield f"it is {state}, and {_CALLED[name]} is not said", "Say it in a few words"
            if needing is not state and value:
                what = f"it is {state}, and {_CALLED[name]} belongs to what is {needing}"
                yield what, f"Make it {needing}, or leave {name!r} empty"
    if question.due and question.due < question.day:
        what = f"it is due on {question.due}, before it was asked on {question.day}"
        yield what, "Check both days"


@dataclass(frozen=True, slots=True)
class QuestionStatus:
    """How one question stands."""

    question: Question
    #: Every version, oldest first: as asked, then after each act about it.
    history: tuple[Question, ...]

    @property
    def amended(self) -> bool:
        """Whether it was answered more than once."""
        return sum(question.state is QuestionState.ANSWERED for question in self.history) > 1


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A question that wants an answer on a day."""

    question: Question
    #: Whether an undertaking to answer has run out.
    overdue: bool


@dataclass(frozen=True, slots=True)
class QuestionRegister:
    """All questions of a matter, in the order in which they were logged."""

    standings: tuple[QuestionStatus, ...]

    @classmethod
    def read(cls, ledger: Acts) -> QuestionRegister:
        """Read the ledger. Raises BodyError."""
        histories: dict[str, list[Question]] = {}
        for act in ledger:
            if act.kind == QUESTION:
                histories.setdefault(act.key, []).append(Question.from_body(act.key, act.body))
        return cls(
            tuple(QuestionStatus(history[-1], tuple(history)) for history in histories.values())
        )

    def on(self, day: date) -> QuestionRegister:
        """Return the log less the questions put after a day; how they stand is as logged last."""
        return QuestionRegister(
            tuple(standing for standing in self.standings if standing.question.day <= day)
        )

    def outstanding(self, day: date) -> tuple[Outstanding, ...]:
        """Return what was put by a day and is open, refused or undertaken."""
        return tuple(
            Outstanding(standing.question, standing.question.overdue(day))
            for standing in self.on(day).standings
            if standing.question.outstanding
        )

    def find(self, key: str) -> QuestionStatus:
        """Return a question by its id, also as "q-1". Raises UnknownQuestionError."""
        shape = re.fullmatch(r"[Qq]-?([0-9]{1,9})", key.strip())
        wanted = _key(int(shape[1])) if shape else ""
        for standing in self.standings:
            if standing.question.key == wanted:
                return standing
        raise UnknownQuestionError(key, self.standings[-1].question.key if self.standings else "")

    def keys(self, count: int) -> list[str]:
        """Return the next ids; none is ever used again."""
        numbers = (int(standing.question.key.removeprefix("Q-")) for standing in self.standings)
        last = max(numbers, default=0)
        return [_key(last + place) for place in range(1, count + 1)]


def _key(number: int) -> str:
    return f"Q-{number:04d}"


def answered(question: Question, answer: str, cites: Sequence[str] = ()) -> Question:
    """Return a question with its answer; what it cited before stands where nothing is cited."""
    return replace(
        question,
        state=QuestionState.ANSWERED, answer=answer.strip(), because="", owner="", due=None,
        cites=tuple(cites) or question.cites,
    )  # fmt: skip


def refused(question: Question, because: str, cites: Sequence[str] = ()) -> Question:
    """Return a question that somebody will not answer, with the reason given."""
    return replace(
        question,
        state=QuestionState.REFUSED, answer="", because=because.strip(), owner="", due=None,
        cites=tuple(cites) or question.cites,
    )  # fmt: skip


def undertaken(
    question: Question, owner: str, due: date | None, cites: Sequence[str] = ()
) -> Question:
    """Return a question that somebody is to answer by a day."""
    return replace(
        question,
        state=QuestionState.UNDERTAKEN, answer="", because="", owner=owner.strip(), due=due,
        cites=tuple(cites) or question.cites,
    )  # fmt: skip


def asked(question: Question) -> Act:
    """Return the act that logs a question. Raises UnsoundQuestionError."""
    for what, do in faults(question):
        raise UnsoundQuestionError(what, do)
    return Act(QUESTION, question.key, question.body())


def moved(question: Question, changed: Question) -> Act:
    """Return the act of a step. Raises StepNotAllowedError, UnsoundQuestionError."""
    if changed.state not in ALLOWED[question.state]:
        raise StepNotAllowedError(question.key, question.state, changed.state)
    return asked(changed)


COLUMNS = Columns(
    ("occasion", "day", "text", "by", "of", "about", "state", "answer", "because", "owner", "due",
     "cites"),
    ("occasion", "day", "text", "by", "of"),
)  # fmt: skip


def read(
    rows: Sequence[TypedRow], register: QuestionRegister, shelf: CitablePages
) -> tuple[tuple[Question, ...], tuple[RowFault, ...]]:
    """Return a question for each row under the next ids, and every fault of every row."""
    faults: list[RowFault] = []
    seen = {_same(standing.question): standing.question.key for standing in register.standings}
    questions: list[Question] = []
    for row in rows:
        question = _row(row, shelf, faults)
        if question is None:
            continue
        if (at := seen.get(_same(question))) is not None:
            what = f"the same was asked of the same person on that day: {at}"
            faults.append(row.fault(what, "Take the row out, or log it with `questions ask`"))
        seen.setdefault(_same(question), f"line {row.line}")
        questions.append(question)
    keys = register.keys(len(questions))
    return tuple(
        replace(question, key=key) for question, key in zip(questions, keys, strict=True)
    ), tuple(faults)


def _same(question: Question) -> tuple[str, ...]:
    """Return what makes two rows the same question."""
    words = (
        question.occasion,
        str(question.day),
        question.text,
        question.asked_by,
        question.asked_of,
    )
    return tuple(" ".join(word.split()).casefold() for word in words)


def _row(row: TypedRow, shelf: CitablePages, row_faults: list[RowFault]) -> Question | None:
    cells = taken(row, shelf, _CELLS, row_faults)
    if cells is None:
        return None
    question = Question(
        key="", text=row["text"], asked_by=row["by"], asked_of=row["of"], about=row["about"],
        answer=row["answer"], because=row["because"], owner=row["owner"], **cells,
    )  # fmt: skip
    wrong = [row.fault(*fault) for fault in faults(question)]
    row_faults.extend(wrong)
    return None if wrong else question


def _word(row: TypedRow, column: str, words: type[StrEnum]) -> str:
    known = [choice.value for choice in words]
    word = row[column].lower()
    if word not in known:
        what = f"the {column} is {row[column][:60]!r}" if word else f"the {column} is not said"
        raise CellError(what, f"Write one of {', '.join(known)}")
    return word


def _cites(row: TypedRow, shelf: CitablePages) -> tuple[str, ...]:
    try:
        return shelf.mentioned(row["cites"])
    except NotCitableError as error:
        raise CellError(f"it cites {error.what}", error.do) from None


#: In the order in which their faults are told.
_CELLS: Mapping[str, Callable[[TypedRow, CitablePages], Any]] = {
    "occasion": lambda row, _: Occasion(_word(row, "occasion", Occasion)),
    "day": lambda row, _: day(row["day"], "day"),
    "state": lambda row, _: (
        QuestionState(_word(row, "state", QuestionState)) if row["state"] else QuestionState.OPEN
    ),
    "due": lambda row, _: day(row["due"], "due day") if row["due"] else None,
    "cites": _cites,
}
