"""What the message class makes of an Outlook item.

[MS-OXCMSG] 2.2.1.3: mail, appointment, contact, or another. The fields and lines only some kinds
have: times and places of appointments ([MS-OXOCAL] 2.2), names, addresses and telephones of
contacts ([MS-OXOCNTC] 2.2), dates and states of tasks ([MS-OXOTASK] 2.2) and journal entries
([MS-OXOJRNL] 2.2). What all items share is `reading`; who sent an
item, and to whom, is `people`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue, Kind
from forthwith.formats.bytes.values import field
from forthwith.formats.outlook import appointment_zone
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.people import addressees, author, joined, originators
from forthwith.formats.outlook.properties import (
    PSETID_ADDRESS,
    PSETID_APPOINTMENT,
    PSETID_LOG,
    PSETID_TASK,
    Properties,
)

_KINDS: Final = (
    ("ipm.appointment", Kind.CALENDAR), ("ipm.schedule", Kind.CALENDAR),
    ("ipm.ole.class.{00061055", Kind.CALENDAR),
    ("ipm.contact", Kind.CONTACT), ("ipm.distlist", Kind.CONTACT), ("ipm.abchperson", Kind.CONTACT),
    ("ipm.task", Kind.EDOC), ("ipm.stickynote", Kind.EDOC), ("ipm.activity", Kind.EDOC),
    ("ipm.document", Kind.EDOC), ("ipm.microsoft", Kind.EDOC),
)  # fmt: skip
_PHONES: Final = {
    0x3A08: "Business", 0x3A1B: "Business 2", 0x3A09: "Home", 0x3A2F: "Home 2", 0x3A1C: "Mobile",
    0x3A1A: "Primary", 0x3A1E: "Car", 0x3A1D: "Radio", 0x3A1F: "Other", 0x3A21: "Pager",
    0x3A02: "Callback", 0x3A57: "Company", 0x3A2E: "Assistant", 0x3A2D: "ISDN",
    0x3A24: "Business fax", 0x3A25: "Home fax", 0x3A23: "Primary fax", 0x3A2C: "Telex",
    0x3A4B: "TTY",
}  # fmt: skip
_CONTACT_LINES: Final = {
    mapi.DISPLAY_NAME: "Name", 0x3A45: "Prefix", 0x3A06: "Given name", 0x3A44: "Middle name",
    0x3A11: "Surname", 0x3A05: "Generation", 0x3A4F: "Nickname", 0x3A0A: "Initials",
    0x3A16: "Company", 0x3A17: "Title", 0x3A18: "Department", 0x3A19: "Office",
    0x3A46: "Profession", 0x3A4E: "Manager", 0x3A30: "Assistant", 0x3A48: "Spouse",
    0x3A15: "Postal address", 0x3A51: "Business home page", 0x3A50: "Personal home page",
    0x3A0D: "Location", 0x3A07: "Government id", 0x3A10: "Organizational id",
    0x3A4A: "Customer id", 0x3A4C: "FTP site", 0x3A4D: "Gender",
}  # fmt: skip
#: Business, home, other: street, city, state, postal code, country.
_PLACES: Final = {
    "Business address": (0x3A29, 0x3A27, 0x3A28, 0x3A2A, 0x3A26),
    "Home address": (0x3A5D, 0x3A59, 0x3A5C, 0x3A5B, 0x3A5A),
    "Other address": (0x3A63, 0x3A5F, 0x3A62, 0x3A61, 0x3A60),
}
_CONTACT_NAMED: Final = {
    0x801B: "Work address", 0x801A: "Home address", 0x801C: "Other address",
    0x8062: "Instant messaging", 0x802B: "Web page", 0x8005: "File under",
}  # fmt: skip
_CONTACT_DAYS: Final = {0x3A42: "Birthday", 0x3A41: "Anniversary"}
_TASK_STATES: Final = ("Not started", "In progress", "Complete", "Waiting", "Deferred")


def kind_of(message_class: str) -> Kind:
    """Return what documents of a message class are; mail unless the class says otherwise."""
    lowered = message_class.lower()
    return next((kind for prefix, kind in _KINDS if lowered.startswith(prefix)), Kind.EMAIL)


def own_fields(message: Message, kind: Kind) -> Iterator[FieldValue]:
    """Yield the fields only this kind of item has."""
    if kind is Kind.CALENDAR:
        yield from _appointment(message)
    elif kind is Kind.CONTACT:
        yield from _contact(message.properties)
    elif kind is Kind.EDOC:
        yield from _task(message.properties)


def own_lines(message: Message, kind: Kind) -> Iterator[str]:
    """Yield the lines of text that stand above the body of items that are not mail."""
    if kind is Kind.CALENDAR:
        for calendar_field in _appointment(message):
            value = calendar_field.value
            words = value if isinstance(value, str) else "; ".join(value)
            yield f"{calendar_field.name.capitalize()}: {words}"
    elif kind is Kind.CONTACT:
        yield from _contact_lines(message.properties)
    elif kind is Kind.EDOC:
        yield from _task_lines(message.properties)


def _appointment(message: Message) -> Iterator[FieldValue]:
    properties = message.properties
    for name, number, fallback in (
        (fields.STARTS, 0x820D, mapi.START_DATE),
        (fields.ENDS, 0x820E, mapi.END_DATE),
    ):
        identifier = properties.named_id(PSETID_APPOINTMENT, number)
        origin = identifier if properties.instant(identifier) else fallback
        moment = appointment_zone.day_of(properties, properties.instant(origin))
        yield from field(name, moment, f"mapi:{origin:#06x}")
    place = properties.named_id(PSETID_APPOINTMENT, 0x8208)
    yield from field(fields.PLACE, properties.text(place), f"mapi:{place:#06x}")
    yield from field(fields.ORGANIZER, author(message), "mapi:0x0042")
    people = addressees(message)
    attendees = [
        *originators(message),
        *(who for kind in people.values() for who in kind),
    ]
    yield from field(fields.ATTENDEES, attendees, "mapi:recipients")


def _contact(properties: Properties) -> Iterator[FieldValue]:
    # E-mail 1 to 3 ([MS-OXOCNTC] 2.2.1.2.1): display name, address, original display name.
    addresses = []
    for base in (0x8080, 0x8090, 0x80A0):
        address = properties.text(properties.named_id(PSETID_ADDRESS, base + 3))
        display_name = properties.text(properties.named_id(PSETID_ADDRESS, base + 4))
        addresses.append(joined(display_name if "@" not in display_name else "", address))
    addresses.append(properties.text(0x39FE) or properties.text(0x3003))
    distinct = tuple(dict.fromkeys(filter(None, addresses)))
    yield from field(fields.EMAIL_ADDRESSES, distinct, "mapi:0x8083")
    phones = (
        f"{label}: {properties.text(number)}"
        for number, label in _PHONES.items()
        if properties.text(number)
    )
    yield from field(fields.PHONES, tuple(phones), "mapi:0x3a08")
    yield from field(fields.COMPANY, properties.text(0x3A16), "mapi:0x3a16")
    yield from field(fields.MANAGER, properties.text(0x3A4E), "mapi:0x3a4e")


def _contact_lines(properties: Properties) -> Iterator[str]:
    lines = [(label, properties.text(number)) for number, label in _CONTACT_LINES.items()]
    for label, numbers in _PLACES.items():
        parts = [text for number in numbers if (text := properties.text(number))]
        lines.append((label, ", ".join(parts)))
    for number, label in _CONTACT_NAMED.items():
        lines.append((label, properties.text(properties.named_id(PSETID_ADDRESS, number))))
    lines += [(label, properties.instant(number)[:10]) for number, label in _CONTACT_DAYS.items()]
    lines.append(("Children", ", ".join(properties.texts(0x3A58))))
    yield from (f"{label}: {text}" for label, text in lines if text)
    for contact_field in _contact(properties):
        if isinstance(contact_field.value, tuple):
            yield from contact_field.value
    yield from _members(properties)


def _members(properties: Properties) -> Iterator[str]:
    """Yield the members of a distribution list ([MS-OXOCNTC] 2.2.2.2.1)."""
    entries = properties.values.get(properties.named_id(PSETID_ADDRESS, 0x8054), (0, None))[1]
    for entry in entries if isinstance(entries, tuple) else ():
        # One-off EntryID, Unicode ([MS-OXCDATA] 2.2.5.1): name, type, address after 24 bytes.
        if isinstance(entry, bytes) and len(entry) > 24 and entry[22:24] == b"\x01\x90":
            parts = entry[24:].decode("utf-16-le", "replace").split("\0")
            yield f"Member: {joined(parts[0], parts[2] if len(parts) > 2 else '')}"


def _task(properties: Properties) -> Iterator[FieldValue]:
    for name, choices in (
        (fields.STARTS, ((PSETID_TASK, 0x8104), (PSETID_LOG, 0x8706))),
        (fields.ENDS, ((PSETID_TASK, 0x8105), (PSETID_LOG, 0x8708))),
    ):
        for guid, number in choices:
            identifier = properties.named_id(guid, number)
            if day := properties.instant(identifier):
                yield from field(name, day, f"mapi:{identifier:#06x}")
                break


def _task_lines(properties: Properties) -> Iterator[str]:
    state = properties.named_id(PSETID_TASK, 0x8101)
    if state in properties and 0 <= properties.number(state) < len(_TASK_STATES):
        yield f"Status: {_TASK_STATES[properties.number(state)]}"
    done = properties.values.get(properties.named_id(PSETID_TASK, 0x8102), (0, None))[1]
    if isinstance(done, float) and 0 < done <= 1:
        yield f"Complete: {done:.0%}"
    for guid, number, label in (
        (PSETID_TASK, 0x811F, "Owner"),
        (PSETID_TASK, 0x8121, "Assigned by"),
        (PSETID_LOG, 0x8700, "Entry type"),
        (PSETID_LOG, 0x8712, "Description"),
    ):
        if text := properties.text(properties.named_id(guid, number)):
            yield f"{label}: {text}"
