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
from forthwith.custody.facts.person_names import Match, match
from forthwith.custody.statements.results import period_json
from forthwith.custody.statements.statements import period_of
from forthwith.domain.period import Period

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
                    "what": each.what,
                    "days": period_json(each.period),
                    "fact": each.place,
                    "cites": list(each.cites),
                }
                for each in self.spans
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
class Uncollected:
    """A holder whose data of one or more kinds no source covers on days of holding."""

    holder: Holder
    #: Kind → the days not covered; an empty tuple: nothing at all, and no day of holding is given.
    missing: Mapping[str, tuple[Period, ...]]
    #: Custodians whose names are near: perhaps the same person, and never taken for it.
    perhaps: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        missing = {
            kind: [period_json(each) for each in periods] for kind, periods in self.missing.items()
        }
        return {**self.holder.as_json(), "missing": missing, "perhaps": list(self.perhaps)}


def holders(facts: Facts) -> tuple[Holder, ...]:
    """Return everybody who held a means or swore a statement, in order of name."""
    names = {each.id: each.name for each in facts.people}
    #: In order, each once.
    spans: dict[str, dict[Span, None]] = defaultdict(dict)
    for person, span in (*_held(facts), *_reached(facts), *_sworn(facts, names)):
        spans[person][span] = None
    made = [
        Holder(person, names.get(person, person), tuple(sorted(each, key=_by_day)))
        for person, each in spans.items()
    ]
    return tuple(sorted(made, key=lambda each: (each.name.casefold(), each.id)))


def _by_day(span: Span) -> tuple[date, str]:
    return (span.period.start if span.period else date.max), span.what


def _held(facts: Facts) -> Iterator[tuple[str, Span]]:
    kinds = {each.id: each.kind.replace("_", " ") for each in facts.means}
    approving: dict[str, set[str]] = defaultdict(set)
    for approval in facts.approvals:
        for leaf in approval.formula.leaves():
            approving[leaf].add(approval.wallet)
    for each in facts.possessions:
        what = f"had {each.means} ({kinds.get(each.means, 'means')})"
        if wallets := sorted(approving.get(each.means, ())):
            more = f" and {len(wallets) - 3} more" if len(wallets) > 3 else ""
            what += f", which approves transfers of {', '.join(wallets[:3])}{more}"
        yield each.person, Span(what, each.period, each.place, each.cites)


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
    for held in facts.possessions:
        for means_id, period in _closure(held.means, held.period, gives):
            what = f"had a way to {means_id} through {held.means}"
            yield held.person, Span(what, period, held.place, held.cites, How.REACHED)


def _closure(
    start: str, held: Period, gives: Mapping[str, list[tuple[str, Period | None]]]
) -> Iterator[tuple[str, Period]]:
    seen = {(start, held)}
    waiting = [(start, held)]
    while waiting:
        here, days = waiting.pop()
        for there, period in gives.get(here, ()):
            shared = _shared(days, period)
            if shared is not None and there != start and (there, shared) not in seen:
                seen.add((there, shared))
                waiting.append((there, shared))
                yield there, shared


def _shared(one: Period, other: Period | None) -> Period | None:
    if other is None:
        return one
    ends = [each for each in (one.end, other.end) if each]
    both = Period(max(one.start, other.start), min(ends, default=None))
    return None if both.empty else both


def _sworn(facts: Facts, names: Mapping[str, str]) -> Iterator[tuple[str, Span]]:
    for each in facts.statements:
        if each.standing <= ProofLevel.SWORN:
            person = _speaker(each.speaker, names)
            what = f"swore statement {each.id}"
            yield person, Span(what, period_of(each), each.place, each.cites, How.SWORN)


def _speaker(speaker: str, names: Mapping[str, str]) -> str:
    """Return the id of the person who speaks; the words themselves when it is nobody known."""
    if speaker in names:
        return speaker
    same = [key for key, name in names.items() if match(speaker, name) is Match.SAME]
    return same[0] if len(same) == 1 else speaker


def uncollected(
    facts: Facts, sources: Sequence[Coverage], *, until: date | None = None, slack: int = SLACK
) -> tuple[Uncollected, ...]:
    """Return the holders whose data no source covers, with the days, in order of name.

    `until` ends a holding that still goes on: the day after the last collection.
    """
    everybody = holders(facts)
    found = []
    for holder in everybody:
        same, perhaps = custodians(holder, everybody, {each.custodian for each in sources})
        missing = {}
        for kind in KINDS:
            covered = [each for each in sources if each.custodian in same and each.kind == kind]
            gaps = _gaps(holder, covered, until, slack)
            if gaps or not covered:
                missing[kind] = gaps
        if missing:
            found.append(Uncollected(holder, missing, perhaps))
    return tuple(found)


def custodians(
    holder: Holder, everybody: Iterable[Holder], names: Collection[str]
) -> tuple[set[str], tuple[str, ...]]:
    """Return which names of custodians are this person's, and which are only near."""
    same, perhaps = set(), set()
    others = {each.name for each in everybody if each.id != holder.id}
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
    spans = [each.period for each in holder.spans if each.period]
    ended = [Period(each.start, each.end or until) for each in spans]
    gaps: list[Period] = []
    for span in joined([each for each in ended if not each.empty]):
        left = [span]
        for each in covered:
            if each.period is not None:
                left = [rest for part in left for rest in _less(part, each.period)]
        touched = left != [span]
        gaps += [each for each in left if not (touched and _short(each, slack))]
    return tuple(gaps)


def joined(spans: Iterable[Period]) -> list[Period]:
    """Return runs of days as few as they can be told in, in order."""
    found: list[Period] = []
    for each in sorted(spans, key=lambda period: (period.start, period.end or date.max)):
        last = found[-1] if found else None
        if last and (last.end is None or each.start <= last.end):
            ends = (last.end, each.end)
            end = None if None in ends else max(end for end in ends if end)
            found[-1] = Period(last.start, end)
        else:
            found.append(each)
    return found


def _less(span: Period, covered: Period) -> Iterator[Period]:
    """Yield what is left of a span."""
    if span.start < covered.start:
        before = covered.start if span.end is None else min(span.end, covered.start)
        yield Period(span.start, before)
    if covered.end is not None and (span.end is None or covered.end < span.end):
        yield Period(max(span.start, covered.end), span.end)


def _short(period: Period, slack: int) -> bool:
    return period.end is not None and period.end - period.start <= timedelta(slack)
