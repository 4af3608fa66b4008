"""Two tellings of one account, row by row: which rows are the same movement, and what is left.

Nothing is added and nothing guessed: a row that finds no fellow is a difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from forthwith.books.books import WitnessRow
from forthwith.domain.bank import BankEntry

#: Tellings book one movement at most so many days apart.
NEAR = timedelta(days=5)
_APART = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
#: What banks write where there is no reference.
_NO_REFERENCE = frozenset(
    {"", "NONREF", "NOREF", "NOTPROVIDED", "NOTAVAILABLE", "NOTAPPLICABLE", "NA", "NONE", "NULL"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of one telling, its amount in smallest units, signed."""

    booked: date
    amount: int
    entry: BankEntry
    witness: WitnessRow

    @property
    def written_references(self) -> tuple[str, ...]:
        """Return what the row is called, as written, without what says there is nothing."""
        texts = (text.strip() for text in self.entry.references)
        return tuple(
            text
            for text in texts
            if "".join(filter(str.isalnum, text)).upper() not in _NO_REFERENCE
        )

    @property
    def references(self) -> tuple[str, ...]:
        """Return what the row is called, in capitals and without spaces."""
        return tuple("".join(text.split()).upper() for text in self.written_references)


@dataclass(slots=True)
class Pairs:
    """What two tellings have in common; rows of the first and of the second."""

    #: The same movement: rows of one side that together are the rows of the other.
    same: list[tuple[tuple[Row, ...], tuple[Row, ...]]] = field(default_factory=list)
    #: One reference, two amounts.
    amounts: list[tuple[Row, Row]] = field(default_factory=list)
    #: One movement, two booking days that no value date explains.
    days: list[tuple[Row, Row]] = field(default_factory=list)
    only_first: list[Row] = field(default_factory=list)
    only_second: list[Row] = field(default_factory=list)


def pair(first: Sequence[Row], second: Sequence[Row]) -> Pairs:
    """Pair the rows of two tellings of the same days, each row once.

    In this order: same reference and amount (nearest day first); same day and amount; the value
    date of one is the booking date of the other, same amount; one row of a day against several
    that add up to it; same reference, another amount; same amount, unique on both
    sides of what is left.
    """
    left, right = dict.fromkeys(first), dict.fromkeys(second)
    pairs = Pairs()

    def take(one: Row, two: Row) -> None:
        del left[one], right[two]
        told_alike = one.booked in (two.booked, two.entry.value) or two.booked == one.entry.value
        if told_alike:
            pairs.same.append(((one,), (two,)))
        else:
            pairs.days.append((one, two))

    for apart in _APART:
        _in_order(left, right, _named, partial(_named, apart=apart), take)
    _in_order(left, right, _booked, _booked, take)
    _in_order(left, right, _valued, _booked, take)
    _in_order(left, right, _booked, _valued, take)
    _batches(left, right, pairs)
    for one, two in list(_unique(left, right, lambda row: row.references)):
        if one in left and two in right:
            if one.amount == two.amount:
                take(one, two)
            elif abs(one.booked - two.booked) <= NEAR:
                del left[one], right[two]
                pairs.amounts.append((one, two))
    for one, two in list(_unique(left, right, lambda row: [row.amount])):
        if one in left and two in right:
            take(one, two)
    pairs.only_first, pairs.only_second = list(left), list(right)
    return pairs


def _named(row: Row, apart: int = 0) -> list[Hashable]:
    day = row.booked.toordinal() + apart
    return [(reference, row.amount, day) for reference in row.references]


def _booked(row: Row) -> list[Hashable]:
    return [(row.booked, row.amount)]


def _valued(row: Row) -> list[Hashable]:
    return [(row.entry.value, row.amount)] if row.entry.value else []


def _in_order(
    left: dict[Row, None],
    right: dict[Row, None],
    left_keys: Callable[[Row], Iterable[Hashable]],
    right_keys: Callable[[Row], Iterable[Hashable]],
    take: Callable[[Row, Row], None],
) -> None:
    """Take rows with a common key, in the order of both tellings: they are interchangeable."""
    waiting: defaultdict[Hashable, list[Row]] = defaultdict(list)
    for row in reversed(left):
        for key in left_keys(row):
            waiting[key].append(row)
    for row in list(right):
        for key in right_keys(row):
            while waiting[key] and waiting[key][-1] not in left:
                waiting[key].pop()
            if waiting[key]:
                take(waiting[key].pop(), row)
                break


def _batches(left: dict[Row, None], right: dict[Row, None], pairs: Pairs) -> None:
    """Pair one row that is left of a day with all that the other telling has left of it.

    A bank may tell a batch of payments as one row in one format and one by one in the other.
    """
    days: defaultdict[date, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for row in left:
        days[row.booked][0].append(row)
    for row in right:
        days[row.booked][1].append(row)
    for one, two in days.values():
        sums = sum(row.amount for row in one), sum(row.amount for row in two)
        if min(len(one), len(two)) == 1 < max(len(one), len(two)) and sums[0] == sums[1]:
            pairs.same.append((tuple(one), tuple(two)))
            for row in one:
                del left[row]
            for row in two:
                del right[row]


def _unique(
    left: dict[Row, None], right: dict[Row, None], keys: Callable[[Row], Iterable[Hashable]]
) -> Iterable[tuple[Row, Row]]:
    """Yield rows that share a key which no other row of either side has."""
    counts = [Counter(key for row in side for key in set(keys(row))) for side in (left, right)]
    alone = {key: row for row in left for key in keys(row) if counts[0][key] == 1}
    for row in right:
        for key in keys(row):
            if counts[1][key] == 1 and key in alone:
                yield alone[key], row
