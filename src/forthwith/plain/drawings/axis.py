"""A scale of days: where a day or an instant stands, which are worth a label, how each is written.

One convention in pictures, tables and words: `to` is the first day, or instant, no longer so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

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

    def x(self, when: date) -> float:
        """Return where a day begins, or an instant lies, held within the edges."""
        share = (_day_number(when) - self.period.start.toordinal()) / max(1, self.days)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def span(self, period: Period) -> tuple[float, float]:
        """Return where a period begins and ends."""
        last = ends(period)
        return self.x(starts(period)), self.right if last is None else self.x(last)

    def labels(self, most: int = _MOST_LABELS) -> Iterator[tuple[date, str]]:
        """Yield days with what to write there, few enough to read."""
        unit, count = next(
            (step for step in _STEPS if self.days / (_LENGTH[step[0]] * step[1]) <= most),
            _STEPS[-1],
        )
        for day in _days(self.period, unit, count):
            yield day, _label(day, unit)


def _day_number(when: date) -> float:
    """Return the day counted from year 1, with the part of it gone at an instant."""
    if not isinstance(when, datetime):
        return float(when.toordinal())
    gone = timedelta(hours=when.hour, minutes=when.minute, seconds=when.second)
    return when.toordinal() + gone / timedelta(1)


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


def short(when: date) -> str:
    """Return "14 Mar 2023"; of an instant "14 Mar 2023 15:00 UTC-05:00"."""
    text = _label(when, "day")
    if not isinstance(when, datetime):
        return text
    clock = when.strftime("%H:%M:%S" if when.second else "%H:%M")
    zone = when.strftime("%z")
    offset = f"{zone[:3]}:{zone[3:5]}" if zone.strip("+-0") else ""
    return f"{text} {clock} UTC{offset}"


def starts(period: Period) -> date:
    """Return the day, or the instant, with which a period begins."""
    return period.starts_at or period.start


def ends(period: Period) -> date | None:
    """Return the first day, or the instant, no longer in it; None is still going on."""
    return period.ends_at or period.end


def convention(zone: str) -> str:
    """Return what the dates of a picture mean, as a sentence."""
    return f"“To” is the first day, or instant, no longer so; days are days in {zone}."
