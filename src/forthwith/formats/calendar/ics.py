"""Calendar files (RFC 5545, and vCalendar 1.0): one CALENDAR document for a whole file.

The text lists every event with every property, those without a field of their own included; the
fields are those of the first event. Files carried inline become attachments, addressed ones links.
Repeated meetings are stated as written, never expanded.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes.stream import whole, within_budget
from forthwith.formats.calendar.content_lines import (
    Component,
    ContentFile,
    Line,
    later,
    parse,
)
from forthwith.formats.calendar.timezones import Zones

MEDIA_TYPES = frozenset({"text/calendar"})

_EVENTS = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"})
_TITLES = {"VEVENT": "Event", "VTODO": "Task", "VJOURNAL": "Journal entry", "VFREEBUSY": "Busy"}
#: Shown in this order and with these words; every other property follows under its own name.
_LABELS = {
    "LOCATION": "Where",
    "ORGANIZER": "Organizer",
    "ATTENDEE": "Attendee",
    "STATUS": "Status",
    "RRULE": "Repeats",
    "DESCRIPTION": "Description",
    "COMMENT": "Comment",
}
_INSTANTS = frozenset({"DTSTART", "DTEND", "DUE"})
_WHEN = frozenset({"DTSTART", "DTEND", "DURATION", "DUE"})


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read a calendar file. Raises UnreadableError when it holds no property at all."""
    file = parse(whole(source, hint))
    components = list(file.top.walk())
    events = [component for component in components if component.name in _EVENTS]
    if not any(component.lines for component in components):
        detail = "no calendar property can be read"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    zones = Zones.of(file)
    files = [line for part in components for line in part.all("ATTACH") if _inline(line)]
    return Reading(
        Kind.CALENDAR,
        "text/calendar",
        text=_text(file, events, zones),
        text_method=TextMethod.EXTRACTED,
        fields=tuple(_fields(file, events, zones)),
        faults=(*structure_faults(file), *zones.faults(file), *_lost_times(events, zones)),
        children=partial(_children, files, hint),
        declared=len(files),
    )


def structure_faults(file: ContentFile) -> Iterator[Fault]:
    """Say what in the file is no sound sequence of content lines."""
    if file.odd:
        detail = f"{len(file.odd)} lines are not properties; the text shows them as they stand"
        yield Fault(FaultReason.CORRUPT, detail)
    if file.unbalanced:
        detail = f"{file.unbalanced} components lack their beginning or end"
        yield Fault(FaultReason.TRUNCATED, detail)
    if file.too_deep:
        yield Fault(FaultReason.TOO_DEEP, f"{file.too_deep} components nest too deeply")


def _lost_times(events: list[Component], zones: Zones) -> Iterator[Fault]:
    """Say which times of events are none that can be read; the text shows them as they stand."""
    lost = [
        line.value.strip()
        for event in events
        for line in event.lines
        if line.name in _INSTANTS and line.value.strip() and not zones.instant(line)
    ]
    if lost:
        times = "time" if len(lost) == 1 else "times"
        detail = (
            f"{len(lost):,} {times} cannot be read and left out of the fields: {lost[0][:60]!r}"
        )
        yield Fault(FaultReason.CORRUPT, detail)


def _inline(line: Line) -> bool:
    is_base64 = line.parameter("ENCODING").upper() in {"B", "BASE64"}
    return is_base64 or line.raw[:5].lower() == b"data:"


def _span(event: Component, zones: Zones) -> tuple[str, str]:
    """Return when it starts and ends; an end may be stated as a duration."""
    starts = zones.instant(event.first("DTSTART"))
    ends = zones.instant(event.first("DTEND") or event.first("DUE"))
    duration = event.first("DURATION")
    if not ends and duration is not None and starts:
        ends = later(starts, duration.text)
    return starts, ends


def _person(line: Line) -> str:
    """Return "Name <address>" of an ORGANIZER or ATTENDEE."""
    name = line.parameter("CN")
    address = line.value.strip()
    if address[:7].lower() == "mailto:":
        address = address[7:]
    address = address or line.parameter("EMAIL")
    return f"{name} <{address}>" if name and address and name != address else name or address


def _fields(file: ContentFile, events: list[Component], zones: Zones) -> Iterator[FieldValue]:
    first = events[0] if events else file.top
    starts, ends = _span(first, zones)
    organizer = first.first("ORGANIZER")
    programs = (_value(component, "PRODID") for component in file.top.walk())
    singles = {
        names.SUBJECT: ("SUMMARY", _value(first, "SUMMARY")),
        names.STARTS: ("DTSTART", starts),
        names.ENDS: ("DTEND", ends),
        names.PLACE: ("LOCATION", _value(first, "LOCATION")),
        names.ORGANIZER: ("ORGANIZER", "" if organizer is None else _person(organizer)),
        names.DESCRIPTION: ("DESCRIPTION", _value(first, "DESCRIPTION")),
        names.CREATED: ("CREATED", zones.instant(first.first("CREATED"))),
        names.MODIFIED: ("LAST-MODIFIED", zones.instant(first.first("LAST-MODIFIED"))),
        names.CATEGORY: ("CATEGORIES", _value(first, "CATEGORIES")),
        names.APPLICATION: ("PRODID", next(filter(None, programs), "")),
    }
    for name, (origin, value) in singles.items():
        if value:
            yield FieldValue(name, value, f"ics:{origin}")
    if attendees := tuple(_person(line) for line in first.all("ATTENDEE")):
        yield FieldValue(names.ATTENDEES, attendees, "ics:ATTENDEE")
    if links := tuple(dict.fromkeys(_links(file))):
        yield FieldValue(names.LINKS, links, "ics:ATTACH")


def _value(component: Component, name: str) -> str:
    line = component.first(name)
    return "" if line is None else line.value.strip()


def _links(file: ContentFile) -> Iterator[str]:
    for component in file.top.walk():
        for line in component.all("ATTACH"):
            if not _inline(line) and line.text.strip():
                yield line.text.strip()


def _text(file: ContentFile, events: list[Component], zones: Zones) -> str:
    blocks = [f"Calendar: {len(events)} {'entry' if len(events) == 1 else 'entries'}"]
    blocks += ["\n".join(_event_lines(event, zones)) for event in events]
    blocks += ["\n".join(f"[Unread line: {line}]" for line in file.odd)] if file.odd else []
    return "\n\n".join(blocks) + "\n"


def _event_lines(event: Component, zones: Zones) -> Iterator[str]:
    title = _TITLES.get(event.name, event.name)
    yield f"{title}: {_value(event, 'SUMMARY')}".rstrip()
    starts, ends = _span(event, zones)
    if starts or ends:
        line = event.first("DTSTART")
        zone = line.zone if line is not None else ""
        yield f"When: {starts} to {ends or 'no end'}{f' ({zone})' if zone else ''}"
    for name, word in _LABELS.items():
        yield from (f"{word}: {_display(line)}" for line in event.all(name))
    for line in event.lines:
        if line.name in {*_LABELS, "SUMMARY"} or (line.name in _WHEN and starts):
            continue
        yield f"{line.name}: {_display(line)}"
    for below in event.components:
        yield f"{below.name}: {'; '.join(f'{line.name} {_display(line)}' for line in below.lines)}"


def _display(line: Line) -> str:
    if line.name in {"ORGANIZER", "ATTENDEE"}:
        answer = line.parameter("PARTSTAT")
        return f"{_person(line)}{f' ({answer})' if answer else ''}"
    if line.name == "ATTACH" and _inline(line):
        return "a file, see attachments"
    zone = line.zone
    return f"{line.value.strip()} ({zone})" if zone else line.value.strip()


def _children(files: list[Line], hint: Hint) -> Iterator[Child | Fault]:
    for at, line in enumerate(files, start=1):
        file_names = map(line.parameter, ("FILENAME", "X-FILENAME", "X-APPLE-FILENAME"))
        name = next(filter(None, file_names), "")
        load = within_budget(partial(inline_bytes, line), hint)
        yield Child(f"attach:{at}", name, Relation.ATTACHMENT, load, line.parameter("FMTTYPE"))


def inline_bytes(line: Line) -> bytes | Fault:
    """Return the bytes a property carries, or the Fault that says why there are none."""
    data = line.binary
    if data is None:
        detail = f"the file inside {line.name} is not sound base64"
        return Fault(FaultReason.CORRUPT, detail, lost=True)
    return data
