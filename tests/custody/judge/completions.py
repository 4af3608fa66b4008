"""All completions of a register: what stays true of an answer in each of them, and what does not.

A completion takes each doubtful row (below the standing asked for, or disputed) as true or as
absent, whole; reads each day on which a thing ended or changed one way; and lets people who look
like one, or an account nobody is known to have, be one person or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

from forthwith.custody.facts.facts import Fact, Facts
from tests.custody.judge.asked import (
    ACCOUNTS,
    Asked,
    Stretch,
    asked_about,
    rows_of,
    span_of,
    stretches,
)
from tests.custody.judge.world import World

#: Past so many completions of one register a question is not tried.
MOST = 1024
#: Rows that let more the later they end: one reading serves each bound.
_MONOTONE = ("possessions", "policies", "completeness", "destructions")


class TooManyError(Exception):
    """More completions than the judge tries."""


@dataclass(frozen=True)
class Completions:
    """A register and a question, and every way in which what is doubtful may be."""

    facts: Facts
    asked: Asked

    @cached_property
    def times(self) -> tuple[Stretch, ...]:
        """Return all stretches."""
        return stretches(self.facts, self.asked)

    @cached_property
    def doubtful(self) -> tuple[Fact, ...]:
        """Return the rows that may be true or absent."""
        return tuple(row for row in rows_of(self.facts) if not self.asked.accepts(row))

    @cached_property
    def changing(self) -> tuple[Fact, ...]:
        """Return the rows with a day of doubt that more than one reading must be tried for."""
        times = self.times
        if not (self.asked.scope.destinations or self.asked.copies_persist):
            times = tuple(when for when in times if asked_about(self.asked, when))
        rows = []
        for table in ("affiliations", "ownership", "same_as", "grants", "approvals"):
            for row in getattr(self.facts, table):
                readings = {
                    tuple(span_of(row).covers(w, late_start=late, late_end=not late) for w in times)
                    if table == "approvals"
                    else tuple(span_of(row).covers(w, late_end=late) for w in times)
                    for late in (False, True)
                }
                if len(readings) > 1:
                    rows.append(row)
        return tuple(rows)

    @cached_property
    def joins(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Return the ways in which people who look like one may be one."""
        pairs = tuple(alike(self.facts))
        ways = [
            way
            for size in range(len(pairs) + 1)
            for way in combinations(pairs, size)
            # Alike is not transitive: three are one only where each two are alike.
            if all(
                frozenset((a, d)) in set(map(frozenset, pairs))
                for (a, b), (c, d) in combinations(way, 2)
                if b == c
            )
        ]
        ids = [person.id for person in self.facts.people]
        accounts = [id_ for id_ in ids if id_.startswith(ACCOUNTS)]
        joined = {
            id_
            for row in self.facts.same_as
            if row.kind == "person" and row.same and self.asked.accepts(row)
            for id_ in (row.a, row.b)
        }
        for account in accounts:
            if account not in joined:
                others = [id_ for id_ in ids if id_ != account]
                ways = [
                    (*way, *also)
                    for way in ways
                    for also in ((), *(((account, other),) for other in others))
                ]
        return tuple(ways)

    def count(self) -> int:
        """Return how many there are."""
        return 2 ** len(self.doubtful) * 2 ** len(self.changing) * len(self.joins)

    def worlds(self, *, possible: bool) -> Iterator[World]:
        """Yield each. Raises TooManyError."""
        if self.count() > MOST:
            raise TooManyError(self.count())
        for absent in subsets(self.doubtful):
            gone = set(map(id, absent))
            present = [row for row in self.changing if id(row) not in gone]
            for late, joins in product(subsets(present), self.joins):
                yield World(
                    self.facts, self.asked, absent, late, joins, possible=possible, times=self.times
                )

    def sure(self, when: Iterable[Stretch]) -> set[Stretch]:
        """Return the stretches in which the group can in every completion, whatever is open."""
        left = set(when)
        for world in self.worlds(possible=False):
            if not left:
                break
            answers = world.answers()
            left = {stretch for stretch in left if answers[stretch]}
        return left

    def never(self, when: Iterable[Stretch]) -> set[Stretch]:
        """Return the stretches in which the group can in no completion, whatever is open."""
        left = set(when)
        for world in self.worlds(possible=True):
            if not left:
                break
            answers = world.answers()
            left = {stretch for stretch in left if not answers[stretch]}
        return left


def alike(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield two ids of people of one name, or of one mail address, login or number."""
    texts: dict[str, set[str]] = {person.id: {person.name.casefold()} for person in facts.people}
    for row in facts.same_as:
        if row.kind == "alias" and row.same:
            texts[row.a].add(row.b.casefold())
    for a, b in combinations(texts, 2):
        if texts[a] & texts[b]:
            yield a, b


def subsets(rows: Iterable[Fact]) -> Iterator[tuple[Fact, ...]]:
    """Yield every subset, the empty one first."""
    rows = tuple(rows)
    for chosen in product((False, True), repeat=len(rows)):
        yield tuple(row for row, taken in zip(rows, chosen, strict=True) if taken)
