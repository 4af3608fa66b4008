"""Blocks in any order as branches: which of each tree is best, and which trees stand apart.

Nothing here knows a chain: a block is a name with its parent's name and a weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: Ends of equal weight that are followed back; more are only counted.
_FOLLOWED = 20


@dataclass(frozen=True, slots=True)
class Branch:
    """The best branch of one tree, from its root on."""

    names: Sequence[str]
    #: Where branches of equal weight end, if `names` stops before they part; else empty.
    ends: Sequence[str]
    #: Blocks of the tree that are not on it, and how far above the root each is.
    beside: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of blocks: heights of the first and last, its weight, and what it is."""

    first: int
    last: int
    weight: int
    index: int


def branches(parents: Mapping[str, str], weights: Mapping[str, int]) -> list[Branch]:
    """Return one branch for each block whose parent is not among them, in the order given.

    The greatest sum of weights is best. Of several alike only what they share is taken, for
    nothing says which of them a node took.
    """
    children: dict[str, list[str]] = {}
    roots = []
    for name, parent in parents.items():
        if parent in parents:
            children.setdefault(parent, []).append(name)
        else:
            roots.append(name)
    return [_branch(root, parents, weights, children) for root in roots]


def _branch(
    root: str,
    parents: Mapping[str, str],
    weights: Mapping[str, int],
    children: Mapping[str, Sequence[str]],
) -> Branch:
    sums, depths = {root: weights[root]}, {root: 0}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        for child in children.get(name, ()):
            sums[child] = sums[name] + weights[child]
            depths[child] = depths[name] + 1
            waiting.append(child)
    most = max(sums.values())
    ends = sorted(name for name, total in sums.items() if total == most)
    ways = []
    for end in ends[:_FOLLOWED]:
        way = [end]
        while way[-1] != root:
            way.append(parents[way[-1]])
        ways.append(way[::-1])
    shared = 0
    while all(shared < len(way) for way in ways) and len({way[shared] for way in ways}) == 1:
        shared += 1
    names = ways[0] if len(ends) == 1 else ways[0][:shared]
    chosen = set(names)
    beside = sorted((depth, name) for name, depth in depths.items() if name not in chosen)
    return Branch(names, ends if len(ends) > 1 else (), [(name, depth) for depth, name in beside])


def apart(spans: Iterable[Span]) -> tuple[list[Span], list[tuple[Span, Span]]]:
    """Return runs that share no height, in order, and each run left out beside a heavier one."""
    kept: list[Span] = []
    out: list[tuple[Span, Span]] = []
    for span in sorted(spans, key=lambda span: (span.first, -span.weight, span.index)):
        rivals = []
        while kept and kept[-1].last >= span.first:
            rivals.append(kept.pop())
        heaviest = max((span, *rivals), key=lambda rival: (rival.weight, -rival.index))
        if heaviest is span:
            out += [(rival, span) for rival in rivals]
            kept.append(span)
        else:
            out.append((span, heaviest))
            kept += rivals[::-1]
    return kept, out
