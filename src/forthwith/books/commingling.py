"""Whose value lies with whose: stakes of a place through time, where they mix, who used whose.

`mixed` while customers' stake is above the floor and another group's too; `used` while customers'
is above it and another group's below its negative: that group has drawn more than it ever put in,
so somebody else's value paid. No method of tracing is involved: the answer has no range.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from forthwith.books.books import Asset, Parameters, WitnessRow
from forthwith.books.places import PART
from forthwith.books.reckoned import Reckoning, StakeChange
from forthwith.domain.book_tables import GROUPS
from forthwith.domain.instants import Instant, instant_text

CUSTOMER = "customer"
MIXED, USED = "mixed", "used"
#: Classes of places whose mixing is the exchange's own.
_OWN = ("customer", "house")
#: Kind of an entry or an opening's row by which the exchange says that a float is its own.
FLOAT = "float"


@dataclass(frozen=True, slots=True)
class Interval:
    """A maximal stretch `[start, end)` in which the same groups mix with customers' value."""

    place: str
    asset: Asset
    #: "mixed" or "used"
    kind: str
    start: Instant
    #: None: still at the end of the period.
    end: Instant | None
    groups: tuple[str, ...]
    #: Customers' stake and that of `groups` (its absolute amount) at the start and at most.
    customers_from: int
    other_from: int
    customers_most: int
    other_most: int
    rows: tuple[WitnessRow, ...] = ()
    #: Rows that say that a float of the house lies there; it counts all the same.
    disclosed: tuple[WitnessRow, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the interval as `books commingling` prints it."""
        text = self.asset.text
        return {
            "place": self.place,
            "asset": self.asset.id,
            "kind": self.kind,
            "from": instant_text(self.start),
            "to": None if self.end is None else instant_text(self.end),
            "groups": list(self.groups),
            "customers_from": text(self.customers_from),
            "other_from": text(self.other_from),
            "customers_most": text(self.customers_most),
            "other_most": text(self.other_most),
            "rows": [str(row) for row in self.rows],
            "disclosed": [str(row) for row in self.disclosed],
        }


@dataclass(frozen=True, slots=True)
class Beside:
    """Another group's other asset in a place where customers' value lies, as gas does."""

    place: str
    customers: str
    asset: Asset
    group: str
    start: Instant
    end: Instant | None
    most: int

    def as_json(self) -> dict[str, Any]:
        """Return it as `books commingling` prints it, apart from the intervals."""
        return {
            "place": self.place,
            "customers_asset": self.customers,
            "asset": self.asset.id,
            "group": self.group,
            "from": instant_text(self.start),
            "to": None if self.end is None else instant_text(self.end),
            "most": self.asset.text(self.most),
        }


@dataclass(frozen=True, slots=True)
class Commingling:
    """What mixed in a period."""

    start: Instant
    end: Instant
    intervals: tuple[Interval, ...]
    beside: tuple[Beside, ...]
    parameters: Parameters

    def as_json(self) -> dict[str, Any]:
        """Return what `books commingling` prints."""
        return {
            "from": instant_text(self.start),
            "to": instant_text(self.end),
            "intervals": [interval.as_json() for interval in self.intervals],
            "beside": [beside.as_json() for beside in self.beside],
        }


@dataclass(frozen=True, slots=True)
class _State:
    """Stakes of one place and asset from an instant on."""

    at: Instant
    stakes: Mapping[str, int]
    rows: Mapping[str, tuple[WitnessRow, ...]]


def commingling(
    reckoning: Reckoning, start: Instant, end: Instant, assets: Collection[str] = ()
) -> Commingling:
    """Return what mixed with customers' value in own places from `start` to before `end`."""
    by_place: dict[tuple[str, str], list[StakeChange]] = defaultdict(list)
    own = {row.place for row in reckoning.books.places if row.klass in _OWN}
    for change in reckoning.changes:
        if change.place in own or change.place.rpartition(PART)[0] in own:
            by_place[change.place, change.asset].append(change)
    disclosed: dict[tuple[str, str], list[tuple[Instant, WitnessRow]]] = defaultdict(list)
    for entry in reckoning.books.place_ledger:
        if entry.kind == FLOAT:
            disclosed[entry.target, entry.asset].append((entry.effective, entry.witness))
    found: list[Interval] = []
    states: dict[tuple[str, str], list[_State]] = {}
    for (place, name), changes in sorted(by_place.items()):
        asset = reckoning.books.assets[name]
        floor = reckoning.parameters.floor(name)
        states[place, name] = list(_states(changes, start, end))
        if assets and name not in assets:
            continue
        for kind in (MIXED, USED):
            for interval in _intervals(place, asset, kind, states[place, name], floor):
                rows = tuple(
                    row
                    for when, row in disclosed.get((place, name), ())
                    if kind == MIXED and (interval.end is None or when < interval.end)
                )
                found.append(_with(interval, rows))
    found.sort(
        key=lambda interval: (
            interval.start,
            interval.place,
            interval.asset.id,
            interval.kind,
            interval.groups,
        )
    )
    beside = sorted(
        _beside(reckoning, states, assets),
        key=lambda item: (item.start, item.place, item.customers, item.asset.id, item.group),
    )
    return Commingling(start, end, tuple(found), tuple(beside), reckoning.parameters)


def _with(interval: Interval, disclosed: tuple[WitnessRow, ...]) -> Interval:
    if not disclosed:
        return interval
    return Interval(
        interval.place, interval.asset, interval.kind, interval.start, interval.end,
        interval.groups, interval.customers_from, interval.other_from, interval.customers_most,
        interval.other_most, interval.rows, disclosed,
    )  # fmt: skip


def _states(changes: Sequence[StakeChange], start: Instant, end: Instant) -> Iterator[_State]:
    """Yield what lies for whom at `start` and after each later instant of change before `end`."""
    stakes: dict[str, int] = defaultdict(int)
    rows: dict[str, tuple[WitnessRow, ...]] = {}
    begun = False
    for when, same in groupby(changes, key=lambda change: change.at):
        if when >= end:
            break
        if when > start and not begun:
            begun = True
            yield _State(start, dict(stakes), dict(rows))
        fresh: dict[str, tuple[WitnessRow, ...]] = defaultdict(tuple)
        for change in same:
            stakes[change.group] += change.delta
            fresh[change.group] += change.rows
        rows.update(fresh)
        if when >= start:
            begun = True
            yield _State(when, dict(stakes), dict(rows))
    if not begun:
        yield _State(start, dict(stakes), dict(rows))


def _groups(stakes: Mapping[str, int], kind: str, floor: int) -> tuple[str, ...]:
    if stakes.get(CUSTOMER, 0) <= floor:
        return ()
    return tuple(
        group
        for group in GROUPS
        if group != CUSTOMER
        and (stakes.get(group, 0) > floor if kind == MIXED else stakes.get(group, 0) < -floor)
    )


def _intervals(
    place: str, asset: Asset, kind: str, states: Sequence[_State], floor: int
) -> Iterator[Interval]:
    for groups, run in groupby(
        zip(states, [*(state.at for state in states[1:]), None]),
        key=lambda pair: _groups(pair[0].stakes, kind, floor),
    ):
        if not groups:
            continue
        within = list(run)
        first, last = within[0][0], within[-1]
        others = [sum(abs(state.stakes.get(group, 0)) for group in groups) for state, _ in within]
        customers = [state.stakes[CUSTOMER] for state, _ in within]
        rows = [row for group in (CUSTOMER, *groups) for row in first.rows.get(group, ())]
        yield Interval(
            place, asset, kind, first.at, last[1], groups, customers[0], others[0],
            max(customers), max(others), tuple(dict.fromkeys(rows)),
        )  # fmt: skip


def _beside(
    reckoning: Reckoning,
    states: Mapping[tuple[str, str], Sequence[_State]],
    assets: Collection[str],
) -> Iterator[Beside]:
    """Yield what of another group's other assets lay where customers' value did."""
    by_place: dict[str, list[str]] = defaultdict(list)
    for place, name in states:
        by_place[place].append(name)
    for place, names in by_place.items():
        for customers in names:
            if assets and customers not in assets:
                continue
            for name in names:
                if name != customers:
                    asset = reckoning.books.assets[name]
                    yield from _of_pair(
                        place, customers, asset, states[place, customers], states[place, name],
                        reckoning.parameters,
                    )  # fmt: skip


def _of_pair(
    place: str,
    customers: str,
    asset: Asset,
    ours: Sequence[_State],
    theirs: Sequence[_State],
    parameters: Parameters,
) -> Iterator[Beside]:
    floor, other_floor = parameters.floor(customers), parameters.floor(asset.id)
    marks = sorted({state.at for state in (*ours, *theirs)})
    for group in GROUPS:
        if group == CUSTOMER or not any(
            state.stakes.get(group, 0) > other_floor for state in theirs
        ):
            continue
        start, most, one, two = None, 0, 0, 0
        for when in marks:
            while one < len(ours) and ours[one].at <= when:
                one += 1
            while two < len(theirs) and theirs[two].at <= when:
                two += 1
            mine = ours[one - 1].stakes.get(CUSTOMER, 0) if one else 0
            other = theirs[two - 1].stakes.get(group, 0) if two else 0
            if mine > floor and other > other_floor:
                start = when if start is None else start
                most = max(most, other)
            elif start is not None:
                yield Beside(place, customers, asset, group, start, when, most)
                start, most = None, 0
        if start is not None:
            yield Beside(place, customers, asset, group, start, None, most)
