"""Instants: seconds since 1970 in UTC, and how they are written.

State at an instant includes every event stamped with it; intervals are half-open.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from forthwith.domain.errors import ForthwithError

#: Whole seconds since 1970-01-01T00:00:00Z.
Instant = int
DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = r"(\d{2}:\d{2})(:\d{2})?(?:[.,]\d+)?"
_DAY = r"(\d{4}-\d{2}-\d{2})"
_SHAPE = re.compile(rf"{_DAY}(?:[T ]{_TIME}\s*(Z|z|[+-]\d{{2}}:?\d{{2}})?)?", re.ASCII)


class InstantError(ForthwithError):
    """A text is not an instant; the sentence has no full stop, to stand in a fault."""


def instant(text: str, zone: str = "UTC") -> Instant:
    """Read "2026-01-31T23:59:59Z", with any offset; a bare day is its first second in `zone`.

    Raises InstantError: another shape, no such day, or a time without `Z` or an offset.
    """
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise InstantError(f"{text[:40]!r} is not an instant, as 2026-01-31T23:59:59Z")
    if match[2] is None:
        return day_start(_day(match[1]), zone)
    if match[4] is None:
        raise InstantError(f"{text[:40]!r} has no zone: write Z or an offset, as +01:00")
    offset = "+00:00" if match[4] in "Zz" else match[4]
    try:
        when = datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ':00'}{offset}")
    except ValueError as wrong:
        raise InstantError(f"{text[:40]!r} is not an instant: {wrong}") from wrong
    return (when - _EPOCH) // timedelta(seconds=1)


def instant_text(when: Instant) -> str:
    """Return "2026-01-31T23:59:59Z"."""
    return (_EPOCH + timedelta(seconds=when)).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_start(day: date, zone: str = "UTC") -> Instant:
    """Return the first second of a day in a zone."""
    when = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return (when - _EPOCH) // timedelta(seconds=1)


def day_end(day: date, zone: str = "UTC") -> Instant:
    """Return the end of a day: its last second, 23:59:59 in the zone."""
    return day_start(day + timedelta(days=1), zone) - 1


def day_of(when: Instant, zone: str = "UTC") -> date:
    """Return the day an instant lies on."""
    return (_EPOCH + timedelta(seconds=when)).astimezone(ZoneInfo(zone)).date()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise InstantError(f"{text!r} is not a day of the calendar") from wrong
