"""Times with a zone as load files write them: "07:05 PM GMT", "19:05 -05:00".

An abbreviation that stands for several zones is a zone, but of unknown offset.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*"
    r"\(?(?P<zone>[^()]+?)\)?"
)
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


@functools.lru_cache(maxsize=4096)
def read_time(cell: str) -> tuple[time, tzinfo | None] | None:
    """Read a time with its zone; None when it is no time or names no zone."""
    if (found := _TIME.fullmatch(cell.strip())) is None:
        return None
    hour, minute = int(found["hour"]), int(found["minute"])
    half = (found["half"] or "").replace(".", "").upper()
    zone = zone_of(found["zone"])
    named = zone is not None or _ABBREVIATION.fullmatch(found["zone"].strip())
    if not named or minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + 12 * (half == "PM")
    return time(hour, minute, min(int(found["second"] or 0), 59)), zone


@functools.cache
def zone_of(text: str) -> tzinfo | None:
    """Return the zone a token means, or None."""
    token = text.strip().upper()
    if token in _HOURS:
        return timezone(timedelta(hours=_HOURS[token]))
    if (found := _OFFSET.fullmatch(token)) is not None:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes > 14 * 60:
            return None
        return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    name = _NAMES.get(token.removesuffix(" TIME").removesuffix(" STANDARD"), text.strip())
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def instant(day: date, cell: str) -> datetime | None:
    """Join a date and a time cell, without a zone where its offset is unknown; None if no time."""
    read = read_time(cell)
    return None if read is None else datetime.combine(day, read[0], tzinfo=read[1])
