"""One person under several ids: joined by rows, parted by rows, or alike and neither.

An HR number, a login of a platform and a user of a cloud are rows of people of their own. Accepted
rows of `same_as` join them; rows not accepted may. Two that are alike, and that no accepted row
parts, may be one: of each id directly, since being alike is not handed on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property

from forthwith.custody.facts.alike import alike_pairs
from forthwith.custody.facts.days import Axis
from forthwith.custody.facts.facts import Fact, Facts
from forthwith.custody.questions.groups import Bounds


class SamePeople:
    """Which ids are one person's, on which days."""

    def __init__(self, facts: Facts, axis: Axis, accepts: Callable[[Fact], bool]) -> None:
        self._facts, self._axis, self._accepts = facts, axis, accepts
        self._known: dict[str, Mapping[str, Bounds]] = {}

    def of(self, person: str) -> Mapping[str, Bounds]:
        """Return each id that surely, and perhaps, is this person's; the id itself among them."""
        known = self._known.get(person)
        if known is None:
            known = self._known[person] = self._of(person)
        return known

    def _of(self, person: str) -> Mapping[str, Bounds]:
        full = self._axis.full
        if person not in self._links and person not in self._alike:
            return {person: (full, full)}
        same = self._joined({person: (full, full)})
        near = {
            other: (0, up & days)
            for here, (_, up) in same.items()
            for other, days in self._alike.get(here, {}).items()
        }
        for other, (low, up) in self._joined(near).items():
            was = same.get(other, (0, 0))
            same[other] = was[0] | low, was[1] | up
        if against := self._against(same):
            for other, (low, up) in same.items():
                same[other] = low & ~against if other != person else low, up
        return same

    def _against(self, same: Mapping[str, Bounds]) -> int:
        """Return the days on which ids that others join are parted by a row: it is left open."""
        days = 0
        for pair, (_, perhaps) in self._denied.items():
            lows = [same.get(id_, (0, 0))[0] for id_ in pair]
            days |= perhaps & lows[0] & lows[-1]
        return days

    def _joined(self, start: Mapping[str, Bounds]) -> dict[str, Bounds]:
        same = dict(start)
        waiting = list(start)
        while waiting:
            here = waiting.pop()
            for there, low, up in self._links.get(here, ()):
                was = same.get(there, (0, 0))
                now = (was[0] | same[here][0] & low, was[1] | same[here][1] & up)
                if now != was:
                    same[there] = now
                    waiting.append(there)
        return same

    def parted(self, person: str, other: str) -> int:
        """Return the days on which an accepted row says that two ids are two people."""
        return self._denied.get(frozenset((person, other)), (0, 0))[0]

    @cached_property
    def _denied(self) -> Mapping[frozenset[str], Bounds]:
        """Return for each pair that some row parts the days on which it surely, perhaps, does."""
        denied: dict[frozenset[str], Bounds] = {}
        for row in self._facts.same_as:
            if row.kind == "person" and not row.same:
                pair = frozenset((row.a, row.b))
                surely, perhaps = denied.get(pair, (0, 0))
                whole = self._axis.full
                perhaps |= self._axis.through(row.period) if row.period else whole
                if self._accepts(row):
                    surely |= self._axis.mask(row.period) if row.period else whole
                denied[pair] = surely, perhaps
        return denied

    @cached_property
    def _links(self) -> Mapping[str, list[tuple[str, int, int]]]:
        links: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for row in self._facts.same_as:
            if row.kind == "person" and row.same:
                surely_not, perhaps_not = self._denied.get(frozenset((row.a, row.b)), (0, 0))
                low = self._axis.mask(row.period) if row.period else self._axis.full
                up = self._axis.through(row.period) if row.period else self._axis.full
                accepted = self._accepts(row)
                low = low & ~perhaps_not if accepted else 0
                up = up if accepted else up & ~surely_not
                for here, there in ((row.a, row.b), (row.b, row.a)):
                    links[here].append((there, low, up))
        return links

    @cached_property
    def _alike(self) -> Mapping[str, Mapping[str, int]]:
        alike: dict[str, dict[str, int]] = defaultdict(dict)
        for a, b, why in _pairs(self._facts):
            self.reasons[a, b] = self.reasons[b, a] = why
            if days := self._axis.full & ~self._denied.get(frozenset((a, b)), (0, 0))[0]:
                alike[a][b] = alike[b][a] = days
        return alike

    @cached_property
    def reasons(self) -> dict[tuple[str, str], str]:
        """Return why two ids may be one person's, as clauses, as far as they were looked at."""
        return {}


#: The pairs of the facts asked about last, with the tables they were worked out of: one register is
#: asked many questions.
_LAST: list[tuple[object, object, tuple[tuple[str, str, str], ...]]] = []


def _pairs(facts: Facts) -> tuple[tuple[str, str, str], ...]:
    """Return the ids that are alike with the reason, worked out once for the same tables."""
    for people, same_as, pairs in _LAST:
        if people is facts.people and same_as is facts.same_as:
            return pairs
    aliases: dict[str, list[str]] = defaultdict(list)
    for row in facts.same_as:
        if row.kind == "alias" and row.same:
            aliases[row.a].append(row.b)
    pairs = tuple(alike_pairs(facts.people, aliases))
    _LAST[:] = [(facts.people, facts.same_as, pairs)]
    return pairs
