"""Events of a chronology: what happened when, in one sentence, and the pages that show it.

A day is as precise as it is known to be: a year, a month, a day, or an instant. Whether the pages
exist, and who is shown which of them, is `workflows.room.chronology`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from forthwith.domain import instants
from forthwith.domain.errors import ForthwithError

_YEAR = re.compile(r"(?:1[5-9]|2[0-9])\d\d", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WALL_CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)", re.ASCII)


class Precision(StrEnum):
    """How precisely it is known when something happened."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    INSTANT = "instant"


#: What is known less precisely comes first among what begins at the same moment.
_RANK = {precision: rank for rank, precision in enumerate(Precision)}


class NotAMomentError(ForthwithError):
    """Text that should say when something happened does not."""

    def __init__(self, text: str, why: str = "") -> None:
        reason = f" ({why})" if why else ""
        super().__init__(
            f"{text[:60]!r} does not say when it happened{reason}. Write a year (2022), a month "
            "(2022-03), a day (2022-03-14) or a time (2022-03-14 09:30, or 2022-03-14T09:30Z)."
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happened."""

    #: "2022", "2022-03", "2022-03-14", or "2022-03-14T09:30:00Z" of an instant.
    text: str
    precision: Precision

    @classmethod
    def read(cls, text: str, zone: str = "UTC") -> Moment:
        """Read a moment as typed; a time without an offset is by the clocks of `zone`.

        Raises NotAMomentError, of days that no calendar has too.
        """
        text = text.strip()
        try:
            if _YEAR.fullmatch(text):
                return cls(text, Precision.YEAR)
            if month := _MONTH.fullmatch(text):
                date(int(month[1]), int(month[2]), 1)
                return cls(text, Precision.MONTH)
            if _DAY.fullmatch(text):
                return cls(date.fromisoformat(text).isoformat(), Precision.DAY)
            if clock := _WALL_CLOCK.fullmatch(text):
                local = datetime.fromisoformat(f"{clock[1]}T{clock[2]}")
                when = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
                if when.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
                    raise NotAMomentError(text, f"the clocks of {zone} skipped it")
                return cls(when.strftime("%Y-%m-%dT%H:%M:%SZ"), Precision.INSTANT)
            return cls(instants.instant_text(instants.instant(text)), Precision.INSTANT)
        except (ValueError, OverflowError) as wrong:
            raise NotAMomentError(text, str(wrong)) from wrong
        except instants.InstantError as wrong:
            raise NotAMomentError(text) from wrong

    def first_day(self, zone: str = "UTC") -> str:
        """Return the ISO day it begins on in a zone."""
        return self._begins(zone)[:10]

    def last_day(self, zone: str = "UTC") -> str:
        """Return the ISO day it ends on in a zone."""
        begins = self.first_day(zone)
        if self.precision is Precision.YEAR:
            return f"{begins[:4]}-12-31"
        if self.precision is Precision.MONTH:
            year, month = int(begins[:4]), int(begins[5:7])
            after = date(year + month // 12, month % 12 + 1, 1)
            return date.fromordinal(after.toordinal() - 1).isoformat()
        return begins

    def order(self, zone: str = "UTC") -> tuple[str, int]:
        """Return what moments are ordered by: where it begins, the less precise first."""
        return self._begins(zone), _RANK[self.precision]

    def _begins(self, zone: str) -> str:
        if self.precision is Precision.INSTANT:
            when = datetime.fromisoformat(self.text).astimezone(ZoneInfo(zone))
            return when.strftime("%Y-%m-%dT%H:%M:%S")
        return (
            f"{self.text}-01-01"[:10]
            if self.precision is Precision.YEAR
            else (f"{self.text}-01" if self.precision is Precision.MONTH else self.text)
        )

    def said(self, zone: str = "UTC") -> str:
        """Return it as a person writes it: "March 2022", "March 14, 2022, 09:30 (UTC)"."""
        if self.precision is Precision.YEAR:
            return self.text
        begins = self._begins(zone)
        day = date.fromisoformat(begins[:10])
        month = day.strftime("%B")
        if self.precision is Precision.MONTH:
            return f"{month} {day.year}"
        if self.precision is Precision.DAY:
            return f"{month} {day.day}, {day.year}"
        clock = begins[11:16] if begins.endswith(":00") else begins[11:]
        return f"{month} {day.day}, {day.year}, {clock} ({zone})"


@dataclass(frozen=True, slots=True)
class Event:
    """One version of one event."""

    #: "E0001".
    id: str
    #: 1 for the first; a changed event is the next version, and so is a removed one.
    version: int
    moment: Moment
    sentence: str
    #: Pages as stamped: "HAL0000012", or "HAL0000012-HAL0000015".
    cites: tuple[str, ...]
    #: Login, and ISO instant (UTC).
    who: str
    at: str
    removed: bool = False
