"""Reach: what a group could move, in two bounds, over all days at once.

The lower bound is the least fixed point over accepted facts. The upper is the same over the most
generous completion of the facts: what is not shown to be all listed is in the group's hands, and
whoever may belong to the group does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forthwith.custody.answers.index import Model, in_place
from forthwith.custody.facts.facts import Means, SpendingPolicy, Wallet
from forthwith.custody.facts.network import Network
from forthwith.custody.questions.groups import Bounds, Who
from forthwith.custody.questions.scope import Scope

#: The path nobody has listed; it is open until `wallet:ID` says that the listed ones are all.
UNLISTED = "unlisted"
#: The path of a question about a means itself.
HAVING = "means"


class Reach:
    """What one group has and can move."""

    def __init__(self, model: Model, who: Who) -> None:
        self.model, self.who = model, who
        self._members: dict[str, Bounds] = {}
        self.low = closure(model, self._in_hand(surely=True), surely=True)
        self.up = closure(model, self._in_hand(surely=False), surely=False)
        wholes = {means.of for means in model.means.values() if means.of} & self.up.keys()
        self._serving = self.up | {in_place(whole): self.up[whole] for whole in wholes}
        self._met: dict[tuple[int, bool], int] = {}

    def member(self, person: str) -> Bounds:
        """Return the days on which the person surely, and perhaps, belongs to the group."""
        if person not in self._members:
            self._members[person] = self.who.days(person, self.model)
        return self._members[person]

    def _in_hand(self, *, surely: bool) -> dict[str, int]:
        """Return what is in the group's hands before any grant."""
        which = 0 if surely else 1
        in_hand = (
            {}
            if surely
            else {
                means: days for means in self.model.means if (days := self.model.open_days(means))
            }
        )
        for means, rows in self.model.holders.items():
            for possession in rows:
                if possession.accepted or not surely:
                    days = possession.days & self.member(possession.fact.person)[which]
                    if days:
                        in_hand[means] = in_hand.get(means, 0) | days
        return in_hand

    def meets(self, formula: Network) -> Bounds:
        """Return the days on which the group surely, and perhaps, meets a policy's formula."""
        return self._meets(formula, surely=True), self._meets(formula, surely=False)

    def _meets(self, formula: Network, *, surely: bool) -> int:
        known = self._met.get((id(formula), surely))
        if known is None:
            full = self.model.full
            if surely:
                known = formula.met(self.low, full)
            else:
                known = self.model.wide(formula).met(self._serving, full)
            self._met[id(formula), surely] = known
        return known

    def has(self, means: str) -> Bounds:
        """Return the days on which the group surely, and perhaps, has the means."""
        return self.low.get(means, 0), self.up.get(means, 0)


def closure(model: Model, in_hand: Mapping[str, int], *, surely: bool) -> dict[str, int]:
    """Return what is had once every grant has been followed, cycles included."""
    has = dict(in_hand)
    waiting = [means for means in in_hand if means in model.after]
    while waiting:
        means = waiting.pop()
        for edge in model.after.get(means, ()):
            if edge.sure or not surely:
                met = has[means] if edge.simple else edge.source.met(has, model.full)
                was = has.get(edge.gives, 0)
                now = was | edge.days & met
                if now != was:
                    has[edge.gives] = now
                    waiting.append(edge.gives)
    return has


@dataclass(frozen=True, slots=True)
class Way:
    """One listed way to move a wallet's assets, over the axis."""

    path: str
    formula: Network
    days: int
    accepted: bool
    fact: SpendingPolicy | Means
    #: Accepted approvals on the same path: formula, what sets it aside ("" if nothing does), days.
    approvals: tuple[tuple[Network, str, int], ...]
    #: Whether it surely does what is asked about; if not, it may move other assets, or elsewhere.
    serves: bool = True

    @property
    def sure(self) -> bool:
        """Return whether the way counts in the lower bound."""
        return self.accepted and self.serves


@dataclass(frozen=True, slots=True)
class Plan:
    """All ways to move one wallet that a question asks about."""

    ways: tuple[Way, ...]
    #: Days on which no accepted row says that the listed ways are all.
    incomplete: int
    #: Days on which no accepted policy says what it takes.
    unruled: int

    @property
    def unlisted(self) -> int:
        """Return the days on which some way that was not listed may exist."""
        return self.incomplete | self.unruled

    @property
    def key(self) -> tuple[object, ...]:
        """Return what wallets under one policy have in common."""
        return (
            self.incomplete,
            self.unruled,
            *(
                (
                    way.path,
                    id(way.formula),
                    way.days,
                    way.accepted,
                    way.serves,
                    tuple((id(formula), by, days) for formula, by, days in way.approvals),
                )
                for way in self.ways
            ),
        )


def plan_of(model: Model, wallet: str, scope: Scope) -> Plan:
    """Return the ways listed for a wallet that the scope asks about."""
    listed, ways = 0, []
    for policy in model.policies.get(wallet, ()):
        days, accepted = model.axis.mask(policy.period), model.accepts(policy)
        listed |= days if accepted else 0
        sure, perhaps = model.terms.covers(policy, scope.assets, scope.destinations)
        # What nobody has shown of a policy includes its scope: only its path is taken as said.
        if days and scope.covers_path(policy.path) and (perhaps or not accepted):
            joined = tuple(
                (approval.formula, approval.enforced_by, model.axis.mask(approval.period))
                for approval in model.approvals.get(wallet, ())
                if approval.path == policy.path and model.accepts(approval)
            )
            ways.append(Way(policy.path, policy.formula, days, accepted, policy, joined, sure))
    return Plan(tuple(ways), model.open_days(f"wallet:{wallet}"), model.full & ~listed)


def having(model: Model, means: str) -> Plan:
    """Return the plan of a question about a means itself: having it is the one way."""
    way = Way(HAVING, Network(means, {}), model.full, True, model.means[means], ())
    return Plan((way,), 0, 0)


def moved(reach: Reach, plan: Plan) -> dict[str, Bounds]:
    """Return for each kind of path the days on which the group surely, and perhaps, moves by it."""
    bounds_by_path: dict[str, Bounds] = {}
    for way in plan.ways:
        having = way.path == HAVING
        low, up = reach.has(way.formula.top) if having else reach.meets(way.formula)
        # Nothing can be held against a group on the strength of a policy that is not accepted,
        # and nothing can be ruled out by one.
        bounds = [low, up] if way.accepted else [0, reach.model.full]
        if way.accepted:
            _approve(reach, way, bounds)
            bounds[0] &= reach.model.full if way.serves else 0
        was = bounds_by_path.get(way.path, (0, 0))
        bounds_by_path[way.path] = (was[0] | bounds[0] & way.days, was[1] | bounds[1] & way.days)
    if plan.unlisted:
        bounds_by_path[UNLISTED] = (0, plan.unlisted)
    return bounds_by_path


def _approve(reach: Reach, way: Way, bounds: list[int]) -> None:
    """Take away the days on which the approvals are not had and cannot be set aside."""
    for formula, enforcer, days in way.approvals:
        elsewhere = reach.model.full & ~days
        low, up = reach.meets(formula)
        aside = reach.meets(reach.model.alone(enforcer)) if enforcer else (0, reach.model.full)
        bounds[0] &= elsewhere | low | aside[0]
        bounds[1] &= elsewhere | up | aside[1]


def in_scope(model: Model, wallet: Wallet, scope: Scope) -> tuple[bool, bool]:
    """Return whether the wallet is surely, and perhaps, one of those asked about."""
    if scope.means or (scope.wallets and wallet.id not in scope.wallets):
        return False, False
    by_id = wallet.id in scope.wallets and not scope.classes and not scope.assets
    if model.accepts(wallet) or by_id:
        return scope.surely(wallet), scope.perhaps(wallet)
    return False, True
