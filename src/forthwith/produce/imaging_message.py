"""What page images need of a message's native: its HTML body and the parts that body shows.

Reading mail in full is `formats`; this takes the two things a picture of the mail is made from and
answers with nothing for natives it cannot take apart, whose text is then drawn instead.
"""

from __future__ import annotations

from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

#: Parts looked at in one message.
_PARTS = 2000
_FAILURES = (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError)


def html_body(data: bytes) -> str | None:
    """Return the HTML of the first text/html part that is no attachment, None without one."""
    for part in _parts(data):
        if part.get_content_type() == "text/html" and _disposition(part) != "attachment":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return _decoded(payload, part.get_content_charset("utf-8"))
    return None


def inline_parts(data: bytes) -> dict[str, bytes]:
    """Return the image parts by Content-ID (no angle brackets) and by Content-Location."""
    found: dict[str, bytes] = {}
    for part in _parts(data):
        if part.get_content_maintype() != "image":
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        for name in (str(part.get("Content-ID", "")).strip().strip("<>"),
                     str(part.get("Content-Location", "")).strip()):  # fmt: skip
            if name:
                found.setdefault(name, payload)
    return found


def _parts(data: bytes) -> list[Message]:
    """Return the parts of a message, not those of messages attached to it."""
    found: list[Message] = []
    try:
        waiting: list[Message] = [BytesParser(policy=compat32).parsebytes(data)]
        while waiting and len(found) < _PARTS:
            part = waiting.pop(0)
            found.append(part)
            if part.get_content_maintype() == "multipart" and part.is_multipart():
                waiting[:0] = [each for each in part.get_payload() if isinstance(each, Message)]
    except _FAILURES:
        return found
    return found


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except _FAILURES:
        return ""


def _decoded(payload: bytes, charset: str) -> str:
    # As browsers do: mail that says Latin-1 is nearly always Windows-1252 (WHATWG Encoding, 4.2).
    if charset.lower() in {"iso-8859-1", "latin-1", "us-ascii", "ascii"}:
        charset = "cp1252"
    for name in ("utf-8", charset):
        try:
            return payload.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return payload.decode("cp1252", "replace")
