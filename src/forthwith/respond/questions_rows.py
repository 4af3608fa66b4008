"""Rows of questions that a person wrote down: each becomes a question, or a fault with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.domain.questions import Occasion, Question, QuestionState
from forthwith.plain.typed_tables import CellError, Columns, TypedRow, day, taken
from forthwith.respond.registers import questions
from forthwith.respond.registers.citations import CitablePages, NotCitableError
from forthwith.respond.registers.questions import QuestionRegister

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
    seen = {_same(each.question): each.question.key for each in register.standings}
    made: list[Question] = []
    for row in rows:
        found = _row(row, shelf, faults)
        if found is None:
            continue
        if (at := seen.get(_same(found))) is not None:
            what = f"the same was asked of the same person on that day: {at}"
            faults.append(row.fault(what, "Take the row out, or log it with `questions ask`"))
        seen.setdefault(_same(found), f"line {row.line}")
        made.append(found)
    keys = register.keys(len(made))
    return tuple(replace(each, key=key) for each, key in zip(made, keys, strict=True)), tuple(
        faults
    )


def _same(each: Question) -> tuple[str, ...]:
    """Return what makes two rows the same question."""
    words = (each.occasion, str(each.day), each.text, each.asked_by, each.asked_of)
    return tuple(" ".join(word.split()).casefold() for word in words)


def _row(row: TypedRow, shelf: CitablePages, faults: list[RowFault]) -> Question | None:
    found = taken(row, shelf, _CELLS, faults)
    if found is None:
        return None
    made = Question(
        key="", text=row["text"], asked_by=row["by"], asked_of=row["of"], about=row["about"],
        answer=row["answer"], because=row["because"], owner=row["owner"], **found,
    )  # fmt: skip
    wrong = [row.fault(*each) for each in questions.faults(made)]
    faults.extend(wrong)
    return None if wrong else made


def _word(row: TypedRow, column: str, words: type[StrEnum]) -> str:
    known = [each.value for each in words]
    word = row[column].lower()
    if word not in known:
        what = f"the {column} is {row[column][:60]!r}" if word else f"the {column} is not said"
        raise CellError(what, f"Write one of {', '.join(known)}")
    return word


def _cites(row: TypedRow, shelf: CitablePages) -> tuple[str, ...]:
    try:
        return shelf.mentioned(row["cites"])
    except NotCitableError as told:
        raise CellError(f"it cites {told.what}", told.do) from None


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
