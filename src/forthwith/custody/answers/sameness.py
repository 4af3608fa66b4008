"""One person or one thing under several ids: joined by rows, parted by rows, or only alike.

An HR number, a login of a platform and a user of a cloud are rows of people of their own; a key is
written with and without its origin. Accepted rows of `same_as` join them, rows not accepted may,
and rows that say the opposite leave it open, also where they meet over a third id. Two people who
are alike, and whom no accepted row parts, may be one: of each id directly, since being alike is not
handed on. What one public key or address proves no row denies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from forthwith.custody.facts.alike import alike_pairs
from forthwith.custody.facts.days import Axis
from forthwith.custody.facts.facts import Fact, Facts, Means, SameAs
from forthwith.custody.facts.identity import MeansLink, links
from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.questions.groups import Bounds

#: From an id to ids that are the same, each with the days on which it surely, and perhaps, is.
Links = Mapping[str, list[tuple[str, int, int]]]


@dataclass(frozen=True, slots=True)
class Join:
    """Two ids that are one: surely in `low`, perhaps in `up`."""

    a: str
    b: str
    low: int
    up: int
    fact: Means | SameAs
    #: Where it would be sure but for rows that say the opposite.
    doubtful: int = 0
    #: For two rows of means that prove it: why, as a clause.
    why: str = ""


class _Rows:
    """The rows of `same_as` of one kind, over the axis."""

    def __init__(
        self, facts: Facts, kind: str, axis: Axis, accepts: Callable[[Fact], bool]
    ) -> None:
        self._axis, self._accepts = axis, accepts
        rows = [row for row in facts.same_as if row.kind == kind]
        #: For each pair that some row parts the days on which it surely, and perhaps, does.
        self.denied: dict[frozenset[str], Bounds] = {}
        for row in rows:
            if not row.same:
                pair = frozenset((row.a, row.b))
                surely, perhaps = self.denied.get(pair, (0, 0))
                low, up = self._days(row)
                self.denied[pair] = surely | (low if accepts(row) else 0), perhaps | up
        self.joins = tuple(self._join(row) for row in rows if row.same)

    def _days(self, row: SameAs) -> Bounds:
        """Return the days of a row, without and through the day it ends on."""
        if row.period is None:
            return self._axis.full, self._axis.full
        return self._axis.mask(row.period), self._axis.through(row.period)

    def _join(self, row: SameAs) -> Join:
        surely_not, perhaps_not = self.parted(row.a, row.b)
        low, up = self._days(row)
        if not self._accepts(row):
            return Join(row.a, row.b, 0, up & ~surely_not, row)
        return Join(row.a, row.b, low & ~perhaps_not, up, row, low & perhaps_not)

    def parted(self, a: str, b: str) -> Bounds:
        """Return the days on which some row surely, and perhaps, says that two ids are two."""
        return self.denied.get(frozenset((a, b)), (0, 0))


def spread(start: Mapping[str, Bounds], linked: Links) -> dict[str, Bounds]:
    """Return every id that links lead to, with the days on which it surely, and perhaps, is one."""
    same = dict(start)
    waiting = list(start)
    while waiting:
        here = waiting.pop()
        for there, low, up in linked.get(here, ()):
            was = same.get(there, (0, 0))
            now = (was[0] | same[here][0] & low, was[1] | same[here][1] & up)
            if now != was:
                same[there] = now
                waiting.append(there)
    return same


class SamePeople:
    """Which ids are one person's, on which days."""

    def __init__(self, facts: Facts, axis: Axis, accepts: Callable[[Fact], bool]) -> None:
        self._facts, self._axis = facts, axis
        self._rows = _Rows(facts, "person", axis, accepts)
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
        same = spread({person: (full, full)}, self._links)
        near = {
            other: (0, up & days)
            for here, (_, up) in same.items()
            for other, days in self._alike.get(here, {}).items()
        }
        for other, (low, up) in spread(near, self._links).items():
            was = same.get(other, (0, 0))
            same[other] = was[0] | low, was[1] | up
        if against := self._against(same):
            for other, (low, up) in same.items():
                same[other] = low & ~against if other != person else low, up
        return same

    def _against(self, same: Mapping[str, Bounds]) -> int:
        """Return the days on which ids that others join are parted by a row: it is left open."""
        days = 0
        for pair, (_, perhaps) in self._rows.denied.items():
            lows = [same.get(id_, (0, 0))[0] for id_ in pair]
            days |= perhaps & lows[0] & lows[-1]
        return days

    def parted(self, person: str, other: str) -> int:
        """Return the days on which an accepted row says that two ids are two people."""
        return self._rows.parted(person, other)[0]

    @cached_property
    def _links(self) -> Links:
        linked: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for join in self._rows.joins:
            linked[join.a].append((join.b, join.low, join.up))
            linked[join.b].append((join.a, join.low, join.up))
        return linked

    @cached_property
    def _alike(self) -> Mapping[str, Mapping[str, int]]:
        alike: dict[str, dict[str, int]] = defaultdict(dict)
        for a, b, why in _pairs(self._facts):
            self.reasons[a, b] = self.reasons[b, a] = why
            if days := self._axis.full & ~self.parted(a, b):
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


def joined_means(facts: Facts, axis: Axis, accepts: Callable[[Fact], bool]) -> tuple[Join, ...]:
    """Return what makes two rows of means one, by proof or by what people know.

    Joins by which two would be one that a row says are two, over others between them, are open.
    """
    rows = _Rows(facts, "means", axis, accepts)
    proved = (_proved(link, rows, axis.full, accepts) for link in links(facts.means))
    joins = [join for join in (*rows.joins, *proved) if join.up]
    one = _Union()
    for join in joins:
        one.unite(join.a, join.b)
    against: dict[str, int] = defaultdict(int)
    for pair, (_, perhaps) in rows.denied.items():
        roots = {one.root(id_) for id_ in pair}
        if len(roots) == 1:
            against[roots.pop()] |= perhaps
    return tuple(
        replace(join, low=join.low & ~denied, doubtful=join.doubtful | join.low & denied)
        for join in joins
        for denied in (against.get(one.root(join.a), 0),)
    )


def _proved(link: MeansLink, rows: _Rows, full: int, accepts: Callable[[Fact], bool]) -> Join:
    a, b = link.a.id, link.b.id
    surely_not, perhaps_not = rows.parted(a, b)
    # What one key proves no row denies; of one seed it may be said that it is two.
    up = full if link.key else full & ~surely_not
    low = full if link.key and accepts(link.a) and accepts(link.b) else 0
    return Join(a, b, low & ~perhaps_not, up, link.b, low & perhaps_not, link.why)


class _Union:
    """Ids in sets of the same (union and find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._above

    def root(self, name: str) -> str:
        """Return the id that stands for all of the same; an id joined to none stands for itself."""
        while (above := self._above.get(name, name)) != name:
            name = above
        return name

    def unite(self, a: str, b: str) -> None:
        """Make two sets one."""
        for name in (a, b):
            self._above.setdefault(name, name)
        self._above[self.root(a)] = self.root(b)


class CountedOnce:
    """Shares that are one under two ids, so that no count counts one of them twice."""

    def __init__(self, joins: Iterable[Join], shares: Mapping[str, bool], full: int) -> None:
        """Take the shares with whether their rows are accepted."""
        self._surely, self._perhaps = _Union(), _Union()
        for join in joins:
            if join.a not in shares or join.b not in shares:
                # A key in several places of a script signs for each of them.
                continue
            self._perhaps.unite(join.a, join.b)
            if join.low == full and shares[join.a] and shares[join.b]:
                self._surely.unite(join.a, join.b)

    def once(self, formula: Network, *, surely: bool) -> Network:
        """Return the formula with each thing counted once.

        For the lower bound (`surely`) what may be one is one, for the upper what surely is.
        """
        one = self._perhaps if surely else self._surely
        if not any(leaf in one for leaf in formula.leaves()):
            return formula
        nodes: dict[str, Gate] = {}
        for name, gate in formula.nodes.items():
            kept: list[str] = []
            for number, same in enumerate(_alike_parts(gate, one, formula)):
                if len(set(same)) == 1:
                    # Named twice on purpose: a script may ask one key for two signatures.
                    kept += same
                    continue
                kept.append(joined := f"{name}({number}:one thing)")
                nodes[joined] = Gate(1, tuple(dict.fromkeys(same)))
            nodes[name] = Gate(gate.k, tuple(kept))
        return Network(formula.top, nodes)


def _alike_parts(gate: Gate, one: _Union, formula: Network) -> Iterator[list[str]]:
    """Yield the parts of a gate, those that are one thing together."""
    parts: dict[str, list[str]] = {}
    for part in gate.of:
        parts.setdefault(one.root(part) if part not in formula.nodes else part, []).append(part)
    yield from parts.values()
