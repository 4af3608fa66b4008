"""The arithmetic of Fed. R. Civ. P. 6: when a period ends, with every step in words.

A `CourtDays` says which days are holidays (see `standards.civil_rules`), and the rule says which
period applies (see `standards.civil_rules`). A day certain set by a court is not computed:
Rule 6(a) applies only where a period is stated in days. Rule 6(d) is that of 1 December 2016:
nothing is added for service by e-mail or through the court's filing system.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import DueDay, Service

#: Days added after the period would otherwise expire (6(d)).
_MAIL_DAYS = 3
_ONE = timedelta(days=1)
_SATURDAY = 5


class NoPeriodError(ForthwithError):
    """A period of no days."""

    def __init__(self, days: int) -> None:
        super().__init__(f"A period of {days} days cannot be counted; it must have at least 1 day.")


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which nothing falls due."""

    #: "Juneteenth National Independence Day".
    name: str
    #: Why it counts: "6(a)(6)(A)".
    clause: str
    #: Why a person must decide whether it counts; "" where it is certain.
    doubt: str = ""


class CourtDays(Protocol):
    """Which days are legal holidays, for counting in one direction."""

    def holiday(self, day: date, *, backward: bool) -> Holiday | None:
        """Return the holiday of a day; days of a State count forward only (6(a)(6)(C))."""


@dataclass(frozen=True, slots=True)
class Period:
    """So many days after (or before) something, and the clause that says so."""

    days: int
    rule: str
    #: Counted back from the event: "at least 14 days before the hearing".
    backward: bool = False


def written(day: date) -> str:
    """Return a day in words: Monday, 10 July 2023."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def day_certain(day: date, rule: str) -> DueDay:
    """Return a due day that a court or the parties fixed."""
    step = f"{written(day)} is a day certain; no period is counted (6(a) does not apply)."
    return DueDay(day, rule, (step,))


def due_day(trigger: date, period: Period, court: CourtDays, by: Service) -> DueDay:
    """Return when a period that an event starts ends. Raises NoPeriodError.

    Days of which it is doubtful whether they are holidays are taken both ways: where the ends
    differ, both are returned and the reason.
    """
    if period.days < 1:
        raise NoPeriodError(period.days)
    plain = _Count(court, period.backward, doubtful=False).run(trigger, period.days, by)
    closed = _Count(court, period.backward, doubtful=True).run(trigger, period.days, by)
    # 6(d) speaks of acts "within a specified time after being served": never of backward periods.
    adds_mail_days = by is Service.MAIL and not period.backward
    clauses = "6(a), 6(d)" if adds_mail_days else "6(a)"
    rule = f"{period.rule}; Fed. R. Civ. P. {clauses}"
    if plain.end == closed.end:
        return DueDay(plain.end, rule, tuple(plain.steps))
    first, second = sorted((plain, closed), key=lambda count: count.end)
    return DueDay(
        first.end,
        rule,
        _both(first, second),
        (first.end, second.end),
        " ".join(dict.fromkeys(closed.doubts)),
    )


def _both(first: _Count, second: _Count) -> tuple[str, ...]:
    """Return the steps two counts share, then what each does on its own."""
    same = [a for a, b in zip(first.steps, second.steps) if a == b]
    steps = list(same)
    for label, count in (("On one reading", first), ("On the other", second)):
        steps += [f"{label}: {step}" for step in count.steps[len(same) :]]
        steps.append(f"{label} the last day is {written(count.end)}.")
    return tuple(steps)


class _Count:
    """One count, with doubtful days taken as holidays or not."""

    def __init__(self, court: CourtDays, backward: bool, *, doubtful: bool) -> None:  # noqa: FBT001
        self._court, self._backward, self._doubtful = court, backward, doubtful
        self._step = -_ONE if backward else _ONE
        self.end = date.min
        self.steps: list[str] = []
        self.doubts: list[str] = []

    def run(self, trigger: date, days: int, by: Service) -> _Count:
        """Count, roll, add for mail, roll again."""
        self.steps.append(f"{written(trigger)} starts the period and is not counted (6(a)(1)(A)).")
        self.end = trigger + self._step * days
        way = "before" if self._backward else "after"
        self.steps.append(
            f"{days} days {way} it, every day counted, is {written(self.end)} (6(a)(1)(B))."
        )
        self._roll()
        if by is Service.MAIL and not self._backward:
            self.end += timedelta(days=_MAIL_DAYS)
            self.steps.append(
                f"Served by mail: {_MAIL_DAYS} days are added, to {written(self.end)} (6(d))."
            )
            self._roll()
        return self

    def _roll(self) -> None:
        while reason := self._closed(self.end):
            after = self.end + self._step
            way = "back" if self._backward else "on"
            clause = "6(a)(5)" if self._backward else "6(a)(1)(C)"
            self.steps.append(
                f"{written(self.end)} is {reason}: {way} to {written(after)} ({clause})."
            )
            self.end = after

    def _closed(self, day: date) -> str:
        if day.weekday() >= _SATURDAY:
            return f"a {day:%A}"
        holiday = self._court.holiday(day, backward=self._backward)
        if holiday is None:
            return ""
        if holiday.doubt:
            self.doubts.append(f"{written(day)}: {holiday.doubt}")
            if not self._doubtful:
                return ""
        return f"{holiday.name} ({holiday.clause})"
