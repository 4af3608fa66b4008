"""Exhibits as kept: one row a name, each change with its entry in the journal."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from forthwith.domain.exhibits import Exhibit, checked_name
from forthwith.record import journal, tables
from forthwith.record.matter import Matter

#: Action of the entries.
ACTION = "exhibit"


def enter(matter: Matter, exhibit: Exhibit, by: tuple[str, str]) -> Exhibit:
    """Keep a new exhibit under its name, who and when filled in; returns it as kept.

    Raises ExhibitNameError where the name is taken or was, whoever took it.
    """
    with matter.writing() as connection:
        name = checked_name(exhibit.name, [known.name for known in every(connection)])
        at = _now()
        kept = dataclasses.replace(exhibit, name=name, who=by[0], at=at)
        _note(connection, kept, by)
        body = journal.canonical(kept.body())
        connection.execute(
            sa.insert(tables.exhibits).values(name=name, control=kept.control, body=body)
        )
    return kept


def withdraw(matter: Matter, name: str, by: tuple[str, str]) -> Exhibit | None:
    """Take an exhibit back; None where none of that name stands."""
    with matter.writing() as connection:
        known = {exhibit.name: exhibit for exhibit in every(connection)}
        exhibit = known.get(name)
        if exhibit is None or exhibit.withdrawn:
            return None
        kept = dataclasses.replace(exhibit, withdrawn=_now())
        _note(connection, kept, by)
        row = sa.update(tables.exhibits).where(tables.exhibits.c.name == name)
        connection.execute(row.values(body=journal.canonical(kept.body())))
    return kept


def every(connection: sa.Connection) -> list[Exhibit]:
    """Return every exhibit, those taken back too, in the order they were made."""
    if not sa.inspect(connection).has_table(tables.exhibits.name):
        return []
    rows = connection.execute(sa.select(tables.exhibits))
    found = [Exhibit.from_body(row.name, row.control, json.loads(row.body)) for row in rows]
    order: dict[str, int] = {}
    for entry in journal.of(connection, ACTION):
        order.setdefault(entry.facts()["exhibit"], entry.seq)
    return sorted(found, key=lambda exhibit: (order.get(exhibit.name, 0), exhibit.name))


def broken(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each exhibit that is not what the journal says was entered."""
    if not sa.inspect(connection).has_table(tables.exhibits.name):
        return
    entered = {}
    for entry in journal.of(connection, ACTION):
        facts = entry.facts()
        entered[facts["exhibit"]] = facts["sha256"]
    for row in connection.execute(sa.select(tables.exhibits)):
        wanted = entered.pop(row.name, "")
        if not wanted:
            yield f"exhibits: the journal does not tell of {row.name}"
        elif _digest(row.name, row.control, row.body) != wanted:
            yield f"exhibits: {row.name} was changed"
    for name in entered:
        yield f"exhibits: {name} is gone"


def _note(connection: sa.Connection, exhibit: Exhibit, by: tuple[str, str]) -> None:
    body = journal.canonical(exhibit.body())
    said = {
        "exhibit": exhibit.name,
        "control": exhibit.control,
        "sha256": _digest(exhibit.name, exhibit.control, body),
        **({"withdrawn": True} if exhibit.withdrawn else {}),
    }
    journal.append(connection, ACTION, said, by)


def _digest(name: str, control: str, body: str) -> str:
    said = {"name": name, "control": control, "body": body}
    return hashlib.sha256(journal.canonical(said).encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
