"""Times as load files write them, most with a zone: "07:05 PM GMT", "19:05 -05:00".

An abbreviation that stands for several zones is a zone, but of unknown offset.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from forthwith.standards.moments import TimeForm

_ABBREVIATION = re.compile(r"(?!AM|PM)[A-Z]{2,5}")
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d\d)?")
_HOURS = {
    "GMT": 0, "UTC": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "GST": 4, "SGT": 8, "HKT": 8, "AWST": 8, "JST": 9, "KST": 9, "AEST": 10,
    "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "AST": -4, "ADT": -3,
}  # fmt: skip
_NAMES = {
    "EASTERN": "America/New_York", "ET": "America/New_York", "CENTRAL": "America/Chicago",
    "CT": "America/Chicago", "MOUNTAIN": "America/Denver", "MT": "America/Denver",
    "PACIFIC": "America/Los_Angeles", "PT": "America/Los_Angeles",
}  # fmt: skip


#: A time of day with AM or PM and its zone, as most standards ask.
_USUAL = TimeForm.parse("hh:mm AM/PM TZ")


@functools.lru_cache(maxsize=4096)
def read_time(cell: str, form: TimeForm = _USUAL) -> tuple[time, tzinfo | None] | None:
    """Read a time written in `form`; None when it is none, or its zone is no zone.

    The zone is None where the form has none, or where its abbreviation stands for several.
    """
    if (parts := form.read(cell)) is None:
        return None
    zone = zone_of(parts.zone) if parts.zone else None
    if parts.zone and zone is None and not _ABBREVIATION.fullmatch(parts.zone):
        return None
    hour = parts.hour % 12 + 12 * (parts.half == "PM") if parts.half else parts.hour
    return time(hour, parts.minute, parts.second), zone


@functools.cache
def zone_of(text: str) -> tzinfo | None:
    """Return the zone a token means, or None."""
    token = text.strip().upper()
    if token in _HOURS:
        return timezone(timedelta(hours=_HOURS[token]))
    if (offset := _OFFSET.fullmatch(token)) is not None:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes > 14 * 60:
            return None
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    name = _NAMES.get(token.removesuffix(" TIME").removesuffix(" STANDARD"), text.strip())
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def instant(day: date, cell: str, form: TimeForm = _USUAL) -> datetime | None:
    """Join a date and a time cell, without a zone where its offset is unknown; None if no time."""
    read = read_time(cell, form)
    return None if read is None else datetime.combine(day, read[0], tzinfo=read[1])


def instants(day: date, cell: str, form: TimeForm, elsewhere: str) -> list[datetime]:
    """Return every instant that a date and a time cell may mean; none where no zone is known.

    `elsewhere` is what another column says of the zone, for a form of times without one: one zone,
    or the two of a year, as in "EST/EDT". An hour that came twice is both.
    """
    moment = instant(day, cell, form)
    if moment is None:
        return []
    zones = [moment.tzinfo] if form.zoned else [zone_of(elsewhere)]
    if not form.zoned and zones == [None]:
        zones = [zone_of(part) for part in elsewhere.split("/")]
    return [moment.replace(tzinfo=zone, fold=fold) for zone in zones if zone for fold in (0, 1)]
