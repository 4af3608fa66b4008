"""Every other telling of an account against the rows that are counted: witnesses, differences.

A telling that closes and still has another balance on some days puts those days in doubt; one whose
own arithmetic fails is refuted by the balances, and its rows are differences.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate

from forthwith.books.bank_accounts import DayBalance, Difference, Gap
from forthwith.books.counted_days import Piece, days_text
from forthwith.books.statement_chains import Says, Told
from forthwith.books.tellings import NEAR, Pairs, Row, pair


class SecondTellings:
    """What every other telling says of the rows that are counted; collects while it is used."""

    def __init__(
        self,
        says: Says,
        pieces: Sequence[Piece],
        ledger: Sequence[Row],
        opening: DayBalance | None,
    ) -> None:
        self.says = says
        self.pieces = pieces
        self.ledger = ledger
        self.opening = opening
        self.days = [row.booked for row in ledger]
        self.sums = [0, *accumulate(row.amount for row in ledger)]
        self.of_chain: defaultdict[int, set[Row]] = defaultdict(set)
        for piece in pieces:
            self.of_chain[piece.chain].update(piece.rows)
        #: Rows of other tellings by the counted row that they tell.
        self.same: dict[Row, list[Row]] = defaultdict(list)
        self.differences: list[Difference] = []
        self.doubts: list[tuple[Gap, str]] = []

    def between(self, first: date, last: date) -> Sequence[Row]:
        """Return the counted rows of some days and of those near them."""
        low = date.fromordinal(max(first.toordinal() - NEAR.days, 1))
        high = date.fromordinal(min(last.toordinal() + NEAR.days, date.max.toordinal()))
        return self.ledger[bisect_left(self.days, low) : bisect_right(self.days, high)]

    def running(self, day: date) -> int | None:
        """Return the counted balance at the end of a day."""
        if self.opening is None:
            return None
        return self.opening.amount + self.sums[bisect_right(self.days, day)]

    def reconcile_chain(self, number: int, chain: Sequence[Told]) -> None:
        """Pair the rows of a chain that are not counted with those that are, of its days."""
        counted = self.of_chain[number]
        second = [row for item in chain for row in item.rows if row not in counted]
        own = {id(piece.told) for piece in self.pieces if piece.chain == number}
        telling = [item for item in chain if id(item) not in own or second]
        if not telling:
            return
        first = [
            row for row in self.between(telling[0].start, telling[-1].end) if row not in counted
        ]
        pairs = pair(first, second)
        covered = [(item.start, item.end) for item in telling]
        pairs.only_first = [row for row in pairs.only_first if _within(row.booked, covered)]
        self._keep(pairs, chain[0].statement.file)
        for item in telling:
            self._compare_balances(item, pairs)

    def reconcile_other(self, item: Told) -> None:
        """Pair the rows of an interim report or a notice; it need not tell every row."""
        pairs = pair(self.between(item.start, item.end), item.rows)
        pairs.only_first = []
        covered = [(piece.first, piece.last) for piece in self.pieces]
        later = [row for row in pairs.only_second if not _within(row.booked, covered)]
        pairs.only_second = [row for row in pairs.only_second if _within(row.booked, covered)]
        if later:
            total = sum(row.amount for row in later)
            self.says.notes.append(
                f"{item.statement.file}: {len(later)} entries that add up to "
                f"{self.says.text(total)} are told by this {item.statement.telling} alone, of days "
                "that no statement covers; they are no moves"
            )
        self._keep(pairs, item.statement.file)

    def _keep(self, pairs: Pairs, file: str) -> None:
        text = self.says.text
        for one, two in pairs.same:
            for row in one:
                self.same[row].extend(two)
        for first, second in (*pairs.amounts, *pairs.days):
            # What has only its amount in common and lies far apart is no sure witness.
            if abs(first.booked - second.booked) <= NEAR or {*first.references} & {
                *second.references
            }:
                self.same[first].append(second)
        for first, second in pairs.amounts:
            self._differ(
                "amount", first.booked, first, second, second.amount - first.amount,
                f"{first.witness} says {text(first.amount)} and {second.witness} "
                f"{text(second.amount)} for one reference",
            )  # fmt: skip
        for first, second in pairs.days:
            says = (
                f"{first.witness} books {text(first.amount)} on {first.booked}, and "
                f"{second.witness} on {second.booked}"
            )
            self._differ("day", first.booked, first, second, first.amount, says)
            start, end = sorted((first.booked, second.booked))
            last = date.fromordinal(end.toordinal() - 1)
            gap = Gap(self.says.account, self.says.currency, start, last, says, later=False)
            self.doubts.append((gap, file))
        for row in pairs.only_first:
            self._differ(
                "only_first", row.booked, row, None, -row.amount,
                f"{row.witness} books {text(row.amount)} on {row.booked}, and {file} does not",
            )  # fmt: skip
        for row in pairs.only_second:
            self._differ(
                "only_second", row.booked, None, row, row.amount,
                f"{row.witness} books {text(row.amount)} on {row.booked}, and the telling that is "
                "counted does not",
            )  # fmt: skip

    def _differ(
        self, kind: str, day: date, first: Row | None, second: Row | None, amount: int, says: str
    ) -> None:
        rows = [() if row is None else (row.witness,) for row in (first, second)]
        self.differences.append(Difference(kind, day, amount, rows[0], rows[1], says))

    def _compare_balances(self, item: Told, pairs: Pairs) -> None:
        """Put in doubt the days on which another telling that closes has another balance."""
        start = self.running(date.fromordinal(max(item.start.toordinal() - 1, 1)))
        before = start if item.derived or item.before is None else item.before
        if start is None or before is None or item.problem:
            return
        if item.derived and before + item.total != item.closing:
            return
        moves = self._daily_differences(item, pairs)
        net = sum(moves.values())
        if item.closing is None and before == start and net:
            return
        if before != start:
            says = (
                f"before {item.start} the balance is {self.says.text(before)} in "
                f"{item.statement.file}, and {self.says.text(start)} in the telling that is counted"
            )
            self.differences.append(Difference("balance", item.start, before - start, (), (), says))
        for first, last in _nonzero(before - start, moves, item.start, item.end):
            why = (
                f"two tellings of account {self.says.account} that both close have different "
                f"balances on {days_text(first, last)}: {item.statement.file} and the one that is "
                "counted"
            )
            gap = Gap(self.says.account, self.says.currency, first, last, why, later=False)
            self.doubts.append((gap, item.statement.file))

    def _daily_differences(self, item: Told, pairs: Pairs) -> Mapping[date, int]:
        """Return by day what another telling books more than the counted one, within its days.

        A row that the other telling books on its value date counts on the counted day.
        """
        moved = {row: one[0].booked for one, two in pairs.same if len(one) == 1 for row in two}
        more: defaultdict[date, int] = defaultdict(int)
        for row in item.rows:
            more[moved.get(row, row.booked)] += row.amount
        low, high = bisect_left(self.days, item.start), bisect_right(self.days, item.end)
        for row in self.ledger[low:high]:
            more[row.booked] -= row.amount
        return more


def _nonzero(
    difference: int, moves: Mapping[date, int], start: date, end: date
) -> Iterator[tuple[date, date]]:
    """Yield the spans of days, first and last, on which a running difference is not zero."""
    since = start if difference else None
    for day in sorted(moves):
        if not start <= day <= end:
            continue
        difference += moves[day]
        if difference and since is None:
            since = day
        elif not difference and since is not None:
            if since < day:
                yield since, date.fromordinal(day.toordinal() - 1)
            since = None
    if since is not None:
        yield since, end


def _within(day: date, covered: Sequence[tuple[date, date]]) -> bool:
    """Return whether a day lies in one of some spans, which are in order."""
    place = bisect_right(covered, day, key=lambda span: span[0])
    return any(day <= last for _, last in covered[max(place - 2, 0) : place])
