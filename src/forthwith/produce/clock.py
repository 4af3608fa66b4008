"""Dates and times as pages and texts of a production show them: in the zone the load file has.

Page, text and load file must say one instant. Where the source wrote another zone, its own words
follow; where it named none, or the moment is no date of a document, that is said beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce import instants
from forthwith.produce.instants import Forms

#: Lines on top of a message's text that give an instant, and the field each shows.
_LINES = {"Sent": fields.SENT, "Starts": fields.STARTS, "Ends": fields.ENDS}
#: How a line of a chat begins.
_STAMP = re.compile(r"^\[(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC\]", re.MULTILINE)
#: Where the text of a calendar says when an entry is, and an instant with its clock in it.
_WHEN = re.compile(r"^When: .*$", re.MULTILINE)
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Clock:
    """The zone of a production, the zone taken where a source names none, and the forms."""

    zone: ZoneInfo
    when_unsaid: ZoneInfo
    forms: Forms

    def spoken(self, instant: str) -> str:
        """Return an ISO 8601 instant as a reader writes it, in the zone of the production."""
        moment = instants.parse(instant)
        if moment is None:
            return instant
        if instants.render(instant, self.zone, self.when_unsaid, self.forms).unusable:
            return f"{instant} (as found; not taken for a date)"
        if len(instant.strip()) <= len("2022-03-14"):
            return _day(moment)
        unsaid = moment.tzinfo is None
        there = moment.replace(tzinfo=self.when_unsaid) if unsaid else moment
        local = there.astimezone(self.zone)
        zone = instants.abbreviation(local)
        words = f"{_day(local)} {local:%H:%M:%S}"
        if unsaid:
            return f"{words} ({zone}; the source names no time zone)"
        if moment.utcoffset() == local.utcoffset():
            return f"{words} ({zone})"
        offset = f"{moment:%z}"
        own = f"{moment:%H:%M:%S} UTC"
        if moment.utcoffset():
            own += f"{offset[:3]}:{offset[3:5]}"
        if moment.date() != local.date():
            own = f"{_day(moment)} {own}"
        return f"{words} ({zone}; in the source {own})"

    def text_of(self, document: Document, text: str) -> str:
        """Return the text of a message with its instants in the zone of the production."""
        if document.kind is Kind.CHAT:
            return _STAMP.sub(self._stamp, text)
        if document.kind is Kind.CALENDAR:
            return _WHEN.sub(self._when, text)
        if document.kind is not Kind.EMAIL:
            return text
        head, blank, body = text.partition("\n\n")
        lines = head.split("\n")
        for place, line in enumerate(lines):
            label, _, value = line.partition(": ")
            if label in _LINES and value and value == document.text_of(_LINES[label]):
                lines[place] = f"{label}: {self.spoken(value)}"
        return "\n".join(lines) + blank + body

    def _when(self, found: re.Match[str]) -> str:
        return _INSTANT.sub(lambda instant: self.spoken(instant[0]), found[0])

    def _stamp(self, found: re.Match[str]) -> str:
        moment = instants.parse(f"{found[1]}T{found[2]}+00:00")
        if (
            moment is None
            or instants.render(moment.isoformat(), self.zone, self.when_unsaid, self.forms).unusable
        ):
            return found[0]
        local = moment.astimezone(self.zone)
        if local.utcoffset() == moment.astimezone(UTC).utcoffset():
            return found[0]
        day = "" if local.date() == moment.date() else f"{local:%Y-%m-%d} "
        return f"[{found[1]} {found[2]} UTC, {day}{local:%H:%M:%S} {instants.abbreviation(local)}]"


def _day(moment: datetime) -> str:
    if moment.year < 1000:
        return moment.date().isoformat()
    return f"{moment:%A, %B} {moment.day}, {moment:%Y}"
