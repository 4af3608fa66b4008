"""The journal page by page, the latest entry first: asked by index, whatever its length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from forthwith.record import tables
from forthwith.record.journal import Entry

#: Action of a saved coding: the most frequent one, which names its documents in `codings`.
CODE = "code"
#: Rows fetched at once.
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are asked for; what is empty limits nothing."""

    who: str = ""
    action: str = ""
    #: Instants (UTC) as entries have them: from the first, before the second.
    since: str = ""
    before: str = ""
    #: Control number of a document that is named.
    document: str = ""


def latest(connection: sa.Connection, asked: Asked, below: int = 0) -> Iterator[Entry]:
    """Yield entries, the latest first; with `below`, those of a lower number.

    A new query begins where the last chunk ended, so that nobody's reading holds up a writer.
    """
    table = tables.journal
    wanted = list(_wanted(connection, asked))
    while True:
        query = sa.select(table).where(*wanted)
        if below:
            query = query.where(table.c.seq < below)
        rows = connection.execute(query.order_by(table.c.seq.desc()).limit(_CHUNK)).all()
        for row in rows:
            yield Entry(**row._mapping)  # noqa: SLF001 - a row as a mapping
        if len(rows) < _CHUNK:
            return
        below = rows[-1].seq


def _wanted(connection: sa.Connection, asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    table = tables.journal
    if asked.who:
        yield table.c.who == asked.who
    if asked.action:
        yield table.c.action == asked.action
    if asked.since or asked.before:
        days = [table.c.at >= asked.since] if asked.since else []
        days += [table.c.at < asked.before] if asked.before else []
        # The order of numbers is nearly that of time: their span is found first.
        span = sa.select(sa.func.min(table.c.seq), sa.func.max(table.c.seq)).where(*days)
        first, last = connection.execute(span).one()
        yield table.c.seq.between(first or 0, last or 0)
        yield from days
    if asked.document:
        coded = sa.select(tables.codings.c.entry).where(tables.codings.c.control == asked.document)
        named = table.c.body.contains(f'"{asked.document}"', autoescape=True)
        other = sa.and_(table.c.action != CODE, named)
        there = sa.inspect(connection).has_table(tables.codings.name)
        yield sa.or_(table.c.seq.in_(coded), other) if there else other


def coded(connection: sa.Connection, entries: Sequence[int]) -> Mapping[int, list[str]]:
    """Return the control numbers of the codings that entries, by number, committed to."""
    found: dict[int, list[str]] = {}
    if not entries or not sa.inspect(connection).has_table(tables.codings.name):
        return found
    columns = tables.codings.c
    query = sa.select(columns.entry, columns.control).where(columns.entry.in_(entries))
    for row in connection.execute(query.order_by(columns.id)):
        found.setdefault(row.entry, []).append(row.control)
    return found
