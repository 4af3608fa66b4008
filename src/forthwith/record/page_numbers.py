"""Bates numbers of both sides: which document a page number belongs to, and what stands near it.

Ours are of sealed volumes, theirs of received ones. Asked by index, whatever the size of a matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice

import sqlalchemy as sa

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.record import tables

#: Rows looked through for documents that hold a page: ranges of one series hardly overlap.
_LOOKED = 32


@dataclass(frozen=True, slots=True)
class Numbered:
    """The numbers under which a document stands in one volume."""

    control: str
    volume: str
    first: str
    last: str
    #: Whether the other side produced it.
    theirs: bool
    #: Whose it is, of theirs; "" of ours.
    party: str = ""

    def page(self, number: Bates) -> int:
        """Return which page of the document bears a number, from 1; 0 for none of them."""
        try:
            first, last = Bates.parse(self.first), Bates.parse(self.last)
        except NotABatesNumberError:
            return 0
        place = first.pages_to(number)
        return place if place and number.pages_to(last) else 0


def holding(connection: sa.Connection, number: Bates) -> list[Numbered]:
    """Return every document that has a page of this number, the latest volume of each last."""
    below = islice(_from(connection, number, downwards=True), _LOOKED)
    found = [numbered for numbered in below if numbered.page(number)]
    return sorted(found, key=lambda numbered: (numbered.control, numbered.volume))


def between(connection: sa.Connection, first: Bates, last: Bates) -> list[Numbered]:
    """Return every document that has a page from `first` to `last`, in order of first number."""
    found = holding(connection, first)
    for numbered in above(connection, first):
        if Bates.parse(numbered.first).number > last.number:
            break
        found.append(numbered)
    return sorted(found, key=lambda numbered: (numbered.first, numbered.volume, numbered.control))


def below(connection: sa.Connection, number: Bates) -> Iterator[Numbered]:
    """Yield documents of the same series that begin at or before a number, the nearest first."""
    return _from(connection, number, downwards=True)


def above(connection: sa.Connection, number: Bates) -> Iterator[Numbered]:
    """Yield documents of the same series that begin after a number, the nearest first."""
    return _from(connection, number, downwards=False)


def of(connection: sa.Connection, control: str) -> list[Numbered]:
    """Return the numbers of a document, the latest last."""
    ours = (
        sa.select(tables.bates)
        .join(tables.productions)
        .where(tables.bates.c.control_number == control)
        .order_by(tables.productions.c.ordinal)
    )
    found = [
        Numbered(row.control_number, row.volume, row.first, row.last, theirs=False)
        for row in connection.execute(ours)
    ]
    if _receives(connection):
        theirs = sa.select(tables.received_numbers).where(
            tables.received_numbers.c.control_number == control
        )
        rows = connection.execute(theirs.order_by(tables.received_numbers.c.volume))
        found += [
            Numbered(
                row.control_number, row.volume, row.first, row.last, theirs=True, party=row.party
            )
            for row in rows
        ]
    return found


def series(connection: sa.Connection) -> list[str]:
    """Return the first number of each volume of either side, to show what numbers look like."""
    query = sa.select(sa.func.min(tables.bates.c.first)).group_by(tables.bates.c.volume)
    found = [row[0] for row in connection.execute(query)]
    if _receives(connection):
        theirs = tables.received_numbers.c
        query = sa.select(sa.func.min(theirs.first)).group_by(theirs.volume)
        found += [row[0] for row in connection.execute(query)]
    return sorted(found)


def _from(connection: sa.Connection, number: Bates, *, downwards: bool) -> Iterator[Numbered]:
    found = [_rows(connection, tables.bates, number, downwards=downwards)]
    if _receives(connection):
        found.append(_rows(connection, tables.received_numbers, number, downwards=downwards))

    # Each is in order already; both together by how far they are.
    def distance(numbered: Numbered) -> int:
        return abs(Bates.parse(numbered.first).number - number.number)

    yield from merge(*found, key=distance)


def _rows(
    connection: sa.Connection, table: sa.Table, number: Bates, *, downwards: bool
) -> Iterator[Numbered]:
    """Yield rows of one series; numbers of equal width are in order as text is, byte by byte."""
    first: sa.ColumnElement[str] = table.c.first
    if connection.dialect.name == "postgresql":
        # Its own order of text may pass over signs and case.
        first = sa.collate(table.c.first, "C")
    lowest, highest = (f"{number.prefix}{digit * number.width}" for digit in "09")
    wanted = (
        (first <= str(number), first >= lowest)
        if downwards
        else (first > str(number), first <= highest)
    )
    query = sa.select(table).where(*wanted, sa.func.length(table.c.first) == len(lowest))
    theirs = table is tables.received_numbers
    for row in connection.execute(query.order_by(first.desc() if downwards else first)):
        yield Numbered(
            row.control_number,
            row.volume,
            row.first,
            row.last,
            theirs=theirs,
            party=row.party if theirs else "",
        )


def _receives(connection: sa.Connection) -> bool:
    """Tell whether the matter has the table of received numbers: older ones have none."""
    return sa.inspect(connection).has_table(tables.received_numbers.name)
