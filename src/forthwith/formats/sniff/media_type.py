"""Types by content: what an item is, whatever its name says.

Cheapest first: a signature in the first bytes, then header lines of mail, then fields near the
start, then text against binary, and libmagic for what is left. Never raises for any bytes; what it
cannot tell is application/octet-stream.

The libmagic carried by PyPI `pylibmagic` is loaded under its own name before `import magic` looks
for one, so that no system libmagic is needed and nothing of the process is patched (importing
`pylibmagic` itself would change `ctypes` and the environment).
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

from forthwith.domain.evidence import ByteSource
from forthwith.formats.sniff.containers import (
    find_directory_near_end,
    ole_type,
    pkcs7_type,
    program_type,
    zip_type,
)
from forthwith.formats.sniff.media_names import extension_for, extension_of, mislabelled
from forthwith.formats.sniff.signatures import by_shape, by_signature
from forthwith.formats.sniff.text import looks_textual, mail_type, text_type

__all__ = ["extension_for", "extension_of", "media_type", "mislabelled"]

_UNKNOWN = "application/octet-stream"
#: libmagic's words for ours.
_OURS = {
    "application/x-rar": "application/vnd.rar",
    "application/x-gzip": "application/gzip",
    "application/x-zstd": "application/zstd",
    "application/x-cdf": "application/x-ole-storage",
    "application/CDFV2": "application/x-ole-storage",
    "application/x-lzma": "application/x-lzma",
    "application/x-dosexec": "application/vnd.microsoft.portable-executable",
    "application/x-msaccess": "application/vnd.ms-access",
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-aiff": "audio/aiff",
    "audio/x-m4a": "audio/mp4",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/x-ms-bmp": "image/bmp",
    "video/x-ms-wmv": "video/x-ms-asf",
}
#: Types with sniffing of our own that found otherwise: libmagic's word is not taken for them.
_NOT_TAKEN = frozenset(
    {
        "application/zip", "application/pdf", "application/mbox", "application/x-ole-storage",
        "application/gzip", "application/x-tar", "application/x-cpio", "application/x-lzma",
        "application/x-compress", "application/x-lz4", "application/zstd", "inode/x-empty",
    }
)  # fmt: skip
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
    return _opinion(head)


def _middle(source: ByteSource) -> bytes:
    """Return a sample past the start, at an even place so that wide characters stay whole."""
    return source.read(source.size // 4 * 2, 2048)


@functools.cache
def _magic() -> Any:
    """Return a python-magic object, or None where there is no libmagic."""
    carried = importlib.util.find_spec("pylibmagic")
    folder = Path(carried.origin).parent if carried is not None and carried.origin else None
    table = folder / "magic.mgc" if folder is not None else None
    try:
        if folder is not None:
            ctypes.CDLL(str(folder / "libmagic.so.1"), mode=ctypes.RTLD_GLOBAL)
        return importlib.import_module("magic").Magic(mime=True, magic_file=table and str(table))
    except (ImportError, OSError, AttributeError, TypeError, ValueError):
        return None


def _opinion(head: bytes) -> str:
    """Return libmagic's type for these bytes in our vocabulary; octet-stream without one."""
    magic = _magic()
    if magic is None:
        return _UNKNOWN
    try:
        theirs = str(magic.from_buffer(head))
    except (importlib.import_module("magic").MagicException, ValueError, OSError):
        return _UNKNOWN
    ours = _OURS.get(theirs, theirs)
    taken = ours not in _NOT_TAKEN and not ours.startswith(("text/", "message/")) and "/" in ours
    return ours if taken else _UNKNOWN
