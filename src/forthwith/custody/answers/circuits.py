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

from forthwith.custody.answers.index import Edge, Model, model_of
from forthwith.custody.answers.reach import HAVING, Plan, Way, plan_of
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
    """What the leaves are."""

    def holding(self, means: str) -> str:
        """Return the expression of the means being in hand before any grant."""
        ...

    def following(self, edge: Edge) -> str:
        """Return the expression of the grant being there."""
        ...

    def serving(self, whole: str) -> str:
        """Return the expression of a means serving in place of its shares, copies and bearers."""
        ...

    def moving(self, way: Way, formula: str, approved: list[str]) -> str:
        """Return the expression of a way, from those of its formula and its approvals."""
        ...

    def setting_aside(self, enforcer: str) -> str:
        """Return the expression of an approval not binding because of who enforces it."""
        ...


class CircuitBuilder:
    """One stretch of one model, as expressions of a circuit."""

    def __init__(self, model: Model, stretch: int, circuit: Circuit, meaning: LeafMeaning) -> None:
        self._model, self._circuit, self._meaning = model, circuit, meaning
        self._bit = 1 << stretch
        self._into: dict[str, list[tuple[Edge, str]]] = defaultdict(list)
        for edge in model.edges:
            if edge.days & self._bit and (there := meaning.following(edge)) != FALSE:
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
            values = {leaf: inside.get(leaf) or self._has[leaf] for leaf in leaves}
            ways.append(self._circuit.all([there, self._circuit.formula(edge.source, values)]))
        return self._circuit.any(ways)

    def meets(self, formula: Network) -> str:
        """Return the expression of a policy's formula being met."""
        wide = self._model.wide(formula)
        values = {leaf: self.has(leaf) for leaf in formula.leaves()}
        for whole in sorted(wide.leaves() - values.keys()):
            name = whole.removeprefix("(=").removesuffix(")")
            if (had := self.has(name)) != FALSE:
                had = self._circuit.all([had, self._meaning.serving(name)])
            values[whole] = had
        return self._circuit.formula(wide, values)

    def moves(self, plan: Plan) -> list[str]:
        """Return the expression of each listed way that is there on this stretch."""
        ways = []
        for way in plan.ways:
            if way.days & self._bit:
                approved = [
                    self._approved(formula, enforcer)
                    for formula, enforcer, days in way.approvals
                    if days & self._bit
                ]
                having = way.path == HAVING
                met = self.has(way.formula.top) if having else self.meets(way.formula)
                ways.append(self._meaning.moving(way, met, approved))
        return ways

    def _approved(self, formula: Network, enforcer: str) -> str:
        aside = self._meaning.setting_aside(enforcer)
        by_enforcer = self.meets(self._model.alone(enforcer)) if enforcer else FALSE
        return self._circuit.any([self.meets(formula), by_enforcer, aside])


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
    """People as leaves, over accepted facts only."""

    def __init__(self, model: Model, circuit: Circuit) -> None:
        self._model, self._circuit = model, circuit

    def holding(self, means: str) -> str:
        holders = self._model.holders.get(means, ())
        return self._circuit.any(
            possession.fact.person for possession in holders if possession.accepted
        )

    def following(self, edge: Edge) -> str:
        return TRUE if edge.sure else FALSE

    def serving(self, whole: str) -> str:  # noqa: ARG002
        return FALSE

    def moving(self, way: Way, formula: str, approved: list[str]) -> str:
        return self._circuit.all([formula, *approved]) if way.sure else FALSE

    def setting_aside(self, enforcer: str) -> str:  # noqa: ARG002
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
    builder = CircuitBuilder(model, 0, circuit, _People(model, circuit))
    return circuit.network(circuit.any(builder.moves(plan)))
