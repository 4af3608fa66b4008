"""Rows of delivered volumes as this room asks about them: whose, of what day, in which family.

Made from the columns of a data load file under the standard's names, whoever read it; both sides
hold the same columns, so both get the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.loadfiles import slip_sheets

#: Where a document's own day is looked for, the surest first.
_DAYS = ("DATE_SENT", "DATE_MOD", "DATE_CREATED")


@dataclass(frozen=True, slots=True)
class Row:
    """One delivered document."""

    volume: str
    first: str
    last: str = ""
    #: First number of the document it is attached to; "" for a top.
    parent: str = ""
    custodian: str = ""
    #: The day of its family's top, or its own where that has none; None where nobody says.
    day: date | None = None
    name: str = ""
    subject: str = ""
    message_id: str = ""
    #: The header of a mail as delivered.
    header: str = ""
    #: Whether anything is attached to it.
    has_attachments: bool = False
    #: Whether its native is delivered: then nothing in it is blacked out.
    native: bool = False
    #: First numbers of what its row says is attached.
    children: tuple[str, ...] = ()
    #: A slip-sheet stands for it, with this number of the privilege log ("" where it has none).
    withheld: bool = False
    log: str = ""
    #: What its row says of redactions; "" where it has none.
    redacted: str = ""
    #: Everybody who had a copy, where copies are suppressed; the custodian may be among them.
    copies: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Return whose document it is, of every copy."""
        return (self.custodian, *self.copies)


@dataclass(frozen=True, slots=True)
class Span:
    """Pages from one number to another of one series."""

    first: Bates
    last: Bates

    def __contains__(self, number: Bates) -> bool:
        # Across prefix or width there is no count of pages: nothing lies between.
        low, high = self.first.pages_to(number), number.pages_to(self.last)
        return low is not None and high is not None


def rows(volume: str, columns: Mapping[str, Sequence[str]], formats: str = "%m/%d/%Y") -> list[Row]:
    """Return one row for each document; `formats` is how the standard writes a date."""
    first = columns.get("FIRSTBATES", ())

    def cell(column: str, place: int) -> str:
        cells = columns.get(column)
        return cells[place].strip() if cells is not None else ""

    held = {place: slip_sheets.of_cell(cell("WITHHELD", place)) for place in range(len(first))}
    places = range(len(first))
    parents = {first[place].strip(): cell("PARENT_BATES", place) for place in places}
    own = {first[place].strip(): _day(cell, place, formats) for place in places}
    with_attachments = set(parents.values())
    return [
        Row(
            volume=volume,
            first=number,
            last=cell("LASTBATES", place) or number,
            parent=parents[number],
            custodian=cell("CUSTODIAN", place),
            day=own.get(_top(number, parents)) or own[number],
            name=cell("FILE_NAME", place),
            subject=cell("SUBJECT", place),
            message_id=cell("INTMSGID", place),
            header=cell("HEADER", place),
            has_attachments=number in with_attachments or bool(cell("CHILD_BATES", place)),
            native=bool(cell("LINK", place)),
            children=_several(cell("CHILD_BATES", place)),
            withheld=held[place] is not None,
            log=held[place] or "",
            redacted=said if slip_sheets.redacted(said := cell("REDACTED", place)) else "",
            copies=_several(cell("ALLCUSTODIANS", place)),
        )
        for place in places
        if (number := first[place].strip())
    ]


def spans(held: Sequence[Row]) -> list[Span]:
    """Return the numbers documents hold, joined where they follow each other."""
    read = []
    for row in held:
        try:
            read.append(Span(Bates.parse(row.first), Bates.parse(row.last or row.first)))
        except NotABatesNumberError:
            continue
    return joined(read)


def joined(read: Iterable[Span]) -> list[Span]:
    """Return the numbers some spans hold, in order, joined where they follow each other."""
    found: list[Span] = []
    for span in sorted(read, key=lambda each: (each.first, each.last)):
        if found and span.first in Span(found[-1].first, found[-1].last.plus(1)):
            found[-1] = Span(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found


def lacking(wanted: Span, held: Sequence[Span]) -> list[Span]:
    """Return the runs of `wanted` that none of `held` (as `joined` gives them) holds, in order."""
    found: list[Span] = []
    at = wanted.first
    for each in held:
        same = (each.first.prefix, each.first.width) == (at.prefix, at.width)
        if not same or each.last < at or wanted.last < each.first:
            continue
        if at < each.first:
            found.append(Span(at, each.first.plus(-1)))
        at = each.last.plus(1)
    return found if wanted.last < at else [*found, Span(at, wanted.last)]


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part for each in cell.split(";") if (part := each.strip()))


def _day(cell: Callable[[str, int], str], place: int, formats: str) -> date | None:
    for column in _DAYS:
        try:
            return datetime.strptime(cell(column, place), formats).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _top(number: str, parents: Mapping[str, str]) -> str:
    """Return the head of a document's family; families in a circle end where they began."""
    seen = {number}
    while (parent := parents.get(number, "")) and parent in parents and parent not in seen:
        seen.add(parent)
        number = parent
    return number
