"""Gaps: the minimal sets of missing facts that would turn *not shown* into *excluded*.

Everything the upper bound takes on trust is an open point: holders or ties not shown to be all,
rows below the standing. The upper bound is monotone in what is left open, so the sets of open
points whose settling excludes every way are the minimal sets of its dual: each is a hitting set of
the ways (Reiter 1987).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from forthwith.custody.answers.answers import MissingFact
from forthwith.custody.answers.circuits import FALSE, TRUE, Circuit, CircuitBuilder
from forthwith.custody.answers.index import Edge
from forthwith.custody.answers.open_points import OpenPoint, missing
from forthwith.custody.answers.plans import ANYWHERE, UNLISTED_WALLET, Chains, Movement, Plan, Way
from forthwith.custody.answers.reach import Reach
from forthwith.custody.facts.days import bits
from forthwith.custody.facts.facts import Fact, Grant, SameAs, SpendingPolicy
from forthwith.custody.minimal_sets import Bound, NotDecided, minimal_sets
from forthwith.custody.questions.groups import Bounds
from forthwith.custody.questions.scope import Scope

#: Stretches × wallets unfolded at most for one answer; past it the gaps are "not decided".
UNFOLDED_AT_MOST = 4_000
#: What an engine may spend on the gaps of one answer: under half a minute and a gigabyte, where a
#: question of its own (`custody coalitions`) may take sixteen times that.
NODES_AT_MOST, PAIRS_AT_MOST = 1 << 20, 300_000
#: Likewise seconds of the processor, where nobody asks for more.
SECONDS = 20.0
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks about, worked out."""

    scope: Scope
    plans: Mapping[str, Plan]
    chains: Chains
    #: For each node of the chains the days reached by more than one movement.
    chained: Mapping[str, Bounds]
    #: Days on which wallets in scope may not be listed, and what would say that they are.
    unlisted: int
    closing: str


class _OpenPoints:
    """Open points as leaves: a leaf is met until the point is settled."""

    surely = False

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
        surely_gone, perhaps_gone = self._model.destroyed.get(means, (0, 0))
        gone = bool(surely_gone & self.bit)
        ways = self._in_hand(means, gone=gone)
        if ways and not gone and perhaps_gone & self.bit:
            ways = [self._circuit.all([self._circuit.any(ways), self.open("destroyed", means)])]
        if self._reach.kept.get(means, 0) & self.bit:
            ways.append(self.open("kept", means))
        return self._circuit.any(ways)

    def _in_hand(self, means: str, *, gone: bool) -> list[str]:
        open_days = self._model.open_days(means) & self.bit
        ways = [self.open("holders", means)] if open_days and not gone else []
        for row in self._model.holders.get(means, ()):
            if gone and not self._model.reappearing(row.fact):
                continue
            if row.up & self.bit and (member := self._member(row.fact.person)) != FALSE:
                there = TRUE
                if gone or not self._model.accepts(row.fact):
                    there = self.open("possession", row.fact.place, row.fact)
                elif not row.low & self.bit:
                    there = self.open("hour", row.fact.place, row.fact)
                ways.append(self._circuit.all([member, there]))
        return ways

    def _member(self, person: str) -> str:
        low, up = self._reach.member(person)
        if low & self.bit:
            return TRUE
        return self.open("ties", person) if up & self.bit else FALSE

    def following(self, edge: Edge) -> str:
        if edge.low & self.bit:
            return TRUE
        if isinstance(edge.fact, SameAs) or edge.why:
            # Both directions of a join are one point.
            return self.open("same", " ".join(sorted((edge.source.top, edge.gives))), edge.fact)
        if edge.unretired & self.bit:
            return self.open("retired", edge.fact.place, edge.fact)
        if isinstance(edge.fact, Grant):
            accepted = self._model.accepts(edge.fact) and not edge.fact.condition
            return self.open("hour" if accepted else "grant", edge.fact.place, edge.fact)
        # One share may give the whole and two may: to settle one does not settle the other.
        return self.open("grant" if edge.simple else "shares", edge.fact.place, edge.fact)

    def serving(self, whole: str) -> str:
        return self.open("serves", whole)

    def moving(self, way: Way, formula: str, approved: str) -> str:
        if not way.accepted:
            # Two ways to settle it: show that the path is not there, or show it to be as the row
            # says.
            absent = self.open("path", way.fact.place, way.fact)
            unproved = self.open("policy", way.fact.place, way.fact)
            return self._circuit.all([absent, self._circuit.any([unproved, formula])])
        there = TRUE
        if way.condition:
            there = self.open("condition", way.fact.place, way.fact)
        elif not way.low & self.bit:
            kind = "hour"
            if isinstance(way.fact, SpendingPolicy) and self._model.unretired(way.fact) & self.bit:
                kind = "retired"
            there = self.open(kind, way.fact.place, way.fact)
        serves = TRUE if way.serves else self.open("serving", way.fact.place, way.fact)
        return self._circuit.all([there, serves, formula, approved])

    def setting_aside(self, enforcer: str) -> str:
        return FALSE if enforcer else self.open("enforcer", "")

    def doubting(self, way: Way) -> str:
        return self.open("approvals", f"{way.approvals[0].wallet} {way.path}")


class TooMuchError(Exception):
    """More would have to be unfolded than is worth it; the sentence says what to ask instead."""


def gaps(
    reach: Reach,
    asked: Asked,
    unsure: Iterable[str],
    days: int,
    limit: int,
    seconds: float = SECONDS,
) -> Gaps:
    """Return the cheapest `limit` gap sets that would exclude every stretch in `days`.

    `unsure` names wallets whose rows do not put them in scope: showing where they belong settles
    them too.
    """
    circuit = Circuit()
    points = _OpenPoints(reach, circuit)
    try:
        tops, tangle = _tops(_Unfolding(reach, asked, circuit, points), frozenset(unsure), days)
    except TooMuchError as much:
        return Gaps((), complete=False, why=str(much))
    if tangle > TANGLED_AT_MOST:
        why = (
            "too many means may give each other, round in circles, by grants that are not "
            "shown; show or refute some of these grants first"
        )
        return Gaps((), complete=False, why=why)
    network = circuit.network(circuit.any(tops))
    if network is None:
        return Gaps((), complete=True)
    blocking = minimal_sets(
        network.dual(), bound=Bound(NODES_AT_MOST, PAIRS_AT_MOST, seconds=seconds)
    )
    if isinstance(blocking, NotDecided):
        return Gaps((), complete=False, why=blocking.why.removeprefix("Not decided: ").rstrip("."))
    by_leaf = {point.leaf: (point, stretches) for point, stretches in points.days.items()}
    cost = {leaf: point.cost for leaf, (point, _) in by_leaf.items()}
    sound = [gap for gap in blocking.cheapest(cost, _LOOKED_AT * limit) if not _at_odds(gap)]
    sets = tuple(
        tuple(missing(*by_leaf[leaf], reach) for leaf in sorted(gap)) for gap in sound[:limit]
    )
    return Gaps(sets, complete=blocking.count <= _LOOKED_AT * limit and len(sound) <= limit)


def _tops(unfolding: _Unfolding, unsure: frozenset[str], days: int) -> tuple[set[str], int]:
    """Return the expressions of moving anything asked about on any of the days."""
    tops: set[str] = set()
    for stretch in bits(days):
        tops |= unfolding.on(stretch, unsure)
    return tops, max((view.tangle for view in unfolding.views.values()), default=0)


class _Unfolding:
    """The ways of a question, stretch by stretch, as expressions of one circuit."""

    def __init__(self, reach: Reach, asked: Asked, circuit: Circuit, points: _OpenPoints) -> None:
        self._reach, self._asked, self._circuit, self._points = reach, asked, circuit, points
        self.views: dict[int, CircuitBuilder] = {}
        self._left = UNFOLDED_AT_MOST

    def on(self, stretch: int, unsure: frozenset[str]) -> set[str]:
        """Return the expressions of moving something on one stretch."""
        tops = set()
        for wallet, plan in self._asked.plans.items():
            moved = [self._direct(wallet, plan, stretch, self._asked.chains.asked)]
            node = self._asked.chains.node.get(wallet, "") if self._asked.chains.asks else ""
            if node and self._asked.chained.get(node, (0, 0))[1] >> stretch & 1:
                moved.append(self._chained(node, stretch))
            top = self._circuit.any(moved)
            if wallet in unsure:
                top = self._circuit.all([top, self._at(stretch).open("scope", wallet)])
            tops.add(top)
        if self._asked.unlisted >> stretch & 1:
            tops.add(self._at(stretch).open("wallets", self._asked.closing))
        return tops

    def _at(self, stretch: int) -> _OpenPoints:
        self._points.bit = 1 << stretch
        return self._points

    def _view(self, stretch: int) -> CircuitBuilder:
        self._at(stretch)
        if stretch not in self.views:
            self.views[stretch] = CircuitBuilder(
                self._reach.model, stretch, self._circuit, self._points
            )
        return self.views[stretch]

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMuchError(
                "too many wallets and days at once; ask for one wallet or fewer days"
            )

    def _direct(self, wallet: str, plan: Plan, stretch: int, movement: Movement) -> str:
        self._count()
        view, points = self._view(stretch), self._points
        ways = view.moves(plan, movement)
        if plan.unruled & points.bit:
            unruled = [points.open("rule", wallet)]
            if not plan.incomplete & points.bit:
                # One policy shown to be as its row says would rule the day; so would any other.
                rows = [way for way in plan.ways if not way.accepted and way.up & points.bit]
                unruled += [points.open("policy", way.fact.place, way.fact) for way in rows]
            ways.append(self._circuit.all(unruled))
        elif plan.incomplete & points.bit:
            ways.append(points.open("paths", wallet))
        return self._circuit.any(ways)

    def _chained(self, start: str, stretch: int) -> str:
        """Return the expression of what lay in one wallet moving on from another one."""
        chains = self._asked.chains
        there: dict[str, str] = {start: TRUE}
        for earlier in range(stretch + 1):
            for _ in chains.plans:
                before = dict(there)
                self._one_step(there, earlier)
                if there == before:
                    break
        last = [
            arrived
            if node == UNLISTED_WALLET
            else self._circuit.all(
                [arrived, self._direct(node, chains.plans[node], stretch, chains.asked)]
            )
            for node, arrived in sorted(there.items())
            if node != start
        ]
        return self._circuit.any(last)

    def _one_step(self, there: dict[str, str], stretch: int) -> None:
        """Add where one movement more may bring what is there already."""
        chains = self._asked.chains
        for leg in chains.legs:
            if leg.source in there and leg.way.up >> stretch & 1:
                self._count()
                moved = [self._view(stretch).by_way(leg.plan, leg.way, leg.movement)]
                if leg.target == UNLISTED_WALLET:
                    if not chains.unlisted(leg) >> stretch & 1:
                        continue
                    moved.append(self._at(stretch).open("wallets", chains.closing(leg)))
                elif leg.way.accepted and not leg.sure:
                    fact = leg.way.fact
                    moved.append(self._at(stretch).open("serving", fact.place, fact))
                self._arrive(there, leg.target, [there[leg.source], *moved])
        for source, plan in chains.moving.items():
            if source in there and chains.open_ways(source) >> stretch & 1:
                self._count()
                moved = [self._direct(source, replace(plan, ways=()), stretch, ANYWHERE)]
                for target in chains.plans:
                    self._arrive(there, target, [there[source], *moved])

    def _arrive(self, there: dict[str, str], target: str, moved: list[str]) -> None:
        if there.get(target) != TRUE:
            there[target] = self._circuit.any([there.get(target, FALSE), self._circuit.all(moved)])


def _at_odds(leaves: frozenset[str]) -> bool:
    """Return whether a set asks for the record of a policy and for proof that it was none."""
    shown = {leaf.removeprefix("policy:") for leaf in leaves if leaf.startswith("policy:")}
    return any(leaf.removeprefix("path:") in shown for leaf in leaves if leaf.startswith("path:"))
