"""Types by content: what an item is, whatever its name says.

Cheapest first: a signature in the first bytes, then header lines of mail, then fields near the
start, then text against binary, and libmagic for what is left. Never raises for any bytes; what it
cannot tell is application/octet-stream.
"""

from __future__ import annotations

import re

from forthwith.domain.evidence import ByteSource
from forthwith.formats.sniff.containers import (
    find_directory_near_end,
    ole_type,
    pkcs7_type,
    program_type,
    zip_type,
)
from forthwith.formats.sniff.libmagic import opinion
from forthwith.formats.sniff.media_names import extension_for, extension_of, mislabelled
from forthwith.formats.sniff.signatures import by_shape, by_signature
from forthwith.formats.sniff.text import looks_textual, mail_type, text_type

__all__ = ["extension_for", "extension_of", "media_type", "mislabelled"]

_HEAD = 8192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04")
_PDF = re.compile(rb"%PDF-\d")
#: Encrypted OpenPGP (RFC 9580, 5.1 and 5.3): a session key for somebody, or for a passphrase.
_PGP = re.compile(
    rb"(?:\x85[\x00-\x04].|\xc1[\xc0-\xdf].|\x84.)\x03.{8}[\x01\x02\x10\x12]|\x8c\x0d\x04",
    re.DOTALL,
)
_MAC_IMAGE = b"koly"


def media_type(source: ByteSource, name: str = "") -> str:
    """Return the media type of an item; `name` only decides between kinds of text."""
    head = source.read(0, _HEAD)
    if not head:
        return "inode/x-empty"
    if kind := _by_start(source, head):
        return kind
    if kind := mail_type(head):
        return kind
    return _by_look(source, head) or _text_or_binary(source, head, name)


def _by_start(source: ByteSource, head: bytes) -> str:
    if head.startswith(_ZIP):
        return zip_type(source)
    if head.startswith(_OLE):
        return ole_type(source)
    if head.startswith((b"MZ", b"\x7fELF")) and not looks_textual(head):
        return program_type(source, head)
    return by_signature(head)


def _by_look(source: ByteSource, head: bytes) -> str:
    if kind := by_shape(head, source.size) or pkcs7_type(head):
        return kind
    if _PDF.search(head, 0, 1024 + 8):
        return "application/pdf"
    if source.size > 32_774 and source.read(32_769, 5) == b"CD001":
        return "application/x-iso9660-image"
    return ""


def _text_or_binary(source: ByteSource, head: bytes, name: str) -> str:
    whole = source.size <= len(head)
    if looks_textual(head) and (whole or looks_textual(_middle(source))):
        return text_type(head, name, whole=whole)
    if _PGP.match(head):
        return "application/pgp-encrypted"
    if source.size > 512 and source.read(source.size - 512, 4) == _MAC_IMAGE:
        return "application/x-apple-diskimage"
    if find_directory_near_end(source):
        return "application/zip"
    return opinion(head)


def _middle(source: ByteSource) -> bytes:
    """Return a sample past the start, at an even place so that wide characters stay whole."""
    return source.read(source.size // 4 * 2, 2048)
