"""Minimal sets of a network: those that meet it and of which no member can be left out.

For a policy they are its minimal coalitions; for the dual of a policy, its blocking sets.
A network is cut into modules, each solved by the engine that its structure calls for; counts are
exact and no set is written out to be counted. Past a stated bound the answer is NotDecided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TypeAlias

from forthwith.custody.facts.network import Network
from forthwith.custody.minimal_sets import graphillion
from forthwith.custody.minimal_sets.circuit import Circuit, WeightedGate, circuit_of
from forthwith.custody.minimal_sets.clock import Deadline
from forthwith.custody.minimal_sets.diagrams import Diagram, Families, costs_of, independent
from forthwith.custody.minimal_sets.modules import Module, modules_of

#: The engines by name; None chooses.
ENGINES = ("small", "graphillion", "oxidd")
#: Gates within which the short way pays; fewer leaves than the least are no work for a library.
MOST_GATES, LEAST_LEAVES = 48, 17


@dataclass(frozen=True, slots=True)
class Bound:
    """How much may be spent on one module; without `seconds` the same on every machine.

    By default below 3 GB.
    """

    #: Nodes of decision diagrams alive at once (about 100 bytes each with their tables).
    nodes: int = 1 << 24
    #: Pairs of sets that Graphillion may have to look at.
    pairs: int = 8_000_000
    #: Sets that a gate may have in the engine for small modules, when it is asked for by name.
    sets: int = 2_000
    #: Seconds of the processor for all modules together, looked at between steps; None is no bound.
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class NotDecided:
    """The bound was met first; nothing is said about the sets."""

    #: Which bound, as a sentence.
    why: str

    def __str__(self) -> str:
        return self.why


@dataclass(frozen=True)
class MinimalSets:
    """All minimal sets, kept as diagrams."""

    #: The engines that were used, "direct" where parts share nothing.
    engine: str
    families: Families = field(repr=False)

    @cached_property
    def count(self) -> int:
        """How many there are, exactly."""
        return self.families.count()

    @cached_property
    def smallest(self) -> int:
        """The size of the smallest; 0 when there is none."""
        return self.families.extremes()[0]

    @cached_property
    def sizes(self) -> dict[int, int] | None:
        """How many there are of each size; None when even that is too much to add up."""
        return self.families.sizes()

    def sets(self, limit: int | None = None) -> Iterator[frozenset[str]]:
        """Yield the sets, smallest first, then by their names."""
        ranked = self.families.cheapest([1] * len(self.families.names))
        return (members for _, members in islice(ranked, limit))

    def cheapest(self, cost: Mapping[str, int], limit: int) -> list[frozenset[str]]:
        """Return the sets of least total cost, cheapest first; a name without a cost costs 1."""
        ranked = self.families.cheapest(costs_of(self.families.names, cost))
        return [members for _, members in islice(ranked, limit)]


def minimal_sets(
    network: Network, *, bound: Bound | None = None, engine: str | None = None
) -> MinimalSets | NotDecided:
    """Return the minimal sets of leaves that meet the network. Raises BadNetworkError on a cycle.

    `engine` is one of ENGINES, or None for the one that fits each module.
    """
    if engine not in (None, *ENGINES):
        raise ValueError(f"there is no engine {engine!r}; engines are {', '.join(ENGINES)}")
    bound = bound or Bound()
    if engine is None:
        whole = solved_whole(network, min(_FEW_PAIRS, bound.pairs))
        if whole is not None:
            return MinimalSets("graphillion", whole)
    deadline = Deadline(bound.seconds)
    circuit = circuit_of(network)
    modules = modules_of(circuit)
    return _solved(circuit, modules, bound, engine, deadline)


def solved_whole(network: Network, most_pairs: int) -> Families | None:
    """Return the minimal sets, or None where the network is not small, or takes too many pairs.

    Making a network small and cutting it into modules takes a millisecond in Python. Where
    Graphillion is through the whole of it sooner, that millisecond would be most of the answer.
    Only gates that need any or all of their parts: counting others is costly without modules.
    """
    order, nodes = network.order(), network.nodes
    if not 0 < len(order) <= MOST_GATES:
        return None
    if any(nodes[name].k not in (1, len(nodes[name].of)) for name in order):
        return None
    names = _leaves_met(network)
    if len(names) < LEAST_LEAVES:
        return None
    number = {name: at for at, name in enumerate((*names, *order))}
    gates = [
        WeightedGate(nodes[name].k, tuple([number[part] for part in nodes[name].of]))
        for name in order
    ]
    module = Module(tuple(range(len(names))), tuple(gates))
    deadline = Deadline()
    diagram = graphillion.solve_in(module, range(len(names)), most_pairs, lambda _: None, deadline)
    if diagram is None:
        return None
    return Families(names, number[network.top], (module,), (diagram,))


def _leaves_met(network: Network) -> tuple[str, ...]:
    """Return the leaves as a walk from the top first meets them."""
    names: dict[str, None] = {}
    waiting = [network.top]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names[name] = None
            if name in network.nodes:
                waiting.extend(reversed(network.nodes[name].of))
    return tuple(name for name in names if name not in network.nodes)


def _solved(
    circuit: Circuit,
    modules: tuple[Module, ...],
    bound: Bound,
    engine: str | None,
    deadline: Deadline,
) -> MinimalSets | NotDecided:
    used, diagrams = set[str](), list[Diagram]()
    for module in modules:
        # No engine is needed where one gate joins what is apart.
        lone = len(module.gates) == 1 and module.gates[0].weights is None
        for name in ["direct"] if lone else _ENGINES[engine]:
            if deadline.past:
                return NotDecided(_late(module, bound))
            diagram = _SOLVE[name](module, bound, deadline)
            if diagram is not None:
                used.update(name.partition(",")[0].split("+"))
                diagrams.append(diagram)
                break
        else:
            late = deadline.past
            return NotDecided(_late(module, bound) if late else _why(module, bound, engine))
    engines = sorted(used - {"direct"}) or ["direct"]
    return MinimalSets(
        "+".join(engines), Families(circuit.names, circuit.top, modules, tuple(diagrams))
    )


def _late(module: Module, bound: Bound) -> str:
    return (
        f"Not decided: a part with {len(module.variables):,} leaves and {len(module.gates):,} "
        f"gates, all tangled, takes more than the {bound.seconds:g} seconds it was given."
    )


def _why(module: Module, bound: Bound, engine: str | None) -> str:
    asked = f" with {engine}" if engine else ""
    return (
        f"Not decided: a part with {len(module.variables):,} leaves and {len(module.gates):,} "
        f"gates, all tangled, takes more{asked} than the bound of {bound.nodes:,} nodes of a "
        f"decision diagram and {bound.pairs:,} pairs of sets."
    )


def _direct(module: Module, bound: Bound, _: Deadline) -> Diagram | None:
    k, parts = module.gates[0].k, module.gates[0].parts
    if k * (len(parts) - k + 1) > bound.nodes // 8:
        return None
    return independent(k, parts)


def _small(module: Module, bound: Bound, _: Deadline) -> Diagram | None:
    return _few_sets(module, bound.sets)


def _tiny(module: Module, _bound: Bound, _: Deadline) -> Diagram | None:
    if len(module.variables) > _TINY_VARIABLES:
        return None
    return _few_sets(module, _TINY_SETS)


def _few_sets(module: Module, most_sets: int) -> Diagram | None:
    """Return the minimal sets of a module; None when a gate has more than `most_sets`.

    Families are lists of bit masks: for a handful of sets nothing need be loaded. Gates are joined
    from the leaves up, and a set that holds another is dropped at each gate, as Fussell and Vesely
    did ("A new methodology for obtaining cut sets for fault trees", 1972).
    """
    families: list[list[int]] = [[1 << at] for at in range(len(module.variables))]
    for gate in module.gates:
        family = _joined(gate, families, most_sets)
        if family is None:
            return None
        families.append(family)
    return Diagram.of(
        frozenset(at for at in range(mask.bit_length()) if mask >> at & 1) for mask in families[-1]
    )


def _joined(gate: WeightedGate, families: list[list[int]], most: int) -> list[int] | None:
    weights = gate.weights or (1,) * len(gate.parts)
    # reached[j]: minimal sets that bring the weights seen so far to j; the last is the answer.
    reached: list[list[int]] = [[0]] + [[] for _ in range(gate.k)]
    left = sum(weights)
    for part, weight in zip(gate.parts, weights):
        family = families[part]
        left -= weight
        for j in range(gate.k, max(0, gate.k - left - weight), -1):
            before = reached[max(j - weight, 0)]
            if len(before) * len(family) > most * most:
                return None
            both = [mask | other for mask in before for other in family]
            reached[j] = _minimal([*reached[j], *both]) if both else reached[j]
            if len(reached[j]) > most:
                return None
    return reached[gate.k]


def _minimal(sets: Iterable[int]) -> list[int]:
    """Return the sets that hold no other, smallest first."""
    kept: list[int] = []
    for mask in sorted(set(sets), key=lambda mask: (mask.bit_count(), mask)):
        if not any(mask & smaller == smaller for smaller in kept):
            kept.append(mask)
    return kept


#: How one engine is asked.
_Solver: TypeAlias = Callable[[Module, Bound, Deadline], Diagram | None]


def _graphillion(pairs: int | None) -> _Solver:
    def solve(module: Module, bound: Bound, deadline: Deadline) -> Diagram | None:
        most = bound.pairs if pairs is None else min(pairs, bound.pairs)
        return graphillion.solve(module, most, deadline)

    return solve


def _oxidd(module: Module, bound: Bound, deadline: Deadline) -> Diagram | None:
    from forthwith.custody.minimal_sets import oxidd

    return oxidd.solve(module, bound.nodes, deadline=deadline)


def _some_oxidd(module: Module, bound: Bound, deadline: Deadline) -> Diagram | None:
    from forthwith.custody.minimal_sets import oxidd

    return oxidd.solve(module, min(_SOME_NODES, bound.nodes), deadline=deadline)


def _more_oxidd(module: Module, bound: Bound, deadline: Deadline) -> Diagram | None:
    from forthwith.custody.minimal_sets import oxidd

    if bound.nodes <= _SOME_NODES:
        return None
    return oxidd.solve(module, bound.nodes, first=_SOME_NODES * 8, deadline=deadline)


def _both(module: Module, bound: Bound, deadline: Deadline) -> Diagram | None:
    from forthwith.custody.minimal_sets import both_libraries

    return both_libraries.solve(module, bound.pairs // 2, min(_SOME_NODES, bound.nodes), deadline)


#: Measured: see `benchmarks/fault_trees.py`. Few pairs of sets: joining sets wins; more: diagrams.
_TINY_VARIABLES, _TINY_SETS, _FEW_PAIRS = 16, 24, 50_000
#: Where one library needs more, the other may need less: each is tried in part before either whole.
_SOME_NODES = 1 << 21

_SOLVE: dict[str, _Solver] = {
    "direct": _direct,
    "small": _small,
    "small, tiny": _tiny,
    "graphillion": _graphillion(None),
    "graphillion, few": _graphillion(_FEW_PAIRS),
    "oxidd": _oxidd,
    "oxidd, some": _some_oxidd,
    "oxidd, more": _more_oxidd,
    "graphillion+oxidd": _both,
}
_ENGINES: dict[str | None, list[str]] = {
    None: [
        "small, tiny",
        "graphillion, few",
        "oxidd, some",
        "graphillion+oxidd",
        "graphillion",
        "oxidd, more",
    ],
    **{name: [name] for name in ENGINES},
}
