"""Days as bits: one integer holds a truth for every stretch of days between two breakpoints.

The facts change on a few days only. An axis has one bit for each stretch in which nothing
changes, so `&` and `|` on integers join truths over all days at once, and nothing loops over days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from forthwith.domain.period import Period


class Axis:
    """The days of one question, cut where a fact begins or ends."""

    def __init__(self, whole: Period, cuts: Iterable[date]) -> None:
        """Cut `whole` (which has an end) at every day of `cuts` inside it."""
        if whole.end is None or whole.empty:
            raise ValueError(f"an axis needs days: {whole}")
        start, end = whole.start, whole.end
        self.days = sorted({start, end, *(day for day in cuts if start < day < end)})
        self.full = (1 << (len(self.days) - 1)) - 1
        self._places = {day: place for place, day in enumerate(self.days)}

    def __len__(self) -> int:
        return len(self.days) - 1

    def mask(self, period: Period) -> int:
        """Return the stretches that lie in a period (one of those the axis was cut at)."""
        first = self._place(period.start)
        last = len(self) if period.end is None else self._place(period.end)
        return (1 << last) - (1 << first) if last > first else 0

    def _place(self, day: date) -> int:
        # Every bound inside the axis is a breakpoint; what lies outside is clipped to its ends.
        place = self._places.get(day)
        return (0 if day < self.days[0] else len(self)) if place is None else place

    def period(self, first: int, last: int) -> Period:
        """Return the days from stretch `first` up to and without stretch `last`."""
        return Period(self.days[first], self.days[last])

    def periods(self, mask: int) -> list[Period]:
        """Return the runs of set stretches, in order."""
        return [self.period(first, last) for first, last in runs(mask)]


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """Yield each run of set bits as (first, past the last)."""
    at = 0
    while mask:
        skipped = (mask & -mask).bit_length() - 1
        mask >>= skipped
        length = ((mask + 1) & -(mask + 1)).bit_length() - 1
        yield at + skipped, at + skipped + length
        mask >>= length
        at += skipped + length


def bits(mask: int) -> Iterator[int]:
    """Yield the place of every set bit."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
