"""Families of sets as zero-suppressed decision diagrams, one within another where modules are.

Every engine answers in this form, so counting, sizes and listing are the same for all of them.
Minato, "Zero-suppressed BDDs for set manipulation in combinatorial problems", DAC 1993.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count as counting

from forthwith.custody.minimal_sets.modules import Module

#: Numbers of the two ends of a diagram: no set at all, and the empty set alone.
NO_SET, EMPTY_SET = 0, 1

#: Bits that the exact order among sets of equal cost may take; past it they come as they lie.
_MOST_ORDER_BITS = 2_000_000_000
#: Bits to be added or multiplied for the sizes of the sets.
_MOST_SIZE_BITS = 40_000_000_000


@dataclass(frozen=True, slots=True)
class Diagram:
    """Node i + 2: the sets of `without[i]`, and those of `within[i]` with the variable added.

    Nodes stand after the nodes they name.
    """

    variables: Sequence[int]
    within: Sequence[int]
    without: Sequence[int]
    root: int

    @classmethod
    def of(cls, sets: Iterable[frozenset[int]]) -> Diagram:
        """Return the diagram of sets given one by one, lower variables on top."""
        builder = _Builder()
        return builder.diagram(builder.family([tuple(sorted(members)) for members in sets]))


class _Builder:
    """Makes each node once."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int, int], int] = {}

    def family(self, sets: list[tuple[int, ...]], at: int = 0) -> int:
        """Return the node of sets that share their first `at` members; small families only."""
        root = EMPTY_SET if any(len(members) == at for members in sets) else NO_SET
        first: dict[int, list[tuple[int, ...]]] = {}
        for members in sets:
            if len(members) > at:
                first.setdefault(members[at], []).append(members)
        for variable in sorted(first, reverse=True):
            root = self.node(variable, self.family(first[variable], at + 1), root)
        return root

    def node(self, variable: int, within: int, without: int) -> int:
        if within == NO_SET:
            return without
        return self._nodes.setdefault((variable, within, without), len(self._nodes) + 2)

    def diagram(self, root: int) -> Diagram:
        variables, within, without = zip(*self._nodes) if self._nodes else ((), (), ())
        return Diagram(variables, within, without, root)


def independent(k: int, parts: Sequence[int]) -> Diagram:
    """Return all sets of exactly `k` of these variables."""
    if k == 1:
        return Diagram(
            parts, [EMPTY_SET] * len(parts), [NO_SET, *range(2, len(parts) + 1)], len(parts) + 1
        )
    if k == len(parts):
        return Diagram(parts, range(1, len(parts) + 1), [NO_SET] * len(parts), len(parts) + 1)
    builder = _Builder()
    # row[j]: the sets of j of the variables seen so far, from the last.
    row = [EMPTY_SET] + [NO_SET] * k
    for passed, variable in enumerate(sorted(parts, reverse=True), 1):
        still = len(parts) - passed
        for j in range(min(k, passed), max(0, k - still - 1), -1):
            row[j] = builder.node(variable, row[j - 1], row[j])
    return builder.diagram(row[k])


@dataclass(frozen=True, slots=True)
class Families:
    """Modules with their diagrams, inner ones first; the last is the whole."""

    names: tuple[str, ...]
    #: For a bare leaf there is no module, and this is its number.
    top: int
    modules: tuple[Module, ...]
    diagrams: tuple[Diagram, ...]

    def count(self) -> int:
        """Return how many sets there are; none is written out."""
        counts: list[int] = []
        for module, diagram in zip(self.modules, self.diagrams):
            weights = [
                1 if variable >= 0 else counts[-1 - variable] for variable in module.variables
            ]
            totals = [0, 1]
            for variable, within, without in _nodes(diagram):
                totals.append(weights[variable] * totals[within] + totals[without])
            counts.append(totals[diagram.root])
        return counts[-1] if counts else 1

    def nodes(self) -> int:
        """Return how many nodes all diagrams have."""
        return sum(len(diagram.variables) for diagram in self.diagrams)

    def extremes(self) -> tuple[int, int]:
        """Return the sizes of the smallest and of the largest sets."""
        small, large = (self._best([sign] * len(self.names), sign)[-1] for sign in (1, -1))
        return small[self._root()], -large[self._root()]

    def _root(self) -> int:
        return self.diagrams[-1].root if self.diagrams else 2

    def sizes(self) -> dict[int, int] | None:
        """Return how many sets there are of each size; None when that is too much to add up.

        Counts by size are packed into one integer, each in its own stretch of bits, the way
        Kronecker multiplied polynomials; the least size is kept apart.
        """
        smallest, largest = self.extremes()
        bits = self.count().bit_length() + 1
        if (largest - smallest + 1) * bits * (self.nodes() + 1) > _MOST_SIZE_BITS:
            return None
        packed: list[tuple[int, int]] = []
        for module, diagram in zip(self.modules, self.diagrams):
            own = [
                (1, 1) if variable >= 0 else packed[-1 - variable] for variable in module.variables
            ]
            totals = [(0, 0), (0, 1)]
            for variable, within, without in _nodes(diagram):
                (low, many), (base, times) = totals[within], own[variable]
                totals.append(_added((low + base, many * times), totals[without], bits))
            packed.append(totals[diagram.root])
        low, many = packed[-1] if packed else (1, 1)
        sizes, mask = {}, (1 << bits) - 1
        while many:
            if many & mask:
                sizes[low] = many & mask
            many >>= bits
            low += 1
        return sizes

    def cheapest(self, costs: Sequence[int]) -> Iterator[tuple[int, frozenset[str]]]:
        """Yield each set with its cost, cheapest first, those of equal cost by their names.

        Best-first from the root, with the exact cost of the best way on from every node, so no
        step is taken that does not belong to a set to come (Hart, Nilsson and Raphael 1968).
        """
        if not self.diagrams:
            yield costs[self.top], frozenset({self.names[self.top]})
            return
        leaves = len(self.names)
        if leaves * (self.nodes() + leaves) <= _MOST_ORDER_BITS:
            # Below every cost a bit for each name, so that no two sets are alike.
            ranked = sorted(range(leaves), key=self.names.__getitem__)
            keys = list(costs)
            for rank, leaf in enumerate(ranked):
                keys[leaf] = (costs[leaf] << leaves) - (1 << leaves - 1 - rank)
            best = self._best(keys, 1)
        else:
            keys, best = list(costs), self._best(costs, 1)
        for chosen in _Search(self.modules, self.diagrams, keys, best).run():
            yield sum(costs[leaf] for leaf in chosen), frozenset(self.names[x] for x in chosen)

    def _best(self, costs: Sequence[int], _sign: int) -> list[list[int]]:
        """Return for each node of each diagram the least cost of a set below it."""
        best_of_all: list[list[int]] = []
        for module, diagram in zip(self.modules, self.diagrams):
            own = [
                costs[leaf] if leaf >= 0 else best_of_all[-1 - leaf][self.diagrams[-1 - leaf].root]
                for leaf in module.variables
            ]
            best = [0, 0]
            for variable, within, without in _nodes(diagram):
                cost = own[variable] + best[within]
                best.append(cost if without == NO_SET else min(cost, best[without]))
            best_of_all.append(best)
        return best_of_all or [[0, 0, costs[self.top]]]


def _nodes(diagram: Diagram) -> Iterator[tuple[int, int, int]]:
    return zip(diagram.variables, diagram.within, diagram.without)


def _added(low: tuple[int, int], high: tuple[int, int], bits: int) -> tuple[int, int]:
    if not low[1] or not high[1]:
        return low if low[1] else high
    if low[0] > high[0]:
        low, high = high, low
    return low[0], low[1] + (high[1] << (high[0] - low[0]) * bits)


#: Linked lists: leaves chosen so far, and (module, node) still to be gone through.
_Chosen = tuple[int, "_Chosen"] | None
_Ahead = tuple[int, int, "_Ahead"] | None


@dataclass(frozen=True, slots=True)
class _Search:
    modules: Sequence[Module]
    diagrams: Sequence[Diagram]
    costs: Sequence[int]
    best: Sequence[Sequence[int]]

    def run(self) -> Iterator[list[int]]:
        """Yield the leaves of each set, cheapest first."""
        last, ticket = len(self.modules) - 1, counting()
        root = self.diagrams[last].root
        if root == NO_SET:
            return
        heap: list[tuple[int, int, int, int, _Chosen, _Ahead]] = [
            (self.best[last][root], next(ticket), last, root, None, None)
        ]
        while heap:
            total, _, module, node, chosen, ahead = heapq.heappop(heap)
            while node != EMPTY_SET or ahead:
                if node == EMPTY_SET and ahead:
                    module, node, ahead = ahead
                    continue
                diagram, best = self.diagrams[module], self.best[module]
                without, within = diagram.without[node - 2], diagram.within[node - 2]
                variable = self.modules[module].variables[diagram.variables[node - 2]]
                here = best[node]
                if without != NO_SET:
                    # Both ways are open: go the better one, remember the other.
                    other = self._entered(module, within, variable, chosen, ahead)
                    costlier = total - here + self._cost(variable) + best[within]
                    skipped = total - here + best[without]
                    if skipped <= costlier:
                        heapq.heappush(heap, (costlier, next(ticket), *other))
                        node = without
                    else:
                        rest = (module, without, chosen, ahead)
                        heapq.heappush(heap, (skipped, next(ticket), *rest))
                        module, node, chosen, ahead = other
                else:
                    module, node, chosen, ahead = self._entered(
                        module, within, variable, chosen, ahead
                    )
            yield _listed(chosen)

    def _cost(self, variable: int) -> int:
        if variable >= 0:
            return self.costs[variable]
        return self.best[-1 - variable][self.diagrams[-1 - variable].root]

    def _entered(
        self, module: int, within: int, variable: int, chosen: _Chosen, ahead: _Ahead
    ) -> tuple[int, int, _Chosen, _Ahead]:
        """Return where the way on starts once the variable is in the set."""
        if variable >= 0:
            return module, within, (variable, chosen), ahead
        inner = -1 - variable
        return inner, self.diagrams[inner].root, chosen, (module, within, ahead)


def _listed(chosen: _Chosen) -> list[int]:
    leaves = []
    while chosen:
        leaf, chosen = chosen
        leaves.append(leaf)
    return leaves


def costs_of(names: Sequence[str], cost: Mapping[str, int]) -> list[int]:
    """Return the cost of each name, 1 where none is given."""
    return [cost.get(name, 1) for name in names]
