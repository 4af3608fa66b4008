"""Dates of mail headers as ISO 8601 with the offset the sender gave.

Reads RFC 5322 3.3, its obsolete forms (4.3), the asctime form of old mailers and of mbox
separators, and ISO 8601. Nothing is converted to another zone.
"""

from __future__ import annotations

import re
from datetime import datetime

from forthwith.formats.bytes.values import iso

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
_ZONE = r"(?:\s*(?P<half>[AP]M)\b)?(?:\s*(?:GMT|UTC)?(?P<zone>[+-]\d{1,2}:?\d\d|[A-Z]{1,5}\b))?"
_MAIL = re.compile(
    rf"(?:[A-Za-z]{{2,9}}\.?,?\s*)?(?P<day>\d{{1,2}})[\s/.,-]+(?P<month>[A-Za-z]{{3}})[a-z]*\.?"
    rf"[\s/.,-]+(?P<year>\d{{2,4}})(?:,?\s+{_CLOCK}{_ZONE})?",
    re.IGNORECASE,
)
_ASCTIME = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<month>[A-Za-z]{{3}})[a-z]*\s+(?P<day>\d{{1,2}}),?\s+"
    rf"(?:{_CLOCK}\s*(?:(?P<half>[AP]M)\s+)?(?:(?P<zone>[A-Z]{{1,5}}|[+-]\d{{4}})\s+)?)?"
    r"(?P<year>\d{4})\b(?:\s+(?P<late>[+-]\d{4}))?",
    re.IGNORECASE,
)
#: RFC 5322 4.3; a military letter other than Z says nothing there.
_ZONES = {
    "UT": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00",
    "EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00",
    "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00",
}  # fmt: skip
_AMERICAN = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<month>[A-Za-z]{{3}})[a-z]*\.?\s+(?P<day>\d{{1,2}}),?\s+"
    rf"(?P<year>\d{{4}}),?\s+{_CLOCK}{_ZONE}",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\([^()]*\)")


def instant(text: str) -> str:
    """Return a date header as ISO 8601; "" when it is no date.

    "-0000" is UTC with the sender's zone not said (RFC 5322 3.3), so it comes out as +00:00;
    a zone nobody can resolve leaves the instant without offset.
    """
    bare = " ".join(_COMMENT.sub(" ", text[:500]).split())
    found = _MAIL.match(bare) or _AMERICAN.match(bare) or _ASCTIME.match(bare)
    if found is None:
        return iso(bare.replace(" ", "T", 1).replace(" ", "")) or iso(bare)
    parts = found.groupdict()
    month = parts["month"].lower()
    if month not in _MONTHS:
        return ""
    try:
        held = datetime(  # noqa: DTZ001
            _year(parts["year"]),
            _MONTHS.index(month) + 1,
            int(parts["day"]),
            _hour(int(parts["hour"] or 0), (parts["half"] or "").upper()),
            int(parts["minute"] or 0),
            min(int(parts["second"] or 0), 59),
        )
    except ValueError:
        return ""
    shown = held.isoformat() if parts["hour"] else held.date().isoformat()
    return shown + (_offset(parts["zone"] or parts.get("late") or "") if parts["hour"] else "")


def received_instant(text: str) -> str:
    """Return when a Received header says it received: what follows its last semicolon."""
    return instant(text.rpartition(";")[2])


def _year(digits: str) -> int:
    number = int(digits)
    if len(digits) == 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(digits) == 3 else number


def _hour(hour: int, half: str) -> int:
    if half and hour <= 12:
        return hour % 12 + (12 if half == "PM" else 0)
    return hour


def _offset(zone: str) -> str:
    if not zone or zone[0] not in "+-":
        return _ZONES.get(zone.upper(), "")
    digits = zone[1:].replace(":", "").rjust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return ""
    sign = "+" if hours == minutes == 0 else zone[0]
    return f"{sign}{hours:02}:{minutes:02}"
