"""Volumes received from another party, and the numbers under which their documents stand.

What was delivered is evidence: a source of the matter (`sources`) whose items are bundles. A row
here says which source came from whom as which volume; the numbers are written by `process`, which
alone knows the documents. The journal has an entry for each reception.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from forthwith.record import journal, tables

#: Kind of the journal's entries.
RECEIVE = "receive"


@dataclass(frozen=True, slots=True)
class ReceivedVolume:
    """One reception of a volume."""

    #: As given; where another party had that name before, with the party: "VOL001 (Halden)".
    volume: str
    #: 1 for the first; an overlay or replacement is the next.
    version: int
    party: str
    standard: str
    #: The collection source that holds every delivered byte: "S0004".
    source: str
    #: "volume", "overlay" or "replacement".
    kind: str
    #: Counts by us and by its papers, findings by severity; plain data.
    verdict: Mapping[str, Any] = field(default_factory=dict)
    #: ISO 8601, UTC.
    at: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedNumber:
    """The numbers of one document of theirs."""

    control: str
    volume: str
    party: str
    first: str
    last: str


def volumes(connection: sa.Connection) -> list[ReceivedVolume]:
    """Return every reception, in the order of sources (what is later counts); none before 0003."""
    if not sa.inspect(connection).has_table(tables.received.name):
        return []
    rows = connection.execute(sa.select(tables.received).order_by(tables.received.c.source))
    read = [dict(row._mapping) for row in rows]  # noqa: SLF001 - a row as a mapping
    return [ReceivedVolume(**{**row, "verdict": json.loads(row["verdict"])}) for row in read]


def sources(connection: sa.Connection) -> frozenset[str]:
    """Return the collection sources that came from another party."""
    return frozenset(row.source for row in volumes(connection))


def numbers(connection: sa.Connection) -> dict[str, ReceivedNumber]:
    """Return control number -> numbers, of the volume that counts now."""
    if not sa.inspect(connection).has_table(tables.received_numbers.name):
        return {}
    order = {(row.volume, row.party): place for place, row in enumerate(volumes(connection))}
    rows = [
        ReceivedNumber(row.control_number, row.volume, row.party, row.first, row.last)
        for row in connection.execute(sa.select(tables.received_numbers))
    ]
    rows.sort(key=lambda row: (row.control, order.get((row.volume, row.party), -1)))
    return {row.control: row for row in rows}


def ranges(connection: sa.Connection) -> list[tuple[str, str, str]]:
    """Return control number, first and last number of every document, in each volume it came in."""
    table = tables.received_numbers
    if not sa.inspect(connection).has_table(table.name):
        return []
    query = sa.select(table.c.control_number, table.c.first, table.c.last)
    return [(control, first, last) for control, first, last in connection.execute(query)]


def enter(
    connection: sa.Connection, volume: ReceivedVolume, note: Mapping[str, Any]
) -> journal.Entry:
    """Write a reception with its journal entry; `note` is told beside it."""
    row = asdict(volume)
    entry = journal.append(connection, RECEIVE, {**row, **note})
    row |= {"verdict": journal.canonical(volume.verdict), "at": volume.at or entry.at}
    connection.execute(sa.insert(tables.received).values(row))
    return entry


def put_numbers(connection: sa.Connection, rows: Iterable[ReceivedNumber]) -> None:
    """Make the table of numbers what these rows are: they are made again by each `process`."""
    table = tables.received_numbers
    wanted = {(row.control, row.volume): row for row in rows}
    there = {
        (row.control_number, row.volume): ReceivedNumber(
            row.control_number, row.volume, row.party, row.first, row.last
        )
        for row in connection.execute(sa.select(table))
    }
    if there == wanted:
        return
    connection.execute(sa.delete(table))
    fresh = [
        {
            "control_number": row.control, "volume": row.volume, "party": row.party,
            "first": row.first, "last": row.last,
        }
        for row in wanted.values()
    ]  # fmt: skip
    for start in range(0, len(fresh), 10_000):
        connection.execute(sa.insert(table), fresh[start : start + 10_000])


def numbers_digest(connection: sa.Connection) -> str:
    """Return one SHA-256 over every number, as the journal's entry of `process` has it."""
    table = tables.received_numbers
    if not sa.inspect(connection).has_table(table.name):
        return ""
    names = ("control_number", "volume", "party", "first", "last")
    rows = sorted(tuple(getattr(row, name) for name in names)
                  for row in connection.execute(sa.select(table)))  # fmt: skip
    return hashlib.sha256(journal.canonical(rows).encode()).hexdigest()


def broken(connection: sa.Connection, entries: Iterable[journal.Entry]) -> Iterator[str]:
    """Name each reception that is not as the journal has it."""
    names = [name for name in ReceivedVolume.__slots__ if name != "at"]
    told: dict[tuple[str, int], dict[str, Any]] = {}
    digest = ""
    for entry in entries:
        if entry.action == RECEIVE:
            body = entry.facts()
            told[body["volume"], body["version"]] = {name: body[name] for name in names}
        elif entry.action == "process":
            digest = entry.facts().get("received_numbers", "")
    kept = {
        (row.volume, row.version): {name: getattr(row, name) for name in names}
        for row in volumes(connection)
    }
    for place in sorted(told.keys() | kept.keys()):
        if told.get(place) != kept.get(place):
            yield (
                f"received volume {place[0]}, version {place[1]}: the table of received volumes is "
                "not what the journal has"
            )
    if digest and digest != numbers_digest(connection):
        yield "received numbers: the table is not the one the last `process` left"
