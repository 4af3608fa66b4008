"""Types by content: what an item is, whatever its name says.

Cheapest first: a signature in the first bytes, then header lines of mail, then fields near the
start, then text against binary, and libmagic for what is left. Never raises for any bytes; what it
cannot tell is application/octet-stream.

The libmagic carried by PyPI `pylibmagic` is loaded under its own name before `import magic` looks
for one, so that no system libmagic is needed and nothing of the process is patched (importing
`pylibmagic` itself would change `ctypes` and the environment).

Containers that need a look inside (zip, OLE) are `containers`, text and mail are `text`.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import importlib.util
import re
import struct
from pathlib import Path
from typing import Any

from forthwith.domain.evidence import ByteSource
from forthwith.formats.archives.tar import is_header
from forthwith.formats.mail import mbox
from forthwith.formats.mail.encoded_blocks import encoded_type
from forthwith.formats.sniff.containers import (
    find_directory_near_end,
    ole_type,
    pkcs7_type,
    program_type,
    zip_type,
)
from forthwith.formats.sniff.media_names import extension_for, extension_of, mislabelled
from forthwith.formats.sniff.text import looks_textual, mail_type, text_type

__all__ = ["extension_for", "extension_of", "media_type", "mislabelled"]

#: Longer signatures of one first byte stand before shorter ones.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"!BDN", "application/vnd.ms-outlook-pst"),
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
    (b"{\\rtf", "application/rtf"),
    (b"%PDF-", "application/pdf"),
    (b"%!PS", "application/postscript"),
    (b"\xc5\xd0\xd3\xc6", "application/postscript"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x1f\x9d", "application/x-compress"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"LZIP", "application/x-lzip"),
    (b"LRZI", "application/x-lrzip"),
    (b"\x89LZO\0\r\n\x1a\n", "application/x-lzop"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x04\x22\x4d\x18", "application/x-lz4"),
    (b"\x02\x21\x4c\x18", "application/x-lz4"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed"),
    (b"!<arch>\n", "application/x-archive"),
    (b"070701", "application/x-cpio"),
    (b"070702", "application/x-cpio"),
    (b"070707", "application/x-cpio"),
    (b"xar!", "application/x-xar"),
    (b"\xed\xab\xee\xdb", "application/x-rpm"),
    (b"WARC/", "application/warc"),
    (b"\x60\xea", "application/x-arj"),
    (b"StuffIt ", "application/x-stuffit"),
    (b"SIT!", "application/x-stuffit"),
    (b"ALZ\x01", "application/x-alz-compressed"),
    (b"EVF\x09\x0d\x0a\xff\0", "application/x-expert-witness"),
    (b"\xcf\xad\x12\xfe", "application/x-outlook-express-dbx"),
    (b"\x1a\0\0\x04\0\0", "application/vnd.lotus-notes"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\x01\0", "image/vnd.microsoft.icon"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (b"AT&TFORM", "image/vnd.djvu"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"MThd", "audio/midi"),
    (b".snd", "audio/basic"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (b"FLV\x01", "video/x-flv"),
    (b"\0\0\x01\xba", "video/mpeg"),
    (b"\0\0\x01\xb3", "video/mpeg"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\0\x01\0\0Standard Jet DB\0", "application/vnd.ms-access"),
    (b"\0\x01\0\0Standard ACE DB\0", "application/vnd.ms-access"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    (b"\xffWPC", "application/vnd.wordperfect"),
    (b"\x7fELF", "application/x-executable"),
)
_BY_FIRST: dict[int, tuple[tuple[bytes, str], ...]] = {
    first: tuple(pair for pair in _SIGNATURES if pair[0][0] == first)
    for first in {signature[0] for signature, _ in _SIGNATURES}
}
_LZH = re.compile(rb"-(?:lh[0-9a-dx]|lz[2-8s]|pm[0-2])-")
_DWG = re.compile(rb"AC1[0-9.]{3}")
_ZSTD_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
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
#: How much of a text is looked at for files encoded in it, bytes.
_TEXT = 4 * 2**20
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
    if kind := mail_type(head, name):
        # A first line "From " without a date begins a mailbox only where another one follows.
        undated = kind == "message/rfc822" and head.lstrip()[:5] in (b"From ", b"From\n", b"From\r")
        return "application/mbox" if undated and mbox.holds_several(source) else kind
    return _by_look(source, head) or _text_or_binary(source, head, name)


def _by_start(source: ByteSource, head: bytes) -> str:
    if head.startswith(_ZIP):
        return zip_type(source)
    if head.startswith(_OLE):
        return ole_type(source)
    if head.startswith((b"MZ", b"\x7fELF")) and not looks_textual(head):
        return program_type(source, head)
    return _by_signature(head)


def _by_look(source: ByteSource, head: bytes) -> str:
    if kind := _by_shape(head, source.size) or pkcs7_type(head):
        return kind
    if _PDF.search(head, 0, 1024 + 8):
        return "application/pdf"
    if source.size > 32_774 and source.read(32_769, 5) == b"CD001":
        return "application/x-iso9660-image"
    return ""


def _text_or_binary(source: ByteSource, head: bytes, name: str) -> str:
    whole = source.size <= len(head)
    if head.startswith(b"=ybegin ") and (kind := encoded_type(head)):
        return kind
    if looks_textual(head) and (whole or looks_textual(_middle(source))):
        kind = text_type(head, name, whole=whole)
        # A file may stand encoded anywhere in a text.
        return (kind == "text/plain" and encoded_type(source.read(0, _TEXT))) or kind
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


def _by_signature(head: bytes) -> str:
    """Return the type the start of the file decides, or ""."""
    for signature, kind in _BY_FIRST.get(head[0], ()):
        if head.startswith(signature):
            return kind
    return ""


def _by_shape(head: bytes, size: int) -> str:
    """Return the type that a few fields near the start decide, or ""; dearer than signatures."""
    if head[257:262] == b"ustar" or is_header(head[:512]):
        return "application/x-tar"
    if _LZH.match(head, 2) and len(head) > 21:
        return "application/x-lzh"
    if head[:3] == b"BZh" and head[3:4] in b"123456789" and head[4:7] in (b"1AY", b"\x17\x72\x45"):
        return "application/x-bzip2"
    if head[:2] in (b"\xc7\x71", b"\x71\xc7") and _old_cpio(head):
        return "application/x-cpio"
    for kind, holds in (
        ("application/x-lzma", _lzma(head)),
        ("image/bmp", head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and len(head) > 26),
        ("image/emf", head[:4] == b"\x01\0\0\0" and head[40:44] == b" EMF"),
        ("image/vnd.dwg", bool(_DWG.match(head)) and b"\0" in head[:32]),
        ("application/zstd", bool(_ZSTD_SKIPPABLE.match(head))),
        ("application/x-ace-compressed", head[7:14] == b"**ACE**"),
        ("application/x-zoo", head[20:24] == b"\xdc\xa7\xc4\xfd"),
        ("audio/mpeg", _mpeg_audio(head)),
    ):
        if holds:
            return kind
    return _riff(head, size)


def _riff(head: bytes, size: int) -> str:
    if head[:4] == b"RIFF" and size >= 12:
        kinds = {b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"WEBP": "image/webp"}
        return kinds.get(head[8:12], "")
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if head[4:8] == b"ftyp":
        return _iso_media(head[8:12])
    return "video/quicktime" if head[4:8] in (b"moov", b"mdat", b"wide") else ""


def _iso_media(brand: bytes) -> str:
    if brand in (b"heic", b"heix", b"mif1", b"msf1", b"hevc"):
        return "image/heic"
    kinds = {b"avif": "image/avif", b"qt  ": "video/quicktime", b"M4A ": "audio/mp4"}
    return kinds.get(brand, "video/3gpp" if brand[:3] in (b"3gp", b"3g2") else "video/mp4")


def _old_cpio(head: bytes) -> bool:
    """Binary cpio: the name's length must be where the format has it, and be one."""
    if len(head) < 26:
        return False
    order = "<" if head[0] == 0xC7 else ">"
    length = int(struct.unpack_from(order + "H", head, 20)[0])
    return 1 < length < 4096 and head[26 + length - 1 : 26 + length] in (b"\0", b"")


def _lzma(head: bytes) -> bool:
    """LZMA alone has no signature: properties as every encoder writes them and a sane size."""
    if len(head) < 14 or head[0] != 0x5D or head[13] != 0:
        return False
    dictionary, size = struct.unpack_from("<IQ", head, 1)
    return dictionary >= 4096 and not dictionary & 0xFFF and (size < 2**40 or size == 2**64 - 1)


def _mpeg_audio(head: bytes) -> bool:
    """Two MPEG audio frames, one after the other (ISO 11172-3, 2.4.2.3)."""
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xFE != 0xFA:
        return False
    sampling = (44100, 48000, 32000, 0)[head[2] >> 2 & 3]
    rate = rates[head[2] >> 4]
    if not sampling or not rate:
        return False
    following = 144_000 * rate // sampling + (head[2] >> 1 & 1)
    return head[following : following + 2] in (head[:2], b"")


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


def preload() -> None:
    """Load libmagic, where there is one: to look for it runs a program of the system."""
    _magic()


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
