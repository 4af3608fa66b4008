"""Redactions as kept: append only, each save one transaction with its journal entry.

A redaction is changed, decided, refused or removed by a row that takes its place; whoever does so
names the row they saw. Where another took its place by then, nothing of the save is written and
whoever saves is handed the other's (optimistic concurrency). What was proposed and what stood
before stays: it is the history of the document. The journal commits to every row by digest, and
says of a save whose it is and of which documents, never what is hidden.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.domain.redactions import Redaction, Redactions, RedactionState, Shape
from forthwith.record import committed, journal, tables
from forthwith.record.matter import Matter

#: Action of the entries.
ACTION = "redact"
#: States of a row whose place may be taken by another.
OPEN = (RedactionState.PROPOSED, RedactionState.STANDING)
#: The last number a row can have: PostgreSQL's integer.
_LAST = 2**31 - 1
#: Rows written, or asked for, in one statement.
_AT_ONCE = 5_000
_SAID = {
    RedactionState.PROPOSED: "changed the proposal",
    RedactionState.STANDING: "changed",
    RedactionState.REFUSED: "refused",
    RedactionState.REMOVED: "removed",
}


class StaleRedactionError(ForthwithError):
    """Somebody else changed, decided or removed a redaction meanwhile."""

    def __init__(self, control: str, number: int, theirs: Redaction | None) -> None:
        #: What took its place; None where there never was such a redaction of the document.
        self.theirs = theirs
        if theirs is None:
            what = f"{control} has no redaction {number}"
        else:
            what = (
                f"{theirs.who} {_SAID[theirs.state]} redaction {number} of {control} meanwhile "
                f"({theirs.at})"
            )
        super().__init__(f"{what}, so nothing of yours was saved. Look at what stands, then again.")


class RedactionError(ForthwithError):
    """A redaction cannot be written down."""


def save(matter: Matter, redactions: Sequence[Redaction], by: tuple[str, str]) -> list[Redaction]:
    """Keep redactions, all of them or none, and return them as kept.

    Number, who and when are filled in here. Raises StaleRedactionError where the row that one
    `replaces` is open no more, RedactionError, DatabaseError.
    """
    if not redactions:
        return []
    _check(redactions)
    with matter.writing() as connection:
        _look_at_replaced(connection, redactions)
        last = changes(connection)
        entry = journal.head(connection)[0] + 1
        at = datetime.now(UTC).isoformat(timespec="seconds")
        kept = [
            replace(redaction, id=number, who=by[0], at=at)
            for number, redaction in enumerate(redactions, last + 1)
        ]
        rows = [_row(redaction, entry) for redaction in kept]
        states = Counter(str(redaction.state) for redaction in kept)
        facts = {
            "ids": [kept[0].id, kept[-1].id],
            "controls": list(dict.fromkeys(redaction.control for redaction in kept)),
            **states,
        }
        digests = {str(row["id"]): committed.digest(row) for row in rows}
        committed.append(connection, ACTION, facts, {tables.redactions.name: digests}, by)
        for start in range(0, len(rows), _AT_ONCE):
            connection.execute(sa.insert(tables.redactions), rows[start : start + _AT_ONCE])
    return kept


def standing(connection: sa.Connection, control: str = "") -> Mapping[str, tuple[Redaction, ...]]:
    """Return what is proposed and what stands, by document in the order kept; of one or of all."""
    return _by_control(connection, control, OPEN)


def covering(connection: sa.Connection, control: str = "") -> Redactions:
    """Return what covers something, by document in the order kept; of one or of all."""
    return _by_control(connection, control, (RedactionState.STANDING,))


def history(connection: sa.Connection, control: str) -> list[Redaction]:
    """Return every row of a document, the first one first."""
    table = tables.redactions
    if not tables.holds(connection, table):
        return []
    query = sa.select(table).where(table.c.control == control).order_by(table.c.id)
    return [_redaction(row) for row in connection.execute(query)]


def last_save(connection: sa.Connection, login: str) -> list[Redaction]:
    """Return the rows somebody saved last, together; [] where there are none."""
    table = tables.redactions
    if not tables.holds(connection, table):
        return []
    newest = sa.select(sa.func.max(table.c.entry)).where(table.c.who == login).scalar_subquery()
    query = sa.select(table).where(table.c.entry == newest).order_by(table.c.id)
    return [_redaction(row) for row in connection.execute(query)]


def by_id(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, Redaction]:
    """Return rows by number, those that there are."""
    table = tables.redactions
    if not tables.holds(connection, table):
        return {}
    found = {}
    # No database takes a number that is none of a row's.
    asked = [number for number in numbers if 0 < number <= _LAST]
    for start in range(0, len(asked), _AT_ONCE):
        wanted = table.c.id.in_(asked[start : start + _AT_ONCE])
        for row in connection.execute(sa.select(table).where(wanted)):
            found[row.id] = _redaction(row)
    return found


def changes(connection: sa.Connection) -> int:
    """Return a number that grows with every row, by any process; 0 where there is none."""
    table = tables.redactions
    if not tables.holds(connection, table):
        return 0
    return connection.scalar(sa.select(sa.func.max(table.c.id))) or 0


def changed_since(connection: sa.Connection, last: int) -> list[str]:
    """Return the documents of the rows after one, by control number."""
    table = tables.redactions
    if not tables.holds(connection, table):
        return []
    query = sa.select(table.c.control).where(table.c.id > last).distinct()
    return sorted(connection.scalars(query))


def rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield number and digest of each row."""
    table = tables.redactions
    for row in connection.execute(sa.select(table).order_by(table.c.id)):
        yield str(row.id), committed.digest(dict(row._mapping))  # noqa: SLF001 - a row as a mapping


def broken(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each row that is not what the journal says was entered."""
    if not sa.inspect(connection).has_table(tables.redactions.name):
        return
    name = tables.redactions.name
    entered = committed.named(journal.of(connection, ACTION), [name])[name]
    yield from committed.broken("redaction", entered, rows(connection))


def _check(redactions: Sequence[Redaction]) -> None:
    """Raise RedactionError for what no database takes, or what could not be told apart later."""
    replaced = Counter(redaction.replaces for redaction in redactions if redaction.replaces)
    for number, times in replaced.items():
        if times > 1:
            raise RedactionError(
                f"Two redactions would take the place of redaction {number}; nothing was saved."
            )
    for redaction in redactions:
        texts = (redaction.control, redaction.span, redaction.reason, redaction.note)
        try:
            "".join((*texts, redaction.drawn_on)).encode()
        except UnicodeEncodeError as wrong:
            # Half a pair of surrogates is no character.
            raise RedactionError(
                f"A redaction of {redaction.control!r} cannot be written down: {wrong}. Nothing "
                "was saved."
            ) from wrong
        if not redaction.control or any("\0" in text for text in texts):
            raise RedactionError(
                f"A redaction of {redaction.control!r} holds a sign that no database takes, or "
                "names no document; nothing was saved."
            )
        if redaction.state not in OPEN and not redaction.replaces:
            raise RedactionError(
                f"What is removed or refused takes the place of a redaction; {redaction.control} "
                "names none. Nothing was saved."
            )


def _look_at_replaced(connection: sa.Connection, redactions: Sequence[Redaction]) -> None:
    """Raise StaleRedactionError for the first whose place was taken already."""
    wanted = [redaction for redaction in redactions if redaction.replaces]
    if odd := next((row for row in wanted if not 0 < row.replaces <= _LAST), None):
        raise StaleRedactionError(odd.control, odd.replaces, None)
    there = by_id(connection, [redaction.replaces for redaction in wanted])
    table = tables.redactions
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        numbers = [redaction.replaces for redaction in part]
        query = sa.select(table).where(table.c.replaces.in_(numbers))
        taken = {row.replaces: _redaction(row) for row in connection.execute(query)}
        for redaction in part:
            before, after = there.get(redaction.replaces), taken.get(redaction.replaces)
            if before is None or before.control != redaction.control:
                raise StaleRedactionError(redaction.control, redaction.replaces, None)
            if after is not None or before.state not in OPEN:
                raise StaleRedactionError(redaction.control, redaction.replaces, after or before)
            uncovers = redaction.state in (RedactionState.PROPOSED, RedactionState.REFUSED)
            if before.covers and uncovers:
                raise RedactionError(
                    f"Redaction {before.id} of {before.control} stands, and a proposal covers "
                    "nothing, so it cannot take its place. Nothing was saved."
                )


def _by_control(
    connection: sa.Connection, control: str, states: Sequence[RedactionState]
) -> dict[str, tuple[Redaction, ...]]:
    table = tables.redactions
    if not tables.holds(connection, table):
        return {}
    later = table.alias("later")
    replaced = sa.select(later.c.replaces).where(later.c.replaces > 0)
    query = sa.select(table).where(table.c.state.in_([str(state) for state in states]))
    if control:
        query = query.where(table.c.control == control)
        replaced = replaced.where(later.c.control == control)
    # Not correlated: asked once, and looked up for each row.
    query = query.where(table.c.id.not_in(replaced))
    found: dict[str, list[Redaction]] = {}
    for row in connection.execute(query.order_by(table.c.control, table.c.id)):
        found.setdefault(row.control, []).append(_redaction(row))
    return {name: tuple(kept) for name, kept in found.items()}


def _row(redaction: Redaction, entry: int) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if redaction.box is not None:
        place["box"] = list(redaction.box)
    if redaction.span:
        place["span"] = redaction.span
    return {
        "id": redaction.id,
        "control": redaction.control,
        "page": redaction.page,
        "shape": str(redaction.shape),
        "place": journal.canonical(place),
        "reason": redaction.reason,
        "note": redaction.note,
        "state": str(redaction.state),
        "drawn_on": redaction.drawn_on,
        "who": redaction.who,
        "at": redaction.at,
        "replaces": redaction.replaces,
        "entry": entry,
    }


def _redaction(row: Any) -> Redaction:
    place = json.loads(row.place)
    box = place.get("box")
    return Redaction(
        row.id,
        row.control,
        Shape(row.shape),
        row.page,
        (box[0], box[1], box[2], box[3]) if box else None,
        place.get("span", ""),
        row.reason,
        row.note,
        RedactionState(row.state),
        row.drawn_on,
        row.who,
        row.at,
        row.replaces,
    )
