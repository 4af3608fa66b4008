"""Undo a content transfer encoding (RFC 2045 6) or uuencoding, and say what was wrong with it.

Never raises: what is damaged is decoded as far as it goes and described in a sentence. Which part
has which encoding is `mime`.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLANK = b" \t\r\n\v\f"
_PADDED = re.compile(rb"=[=\s]*(?=[^=\s])")
#: Base64 texts one after another in one part; no sender writes more.
_MOST_PIECES = 10_000
_NAMES = {
    "base64": "base64", "b64": "base64", "x-base64": "base64",
    "quoted-printable": "quoted-printable", "quopri": "quoted-printable",
    "quotedprintable": "quoted-printable", "qp": "quoted-printable",
    "x-uuencode": "uuencode", "uuencode": "uuencode", "x-uue": "uuencode", "uue": "uuencode",
    "": "", "7bit": "", "8bit": "", "binary": "", "none": "", "7-bit": "", "8-bit": "",
}  # fmt: skip
#: A block as `uuencode` writes it: begin, mode, name; lines; end.
UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4}[ \t]++([^\r\n]++)\r?$", re.MULTILINE)
_UU_END = re.compile(rb"^end[ \t]*\r?$", re.MULTILINE)
_UU_LINE = re.compile(rb"^[ -`]{1,90}[ \t]*\r?$")


class Content(NamedTuple):
    """Bytes decoded, and a sentence for each thing that was wrong with the encoding."""

    data: bytes
    defects: tuple[str, ...] = ()
    #: What stands after the end of base64 data and is no base64: a list server's footer.
    beyond: bytes = b""


def undone(data: bytes, encoding: str) -> Content:
    """Undo `encoding` as a header names it, in any case; an unknown one leaves the bytes."""
    name = encoding
    method = _NAMES.get(encoding)
    if method is None:
        name = encoding.strip().lower()
        method = _NAMES.get(name)
    if method is None:
        # "base64 (comment)", "quoted-printable;" and the like.
        name = re.split(r"[\s;(,\"']", name.strip("\"' "))[0]
        method = _NAMES.get(name)
    if method == "":
        return Content(data)
    if method == "base64":
        return from_base64(data)
    if method == "quoted-printable":
        return Content(binascii.a2b_qp(data))
    if method == "uuencode":
        return from_uu(data)
    return Content(data, (f"transfer encoding {name[:40]!r} is not known",))


def from_base64(data: bytes) -> Content:
    """Decode base64 as mail has it: line ends and stray characters inside, padding missing."""
    first = data.find(b"=")
    if first < 0 or not _PADDED.match(data, first):
        stray = len(data.translate(None, _ALPHABET + _BLANK + b"="))
        return _one_base64(data, stray)
    return _several_base64(data)


def _one_base64(data: bytes, stray: int) -> Content:
    defects = (f"{stray:,} characters inside base64 data are not base64",) if stray else ()
    try:
        return Content(binascii.a2b_base64(data), defects)
    except binascii.Error:
        digits = data.translate(None, bytes(set(range(256)) - set(_ALPHABET)))
    rest = len(digits) % 4
    if rest == 1:
        digits, rest = digits[:-1], 0
    decoded_data = binascii.a2b_base64(digits + b"=" * (-rest % 4))
    return Content(decoded_data, (*defects, "base64 data stop in the middle of a group"))


def _several_base64(data: bytes) -> Content:
    """Decode base64 with something after its padding: more base64, or something else."""
    out: list[bytes] = []
    defects: list[str] = []
    at = 0
    while at < len(data):
        end = data.find(b"=", at)
        pad = _PADDED.match(data, end) if end >= 0 else None
        piece = data[at : pad.end()] if pad else data[at:]
        stray = len(piece.translate(None, _ALPHABET + _BLANK + b"="))
        wordy = stray or len(piece.split()) > 1 + len(piece) // 16
        if out and (wordy or len(out) >= _MOST_PIECES):
            defects.append(f"{len(data) - at:,} bytes after the end of base64 data are not base64")
            return Content(b"".join(out), tuple(defects), data[at:])
        text = _one_base64(piece, stray)
        out.append(text.data)
        defects += text.defects
        at += len(piece)
    return Content(b"".join(out), tuple(dict.fromkeys(defects)))


def from_uu(data: bytes) -> Content:
    """Decode one uuencoded block, with or without its begin and end lines."""
    began = UU_BEGIN.search(data)
    lines = data[began.end() + 1 if began else 0 :].splitlines()
    if began and began[0].startswith(b"begin-base64"):
        return from_base64(b"\n".join(lines).partition(b"====")[0])
    out, bad, ended = [], 0, False
    for line in lines:
        if line.rstrip() == b"end":
            ended = True
            break
        line_data = uu_line(line)
        bad += line_data is None
        out.append(line_data or b"")
    defects = [f"{bad:,} lines of a uuencoded block are damaged"] if bad else []
    defects += [] if ended or not began else ["a uuencoded block has no end"]
    return Content(b"".join(out), tuple(defects))


def uu_line(line: bytes) -> bytes | None:
    """Decode one line, tolerating blanks cut or added at its end; None when it is no such line."""
    line = line.rstrip(b"\r\n")
    if not line:
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        length = ((((line[0] - 32) & 63) * 4) + 5) // 3
        try:
            return binascii.a2b_uu(line[:length])
        except binascii.Error:
            return None


def uu_blocks(data: bytes) -> list[tuple[int, int, bytes]]:
    """Find uuencoded blocks in a text body: start, end, file name of each.

    A "begin" line counts only when the line after it is uuencoded too; without an end line the
    block goes as far as its lines do.
    """
    blocks: list[tuple[int, int, bytes]] = []
    at = 0
    while began := UU_BEGIN.search(data, at):
        end = _uu_end(data, began.end() + 1, base64=began[0].startswith(b"begin-base64"))
        if end:
            blocks.append((began.start(), end, began[1].rstrip()))
        at = end or began.end()
    return blocks


def _uu_end(data: bytes, start: int, *, base64: bool) -> int:
    """Return where the block whose lines begin at `start` ends; 0 when it is none."""
    at = start
    if base64:
        closed = data.find(b"\n====", start)
        return closed + 5 if closed >= 0 else 0
    while at < len(data):
        stop = data.find(b"\n", at)
        stop = len(data) if stop < 0 else stop
        line = data[at:stop]
        if _UU_END.match(line):
            return stop if at > start else 0
        if not _UU_LINE.match(line) or uu_line(line) is None:
            return at if at > start else 0
        at = stop + 1
    return len(data) if at > start else 0
