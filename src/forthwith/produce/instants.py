"""Instants as the load file wants them: date and time apart, in one zone, the zone named.

What the source gives is ISO 8601 with its own offset; without one the matter's zone is assumed,
and the transmittal says for how many documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock
from typing import Protocol
from zoneinfo import ZoneInfo

from forthwith.standards.moments import DateForm, Parts, TimeForm

#: Before it no clock that writes files ran.
_FIRST_CLOCKS = 1900
_DAY_ONLY = re.compile(r"\d{4}-?\d{2}-?\d{2}")


class Forms(Protocol):
    """How dates and times are written; a standard's `FormatRules` is one."""

    @property
    def date(self) -> DateForm:
        """How a day is written."""
        ...

    @property
    def time(self) -> TimeForm:
        """How a time of day is written."""
        ...

    @property
    def sentinels(self) -> frozenset[Parts]:
        """Days that software writes when it knows none: none of them is a date of a document."""
        ...


@dataclass(frozen=True, slots=True)
class UsualForms:
    """Dates and times as most receivers in the United States load them."""

    date: DateForm
    time: TimeForm
    sentinels: frozenset[Parts]


_USUAL = UsualForms(
    DateForm.parse("mm/dd/yyyy"),
    TimeForm.parse("hh:mm AM/PM TZ"),
    frozenset({(1, 1, 1), (1601, 1, 1), (1970, 1, 1)}),
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One instant in two columns."""

    date: str = ""
    #: With its zone where the form has it; "" when the source gives a day only.
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


def render(text: str, zone: ZoneInfo, when_unsaid: ZoneInfo, forms: Forms = _USUAL) -> Rendered:
    """Return `text` in `zone`, its day and its time of day in their forms."""
    if not text.strip():
        return Rendered()
    if (moment := parse(text)) is None:
        return Rendered(unusable=f"{text.strip()[:60]!r} is not a date")
    if _DAY_ONLY.fullmatch(text.strip()):
        return _day(moment.date(), text, forms)
    assumed = moment.tzinfo is None
    if assumed:
        moment = moment.replace(tzinfo=when_unsaid)
    try:
        local = moment.astimezone(zone)
        known = not _epoch(moment.astimezone(UTC), forms)
    except OverflowError:
        return Rendered(unusable=f"{text.strip()[:60]!r} is outside the calendar")
    if not known or _parts(local.date()) in forms.sentinels:
        return Rendered(unusable=f"{text.strip()[:60]!r} is what software writes for no date")
    time = forms.time.write(local, abbreviation(local))
    return Rendered(forms.date.write(local.date()), time, assumed)


def _day(day: date, text: str, forms: Forms) -> Rendered:
    """Render a day without a clock: it lies in no zone, so it is never moved by one."""
    if _parts(day) in forms.sentinels:
        return Rendered(unusable=f"{text.strip()[:60]!r} is what software writes for no date")
    return Rendered(forms.date.write(day))


def _epoch(moment: datetime, forms: Forms) -> bool:
    """Return True for the midnight, in UTC, at which a day that is none begins.

    Of the years 1 and 1601, where counting begins, the whole day is none.
    """
    is_first = moment.time() == clock(0) or moment.year < _FIRST_CLOCKS
    return is_first and _parts(moment.date()) in forms.sentinels


def _parts(day: date) -> Parts:
    return day.year, day.month, day.day


def us_date(day: date) -> str:
    """Return mm/dd/yyyy, as letters in English have it."""
    return _USUAL.date.write(day)


def abbreviation(moment: datetime) -> str:
    """Return the zone's own abbreviation that day, or its offset where it has only that."""
    name = moment.tzname() or ""
    # "LMT" is the mean solar time of a city before it had a zone: no receiver knows the name.
    if name[:1].isalpha() and name != "LMT":
        return name
    return f"UTC{moment.strftime('%z')[:3]}:{moment.strftime('%z')[3:5]}"


def zone_name(zone: ZoneInfo, year: int) -> str:
    """Return one name for the whole volume: "GMT", or "EST/EDT" where clocks change."""
    winter, summer = (datetime(year, month, 1, 12, tzinfo=UTC).astimezone(zone) for month in (1, 7))
    if winter.utcoffset() == summer.utcoffset():
        return abbreviation(winter)
    standard, daylight = sorted((winter, summer), key=lambda instant: str(instant.dst()))
    return f"{abbreviation(standard)}/{abbreviation(daylight)}"
