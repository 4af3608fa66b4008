"""Quarantine of claw-backs: documents that are shown to nobody but the one who is to deal with it.

A notice takes documents away row by row (named, family, copy, near copy); a document is in
quarantine while any of its rows stands. Ended rows stay: lifted, returned or destroyed. Each notice
and each end is one transaction with its journal entry, and `verify` holds the rows against them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.record import journal, tables

#: Kinds of the journal's entries.
ENTER, END = "quarantine", "quarantine ended"
#: And of those that say who was shown a document of theirs.
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One document that one notice takes away."""

    control: str
    #: "named", "family", "copy" or "near copy" of the document `of`.
    how: str
    of: str
    #: "N0001".
    notice: str
    #: Login of the one person who is still shown it; "" for nobody.
    custodian: str
    since: str
    #: "" while it stands.
    ended: str = ""
    #: "", "lifted", "returned" or "destroyed".
    outcome: str = ""


def rows(connection: sa.Connection, notice: str = "") -> list[Quarantined]:
    """Return every row, of one notice or of all, as entered."""
    table = tables.quarantine
    if not sa.inspect(connection).has_table(table.name):
        return []
    query = sa.select(table).order_by(table.c.id)
    if notice:
        query = query.where(table.c.notice == notice)
    names = Quarantined.__slots__
    return [
        Quarantined(*(getattr(row, name) for name in names)) for row in connection.execute(query)
    ]


def standing(connection: sa.Connection) -> Mapping[str, str]:
    """Return control number -> custodian's login, of what is in quarantine now.

    What was returned or destroyed is shown to nobody, and so is what several notices give to
    several custodians. Only what is lifted is as it was.
    """
    found: dict[str, str] = {}
    for row in rows(connection):
        if row.outcome == "lifted":
            continue
        custodian = "" if row.outcome else row.custodian
        found[row.control] = custodian if found.get(row.control, custodian) == custodian else ""
    return found


def destroyed(connection: sa.Connection) -> frozenset[str]:
    """Return the control numbers whose bytes were destroyed."""
    return frozenset(row.control for row in rows(connection) if row.outcome == "destroyed")


def next_notice(connection: sa.Connection) -> str:
    """Return the name the next notice will have."""
    count = connection.scalar(sa.select(sa.func.count(sa.distinct(tables.quarantine.c.notice))))
    return f"N{(count or 0) + 1:04d}"


def enter(
    connection: sa.Connection,
    entered: Sequence[Quarantined],
    note: Mapping[str, Any],
    by: tuple[str, str] | None = None,
) -> journal.Entry:
    """Write rows of a notice, or more of them, with their entry; `note` is told beside them."""
    table = tables.quarantine
    last = connection.scalar(sa.select(sa.func.max(table.c.id))) or 0
    connection.execute(
        sa.insert(table),
        [
            {"id": last + place, **{name: getattr(row, name) for name in Quarantined.__slots__}}
            for place, row in enumerate(entered, 1)
        ],
    )
    notice = entered[0].notice
    whole = digest(rows(connection, notice))
    body = {"notice": notice, "rows": len(entered), "digest": whole, **note}
    return journal.append(connection, ENTER, body, by)


def end(
    connection: sa.Connection,
    notice: str,
    outcome: str,
    note: Mapping[str, Any],
    by: tuple[str, str] | None = None,
) -> journal.Entry:
    """End the quarantine of a notice; `outcome` is "lifted", "returned" or "destroyed"."""
    table = tables.quarantine
    now = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(
        sa.update(table)
        .where(table.c.notice == notice, table.c.outcome.in_(["", "returned"]))
        .values(ended=now, outcome=outcome)
    )
    body = {
        "notice": notice,
        "outcome": outcome,
        "digest": digest(rows(connection, notice)),
        **note,
    }
    return journal.append(connection, END, body, by)


def digest(entered: Iterable[Quarantined]) -> str:
    """Return one SHA-256 over rows."""
    plain = [[getattr(row, name) for name in Quarantined.__slots__] for row in entered]
    return hashlib.sha256(journal.canonical(plain).encode()).hexdigest()


def broken(connection: sa.Connection, entries: Iterable[journal.Entry]) -> Iterator[str]:
    """Name each notice whose rows are not as the journal has them."""
    told: dict[str, str] = {}
    for entry in entries:
        if entry.action in {ENTER, END}:
            body = entry.facts()
            told[body["notice"]] = body["digest"]
    kept = {row.notice for row in rows(connection)}
    for notice in sorted(told.keys() | kept):
        if told.get(notice) != digest(rows(connection, notice)):
            yield f"quarantine {notice}: the table is not what the journal has"
