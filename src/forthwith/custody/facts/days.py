"""Time as bits: one integer holds a truth for every stretch of time between two breakpoints.

The facts change at a few instants only. An axis has one bit for each stretch in which nothing
changes, so `&` and `|` on integers join truths over all time at once, and nothing loops over days.

A bare day is a whole day of doubt. What begins on it holds for all of it; what ends on it may have
lasted to its end. So a period is read in three ways, and an instant reads the same in each:

    mask     from the day it begins up to the day it ends       what surely held
    through  … and through that day                             what may have held
    inside   from the day after it begins up to the day it ends what surely bound
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from forthwith.domain.period import Period

#: Microseconds since the epoch of UTC.
Tick = int
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)


def tick_of(when: datetime) -> Tick:
    """Return an aware instant as a tick."""
    return (when - _EPOCH) // _STEP


class Clock:
    """Ticks of days and periods in one time zone."""

    def __init__(self, zone: str = "UTC") -> None:
        self._zone = ZoneInfo(zone)
        self.day = cache(self._day)
        self.following = cache(self._following)

    def _day(self, day: date) -> Tick:
        """Return the tick at which a day begins."""
        return tick_of(datetime(day.year, day.month, day.day, tzinfo=self._zone))

    def _following(self, day: date) -> Tick:
        """Return the tick at which the next day begins; the last day there is has none."""
        return self.day(date.fromordinal(min(day.toordinal() + 1, date.max.toordinal())))

    def first(self, period: Period) -> Tick:
        """Return the tick at which a period begins."""
        return self.day(period.start) if period.starts_at is None else tick_of(period.starts_at)

    def settled(self, period: Period) -> Tick:
        """Return the tick from which on it has surely begun."""
        if period.starts_at is not None:
            return tick_of(period.starts_at)
        return self.following(period.start)

    def last(self, period: Period) -> Tick | None:
        """Return the tick at which it ends at the earliest; None is never."""
        if period.ends_at is not None:
            return tick_of(period.ends_at)
        return None if period.end is None else self.day(period.end)

    def past(self, period: Period) -> Tick | None:
        """Return the tick at which it has surely ended."""
        if period.ends_at is not None:
            return tick_of(period.ends_at)
        return None if period.end is None else self.following(period.end)

    def cuts(self, period: Period, *, binding: bool = False) -> Iterator[Tick]:
        """Yield every tick at which some reading of a period changes."""
        yield self.first(period)
        if binding:
            yield self.settled(period)
        if period.end is not None:
            yield self.last(period) or 0
            yield self.past(period) or 0

    def period(self, first: Tick, last: Tick) -> Period:
        """Return the time between two ticks, as whole days where it is of whole days."""
        start, starts_at = self._bound(first)
        end, ends_at = self._bound(last)
        if ends_at is not None:
            end += timedelta(1)
        return Period(start, end, starts_at, ends_at)

    def _bound(self, tick: Tick) -> tuple[date, datetime | None]:
        when = (_EPOCH + tick * _STEP).astimezone(self._zone)
        return when.date(), None if tick == self.day(when.date()) else when


class Axis:
    """The time of one question, cut where a fact begins or ends."""

    def __init__(self, whole: Period, cuts: Iterable[Tick], clock: Clock | None = None) -> None:
        """Cut `whole` (which has an end) at every tick of `cuts` inside it."""
        if whole.end is None or whole.empty:
            raise ValueError(f"an axis needs days: {whole}")
        self.clock = clock or Clock()
        start, end = self.clock.first(whole), self.clock.last(whole) or 0
        self.edges = sorted({start, end, *(cut for cut in cuts if start < cut < end)})
        self.full = (1 << (len(self.edges) - 1)) - 1
        self._places = {edge: place for place, edge in enumerate(self.edges)}
        #: Readings of a period by its identity; kept with it, so that no other takes its place.
        self._read: dict[int, tuple[Period, int, int]] = {}

    def __len__(self) -> int:
        return len(self.edges) - 1

    def mask(self, period: Period) -> int:
        """Return the stretches in which it surely held."""
        return self._readings(period)[1]

    def through(self, period: Period) -> int:
        """Return the stretches in which it may have held: through the day it ends on."""
        return self._readings(period)[2]

    def inside(self, period: Period) -> int:
        """Return the stretches in which it surely bound: neither the day it begins nor it ends."""
        return self.between(self.clock.settled(period), self.clock.last(period))

    def _readings(self, period: Period) -> tuple[Period, int, int]:
        known = self._read.get(id(period))
        if known is None:
            clock = self.clock
            first, last = clock.first(period), clock.last(period)
            known = self._read[id(period)] = (
                period,
                self.between(first, last),
                self.between(first, clock.past(period)),
            )
        return known

    def between(self, first: Tick, last: Tick | None) -> int:
        """Return the stretches between two ticks at which the axis was cut; None is the end."""
        begin = self._place(first)
        end = len(self) if last is None else self._place(last)
        return (1 << end) - (1 << begin) if end > begin else 0

    def _place(self, tick: Tick) -> int:
        # Every bound inside the axis is a breakpoint; what lies outside is clipped to its ends.
        place = self._places.get(tick)
        return (0 if tick < self.edges[0] else len(self)) if place is None else place

    def after(self, mask: int) -> int:
        """Return every stretch from the first of `mask` on: what once was may still be."""
        return self.full & -(mask & -mask) if mask else 0

    def period(self, first: int, last: int) -> Period:
        """Return the time from stretch `first` up to and without stretch `last`."""
        return self.clock.period(self.edges[first], self.edges[last])

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
