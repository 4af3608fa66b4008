"""Gaps: the minimal sets of missing facts that would turn *not shown* into *excluded*.

Everything the upper bound takes on trust is an open point: holders or ties not shown to be all,
rows below the standing. The upper bound is monotone in what is left open, so the sets of open
points whose settling excludes every way are the minimal sets of its dual: each is a hitting set of
the ways (Reiter 1987).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forthwith.custody.answers.answers import MissingFact
from forthwith.custody.answers.circuits import FALSE, TRUE, Circuit, CircuitBuilder
from forthwith.custody.answers.index import Edge
from forthwith.custody.answers.open_points import OpenPoint, missing
from forthwith.custody.answers.reach import Plan, Reach, Way
from forthwith.custody.facts.days import bits
from forthwith.custody.facts.facts import Fact, Grant

#: Stretches × wallets unfolded at most for one answer; past it the gaps are "not decided".
UNFOLDED_AT_MOST = 4_000
#: What an engine may spend on the gaps of one answer: under half a minute and a gigabyte, where a
#: question of its own (`custody coalitions`) may take sixteen times that.
NODES_AT_MOST, PAIRS_AT_MOST = 1 << 20, 300_000
#: Doubtful grants past one ring in a circle of means: each more doubles the work, and seven roles
#: that may all give each other have as many.
TANGLED_AT_MOST = 30
#: Sets looked at for each one listed: those at odds with themselves are passed over.
_LOOKED_AT = 8


@dataclass(frozen=True, slots=True)
class Gaps:
    """Gap sets, cheapest first."""

    sets: tuple[tuple[MissingFact, ...], ...]
    #: False: there are more sets, or they were not decided; `why` says which.
    complete: bool
    why: str = ""


class _OpenPoints:
    """Open points as leaves: a leaf is met until the point is settled."""

    def __init__(self, reach: Reach, circuit: Circuit) -> None:
        self._reach, self._model, self._circuit = reach, reach.model, circuit
        #: Every open point met, with the stretches on which it was.
        self.days: dict[OpenPoint, int] = defaultdict(int)
        self.bit = 1
        self._at: dict[str, dict[int, int]] = defaultdict(dict)

    def open(self, kind: str, target: str, fact: Fact | None = None) -> str:
        """Return the leaf of an open point."""
        number = 0
        if fact is not None:
            at_place = self._at[target]
            number = at_place.setdefault(id(fact), len(at_place))
        point = OpenPoint(kind, target, fact, number)
        self.days[point] |= self.bit
        return point.leaf

    def holding(self, means: str) -> str:
        open_days = self._model.open_days(means) & self.bit
        ways = [self.open("holders", means)] if open_days else []
        for row in self._model.holders.get(means, ()):
            if row.days & self.bit and (member := self._member(row.fact.person)) != FALSE:
                there = TRUE if row.accepted else self.open("possession", row.fact.place, row.fact)
                ways.append(self._circuit.all([member, there]))
        return self._circuit.any(ways)

    def _member(self, person: str) -> str:
        low, up = self._reach.member(person)
        if low & self.bit:
            return TRUE
        return self.open("ties", person) if up & self.bit else FALSE

    def following(self, edge: Edge) -> str:
        if edge.sure:
            return TRUE
        # One share may give the whole and two may: to settle one does not settle the other.
        kind = "grant" if edge.simple or isinstance(edge.fact, Grant) else "shares"
        return self.open(kind, edge.fact.place, edge.fact)

    def serving(self, whole: str) -> str:
        return self.open("serves", whole)

    def moving(self, way: Way, formula: str, approved: list[str]) -> str:
        if way.accepted:
            return self._circuit.all([formula, *approved])
        # Two ways to settle it: show that the path is not there, or show it to be as the row says.
        absent = self.open("path", way.fact.place, way.fact)
        unproved = self.open("policy", way.fact.place, way.fact)
        return self._circuit.all([absent, self._circuit.any([unproved, formula])])

    def setting_aside(self, enforcer: str) -> str:
        return FALSE if enforcer else self.open("enforcer", "")


def gaps(
    reach: Reach, plans: Mapping[str, Plan], unsure: Iterable[str], days: int, limit: int
) -> Gaps:
    """Return the cheapest `limit` gap sets that would exclude every stretch in `days`.

    `unsure` names wallets whose rows do not put them in scope: showing where they belong settles
    them too.
    """
    # The engines take a while to load, and most answers need none.
    from forthwith.custody.minimal_sets import Bound, NotDecided, minimal_sets

    circuit = Circuit()
    points = _OpenPoints(reach, circuit)
    tops, unfolded = set(), 0
    for stretch in bits(days):
        points.bit = 1 << stretch
        view = CircuitBuilder(reach.model, stretch, circuit, points)
        for wallet, plan in plans.items():
            unfolded += 1
            if unfolded > UNFOLDED_AT_MOST:
                why = "too many wallets and days at once; ask for one wallet or fewer days"
                return Gaps((), complete=False, why=why)
            tops.add(_top(points, view, circuit, wallet, plan, in_doubt=wallet in unsure))
        if view.tangle > TANGLED_AT_MOST:
            why = (
                "too many means may give each other, round in circles, by grants that are not "
                "shown; show or refute some of these grants first"
            )
            return Gaps((), complete=False, why=why)
    network = circuit.network(circuit.any(tops))
    if network is None:
        return Gaps((), complete=True)
    blocking = minimal_sets(network.dual(), bound=Bound(NODES_AT_MOST, PAIRS_AT_MOST))
    if isinstance(blocking, NotDecided):
        return Gaps((), complete=False, why=blocking.why.removeprefix("Not decided: ").rstrip("."))
    by_leaf = {point.leaf: (point, stretches) for point, stretches in points.days.items()}
    cost = {leaf: point.cost for leaf, (point, _) in by_leaf.items()}
    sound = [gap for gap in blocking.cheapest(cost, _LOOKED_AT * limit) if not _at_odds(gap)]
    sets = tuple(
        tuple(missing(*by_leaf[leaf], reach) for leaf in sorted(gap)) for gap in sound[:limit]
    )
    return Gaps(sets, complete=blocking.count <= _LOOKED_AT * limit and len(sound) <= limit)


def _at_odds(leaves: frozenset[str]) -> bool:
    """Return whether a set asks for the record of a policy and for proof that it was none."""
    shown = {leaf.removeprefix("policy:") for leaf in leaves if leaf.startswith("policy:")}
    return any(leaf.removeprefix("path:") in shown for leaf in leaves if leaf.startswith("path:"))


def _top(
    points: _OpenPoints,
    view: CircuitBuilder,
    circuit: Circuit,
    wallet: str,
    plan: Plan,
    *,
    in_doubt: bool,
) -> str:
    ways = view.moves(plan)
    if plan.unruled & points.bit:
        unruled = [points.open("rule", wallet)]
        if not plan.incomplete & points.bit:
            # One policy shown to be as its row says would rule the day; so would any other.
            rows = [way for way in plan.ways if not way.accepted and way.days & points.bit]
            unruled += [points.open("policy", way.fact.place, way.fact) for way in rows]
        ways.append(circuit.all(unruled))
    elif plan.incomplete & points.bit:
        ways.append(points.open("paths", wallet))
    moved = circuit.any(ways)
    return circuit.all([moved, points.open("scope", wallet)]) if in_doubt else moved
