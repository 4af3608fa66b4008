"""The chronology as kept: every version of every event, each with its entry in the journal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from forthwith.domain.chronology import Event, Moment, Precision
from forthwith.domain.errors import ForthwithError
from forthwith.record import journal, tables
from forthwith.record.matter import Matter

#: Action of the entries.
ACTION = "chronology"


class EventChangedError(ForthwithError):
    """Somebody else changed an event meanwhile."""

    def __init__(self, event: Event) -> None:
        what = "removed" if event.removed else "changed"
        super().__init__(
            f"{event.who} {what} {event.id} meanwhile (version {event.version}), so yours was not "
            "entered. Look at theirs, then change it again."
        )
        self.theirs = event


def save(matter: Matter, event: Event, expected: int, by: tuple[str, str]) -> Event:
    """Keep an event as a new version, with its entry; returns it as kept.

    An event without an id is given the next one; who and when are filled in here. `expected` is
    the version it was made from, 0 for a new event. Raises EventChangedError, MatterBusyError.
    """
    with matter.writing() as connection:
        rows = sa.select(tables.events)
        if event.id:
            rows = rows.where(tables.events.c.id == event.id)
            last = connection.execute(rows.order_by(tables.events.c.version.desc())).first()
            if last is None or last.version != expected or last.removed:
                raise EventChangedError(_event(last) if last else event)
            id_, version = event.id, expected + 1
        else:
            count = connection.scalar(sa.select(sa.func.count(sa.distinct(tables.events.c.id))))
            id_, version = f"E{(count or 0) + 1:04d}", 1
        row: dict[str, Any] = {
            "id": id_,
            "version": version,
            "day": event.moment.text,
            "precision": str(event.moment.precision),
            "sentence": event.sentence,
            "cites": journal.canonical(list(event.cites)),
            "who": by[0],
            "removed": event.removed,
        }
        body = {"event": id_, "version": version, "sha256": _digest(row)}
        entry = journal.append(connection, ACTION, body, by)
        row["at"] = entry.at
        connection.execute(sa.insert(tables.events).values(row))
    return Event(
        id_, version, event.moment, event.sentence, event.cites, by[0], entry.at, event.removed
    )


def standing(connection: sa.Connection) -> list[Event]:
    """Return the last version of every event that is not removed, by id."""
    if not sa.inspect(connection).has_table(tables.events.name):
        return []
    rows = connection.execute(
        sa.select(tables.events).order_by(tables.events.c.id, tables.events.c.version)
    )
    last = {row.id: row for row in rows}
    return [_event(row) for row in last.values() if not row.removed]


def history(connection: sa.Connection, id_: str) -> list[Event]:
    """Return every version of an event, the first one first; [] where there is none."""
    if not sa.inspect(connection).has_table(tables.events.name):
        return []
    rows = sa.select(tables.events).where(tables.events.c.id == id_)
    return [_event(row) for row in connection.execute(rows.order_by(tables.events.c.version))]


def broken(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each version that is not what the journal says was entered."""
    if not sa.inspect(connection).has_table(tables.events.name):
        return
    entered = {}
    for entry in journal.of(connection, ACTION):
        facts = entry.facts()
        entered[facts["event"], facts["version"]] = facts["sha256"]
    for row in connection.execute(sa.select(tables.events)):
        wanted = entered.pop((row.id, row.version), "")
        if not wanted:
            yield f"chronology: the journal does not tell of {row.id}, version {row.version}"
        elif _digest(row._mapping) != wanted:  # noqa: SLF001 - a row as a mapping
            yield f"chronology: {row.id}, version {row.version}, was changed"
    for id_, version in entered:
        yield f"chronology: {id_}, version {version}, is gone"


def _digest(row: Any) -> str:
    """Return the SHA-256 an entry commits to: everything of a version but the clock's time."""
    names = ("id", "version", "day", "precision", "sentence", "cites", "who")
    said = {name: row[name] for name in names} | {"removed": bool(row["removed"])}
    return hashlib.sha256(journal.canonical(said).encode()).hexdigest()


def _event(row: Any) -> Event:
    return Event(
        row.id,
        row.version,
        Moment(row.day, Precision(row.precision)),
        row.sentence,
        tuple(json.loads(row.cites)),
        row.who,
        row.at,
        bool(row.removed),
    )
