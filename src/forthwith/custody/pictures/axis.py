"""A scale of days: where a day stands, and which days are worth a label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forthwith.domain.period import Period

#: Steps between labels, finest first: (unit, how many).
_STEPS = (
    *(("day", count) for count in (1, 2, 3, 7, 14)),
    *(("month", count) for count in (1, 3, 6)),
    *(("year", count) for count in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
_MOST_LABELS = 9
_LENGTH = {"day": 1, "month": 30.4, "year": 365.2}


@dataclass(frozen=True, slots=True)
class Scale:
    """Days of `period`, which has an end, from `left` to `right`."""

    period: Period
    left: float
    right: float

    @property
    def days(self) -> int:
        """Return how many days are drawn."""
        return ((self.period.end or date.max) - self.period.start).days

    def x(self, day: date) -> float:
        """Return where a day begins, held within the edges."""
        share = (day - self.period.start).days / max(1, self.days)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def span(self, period: Period) -> tuple[float, float]:
        """Return where a period begins and ends."""
        return self.x(period.start), self.right if period.end is None else self.x(period.end)

    def labels(self) -> Iterator[tuple[date, str]]:
        """Yield days with what to write there, few enough to read."""
        unit, count = next(
            (step for step in _STEPS if self.days / (_LENGTH[step[0]] * step[1]) <= _MOST_LABELS),
            _STEPS[-1],
        )
        for day in _days(self.period, unit, count):
            yield day, _label(day, unit)


def _days(period: Period, unit: str, count: int) -> Iterator[date]:
    start, end = period.start, period.end or date.max
    if unit == "day":
        first = start.toordinal() + -start.toordinal() % count
        for ordinal in range(first, end.toordinal(), count):
            yield date.fromordinal(ordinal)
        return
    months = count if unit == "month" else 12 * count
    for month in range(
        -(-(start.year * 12 + start.month - 1) // months) * months,
        end.year * 12 + end.month,
        months,
    ):
        day = date(month // 12, month % 12 + 1, 1) if 12 <= month < 120000 else end
        if start <= day < end:
            yield day


def _label(day: date, unit: str) -> str:
    if unit == "year":
        return f"{day.year:04d}"
    month = _MONTHS[day.month - 1]
    return f"{day.day} {month} {day.year}" if unit == "day" else f"{month} {day.year}"


#: Not `strftime`, which speaks the language of the machine.
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def short(day: date) -> str:
    """Return "14 Mar 2023"."""
    return _label(day, "day")
