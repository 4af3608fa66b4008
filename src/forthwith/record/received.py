"""Volumes received from another party, as kept: each reception, and whose numbers documents bear.

The delivered bytes are evidence like any other, in the source that a reception names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from forthwith.record import committed, journal, tables

_RECEIVED = "receive"
ACTIONS = (_RECEIVED,)


@dataclass(frozen=True, slots=True)
class Reception:
    """One reception of a volume."""

    #: As given: "VOL001".
    volume: str
    #: 1 for the first reception; an overlay or replacement is the next.
    version: int
    party: str
    standard: str
    #: The collection source that holds every delivered byte.
    source: str
    #: "volume", "overlay" or "replacement".
    kind: str
    #: Counts by us and by the transmittal, findings by severity.
    verdict: Mapping[str, Any] = field(default_factory=dict)
    #: ISO instant, UTC.
    at: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedNumber:
    """Under which numbers of theirs a document stands in one volume."""

    control_number: str
    volume: str
    party: str
    first: str
    last: str


def changes(connection: sa.Connection) -> int:
    """Return a number that grows with every reception, by any process."""
    return committed.last_of(connection, ACTIONS)


def volumes(connection: sa.Connection) -> tuple[Reception, ...]:
    """Return every reception, by volume and version."""
    table = tables.received
    if not tables.holds(connection, table):
        return ()
    order = sa.select(table).order_by(table.c.volume, table.c.version)
    return tuple(
        Reception(**{**row._mapping, "verdict": json.loads(row.verdict)})  # noqa: SLF001 - a mapping
        for row in connection.execute(order)
    )


def numbers(connection: sa.Connection) -> Mapping[str, tuple[ReceivedNumber, ...]]:
    """Return by control number the numbers of theirs, one for each volume it came in."""
    by_control: dict[str, tuple[ReceivedNumber, ...]] = {}
    for row in _numbers(connection):
        by_control[row.control_number] = (*by_control.get(row.control_number, ()), row)
    return by_control


def enter(
    connection: sa.Connection,
    reception: Reception,
    rows_of: Sequence[ReceivedNumber],
    by: tuple[str, str] | None,
) -> None:
    """Keep a reception with the numbers its documents bear.

    Numbers that a document already bears in the volume are replaced by these. Raises
    MatterChangedError where the version was entered already.
    """
    table = tables.received_numbers
    row = {**asdict(reception), "verdict": journal.canonical(reception.verdict)}
    connection.execute(sa.insert(tables.received).values(row))
    values = list({(one.control_number, one.volume): asdict(one) for one in rows_of}.values())
    if values:
        place = table.c.control_number == sa.bindparam("control_")
        volume = table.c.volume == sa.bindparam("volume_")
        keys = [{"control_": row["control_number"], "volume_": row["volume"]} for row in values]
        connection.execute(sa.delete(table).where(place & volume), keys)
        connection.execute(sa.insert(table), values)
    digests = {
        tables.received.name: {_name(reception): committed.digest(row)},
        table.name: dict(number_rows(connection, reception.volume)),
    }
    facts = {
        "volume": reception.volume, "version": reception.version, "party": reception.party,
        "kind": reception.kind, "source": reception.source, "documents": len(values),
    }  # fmt: skip
    committed.append(connection, _RECEIVED, facts, digests, by)


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield name ("VOL001, reception 2") and digest of each reception."""
    for reception in volumes(connection):
        row = {**asdict(reception), "verdict": journal.canonical(reception.verdict)}
        yield _name(reception), committed.digest(row)


def number_rows(connection: sa.Connection, volume: str = "") -> Iterator[tuple[str, str]]:
    """Yield each volume with one digest over the numbers in it; of one volume where named."""
    by_volume: dict[str, list[list[str]]] = {}
    for row in _numbers(connection, volume):
        by_volume.setdefault(row.volume, []).append(
            [row.control_number, row.party, row.first, row.last]
        )
    for name, of_volume in by_volume.items():
        yield name, committed.digest({"numbers": sorted(of_volume)})


def _numbers(connection: sa.Connection, volume: str = "") -> Iterator[ReceivedNumber]:
    table = tables.received_numbers
    if not tables.holds(connection, table):
        return
    query = sa.select(table).order_by(table.c.volume, table.c.control_number)
    if volume:
        query = query.where(table.c.volume == volume)
    for row in connection.execute(query):
        yield ReceivedNumber(**row._mapping)  # noqa: SLF001 - a row as a mapping


def _name(reception: Reception) -> str:
    return f"{reception.volume}, reception {reception.version}"
