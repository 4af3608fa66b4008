"""Rows of delivered volumes as this room asks about them: whose, of what day, in which family.

Made from the columns of a data load file under the names of the standard it was written by, whoever
read it; both sides hold the same columns, so both get the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.loadfiles import slip_sheets
from forthwith.standards import loader
from forthwith.standards.loader import Standard
from forthwith.standards.moments import DateForm

#: Where a document's own day is looked for, the surest first.
_DAYS = ("date_sent", "date_modified", "date_created")


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
    #: The header of a mail as delivered, its lines apart again.
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


def rows(
    volume: str, columns: Mapping[str, Sequence[str]], standard: Standard | None = None
) -> list[Row]:
    """Return one row for each document.

    `columns` are by their names in `standard`, the default one unless given, which also says how
    dates and several values are written.
    """
    standard = standard or loader.load()
    rules, form = standard.load_file, standard.formats.date
    first = columns.get(standard.called("first_bates"), ())

    def cell(role: str, place: int) -> str:
        cells = columns.get(standard.called(role))
        return cells[place].strip() if cells is not None else ""

    held = {place: slip_sheets.of_cell(cell("withheld", place)) for place in range(len(first))}
    places = range(len(first))
    parents = {first[place].strip(): _parent(cell, place, standard) for place in places}
    own = {first[place].strip(): _day(cell, place, form) for place in places}
    with_attachments = set(parents.values()) - {""}
    return [
        Row(
            volume=volume,
            first=number,
            last=cell("last_bates", place) or number,
            parent=parents[number],
            custodian=cell("custodian", place),
            day=own.get(_top(number, parents)) or own[number],
            name=cell("file_name", place),
            subject=cell("subject", place),
            message_id=cell("message_id", place),
            header=cell("header", place).replace(rules.newline, "\n"),
            has_attachments=number in with_attachments or bool(cell("children", place)),
            native=bool(cell("native_path", place)),
            children=tuple(rules.several(cell("children", place))),
            withheld=held[place] is not None,
            log=held[place] or "",
            redacted=said if slip_sheets.redacted(said := cell("redacted", place)) else "",
            copies=tuple(rules.several(cell("all_custodians", place))),
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


def _parent(cell: Callable[[str, int], str], place: int, standard: Standard) -> str:
    """Return whom a row names as its parent, or, without a column for that, its family's first."""
    if standard.has("parent"):
        return cell("parent", place)
    start = cell("family_first", place)
    if not standard.has("family_first"):
        start = cell("family_range", place).partition(standard.formats.range_mark)[0].strip()
    return "" if start == cell("first_bates", place) else start


def _day(cell: Callable[[str, int], str], place: int, form: DateForm) -> date | None:
    for role in _DAYS:
        # A column may hold the time too, after the day.
        found = re.match(rf"{form.pattern}(?!\S)", cell(role, place))
        if found is not None and (day := form.read(found[0])) is not None:
            return day
    return None


def _top(number: str, parents: Mapping[str, str]) -> str:
    """Return the head of a document's family; families in a circle end where they began."""
    seen = {number}
    while (parent := parents.get(number, "")) and parent in parents and parent not in seen:
        seen.add(parent)
        number = parent
    return number
