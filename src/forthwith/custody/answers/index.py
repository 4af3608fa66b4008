"""The facts over one axis of days and on one standard of proof, indexed for asking.

A fact is *accepted* when its standing is good enough and nobody disputes it (or disputes are to be
passed over). Everything else is open: absent from the lower bound, possible in the upper.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from forthwith.custody.facts.days import Axis
from forthwith.custody.facts.facts import (
    Affiliation,
    ApprovalPolicy,
    Fact,
    Facts,
    Grant,
    Means,
    Possession,
    ProofLevel,
    SpendingPolicy,
)
from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.facts.words import fold
from forthwith.custody.questions.groups import Bounds
from forthwith.custody.questions.scope import ScopeTerms
from forthwith.domain.period import Period

#: With `of`, the thing itself once more.
_SAME = ("copy", "backup")
#: With `of`, it may open or hold that means; only a grant shows that it does.
_BEARERS = ("key", "device", "credential", "role", "host", "vendor_path")
_GIVERS = frozenset((*_SAME, *_BEARERS))


@dataclass(frozen=True, slots=True)
class Edge:
    """Whoever meets `source` has `gives`, on these days: surely, or perhaps."""

    source: Network
    gives: str
    days: int
    sure: bool
    fact: Grant | Means

    @property
    def simple(self) -> bool:
        """Return whether one means alone gives the other."""
        return not self.source.nodes


@dataclass(frozen=True, slots=True)
class PossessionDays:
    """One possession over the axis."""

    fact: Possession
    days: int
    accepted: bool


def in_place(whole: str) -> str:
    """Return the leaf of a whole that serves in place of its parts; no means is called so."""
    return f"(={whole})"


class Model:
    """Facts, indexed. Everything about days is a bit set over `axis`."""

    def __init__(
        self, facts: Facts, axis: Axis, standing: ProofLevel, *, accept_disputed: bool = False
    ) -> None:
        self.facts, self.axis, self.standing = facts, axis, standing
        self.full = axis.full
        self._accept_disputed = accept_disputed
        self.means = {means.id: means for means in facts.means}
        self.people = {person.id: person.name for person in facts.people}
        self.complete = self._complete_days()
        self.holders: dict[str, list[PossessionDays]] = defaultdict(list)
        for possession in facts.possessions:
            if days := axis.mask(possession.period):
                self.holders[possession.means].append(
                    PossessionDays(possession, days, self.accepts(possession))
                )
        self.edges = tuple(self._edges())
        #: For each means, the grants it has a part in.
        self.after: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            for leaf in (edge.source.top,) if edge.simple else edge.source.leaves():
                self.after[leaf].append(edge)
        self.policies: dict[str, list[SpendingPolicy]] = defaultdict(list)
        for policy in facts.policies:
            self.policies[policy.wallet].append(policy)
        self.approvals: dict[str, list[ApprovalPolicy]] = defaultdict(list)
        for approval in facts.approvals:
            self.approvals[approval.wallet].append(approval)
        self._ties: dict[str, list[Affiliation]] = defaultdict(list)
        for tie in facts.affiliations:
            self._ties[tie.person].append(tie)
        self._names: dict[str, dict[str, Bounds]] = {}
        self._wide: dict[int, Network] = {}
        self._alone: dict[str, Network] = {}
        self.terms = ScopeTerms(facts, self.accepts)

    def accepts(self, fact: Fact) -> bool:
        """Return whether the fact counts on the standard asked for."""
        return fact.standing <= self.standing and (self._accept_disputed or not fact.disputed)

    def _sure(self, grant: Grant) -> bool:
        return self.accepts(grant) and not grant.condition

    def _complete_days(self) -> dict[str, int]:
        complete: dict[str, int] = defaultdict(int)
        for row in self.facts.completeness:
            if self.accepts(row):
                complete[row.means] |= self.axis.mask(row.period)
        return complete

    def open_days(self, target: str) -> int:
        """Return the days on which the rows listed for a means, person or wallet may not be all."""
        return self.full & ~self.complete.get(target, 0)

    def _edges(self) -> Iterator[Edge]:
        for grant in self.facts.grants:
            if days := self.axis.mask(grant.period):
                yield Edge(grant.source, grant.gives, days, self._sure(grant), grant)
        for means in self.facts.means:
            # A share on poor authority may be the whole: its kind is not relied on either.
            if means.of and (means.kind in _GIVERS or not self.accepts(means)):
                sure = means.kind in _SAME and self.accepts(means)
                yield Edge(Network(means.id, {}), means.of, self.full, sure, means)
        yield from self._shared()

    def _shared(self) -> Iterator[Edge]:
        """Yield, where no grant says how many shares give the whole, that two may.

        One alone gives nothing: else it would be a copy. A grant that is not sure says nothing.
        """
        shares: dict[str, list[Means]] = defaultdict(list)
        for means in self.facts.means:
            if means.of and means.kind == "share":
                shares[means.of].append(means)
        for whole, parts in shares.items():
            names = tuple(share.id for share in parts)
            settled = 0
            for grant in self.facts.grants:
                if self._sure(grant) and grant.gives == whole and grant.source.leaves() & {*names}:
                    settled |= self.axis.mask(grant.period)
            if len(names) > 1 and settled != self.full:
                two = Network("(two shares)", {"(two shares)": Gate(2, names)})
                yield Edge(two, whole, self.full & ~settled, False, parts[0])

    def wide(self, formula: Network) -> Network:
        """Return what meets a formula of the facts at most: what a part is of may serve for it.

        Who has the whole key needs none of its shares, who has its backup not the device it is in.
        """
        if id(formula) not in self._wide:
            others = {
                leaf: tuple(map(in_place, wholes))
                for leaf in formula.leaves()
                if (wholes := self.wholes(leaf))
            }
            self._wide[id(formula)] = formula.with_others(others) if others else formula
        return self._wide[id(formula)]

    def alone(self, means: str) -> Network:
        """Return the formula of one means, the same one each time."""
        return self._alone.setdefault(means, Network(means, {}))

    def wholes(self, means: str) -> tuple[str, ...]:
        """Return what a means is of, what that is of, and so on."""
        above: dict[str, None] = {means: None}
        row = self.means.get(means)
        while row is not None and row.of and row.of not in above:
            above[row.of] = None
            row = self.means.get(row.of)
        return tuple(above)[1:]

    def tied(self, person: str, kinds: tuple[str, ...], name: str) -> Bounds:
        """Return on which days the person surely, and perhaps, has such a tie (`groups.Ties`)."""
        low, up = self.listed(person, kinds, name)
        return low, up | self.open_ties(person)

    def open_ties(self, person: str) -> int:
        """Return the days on which the person may have ties that are not listed.

        Where no tie of anybody is listed, a list is missing, whatever is said to be complete.
        """
        return self.open_days(f"person:{person}") if self.facts.affiliations else self.full

    def listed(self, person: str, kinds: tuple[str, ...], name: str) -> Bounds:
        """Return the days on which the rows surely, and perhaps, tie the person so."""
        low, up = 0, 0
        names = self.names_of(name)
        for tie in self._ties.get(person, ()):
            if tie.kind in kinds:
                by_value = tie.value and fold(tie.value) == fold(name)
                sure, perhaps = names.get(tie.entity, (0, 0))
                if by_value:
                    sure, perhaps = self.full, self.full
                days = self.axis.mask(tie.period)
                low |= days & sure if self.accepts(tie) else 0
                up |= days & perhaps
        return low, up

    def ties_of(self, person: str) -> list[Affiliation]:
        """Return the person's ties as listed."""
        return self._ties.get(person, [])

    def names_of(self, entity: str) -> dict[str, Bounds]:
        """Return every id that is the same entity under another name, with the days it is so."""
        if entity not in self._names:
            self._names[entity] = self._same(entity)
        return self._names[entity]

    def _same(self, entity: str) -> dict[str, Bounds]:
        links: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for alias in self.facts.entities:
            if alias.alias_of:
                days = self.axis.mask(alias.period) if alias.period else self.full
                # An alias nobody has shown may have been one at any time.
                low, up = (days, days) if self.accepts(alias) else (0, self.full)
                links[alias.id].append((alias.alias_of, low, up))
                links[alias.alias_of].append((alias.id, low, up))
        same: dict[str, Bounds] = {entity: (self.full, self.full)}
        waiting = [entity]
        while waiting:
            here = waiting.pop()
            for there, low, up in links[here]:
                was = same.get(there, (0, 0))
                now = (was[0] | same[here][0] & low, was[1] | same[here][1] & up)
                if now != was:
                    same[there] = now
                    waiting.append(there)
        return same


def bounds(facts: Facts) -> tuple[set[date], set[date]]:
    """Return the days on which some fact begins, and those on which some fact ends."""
    tables = (
        facts.affiliations,
        facts.possessions,
        facts.completeness,
        facts.grants,
        facts.policies,
        facts.approvals,
    )
    periods = {id(fact.period): fact.period for table in tables for fact in table}
    periods |= {id(entity.period): entity.period for entity in facts.entities if entity.period}
    ends = {period.end for period in periods.values() if period.end is not None}
    return {period.start for period in periods.values()}, ends


def whole(facts: Facts, asked: Period | None) -> Period:
    """Return the days a question is about: as asked, or all days the facts speak of.

    An end not given is the day after the last day on which a fact changes.
    """
    return _whole(*bounds(facts), asked)


def _whole(starts: set[date], ends: set[date], asked: Period | None) -> Period:
    start = asked.start if asked else min(starts, default=date(2000, 1, 1))
    end = asked.end if asked else None
    if end is None:
        last = max([start, *(day for day in starts if day > start)])
        end = max([last + timedelta(1), *(day for day in ends if day > start)])
    return Period(start, end)


def model_of(
    facts: Facts, asked: Period | None, standing: ProofLevel, *, accept_disputed: bool = False
) -> Model:
    """Index the facts over the days asked about."""
    starts, ends = bounds(facts)
    axis = Axis(_whole(starts, ends, asked), starts | ends)
    return Model(facts, axis, standing, accept_disputed=accept_disputed)
