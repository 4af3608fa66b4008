"""Rows that the journal commits to: an entry names each row it wrote by the SHA-256 of the row.

A row may be changed only with another entry, which names it anew; a row taken away is named with
no digest. So `broken` can say of every row of the room whether it is what was last entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from forthwith.record import journal, tables

#: Key of an entry's body: table -> name of the row -> its digest, "" for a row taken away.
KEY = "sha256"


def digest(row: Mapping[str, Any]) -> str:
    """Return SHA-256 of a row, over the canonical JSON of what it holds."""
    return hashlib.sha256(journal.canonical(row).encode()).hexdigest()


def append(
    connection: sa.Connection,
    action: str,
    facts: Mapping[str, Any],
    rows: Mapping[str, Mapping[str, str]],
    by: tuple[str, str] | None,
) -> journal.Entry:
    """Write one entry that commits to rows, by table and by name, in the caller's transaction."""
    return journal.append(connection, action, {**facts, KEY: rows}, by)


def last_of(connection: sa.Connection, actions: Iterable[str]) -> int:
    """Return the number of the last entry of any of these actions; 0 where there is none.

    What only such entries change is as it was for as long as this number is.
    """
    table = tables.journal
    newest = [
        sa.select(sa.func.max(table.c.seq).label("seq")).where(table.c.action == action)
        for action in actions
    ]
    return connection.scalar(sa.select(sa.func.max(sa.union_all(*newest).subquery().c.seq))) or 0


def named(entries: Iterable[journal.Entry], names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what entries commit to last: by table, digest by name of the row."""
    by_table: dict[str, dict[str, str]] = {name: {} for name in names}
    for entry in entries:
        # Acts name papers and volumes by such a key too.
        if f'"{KEY}":{{"' not in entry.body or entry.action.startswith("ledger "):
            continue
        for table, rows in entry.facts()[KEY].items():
            if table in by_table:
                by_table[table].update(rows)
    return by_table


def broken(
    what: str, expected: Mapping[str, str], rows: Iterable[tuple[str, str]]
) -> Iterator[str]:
    """Yield a sentence for each row (name, digest) that is not what was entered.

    `what` is what the table holds, as the sentence begins: "coding".
    """
    left = dict(expected)
    for name, now in rows:
        then = left.pop(name, None)
        if not then:
            yield f"{what} {name}: it stands in the tables, and no journal entry tells of it"
        elif then != now:
            yield f"{what} {name}: it is not what the journal tells; it was changed in the database"
    for name, then in left.items():
        if then:
            yield f"{what} {name}: the journal tells of it, and it is gone from the database"
