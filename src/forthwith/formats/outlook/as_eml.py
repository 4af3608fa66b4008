"""An Outlook message as Internet mail: the native of a message that has no bytes of its own.

The same message gives the same EML for ever; nothing is invented. Headers it was sent with
(PidTagTransportMessageHeaders) are used where they agree with the properties, and built from the
properties where they do not or there are none. What lies in the properties only (a contact's
telephone numbers, an appointment's times) stands at the head of the plain body.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from forthwith.domain.evidence import Fault, FaultReason, Relation
from forthwith.formats.mail import writer
from forthwith.formats.mail.writer import OutgoingPart
from forthwith.formats.outlook import attachments, people, times
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.body import bodies_of
from forthwith.formats.outlook.item_classes import kind_of, own_lines
from forthwith.formats.outlook.message import Attachment, Message

MEDIA_TYPE: Final = "message/rfc822"
Headers = list[tuple[str, str]]

_HEADER = re.compile(r"^([A-Za-z][!-9;-~]*):[ \t]*((?:.*)(?:\r?\n[ \t].*)*)", re.MULTILINE)
_CLOCK = re.compile(r"\d\d?:\d\d(?::\d\d)?")
_SPECIAL = re.compile(r'[()<>\[\]:;@\\,."]')
#: Headers that say how a body was carried, which is ours to say.
_CARRIAGE: Final = re.compile(r"(?:content-|mime-version$)", re.IGNORECASE)
_IMPORTANCE: Final = {0: "low", 2: "high"}
_SENSITIVITY: Final = {1: "Personal", 2: "Private", 3: "Company-Confidential"}


def render(message: Message) -> bytes:
    """Return the message as EML, whatever its size."""
    return writer.render(headers(message), *_bodies(message), list(_parts(message)))


def rendered(message: Message, limit: int) -> bytes | Fault:
    """Return the message as EML, or the Fault once its parts pass `limit` bytes."""
    parts: list[OutgoingPart] = []
    size = 0
    for part in _parts(message):
        size += len(part.data)
        if size > limit:
            detail = f"the message with its attachments is larger than {limit:,} bytes"
            return Fault(FaultReason.TOO_LARGE, f"{detail} (limits.item_bytes)", lost=True)
        parts.append(part)
    return writer.render(headers(message), *_bodies(message), parts)


def _bodies(message: Message) -> tuple[str | None, str | None]:
    bodies = bodies_of(message)
    kind = kind_of(message.message_class)
    plain, html = bodies.plain, bodies.html
    if lines := list(own_lines(message, kind)):
        plain = "\n".join([*lines, "", plain or bodies.text])
    return (plain if plain or not html else None), html or None


def _parts(message: Message) -> Iterator[OutgoingPart]:
    """Yield the attachments; one whose bytes are elsewhere or lost is named all the same."""
    for row, relation in attachments.plan(message, bodies_of(message)).rows:
        if isinstance(row, Attachment):
            yield _part(row, relation)


def _part(row: Attachment, relation: Relation) -> OutgoingPart:
    media_type = row.properties.text(mapi.ATTACH_MIME)
    if row.message is not None:
        embedded = row.message()
        if isinstance(embedded, Fault):
            return _named_only(row, attachments.name_of(row.properties), media_type)
        name = attachments.message_name(embedded)
        return OutgoingPart(name, MEDIA_TYPE, render(embedded), is_message=True)
    name, data = attachments.content(row)
    if isinstance(data, Fault):
        return _named_only(row, name, media_type)
    identifier = row.properties.text(mapi.ATTACH_CONTENT_ID).strip("<> ")
    return OutgoingPart(name, media_type, data, identifier, relation is Relation.INLINE)


def _named_only(row: Attachment, name: str, media_type: str) -> OutgoingPart:
    """Return the part of a file the message lists and does not have."""
    address = attachments.address_of(row) if attachments.is_elsewhere(row) else ""
    size = row.stated or row.properties.number(mapi.ATTACH_SIZE)
    return OutgoingPart(name, media_type, b"", absent=True, address=address, size=size)


# Headers


def headers(message: Message) -> Headers:
    """Return the header fields: as sent where they agree with the properties, else built."""
    built = _built_headers(message)
    sent = _sent_headers(message)
    if not sent:
        return built
    missing = {name.lower(): (name, value) for name, value in built}
    out: Headers = []
    for name, value in sent:
        if name.lower() == "date" and times.is_draft(message) and "date" not in missing:
            # It was never sent: a Date of its own would say it was.
            out.append((f"X-Stored-{name}", value))
            continue
        property_header = missing.pop(name.lower(), None)
        keep = property_header is None or _agree(name.lower(), value, property_header[1])
        out.append((name, value) if keep or property_header is None else property_header)
    return [*out, *missing.values()]


def _sent_headers(message: Message) -> Headers:
    """Return the transport headers, unfolded, without repeats of what must stand once."""
    text = message.properties.text(mapi.TRANSPORT_HEADERS).replace("\r\n", "\n").replace("\r", "\n")
    lines: Headers = []
    names: set[str] = set()
    for match in _HEADER.finditer(text.split("\n\n", 1)[0]):
        name, value = match[1], re.sub(r"\n[ \t]*", " ", match[2])
        lowered = name.lower()
        if _CARRIAGE.match(name) or (lowered in _ONCE and lowered in names):
            continue
        names.add(lowered)
        lines.append((name, value))
    return lines if names & {"from", "date", "subject", "message-id", "received"} else []


_ONCE: Final = frozenset(
    {"from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to",
     "references", "reply-to", "thread-index", "thread-topic"}
)  # fmt: skip


def _agree(name: str, sent: str, stored: str) -> bool:
    """Say whether a header as sent says what the property says."""
    if name == "date":
        return _same_instant(sent, stored)
    if name in {"to", "cc", "bcc", "reply-to", "importance", "sensitivity", "references"}:
        return bool(sent.strip())
    if name in {"from", "sender"}:
        address = stored.rpartition("<")[2].rstrip(">").strip()
        return "@" not in address or address.lower() in sent.lower()
    return _readable(sent) == _readable(stored)


def _same_instant(sent: str, stored: str) -> bool:
    if len(_CLOCK.findall(sent)) != 1:
        # Some gateways wrote two dates into one header.
        return False
    try:
        return (
            abs((parsedate_to_datetime(sent) - parsedate_to_datetime(stored)).total_seconds()) < 1
        )
    except (TypeError, ValueError, OverflowError, IndexError):
        return False


def _readable(value: str) -> str:
    """Return a header as read by people: encoded words decoded, blanks made one."""
    try:
        value = str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError, UnicodeError):
        return value
    return " ".join(value.split())


def _built_headers(message: Message) -> Headers:
    properties = message.properties
    recipients = people.addressees(message)
    sent = times.sent_of(message)[0]
    lines = [
        ("From", _quoted(people.author(message))),
        ("Sender", _quoted(people.sender(message))),
        ("To", ", ".join(map(_quoted, recipients[1]))),
        ("Cc", ", ".join(map(_quoted, recipients[2]))),
        ("Bcc", ", ".join(map(_quoted, recipients[3]))),
        ("Reply-To", ", ".join(map(_quoted, people.reply_to(message)))),
        ("Subject", message.subject),
        ("Date", _date(sent)),
        ("Message-ID", properties.text(mapi.INTERNET_MESSAGE_ID)),
        ("In-Reply-To", properties.text(mapi.IN_REPLY_TO)),
        ("References", properties.text(mapi.INTERNET_REFERENCES)),
        ("Thread-Topic", properties.text(mapi.CONVERSATION_TOPIC)),
        ("Thread-Index", base64.b64encode(properties.binary(mapi.CONVERSATION_INDEX)).decode()),
        ("Importance", _IMPORTANCE.get(properties.number(mapi.IMPORTANCE, 1), "")),
        ("Sensitivity", _SENSITIVITY.get(properties.number(mapi.SENSITIVITY), "")),
    ]
    return [(name, value) for name, value in lines if value.strip()]


def _date(sent: str) -> str:
    """Return an instant as a Date header; what has no zone or no clock gets none."""
    try:
        moment = datetime.fromisoformat(sent)
    except ValueError:
        return sent
    written = format_datetime(moment)
    # The library writes "-0000", which is UTC, for a moment of no zone.
    return written if moment.tzinfo else written.removesuffix(" -0000")


def _quoted(address: str) -> str:
    """Return "Name <address>" with the name quoted where RFC 5322 3.4 asks for it."""
    name, angle, where = address.rpartition(" <")
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
    if not angle:
        return (
            f'"{_escaped(address)}"' if "@" not in address and _SPECIAL.search(address) else address
        )
    return f'"{_escaped(name)}" <{where}' if _SPECIAL.search(name) else address


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
