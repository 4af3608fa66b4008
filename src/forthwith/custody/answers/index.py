"""The facts over one axis of time and on one standard of proof, indexed for asking.

A fact is *accepted* when its standing is good enough and nobody disputes it (or disputes are to be
passed over). What is doubtful never helps the conclusion. Rows that let more people move more
(possessions, grants, ties, joined ids) count in the lower bound where they are accepted and in the
upper in any case; rows that let fewer (completeness, approvals, destructions, what says that two
ids are two) count in the upper bound where they are accepted and in the lower in any case.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from forthwith.custody.answers.sameness import (
    CountedOnce,
    Join,
    SamePeople,
    joined_means,
    spread,
)
from forthwith.custody.facts.days import Axis, Clock, Tick
from forthwith.custody.facts.facts import (
    Affiliation,
    ApprovalPolicy,
    Fact,
    Facts,
    Grant,
    Means,
    Possession,
    ProofLevel,
    SameAs,
    SpendingPolicy,
)
from forthwith.custody.facts.locks import opening
from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.facts.words import fold
from forthwith.custody.questions.groups import Bounds
from forthwith.custody.questions.scope import ScopeTerms
from forthwith.domain.period import Period

#: With `of`, the thing itself once more.
_SAME = ("copy", "backup", "seed")
#: With `of`, it may open or hold that means; only a grant shows that it does.
_BEARERS = ("key", "device", "credential", "role", "host", "vendor_path", "passphrase")
_GIVERS = frozenset((*_SAME, *_BEARERS))
#: What can be copied without its holder missing it.
COPYABLE = frozenset(("key", "share", "copy", "backup", "credential", "seed", "passphrase"))
#: Tables whose first day is the first the facts speak of what can be moved.
_MOVING = ("possessions", "completeness", "grants", "policies", "approvals", "destructions")


@dataclass(frozen=True, slots=True)
class Edge:
    """Whoever meets `source` has `gives`: surely in `low`, perhaps in `up`."""

    source: Network
    gives: str
    low: int
    up: int
    fact: Grant | Means | SameAs
    #: What has to be met in the lower bound, where shares may be one under two ids.
    low_source: Network
    #: In these of `up` it counts only because an old way to rebuild a key is not retired.
    unretired: int = 0
    #: Where it would count in the lower bound but for a condition or a row not relied on.
    doubtful: int = 0
    #: For two rows of means that are one: why, as a clause.
    why: str = ""

    @property
    def simple(self) -> bool:
        """Return whether one means alone gives the other."""
        return not self.source.nodes


@dataclass(frozen=True, slots=True)
class PossessionDays:
    """One possession over the axis."""

    fact: Possession
    low: int
    up: int

    @property
    def accepted(self) -> bool:
        """Return whether it counts in the lower bound on some day."""
        return bool(self.low)


def in_place(whole: str) -> str:
    """Return the leaf of a whole that serves in place of its parts; no means is called so."""
    return f"(={whole})"


class Model:
    """Facts, indexed. Everything about time is a bit set over `axis`."""

    def __init__(
        self,
        facts: Facts,
        axis: Axis,
        standing: ProofLevel,
        *,
        accept_disputed: bool = False,
        asked: Period | None = None,
    ) -> None:
        self.facts, self.axis, self.standing = facts, axis, standing
        self.full = axis.full
        #: The stretches the question is about; earlier ones are history.
        self.asked = axis.mask(asked) if asked else axis.full
        self._accept_disputed = accept_disputed
        self.means = {means.id: means for means in facts.means}
        self.wallets = {wallet.id: wallet for wallet in facts.wallets}
        self.people = {person.id: person.name for person in facts.people}
        self.complete = self._complete_days()
        self.same = SamePeople(facts, axis, self.accepts)
        self.holders: dict[str, list[PossessionDays]] = defaultdict(list)
        for possession in facts.possessions:
            if up := axis.through(possession.period):
                low = axis.mask(possession.period) if self.accepts(possession) else 0
                self.holders[possession.means].append(PossessionDays(possession, low, up))
        self.destroyed = self._destroyed()
        joins = joined_means(facts, axis, self.accepts)
        self.joins = tuple(edge for join in joins for edge in _both_ways(join))
        self._destroyed_elsewhere()
        shares = {means.id: self.accepts(means) for means in facts.means if means.kind == "share"}
        self._one = CountedOnce(joins, shares, self.full)
        self.edges = tuple(self._edges())
        #: For each means, the grants it has a part in.
        self.after: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            for leaf in (edge.source.top,) if edge.simple else edge.source.leaves():
                self.after[leaf].append(edge)
        #: For each means, what gives it.
        self.into: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            self.into[edge.gives].append(edge)
        self.policies: dict[str, list[SpendingPolicy]] = defaultdict(list)
        for policy in facts.policies:
            self.policies[policy.wallet].append(policy)
        self.approvals: dict[str, list[ApprovalPolicy]] = defaultdict(list)
        for approval in facts.approvals:
            self.approvals[approval.wallet].append(approval)
        self._ties: dict[str, list[Affiliation]] = defaultdict(list)
        for tie in facts.affiliations:
            self._ties[tie.person].append(tie)
        self._names: dict[tuple[str, bool], dict[str, Bounds]] = {}
        self._wide: dict[int, Network] = {}
        self._narrow: dict[tuple[int, bool], Network] = {}
        self._alone: dict[str, Network] = {}
        self._anyone: dict[tuple[tuple[str, ...], str, bool], int] = {}
        self.terms = ScopeTerms(facts, self.accepts)

    def accepts(self, fact: Fact) -> bool:
        """Return whether the fact counts on the standard asked for."""
        return fact.standing <= self.standing and (self._accept_disputed or not fact.disputed)

    def _complete_days(self) -> dict[str, int]:
        complete: dict[str, int] = defaultdict(int)
        for row in self.facts.completeness:
            if self.accepts(row):
                complete[row.means] |= self.axis.mask(row.period)
        return complete

    def _destroyed(self) -> dict[str, Bounds]:
        """Return when a means was surely there no more, and when perhaps not."""
        gone: dict[str, Bounds] = {}
        for row in self.facts.destructions:
            surely, perhaps = gone.get(row.means, (0, 0))
            clock = self.axis.clock
            perhaps |= self.axis.between(clock.first(row.period), None)
            if self.accepts(row):
                surely |= self.axis.between(clock.settled(row.period), None)
            gone[row.means] = surely, perhaps
        return gone

    def open_days(self, target: str) -> int:
        """Return the days on which the rows listed for a means, person or wallet may not be all.

        A list of one id of a thing is a list of all its ids, where it is shown to be one thing.
        """
        closed = self.complete.get(target, 0)
        if target in self._surely_one:
            for other, low in self._surely_one[target]:
                closed |= self.complete.get(other, 0) & low
        return self.full & ~closed

    @cached_property
    def _surely_one(self) -> Mapping[str, list[tuple[str, int]]]:
        one: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for edge in self.joins:
            if edge.low:
                one[edge.source.top].append((edge.gives, edge.low))
        return one

    def _destroyed_elsewhere(self) -> None:
        """Count a thing as perhaps destroyed where a row says so under another of its ids."""
        for edge in self.joins if self.destroyed else ():
            if isinstance(edge.fact, SameAs) and edge.source.top in self.destroyed:
                surely, perhaps = self.destroyed.get(edge.gives, (0, 0))
                perhaps |= self.destroyed[edge.source.top][1] & edge.up
                self.destroyed[edge.gives] = surely, perhaps

    def reappearing(self, possession: Possession) -> bool:
        """Return whether somebody had a means only after a row says that it was destroyed."""
        clock = self.axis.clock
        return any(
            row.means == possession.means
            and clock.settled(row.period) <= clock.first(possession.period)
            for row in self.facts.destructions
        )

    def _edges(self) -> Iterator[Edge]:
        wraps = self._wraps()
        for grant in self.facts.grants:
            up = self.axis.through(grant.period)
            later = self._unretired(grant) & ~up
            if up or later:
                days = self.axis.mask(grant.period) if self.accepts(grant) else 0
                low, doubtful = (0, days) if grant.condition else (days, 0)
                yield self._edge(grant.source, grant.gives, low, up | later, grant, later, doubtful)
        for means in self.facts.means:
            # A share on poor authority may be the whole: its kind is not relied on either.
            if means.of and (means.kind in _GIVERS or not self.accepts(means)):
                told, accepted = wraps.get(means.id, (False, 0))
                # What one grant says it takes does not say that there is no other way.
                accepted &= ~self.open_days(f"ways:{means.of}")
                sure = means.kind in _SAME and self.accepts(means)
                if up := self.full & ~accepted:
                    source = Network(means.id, {})
                    low = self.full if sure and not told else 0
                    doubtful = up if sure and told else 0
                    yield self._edge(source, means.of, low, up, means, doubtful=doubtful)
        yield from self._shared()
        yield from self.joins

    def _edge(
        self,
        source: Network,
        gives: str,
        low: int,
        up: int,
        fact: Grant | Means,
        unretired: int = 0,
        doubtful: int = 0,
    ) -> Edge:
        wide, narrow = self._one.once(source, surely=False), self._one.once(source, surely=True)
        return Edge(wide, gives, low, up, fact, narrow, unretired, doubtful)

    def _wraps(self) -> Mapping[str, tuple[bool, int]]:
        """Return for each means that says what it is of whether some grant says what else it takes.

        With the days on which an accepted one does.
        """
        wraps: dict[str, tuple[bool, int]] = {}
        for grant in self.facts.grants:
            for leaf in grant.source.leaves():
                row = self.means.get(leaf)
                if row is None or row.of != grant.gives or grant.source.met({leaf: 1}):
                    continue
                days = wraps.get(leaf, (False, 0))[1]
                wraps[leaf] = (
                    True,
                    days | (self.axis.mask(grant.period) if self.accepts(grant) else 0),
                )
        return wraps

    def _unretired(self, grant: Grant) -> int:
        """Return the days on which a way to rebuild a key from old shares may still work.

        A refresh makes new shares of the same key; the old ones give it until no policy uses it.
        """
        if not self._shares_in(grant.source):
            return 0
        return self._later(grant.period) & self._used(grant.gives)

    def unretired(self, policy: SpendingPolicy) -> int:
        """Return the days after its own on which a policy over shares may still be met.

        Shares of one key spend what the key does, whatever the platform has taken over since.
        """
        later = 0
        for whole in {self.means[share].of for share in self._shares_in(policy.formula)} - {""}:
            later |= self._later(policy.period) & self._used(whole)
        return later & ~self.axis.through(policy.period)

    def _shares_in(self, formula: Network) -> list[str]:
        leaves = [self.means[leaf] for leaf in formula.leaves() if leaf in self.means]
        return [row.id for row in leaves if row.kind == "share"]

    def _later(self, period: Period) -> int:
        """Return every day from the first of a period on, where it ends at all."""
        if period.end is None:
            return 0
        return self.axis.between(self.axis.clock.first(period), None)

    def _used(self, means: str) -> int:
        """Return the days on which some policy, accepted or not, may go by a means."""
        leads = {means}
        waiting = [means]
        while waiting:
            here = waiting.pop()
            for there in self._leading.get(here, ()):
                if there not in leads:
                    leads.add(there)
                    waiting.append(there)
        used = 0
        for policy in self.facts.policies:
            if leads & policy.formula.leaves():
                used |= self.axis.through(policy.period)
        return used

    @cached_property
    def _leading(self) -> Mapping[str, set[str]]:
        leading: dict[str, set[str]] = defaultdict(set)
        for grant in self.facts.grants:
            for leaf in grant.source.leaves():
                leading[leaf].add(grant.gives)
        for row in self.facts.means:
            if row.of:
                leading[row.id].add(row.of)
                leading[row.of].add(row.id)
        for edge in self.joins:
            leading[edge.source.top].add(edge.gives)
        return leading

    def _shared(self) -> Iterator[Edge]:
        """Yield that two shares may give the whole where no row says what the ways are.

        One alone gives nothing: else it would be a copy. What a grant says of some shares it does
        not say of others, nor that there is no other way.
        """
        shares: dict[str, list[Means]] = defaultdict(list)
        for means in self.facts.means:
            if means.of and means.kind == "share":
                shares[means.of].append(means)
        for whole, parts in shares.items():
            names = tuple(share.id for share in parts)
            up = self.open_days(f"ways:{whole}")
            if len(names) > 1 and up:
                two = Network("(two shares)", {"(two shares)": Gate(2, names)})
                yield self._edge(two, whole, 0, up, parts[0])

    def beginnings(self) -> dict[str, int]:
        """Return for each means that some dated row names the stretches from the first one on."""
        named: dict[str, int] = defaultdict(int)
        for means, rows in self.holders.items():
            for row in rows:
                named[means] |= row.up
        for grant in self.facts.grants:
            for means in (grant.gives, *grant.source.leaves()):
                named[means] |= self.axis.through(grant.period)
        for complete in self.facts.completeness:
            named[complete.means] |= self.axis.through(complete.period)
        rules = [(row.formula, row.period) for row in self.facts.policies]
        rules += [(row.formula, row.period) for row in self.facts.approvals]
        for formula, period in rules:
            for means in formula.leaves():
                named[means] |= self.axis.through(period)
        for approval in self.facts.approvals:
            if approval.enforced_by:
                named[approval.enforced_by] |= self.axis.through(approval.period)
        return {means: self.axis.after(days) for means, days in named.items()}

    def wide(self, formula: Network) -> Network:
        """Return what meets a formula of the facts at most: what a part is of may serve for it.

        Who has the whole key needs none of its shares, who has its backup not the device it is in.
        """
        if id(formula) not in self._wide:
            once = self._one.once(formula, surely=False)
            others = {
                leaf: tuple(map(in_place, wholes))
                for leaf in once.leaves()
                if (wholes := self.wholes(leaf))
            }
            self._wide[id(formula)] = once.with_others(others) if others else once
        return self._wide[id(formula)]

    def narrow(self, formula: Network, *, relied: bool = False) -> Network:
        """Return what meets a formula at least: shares that may be one count once.

        `relied`: only those that surely are.
        """
        key = id(formula), relied
        if key not in self._narrow:
            self._narrow[key] = self._one.once(formula, surely=not relied)
        return self._narrow[key]

    def alone(self, means: str) -> Network:
        """Return the formula of one means, the same one each time."""
        return self._alone.setdefault(means, Network(means, {}))

    def wholes(self, means: str) -> tuple[str, ...]:
        """Return what a means is of, what that is of, and so on."""
        above: dict[str, None] = {}
        waiting, passed = [means], {means}
        while waiting:
            here = waiting.pop()
            row = self.means.get(here)
            if row is not None and row.of and row.of not in above:
                above[row.of] = None
                waiting.append(row.of)
            # What one id of a thing is of, the thing is of.
            for other in self._other_ids.get(here, ()):
                if other not in passed:
                    passed.add(other)
                    waiting.append(other)
        above.pop(means, None)
        return tuple(above)

    @cached_property
    def _other_ids(self) -> Mapping[str, list[str]]:
        others: dict[str, list[str]] = defaultdict(list)
        for edge in self.joins:
            others[edge.source.top].append(edge.gives)
        return others

    def tied(
        self, person: str, kinds: tuple[str, ...], name: str, *, owned: bool = False
    ) -> Bounds:
        """Return on which days the person surely, and perhaps, has such a tie (`groups.Ties`)."""
        low, up = self.listed(person, kinds, name, owned=owned)
        up |= self.open_ties(person)
        if loose := self.unresolved(person):
            # Whoever it is has the ties of the account and ties of a person's own.
            up |= loose & self._anybodys(kinds, name, owned=owned)
        return low, up

    def _anybodys(self, kinds: tuple[str, ...], name: str, *, owned: bool) -> int:
        """Return the days on which some person listed may have such a tie."""
        key = (kinds, name, owned)
        if key not in self._anyone:
            days = 0
            for person in self.people:
                if ":" not in person:
                    days |= self.listed(person, kinds, name, owned=owned)[1]
                    days |= self.open_ties(person)
            self._anyone[key] = days
        return self._anyone[key]

    def open_ties(self, person: str) -> int:
        """Return the days on which the person may have ties that are not listed.

        Where no tie of anybody is listed, a list is missing, whatever is said to be complete.
        """
        if not self.facts.affiliations:
            return self.full
        closed = 0
        for same, (low, _) in self.same.of(person).items():
            closed |= self.complete.get(f"person:{same}", 0) & low
        return self.full & ~closed

    def listed(
        self, person: str, kinds: tuple[str, ...], name: str, *, owned: bool = False
    ) -> Bounds:
        """Return the days on which the rows surely, and perhaps, tie the person so."""
        low, up = 0, 0
        for same, (surely, maybe) in self.same.of(person).items():
            more_low, more_up = self.listed_alone(same, kinds, name, owned=owned)
            low |= more_low & surely
            up |= more_up & maybe
        return low, up

    def listed_alone(
        self, person: str, kinds: tuple[str, ...], name: str, *, owned: bool = False
    ) -> Bounds:
        """Return the same by the rows under this one id."""
        low, up = 0, 0
        names = self.names_of(name, owned=owned)
        for tie in self._ties.get(person, ()):
            if tie.kind in kinds:
                sure, perhaps = names.get(tie.entity, (0, 0))
                if tie.value:
                    by_value = _same_place(tie.kind, tie.value, name)
                    sure |= self.full if by_value[0] else 0
                    perhaps |= self.full if by_value[1] else 0
                low |= self.axis.mask(tie.period) & sure if self.accepts(tie) else 0
                up |= self.axis.through(tie.period) & perhaps
        return low, up

    def ties_of(self, person: str) -> list[Affiliation]:
        """Return the ties listed for the person, under any id that surely is the person's."""
        return [
            tie
            for same, (low, _) in self.same.of(person).items()
            if low
            for tie in self._ties.get(same, ())
        ]

    def perhaps_ties_of(self, person: str) -> list[Affiliation]:
        """Return the ties listed for the person under any id that may be the person's."""
        return [tie for same in self.same.of(person) for tie in self._ties.get(same, ())]

    def identity(self, person: str) -> Mapping[str, Bounds]:
        """Return every id that is the person's, surely and perhaps (`groups.Ties`)."""
        return self.same.of(person)

    def anybody(self, person: str, people: frozenset[str]) -> int:
        """Return the days on which an id nobody tied to a person may be one of these.

        (`groups.Ties`) An account of an export may be anybody's but whose a row says it is not;
        so whoever is asked about by an account may be anybody.
        """
        own = self.unresolved(person)
        days = 0
        for other in people:
            if other != person:
                days |= (own | self.unresolved(other)) & ~self.same.parted(person, other)
        return days

    def unresolved(self, person: str) -> int:
        """Return the days on which no accepted row says whose an account is."""
        if ":" not in person:
            return 0
        known = 0
        for other, (low, _) in self.same.of(person).items():
            known |= low if other != person and ":" not in other else 0
        return self.full & ~known

    def names_of(self, entity: str, *, owned: bool = False) -> dict[str, Bounds]:
        """Return every id whose people are the entity's, with the days on which it is so.

        Another name of an entity is the entity on every day. What the entity owns or controls is
        perhaps the entity; with `owned` it surely is.
        """
        if (entity, owned) not in self._names:
            self._names[entity, owned] = self._same(entity, owned=owned)
        return self._names[entity, owned]

    def _same(self, entity: str, *, owned: bool) -> dict[str, Bounds]:
        linked: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for alias in self.facts.entities:
            if alias.alias_of:
                # A rename ends no employment: a tie under the old name is a tie to the entity.
                low = self.full if self.accepts(alias) else 0
                linked[alias.id].append((alias.alias_of, low, self.full))
                linked[alias.alias_of].append((alias.id, low, self.full))
        for row in self.facts.ownership:
            low = self.axis.mask(row.period) if owned and self.accepts(row) else 0
            linked[row.owner].append((row.entity, low, self.axis.through(row.period)))
        return spread({entity: (self.full, self.full)}, linked)


def _same_place(kind: str, value: str, name: str) -> tuple[bool, bool]:
    """Return whether a word of a row surely, and perhaps, is the word asked about.

    Of places a part lies in the whole (ISO 3166-2: US-NY in US), and who is in the whole may be in
    any part.
    """
    said, asked = fold(value), fold(name)
    if said == asked:
        return True, True
    if kind != "location":
        return False, False
    return said.startswith(f"{asked}-"), said.startswith(f"{asked}-") or asked.startswith(
        f"{said}-"
    )


def _both_ways(join: Join) -> Iterator[Edge]:
    """Yield that whoever has the one id has the other."""
    for source, gives in ((join.a, join.b), (join.b, join.a)):
        network = Network(source, {})
        yield Edge(
            network,
            gives,
            join.low,
            join.up,
            join.fact,
            network,
            doubtful=join.doubtful,
            why=join.why,
        )


def spoken_periods(facts: Facts) -> Iterator[tuple[str, Period]]:
    """Yield the period of every dated row that an answer can turn on, with its table."""
    for table in (*_MOVING, "affiliations", "ownership"):
        for fact in getattr(facts, table):
            yield table, fact.period
    for row in facts.same_as:
        if row.period:
            yield "same_as", row.period


def bounds(facts: Facts) -> tuple[set[date], set[date]]:
    """Return the days on which some fact begins, and those on which some fact ends."""
    periods = {id(period): period for _, period in spoken_periods(facts)}
    ends = {period.end for period in periods.values() if period.end is not None}
    return {period.start for period in periods.values()}, ends


def whole(facts: Facts, asked: Period | None) -> Period:
    """Return the time a question is about: as asked, or all days the facts speak of.

    An end not given is the day after the last day on which a fact changes.
    """
    if asked is not None and asked.end is not None:
        return asked
    starts, ends = bounds(facts)
    start = asked.start if asked else min(starts, default=date(2000, 1, 1))
    last = max([start, *(day for day in starts if day > start)])
    end = max([last + timedelta(1), *(day for day in ends if day > start)])
    return replace(asked, end=end) if asked else Period(start, end)


def model_of(
    facts: Facts,
    asked: Period | None,
    standing: ProofLevel,
    *,
    accept_disputed: bool = False,
    history: bool = False,
) -> Model:
    """Index the facts over the time asked about; `history` goes back to the first fact as well."""
    days = whole(facts, asked)
    clock = Clock(facts.zone)
    cuts: set[Tick] = {
        tick
        for policy in facts.policies
        if policy.scope
        for tick in opening(dict(policy.scope).get("after", "")) or ()
        if tick is not None
    }
    # Equal cells were read once, so equal periods are mostly one object.
    periods = {
        (table in ("approvals", "destructions"), id(period)): period
        for table, period in spoken_periods(facts)
    }
    for (binding, _), period in periods.items():
        cuts.update(clock.cuts(period, binding=binding))
    span = days
    if history:
        starts = [p.start for table in _MOVING for p in (f.period for f in getattr(facts, table))]
        first = min([days.start, *starts])
        if first < days.start:
            span = replace(days, start=first, starts_at=None)
            cuts.add(clock.first(days))
    axis = Axis(span, cuts, clock)
    return Model(facts, axis, standing, accept_disputed=accept_disputed, asked=days)
