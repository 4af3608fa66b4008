"""Decisions on what the privilege screen proposed: append only, committed to by the journal.

The latest decision on a document stands. Whoever decides names the one they saw, 0 for none; where
another was made meanwhile, nothing is written. The journal says who decided on which documents and
how, and commits to every row; what the reasons quote stands in the rows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.domain.privilege_decisions import Decision, Outcome
from forthwith.record import committed, journal, tables
from forthwith.record.matter import Matter

#: Action of the entries.
ACTION = "privilege decision"


class StaleDecisionError(ForthwithError):
    """Somebody else decided meanwhile."""

    def __init__(self, theirs: Decision) -> None:
        super().__init__(
            f"{theirs.who} decided on {theirs.control} meanwhile: {theirs.outcome}, because "
            f"{theirs.because}. Nothing of yours was saved. Look at theirs, then decide again."
        )
        self.theirs = theirs


class DecisionError(ForthwithError):
    """A decision cannot be written down."""


def save(matter: Matter, decisions: Sequence[Decision], by: tuple[str, str]) -> list[Decision]:
    """Keep decisions, all of them or none, and return them as kept.

    Number, who and when are filled in here; `replaces` names the decision that whoever decides saw.
    Raises StaleDecisionError, DecisionError, DatabaseError.
    """
    if not decisions:
        return []
    _check(decisions)
    with matter.writing() as connection:
        now = standing(connection, [decision.control for decision in decisions])
        for decision in decisions:
            theirs = now.get(decision.control)
            if theirs is not None and theirs.id != decision.replaces:
                raise StaleDecisionError(theirs)
        last = changes(connection)
        entry = journal.head(connection)[0] + 1
        at = datetime.now(UTC).isoformat(timespec="seconds")
        kept = [
            replace(decision, id=number, who=by[0], at=at)
            for number, decision in enumerate(decisions, last + 1)
        ]
        rows = [_row(decision, entry) for decision in kept]
        facts: dict[str, Any] = {"decisions": [kept[0].id, kept[-1].id]}
        for outcome in Outcome:
            if controls := [row.control for row in kept if row.outcome is outcome]:
                facts[outcome.value] = controls
        digests = {str(row["id"]): committed.digest(row) for row in rows}
        committed.append(connection, ACTION, facts, {tables.privilege_decisions.name: digests}, by)
        connection.execute(sa.insert(tables.privilege_decisions), rows)
    return kept


def standing(
    connection: sa.Connection, controls: Sequence[str] | None = None
) -> Mapping[str, Decision]:
    """Return the decision that stands on each document, of all or of some."""
    table = tables.privilege_decisions
    if not tables.holds(connection, table):
        return {}
    query = sa.select(table).order_by(table.c.id)
    if controls is not None and len(controls) <= 500:
        query = query.where(table.c.control.in_(list(controls)))
    return {row.control: _decision(row) for row in connection.execute(query)}


def history(connection: sa.Connection, control: str) -> list[Decision]:
    """Return every decision on a document, the first one first."""
    table = tables.privilege_decisions
    if not tables.holds(connection, table):
        return []
    query = sa.select(table).where(table.c.control == control).order_by(table.c.id)
    return [_decision(row) for row in connection.execute(query)]


def changes(connection: sa.Connection) -> int:
    """Return a number that grows with every decision; 0 where there is none."""
    table = tables.privilege_decisions
    if not tables.holds(connection, table):
        return 0
    return connection.scalar(sa.select(sa.func.max(table.c.id))) or 0


def broken(connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each row that is not what the journal says was entered."""
    table = tables.privilege_decisions
    if not sa.inspect(connection).has_table(table.name):
        return
    entered = committed.named(journal.of(connection, ACTION), [table.name])[table.name]
    rows = (
        (str(row.id), committed.digest(dict(row._mapping)))  # noqa: SLF001 - a row as a mapping
        for row in connection.execute(sa.select(table).order_by(table.c.id))
    )
    yield from committed.broken("decision on privilege", entered, rows)


def _check(decisions: Sequence[Decision]) -> None:
    """Raise DecisionError for what no database takes, or nobody could answer for."""
    met: set[str] = set()
    for decision in decisions:
        texts = (decision.control, decision.because, decision.tier, decision.reasons)
        try:
            "".join(texts).encode()
        except UnicodeEncodeError as wrong:
            raise DecisionError(
                f"A decision on {decision.control!r} cannot be written down: {wrong}."
            ) from wrong
        if not decision.control or any("\0" in text for text in texts):
            raise DecisionError(
                f"A decision on {decision.control!r} holds a sign that no database takes, or names "
                "no document; nothing was saved."
            )
        if not decision.because.strip():
            raise DecisionError(
                f"Say why with --because: a decision on {decision.control} without a reason cannot "
                "be answered for later. Nothing was saved."
            )
        if decision.control in met:
            raise DecisionError(f"{decision.control} would be decided twice; nothing was saved.")
        met.add(decision.control)


def _row(decision: Decision, entry: int) -> dict[str, Any]:
    return {
        "id": decision.id,
        "control": decision.control,
        "decision": str(decision.outcome),
        "because": decision.because,
        "tier": decision.tier,
        "reasons": decision.reasons,
        "read": decision.read,
        "who": decision.who,
        "at": decision.at,
        "replaces": decision.replaces,
        "entry": entry,
    }


def _decision(row: Any) -> Decision:
    return Decision(
        row.id, row.control, Outcome(row.decision), row.because, row.tier, row.reasons, row.read,
        row.who, row.at, row.replaces,
    )  # fmt: skip
