"""The zones a calendar file defines (VTIMEZONE), and its times as instants.

RFC 5545 3.6.5. A name of the IANA database means that zone; any other means what the file defines
under it, and only then what Windows means by it. A zone that is neither leaves the time as written,
without an offset, and `Zones.faults` says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.calendar.content_lines import Component, ContentFile, Line, iso_instant
from forthwith.plain import zones
from forthwith.plain.zones import Observance, YearlyDay

_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?")
_DAY = re.compile(r"([+-]?\d?)(MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_IANA = re.compile(r"[A-Z][A-Za-z0-9_+-]*/[A-Za-z0-9_+/-]+")
_MOST_NAMED = 20
#: Before it few places had a zone.
_FIRST_ZONES = 1900


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of one file, by name."""

    defined: Mapping[str, tuple[Observance, ...]]

    @classmethod
    def of(cls, file: ContentFile) -> Zones:
        """Return the zones that a file defines soundly."""
        defined: dict[str, tuple[Observance, ...]] = {}
        for component in file.top.walk():
            name = component.first("TZID") if component.name == "VTIMEZONE" else None
            if name is not None and (observances := _observances(component)):
                defined.setdefault(", ".join(map(str.strip, name.value.split(","))), observances)
        return cls(defined)

    def instant(self, line: Line | None) -> str:
        """Return a property's instant or day as ISO 8601; without offset where none is known."""
        if line is None:
            return ""
        text = iso_instant(line.text)
        name = line.zone
        if not name or "T" not in text or "+" in text or text.count("-") > 2:
            return text
        moment = datetime.fromisoformat(text)
        return text + self._offset(name, moment)

    def _offset(self, name: str, moment: datetime) -> str:
        if moment.year < _FIRST_ZONES:
            # What zone databases have for those years is the mean time of a city, not a zone.
            return ""
        if not _IANA.fullmatch(name) and (observances := self.defined.get(name)):
            offset = zones.offset_at(observances, moment)
        else:
            zone = zones.named(name)
            if zone is None and (observances := self.defined.get(name)):
                offset = zones.offset_at(observances, moment)
            else:
                offset = None if zone is None else moment.replace(tzinfo=zone).utcoffset()
        return "" if offset is None else zones.written(offset)

    def faults(self, file: ContentFile) -> Iterator[Fault]:
        """Yield a Fault for each zone that times stand in and nobody defines."""
        unknown = Counter(
            name
            for component in file.top.walk()
            for line in component.lines
            if (name := line.zone) and name not in self.defined and zones.named(name) is None
        )
        for name, count in unknown.most_common(_MOST_NAMED):
            times = "1 time in it stands" if count == 1 else f"{count:,} times in it stand"
            detail = (
                f"the time zone {name[:80]!r} is defined neither in the file nor by a public list; "
                f"{times} as written, without an offset"
            )
            yield Fault(FaultReason.MISSING, detail)
        if len(unknown) > _MOST_NAMED:
            detail = f"{len(unknown) - _MOST_NAMED:,} more time zones are defined nowhere"
            yield Fault(FaultReason.MISSING, detail)


def _observances(zone: Component) -> tuple[Observance, ...]:
    """Return what a VTIMEZONE defines; nothing when a part of it is not understood."""
    observances = []
    for component in zone.components:
        if component.name in {"STANDARD", "DAYLIGHT"}:
            if (observance := _observance(component)) is None:
                return ()
            observances.append(observance)
    return tuple(observances)


def _observance(component: Component) -> Observance | None:
    start = _local(component.first("DTSTART"))
    before = _span(component.first("TZOFFSETFROM"))
    after = _span(component.first("TZOFFSETTO"))
    if start is None or before is None or after is None:
        return None
    dates = [
        moment
        for line in component.all("RDATE")
        for text in line.parts(",")
        if (moment := _moment(text)) is not None
    ]
    rules = [*component.all("RRULE")]
    if not rules:
        return Observance(start, before, after, more=tuple(dates))
    parts = dict(part.split("=", 1) for part in rules[0].text.upper().split(";") if "=" in part)
    yearly = _yearly(parts, start)
    until = _moment(parts.get("UNTIL", ""))
    if len(rules) > 1 or yearly is None or ("UNTIL" in parts and until is None):
        return None
    last = until.date() if until else None
    return Observance(start, before, after, yearly, last, tuple(dates))


def _yearly(parts: Mapping[str, str], start: datetime) -> YearlyDay | None:
    """Return the day of a yearly rule; None for a rule of another kind."""
    if parts.get("FREQ") != "YEARLY" or parts.get("INTERVAL", "1") != "1" or "COUNT" in parts:
        return None
    month = parts.get("BYMONTH", str(start.month))
    if not month.isdecimal() or not 1 <= int(month) <= 12:
        return None
    days = sorted(int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day.isdecimal())
    if not (by_day := parts.get("BYDAY", "")):
        return YearlyDay(int(month), number=days[0] if days else start.day)
    if (shape := _DAY.fullmatch(by_day)) is None:
        return None
    weekday = _WEEKDAYS.index(shape[2])
    if days:
        is_week = len(days) == 7 and days[-1] - days[0] == 6
        return YearlyDay(int(month), weekday, not_before=days[0]) if is_week else None
    number = int(shape[1]) if shape[1] not in {"", "+", "-"} else 0
    return YearlyDay(int(month), weekday, number) if number else None


def _local(line: Line | None) -> datetime | None:
    return None if line is None else _moment(line.text)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(iso_instant(text)).replace(tzinfo=None)
    except ValueError:
        return None


def _span(line: Line | None) -> timedelta | None:
    shape = _OFFSET.fullmatch(line.text.strip()) if line is not None else None
    if shape is None:
        return None
    hours, minutes, seconds = (int(digits or 0) for digits in shape.groups()[1:])
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -span if shape[1] == "-" else span
