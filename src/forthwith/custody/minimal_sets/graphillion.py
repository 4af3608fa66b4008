"""The engine over Graphillion: minimal sets of each gate from those of its parts.

Strong where the minimal sets are few and the sets that meet the policy are tangled. The library
cannot be told to stop, so no step is begun that could have to look at too many pairs of sets.
Only its core is used: what its `setset` adds is one universe of names for the whole process, which
another caller may change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import _graphillion  # type: ignore[import-not-found]

from forthwith.custody.minimal_sets.circuit import WeightedGate
from forthwith.custody.minimal_sets.clock import ENDLESS, Deadline
from forthwith.custody.minimal_sets.diagrams import EMPTY_SET, NO_SET, Diagram
from forthwith.custody.minimal_sets.modules import Module
from forthwith.custody.minimal_sets.variable_orders import by_use

#: The library ends the process when it recurses deeper than 8,192; one variable is one step.
MOST_VARIABLES = 4000

#: Below so many pairs, what the sets may be at the most is as good as counting them.
_FEW = 2048

_Sets = Any


class _Family(NamedTuple):
    """Sets, and how many they are at the most; to count them takes longer than to join them."""

    sets: _Sets
    most: int

    def counted(self) -> _Family:
        """Return it with the true number."""
        return _Family(self.sets, self.sets.len())


class _TooManyError(Exception):
    """The budget is spent."""


class _Budget:
    """Pairs of sets that may still be joined."""

    def __init__(self, pairs: int, deadline: Deadline) -> None:
        self._left = pairs
        self._deadline = deadline

    def both(self, family: _Family, other: _Family) -> _Family:
        """Return every set of one with every set of the other, the minimal ones of these."""
        if family.most * other.most > _FEW:
            family, other = family.counted(), other.counted()
        pairs = family.most * other.most
        if pairs > self._left or self._deadline.past:
            raise _TooManyError
        self._left -= pairs
        return _Family(family.sets.join(other.sets).minimal(), pairs)


def solve(module: Module, most_pairs: int, deadline: Deadline = ENDLESS) -> Diagram | None:
    """Return the minimal sets of a module; None when it could take more than `most_pairs`."""
    return solve_in(module, by_use(module), most_pairs, lambda _: None, deadline)


def solve_in(
    module: Module,
    order: Sequence[int],
    most_pairs: int,
    cone: Callable[[int], Diagram | None],
    deadline: Deadline = ENDLESS,
) -> Diagram | None:
    """Do so with the variables in this order.

    A gate for which the pairs left do not suffice is asked of `cone`, by its index; it answers in
    the same order, or with None.
    """
    if len(module.variables) > MOST_VARIABLES:
        return None
    families: list[_Family] = [_Family(None, 1)] * len(order)
    for level, variable in enumerate(order, 1):
        families[variable] = _Family(_graphillion.setset([{level}]), 1)
    budget = _Budget(most_pairs, deadline)
    for at, gate in enumerate(module.gates):
        try:
            families.append(_gate(gate, [families[part] for part in gate.parts], budget))
        except _TooManyError:
            diagram = None if deadline.past else cone(at)
            if diagram is None:
                return None
            families.append(_family(diagram, order))
    return _diagram(families[-1].sets.dumps(), order)


def _gate(gate: WeightedGate, parts: list[_Family], budget: _Budget) -> _Family:
    if gate.any_of:
        sets = parts[0].sets
        for part in parts[1:]:
            sets = sets | part.sets
        return _Family(sets.minimal(), sum([part.most for part in parts]))
    if gate.all_of:
        # The smallest first: products stay small for longer.
        first, *others = sorted(parts, key=lambda part: part.most)
        for part in others:
            first = budget.both(first, part)
        return first
    return _counted(gate, parts, budget)


def _counted(gate: WeightedGate, parts: list[_Family], budget: _Budget) -> _Family:
    # reached[j]: minimal sets that bring the weights seen so far to j or more.
    nothing = _Family(_graphillion.setset([]), 0)
    reached = [_Family(_graphillion.setset([set()]), 1), *[nothing] * gate.k]
    for part, weight in zip(parts, gate.weights or (1,) * len(parts)):
        for j in range(gate.k, 0, -1):
            before = reached[max(j - weight, 0)]
            if before.most:
                more = budget.both(before, part)
                both = (reached[j].sets | more.sets).minimal()
                reached[j] = _Family(both, reached[j].most + more.most)
    return reached[gate.k]


def _family(diagram: Diagram, order: Sequence[int]) -> _Family:
    """Return a diagram over this order as sets of the library."""
    level = {variable: at for at, variable in enumerate(order, 1)}
    # Its own numbers for nodes are even.
    names = ["B", "T", *(str(2 * at) for at in range(2, len(diagram.variables) + 2))]
    lines = [
        f"{names[at]} {level[variable]} {names[without]} {names[within]}"
        for at, (variable, within, without) in enumerate(
            zip(diagram.variables, diagram.within, diagram.without), 2
        )
    ]
    lines = lines or [names[diagram.root]]
    sets = _graphillion.loads("\n".join([*lines, ".\n"]))
    return _Family(sets, sets.len())


def _diagram(dumped: str, order: Sequence[int]) -> Diagram:
    """Read "NODE ELEMENT WITHOUT WITHIN" by line, parts first; B and T are the ends."""
    numbers = {"B": NO_SET, "T": EMPTY_SET}
    variables, within, without, root = list[int](), list[int](), list[int](), NO_SET
    for line in dumped.splitlines():
        cells = line.split()
        if len(cells) == 4:
            root = numbers[cells[0]] = len(variables) + 2
            variables.append(order[int(cells[1]) - 1])
            without.append(numbers[cells[2]])
            within.append(numbers[cells[3]])
        elif cells and cells[0] in numbers:
            root = numbers[cells[0]]
    return Diagram(tuple(variables), tuple(within), tuple(without), root)
