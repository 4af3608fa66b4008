"""Tensions: pairs of statements that cannot both hold, or pull against each other.

They are shown side by side with the reason, and with how both might still be true: another scope,
another day, another entity of the same name. Nothing here decides who is right.

A sentence that gives a day stands until it is corrected, so it is held against later ones too; one
that gives a period speaks of that period alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from forthwith.custody.facts.facts import Entity, Facts, Statement
from forthwith.custody.questions import scope
from forthwith.custody.statements.claims import Claim, claim_of
from forthwith.custody.statements.contradiction_rules import Conflict, Rules, StatedClaim


@dataclass(frozen=True, slots=True)
class Tension:
    """Two statements side by side."""

    first: Statement
    second: Statement
    #: True: they say opposite things; False: they pull against each other.
    opposite: bool
    #: A whole sentence.
    why: str
    #: Whole sentences: how both might be true; none when no way is seen.
    unless: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "first": self.first.id,
            "second": self.second.id,
            "kind": "opposite" if self.opposite else "pull",
            "why": self.why,
            "both_true_if": list(self.unless),
        }


def tensions(facts: Facts) -> tuple[Tension, ...]:
    """Return every pair in tension, in the order of the rows."""
    claims = [
        StatedClaim(statement, claim)
        for statement in facts.statements
        if isinstance(claim := claim_of(statement), Claim)
    ]
    rules = Rules(facts, claims)
    return tuple(
        _tension(first, other, conflict)
        for first, other in itertools.combinations(claims, 2)
        if first.reach.meets(other.reach) and (conflict := rules.between(first, other))
    )


def _tension(first: StatedClaim, other: StatedClaim, conflict: Conflict) -> Tension:
    unless = (
        *(f"{clause}." for clause in conflict.unless),
        *_of_scope(first, other),
        *_of_time(first, other),
        *(_of_alias(row) for row in conflict.aliases),
    )
    return Tension(first.statement, other.statement, conflict.opposite, conflict.why, unless)


def _of_scope(first: StatedClaim, other: StatedClaim) -> Iterator[str]:
    clauses = list(scope.differences(first.claim.scope, other.claim.scope, (first.id, other.id)))
    if clauses:
        narrow = {
            stated.id
            for stated in (first, other)
            if any(clause.startswith(f"{stated.id} speaks") for clause in clauses)
        }
        wide = other.id if narrow == {first.id} else first.id
        how = f"{wide} is not meant so widely" if len(narrow) == 1 else "they mean different parts"
        yield f"Scope: {'; '.join(clauses)}. Both can hold if {how}."


def _of_time(claim: StatedClaim, other: StatedClaim) -> Iterator[str]:
    days = [stated.statement.days for stated in (claim, other)]
    if any(period is None for period in days):
        undated = " and ".join(
            stated.id for stated, period in zip((claim, other), days, strict=True) if period is None
        )
        yield f"Time: {undated} gives no day. Both can hold if they speak of different days."
        return
    first, second = sorted(
        ((period, stated) for period, stated in zip(days, (claim, other), strict=True) if period),
        key=lambda pair: pair[0].start,
    )
    if not first[0].meets(second[0]):
        yield (
            f"Time: {first[1].id} speaks of {first[0].start}, {second[1].id} of "
            f"{second[0].start}. Both can hold if it changed in between; then {first[1].id} has "
            "gone stale and needs correcting (Rule 26(e))."
        )


def _of_alias(row: Entity) -> str:
    when = f" {row.period}" if row.period else ""
    return (
        f"Alias: {row.id} is the same as {row.alias_of} only by {row.place}{when}. Both can hold "
        "if that row is wrong or speaks of other days."
    )
