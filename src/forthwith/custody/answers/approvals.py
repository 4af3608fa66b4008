"""Approvals: what the software asks for besides, of one movement of one amount.

Rows of a group are alternatives, groups are each asked for, and rows without a group leave open
whether they are asked for together. What is doubtful never helps:

- lower bound: every row without a group, accepted or not, is asked for, and of each group an
  accepted row, or every row where none is accepted;
- upper bound: of each group with an accepted row any row, accepted or not; of the rows without a
  group any one, or none where none is accepted.

A row counts as accepted on the days inside its period, for amounts and destinations that it surely
covers. Above no amount it binds whatever is moved; where the policies of its path differ by amount
and it names none, it does not say for which of them it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.facts import ApprovalPolicy, SpendingPolicy
from forthwith.custody.facts.network import Network

#: An amount that is moved at once, with its unit; None is smaller than any amount somebody writes
#: down, in whatever unit.
Candidate: TypeAlias = Amount | None
LEAST: Candidate = None


class Joined(StrEnum):
    """How the parts of a need are joined."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Approval:
    """One row, as it binds one way to move one amount."""

    fact: ApprovalPolicy
    formula: Network
    #: Whoever has it may set the approval aside; "" is not known.
    enforcer: str
    #: Stretches in which it surely binds (accepted, inside its period), and in which it may.
    binds: int
    may_bind: int


@dataclass(frozen=True, slots=True)
class Need:
    """What has to be met: all or any of rows and of further needs. All of nothing is met."""

    joined: Joined
    parts: tuple[Approval | Need, ...]

    def rows(self) -> Iterator[Approval]:
        """Yield every row in it."""
        for part in self.parts:
            if isinstance(part, Need):
                yield from part.rows()
            else:
                yield part


NOTHING = Need(Joined.ALL, ())


def needs(rows: Sequence[Approval], full: int, *, surely: bool) -> tuple[tuple[int, Need], ...]:
    """Return what is needed, stretch by stretch: runs of one need as a bit set with that need."""
    if not rows:
        return ((full, NOTHING),)
    # Stretches on which the same rows bind have one need.
    parts = [full]
    for row in rows:
        for mask in (row.binds, row.may_bind):
            parts = [half for part in parts for half in (part & mask, part & ~mask) if half]
    return tuple((part, _need(rows, part, surely=surely)) for part in parts)


def _need(rows: Sequence[Approval], part: int, *, surely: bool) -> Need:
    alone: list[Approval] = []
    groups: dict[str, list[Approval]] = defaultdict(list)
    for row in rows:
        if row.may_bind & part:
            (groups[row.fact.group] if row.fact.group else alone).append(row)
    if surely:
        asked = tuple(_asked_of(group, part) for group in groups.values())
        return Need(Joined.ALL, (*alone, *asked))
    sure_groups = [group for group in groups.values() if any(row.binds & part for row in group)]
    grouped = tuple(Need(Joined.ANY, tuple(group)) for group in sure_groups)
    if not grouped and not any(row.binds & part for row in alone):
        return NOTHING
    # Whether a row without a group is asked for beside the others, or in their place, nobody says.
    instead: list[Approval | Need] = list(alone)
    if grouped:
        instead.append(Need(Joined.ALL, grouped))
    else:
        instead += [row for group in groups.values() for row in group]
    return Need(Joined.ANY, tuple(instead))


def _asked_of(rows: Sequence[Approval], part: int) -> Need:
    """Return what a group asks for at the most: an accepted row, or all where none is."""
    sure = tuple(row for row in rows if row.binds & part)
    return Need(Joined.ANY, sure) if sure else Need(Joined.ALL, tuple(rows))


@dataclass(frozen=True, slots=True)
class Limits:
    """The amounts a policy moves: from `least` through `most`; None is no bound."""

    least: Amount | None = None
    most: Amount | None = None
    #: A bound in words that nobody can compare.
    unread: bool = False

    @classmethod
    def of(cls, policy: SpendingPolicy) -> Limits:
        """Read the `min` and `max` of a policy's scope."""
        scope = dict(policy.scope)
        bounds: dict[str, Amount | None] = {}
        unread = False
        for key in ("min", "max"):
            try:
                bounds[key] = Amount.parse(scope[key]) if key in scope else None
            except ValueError:
                bounds[key], unread = None, True
        return cls(bounds["min"], bounds["max"], unread)

    def covers(self, amount: Candidate, asset: str) -> tuple[bool, bool]:
        """Return whether an amount surely, and perhaps, lies within."""
        low, high = _least(self.least, amount, asset), _most(self.most, amount, asset)
        sure = low[0] and high[0] and not self.unread
        return sure, low[1] and high[1]


#: No bound.
ANY_AMOUNT = Limits()


def _least(bound: Amount | None, amount: Candidate, asset: str) -> tuple[bool, bool]:
    """Return whether an amount is surely, and perhaps, not below a bound."""
    if bound is None or not bound.value:
        return True, True
    if amount is None:
        return False, False
    if (bound.unit or asset) != amount.unit:
        return False, True
    return (amount.value >= bound.value,) * 2


def _most(bound: Amount | None, amount: Candidate, asset: str) -> tuple[bool, bool]:
    """Return whether an amount is surely, and perhaps, not above a bound."""
    if bound is None:
        return True, True
    if not bound.value:
        return False, False
    if amount is None:
        return True, True
    if (bound.unit or asset) != amount.unit:
        return False, True
    return (amount.value <= bound.value,) * 2


def binding(row: ApprovalPolicy, amount: Candidate, asset: str) -> tuple[bool, bool]:
    """Return whether a row surely, and perhaps, asks for its approval of an amount."""
    most, above = _most(row.up_to, amount, asset), row.above
    over = (True, True)
    if above is not None and above.value:
        if amount is None:
            over = (False, False)
        elif (above.unit or asset) != amount.unit:
            over = (False, True)
        else:
            over = (amount.value > above.value,) * 2
    return over[0] and most[0], over[1] and most[1]


def candidates(
    policies: Iterable[SpendingPolicy],
    approvals: Iterable[ApprovalPolicy],
    asked: Amount | None,
    asset: str,
) -> tuple[Candidate, ...]:
    """Return amounts that stand for all there are, or the one asked about.

    Between two amounts that some row names in a unit nothing changes, so one of each run is enough.
    Nothing is converted: amounts of two units are not compared.
    """
    if asked is not None:
        return (Amount(asked.value, asked.unit or asset),)
    named: dict[str, set[Decimal]] = defaultdict(set)
    for policy in policies:
        limits = Limits.of(policy)
        for bound in (limits.least, limits.most):
            if bound is not None and bound.value:
                named[bound.unit or asset].add(bound.value)
    for row in approvals:
        for bound in (row.above, row.up_to):
            if bound is not None and bound.value:
                named[bound.unit or asset].add(bound.value)
    found: list[Candidate] = [LEAST]
    for unit, values in sorted(named.items()):
        ordered = sorted(values)
        for value, following in zip(ordered, [*ordered[1:], ordered[-1] * 3], strict=True):
            found += [Amount(value, unit), Amount((value + following) / 2, unit)]
    return tuple(found)


def tiers(policies: Iterable[SpendingPolicy]) -> Mapping[str, bool]:
    """Return for each path whether its policies differ by amount."""
    limits: dict[str, set[Limits]] = defaultdict(set)
    for policy in policies:
        limits[policy.path].add(Limits.of(policy))
    return {path: len(some) > 1 for path, some in limits.items()}
