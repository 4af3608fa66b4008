"""Witnesses: for *shown*, the facts that put a sufficient set of means in the group's hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace

from forthwith.custody.answers.answers import CitedFact
from forthwith.custody.answers.approvals import ANY_AMOUNT, NOTHING, Approval, Joined, Need
from forthwith.custody.answers.index import Edge, Model
from forthwith.custody.answers.plans import ANYWHERE, Chains, Leg, Movement, Plan, Way
from forthwith.custody.answers.reach import Reach
from forthwith.custody.facts.days import bits
from forthwith.custody.facts.facts import Fact, Grant, Means, Possession, SameAs
from forthwith.custody.facts.formula import formula_text
from forthwith.custody.facts.network import Network
from forthwith.custody.facts.words import fold
from forthwith.custody.questions.groups import GROUP, TIE, Bounds, denied


def witness_of(
    reach: Reach, plan: Plan, stretch: int, chains: Chains, wallet: str
) -> tuple[CitedFact, ...]:
    """Return the facts by which a wallet moves on one stretch, by several movements if need be."""
    one = Witness(reach, stretch).of(plan, chains.asked)
    if one or not chains.asks:
        return one
    return tuple(_once(_chained(reach, stretch, chains, chains.node[wallet])))


def _chained(reach: Reach, stretch: int, chains: Chains, start: str) -> Iterator[CitedFact]:
    """Yield the facts of a shortest chain of movements whose last lies on the stretch."""
    came: dict[str, tuple[int, Leg | None]] = {start: (0, None)}
    waiting = [start]
    for here in waiting:
        last = Witness(reach, stretch).of(chains.plans[here], chains.asked)
        if here != start and last and came[here][0] <= stretch:
            yield from _back(reach, came, here)
            yield from last
            return
        for leg in chains.legs:
            low = leg.bounds(reach)[0] >> came[here][0] << came[here][0]
            if leg.source != here or not low:
                continue
            first = next(bits(low))
            if first <= stretch and (leg.target not in came or first < came[leg.target][0]):
                came[leg.target] = (first, leg)
                waiting.append(leg.target)


def _back(
    reach: Reach, came: Mapping[str, tuple[int, Leg | None]], here: str
) -> Iterator[CitedFact]:
    legs: list[tuple[int, Leg]] = []
    when, leg = came[here]
    while leg is not None:
        legs.append((when, leg))
        when, leg = came[leg.source]
    for when, leg in reversed(legs):
        only = replace(leg.plan, ways=(leg.way,))
        yield from Witness(reach, when).of(only, leg.movement)


class Witness:
    """One derivation on one stretch, with nobody in it who could be left out."""

    def __init__(self, reach: Reach, stretch: int) -> None:
        self._reach, self._model = reach, reach.model
        self._bit = 1 << stretch
        #: For each means, the grants of the group it has a part in.
        self._after: dict[str, list[Edge]] = defaultdict(list)
        self._possessions: list[Possession] = []
        self._has: dict[str, Possession | Edge] = {}
        self._asked = ANYWHERE
        self._plan = Plan((), 0, 0)

    def of(self, plan: Plan, asked: Movement = ANYWHERE) -> tuple[CitedFact, ...]:
        """Return the facts that meet one way of the plan; none when none is met."""
        self._plan, self._asked = plan, asked
        self._look_below(plan)
        people = {possession.person for possession in self._possessions}
        ways = self._ways(plan)
        has = self._derive(people)
        if not any(self._met(way, has) for way in ways):
            return ()

        def enough(fewer: list[str]) -> bool:
            has = self._derive(set(fewer))
            return any(self._met(way, has) for way in ways)

        self._has = self._derive(set(_minimal(sorted(people), enough)))
        way = next(way for way in ways if self._met(way, self._has))
        return tuple(_once(self._cited(way)))

    def _ways(self, plan: Plan) -> list[Way]:
        fall = self._reach.assumed.doubts_fall
        return [
            way
            for way in plan.ways
            if way.accepted and way.serves and (fall or not way.condition) and way.low & self._bit
        ]

    def _needs(self, way: Way) -> list[Need]:
        """Return what is asked for besides, for each amount the way surely moves."""
        if not way.approvals and way.limits == ANY_AMOUNT:
            return [NOTHING]
        fall = self._reach.assumed.doubts_fall
        return [
            need
            for tier in self._plan.tiers(way, self._model, self._asked)
            if tier.sure
            for part, need in (tier.relied if fall else tier.low)
            if part & self._bit
        ]

    def _look_below(self, plan: Plan) -> None:
        """Keep the grants and possessions of the group that the plan can rest on."""
        waiting = [means for way in self._ways(plan) for means in _means_of(way)]
        below: set[str] = set()
        while waiting:
            means = waiting.pop()
            if means not in below:
                below.add(means)
                for edge in self._model.into.get(means, ()):
                    if self._reach.low_days(edge) & self._bit:
                        for leaf in edge.source.leaves():
                            self._after[leaf].append(edge)
                            waiting.append(leaf)
        fall = self._reach.assumed.doubts_fall
        for means in sorted(below):
            surely, perhaps = self._model.destroyed.get(means, (0, 0))
            if (surely if fall else perhaps) & self._bit:
                continue
            self._possessions += [
                row.fact
                for row in self._model.holders.get(means, ())
                if row.low & self._reach.member(row.fact.person)[0] & self._bit
            ]

    def _derive(self, people: set[str]) -> dict[str, Possession | Edge]:
        """Return for each means these people have the fact by which they have it."""
        has: dict[str, Possession | Edge] = {}
        for possession in self._possessions:
            if possession.person in people:
                has.setdefault(possession.means, possession)
        waiting = list(has)
        for means in waiting:
            for edge in self._after[means]:
                if edge.gives not in has and _holds(self._reach.low_source(edge), has):
                    has[edge.gives] = edge
                    waiting.append(edge.gives)
        return has

    def _met(self, way: Way, has: Container[str]) -> bool:
        if not self._holds(way.formula, has):
            return False
        return any(self._approved(need, has) for need in self._needs(way))

    def _holds(self, formula: Network, has: Container[str]) -> bool:
        return _holds(self._reach.narrow(formula), has)

    def _approved(self, need: Need | Approval, has: Container[str]) -> bool:
        if isinstance(need, Approval):
            return self._holds(need.formula, has) or need.enforcer in has
        parts = (self._approved(part, has) for part in need.parts)
        return all(parts) if need.joined is Joined.ALL else any(parts)

    def _cited(self, way: Way) -> Iterator[CitedFact]:
        yield _cite(way.fact, _rule(way), "", "", doubtful=bool(way.condition))
        needed = self._needed(way.formula)
        if self._reach.assumed.doubts_fall:
            yield from self._parted(frozenset(needed))
        for part in needed:
            yield from self._derivation(part)
        need = next(need for need in self._needs(way) if self._approved(need, self._has))
        for row in self._rows(need):
            met = self._holds(row.formula, self._has)
            for part in self._needed(row.formula) if met else [row.enforcer]:
                yield from self._derivation(part)
        if self._reach.assumed.doubts_fall:
            yield from self._fallen(way, {id(row.fact) for row in need.rows()})

    def _rows(self, need: Need) -> Iterator[Approval]:
        """Yield the rows by which a need is met: every one of all, the first of any."""
        for part in need.parts:
            if self._approved(part, self._has):
                if isinstance(part, Need):
                    yield from self._rows(part)
                else:
                    yield part
                if need.joined is Joined.ANY:
                    return

    def _fallen(self, way: Way, relied_on: Container[int]) -> Iterator[CitedFact]:
        """Yield the approvals that are not relied on, and that the way would need."""
        for tier in self._plan.tiers(way, self._model, self._asked):
            for part, need in tier.low:
                if part & self._bit and tier.sure:
                    for row in need.rows():
                        if id(row.fact) not in relied_on and not self._approved(row, self._has):
                            asks = formula_text(row.formula)
                            says = f"no approval by {asks} is asked for on {way.path}"
                            yield _cite(row.fact, says, "", "", doubtful=True)

    def _needed(self, formula: Network) -> list[str]:
        """Return leaves that are had and meet the formula, dropping those it can do without."""
        narrow = self._reach.narrow(formula)
        had = sorted(narrow.leaves() & self._has.keys())
        return _minimal(had, lambda fewer: _holds(narrow, set(fewer)))

    def _derivation(self, start: str) -> Iterator[CitedFact]:
        # A stack and not calls: a chain of grants may be longer than any call may go deep.
        known, waiting = set(), [start]
        while waiting:
            if (means := waiting.pop()) in known:
                continue
            known.add(means)
            by = self._has[means]
            if isinstance(by, Possession):
                yield from self._holding(by)
                continue
            doubtful = not by.low & self._bit
            yield _cite(by.fact, _gives(by, means), "", means, doubtful=doubtful)
            if doubtful and isinstance(by.fact, Means) and not by.why:
                yield from self._wrapping(by.fact)
            needed = self._needed_of(by)
            if self._reach.assumed.doubts_fall:
                yield from self._parted(frozenset(needed))
            waiting += reversed(needed)

    def _wrapping(self, means: Means) -> Iterator[CitedFact]:
        """Yield the grants that say what else a backup takes, and are not relied on."""
        for grant in self._model.facts.grants:
            if grant.gives == means.of and means.id in grant.source.leaves():
                source = formula_text(grant.source)
                says = f"it does not take {source} to have {means.of}"
                yield _cite(grant, says, "", means.id, doubtful=True)

    def _needed_of(self, edge: Edge) -> list[str]:
        source = self._reach.low_source(edge)
        had = sorted(source.leaves() & self._has.keys())
        return _minimal(had, lambda fewer: _holds(source, set(fewer)))

    def _parted(self, leaves: frozenset[str]) -> Iterator[CitedFact]:
        """Yield the joins not relied on that would make one of what counts for several."""
        for row in self._model.facts.same_as:
            doubtful = row.kind == "means" and row.same and not self._model.accepts(row)
            if doubtful and {row.a, row.b} <= leaves:
                yield _cite(row, f"{row.a} and {row.b} are two", "", row.a, doubtful=True)

    def _holding(self, possession: Possession) -> Iterator[CitedFact]:
        name = self._model.people.get(possession.person, possession.person)
        says = f"{name} had {possession.means} within reach {possession.period}"
        yield _cite(possession, says, possession.person, possession.means)
        if self._model.destroyed.get(possession.means, (0, 0))[1] & self._bit:
            for row in self._model.facts.destructions:
                if row.means == possession.means:
                    gone = f"{row.means} was not destroyed {row.period.from_text}"
                    yield _cite(row, gone, "", row.means, doubtful=True)
        yield from self._closing(possession.person, name)
        yield from self._joined(possession.person)
        shown: set[tuple[str, str]] = set()
        for tie in self._model.ties_of(possession.person):
            there = self._model.accepts(tie) and self._model.axis.mask(tie.period) & self._bit
            # One tie is enough for each thing the group is defined by.
            asked = self._names(tie.kind, tie.entity) | self._names(tie.kind, tie.value)
            if there and asked - shown:
                shown |= asked
                kind = tie.kind.replace("_", " ")
                says = f"{name}: {kind} {tie.entity or tie.value} {tie.period}"
                yield _cite(tie, says, possession.person, "")

    def _joined(self, person: str) -> Iterator[CitedFact]:
        """Yield the rows by which the person is who is asked about."""
        own = self._reach.who.days(person, _Unjoined(self._model))
        if own[0] & self._bit:
            return
        same = self._model.same.of(person)
        for row in self._model.facts.same_as:
            joins = row.kind == "person" and row.same and row.a in same and row.b in same
            if joins and self._model.accepts(row):
                yield _cite(row, f"{row.a} and {row.b} are one person", person, "")

    def _closing(self, person: str, name: str) -> Iterator[CitedFact]:
        """Yield what shows that there is no other tie, where the group is of those without one."""
        if not any(kind != "people" for kind, _ in denied(self._reach.who)):
            return
        for row in self._model.facts.completeness:
            there = self._model.axis.mask(row.period) & self._bit
            if row.means == f"person:{person}" and there and self._model.accepts(row):
                yield _cite(row, f"{name}: the ties listed are all, {row.period}", person, "")
                return

    def _names(self, kind: str, word: str) -> set[tuple[str, str]]:
        """Return what the group is defined by that such a tie meets, by any of its names."""
        return {
            (asked, name)
            for asked, name in self._reach.who.names()
            if asked in (kind, TIE, GROUP)
            and bool(word)
            and (
                word in self._model.names_of(name, owned=asked == GROUP)
                or fold(word) == fold(name)
                or (kind == "location" and fold(word).startswith(f"{fold(name)}-"))
            )
        }


@dataclass(frozen=True, slots=True)
class _Unjoined:
    """The ties as if every id were a person of its own."""

    model: Model

    @property
    def full(self) -> int:
        return self.model.full

    def tied(
        self, person: str, kinds: tuple[str, ...], name: str, *, owned: bool = False
    ) -> Bounds:
        return self.model.listed_alone(person, kinds, name, owned=owned)

    def identity(self, person: str) -> Mapping[str, Bounds]:
        return {person: (self.full, self.full)}

    def anybody(self, person: str, people: frozenset[str]) -> int:  # noqa: ARG002
        return 0


def _gives(edge: Edge, means: str) -> str:
    if isinstance(edge.fact, Grant):
        text = f"{formula_text(edge.source)} gives {means}"
        condition = edge.fact.condition.removeprefix("if ")
        return f"{text}, if {condition}" if condition else text
    if isinstance(edge.fact, SameAs) or edge.why:
        return f"{edge.source.top} and {means} {edge.why or 'are one'}"
    return f"{edge.fact.id} is a {edge.fact.kind.replace('_', ' ')} of {means}"


def _rule(way: Way) -> str:
    """Return what a way takes, with what limits it: a path to one destination is no other."""
    if isinstance(way.fact, Means):
        return f"{way.fact.id} is what is asked about"
    limits = "; ".join(f"{key}={value}" for key, value in way.fact.scope)
    only = f", only {limits}" if limits else ""
    return f"{way.fact.wallet} moves by {way.path} with {formula_text(way.formula)}{only}"


def _means_of(way: Way) -> frozenset[str]:
    """Return every means that a way or its approvals name."""
    approved = [row.formula.leaves() | {row.enforced_by} for row in way.approvals]
    return way.formula.leaves().union(*approved) - {""}


def _minimal(names: list[str], enough: Callable[[list[str]], bool]) -> list[str]:
    """Return names that are enough, none of which can be left out; whole runs are tried first."""
    kept, size = names, len(names)
    while size > 0:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            if enough(fewer):
                kept = fewer
            else:
                at += size
        size //= 2
    return kept


def _holds(formula: Network, has: Container[str]) -> bool:
    values = {leaf: 1 for leaf in formula.leaves() if leaf in has}
    return bool(formula.met(values))


def _cite(fact: Fact, says: str, person: str, means: str, *, doubtful: bool = False) -> CitedFact:
    return CitedFact(
        person=person,
        means=means,
        fact=fact.place,
        cites=fact.cites,
        says=says,
        doubtful=doubtful,
    )


def _once(rows: Iterator[CitedFact]) -> Iterator[CitedFact]:
    known = set()
    for row in rows:
        if row not in known:
            known.add(row)
            yield row
