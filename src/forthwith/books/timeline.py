"""What is owed and held as step functions of time, made once and asked at any instant.

Every event counts: a row at its instant, a move at its, a registration's beginning and end, a
change of an account's class. State at an instant includes everything stamped with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from forthwith.books.books import CustomerAccount
from forthwith.books.reckoned import Gap, Reckoning
from forthwith.domain.book_tables import ACCOUNT_CLASSES
from forthwith.domain.instants import Instant

CUSTOMERS = ("outsider", "affiliated_lp")
#: Before every instant of any witness.
LONG_AGO: Instant = -(1 << 60)
_NEGATIVE = len(ACCOUNT_CLASSES)


@dataclass(frozen=True, slots=True)
class Owed:
    """What customer accounts are owed of one asset: balances above zero, by class."""

    outsider: int = 0
    affiliated_lp: int = 0
    house: int = 0
    #: Sum of the balances below zero; it lowers nothing.
    negative: int = 0

    @property
    def customers(self) -> int:
        """Return what outsiders and affiliated liquidity providers are owed."""
        return self.outsider + self.affiliated_lp


@dataclass(frozen=True, slots=True)
class Steps:
    """A sum as it changes: from each of `times` on, and before the first nothing."""

    times: Sequence[Instant] = ()
    values: Sequence[int] = ()

    def at(self, when: Instant) -> int:
        """Return the value at an instant."""
        place = bisect_right(self.times, when)
        return self.values[place - 1] if place else 0

    def along(self, marks: Sequence[Instant]) -> list[int]:
        """Return the values at instants in ascending order, in one pass."""
        found, place, value = [], 0, 0
        for mark in marks:
            while place < len(self.times) and self.times[place] <= mark:
                value = self.values[place]
                place += 1
            found.append(value)
        return found

    @classmethod
    def of(cls, changes: Iterable[tuple[Instant, int]]) -> Steps:
        """Return the running sum of changes."""
        sums: dict[Instant, int] = defaultdict(int)
        for when, delta in changes:
            sums[when] += delta
        times = sorted(sums)
        return cls(times, list(accumulate(sums[when] for when in times)))


@dataclass(frozen=True, slots=True)
class AssetLine:
    """One asset through time."""

    #: Outsiders, affiliated liquidity providers, the house, and balances below zero.
    owed: tuple[Steps, Steps, Steps, Steps]
    #: By place and class of its registration.
    places: Mapping[tuple[str, str], Steps]
    #: Sum of the places of class customer, and of what is unregistered.
    held: Steps
    unregistered: Steps
    #: Witnesses that lack for places of class customer: nothing is shown within.
    gaps: tuple[Gap, ...] = ()

    def owed_at(self, when: Instant) -> Owed:
        """Return what is owed at an instant."""
        return Owed(*(steps.at(when) for steps in self.owed))

    def difference_at(self, when: Instant) -> int:
        """Return held less owed at an instant, by what witnesses show."""
        owed = self.owed_at(when)
        return self.held.at(when) - owed.customers

    def events(self, start: Instant, end: Instant) -> Iterator[tuple[Instant, int, int, int, int]]:
        """Yield every instant from `start` to before `end` at which something changes.

        With what customers are owed, what is held, what is unregistered, and how many witnesses
        lack (0: all is shown); the first is `start` itself.
        """
        tracks = (self.owed[0], self.owed[1], self.held, self.unregistered, lacking(self.gaps))
        marks = {start}
        for steps in tracks:
            first = bisect_right(steps.times, start)
            marks.update(steps.times[first : bisect_right(steps.times, end - 1)])
        ordered = sorted(marks)
        values = [steps.along(ordered) for steps in tracks]
        for when, outsiders, partners, held, beside, hidden in zip(ordered, *values):
            yield when, outsiders + partners, held, beside, hidden


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every asset through time."""

    lines: Mapping[str, AssetLine] = field(default_factory=dict)


def timeline(reckoning: Reckoning) -> Timeline:
    """Return what is owed and held of each asset at any instant, in one pass over the changes."""
    owed = _owed(reckoning)
    places: dict[str, dict[tuple[str, str], list[tuple[Instant, int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    held: dict[str, list[tuple[Instant, int]]] = defaultdict(list)
    beside: dict[str, list[tuple[Instant, int]]] = defaultdict(list)
    for change in reckoning.held_changes:
        delta = (change.at, change.delta)
        places[change.asset][change.place, change.klass].append(delta)
        if change.klass == "customer":
            held[change.asset].append(delta)
        elif change.klass == "unregistered":
            beside[change.asset].append(delta)
    lines = {}
    for asset in sorted(reckoning.books.assets):
        lines[asset] = AssetLine(
            owed.get(asset, (Steps(), Steps(), Steps(), Steps())),
            {key: Steps.of(changes) for key, changes in sorted(places[asset].items())},
            Steps.of(held[asset]),
            Steps.of(beside[asset]),
            gaps_of(reckoning, asset, ("customer",)),
        )
    return Timeline(lines)


class _Tracks:
    """Running sums of one asset by class, and of balances below zero."""

    def __init__(self) -> None:
        self.sums = [0] * (_NEGATIVE + 1)
        self.times: list[list[Instant]] = [[] for _ in self.sums]
        self.values: list[list[int]] = [[] for _ in self.sums]

    def put(self, number: int, when: Instant, delta: int) -> None:
        if not delta:
            return
        self.sums[number] += delta
        times, values = self.times[number], self.values[number]
        if times and times[-1] == when:
            values[-1] = self.sums[number]
        else:
            times.append(when)
            values.append(self.sums[number])

    def steps(self) -> tuple[Steps, Steps, Steps, Steps]:
        one, two, three, four = map(Steps, self.times, self.values)
        return one, two, three, four


def _owed(reckoning: Reckoning) -> dict[str, tuple[Steps, Steps, Steps, Steps]]:
    classes, turns = account_classes(reckoning.books.accounts)
    #: By asset: account: balance.
    balances: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    tracks: dict[str, _Tracks] = defaultdict(_Tracks)

    def turn(when: Instant, account: str, klass: int) -> None:
        for asset, of in balances.items():
            if (balance := of.get(account, 0)) > 0:
                tracks[asset].put(classes[account], when, -balance)
                tracks[asset].put(klass, when, balance)
        classes[account] = klass

    turns.reverse()
    for change in reckoning.owed_changes:
        while turns and turns[-1][0] <= change.at:
            turn(*turns.pop())
        of = balances[change.asset]
        before = of[change.account]
        after = of[change.account] = before + change.delta
        track = tracks[change.asset]
        track.put(classes.get(change.account, 0), change.at, max(after, 0) - max(before, 0))
        track.put(_NEGATIVE, change.at, min(after, 0) - min(before, 0))
    while turns:
        turn(*turns.pop())
    return {asset: track.steps() for asset, track in tracks.items()}


def account_classes(
    accounts: Iterable[CustomerAccount],
) -> tuple[dict[str, int], list[tuple[Instant, str, int]]]:
    """Return the first class of each account by its number, and every later turn in time.

    An account outside its rows' days keeps the class it last had: a closed account is still owed.
    """
    rows: dict[str, list[CustomerAccount]] = defaultdict(list)
    for account in accounts:
        rows[account.account].append(account)
    classes: dict[str, int] = {}
    turns: list[tuple[Instant, str, int]] = []
    for name, of in rows.items():
        of.sort(key=lambda row: -(1 << 60) if row.span.start is None else row.span.start)
        classes[name] = ACCOUNT_CLASSES.index(of[0].klass)
        turns += [
            (row.span.start, name, ACCOUNT_CLASSES.index(row.klass))
            for row in of[1:]
            if row.span.start is not None
        ]
    turns.sort()
    return classes, turns


def gaps_of(reckoning: Reckoning, asset: str, classes: Collection[str]) -> tuple[Gap, ...]:
    """Return the gaps of an asset in places of some classes, cut to their registrations."""
    rows = defaultdict(list)
    for row in reckoning.books.places:
        if row.klass in classes:
            rows[row.place].append(row)
    chain = reckoning.books.assets[asset].chain
    found: dict[Gap, None] = {}
    for gap in reckoning.gaps:
        if gap.asset not in ("", asset):
            continue
        for row in rows.get(gap.of, ()):
            # A gap about no asset is about those of the place's chain, or of any bank.
            if gap.asset or row.chain == chain:
                start = _later(gap.start, row.span.start)
                end = _earlier(gap.end, row.span.end)
                if start is None or end is None or start < end:
                    found[Gap(gap.of, start, end, gap.why, gap.cure, asset)] = None
    return tuple(found)


def lacking(gaps: Iterable[Gap]) -> Steps:
    """Return how many gaps there are at each instant."""
    changes = []
    for gap in gaps:
        changes.append((LONG_AGO if gap.start is None else gap.start, 1))
        if gap.end is not None:
            changes.append((gap.end, -1))
    return Steps.of(changes)


def _later(one: Instant | None, two: Instant | None) -> Instant | None:
    return two if one is None else one if two is None else max(one, two)


def _earlier(one: Instant | None, two: Instant | None) -> Instant | None:
    return two if one is None else one if two is None else min(one, two)
