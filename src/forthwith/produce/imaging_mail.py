"""A message as a reader prints it: a block of header lines, a rule, then the body.

Calendar entries, contacts and chats have their own few lines on top. Header values are those of the
document's fields; the body is rendered HTML where the native has any, else the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce.imaging.fonts import Family, face
from forthwith.produce.imaging.lines import Span, lines, strip_of
from forthwith.produce.imaging.page import COLUMN, LEFT, Bar, Ink, Strip

_MAIL = (("From", fields.FROM), ("Sender", fields.SENDER), ("To", fields.TO), ("Cc", fields.CC),
         ("Bcc", fields.BCC), ("Sent", fields.SENT), ("Subject", fields.SUBJECT),
         ("Importance", fields.IMPORTANCE))  # fmt: skip
_CALENDAR = (("Subject", fields.SUBJECT), ("Organizer", fields.ORGANIZER),
             ("Attendees", fields.ATTENDEES), ("Starts", fields.STARTS), ("Ends", fields.ENDS),
             ("Place", fields.PLACE))  # fmt: skip
_CONTACT = (("Name", fields.TITLE), ("Company", fields.COMPANY),
            ("E-mail", fields.EMAIL_ADDRESSES), ("Phone", fields.PHONES))  # fmt: skip
_CHAT = (("Platform", fields.PLATFORM), ("Channel", fields.CHANNEL),
         ("Participants", fields.PARTICIPANTS), ("Starts", fields.STARTS),
         ("Ends", fields.ENDS))  # fmt: skip
_ROWS = {
    Kind.EMAIL: _MAIL,
    Kind.CALENDAR: _CALENDAR,
    Kind.CONTACT: _CONTACT,
    Kind.CHAT: _CHAT,
}
_LABELS = 330


def header_rows(document: Document, attachments: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the labelled lines on top of a message; only those the source holds."""
    rows = []
    for label, name in _ROWS.get(document.kind, ()):
        value = document.text_of(name)
        if name in fields.INSTANTS:
            value = spoken(value)
        if label == "Sender" and value == document.text_of(fields.FROM):
            continue
        if value:
            rows.append((label, value))
    if attachments:
        rows.append(("Attachments", "; ".join(attachments)))
    return rows


def spoken(instant: str) -> str:
    """Return an ISO 8601 instant as a reader writes it, with the zone the source gave."""
    if not instant:
        return ""
    try:
        moment = datetime.fromisoformat(instant)
    except ValueError:
        return instant
    day = f"{moment:%A, %B} {moment.day}, {moment:%Y}" if moment.year >= 1000 else instant[:10]
    if len(instant) <= 10:
        return day
    offset = moment.utcoffset()
    zone = f"UTC{moment:%z}"[:6] + ":" + f"{moment:%z}"[3:5] if offset is not None else ""
    zone = "UTC" if offset is not None and not offset else zone
    return f"{day} {moment:%H:%M:%S} ({zone or 'no time zone given'})"


def header_strips(rows: Sequence[tuple[str, str]]) -> Iterator[Strip]:
    """Yield the header block and the rule below it; nothing without rows."""
    label_face, value_face = face(Family.SANS, 10, bold=True), face(Family.SANS, 10)
    for label, value in rows:
        span = Span(" ".join(value.split()), value_face)
        for place, line in enumerate(lines([span], COLUMN - _LABELS)):
            strip = strip_of(line, LEFT + _LABELS, COLUMN - _LABELS, value_face)
            marks = strip.marks
            if place == 0:
                marks = (Ink(LEFT, label_face.ascent, f"{label}:", label_face), *marks)
            yield Strip(strip.height, marks, gap=8 if place == 0 else 0)
    if rows:
        yield Strip(60, (Bar(LEFT, 24, LEFT + COLUMN, 28),))
