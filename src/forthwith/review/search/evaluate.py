"""Queries answered exactly over an index: for each document, whether it meets the query.

Words and phrases come as positions, nearness is computed on positions, and the rest is AND, OR and
NOT over one truth value a document. Nothing is ranked and nothing estimated.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property, lru_cache

import numpy as np

from forthwith.domain.errors import ForthwithError
from forthwith.review.search.index import Index, Zone
from forthwith.review.search.query import (
    And,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Value,
    Word,
    field_of,
    show,
)
from forthwith.review.search.spans import (
    Numbers,
    Rule,
    Spans,
    TooManyPairsError,
    near,
    union,
    with_partner,
)
from forthwith.review.search.values import BatesNumbers, RoomValues

#: Ways an AND inside nearness may be chosen from among ORs.
_MOST_WAYS = 64


class TooBroadError(ForthwithError):
    """A query needs more than can be held, in one document already."""

    def __init__(self, node: Node, control: str) -> None:
        self.control = control
        super().__init__(
            f"{show(node)} has more than millions of pairs of matches in {control} alone. Take a "
            "smaller distance or a rarer word, or split the query at its ORs."
        )


class TooManyWaysError(ForthwithError):
    """ANDs of ORs inside a nearness multiply."""

    def __init__(self, node: Node) -> None:
        super().__init__(
            f"{show(node)[:300]} stands inside w/n or pre/n and can be met in more than "
            f"{_MOST_WAYS} ways. Write the ANDs as several queries joined outside."
        )


class Engine:
    """Answers queries over one index."""

    def __init__(
        self,
        index: Index,
        bates: Iterable[tuple[str, str, str]] = (),
        values: Callable[[], RoomValues] | None = None,
    ) -> None:
        self._index = index
        #: Control number, first and last number, of what was produced and what was received.
        self._ranges = bates
        self._open_values = values

    @cached_property
    def _bates(self) -> BatesNumbers:
        return BatesNumbers(self._ranges, self._index.place, len(self._index))

    @cached_property
    def _values(self) -> RoomValues:
        if self._open_values is None:
            raise AssertionError("nothing says who coded what")
        return self._open_values()

    def with_values(self, values: RoomValues) -> Engine:
        """Return the same engine over other answers to the fields of a review."""
        engine = copy.copy(self)
        engine.__dict__["_values"] = values
        return engine

    def mask(self, node: Node, within: Numbers | None = None) -> Numbers:
        """Return for each document, in the order of the index, whether it meets the query.

        `within` flags the documents that may be looked into: no other is met, and none makes a
        query too broad. Raises TooBroadError, TooManyWaysError.
        """
        if within is not None and within.all():
            within = None
        met = self._mask(node, within)
        return met if within is None else np.asarray(met & within)

    def _mask(self, node: Node, within: Numbers | None) -> Numbers:
        match node:
            case And():
                parts = [self._mask(part, within) for part in node.parts]
                return np.asarray(np.logical_and.reduce(parts))
            case Or():
                parts = [self._mask(part, within) for part in node.parts]
                return np.asarray(np.logical_or.reduce(parts))
            case Not():
                return ~self._mask(node.part, within)
            case Value():
                return self._value(node)
            case Near():
                return self._near(node, within)
            case Phrase() | Word():
                zone = self._index.zone(field_of(node))
                return zone.mask_of(_Stretch(zone, 0, len(self._index)).spans(node).first)

    def controls(self, node: Node) -> list[str]:
        """Return the control numbers of the documents that meet the query."""
        return [self._index.controls[place] for place in np.flatnonzero(self.mask(node))]

    def _near(self, node: Near, within: Numbers | None) -> Numbers:
        zone = self._index.zone(field_of(node))
        mask = np.zeros(len(self._index), dtype=bool)
        waiting = [(0, len(self._index))]
        while waiting:
            low, high = waiting.pop()
            try:
                mask |= zone.mask_of(_Stretch(zone, low, high, within).met_at(node))
            except TooManyPairsError as broad:
                if high - low == 1:
                    raise TooBroadError(node, self._index.controls[low]) from broad
                middle = (low + high) // 2
                waiting += [(low, middle), (middle, high)]
        return mask

    def _value(self, node: Value) -> Numbers:
        if node.field == "date":
            return self._index.between(node.first, node.last)
        if node.field == "bates":
            return self._bates.mask(node)
        if node.field != "type":
            return self._values.mask(node)
        numbers, names = self._index.types
        shape = re.compile(translate(node.first))
        good = [any(map(shape.match, name.split("\n"))) for name in names]
        return np.asarray(np.array(good, dtype=bool)[numbers])


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The documents from `low` to before `high`, in one field."""

    zone: Zone
    low: int
    high: int
    #: Documents that may be looked into, all for None.
    within: Numbers | None = None

    def met_at(self, node: Near) -> Numbers:
        """Return sorted positions that lie in the documents where a nearness is met."""
        rule = Rule(node.distance, int(node.ordered))
        lefts, rights = _ways(node.left), _ways(node.right)
        _bounded(node, lefts, rights)
        firsts = []
        for left in lefts:
            for right in rights:
                a, b = self._all(left), self._all(right)
                alone = len(a) == len(b) == 1
                firsts.append(with_partner(a[0], b[0], rule) if alone else near(a, b, rule).first)
        return np.sort(np.concatenate(firsts))

    def spans(self, node: Node) -> Spans:
        """Return the matches of a word, phrase, nearness, or an OR of them."""
        match node:
            case Word():
                return Spans.of_tokens(self._positions(node))
            case Phrase():
                return self._phrase(node)
            case Or():
                return union([self.spans(part) for part in node.parts])
            case Near():
                rule = Rule(node.distance, int(node.ordered))
                lefts, rights = _ways(node.left), _ways(node.right)
                _bounded(node, lefts, rights)
                stretches = [near(self._all(a), self._all(b), rule) for a in lefts for b in rights]
                return union(stretches)
        raise AssertionError(f"{node} has no matches of its own")

    def _all(self, nodes: Sequence[Node]) -> list[Spans]:
        return [self.spans(node) for node in nodes]

    def _positions(self, word: Word) -> Numbers:
        positions = self.zone.positions(word)
        bounds = (self.zone.starts[self.low], self.zone.starts[self.high])
        first, last = np.searchsorted(positions, bounds)
        positions = positions[first:last]
        if self.within is None:
            return positions
        return np.asarray(positions[self.within[self.zone.documents_of(positions)]])

    def _phrase(self, node: Phrase) -> Spans:
        fixed = [(at, word) for at, word in enumerate(node.words) if not word.any]
        runs = [self._positions(word) - at for at, word in fixed]
        # The rarest word first: each other only strikes starts out.
        runs.sort(key=len)
        starts = runs[0]
        for run in runs[1:]:
            starts = starts[_among(starts, run)]
        lasts = starts + len(node.words) - 1
        at = self.zone.documents_of(starts + fixed[0][0])
        inside = (starts >= self.zone.starts[at]) & (lasts < self.zone.ends[at])
        for place in (place for place, word in enumerate(node.words) if word.any):
            inside &= ~_among(starts + place, self.zone.breaks)
        return Spans(starts[inside], lasts[inside])


def _among(these: Numbers, those: Numbers) -> Numbers:
    """Return for each of `these` whether it is among the sorted `those`."""
    if not len(those):
        return np.zeros(len(these), dtype=bool)
    place = np.minimum(np.searchsorted(those, these), len(those) - 1)
    return np.asarray(those[place] == these)


@lru_cache(maxsize=4096)
def _ways(node: Node) -> tuple[tuple[Node, ...], ...]:
    """Return one side of a nearness as ORs of ANDs of what has matches of its own."""
    if isinstance(node, Or):
        all_ways = [way for part in node.parts for way in _ways(part)]
        alone = tuple(way[0] for way in all_ways if len(way) == 1)
        joined = [(alone[0] if len(alone) == 1 else Or(alone),)] if alone else []
        return (*joined, *(way for way in all_ways if len(way) > 1))
    if isinstance(node, And):
        ways: list[tuple[Node, ...]] = [()]
        for part in node.parts:
            ways = [(*before, *way) for before in ways for way in _ways(part)]
            if len(ways) > _MOST_WAYS:
                raise TooManyWaysError(node)
        return tuple(ways)
    return ((node,),)


def _bounded(node: Near, left: Sequence[object], right: Sequence[object]) -> None:
    if len(left) * len(right) > _MOST_WAYS:
        raise TooManyWaysError(node)
