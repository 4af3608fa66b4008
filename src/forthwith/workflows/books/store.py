"""Books too large for memory: their changes stored once, closings and coverage asked of the store.

Up to `IN_MEMORY` rows the figures are counted in memory, past it from Parquet parts with DuckDB:
one answer, two ways, held against one another by the tests. A row of a ledger with its change takes
0.6 kB as values, so two million take 1.2 GB before anything is matched. A ledger that is
never loaded whole counts from `effective_at`: the basis `receipt` needs the moves in memory.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from forthwith.books.books import CustomerAccount
from forthwith.books.reckoned import OwedChange, Reckoning, StakeChange
from forthwith.books.timeline import CUSTOMERS, account_classes
from forthwith.domain.amounts import AmountError, units
from forthwith.domain.book_tables import ACCOUNT_CLASSES
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.instants import Instant, InstantError, instant
from forthwith.plain import csv_cells
from forthwith.record import amounts
from forthwith.record.amounts import (
    HELD,
    OWED,
    AmountStore,
    Change,
    Counted,
    Least,
    Shortfall,
)

#: Rows of ledger and places together; past it they are stored.
IN_MEMORY = 2_000_000
#: Rows of one part.
PART = 5_000_000
_MOST_FAULTS = 1_000
_NEEDED = ("effective_at", "account", "asset", "amount")


@dataclass(frozen=True, slots=True)
class Figures:
    """What both ways answer, in smallest units."""

    #: By (place, asset); places without a change are left out.
    closings: Mapping[tuple[str, str], int]
    shortfalls: tuple[Shortfall, ...]
    least: tuple[Least, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A store, how many rows stand in it, and what could not be kept."""

    store: AmountStore
    rows: int
    #: Where one is, no balance of its asset is whole: nothing is to be answered.
    faults: tuple[RowFault, ...]


def owed_changes(
    changes: Iterable[OwedChange], accounts: Iterable[CustomerAccount]
) -> Iterator[Change]:
    """Yield what changes what customers are owed, of changes in time.

    An account of the house counts with nothing. Where an account becomes a customer's, or ceases to
    be, its balance comes in or goes out at that instant.
    """
    classes, turns = account_classes(accounts)
    turning = {account for _, account, _ in turns}
    balances: dict[tuple[str, str], int] = {}

    def turned(until: Instant | None) -> Iterator[Change]:
        while turns and (until is None or turns[0][0] <= until):
            when, account, klass = turns.pop(0)
            sign = _owed(klass) - _owed(classes[account])
            classes[account] = klass
            for (name, asset), balance in balances.items() if sign else ():
                if name == account and balance:
                    yield Change(when, account, asset, sign * balance)

    for change in changes:
        yield from turned(change.at)
        if change.account in turning:
            key = change.account, change.asset
            balances[key] = balances.get(key, 0) + change.delta
        if _owed(classes.get(change.account, 0)):
            row = str(change.row.witness)
            yield Change(change.at, change.account, change.asset, change.delta, row)
    yield from turned(None)


def _owed(klass: int) -> int:
    return int(ACCOUNT_CLASSES[klass] in CUSTOMERS)


def held_changes(changes: Iterable[StakeChange]) -> Iterator[Change]:
    """Yield what changes the balance of a place, its groups together."""
    for change in changes:
        row = str(change.rows[0]) if change.rows else ""
        yield Change(change.at, change.place, change.asset, change.delta, row)


def coverage_store(folder: Path, reckoning: Reckoning) -> Stored:
    """Store what a reckoning owes and holds for customers; ask it with every row counted."""
    held = (
        Change(c.at, c.place, c.asset, c.delta, str(c.rows[0]) if c.rows else "")
        for c in reckoning.held_changes
        if c.klass == "customer"
    )
    return store(folder, owed_changes(reckoning.owed_changes, reckoning.books.accounts), held)


def store(folder: Path, owed: Iterable[Change], held: Iterable[Change]) -> Stored:
    """Write changes in parts to an empty folder, and return the store that answers from them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, int] = {}
    faults: list[RowFault] = []
    for table, changes in ((OWED, iter(owed)), (HELD, iter(held))):
        for number, part in enumerate(_parts(changes)):
            name = f"{table}-{number:05}.parquet"
            rows[name], refused = amounts.write(folder / name, part)
            faults += refused
    sealed = AmountStore(folder).seal(rows)
    return Stored(sealed, sum(rows.values()), tuple(faults[:_MOST_FAULTS]))


def ledger_rows(
    path: Path, decimals: Mapping[str, int], classes: Mapping[str, str], faults: list[RowFault]
) -> Iterator[Change]:
    """Yield the changes of a `customer_ledger.csv` that is not loaded whole, line by line.

    `classes` is the class of each account. What is no row becomes a fault with its line.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv_cells.reader(file)
        try:
            heading = [cell.strip() for cell in next(reader, [])]
            if missing := [name for name in _NEEDED if name not in heading]:
                what = f"the heading lacks {', '.join(missing)}"
                faults.append(RowFault(path.name, 1, what, "Take the heading of the template"))
                return
            for cells in filter(any, reader):
                place = f"{path.name}:{reader.line_num}"
                change = _row(dict(zip(heading, cells, strict=False)), decimals, classes, place)
                if isinstance(change, str):
                    faults.append(_unread(path, reader.line_num, change))
                elif classes[change.name] in CUSTOMERS:
                    yield change
        except (csv.Error, UnicodeDecodeError) as wrong:
            faults.append(_unread(path, reader.line_num + 1, f"the line is not CSV text: {wrong}"))


def _row(
    cells: Mapping[str, str], decimals: Mapping[str, int], classes: Mapping[str, str], place: str
) -> Change | str:
    """Return the change of a row, or the sentence why it is none."""
    if missing := [name for name in _NEEDED if name not in cells]:
        return f"the row ends before {missing[0]}"
    account, asset = cells["account"].strip(), cells["asset"].strip()
    if asset not in decimals or account not in classes:
        unknown = asset if asset not in decimals else account
        return f"{unknown[:60]!r} is not among the assets or accounts"
    try:
        delta = units(cells["amount"].strip(), decimals[asset])
        return Change(instant(cells["effective_at"]), account, asset, delta, place)
    except (InstantError, AmountError) as wrong:
        return str(wrong)


def figures(
    owed: Sequence[Change],
    held: Sequence[Change],
    counted: Sequence[Counted],
    floors: Mapping[str, int],
    folder: Path,
    bound: int = IN_MEMORY,
) -> Figures:
    """Return closings and coverage: in memory up to `bound` rows, past it from `folder`."""
    if len(owed) + len(held) <= bound:
        return in_memory(owed, held, counted, floors)
    return from_store(store(folder, owed, held).store, counted, floors)


def from_store(
    kept: AmountStore,
    counted: Sequence[Counted] | None,
    floors: Mapping[str, int],
    at: Instant | None = None,
) -> Figures:
    """Return the figures of a store; `at` cuts the closings."""
    return Figures(kept.closings(HELD, at), kept.shortfalls(counted, floors), kept.least(counted))


def in_memory(
    owed: Sequence[Change],
    held: Sequence[Change],
    counted: Sequence[Counted],
    floors: Mapping[str, int],
) -> Figures:
    """Return the figures of rows that are all here."""
    closings: dict[tuple[str, str], int] = {}
    for change in held:
        key = change.name, change.asset
        closings[key] = closings.get(key, 0) + change.delta
    events = sorted(
        (*_owed_events(owed), *_held_events(held, counted)), key=lambda event: event[:2]
    )
    shortfalls: list[Shortfall] = []
    least: list[Least] = []
    for asset, of_asset in groupby(events, key=lambda event: event[0]):
        floor, difference = max(0, floors.get(asset, 0)), 0
        lowest: Least | None = None
        short: Shortfall | None = None
        for at, together in groupby(of_asset, key=lambda event: event[1]):
            difference += sum(event[2] for event in together)
            if lowest is None or difference < lowest.difference:
                lowest = Least(asset, difference, at)
            if -difference <= floor:
                if short is not None:
                    shortfalls.append(Shortfall(asset, short.start, at, short.most, short.most_at))
                short = None
            elif short is None:
                short = Shortfall(asset, at, None, -difference, at)
            elif -difference > short.most:
                short = Shortfall(asset, short.start, None, -difference, at)
        shortfalls += [short] if short is not None else []
        least += [lowest] if lowest is not None else []
    return Figures(closings, tuple(shortfalls), tuple(least))


def _owed_events(owed: Sequence[Change]) -> Iterator[tuple[str, Instant, int]]:
    """Yield asset, instant and how the difference changes as max(0, balance) of accounts does."""
    balances: dict[tuple[str, str], int] = {}
    for change in sorted(owed, key=attrgetter("at")):
        key = change.name, change.asset
        before = balances.get(key, 0)
        balances[key] = before + change.delta
        yield change.asset, change.at, max(0, before) - max(0, balances[key])


def _held_events(
    held: Sequence[Change], counted: Sequence[Counted]
) -> Iterator[tuple[str, Instant, int]]:
    """Yield asset, instant and change of what the places hold while they count."""
    spans: dict[str, list[Counted]] = {}
    for place in counted:
        spans.setdefault(place.place, []).append(place)
    for change in held:
        for place in spans.get(change.name, ()):
            if place.end is not None and change.at >= place.end:
                continue
            start = change.at if place.start is None else max(place.start, change.at)
            yield change.asset, start, change.delta
            if place.end is not None:
                yield change.asset, place.end, -change.delta


def _parts(changes: Iterator[Change]) -> Iterator[Iterator[Change]]:
    """Yield runs of changes, each to be taken whole before the next."""
    for first in changes:
        yield _run(first, changes)


def _run(first: Change, changes: Iterator[Change]) -> Iterator[Change]:
    yield first
    for _ in range(PART - 1):
        change = next(changes, None)
        if change is None:
            return
        yield change


def _unread(path: Path, line: int, what: str) -> RowFault:
    return RowFault(path.name, line, what, "Correct the row: nothing is answered without it")
