"""Acts as kept: entries of the journal, so none can be changed, dropped or moved."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from forthwith.domain.acts import Act, Acts
from forthwith.record import journal
from forthwith.record.matter import Matter

#: What marks an entry of the journal as an act; old matters hold it, so it stays.
_ACTION = "ledger "


def write(matter: Matter, acts: Sequence[Act]) -> None:
    """Write acts together: all of them or none."""
    with matter.engine.begin() as connection:
        for act in acts:
            append(connection, act)


def append(connection: sa.Connection, act: Act) -> None:
    """Write one act inside the caller's transaction."""
    journal.append(connection, _ACTION + act.kind, {"key": act.key, "body": dict(act.body)})


def read(matter: Matter) -> Acts:
    """Return every act in the journal."""
    with matter.engine.connect() as connection:
        return Acts(
            Act(
                kind=entry.action.removeprefix(_ACTION),
                key=entry.facts()["key"],
                body=entry.facts()["body"],
                seq=entry.seq,
                at=entry.at,
                who=entry.who,
            )
            for entry in journal.entries(connection)
            if entry.action.startswith(_ACTION)
        )
