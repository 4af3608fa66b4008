"""Holders: who had a means of control, approved transfers or swore to it, and when.

Each of them should be a document custodian: `uncollected` holds their days against what the
sources of the matter cover. Every row counts whatever its standing, because a name here costs a
collection and accuses nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.statements.results import period_json
from forthwith.domain.period import Period
from forthwith.plain.person_names import Match, match

#: What is collected from a person: a source may cover one kind and not another.
KINDS = ("mail", "chat", "device")
#: Documents do not lie on every day: at either end so many days without one are no hole.
SLACK = 31


class How(StrEnum):
    """What makes somebody a holder."""

    HELD = "held"
    #: Could have had it through what was held.
    REACHED = "reached"
    SWORN = "sworn"


@dataclass(frozen=True, slots=True)
class Span:
    """Why somebody is a holder, on which days (None: no day is given), by which row."""

    #: "had k1 (key)", "could have aws-root through ops-role", "swore statement S4".
    what: str
    period: Period | None
    place: str
    cites: tuple[str, ...]
    how: How = How.HELD


@dataclass(frozen=True, slots=True)
class Holder:
    """One person of the facts, or a speaker whom no row of people has."""

    id: str
    name: str
    spans: tuple[Span, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "person": self.id,
            "name": self.name,
            "spans": [
                {
                    "what": span.what,
                    "days": period_json(span.period),
                    "fact": span.place,
                    "cites": list(span.cites),
                }
                for span in self.spans
            ],
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the sources have of one custodian: one kind of data, from its first day to its last."""

    custodian: str
    #: One of KINDS.
    kind: str
    #: None: documents, but none with a day.
    period: Period | None


@dataclass(frozen=True, slots=True)
class CollectionGap:
    """A holder whose data of one or more kinds no source covers on days of holding."""

    holder: Holder
    #: Kind → the days not covered; an empty tuple: nothing at all, and no day of holding is given.
    missing: Mapping[str, tuple[Period, ...]]
    #: Custodians whose names are near: perhaps the same person, and never taken for it.
    perhaps: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        missing = {
            kind: [period_json(period) for period in periods]
            for kind, periods in self.missing.items()
        }
        return {**self.holder.as_json(), "missing": missing, "perhaps": list(self.perhaps)}


def holders(facts: Facts) -> tuple[Holder, ...]:
    """Return everybody who held a means or swore a statement, in order of name."""
    names = {person.id: person.name for person in facts.people}
    #: In order, each once.
    spans: dict[str, dict[Span, None]] = defaultdict(dict)
    for person, span in (*_held(facts), *_reached(facts), *_sworn(facts, names)):
        spans[person][span] = None
    everybody = [
        Holder(person, names.get(person, person), tuple(sorted(reasons, key=_by_day)))
        for person, reasons in spans.items()
    ]
    return tuple(sorted(everybody, key=lambda holder: (holder.name.casefold(), holder.id)))


def _by_day(span: Span) -> tuple[date, str]:
    return (span.period.start if span.period else date.max), span.what


def _held(facts: Facts) -> Iterator[tuple[str, Span]]:
    kinds = {means.id: means.kind.replace("_", " ") for means in facts.means}
    approving: dict[str, set[str]] = defaultdict(set)
    for approval in facts.approvals:
        for leaf in approval.formula.leaves():
            approving[leaf].add(approval.wallet)
    for possession in facts.possessions:
        what = f"had {possession.means} ({kinds.get(possession.means, 'means')})"
        if wallets := sorted(approving.get(possession.means, ())):
            more = f" and {len(wallets) - 3} more" if len(wallets) > 3 else ""
            what += f", which approves transfers of {', '.join(wallets[:3])}{more}"
        yield possession.person, Span(what, possession.period, possession.place, possession.cites)


def _reached(facts: Facts) -> Iterator[tuple[str, Span]]:
    """Yield what each holder could have alone through grants, copies and bearers."""
    gives: dict[str, list[tuple[str, Period | None]]] = defaultdict(list)
    for grant in facts.grants:
        for leaf in grant.source.leaves():
            # Part of a quorum is a hand in it: the others are asked for by their own rows.
            gives[leaf].append((grant.gives, grant.period))
    for means in facts.means:
        if means.of and means.kind != "share":
            gives[means.id].append((means.of, None))
    for possession in facts.possessions:
        for means_id, period in _closure(possession.means, possession.period, gives):
            what = f"had a way to {means_id} through {possession.means}"
            span = Span(what, period, possession.place, possession.cites, How.REACHED)
            yield possession.person, span


def _closure(
    start: str, holding: Period, gives: Mapping[str, list[tuple[str, Period | None]]]
) -> Iterator[tuple[str, Period]]:
    known = {(start, holding)}
    waiting = [(start, holding)]
    while waiting:
        here, days = waiting.pop()
        for there, period in gives.get(here, ()):
            shared = _shared(days, period)
            if shared is not None and there != start and (there, shared) not in known:
                known.add((there, shared))
                waiting.append((there, shared))
                yield there, shared


def _shared(period: Period, other: Period | None) -> Period | None:
    if other is None:
        return period
    ends = [end for end in (period.end, other.end) if end]
    both = Period(max(period.start, other.start), min(ends, default=None))
    return None if both.empty else both


def _sworn(facts: Facts, names: Mapping[str, str]) -> Iterator[tuple[str, Span]]:
    for statement in facts.statements:
        if statement.standing <= ProofLevel.SWORN:
            person = _speaker(statement.speaker, names)
            what = f"swore statement {statement.id}"
            span = Span(what, statement.days, statement.place, statement.cites, How.SWORN)
            yield person, span


def _speaker(speaker: str, names: Mapping[str, str]) -> str:
    """Return the id of the person who speaks; the words themselves when it is nobody known."""
    if speaker in names:
        return speaker
    same = [key for key, name in names.items() if match(speaker, name) is Match.SAME]
    return same[0] if len(same) == 1 else speaker


def uncollected(
    facts: Facts, sources: Sequence[Coverage], *, until: date | None = None, slack: int = SLACK
) -> tuple[CollectionGap, ...]:
    """Return the holders whose data no source covers, with the days, in order of name.

    `until` ends a holding that still goes on: the day after the last collection.
    """
    everybody = holders(facts)
    gaps = []
    for holder in everybody:
        same, perhaps = custodians(holder, everybody, {source.custodian for source in sources})
        missing = {}
        for kind in KINDS:
            covered = [
                source for source in sources if source.custodian in same and source.kind == kind
            ]
            uncovered = _gaps(holder, covered, until, slack)
            if uncovered or not covered:
                missing[kind] = uncovered
        if missing:
            gaps.append(CollectionGap(holder, missing, perhaps))
    return tuple(gaps)


def custodians(
    holder: Holder, everybody: Iterable[Holder], names: Collection[str]
) -> tuple[set[str], tuple[str, ...]]:
    """Return which names of custodians are this person's, and which are only near."""
    same, perhaps = set(), set()
    others = {other.name for other in everybody if other.id != holder.id}
    namesakes = any(match(holder.name, name) is Match.SAME for name in others)
    for custodian in names:
        how = match(custodian, holder.name)
        if custodian.casefold() == holder.id.casefold() or (how is Match.SAME and not namesakes):
            same.add(custodian)
        elif how is not Match.OTHER:
            perhaps.add(custodian)
    return same, tuple(sorted(perhaps - same))


def _gaps(
    holder: Holder, covered: Sequence[Coverage], until: date | None, slack: int
) -> tuple[Period, ...]:
    """Return the days of holding that no source covers, runs joined."""
    periods = [span.period for span in holder.spans if span.period]
    ended = [Period(period.start, period.end or until) for period in periods]
    gaps: list[Period] = []
    for span in joined([period for period in ended if not period.empty]):
        left = [span]
        for source in covered:
            if source.period is not None:
                left = [rest for part in left for rest in _less(part, source.period)]
        covered_in_part = left != [span]
        for part in left:
            short = part.end is not None and part.end - part.start <= timedelta(slack)
            if not (covered_in_part and short):
                gaps.append(part)
    return tuple(gaps)


def joined(spans: Iterable[Period]) -> list[Period]:
    """Return runs of days as few as they can be told in, in order."""
    runs: list[Period] = []
    for span in sorted(spans, key=lambda period: (period.start, period.end or date.max)):
        last = runs[-1] if runs else None
        if last and (last.end is None or span.start <= last.end):
            ends = (last.end, span.end)
            end = None if None in ends else max(end for end in ends if end)
            runs[-1] = Period(last.start, end)
        else:
            runs.append(span)
    return runs


def _less(span: Period, covered: Period) -> Iterator[Period]:
    """Yield what is left of a span."""
    if span.start < covered.start:
        before = covered.start if span.end is None else min(span.end, covered.start)
        yield Period(span.start, before)
    if covered.end is not None and (span.end is None or covered.end < span.end):
        yield Period(max(span.start, covered.end), span.end)
