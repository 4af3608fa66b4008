"""Both libraries on one module: Graphillion joins, and OxiDD solves the gates that are too much.

An any-gate over parts that are each hard to join needs no diagram of all sets that meet it: the
minimal sets of each part are enough, and those OxiDD finds part by part.
"""

from __future__ import annotations

from itertools import islice

from forthwith.custody.minimal_sets import graphillion, oxidd
from forthwith.custody.minimal_sets.circuit import WeightedGate
from forthwith.custody.minimal_sets.clock import ENDLESS, Deadline
from forthwith.custody.minimal_sets.diagrams import Diagram
from forthwith.custody.minimal_sets.modules import Module
from forthwith.custody.minimal_sets.variable_orders import others

#: Orders tried: each may cost both bounds.
_ORDERS = 2


def solve(
    module: Module, most_pairs: int, most_nodes: int, deadline: Deadline = ENDLESS
) -> Diagram | None:
    """Return the minimal sets of a module; None when the bounds are met first."""
    for order in islice(others(module), _ORDERS):
        cones = _Cones(module, order, most_nodes)
        diagram = graphillion.solve_in(module, order, most_pairs, cones.solve, deadline)
        if diagram is not None or deadline.past:
            return diagram
    return None


class _Cones:
    """What is below one gate, solved as a module of its own in the order of the whole."""

    def __init__(self, module: Module, order: list[int], most_nodes: int) -> None:
        self._module = module
        self._order = order
        self._nodes = most_nodes

    def solve(self, gate: int) -> Diagram | None:
        """Return the minimal sets of this gate over the variables of the module."""
        cone, variables = self._cone(gate)
        rank = {variable: at for at, variable in enumerate(self._order)}
        order = sorted(range(len(variables)), key=lambda at: rank[variables[at]])
        diagram = oxidd.solve_in(cone, order, self._nodes)
        if diagram is None:
            return None
        back = [variables[at] for at in diagram.variables]
        return Diagram(back, diagram.within, diagram.without, diagram.root)

    def _cone(self, top: int) -> tuple[Module, list[int]]:
        leaves, gates = len(self._module.variables), self._module.gates
        needed = {leaves + top}
        for at in range(top, -1, -1):
            if leaves + at in needed:
                needed.update(gates[at].parts)
        parts = sorted(needed)
        number = {part: at for at, part in enumerate(parts)}
        inner = (gates[part - leaves] for part in parts if part >= leaves)
        own_gates = [WeightedGate(k, tuple(number[part] for part in of), by) for k, of, by in inner]
        variables = [part for part in parts if part < leaves]
        return Module(tuple(variables), tuple(own_gates)), variables
