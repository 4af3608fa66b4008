"""Dates and times as calendar and contact files write them, as ISO 8601 text.

"20220314T090000Z" becomes "2022-03-14T09:00:00+00:00"; a time in a named zone gets that zone's
offset on that day where the zone is known, and no offset where it is not.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WHEN = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?"
)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?"
)


def iso_instant(text: str, zone: str = "") -> str:
    """Return the instant or date in `text` as ISO 8601, or "" when it is none."""
    shape = _WHEN.fullmatch(text.strip())
    if shape is None:
        return ""
    year, month, day, hour, minute, second, offset = shape.groups()
    try:
        found = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))  # noqa: DTZ001 - the zone follows
    except ValueError:
        return ""
    if hour is None:
        return found.date().isoformat()
    # A leap second is written :60 and shown as :59, which no reader rejects.
    found = found.replace(second=min(int(second or 0), 59))
    return found.isoformat() + _offset(found, offset or "", zone)


def _offset(found: datetime, offset: str, zone: str) -> str:
    if offset:
        return "+00:00" if offset == "Z" else f"{offset[:3]}:{offset[-2:]}"
    known = zone_of(zone)
    if known is None:
        return ""
    try:
        return found.replace(tzinfo=known).isoformat()[19:]
    except (OverflowError, ValueError):
        return ""


def zone_of(name: str) -> ZoneInfo | None:
    """Return the zone of that name ("Europe/Zurich"); None when it is not known."""
    # Some writers put their own name before it: "/freeassociation.sourceforge.net/Europe/Zurich".
    for each in (name, "/".join(name.split("/")[-2:])):
        if _ZONE.fullmatch(each) is None:
            continue
        try:
            return ZoneInfo(each)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


def later(instant: str, duration: str) -> str:
    """Return `instant` plus an RFC 5545 duration ("PT1H30M"), or "" when either makes no sense."""
    shape = _DURATION.fullmatch(duration.strip().upper())
    if shape is None:
        return ""
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in shape.groups()[1:])
    span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        start = datetime.fromisoformat(instant)
        return (start - span if shape[1] == "-" else start + span).isoformat()
    except (ValueError, OverflowError):
        return ""
