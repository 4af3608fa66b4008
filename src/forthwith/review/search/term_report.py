"""A list of search terms measured: what each finds, what only it finds, what a change costs.

A term costs what it adds to the list it stands in, so each change of a second version is measured
alone: the first version with that one change made, beside the first version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forthwith.domain.errors import ForthwithError
from forthwith.review.search.index import Index
from forthwith.review.search.parser import parse
from forthwith.review.search.query import Node, QueryError, show
from forthwith.review.search.search import Searcher
from forthwith.review.search.spans import Numbers

#: From this likeness on, a term of the new version is an old one changed.
_ALIKE = 0.3


class TermListError(ForthwithError):
    """Lines of a list cannot be read."""

    def __init__(self, name: str, wrong: Sequence[tuple[int, str]]) -> None:
        lines = "\n".join(f"Line {line}: {why}" for line, why in wrong)
        super().__init__(f"{name} was not measured: {len(wrong)} of its terms cannot be.\n{lines}")


class NoTermsError(ForthwithError):
    """A list holds no term."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} holds no term. Write one query a line; # begins a comment line.")


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a list."""

    line: int
    text: str
    node: Node

    @property
    def read_as(self) -> str:
        """The term with all its brackets."""
        return show(self.node)


def read(name: str, text: str) -> list[Term]:
    """Read a list, one query a line, # for comment lines. Raises TermListError, NoTermsError."""
    terms, wrong = [], []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            terms.append(Term(number, line.strip(), parse(line.rstrip())))
        except QueryError as refused:
            wrong.append((number, str(refused)))
    if wrong:
        raise TermListError(name, wrong)
    if not terms:
        raise NoTermsError(name)
    return terms


@dataclass(frozen=True, slots=True)
class TermLine:
    """What one term finds."""

    term: Term
    documents: int
    with_family: int
    #: Documents that no other term of the list finds.
    unique: int
    #: Custodian -> documents, as held; custodians without any left out.
    custodians: dict[str, int]


@dataclass(frozen=True, slots=True)
class TermReport:
    """What a list finds."""

    lines: tuple[TermLine, ...]
    documents: int
    with_family: int
    custodians: dict[str, int]


class TermHits:
    """A list with what each of its terms finds."""

    def __init__(self, searcher: Searcher, name: str, terms: Sequence[Term]) -> None:
        self.terms, self.index = terms, searcher.index
        self.hits = list(_hits(searcher, name, terms))
        #: For each document, how many terms find it.
        self.counts = np.zeros(len(self.index), dtype=np.int32)
        for hit in self.hits:
            self.counts[hit] += 1

    def report(self) -> TermReport:
        """Return the counts of each term and of the list."""
        lines = tuple(
            TermLine(
                term,
                len(hit),
                _with_families(self.index, hit),
                int((self.counts[hit] == 1).sum()),
                _custodians(self.index, hit),
            )
            for term, hit in zip(self.terms, self.hits)
        )
        every = np.flatnonzero(self.counts)
        whole = _with_families(self.index, every)
        return TermReport(lines, len(every), whole, _custodians(self.index, every))


def _hits(searcher: Searcher, name: str, terms: Iterable[Term]) -> Iterable[Numbers]:
    wrong = []
    for term in terms:
        try:
            yield np.flatnonzero(searcher.mask(term.node)).astype(np.int32)
        except ForthwithError as refused:
            wrong.append((term.line, str(refused)))
    if wrong:
        raise TermListError(name, wrong)


def _with_families(index: Index, hit: Numbers) -> int:
    mask = np.zeros(len(index), dtype=bool)
    mask[hit] = True
    return int(index.with_families(mask).sum())


def _custodians(index: Index, hit: Numbers) -> dict[str, int]:
    numbers, names = index.custodians
    counts = np.bincount(numbers[hit], minlength=len(names))
    return {names[at]: int(counts[at]) for at in np.flatnonzero(counts)}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a change adds and takes away: documents found, and families found."""

    documents_gained: int
    documents_lost: int
    families_gained: int
    families_lost: int


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two versions; None on a side where the term is not."""

    old: Term | None
    new: Term | None
    cost: Cost


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions of a list."""

    changes: tuple[Change, ...]
    #: All changes together.
    whole: Cost


def compare(old: TermHits, new: TermHits) -> Comparison:
    """Return each change from `old` to `new` with what it costs made alone, and all together."""
    before = old.counts > 0
    changes = []
    for left, right in _changed(old.terms, new.terms):
        counts = old.counts.copy()
        if left is not None:
            counts[old.hits[left]] -= 1
        if right is not None:
            counts[new.hits[right]] += 1
        cost = _cost(old.index, before, counts > 0)
        changes.append(Change(_at(old.terms, left), _at(new.terms, right), cost))
    return Comparison(tuple(changes), _cost(old.index, before, new.counts > 0))


def _at(terms: Sequence[Term], place: int | None) -> Term | None:
    return None if place is None else terms[place]


def _cost(index: Index, before: Numbers, after: Numbers) -> Cost:
    families = [np.unique(index.families[mask]) for mask in (before, after)]
    return Cost(
        int((after & ~before).sum()),
        int((before & ~after).sum()),
        len(np.setdiff1d(families[1], families[0])),
        len(np.setdiff1d(families[0], families[1])),
    )


def _changed(old: Sequence[Term], new: Sequence[Term]) -> list[tuple[int | None, int | None]]:
    """Pair terms that look alike, the likest first; a term that only moved is no change."""
    both = Counter(term.read_as for term in old) & Counter(term.read_as for term in new)
    gone, come = _left_over(old, both), _left_over(new, both)
    alike = sorted(((_alike(old[a], new[b]), -a, -b) for a in gone for b in come), reverse=True)
    pairs: dict[int, int] = {}
    for likeness, a, b in alike:
        if likeness >= _ALIKE and -a not in pairs and -b not in pairs.values():
            pairs[-a] = -b
    added = [place for place in come if place not in pairs.values()]
    return [*((place, pairs.get(place)) for place in gone), *((None, place) for place in added)]


def _left_over(terms: Sequence[Term], both: Counter[str]) -> list[int]:
    """Return the places of terms the other version does not have."""
    free = Counter(both)
    places = []
    for place, term in enumerate(terms):
        if free[term.read_as] > 0:
            free[term.read_as] -= 1
        else:
            places.append(place)
    return places


def _alike(old: Term, new: Term) -> float:
    """Return the share of three-letter pieces two terms have in common."""
    a, b = _pieces(old.read_as), _pieces(new.read_as)
    return len(a & b) / len(a | b)


@lru_cache(maxsize=1 << 14)
def _pieces(text: str) -> frozenset[str]:
    padded = f" {text} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))
