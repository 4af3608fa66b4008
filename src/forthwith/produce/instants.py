"""Instants as the load file wants them: date and time apart, in one zone, the zone named.

What the source gives is ISO 8601 with its own offset; without one the matter's zone is assumed,
and the transmittal says for how many documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

#: What software writes when it knows no time; a sentinel is no date of the document.
_SENTINELS = frozenset(
    {
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1601, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
    }
)
_DAY_ONLY = re.compile(r"\d{4}-?\d{2}-?\d{2}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One instant in two columns."""

    date: str = ""
    #: With its zone; "" when the source gives a day only.
    time: str = ""
    #: True when the source named no zone and the matter's was taken.
    assumed_zone: bool = False
    #: Why the columns are blank although the source holds something; "" otherwise.
    unusable: str = ""


def parse(text: str) -> datetime | None:
    """Read an ISO 8601 instant; None when there is none or it is no instant."""
    try:
        return datetime.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        return None


def render(
    text: str, zone: ZoneInfo, when_unsaid: ZoneInfo, sentinels: frozenset[str] = frozenset()
) -> Rendered:
    """Return `text` in `zone` as "05/14/2001" and "07:05 PM GMT".

    `sentinels` are dates in that same form which stand for no date.
    """
    if not text.strip():
        return Rendered()
    if (moment := parse(text)) is None:
        return Rendered(unusable=f"{text.strip()[:60]!r} is not a date")
    if _DAY_ONLY.fullmatch(text.strip()):
        return _day(moment.date(), text, sentinels)
    assumed = moment.tzinfo is None
    if assumed:
        moment = moment.replace(tzinfo=when_unsaid)
    try:
        local = moment.astimezone(zone)
        known = moment.astimezone(UTC) not in _SENTINELS
    except OverflowError:
        return Rendered(unusable=f"{text.strip()[:60]!r} is outside the calendar")
    day = us_date(local.date())
    if not known or day in sentinels:
        return Rendered(unusable=f"{text.strip()[:60]!r} is what software writes for no date")
    return Rendered(day, f"{_clock(local)} {abbreviation(local)}", assumed)


def _day(day: date, text: str, sentinels: frozenset[str]) -> Rendered:
    """Render a day without a clock: it lies in no zone, so it is never moved by one."""
    written = us_date(day)
    if written in sentinels:
        return Rendered(unusable=f"{text.strip()[:60]!r} is what software writes for no date")
    return Rendered(written)


def us_date(day: date) -> str:
    """Return mm/dd/yyyy."""
    return f"{day.month:02d}/{day.day:02d}/{day.year:04d}"


def _clock(moment: datetime) -> str:
    return (
        f"{(moment.hour - 1) % 12 + 1:02d}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"
    )


def abbreviation(moment: datetime) -> str:
    """Return the zone's own abbreviation that day, or its offset where it has only that."""
    name = moment.tzname() or ""
    if name[:1].isalpha():
        return name
    return f"UTC{moment.strftime('%z')[:3]}:{moment.strftime('%z')[3:5]}"


def zone_name(zone: ZoneInfo, year: int) -> str:
    """Return one name for the whole volume: "GMT", or "EST/EDT" where clocks change."""
    winter, summer = (datetime(year, month, 1, 12, tzinfo=UTC).astimezone(zone) for month in (1, 7))
    if winter.utcoffset() == summer.utcoffset():
        return abbreviation(winter)
    standard, daylight = sorted((winter, summer), key=lambda each: str(each.dst()))
    return f"{abbreviation(standard)}/{abbreviation(daylight)}"
