"""Witnesses: for *shown*, the facts that put a sufficient set of means in the group's hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterator

from forthwith.custody.answers.answers import CitedFact
from forthwith.custody.answers.index import Edge
from forthwith.custody.answers.reach import Plan, Reach, Way
from forthwith.custody.facts.facts import Fact, Grant, Means, Possession
from forthwith.custody.facts.formula import formula_text
from forthwith.custody.facts.network import Network
from forthwith.custody.facts.words import fold
from forthwith.custody.questions.groups import denied


class Witness:
    """One derivation on one stretch, with nobody in it who could be left out."""

    def __init__(self, reach: Reach, stretch: int) -> None:
        self._reach, self._model = reach, reach.model
        self._bit = 1 << stretch
        #: For each means, the grants of the group it has a part in.
        self._after: dict[str, list[Edge]] = defaultdict(list)
        self._possessions: list[Possession] = []
        self._has: dict[str, Possession | Edge] = {}

    def of(self, plan: Plan) -> tuple[CitedFact, ...]:
        """Return the facts that meet one way of the plan; none when none is met."""
        self._look_below(plan)
        people = {possession.person for possession in self._possessions}
        if not any(self._met(way, self._derive(people)) for way in self._ways(plan)):
            return ()
        ways = self._ways(plan)

        def enough(fewer: list[str]) -> bool:
            has = self._derive(set(fewer))
            return any(self._met(way, has) for way in ways)

        self._has = self._derive(set(_minimal(sorted(people), enough)))
        way = next(way for way in self._ways(plan) if self._met(way, self._has))
        return tuple(_once(self._cited(way)))

    def _ways(self, plan: Plan) -> list[Way]:
        return [way for way in plan.ways if way.sure and way.days & self._bit]

    def _look_below(self, plan: Plan) -> None:
        """Keep the grants and possessions of the group that the plan can rest on."""
        into: dict[str, list[Edge]] = defaultdict(list)
        for edge in self._model.edges:
            if edge.sure and edge.days & self._bit:
                into[edge.gives].append(edge)
        waiting = [means for way in self._ways(plan) for means in _means_of(way)]
        below: set[str] = set()
        while waiting:
            means = waiting.pop()
            if means not in below:
                below.add(means)
                for edge in into[means]:
                    for leaf in edge.source.leaves():
                        self._after[leaf].append(edge)
                        waiting.append(leaf)
        for means in sorted(below):
            self._possessions += [
                row.fact
                for row in self._model.holders.get(means, ())
                if row.accepted and row.days & self._reach.member(row.fact.person)[0] & self._bit
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
                if edge.gives not in has and _holds(edge.source, has):
                    has[edge.gives] = edge
                    waiting.append(edge.gives)
        return has

    def _met(self, way: Way, has: dict[str, Possession | Edge]) -> bool:
        return _holds(way.formula, has) and all(
            _holds(formula, has) or enforcer in has
            for formula, enforcer, days in way.approvals
            if days & self._bit
        )

    def _cited(self, way: Way) -> Iterator[CitedFact]:
        yield _cite(way.fact, _rule(way), "", "")
        for part in self._needed(way.formula):
            yield from self._derivation(part)
        for formula, enforcer, days in way.approvals:
            if days & self._bit:
                met = _holds(formula, self._has)
                for part in self._needed(formula) if met else [enforcer]:
                    yield from self._derivation(part)

    def _needed(self, formula: Network) -> list[str]:
        """Return leaves that are had and meet the formula, dropping those it can do without."""
        had = sorted(formula.leaves() & self._has.keys())
        return _minimal(had, lambda fewer: _holds(formula, set(fewer)))

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
            if isinstance(by.fact, Grant):
                yield _cite(by.fact, f"{formula_text(by.source)} gives {means}", "", means)
            else:
                yield _cite(by.fact, f"{by.fact.id} is a {by.fact.kind} of {means}", "", means)
            waiting += reversed(self._needed(by.source))

    def _holding(self, possession: Possession) -> Iterator[CitedFact]:
        name = self._model.people.get(possession.person, possession.person)
        says = f"{name} had {possession.means} within reach {possession.period}"
        yield _cite(possession, says, possession.person, possession.means)
        yield from self._closing(possession.person, name)
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
            if asked in (kind, "tie")
            and bool(word)
            and (word in self._model.names_of(name) or fold(word) == fold(name))
        }


def _rule(way: Way) -> str:
    """Return what a way takes, with what limits it: a path to one destination is no other."""
    if isinstance(way.fact, Means):
        return f"{way.fact.id} is what is asked about"
    limits = "; ".join(f"{key}={value}" for key, value in way.fact.scope)
    only = f", only {limits}" if limits else ""
    return f"{way.fact.wallet} moves by {way.path} with {formula_text(way.formula)}{only}"


def _means_of(way: Way) -> frozenset[str]:
    """Return every means that a way or its approvals name."""
    approved = [formula.leaves() | {enforcer} for formula, enforcer, _ in way.approvals]
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


def _cite(fact: Fact, says: str, person: str, means: str) -> CitedFact:
    return CitedFact(person=person, means=means, fact=fact.place, cites=fact.cites, says=says)


def _once(rows: Iterator[CitedFact]) -> Iterator[CitedFact]:
    known = set()
    for row in rows:
        if row not in known:
            known.add(row)
            yield row
