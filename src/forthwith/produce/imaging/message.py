"""A message as a reader prints it: a block of header lines, a rule, then every body it has.

All bodies are shown, so that no words of it are left off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Fault, Hint, InMemory, Kind
from forthwith.formats.mail import body as mail_body
from forthwith.formats.mail import eml
from forthwith.formats.outlook import as_eml as mapi_eml
from forthwith.formats.outlook import msg
from forthwith.formats.pages.html import text_of_html
from forthwith.produce.clock import Clock
from forthwith.produce.imaging.fonts import Family, face
from forthwith.produce.imaging.lines import Span, lines, strip_of
from forthwith.produce.imaging.page import COLUMN, LEFT, Bar, Ink, Strip

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: An .emlx begins with the length of the message on a line of its own.
_LENGTH_LINE = re.compile(rb"[ \t]*[0-9]{1,12}[ \t]*\r?\n")
_FOOTER = "[text after the last part"
_HEADS = ("[text before the headers", "[text before the first part")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One body: its HTML, its plain form, or both where each says what the other does not."""

    html: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the pages of one message show below its header block."""

    bodies: tuple[Spoken, ...] = ()
    parts: Mapping[str, bytes] | None = None
    attachments: tuple[str, ...] = ()


def shown_of(native: bytes, text: str) -> Shown:
    """Return what to show of a message; no bodies when its text alone says all. Never raises."""
    if native.startswith(_COMPOUND_FILE) and not (native := _as_mail(native)):
        return Shown()
    if length := _LENGTH_LINE.match(native[:40]):
        native = native[length.end() :]
    names = tuple(name or "(no name)" for name in eml.attachment_names(native))
    alternatives = mail_body.sort(native).bodies
    if not any(body.html is not None for body in alternatives):
        return Shown(attachments=names)
    bodies = tuple(_spoken(body) for body in alternatives)
    return Shown((*_before(text), *bodies, *_after(text)),
                 eml.inline_parts(native), names)  # fmt: skip


def _spoken(body: mail_body.Body) -> Spoken:
    plain = mail_body.part_text(body.plain).text if body.plain is not None else ""
    if body.html is None:
        return Spoken(plain=plain)
    html = mail_body.part_text(body.html).text
    if plain.strip() and len(text_of_html(html)) * 2 < len(plain):
        # The HTML is a stub of the plain form: both are shown.
        return Spoken(html, plain)
    return Spoken(html)


def _before(text: str) -> Iterator[Spoken]:
    """Yield the marked sections that `text` begins with: what stands before headers and parts."""
    while text.startswith(_HEADS) and (end := text.find("]\n\n")) > 0:
        yield Spoken(plain=text[: end + 1])
        text = text[end + 3 :]


def _after(text: str) -> Iterator[Spoken]:
    """Yield the marked section of what stands after the last part."""
    if (place := text.rfind(_FOOTER)) >= 0:
        yield Spoken(plain=text[place:])


def _as_mail(native: bytes) -> bytes:
    """Return an MSG as a mail with the same bodies and pictures; b"" when it cannot be."""
    hint = Hint()
    try:
        written = mapi_eml.rendered(
            msg.message_of(InMemory(native), hint), hint.budget.limits.item_bytes
        )
    except UnreadableError:
        return b""
    return b"" if isinstance(written, Fault) else written


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


def header_rows(
    document: Document, attachments: Sequence[str] = (), clock: Clock | None = None
) -> list[tuple[str, str]]:
    """Return the labelled lines on top of a message; only those the source holds.

    Instants are in the zone of `clock`; without one in that of the source.
    """
    rows = []
    for label, name in _ROWS.get(document.kind, ()):
        value = document.text_of(name)
        if name in fields.INSTANTS:
            value = spoken(value) if clock is None else clock.spoken(value)
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
