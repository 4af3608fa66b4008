"""Control numbers: handed out once for each place a document lies at, never reused."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa

from forthwith.record import tables
from forthwith.record.journal import canonical

_WIDTH = 8


def numbers(connection: sa.Connection) -> dict[tuple[str, str], str]:
    """Return (item, locator) -> number for every number handed out."""
    table = tables.control_numbers
    rows = connection.execute(sa.select(table.c.item, table.c.locator, table.c.number))
    return {(row.item, row.locator): row.number for row in rows}


def digest(connection: sa.Connection) -> str:
    """Return one SHA-256 over every number handed out."""
    rows = sorted((number, *place) for place, number in numbers(connection).items())
    return hashlib.sha256(canonical(rows).encode()).hexdigest()


def assign(
    connection: sa.Connection, prefix: str, places: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return a number for each place: the one it has, or the next in the order given."""
    known = numbers(connection)
    fresh = [place for place in dict.fromkeys(places) if place not in known]
    first = len(known) + 1
    handed_out = {
        place: f"{prefix}{count:0{_WIDTH}d}" for count, place in enumerate(fresh, start=first)
    }
    rows = [
        {"number": number, "item": item, "locator": locator}
        for (item, locator), number in handed_out.items()
    ]
    for start in range(0, len(rows), 10_000):
        connection.execute(sa.insert(tables.control_numbers), rows[start : start + 10_000])
    return known | handed_out
