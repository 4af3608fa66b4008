"""Dates as mail writes them, as ISO 8601 with the offset the sender gave, and what is doubtful.

RFC 5322 3.3, its obsolete forms (4.3), the asctime form of old mailers and of mbox separators, the
forms of JavaScript and of American mailers, ISO 8601. Nothing is converted to another zone. A time
is a fact or it is told: a zone whose name has several meanings, or none known here, leaves the time
without offset; a day on which no mail was sent is left out.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from forthwith.formats.bytes.values import iso

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
_OFFSET = r"[+-]\d{1,2}(?::?\d\d)?(?!\d)"
_ZONE = (
    rf"(?:\s*(?P<half>[AP]M)\b)?"
    rf"(?:\s*(?:(?P<before>[A-Z]{{1,5}})\s*)?(?P<zone>{_OFFSET})|\s*(?P<name>[A-Z]{{1,5}})\b)?"
)
_MAIL = re.compile(
    rf"(?:[A-Za-z]{{2,9}}\.?,?\s*)?(?P<day>\d{{1,2}})[\s/.,-]+(?P<month>[A-Za-z]{{3}})[a-z]*\.?"
    rf"[\s/.,-]+(?P<year>\d{{2,4}})(?:,?\s+{_CLOCK}{_ZONE})?",
    re.IGNORECASE,
)
_ASCTIME = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<month>[A-Za-z]{{3}})[a-z]*\s+(?P<day>\d{{1,2}}),?\s+"
    rf"(?:{_CLOCK}\s*(?:(?P<half>[AP]M)\s+)?(?:(?P<name>[A-Z]{{1,5}})\s+|(?P<zone>[+-]\d{{4}})\s+)?)?"
    r"(?P<year>\d{4})\b(?:\s+(?P<late>[+-]\d{4}))?",
    re.IGNORECASE,
)
_AMERICAN = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?P<month>[A-Za-z]{{3}})[a-z]*\.?\s+(?P<day>\d{{1,2}}),?\s+"
    rf"(?P<year>\d{{4}}),?\s+{_CLOCK}{_ZONE}",
    re.IGNORECASE,
)
#: RFC 5322 4.3; and names of zones that mean one thing alone. A military letter other than Z says
#: nothing there.
_ZONES = {
    "UT": "+00:00", "UTC": "+00:00", "GMT": "+00:00", "Z": "+00:00",
    "EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00",
    "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00",
    "WET": "+00:00", "WEST": "+01:00", "CET": "+01:00", "CEST": "+02:00", "MEZ": "+01:00",
    "MESZ": "+02:00", "EET": "+02:00", "EEST": "+03:00", "JST": "+09:00", "KST": "+09:00",
    "HKT": "+08:00", "SGT": "+08:00", "AWST": "+08:00", "ACST": "+09:30", "ACDT": "+10:30",
    "AEST": "+10:00", "AEDT": "+11:00", "NZST": "+12:00", "NZDT": "+13:00",
    "AKST": "-09:00", "AKDT": "-08:00", "HST": "-10:00",
}  # fmt: skip
_UTC = frozenset({"UT", "UTC", "GMT", "Z"})
_COMMENT = re.compile(r"\(([^()]*)\)")
#: No mail is older; what programs write that know no day, and broken clocks, lie outside.
_FIRST_YEAR, _LAST_YEAR = 1960, 2100
#: What a clock says that was never set, in any zone.
_UNSET = frozenset({"1969-12-31", "1970-01-01"})


class Dated(NamedTuple):
    """An instant, and a sentence on what is doubtful about it; each may be ""."""

    #: ISO 8601; "" when there is no date, or none that can be one.
    instant: str
    doubt: str = ""


def instant(text: str) -> str:
    """Return a date header as ISO 8601; "" when it is no date.

    "-0000" is UTC with the sender's zone not said (RFC 5322 3.3), so it comes out as +00:00;
    a zone nobody can resolve leaves the instant without offset.
    """
    return dated(text).instant


def received_instant(text: str) -> str:
    """Return when a Received header says it received: what follows its last semicolon."""
    return instant(text.rpartition(";")[2])


def dated(text: str) -> Dated:
    """Return a date header as an instant, and what is doubtful about it."""
    comments = _COMMENT.findall(text[:500]) if "(" in text else []
    bare = " ".join((_COMMENT.sub(" ", text[:500]) if comments else text[:500]).split())
    match = _MAIL.match(bare) or _AMERICAN.match(bare) or _ASCTIME.match(bare)
    if match is None:
        found = iso(bare.replace(" ", "T", 1).replace(" ", "")) or iso(bare)
        return plausible(found, "") if found else Dated("", f"is not a date: {text[:80]!r}")
    parts = match.groupdict()
    month = parts["month"].lower()
    try:
        moment = datetime(  # noqa: DTZ001
            _year(parts["year"]),
            _MONTHS.index(month) + 1,
            int(parts["day"]),
            _hour(int(parts["hour"] or 0), (parts["half"] or "").upper()),
            int(parts["minute"] or 0),
            min(int(parts["second"] or 0), 59),
        )
    except ValueError:
        return Dated("", f"is not a date: {text[:80]!r}")
    if not parts["hour"]:
        return plausible(moment.date().isoformat(), "")
    offset, doubt = _offset(parts, comments)
    return plausible(moment.isoformat() + offset, doubt)


def plausible(found: str, doubt: str = "") -> Dated:
    """Leave out a day on which no mail was sent: year 1, 1601, 1970-01-01 of unset clocks."""
    if _FIRST_YEAR <= int(found[:4]) <= _LAST_YEAR and found[:10] not in _UNSET:
        return Dated(found, doubt)
    return Dated("", f"names a day on which no mail was sent ({found}); it was left out")


def _year(digits: str) -> int:
    number = int(digits)
    if len(digits) == 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(digits) == 3 else number


def _hour(hour: int, half: str) -> int:
    if half and hour <= 12:
        return hour % 12 + (12 if half == "PM" else 0)
    return hour


def _offset(parts: dict[str, str | None], comments: list[str]) -> tuple[str, str]:
    """Return the offset, "" for none, and what is doubtful about it."""
    digits = parts.get("zone") or parts.get("late") or ""
    name = (parts.get("name") or parts.get("before") or "").upper()
    if not digits and not name and comments:
        # Some mailers give the zone in a comment alone.
        name = comments[-1].strip().upper()
    named = _ZONES.get(name, "")
    if digits:
        offset = _digits(digits)
        if offset and name and named not in ("", offset) and name not in _UTC:
            detail = f"gives two zones that disagree ({name} and {digits})"
            return "", f"{detail}; its time is taken without one"
        return offset, "" if offset else f"gives no zone there is ({digits}); its time has none"
    if not name:
        return "", "gives no zone; its time has none"
    if not named:
        return "", f"names a zone whose meaning is not sure ({name[:20]}); its time has none"
    return named, ""


def _digits(zone: str) -> str:
    digits = zone[1:].replace(":", "")
    # "+1" is an hour, as "GMT+1" and ISO 8601 have it.
    digits = digits.rjust(2, "0") + "00" if len(digits) <= 2 else digits.rjust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return ""
    sign = "+" if hours == minutes == 0 else zone[0]
    return f"{sign}{hours:02}:{minutes:02}"
