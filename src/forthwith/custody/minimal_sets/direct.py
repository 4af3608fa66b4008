"""The engine for a handful of sets: families as lists of bit masks, nothing to load.

Gates are joined from the leaves up, and a set that holds another is dropped at each gate, as
Fussell and Vesely did ("A new methodology for obtaining cut sets for fault trees", 1972).
"""

from __future__ import annotations

from collections.abc import Iterable

from forthwith.custody.minimal_sets.circuit import WeightedGate
from forthwith.custody.minimal_sets.diagrams import Diagram
from forthwith.custody.minimal_sets.modules import Module


def solve(module: Module, most_sets: int) -> Diagram | None:
    """Return the minimal sets of a module; None when a gate has more than `most_sets`."""
    families: list[list[int]] = [[1 << at] for at in range(len(module.variables))]
    for gate in module.gates:
        family = _gate(gate, families, most_sets)
        if family is None:
            return None
        families.append(family)
    return Diagram.of(
        frozenset(at for at in range(mask.bit_length()) if mask >> at & 1) for mask in families[-1]
    )


def _gate(gate: WeightedGate, families: list[list[int]], most: int) -> list[int] | None:
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
            reached[j] = minimal([*reached[j], *both]) if both else reached[j]
            if len(reached[j]) > most:
                return None
    return reached[gate.k]


def minimal(sets: Iterable[int]) -> list[int]:
    """Return the sets that hold no other, smallest first."""
    kept: list[int] = []
    for mask in sorted(set(sets), key=lambda mask: (mask.bit_count(), mask)):
        if not any(mask & smaller == smaller for smaller in kept):
            kept.append(mask)
    return kept
