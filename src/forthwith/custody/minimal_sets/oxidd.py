"""The engine over OxiDD: the sets that meet a module as one diagram, then the minimal ones.

The diagram holds every set that meets the function. Of those with variable x, a minimal one must
not meet it without x: minimal(f) = x·(minimal(f1) - f0) + minimal(f0), after Rauzy, "New
algorithms for fault trees analysis", Reliability Engineering and System Safety 40, 1993. Its
"without" is plain difference here, because the diagram of f0 holds all sets that meet f0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from oxidd.util import DDMemoryError
from oxidd.zbdd import ZBDDManager

from forthwith.custody.minimal_sets.circuit import WeightedGate
from forthwith.custody.minimal_sets.clock import ENDLESS, Deadline
from forthwith.custody.minimal_sets.diagrams import Diagram
from forthwith.custody.minimal_sets.modules import Module
from forthwith.custody.minimal_sets.variable_orders import by_use, others

#: The library recurses once a variable, on a stack of its own.
MOST_VARIABLES = 4000
#: A diagram this small is not worth a second, third, fourth try for a better order.
_WORTH = (12_000, 16_000, 50_000)
#: Nodes to start with; each further round may use eight times as many.
_FIRST = 1 << 18
#: Orders tried in one round, and in rounds of so many nodes.
_MANY, _FEW, _LARGE = 6, 3, 1 << 23
#: What a node takes in the tables here, counted in nodes of the library.
_HELD = 8

_Function = Any


def solve(
    module: Module, most_nodes: int, first: int = _FIRST, *, deadline: Deadline = ENDLESS
) -> Diagram | None:
    """Return the minimal sets of a module; None when `most_nodes` are not enough.

    `first` nodes are tried before more.
    """
    if len(module.variables) > MOST_VARIABLES:
        return None
    built = _searched(module, first, most_nodes, deadline)
    while built and built.size <= most_nodes // _HELD:
        try:
            return _diagram(built.minimal(), built.order, built.ends)
        except DDMemoryError:
            # The search gave it few nodes on purpose; the minimal sets need some of their own.
            if built.nodes >= most_nodes or deadline.past:
                break
            built = _build(module, built.order, min(built.nodes * 8, most_nodes))
    return None


def solve_in(module: Module, order: list[int], most_nodes: int) -> Diagram | None:
    """Do so with the variables in this order."""
    built = _build(module, order, most_nodes)
    if built is None or built.size > most_nodes // _HELD:
        return None
    try:
        return _diagram(built.minimal(), order, built.ends)
    except DDMemoryError:
        return None


def _searched(module: Module, first: int, most: int, deadline: Deadline) -> _OrderedFunction | None:
    """Return the function in the best order found; None when no order does with `most` nodes."""
    orders = [by_use(module)]
    more = others(module)
    nodes, best = min(first, most), None
    while True:
        # The last round is long: the orders that won most often, and no more.
        most_orders = _MANY if nodes < _LARGE else _FEW
        for tried, order in enumerate(islice(_growing(orders, more), most_orders)):
            built = _build(module, order, best.peak if best else nodes)
            if built and (best is None or built.size < best.size):
                best = built
            if best and best.size <= _WORTH[min(tried, len(_WORTH) - 1)]:
                return best
            if deadline.past:
                return best
        if best or nodes >= most:
            return best
        nodes = min(nodes * 8, most)


def _growing(orders: list[list[int]], more: Iterator[list[int]]) -> Iterator[list[int]]:
    """Yield the orders known, then make further ones and keep them."""
    yield from orders
    for order in more:
        orders.append(order)
        yield order


class _OrderedFunction:
    """A function in a manager, with the order it was built in."""

    def __init__(self, manager: Any, function: _Function, order: list[int], nodes: int) -> None:
        self.order = order
        #: How many nodes the manager may have.
        self.nodes = nodes
        self.ends = (manager.empty(), manager.base())
        #: Nodes at the most while it was built; another order that needs more is not better.
        self.peak: int = max(manager.num_inner_nodes(), 1024)
        self.size: int = function.node_count()
        self._manager = manager
        self._function = function

    def minimal(self) -> _Function:
        """Return the family of the minimal sets. Raises DDMemoryError."""
        nodes, level, within, without = _table(self._function, self.ends)
        single = [self._manager.singleton(at) for at in range(len(self.order))]
        none, families = self.ends[0], [*self.ends, *[None] * (len(nodes) - 2)]
        for at in sorted(range(2, len(nodes)), key=level.__getitem__, reverse=True):
            yes, no = within[at], without[at]
            if yes == no:
                # The variable does not matter here: no minimal set has it.
                families[at] = families[no]
                continue
            family = families[yes] - nodes[no] if no else families[yes]
            if family == none:
                families[at] = families[no]
            else:
                families[at] = single[level[at]].make_node(family, families[no])
        return families[2] if len(nodes) > 2 else self._function


def _build(module: Module, order: list[int], nodes: int) -> _OrderedFunction | None:
    """Return the function of the module, or None when there are too few nodes."""
    try:
        manager, functions = _functions(module, order, nodes)
        return _OrderedFunction(manager, functions[-1], order, nodes)
    except DDMemoryError:
        return None


def _functions(
    module: Module, order: Sequence[int], nodes: int
) -> tuple[ZBDDManager, list[_Function]]:
    """Return the functions of the variables and gates, those that others used up left out."""
    manager = ZBDDManager(nodes, max(nodes // 4, 1024), 1)
    manager.add_vars(len(order))
    level = {variable: at for at, variable in enumerate(order)}
    tops = [level[at] for at in range(len(order))]
    functions: list[_Function] = [manager.var(top) for top in tops]
    needed = _last_uses(module)
    for at, gate in enumerate(module.gates):
        # Lowest first, so that each step puts something on top of what is there.
        gate = WeightedGate(gate.k, *_sorted(gate, tops))
        functions.append(_gate(gate, functions, manager))
        tops.append(min(tops[part] for part in gate.parts))
        for part in needed[at]:
            functions[part] = None
    return manager, functions


def _sorted(
    gate: WeightedGate, tops: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    weights = gate.weights or (1,) * len(gate.parts)
    pairs = sorted(zip(gate.parts, weights), key=lambda pair: -tops[pair[0]])
    parts = tuple(part for part, _ in pairs)
    return parts, tuple(weight for _, weight in pairs) if gate.weights else None


def _last_uses(module: Module) -> list[list[int]]:
    """Return for each gate the gates that nobody after it needs."""
    leaves, last = len(module.variables), {}
    for at, gate in enumerate(module.gates):
        last.update(dict.fromkeys(gate.parts, at))
    done_at: list[list[int]] = [[] for _ in module.gates]
    for part, at in last.items():
        if part >= leaves:
            done_at[at].append(part)
    return done_at


def _gate(gate: WeightedGate, functions: Sequence[_Function], manager: Any) -> _Function:
    parts = [functions[part] for part in gate.parts]
    if gate.any_of or gate.all_of:
        function = parts[0]
        for part in parts[1:]:
            function = part | function if gate.any_of else part & function
        return function
    weights = gate.weights or (1,) * len(parts)
    # reached[j]: the parts seen so far bring j or more; from the lowest part up.
    reached = [manager.true()] + [manager.false()] * gate.k
    for part, weight in zip(parts, weights):
        reached = [reached[0]] + [
            (part & reached[max(j - weight, 0)]) | reached[j] for j in range(1, gate.k + 1)
        ]
    return reached[gate.k]


_Table = tuple[list[_Function], list[int], list[int], list[int]]


def _table(function: _Function, ends: Sequence[_Function]) -> _Table:
    """Return the nodes below, their levels and the numbers of their two parts; 0, 1 the ends."""
    nodes, numbers = [*ends], {end: at for at, end in enumerate(ends)}
    level, within, without = [-1, -1], [0, 1], [0, 1]
    if function not in numbers:
        numbers[function] = len(nodes)
        nodes.append(function)
        level.append(function.node_level())
    at = 2
    while at < len(nodes):
        for part, column in zip(nodes[at].cofactors(), (within, without)):
            number = numbers.get(part)
            if number is None:
                number = numbers[part] = len(nodes)
                nodes.append(part)
                level.append(part.node_level())
            column.append(number)
        at += 1
    return nodes, level, within, without


def _diagram(family: _Function, order: Sequence[int], ends: Sequence[_Function]) -> Diagram:
    nodes, level, within, without = _table(family, ends)
    upward = sorted(range(2, len(nodes)), key=level.__getitem__, reverse=True)
    moved = [0, 1, *[0] * len(upward)]
    for to, at in enumerate(upward, 2):
        moved[at] = to

    def column(numbers: Sequence[int]) -> Iterable[int]:
        return (moved[numbers[at]] for at in upward)

    variables = tuple(order[level[at]] for at in upward)
    root = moved[2] if len(nodes) > 2 else ends.index(family)
    return Diagram(variables, tuple(column(within)), tuple(column(without)), root)
