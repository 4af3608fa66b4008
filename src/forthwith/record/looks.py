"""Looks at pages going out, as kept: who saw which page of a draft, and what they said.

Rows are added only. A look says which page it was by a digest, so one at a page that has changed
since proves nothing of the page there is today.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.gate import Look, Verdict
from forthwith.record import committed, journal, tables
from forthwith.record.matter import Matter

#: Action of the entries.
ACTION = "looked at pages"


def save(matter: Matter, looks: Sequence[Look], by: tuple[str, str]) -> list[Look]:
    """Keep looks with one entry, and return them as kept. Raises DatabaseError."""
    if not looks:
        return []
    with matter.writing() as connection:
        last = connection.scalar(sa.select(sa.func.max(tables.looks.c.id))) or 0
        entry = journal.head(connection)[0] + 1
        at = datetime.now(UTC).isoformat(timespec="seconds")
        kept = [
            replace(look, id=number, who=by[0], at=at)
            for number, look in enumerate(looks, last + 1)
        ]
        rows = [_row(look, entry) for look in kept]
        facts = {
            "draft": kept[0].draft,
            "pages": [[look.control, look.page, str(look.verdict)] for look in kept],
        }
        digests = {str(row["id"]): committed.digest(row) for row in rows}
        committed.append(connection, ACTION, facts, {tables.looks.name: digests}, by)
        connection.execute(sa.insert(tables.looks), rows)
    return kept


def every(connection: sa.Connection) -> list[Look]:
    """Return every look, the first one first."""
    table = tables.looks
    if not tables.holds(connection, table):
        return []
    return [_look(row) for row in connection.execute(sa.select(table).order_by(table.c.id))]


def broken(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each row that is not what the journal says was entered."""
    if not sa.inspect(connection).has_table(tables.looks.name):
        return
    name = tables.looks.name
    entered = committed.named(journal.of(connection, ACTION), [name])[name]
    rows = connection.execute(sa.select(tables.looks).order_by(tables.looks.c.id))
    now = [(str(row.id), committed.digest(dict(row._mapping))) for row in rows]  # noqa: SLF001 - a row as a mapping
    yield from committed.broken("look at a page", entered, now)


def _row(look: Look, entry: int) -> dict[str, Any]:
    return {
        "id": look.id,
        "draft": look.draft,
        "control": look.control,
        "page": look.page,
        "seen": look.seen,
        "verdict": str(look.verdict),
        "note": look.note,
        "who": look.who,
        "at": look.at,
        "entry": entry,
    }


def _look(row: Any) -> Look:
    return Look(
        row.id,
        row.draft,
        row.control,
        row.page,
        row.seen,
        Verdict(row.verdict),
        row.note,
        row.who,
        row.at,
    )
