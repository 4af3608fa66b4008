"""Rows about an order, parsed by a person: each becomes an obligation, or a fault with its line.

A quote is looked for in the order's own text (`quotation`); a deadline is a day, or days counted
from the order's entry under Fed. R. Civ. P. 6; evidence must be pages that can be looked up; what
a row supersedes must be in the register.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forthwith.domain.deadlines import CourtDays, Period, day_certain, due_day, written
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.obligations import EXACT, Obligation, ObligationState, Order
from forthwith.domain.requests import DueDay, Service
from forthwith.plain import typed_tables
from forthwith.plain.typed_tables import CellError, Columns, TypedRow, taken
from forthwith.respond.registers import orders, quotation
from forthwith.respond.registers.citations import CitablePages, NotCitableError
from forthwith.respond.registers.obligations import (
    DutyRegister,
    DutyStatus,
    UnknownObligationError,
    folded,
)

COLUMNS = Columns(
    ("number", "quote", "duty", "deadline", "evidence", "attestor", "supersedes"),
    ("number", "quote"),
)
_NUMBER = re.compile(r"[^/;]{1,40}")
#: Fewer words stand in many places; more letters are more than one duty.
_FEWEST_WORDS, _MOST_LETTERS = 3, 10_000
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERIOD = re.compile(
    r"(?:within\s+)?(?P<days>[0-9]{1,4})\s*(?:calendar\s+)?days?"
    r"(?:\s+(?:after|from|of)\s+(?:its\s+|the\s+)?(?:date\s+of\s+)?(?P<event>entry|service))?\.?",
    re.IGNORECASE,
)
_MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Against:
    """What rows are held against."""

    order: Order
    text: str
    register: DutyRegister
    shelf: CitablePages
    court: CourtDays


def read(
    rows: Sequence[TypedRow], against: Against
) -> tuple[tuple[Obligation, ...], tuple[RowFault, ...]]:
    """Return an obligation for each row, and every fault of every row."""
    obligations: list[Obligation] = []
    faults: list[RowFault] = []
    lines: dict[str, int] = {}
    for row in rows:
        number = folded(row["number"])
        if number and number in lines:
            what = f"the number {row['number']} stands on line {lines[number]} already"
            faults.append(row.fault(what, "Give each obligation a number of its own: 3a, 3b"))
        lines.setdefault(number, row.line)
        if (obligation := _row(row, against, faults)) is not None:
            obligations.append(obligation)
    return tuple(obligations), tuple(faults)


def _row(row: TypedRow, against: Against, faults: list[RowFault]) -> Obligation | None:
    cells = taken(row, against, _CELLS, faults)
    if cells is None:
        return None
    quoted: quotation.Quoted = cells.pop("quoted")
    how = f"allowing for {', '.join(quoted.how)}" if quoted.how else EXACT
    return Obligation(
        order=against.order.name, quote=quoted.quotation, matched=how,
        start=quoted.start, end=quoted.end, duty=row["duty"], attestor=row["attestor"], **cells,
    )  # fmt: skip


def _number(row: TypedRow, _against: Against) -> str:
    number = " ".join(row["number"].split())
    if not number:
        raise CellError("the row has no number", "Number it as the order does, or as you cite it")
    if not _NUMBER.fullmatch(number):
        do = 'Give at most 40 signs without "/" and ";", which stand between keys'
        raise CellError(f"{number[:60]!r} cannot be a number", do)
    return number


def _quoted(row: TypedRow, against: Against) -> quotation.Quoted:
    quote, number, name = row["quote"], row["number"], against.order.source.name
    if len(quote) > _MOST_LETTERS:
        do = "Quote one duty, and mark what you leave out with …"
        raise CellError(f"the quote of {number} has {len(quote):,} characters", do)
    if len(quote.split()) < _FEWEST_WORDS:
        do = f"Copy at least {_FEWEST_WORDS} words of the order that set this duty"
        raise CellError(f"the quote of {number} is {quote!r}, which pins no passage", do)
    quoted = quotation.match(quote, against.text)
    if not quoted.found:
        do = (
            f"{orders.missing(quote, against.text, quoted)} Copy the words as they stand; mark "
            "what you leave out with … and what you change with [ ]"
        )
        raise CellError(f"the quote of {number} is not in {name}", do)
    return quoted


def _due(row: TypedRow, against: Against) -> DueDay | None:
    cell = " ".join(row["deadline"].split())
    place = f"{against.order.name}, {row['number']}"
    do = 'Write a day as 2023-07-03, or days from entry as "14 days"; leave it empty for none'
    if not cell:
        return None
    if _DAY.fullmatch(cell):
        return day_certain(typed_tables.day(cell, "day"), place)
    shape = _PERIOD.fullmatch(cell)
    if shape is None or not 0 < int(shape["days"]) <= _MOST_DAYS:
        raise CellError(f"{cell[:60]!r} is no deadline that can be counted here", do)
    entered = against.order.entered
    period = Period(int(shape["days"]), f'{place}: "{cell}"')
    try:
        # The court's own entry starts the period: nothing is added for service by mail (6(d)).
        due = due_day(entered, period, against.court, Service.ECF)
    except OverflowError:
        raise CellError(f"no calendar has a day {cell} after {entered}", do) from None
    if (shape["event"] or "").lower() != "service":
        return due
    taken = f"The order is taken to be served when it was entered, {written(entered)}."
    return replace(due, steps=(taken, *due.steps))


def _evidence(row: TypedRow, against: Against) -> tuple[str, ...]:
    try:
        return against.shelf.cited(row["evidence"]) if row["evidence"] else ()
    except NotCitableError as error:
        raise CellError(f"the evidence {error.what}", error.do) from None


def _supersedes(row: TypedRow, against: Against) -> tuple[str, ...]:
    """Return the keys a row names; an order's name stands for all of it that still stands."""
    duties: list[DutyStatus] = []
    for name in filter(None, map(str.strip, row["supersedes"].split(";"))):
        duties.extend(_named(name, against.register))
    for duty in duties:
        if duty.order.entered > against.order.entered:
            what = f"it supersedes {duty.obligation.key}, entered later, {duty.order.entered}"
            raise CellError(what, "Check the day of entry, and which order came first")
    return tuple(dict.fromkeys(duty.obligation.key for duty in duties))


def _named(name: str, register: DutyRegister) -> list[DutyStatus]:
    for order in register.orders.values():
        if folded(order.name) == folded(name):
            duties = register.of(order.name)
            return [duty for duty in duties if duty.state is not ObligationState.SUPERSEDED]
    try:
        return [register.find(name)]
    except UnknownObligationError:
        known = ", ".join(register.orders) or "none"
        do = f"Name it as ORDER/NUMBER, or a whole order; several separated by ;. Orders: {known}"
        what = f"it supersedes {name[:60]!r}, which is no obligation in the register"
        raise CellError(what, do) from None


#: In the order in which their faults are told.
_CELLS: Mapping[str, Callable[[TypedRow, Against], Any]] = {
    "number": _number,
    "quoted": _quoted,
    "due": _due,
    "evidence": _evidence,
    "supersedes": _supersedes,
}
