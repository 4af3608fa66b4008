"""Bank accounts as their statements show them: rows with their witnesses, and what is not shown.

Amounts are whole numbers of the currency's smallest unit. `statements.accounts_of` makes them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from typing import Any, Self

from forthwith.books.books import WitnessRow
from forthwith.domain.amounts import amount_text
from forthwith.domain.fact_tables import RowFault


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One movement of one account, told by one or more files and counted once."""

    #: It counts from the end of this day.
    booked: date
    #: Signed: what moved the balance.
    amount: int
    #: What any telling calls it; the first is the one to match by.
    references: tuple[str, ...] = ()
    value: date | None = None
    party: str = ""
    party_account: str = ""
    text: str = ""
    reversal: bool = False
    #: One row for each telling, the counted one first.
    witnesses: tuple[WitnessRow, ...] = ()
    #: Place in the statement order of the whole account, from 0.
    order: int = 0


@dataclass(frozen=True, slots=True)
class DayBalance:
    """A balance that a statement states: at the end of its day, an opening one before its day."""

    day: date
    amount: int
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of an account that no sound statement shows, first and last day included."""

    account: str
    currency: str
    start: date
    end: date
    #: One plain sentence without its full stop.
    why: str
    #: Whether every later balance is lost too; not where only days within are in doubt.
    later: bool = True
    #: Whether a statement that states no opening balance is all that is wrong.
    unopened: bool = False

    def hides(self, day: date) -> bool:
        """Return whether the balance at the end of a day is not shown because of it."""
        return self.start <= day and (self.later or day <= self.end)


@dataclass(frozen=True, slots=True)
class Difference:
    """What two tellings of one account do not agree on."""

    #: "amount", "day", "only_first", "only_second", "balance"; the first telling is the counted.
    kind: str
    day: date
    #: What the second telling has more than the first, signed; of a "day" the amount that moved.
    amount: int
    first: tuple[WitnessRow, ...]
    second: tuple[WitnessRow, ...]
    #: One plain sentence without its full stop.
    says: str


@dataclass(frozen=True, slots=True)
class BankAccount:
    """One account in one currency: all its statements, read together."""

    #: The fullest way it is written: an IBAN where a file has one.
    account: str
    currency: str
    decimals: int
    #: In order of booking day, then as the statements have them.
    entries: tuple[AccountEntry, ...] = ()
    #: Before its day. None: no statement says it, and none can be worked out.
    opening: DayBalance | None = None
    #: Closing balances as stated, at the end of their days.
    balances: tuple[DayBalance, ...] = ()
    #: First and last day that statements cover.
    start: date | None = None
    end: date | None = None
    gaps: tuple[Gap, ...] = ()
    differences: tuple[Difference, ...] = ()
    faults: tuple[RowFault, ...] = ()
    notes: tuple[str, ...] = ()
    #: Every way the files write its number, `account` first.
    names: tuple[str, ...] = ()
    #: Files that tell it, those counted first.
    files: tuple[str, ...] = ()
    #: Whether the first statement states its first day; BAI2 and MT940 state only balances.
    start_stated: bool = field(default=False)

    def shown(self, day: date) -> bool:
        """Return whether the balance at the end of a day is shown."""
        return not self.not_shown(day)

    def not_shown(self, day: date) -> str:
        """Return why the balance at the end of a day is not shown, or an empty text."""
        if self.opening is None or self.start is None or self.end is None:
            return f"no statement of account {self.account} states a balance"
        if day.toordinal() < self.start.toordinal() - 1 or day > self.end:
            return (
                f"the statements of account {self.account} cover {self.start} to {self.end}, "
                f"not {day}"
            )
        return next((gap.why for gap in self.gaps if gap.hides(day)), "")

    def balance(self, day: date) -> int | None:
        """Return the balance at the end of a day; None where `not_shown` says why."""
        return None if self.opening is None or self.not_shown(day) else self.running(day)

    def running(self, day: date) -> int:
        """Return the opening balance and every entry booked to the end of a day, shown or not."""
        start = self.opening.amount if self.opening else 0
        return start + sum(row.amount for row in self.entries if row.booked <= day)

    def daily(self, days: list[date]) -> list[int | None]:
        """Return the balances at the end of days, as `balance` does, in one pass."""
        sums = [0, *accumulate(row.amount for row in self.entries)]
        booked = [row.booked for row in self.entries]
        opening = self.opening.amount if self.opening else 0
        return [
            None if self.not_shown(day) else opening + sums[bisect_right(booked, day)]
            for day in days
        ]

    def opened(self, day: date, amount: int) -> Self:
        """Return the account as one that held an amount at the end of a day before its statements.

        For what the books' openings say. It proves the entries of a first statement that states
        no opening balance (OFX). Where the first statement states no first day (BAI2 and MT940
        state balances alone), the account goes on from the day given: nothing lies between two
        balances that agree. Another amount, or days left out, leave the account as it is.
        """
        if self.opening is None or self.start is None or self.opening.amount != amount:
            return self
        start = date.fromordinal(day.toordinal() + 1)
        if start > self.start or (start < self.start and self.start_stated):
            return self
        proved = {gap.why for gap in self.gaps if gap.unopened}
        return replace(
            self,
            start=start,
            opening=replace(self.opening, day=start),
            gaps=tuple(gap for gap in self.gaps if not gap.unopened),
            faults=tuple(fault for fault in self.faults if fault.what not in proved),
        )

    def as_json(self) -> Mapping[str, Any]:
        """Return what `books` prints of an account; amounts are texts."""
        return {
            "account": self.account,
            "currency": self.currency,
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            "opening": amount_text(self.opening.amount, self.decimals) if self.opening else None,
            "entries": len(self.entries),
            "gaps": [
                {"from": gap.start.isoformat(), "to": gap.end.isoformat(), "why": gap.why}
                for gap in self.gaps
            ],
            "differences": [difference.says for difference in self.differences],
            "files": list(self.files),
        }
