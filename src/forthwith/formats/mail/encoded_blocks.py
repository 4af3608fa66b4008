"""Files that stand encoded in a text: uuencode, yEnc, BinHex 4.0, base64 that nothing announces.

Finds each with its range and name, and decodes it; mail bodies and loose text files both hold them.
Base64 counts where its lines decode to a file known by its first bytes: keys and tokens are text.
BinHex is RFC 1741; yEnc is version 1.3 of its own draft.
"""

from __future__ import annotations

import binascii
import re
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from forthwith.formats.mail.transfer_encoding import Content, from_base64, from_uu, uu_blocks

#: Media type of a text whose first block is of a kind.
MEDIA_TYPE_OF = {
    "uuencode": "text/x-uuencode",
    "yenc": "text/x-yenc",
    "binhex": "application/mac-binhex40",
    "base64": "text/x-base64",
}
_YENC = re.compile(rb"^=ybegin (?=[^\r\n]*\bsize=\d)([^\r\n]{1,1000})\r?\n", re.MULTILINE)
_YEND = re.compile(rb"^=yend\b([^\r\n]{0,1000})", re.MULTILINE)
_YNAME, _YSIZE = re.compile(rb"\bname=(.+)$"), re.compile(rb"\bsize=(\d{1,15})")
_YCRC = re.compile(rb"\bcrc32=([0-9A-Fa-f]{1,8})")
_YESCAPE = re.compile(rb"=(.)", re.DOTALL)
_YENC_BACK = bytes((byte - 42) & 255 for byte in range(256))
_BINHEX = re.compile(
    rb"^\(This file must be converted with BinHex[^\r\n]{0,80}\)"
    rb"[^\S\r\n]*+[\r\n]\s*+:([^:]{20,}):?",
    re.MULTILINE,
)
_HEX_DIGITS = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_TO_BASE64 = bytes.maketrans(
    _HEX_DIGITS, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)
_NOT_HEX = bytes(set(range(256)) - set(_HEX_DIGITS))
_RUN = re.compile(rb"\x90(.)", re.DOTALL)
#: Lines of base64 as encoders cut them, or one long line.
_LINES = re.compile(
    rb"^(?:[A-Za-z0-9+/]{60,76}\r?\n){3,}(?:[A-Za-z0-9+/]{1,76}={0,2})?[ \t]*(?=\r?\n|\Z)"
    rb"|^[A-Za-z0-9+/]{200,}={0,2}[ \t]*(?=\r?\n|\Z)",
    re.MULTILINE,
)
#: How files begin that are sent: what base64 of anything else is, nobody can tell.
_FILES = (
    b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8",
    b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b\x08", b"II*\0", b"MM\0*", b"BZh",
    b"\x78\x9f\x3e\x22", b"!BDN", b"ID3", b"OggS", b"<html", b"<!DOCTYPE", b"<?xml", b"From: ",
    b"Received: ", b"Return-Path: ", b"MIME-Version: ", b"BEGIN:VC",
)  # fmt: skip

#: Digits of base64 as "a", all else as a blank, and as many of them as the shortest line has.
_SHAPE = bytes(97 if chr(byte).isalnum() or byte in b"+/" else 32 for byte in range(128)) + bytes(
    [32] * 128
)
_LONG_WORD = b"a" * 60
#: Those of them that no text can be taken for.
_NO_TEXTS = (
    b"%PDF-1.", b"%PDF-2.", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1", b"\x89PNG\r\n",
    b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08", b"II*\0", b"MM\0*", b"!BDN",
)  # fmt: skip


class Block(NamedTuple):
    """A file encoded in a text."""

    kind: str
    #: Range in the text.
    start: int
    end: int
    #: As the block gives it; b"" where it gives none.
    name: bytes


def blocks(data: bytes) -> list[Block]:
    """Find the encoded files of a text, in order; none within another."""
    found: list[Block] = []
    if b"begin" in data:
        found += (Block("uuencode", *block) for block in uu_blocks(data))
        found += _yenc_blocks(data)
    if b"BinHex" in data:
        for match in _BINHEX.finditer(data):
            name = _forks(_unpacked(match[1])).name
            found.append(Block("binhex", match.start(), match.end(), name))
    found += (Block("base64", *lines.span(), b"") for lines in _base64(data))
    found.sort(key=lambda block: (block.start, -block.end))
    apart: list[Block] = []
    for block in found:
        if not apart or block.start >= apart[-1].end:
            apart.append(block)
    return apart


def _base64(data: bytes) -> Iterator[re.Match[bytes]]:
    """Yield lines of base64 that decode to a known file."""
    # Nearly no text has a word as long as a line of base64; that is cheaper to find out.
    if _LONG_WORD in data.translate(_SHAPE):
        for lines in _LINES.finditer(data):
            if from_base64(lines[0][:72]).data.startswith(_FILES):
                yield lines


def content_of(block: Block, data: bytes) -> Content:
    """Decode a block of a text."""
    part = data[block.start : block.end]
    if block.kind == "uuencode":
        return from_uu(part)
    if block.kind == "yenc":
        return _from_yenc(part)
    if block.kind == "binhex":
        return _from_binhex(part)
    return from_base64(part)


def begins_as_a_file(data: bytes) -> bool:
    """Say whether what is called text begins as a file does that is none."""
    return data.startswith(_NO_TEXTS)


def hidden_text(data: bytes) -> bytes:
    """Return what a text that is all base64 says, where that is words; b"" where it is not."""
    if b" " in data[:70].strip():
        return b""
    whole = data.strip()
    if len(whole) < 60 or _LINES.fullmatch(whole) is None:
        return b""
    decoded = from_base64(whole)
    try:
        words = decoded.data.decode()
    except UnicodeDecodeError:
        return b""
    plain = sum(sign.isprintable() or sign in "\r\n\t" for sign in words)
    return decoded.data if not decoded.defects and plain == len(words) and " " in words else b""


def encoded_type(data: bytes) -> str:
    """Return the media type of a text by the first file encoded in it; "" where there is none."""
    found = blocks(data)
    if found:
        return MEDIA_TYPE_OF[found[0].kind]
    return MEDIA_TYPE_OF["base64"] if hidden_text(data) else ""


def _yenc_blocks(data: bytes) -> Iterator[Block]:
    ends = [ended.end() for ended in _YEND.finditer(data)]
    for begun in _YENC.finditer(data):
        name = _YNAME.search(begun[1])
        later = bisect_right(ends, begun.end())
        end = ends[later] if later < len(ends) else len(data)
        yield Block("yenc", begun.start(), end, name[1].strip() if name else b"")


def _from_yenc(part: bytes) -> Content:
    begun, ended = _YENC.match(part), _YEND.search(part)
    if begun is None:
        return Content(part, ("a yEnc block does not begin",))
    body = part[begun.end() : ended.start() if ended else len(part)]
    defects = [] if ended else ["a yEnc block has no end"]
    if body.startswith(b"=ypart"):
        body = body.partition(b"\n")[2]
        defects.append("a yEnc block is one part of several; the others are elsewhere")
    lines = body.replace(b"\r", b"").replace(b"\n", b"")
    data = _YESCAPE.sub(lambda pair: bytes([(pair[1][0] - 64) & 255]), lines).translate(_YENC_BACK)
    tail = ended[1] if ended else b""
    if (size := _YSIZE.search(tail or begun[1])) and int(size[1]) != len(data):
        defects.append(f"a yEnc block says {int(size[1]):,} bytes and holds {len(data):,}")
    if (crc := _YCRC.search(tail)) and int(crc[1], 16) != zlib.crc32(data):
        defects.append("a yEnc block does not match its checksum")
    return Content(data, tuple(defects))


class _Forks(NamedTuple):
    name: bytes
    data: bytes
    defects: tuple[str, ...]


def _from_binhex(part: bytes) -> Content:
    match = _BINHEX.match(part)
    if match is None:
        return Content(part, ("a BinHex block does not begin",))
    forks = _forks(_unpacked(match[1]))
    return Content(forks.data, forks.defects)


def _unpacked(digits: bytes) -> bytes:
    """Return the bytes of BinHex digits, runs expanded."""
    packed = digits.translate(_TO_BASE64, _NOT_HEX)
    packed = packed[:-1] if len(packed) % 4 == 1 else packed
    data = binascii.a2b_base64(packed + b"=" * (-len(packed) % 4))
    out = bytearray()
    at = 0
    for run in _RUN.finditer(data):
        out += data[at : run.start()]
        if run[1] == b"\0":
            out.append(0x90)
        elif out:
            out += out[-1:] * (run[1][0] - 1)
        at = run.end()
    return bytes(out + data[at:])


def _forks(data: bytes) -> _Forks:
    """Return name and data fork of an unpacked BinHex file (RFC 1741, appendix A)."""
    length = data[0] if data else 0
    name, head = data[1 : 1 + length], data[2 + length : 22 + length]
    if len(head) < 20:
        return _Forks(name, b"", ("a BinHex block breaks off in its header",))
    size, resource = struct.unpack(">8x2xII2x", head)
    start = 22 + length
    fork, check = data[start : start + size], data[start + size : start + size + 2]
    defects = []
    if len(fork) < size:
        defects.append(
            f"a BinHex block says {size:,} bytes and holds {len(fork):,}: it stops there"
        )
    elif check and binascii.crc_hqx(fork, 0) != int.from_bytes(check, "big"):
        defects.append("a BinHex block does not match its checksum")
    if resource:
        defects.append(f"a BinHex block has a resource fork of {resource:,} bytes, left out")
    return _Forks(name, fork, tuple(defects))
