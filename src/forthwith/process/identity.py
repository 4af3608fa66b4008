"""Identity: when two things are the same, by a published recipe.

Recipe **fw1**. A file is SHA-256 of its bytes. A message is SHA-256 over four components, each
SHA-256, each preceded by its length in eight bytes, in this order:
(1) body: the text without CR, LF, space and tab;
(2) header: subject, sender's name, sender's address, instant sent in UTC to the second, by CRLF;
(3) recipients: the addresses of To, Cc and Bcc, lower case, sorted, by CRLF;
(4) attachments: the fw1 of each child in order, inline images included.
Absent is not empty: what could not be read contributes its name and size under a tag of its own.
Source: the four-part recipe in common use for processing duplicates, docs/guarantees.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from forthwith.domain import fields
from forthwith.domain.evidence import Kind, Reading, TextMethod

#: "Name <address>" as sent. Own and small, so that no release of a library changes an identity.
_MAILBOX = re.compile(r"(?P<name>.*?)<(?P<address>[^<>]*)>\s*", re.DOTALL)
_SPACE = str.maketrans("", "", "\r\n \t")
_CONTACTS = (fields.TO, fields.CC, fields.BCC)


def content_hash(reading: Reading, sha256: str, children: Sequence[str], *, lost: bool) -> str:
    """Return fw1 of something read, given the fw1 of each of its children in order."""
    if reading.kind is not Kind.EMAIL or lost:
        return sha256
    parts = (_body(reading), _header(reading), _recipients(reading), "".join(children).encode())
    whole = hashlib.sha256(b"fw1")
    for part in parts:
        digest = hashlib.sha256(part).digest()
        whole.update(len(digest).to_bytes(8, "big") + digest)
    return whole.hexdigest()


def absent(name: str, size: int) -> str:
    """Return the fw1 of something whose bytes could not be had."""
    return hashlib.sha256(f"fw1 absent\0{name}\0{size}".encode("utf-8", "replace")).hexdigest()


def message_id_hash(message_id: str) -> str:
    """Return the EDRM MIH 1.0: MD5 of the Message-ID with its brackets, upper case.

    The value is cut after the first ">", blanks around it are dropped, its case is kept.
    Without a Message-ID there is no hash: "" and never the hash of nothing.
    """
    value = message_id.strip()
    end = value.find(">")
    value = value[: end + 1] if end >= 0 else value
    if not value:
        return ""
    return hashlib.md5(value.encode("utf-8", "replace")).hexdigest().upper()


def in_utc(instant: str) -> str:
    """Return an instant in UTC to the second; one without a zone as it stands."""
    try:
        when = datetime.fromisoformat(instant)
        if when.tzinfo is None:
            return when.isoformat(timespec="seconds")
        return when.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return instant


def _body(reading: Reading) -> bytes:
    if reading.text_method is TextMethod.NONE and reading.faults:
        return b"\0absent body"
    return reading.text.translate(_SPACE).encode("utf-8", "replace")


def _header(reading: Reading) -> bytes:
    name, address = _mailbox(reading.value(fields.FROM))
    lines = (reading.value(fields.SUBJECT), name, address, in_utc(reading.value(fields.SENT)))
    return "\r\n".join(lines).encode("utf-8", "replace")


def _recipients(reading: Reading) -> bytes:
    addresses = []
    for field in reading.fields:
        if field.name in _CONTACTS:
            values = (field.value,) if isinstance(field.value, str) else field.value
            addresses += [_mailbox(value)[1] for value in values]
    return "\r\n".join(sorted(addresses)).encode("utf-8", "replace")


def _mailbox(value: str) -> tuple[str, str]:
    """Return display name and lower-case address of one mailbox as sent."""
    if shape := _MAILBOX.fullmatch(value):
        return shape["name"].strip(' "\t'), shape["address"].strip().lower()
    return "", value.strip().lower()
