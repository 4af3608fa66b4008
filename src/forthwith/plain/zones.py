"""Time zones by the names files give them, and zones that files define themselves.

A name is one of the IANA database, with or without a maker's prefix, or one that Windows writes
(windows_zones.toml, from CLDR). A definition is a set of observances: from when, by which offset
(RFC 5545 3.6.5; the structures of Outlook say the same). What is neither is None: nobody may guess
the offset of a zone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_IANA = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
#: Microsoft's web services put this before their names: "tzone://Microsoft/Utc".
_PREFIX = re.compile(r"tzone://microsoft/", re.IGNORECASE)
_LAST = 5


@cache
def _windows() -> Mapping[str, str]:
    text = files(__package__).joinpath("windows_zones.toml").read_text(encoding="utf-8")
    zones = tomllib.loads(text)["zones"].items()
    return {name.casefold(): zone for name, zone in zones}


@cache
def named(name: str) -> ZoneInfo | None:
    """Return the zone of a name, IANA's or one that Windows writes; None if unknown."""
    bare = _PREFIX.sub("", " ".join(name.strip(' "').split()))
    windows = _windows().get(bare.casefold(), "")
    # Some writers put their own name before it: "/freeassociation.sourceforge.net/Europe/Zurich".
    for candidate in (windows, bare, "/".join(bare.split("/")[-2:])):
        if _IANA.fullmatch(candidate) is None:
            continue
        try:
            return ZoneInfo(candidate)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


@dataclass(frozen=True, slots=True)
class YearlyDay:
    """A day of each year: "the last Sunday of October", or a day of a month."""

    month: int
    #: 0 is Monday; None for a fixed day of the month.
    weekday: int | None = None
    #: Which of the month's weekdays: 1 to 4, 5 or -1 for the last. A day where no weekday is said.
    number: int = 1
    #: The weekday on or after this day of the month instead ("Sunday on or after the 8th").
    not_before: int = 0

    def in_year(self, year: int) -> date | None:
        """Return the day in `year`; None where the month has none."""
        try:
            first = date(year, self.month, max(self.not_before, 1))
            if self.weekday is None:
                return date(year, self.month, self.number)
            first += timedelta((self.weekday - first.weekday()) % 7)
            if 0 < self.number < _LAST:
                return first + timedelta(7 * (self.number - 1))
            after = date(year + self.month // 12, self.month % 12 + 1, 1)
            back = 1 if self.number == _LAST else -self.number
            last = after - timedelta((after.weekday() - self.weekday - 1) % 7 + 1)
            return last - timedelta(7 * (back - 1))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Observance:
    """Standard or daylight time: from when its offset is in force."""

    #: Local time by the clock that runs before it; the first onset.
    start: datetime
    before: timedelta
    after: timedelta
    #: On which day of each year it begins again; None for once.
    yearly: YearlyDay | None = None
    #: The last day on which it may begin.
    until: date | None = None
    #: Further onsets, one by one.
    more: tuple[datetime, ...] = ()

    def onset(self, moment: datetime) -> datetime | None:
        """Return its latest onset at or before a local time, by the clock before it."""
        onsets = [self.start, *self.more]
        if self.yearly is not None:
            for year in (moment.year, moment.year - 1):
                day = self.yearly.in_year(year) if year else None
                if day is not None and self.until is not None and day > self.until:
                    day = self.yearly.in_year(self.until.year)
                    if day is not None and day > self.until:
                        day = self.yearly.in_year(self.until.year - 1)
                if day is not None and day >= self.start.date():
                    onsets.append(datetime.combine(day, self.start.time()))
        # A clock set forward skips an hour: a time within it is still by the clock before.
        ahead = max(self.after - self.before, timedelta())
        return max((onset for onset in onsets if onset <= moment - ahead), default=None)


def offset_at(observances: Sequence[Observance], moment: datetime) -> timedelta | None:
    """Return the offset from UTC of a local time in a zone so defined; None without observances.

    An hour that comes twice is the first of the two (RFC 5545 3.3.5).
    """
    try:
        onsets = [(observance.onset(moment), observance) for observance in observances]
    except OverflowError:
        return None
    begun = [(onset, observance.after) for onset, observance in onsets if onset is not None]
    if begun:
        return max(begun)[1]
    first = min(observances, key=lambda observance: observance.start, default=None)
    return None if first is None else first.before


def local(observances: Sequence[Observance], moment: datetime) -> datetime | None:
    """Return an instant in UTC, without its zone, as the local time of a zone so defined."""
    offsets = {observance.after for observance in observances}
    offsets |= {observance.before for observance in observances}
    for offset in sorted(offsets, reverse=True):
        try:
            if offset_at(observances, moment + offset) == offset:
                return moment + offset
        except OverflowError:
            return None
    return None


def written(offset: timedelta) -> str:
    """Return an offset as ISO 8601 writes it: "+02:00"; seconds, which none has now, are left."""
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
