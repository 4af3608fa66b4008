"""The Internet message around an RSMF archive: one `rsmf.zip`, and headers about it.

Only what RSMF itself puts there; the chat is `rsmf`. Anything else the message carries (a second
archive, words in the body) is handed on beside the archive, with a Fault that says so.
"""

from __future__ import annotations

import email
import email.errors
from dataclasses import dataclass
from email.message import Message

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Fault, FaultReason, FieldValue

#: Headers of RSMF 1.0 and 2.0 that say what forthwith has a field for.
_FIELDS = {
    "X-RSMF-Generator": names.APPLICATION,
    "X-RSMF-BeginDate": names.STARTS,
    "X-RSMF-EndDate": names.ENDS,
    "X-RSMF-EventCount": names.EVENTS,
    "Subject": names.SUBJECT,
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the message carries."""

    archive: bytes | None = None
    #: (place in the message, name, bytes) of every other part that is not empty.
    beside: tuple[tuple[int, str, bytes], ...] = ()
    fields: tuple[FieldValue, ...] = ()
    faults: tuple[Fault, ...] = ()


def opened(data: bytes) -> Envelope:
    """Take the message apart. Raises UnreadableError when it is no message at all."""
    try:
        message = email.message_from_bytes(data)
        parts = [(at, _name(part), _bytes(part)) for at, part in enumerate(message.walk())]
    except (email.errors.MessageError, ValueError, LookupError, RecursionError) as error:
        detail = f"the message around the chat cannot be read ({error})"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
    filled = [part for part in parts if part[2].strip()]
    archives = [part for part in filled if part[1].lower() == "rsmf.zip"] or [
        part for part in filled if part[2].startswith(b"PK")
    ]
    beside = tuple(part for part in filled if part not in archives[:1])
    return Envelope(
        archives[0][2] if archives else None,
        beside,
        _fields(message),
        tuple(_faults(message, len(archives))),
    )


def _name(part: Message) -> str:
    return part.get_filename() or f"body.{'html' if 'html' in part.get_content_type() else 'txt'}"


def _bytes(part: Message) -> bytes:
    if part.is_multipart():
        return b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _fields(message: Message) -> tuple[FieldValue, ...]:
    return tuple(
        FieldValue(field, str(message[header]), f"header:{header}")
        for header, field in _FIELDS.items()
        if message[header]
    )


def _faults(message: Message, archives: int) -> list[Fault]:
    found = []
    if not message["X-RSMF-Version"]:
        found.append(Fault(FaultReason.MISSING, "the header X-RSMF-Version is absent"))
    if archives > 1:
        detail = f"{archives} archives where RSMF allows one; the first is read as the chat"
        found.append(Fault(FaultReason.DISAGREEMENT, detail))
    return found
