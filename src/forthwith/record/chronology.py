"""The chronology as kept: dated sentences with their citations, each change a version of its own.

Nothing is overwritten: an event that was changed or removed keeps what it said before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.record import committed, journal, tables

_EVENT = "event"
ACTIONS = (_EVENT,)


class EventError(ForthwithError):
    """There is no event of an id, or somebody changed it meanwhile."""


@dataclass(frozen=True, slots=True)
class Event:
    """One version of one event."""

    #: "E0001"; "" before it is kept.
    id: str
    #: 1 for the first; 0 before it is kept.
    version: int
    #: "2022", "2022-03" or "2022-03-14", as precise as `precision` says.
    day: str
    #: "year", "month" or "day".
    precision: str
    sentence: str
    #: Bates pages.
    cites: tuple[str, ...] = ()
    #: Login, and ISO instant (UTC).
    who: str = ""
    at: str = ""
    removed: bool = False


def every(connection: sa.Connection) -> tuple[Event, ...]:
    """Return what stands of every event, by day; removed ones are left out."""
    last: dict[str, Event] = {}
    for event in versions(connection):
        last[event.id] = event
    standing = (event for event in last.values() if not event.removed)
    return tuple(sorted(standing, key=lambda event: (event.day, event.id)))


def versions(connection: sa.Connection) -> tuple[Event, ...]:
    """Return every version of every event, in order of id and version."""
    table = tables.events
    if not tables.holds(connection, table):
        return ()
    order = sa.select(table).order_by(table.c.id, table.c.version)
    return tuple(
        Event(**{**row._mapping, "cites": tuple(json.loads(row.cites))})  # noqa: SLF001 - a mapping
        for row in connection.execute(order)
    )


def history(connection: sa.Connection, event: str) -> tuple[Event, ...]:
    """Return every version of one event."""
    return tuple(version for version in versions(connection) if version.id == event)


def enter(connection: sa.Connection, event: Event, by: tuple[str, str]) -> Event:
    """Keep a new event, or a new version of one.

    `event.version` is the version it changes, 0 for a new one. Raises EventError where there is no
    such event, or another version by now.
    """
    if event.id:
        stands = _last(history(connection, event.id), event.id)
        if stands.version != event.version:
            raise EventError(
                f"{stands.who} changed event {event.id} meanwhile; it now says: "
                f"{stands.sentence!r}. Look at it, then change it again."
            )
        kept = replace(event, version=event.version + 1)
    else:
        last = max((int(known.id[1:]) for known in versions(connection)), default=0)
        kept = replace(event, id=f"E{last + 1:04d}", version=1)
    kept = replace(kept, who=by[0], at=datetime.now(UTC).isoformat(timespec="seconds"))
    connection.execute(sa.insert(tables.events).values(_row(kept)))
    facts = {"event": kept.id, "version": kept.version, "removed": kept.removed}
    digests = {tables.events.name: {_name(kept): committed.digest(_row(kept))}}
    committed.append(connection, _EVENT, facts, digests, by)
    return kept


def remove(connection: sa.Connection, event: str, version: int, by: tuple[str, str]) -> Event:
    """Take an event out of the chronology, by a version that says so. Raises EventError."""
    stands = _last(history(connection, event), event)
    return enter(connection, replace(stands, version=version, removed=True), by)


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield name ("E0001, version 2") and digest of each version."""
    for event in versions(connection):
        yield _name(event), committed.digest(_row(event))


def _last(of_event: Sequence[Event], event: str) -> Event:
    if not of_event or of_event[-1].removed:
        raise EventError(f"There is no event {event} in the chronology.")
    return of_event[-1]


def _row(event: Event) -> Mapping[str, Any]:
    row = {name: getattr(event, name) for name in Event.__slots__}
    return row | {"cites": journal.canonical(list(event.cites))}


def _name(event: Event) -> str:
    return f"{event.id}, version {event.version}"
