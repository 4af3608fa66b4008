"""Acts as kept: entries of the journal, so none can be changed, dropped or moved."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forthwith.domain.acts import Act, Acts
from forthwith.record import journal, tables
from forthwith.record.matter import Matter

#: What marks an entry of the journal as an act; old matters hold it, so it stays.
_ACTION = "ledger "


def write(
    matter: Matter,
    acts: Sequence[Act],
    after: int | None = None,
    by: tuple[str, str] | None = None,
) -> tuple[Act, ...]:
    """Write acts together, all of them or none; returns them as `read` will.

    `by` is who acts and how that is known, where it is not this process's own account. `after` is
    the place in the journal of the last act the caller knows of, 0 for none: where there is a later
    one, keys and counts may be spoken for. Raises MatterChangedError.
    """
    with matter.writing() as connection:
        if after is not None and _last(connection) != after:
            raise tables.MatterChangedError
        return tuple(append(connection, act, by) for act in acts)


def _last(connection: sa.Connection) -> int:
    of_acts = tables.journal.c.action.startswith(_ACTION)
    query = sa.select(sa.func.max(tables.journal.c.seq)).where(of_acts)
    return connection.scalar(query) or 0


def append(connection: sa.Connection, act: Act, by: tuple[str, str] | None = None) -> Act:
    """Write one act inside the caller's transaction; returns it as `read` will."""
    body = {"key": act.key, "body": dict(act.body)}
    return _act(journal.append(connection, _ACTION + act.kind, body, by))


def read(matter: Matter) -> Acts:
    """Return every act in the journal."""
    with matter.engine.connect() as connection:
        return Acts(
            _act(entry) for entry in journal.entries(connection) if entry.action.startswith(_ACTION)
        )


def _act(entry: journal.Entry) -> Act:
    body = entry.facts()
    kind = entry.action.removeprefix(_ACTION)
    known_by = str(body.get("known_by", ""))
    return Act(kind, body["key"], body["body"], entry.seq, entry.at, entry.who, known_by)
