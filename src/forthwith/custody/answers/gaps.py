"""Gaps: the least sets of missing facts that would turn *not shown* into *excluded*.

Everything the upper bound takes on trust is an opening: holders nobody has shown to be all, ties
nobody has closed, rows below the standing. The upper bound is monotone in what is left open, so
the sets of openings whose closing excludes every way are the least sets of its dual: each is a
hitting set of the ways (Reiter 1987).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forthwith.custody.answers.answers import Missing
from forthwith.custody.answers.circuits import FALSE, TRUE, Circuit, CircuitBuilder
from forthwith.custody.answers.index import Edge
from forthwith.custody.answers.open_points import Opening, missing
from forthwith.custody.answers.reach import Plan, Reach, Way
from forthwith.custody.facts.days import bits
from forthwith.custody.facts.facts import Fact, Grant

if TYPE_CHECKING:
    from forthwith.custody.minimal_sets import NotDecided

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

    sets: tuple[tuple[Missing, ...], ...]
    #: False: there are more sets, or they were not decided; `why` says which.
    complete: bool
    why: str = ""


class _Openings:
    """Open facts as leaves: a leaf is met while nobody has closed it."""

    def __init__(self, reach: Reach, circuit: Circuit) -> None:
        self._reach, self._model, self._circuit = reach, reach.model, circuit
        #: Every opening met, with the stretches on which it was.
        self.days: dict[Opening, int] = defaultdict(int)
        self.bit = 1
        self._at: dict[str, dict[int, int]] = defaultdict(dict)

    def open(self, kind: str, target: str, fact: Fact | None = None) -> str:
        """Return the leaf of an opening."""
        opening = Opening(kind, target, fact, self._number(target, fact))
        self.days[opening] |= self.bit
        return opening.leaf

    def _number(self, place: str, fact: Fact | None) -> int:
        if fact is None:
            return 0
        at_place = self._at[place]
        return at_place.setdefault(id(fact), len(at_place))

    def holding(self, means: str) -> str:
        open_days = self._model.open_days(means) & self.bit
        ways = [self.open("holders", means)] if open_days else []
        for each in self._model.holders.get(means, ()):
            if each.days & self.bit and (member := self._member(each.fact.person)) != FALSE:
                row = TRUE if each.accepted else self.open("possession", each.fact.place, each.fact)
                ways.append(self._circuit.all([member, row]))
        return self._circuit.any(ways)

    def _member(self, person: str) -> str:
        low, up = self._reach.member(person)
        if low & self.bit:
            return TRUE
        return self.open("ties", person) if up & self.bit else FALSE

    def following(self, edge: Edge) -> str:
        if edge.sure:
            return TRUE
        # One share may give the whole and two may: to settle the one does not settle the other.
        kind = "grant" if edge.simple or isinstance(edge.fact, Grant) else "shares"
        return self.open(kind, edge.fact.place, edge.fact)

    def serving(self, whole: str) -> str:
        return self.open("serves", whole)

    def moving(self, way: Way, formula: str, approved: list[str]) -> str:
        if way.accepted:
            return self._circuit.all([formula, *approved])
        # Two ways to close it: show that the path is not there, or show it to be as the row says.
        absent = self.open("path", way.fact.place, way.fact)
        unproved = self.open("policy", way.fact.place, way.fact)
        return self._circuit.all([absent, self._circuit.any([unproved, formula])])

    def setting_aside(self, enforcer: str) -> str:
        return FALSE if enforcer else self.open("enforcer", "")


def gaps(
    reach: Reach, plans: Mapping[str, Plan], unsure: Iterable[str], days: int, limit: int
) -> Gaps:
    """Return the cheapest `limit` gap sets that would exclude every stretch in `days`.

    `unsure` names wallets whose rows do not put them in scope: showing where they belong closes
    them too.
    """
    # The engines take a while to load, and most answers need none.
    from forthwith.custody.minimal_sets import Bound, NotDecided, least_sets

    circuit = Circuit()
    openings = _Openings(reach, circuit)
    tops, unfolded = set(), 0
    for stretch in bits(days):
        openings.bit = 1 << stretch
        view = CircuitBuilder(reach.model, stretch, circuit, openings)
        for wallet, plan in plans.items():
            unfolded += 1
            if unfolded > UNFOLDED_AT_MOST:
                why = "too many wallets and days at once; ask for one wallet or fewer days"
                return Gaps((), complete=False, why=why)
            tops.add(_top(openings, view, circuit, wallet, plan, in_doubt=wallet in unsure))
        if view.tangle > TANGLED_AT_MOST:
            why = (
                "too many means may give each other, round in circles, by grants that are not "
                "shown; show or refute some of these grants first"
            )
            return Gaps((), complete=False, why=why)
    network = circuit.network(circuit.any(tops))
    if network is None:
        return Gaps((), complete=True)
    found = least_sets(network.dual(), bound=Bound(NODES_AT_MOST, PAIRS_AT_MOST))
    if isinstance(found, NotDecided):
        return Gaps((), complete=False, why=_why(found))
    by_leaf = {each.leaf: (each, seen) for each, seen in openings.days.items()}
    cost = {leaf: each.cost for leaf, (each, _) in by_leaf.items()}
    sound = [each for each in found.cheapest(cost, _LOOKED_AT * limit) if not _at_odds(each)]
    sets = tuple(
        tuple(missing(*by_leaf[leaf], reach) for leaf in sorted(each)) for each in sound[:limit]
    )
    return Gaps(sets, complete=found.count <= _LOOKED_AT * limit and len(sound) <= limit)


def _at_odds(leaves: frozenset[str]) -> bool:
    """Return whether a set asks for the record of a policy and for proof that it was none."""
    shown = {leaf.removeprefix("policy:") for leaf in leaves if leaf.startswith("policy:")}
    return any(leaf.removeprefix("path:") in shown for leaf in leaves if leaf.startswith("path:"))


def _why(found: NotDecided) -> str:
    """Return why as a clause: it is told after "The gaps are not decided"."""
    return found.why.removeprefix("Not decided: ").rstrip(".")


def _top(
    openings: _Openings,
    view: CircuitBuilder,
    circuit: Circuit,
    wallet: str,
    plan: Plan,
    *,
    in_doubt: bool,
) -> str:
    ways = view.moves(plan)
    if plan.unruled & openings.bit:
        unruled = [openings.open("rule", wallet)]
        if not plan.unclosed & openings.bit:
            # One policy shown to be as its row says would rule the day; so would any other.
            rows = [each for each in plan.ways if not each.accepted and each.days & openings.bit]
            unruled += [openings.open("policy", each.fact.place, each.fact) for each in rows]
        ways.append(circuit.all(unruled))
    elif plan.unclosed & openings.bit:
        ways.append(openings.open("paths", wallet))
    moved = circuit.any(ways)
    return circuit.all([moved, openings.open("scope", wallet)]) if in_doubt else moved
