"""Matches as spans of positions, many at once: which of them stand near which.

A position counts tokens over the whole of one field of the index; between two documents lie more
positions than any distance of a query, so nothing is near across them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Pairs held at a time, about 100 MB; a query that needs more is asked of fewer documents at once.
MOST_PAIRS = 4_000_000

Numbers = np.ndarray


class TooManyPairsError(Exception):
    """More pairs than are held at a time; the engine halves the documents and asks again."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Matches by first and last position, both included; sorted, each once."""

    first: Numbers
    last: Numbers

    @classmethod
    def of_tokens(cls, positions: Numbers) -> Spans:
        """Return matches of one token each."""
        return cls(positions, positions)

    @classmethod
    def of(cls, first: Numbers, last: Numbers) -> Spans:
        """Return matches in any order, sorted and each once."""
        if not len(first):
            return cls(first, last)
        order = np.lexsort((last, first))
        first, last = first[order], last[order]
        new = np.ones(len(first), dtype=bool)
        new[1:] = (first[1:] != first[:-1]) | (last[1:] != last[:-1])
        return cls(first[new], last[new])

    def __len__(self) -> int:
        return len(self.first)

    def take(self, places: Numbers) -> Spans:
        """Return some of them, in the order asked for."""
        return Spans(self.first[places], self.last[places])

    def between(self, low: int, high: int) -> Spans:
        """Return those that begin at `low` or later and before `high`."""
        a, b = np.searchsorted(self.first, [low, high])
        return Spans(self.first[a:b], self.last[a:b])


def union(many: Sequence[Spans]) -> Spans:
    """Return the matches of any."""
    if len(many) == 1:
        return many[0]
    return Spans.of(
        np.concatenate([spans.first for spans in many]),
        np.concatenate([spans.last for spans in many]),
    )


@dataclass(frozen=True, slots=True)
class Rule:
    """How near two matches must stand: `order` 1 left before right, -1 after it, 0 either."""

    distance: int
    order: int = 0

    def holds(self, left: Spans, right: Spans) -> Numbers:
        """Return for each pair, side by side, whether it is near."""
        ahead, behind = right.first - left.last, left.first - right.last
        if self.order:
            gap = ahead if self.order > 0 else behind
            return np.asarray((gap > 0) & (gap <= self.distance))
        same = (left.first == right.first) & (left.last == right.last)
        near_enough = (ahead <= self.distance) & (behind <= self.distance)
        return np.asarray(near_enough & ~same)

    def turned(self) -> Rule:
        """Return the same rule seen from the right."""
        return Rule(self.distance, -self.order)

    def window(self, left: Spans, right: Spans, longest: int) -> tuple[Numbers, Numbers]:
        """Return for each left match the run of right ones that can be near it."""
        low = left.first - self.distance - longest
        high = left.last + self.distance
        if self.order > 0:
            low = left.last + 1
        elif self.order < 0:
            high = left.first - 1
        return (
            np.searchsorted(right.first, low, "left"),
            np.searchsorted(right.first, high, "right"),
        )


def pairs(left: Spans, right: Spans, rule: Rule) -> tuple[Numbers, Numbers]:
    """Return every near pair as places in `left` and `right`. Raises TooManyPairsError."""
    if not len(left) or not len(right):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    low, high = rule.window(left, right, int((right.last - right.first).max()))
    counts = np.maximum(high - low, 0)
    total = int(counts.sum())
    if total > MOST_PAIRS:
        raise TooManyPairsError
    a = np.repeat(np.arange(len(left)), counts)
    ends = np.cumsum(counts)
    b = np.arange(total) - np.repeat(ends - counts, counts) + np.repeat(low, counts)
    good = rule.holds(left.take(a), right.take(b))
    return a[good], b[good]


def with_partner(left: Spans, right: Spans, rule: Rule) -> Numbers:
    """Return the first position of each left match that has a near right one."""
    if not len(left) or not len(right):
        return np.empty(0, np.int64)
    lengths = right.last - right.first
    if lengths.min() != lengths.max():
        return np.asarray(left.first[np.unique(pairs(left, right, rule)[0])])
    low, high = rule.window(left, right, int(lengths[0]))
    # With one length on the right the run is exact.
    enough = high - low
    if not rule.order:
        # A match is not its own partner.
        nearest = np.minimum(np.searchsorted(right.first, left.first), len(right) - 1)
        enough -= (right.first[nearest] == left.first) & (right.last[nearest] == left.last)
    return np.asarray(left.first[enough > 0])


def near(left: Sequence[Spans], right: Sequence[Spans], rule: Rule) -> Spans:
    """Return the stretches over which every part of the left is near every part of the right.

    More than one part on a side is an AND inside w/n: each must be near the same others.
    """
    a, b = pairs(left[0], right[0], rule)
    lefts, rights = [left[0].take(a)], [right[0].take(b)]
    for part in left[1:]:
        kept, new = _joined(rights, part, rule.turned())
        lefts = [*(spans.take(kept) for spans in lefts), part.take(new)]
        rights = [spans.take(kept) for spans in rights]
    for part in right[1:]:
        kept, new = _joined(lefts, part, rule)
        lefts = [spans.take(kept) for spans in lefts]
        rights = [*(spans.take(kept) for spans in rights), part.take(new)]
    rows = [*lefts, *rights]
    first = np.minimum.reduce([spans.first for spans in rows])
    return Spans.of(first, np.maximum.reduce([spans.last for spans in rows]))


def _joined(row: Sequence[Spans], part: Spans, rule: Rule) -> tuple[Numbers, Numbers]:
    """Return rows of `held` and matches of `part` that are near all of the row."""
    kept, new = pairs(row[0], part, rule)
    for spans in row[1:]:
        good = rule.holds(spans.take(kept), part.take(new))
        kept, new = kept[good], new[good]
    return kept, new
