"""Which rows of which statement are counted: each day of an account once, from its best telling.

A better telling is taken up where its balance agrees with the one reached; a statement that does
not close is counted only where no other telling closes over its days, and its days are a gap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.books.bank_accounts import Gap
from forthwith.books.statement_chains import Says, Told
from forthwith.books.tellings import Row

_LAST = date.max.toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What is counted of one statement: its rows booked from `first` to `last`."""

    chain: int
    told: Told
    first: date
    last: date
    rows: tuple[Row, ...]


def counted(
    tellings: Sequence[Sequence[Told]], says: Says
) -> tuple[list[Piece], list[tuple[Gap, str]]]:
    """Return the pieces that are counted, in order, and the gaps between and within them.

    With each gap stands the file that shows it. `tellings` are checked chains, the best first.
    """
    walk = _Walk(tellings, says)
    while walk.goes_on() or walk.starts_anew():
        pass
    return walk.pieces, walk.gaps


def days_text(first: date, last: date) -> str:
    """Return "2026-02-01 to 2026-02-28", or one day."""
    return f"{first}" if first == last else f"{first} to {last}"


def _before(day: date) -> date:
    return date.fromordinal(max(day.toordinal() - 1, 1))


class _Walk:
    """A way through the statements of an account, day by day; used once."""

    def __init__(self, tellings: Sequence[Sequence[Told]], says: Says) -> None:
        self.tellings = tellings
        self.says = says
        self.starts = [[item.start for item in chain] for chain in tellings]
        self.pieces: list[Piece] = []
        self.gaps: list[tuple[Gap, str]] = []
        #: Chain and number of the statement last counted to its end; None within one.
        self.place: tuple[int, int] | None = None
        #: What was reached: the balance, None where unknown, and the next day to count.
        self.balance: int | None = None
        self.day: date | None = None
        #: Whether two stated balances and the rows between them prove what was reached.
        self.proved = True

    def goes_on(self) -> bool:
        """Count the best statement that continues what was reached; False where none does."""
        options: list[tuple[int, int, int]] = []
        following = self._following()
        if following and not following[2].broken and not following[2].problem:
            options.append((following[0], 0, following[1]))
        if self.day and self.balance is not None:
            for chain, starts in enumerate(self.starts):
                number = bisect_right(starts, self.day) - 1
                if number < 0 or (self.place and chain == self.place[0]):
                    continue
                item = self.tellings[chain][number]
                if item is self.pieces[-1].told or item.problem or item.end < self.day:
                    continue
                if item.balance_before(self.day) == self.balance:
                    options.append((chain, 1, number))
        if not options:
            return False
        chain, other, number = min(options)
        item = self.tellings[chain][number]
        self._take(chain, number, self.day if other and self.day else item.start, item.end)
        self.proved = True
        return True

    def starts_anew(self) -> bool:
        """Count the next statement although nothing leads to it, with its gap; False at the end."""
        chosen = self._next_start()
        if chosen is None:
            return False
        chain, number, last = chosen
        item = self.tellings[chain][number]
        own = self.place == (chain, number - 1)
        first = item.start
        if self.day is not None:
            self._gap_before(item, self.day, own=own)
            first = item.start if own else max(self.day, item.start)
        self._take(chain, number, first, last)
        self.proved = not item.derived
        if item.derived:
            # Its closing balance is stated; those before it are only what its rows leave.
            why = (
                f"{item.name} states no opening balance, so nothing shows that its entries are all"
            )
            start, end = _before(first), _before(last)
            gap = Gap(self.says.account, self.says.currency, start, end, why, False, True)
            self.gaps.append((gap, item.statement.file))
        return True

    def _following(self) -> tuple[int, int, Told] | None:
        """Return the next statement of the chain that was counted last."""
        if self.place is None:
            return None
        chain, number = self.place[0], self.place[1] + 1
        items = self.tellings[chain]
        return (chain, number, items[number]) if number < len(items) else None

    def _take(self, chain: int, number: int, first: date, last: date) -> None:
        item = self.tellings[chain][number]
        rows = [
            row
            for row in item.rows
            if (first <= row.booked or first <= item.start)
            and (row.booked <= last or last >= item.end)
        ]
        self.pieces.append(Piece(chain, item, first, last, tuple(rows)))
        whole = last >= item.end
        self.place = (chain, number) if whole else None
        reached, self.day = self.day, date.fromordinal(min(last.toordinal() + 1, _LAST))
        self.balance = item.after if whole else item.balance_before(self.day)
        if item.problem:
            self.balance = item.closing if whole else None
            opening = item.statement.opening
            if opening and first == item.start and (not reached or opening.day >= reached):
                # Its first day is that of its opening balance, were its rows all there.
                first = min(first, opening.day)
            self._gap(first, last, item.problem, item)

    def _gap(self, first: date, last: date, why: str, item: Told) -> None:
        gap = Gap(self.says.account, self.says.currency, first, max(first, last), why)
        self.gaps.append((gap, item.statement.file))

    def _gap_before(self, item: Told, day: date, *, own: bool) -> None:
        """Say why nothing leads to a statement that is counted next."""
        before = _before(item.start)
        if not self.proved:
            # The balance reached is one file's word, and the next statement does not bear it out.
            day = self.pieces[-1].last
        if own and item.broken:
            self._gap(day if day <= before else item.start, before, item.broken, item)
        elif own and item.problem and not self.proved:
            self._gap(day, day, item.problem, item)
        elif not own and item.start > day:
            self._gap(day, before, f"no statement covers {days_text(day, before)}", item)
        elif not own and not item.problem:
            at = item.balance_before(day)
            sides = ["unknown" if amount is None else self.says.text(amount)
                     for amount in (self.balance, at)]  # fmt: skip
            last = self.pieces[-1].told
            why = (
                f"before {day} the balance is {sides[0]} after {last.name} in "
                f"{last.statement.file}, and {sides[1]} in {item.statement.file}"
            )
            self._gap(day, item.end, why, item)

    def _next_start(self) -> tuple[int, int, date] | None:
        """Return the statement to count where none continues, and its last day to be counted.

        The one that begins first. Where it does not close, or states no opening balance, and one
        that does begins before it ends, it is counted to the day before that one; not at all
        where that one begins as early or has another balance.
        """
        waiting = []
        for chain, items in enumerate(self.tellings):
            same = self.place is not None and chain == self.place[0]
            for number, item in enumerate(items):
                later = self.place is not None and same and number > self.place[1]
                if self.day is None or later or (item.end >= self.day and not same):
                    begin = item.start
                    if self.day is not None and not later:
                        begin = max(begin, self.day)
                    waiting.append((begin, bool(item.problem) or item.derived, chain, number))
        if not waiting:
            return None
        begin, unproved, chain, number = min(waiting)
        item = self.tellings[chain][number]
        sound = min((option for option in waiting if not option[1]), default=None)
        if unproved and sound and sound[0] <= item.end:
            other = self.tellings[sound[2]][sound[3]]
            at = item.balance_before(sound[0]), other.balance_before(sound[0])
            if sound[0] <= begin or (item.derived and at[0] != at[1]):
                return sound[2], sound[3], other.end
            return chain, number, _before(sound[0])
        return chain, number, item.end
