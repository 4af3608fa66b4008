"""Circuits: how a wallet moves on one stretch of days, as a network over what a caller chooses.

With people as leaves it answers "which minimal sets of people"; with open facts as leaves, "which
minimal sets of facts are missing". Grants that go round in a circle are unrolled to their least
fixed point, so the network is acyclic and means exactly what `reach` computes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Protocol

from forthwith.custody.answers.approvals import ANY_AMOUNT, Approval, Joined, Need
from forthwith.custody.answers.index import Edge, Model, model_of
from forthwith.custody.answers.plans import ANYWHERE, HAVING, Movement, Plan, Way, plan_of
from forthwith.custody.facts.days import bits
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.questions.scope import Scope
from forthwith.domain.period import Period

TRUE, FALSE = "(true)", "(false)"


class Circuit:
    """Gates without repeats, constants folded away. Every expression is a name."""

    def __init__(self) -> None:
        self._gates: dict[tuple[int, tuple[str, ...]], str] = {}
        self.nodes: dict[str, Gate] = {}

    def at_least(self, k: int, parts: Iterable[str]) -> str:
        """Return the expression met by `k` of the parts."""
        expressions = list(parts)
        k -= expressions.count(TRUE)
        left = sorted(part for part in expressions if part not in (TRUE, FALSE))
        if k <= 0:
            return TRUE
        if k > len(left):
            return FALSE
        if k in (1, len(left)):
            # Any and all do not count: a part named twice is one part.
            unique = sorted(set(left))
            left, k = unique, 1 if k == 1 else len(unique)
        if len(left) == 1:
            return left[0]
        key = (k, tuple(left))
        name = self._gates.setdefault(key, f"({len(self._gates) + 1})")
        self.nodes[name] = Gate(*key)
        return name

    def any(self, parts: Iterable[str]) -> str:
        """Return the expression met by any part; by none, never met."""
        return self.at_least(1, parts)

    def all(self, parts: Iterable[str]) -> str:
        """Return the expression met by all parts together."""
        expressions = list(parts)
        return self.at_least(len(expressions), expressions)

    def formula(self, formula: Network, values: Mapping[str, str]) -> str:
        """Return a formula over the expressions of its leaves."""
        known = dict(values)
        for name in formula.order():
            gate = formula.nodes[name]
            known[name] = self.at_least(gate.k, [known.get(part, FALSE) for part in gate.of])
        return known.get(formula.top, FALSE)

    def network(self, top: str) -> Network | None:
        """Return the network below an expression; None for a constant."""
        return None if top in (TRUE, FALSE) else Network(top, self.nodes)


class LeafMeaning(Protocol):
    """What the leaves are, and which bound they are of."""

    #: Whether it is the lower bound: what surely moves.
    surely: bool

    def holding(self, means: str) -> str:
        """Return the expression of the means being in hand before any grant."""
        ...

    def following(self, edge: Edge) -> str:
        """Return the expression of the grant being there."""
        ...

    def serving(self, whole: str) -> str:
        """Return the expression of a means serving in place of its shares, copies and bearers."""
        ...

    def moving(self, way: Way, formula: str, approved: str) -> str:
        """Return the expression of a way, from those of its formula and its approvals."""
        ...

    def setting_aside(self, enforcer: str) -> str:
        """Return the expression of an approval not binding because of who enforces it."""
        ...

    def doubting(self, way: Way) -> str:
        """Return the expression of it not being shown which approvals are asked for on a way."""
        ...


class CircuitBuilder:
    """One stretch of one model, as expressions of a circuit."""

    def __init__(self, model: Model, stretch: int, circuit: Circuit, meaning: LeafMeaning) -> None:
        self._model, self._circuit, self._meaning = model, circuit, meaning
        self._bit = 1 << stretch
        self._into: dict[str, list[tuple[Edge, str]]] = defaultdict(list)
        for edge in model.edges:
            days = edge.low if meaning.surely else edge.up
            if days & self._bit and (there := meaning.following(edge)) != FALSE:
                self._into[edge.gives].append((edge, there))
        self._has: dict[str, str] = {}
        #: By how many doubtful grants the worst circle of means is more than one plain ring.
        self.tangle = 0

    def has(self, means: str) -> str:
        """Return the expression of a means being had."""
        if means not in self._has:
            for component in strongly_connected(means, self._sources):
                if not component & self._has.keys():
                    self._solve(component)
        return self._has[means]

    def _sources(self, means: str) -> list[str]:
        if means in self._has:
            return []
        return [leaf for edge, _ in self._into[means] for leaf in sorted(edge.source.leaves())]

    def _solve(self, component: set[str]) -> None:
        """Find the least fixed point of means that grant each other; all others are known."""
        doubtful = sum(
            there != TRUE and not component.isdisjoint(edge.source.leaves())
            for means in component
            for edge, there in self._into[means]
        )
        self.tangle = max(self.tangle, doubtful - len(component))
        after: dict[str, set[str]] = defaultdict(set)
        for means in component:
            for edge, _ in self._into[means]:
                for leaf in component.intersection(edge.source.leaves()):
                    after[leaf].add(means)
        now = dict.fromkeys(component, FALSE)
        pending = component
        for _ in component:
            # In step: each round is worked out of the last, and only where that changed something.
            new = {means: self._once(means, now) for means in sorted(pending)}
            changed = {means for means, there in new.items() if there != now[means]}
            if not changed:
                break
            now |= new
            pending = set().union(*(after[means] for means in changed))
        self._has.update(now)

    def _once(self, means: str, inside: Mapping[str, str]) -> str:
        ways = [self._meaning.holding(means)]
        for edge, there in self._into[means]:
            leaves = edge.source.leaves()
            source = edge.low_source if self._meaning.surely else edge.source
            values = {leaf: inside.get(leaf) or self._has[leaf] for leaf in leaves}
            ways.append(self._circuit.all([there, self._circuit.formula(source, values)]))
        return self._circuit.any(ways)

    def meets(self, formula: Network) -> str:
        """Return the expression of a policy's formula being met."""
        values = {leaf: self.has(leaf) for leaf in formula.leaves()}
        if self._meaning.surely:
            return self._circuit.formula(self._model.narrow(formula), values)
        wide = self._model.wide(formula)
        for whole in sorted(wide.leaves() - values.keys()):
            name = whole.removeprefix("(=").removesuffix(")")
            if (had := self.has(name)) != FALSE:
                had = self._circuit.all([had, self._meaning.serving(name)])
            values[whole] = had
        return self._circuit.formula(wide, values)

    def moves(self, plan: Plan, asked: Movement) -> list[str]:
        """Return the expression of each listed way that is there on this stretch."""
        return [self.by_way(plan, way, asked) for way in plan.ways if self._there(way)]

    def _there(self, way: Way) -> bool:
        return bool((way.low if self._meaning.surely else way.up) & self._bit)

    def by_way(self, plan: Plan, way: Way, asked: Movement) -> str:
        """Return the expression of one listed way; FALSE on a stretch on which it is none."""
        if not self._there(way):
            return FALSE
        if way.path == HAVING:
            return self._meaning.moving(way, self.has(way.formula.top), TRUE)
        met = self.meets(way.formula)
        approved = TRUE
        if way.approvals or way.limits != ANY_AMOUNT:
            approved = self._circuit.any(self._approved(plan, way, asked))
        return self._meaning.moving(way, met, approved)

    def _approved(self, plan: Plan, way: Way, asked: Movement) -> Iterator[str]:
        for tier in plan.tiers(way, self._model, asked):
            if self._meaning.surely:
                if tier.sure:
                    yield self._need(self._now(tier.low))
                continue
            need, strictest = self._now(tier.up), self._now(tier.low)
            needed = self._need(need)
            if strictest != need and (all_rows := self._need(strictest)) != TRUE:
                # Rows that are not relied on, or say too little, would ask for more.
                doubt = self._meaning.doubting(way)
                needed = self._circuit.all([needed, self._circuit.any([doubt, all_rows])])
            yield needed

    def _now(self, runs: tuple[tuple[int, Need], ...]) -> Need:
        return next(need for part, need in runs if part & self._bit)

    def _need(self, need: Need) -> str:
        parts = [
            self._need(part) if isinstance(part, Need) else self._approval(part)
            for part in need.parts
        ]
        return self._circuit.all(parts) if need.joined is Joined.ALL else self._circuit.any(parts)

    def _approval(self, row: Approval) -> str:
        aside = self._meaning.setting_aside(row.enforcer)
        by_enforcer = self.meets(self._model.alone(row.enforcer)) if row.enforcer else FALSE
        return self._circuit.any([self.meets(row.formula), by_enforcer, aside])


def strongly_connected(start: str, sources: Callable[[str], list[str]]) -> Iterator[set[str]]:
    """Yield the strongly connected components below `start`, each after those it needs.

    Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Computing 1(2), 1972.
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    on_path: set[str] = set()
    work: list[tuple[str, Iterator[str]]] = []

    def enter(name: str) -> None:
        number[name] = lowest[name] = len(number)
        path.append(name)
        on_path.add(name)
        work.append((name, iter(sources(name))))

    enter(start)
    while work:
        name, below = work[-1]
        for part in below:
            if part not in number:
                enter(part)
                break
            if part in on_path:
                lowest[name] = min(lowest[name], number[part])
        else:
            work.pop()
            if work:
                lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[name])
            if lowest[name] == number[name]:
                cut = path.index(name)
                component = set(path[cut:])
                del path[cut:]
                on_path -= component
                yield component


class _People:
    """People as leaves, over accepted facts only; one person is one leaf, under whatever ids."""

    surely = True

    def __init__(self, model: Model, stretch: int, circuit: Circuit) -> None:
        self._model, self._circuit = model, circuit
        self._bit = 1 << stretch

    def holding(self, means: str) -> str:
        gone = self._model.destroyed.get(means, (0, 0))[1]
        return self._circuit.any(
            self._person(possession.fact.person)
            for possession in self._model.holders.get(means, ())
            if possession.low & self._bit & ~gone
        )

    def _person(self, person: str) -> str:
        """Return the first of the ids that surely are this person's."""
        ids = self._model.same.of(person).items()
        return min(same for same, (low, _) in ids if low & self._bit)

    def following(self, edge: Edge) -> str:
        return TRUE if edge.low & self._bit else FALSE

    def serving(self, whole: str) -> str:  # noqa: ARG002
        return FALSE

    def moving(self, way: Way, formula: str, approved: str) -> str:
        return self._circuit.all([formula, approved]) if way.sure else FALSE

    def setting_aside(self, enforcer: str) -> str:  # noqa: ARG002
        return FALSE

    def doubting(self, way: Way) -> str:  # noqa: ARG002
        return FALSE


def people_network(
    facts: Facts,
    wallet: str,
    day: date,
    standing: ProofLevel = ProofLevel.SWORN,
    *,
    accept_disputed: bool = False,
    scope: Scope | None = None,
) -> Network | None:
    """Return who moves a wallet on one day, by accepted facts: a network with people as leaves.

    None when nobody listed can: no accepted policy that day, or no accepted holder.
    """
    one_day = Period(day, day + timedelta(1))
    model = model_of(facts, one_day, standing, accept_disputed=accept_disputed)
    plan = plan_of(model, wallet, scope or Scope())
    circuit = Circuit()
    asked = Movement(scope.assets, scope.destinations) if scope else ANYWHERE
    ways: list[str] = []
    for stretch in bits(model.full):
        builder = CircuitBuilder(model, stretch, circuit, _People(model, stretch, circuit))
        ways += builder.moves(plan, asked)
    return circuit.network(circuit.any(ways))
