"""Where a picture, or a PDF, ends by its own structure: is it whole, and what lies behind it.

A viewer stops at the end mark, so bytes behind it are seen by nobody; an archive hidden there is
found by no reader either. Pixels are not decoded. Sources: ITU-T T.81 (JPEG), PNG (third edition),
GIF89a, RFC 9649 (WebP), ISO 15444-1 (JPEG 2000), [MS-WMF] bitmap headers, CIPA DC-007 (several
pictures in one).
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from functools import partial

from forthwith.domain.evidence import Child, Fault, FaultReason, Relation

#: First bytes (or bytes from 4 on, for films) of what may lie behind a picture.
_KINDS = (
    (b"PK\x03\x04", 0, "a zip archive", "zip"),
    (b"Rar!\x1a\x07", 0, "a RAR archive", "rar"),
    (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive", "7z"),
    (b"\x1f\x8b\x08", 0, "a gzip file", "gz"),
    (b"%PDF-", 0, "a PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "an Office or Outlook file", "ole"),
    (b"\xff\xd8\xff", 0, "a JPEG", "jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "a PNG", "png"),
    (b"GIF8", 0, "a GIF", "gif"),
    (b"ftyp", 4, "a film", "mp4"),
    (b"MZ", 0, "a program", "exe"),
    (b"\x7fELF", 0, "a program", "elf"),
)  # fmt: skip
#: Those of them that no camera keeps in a picture.
_ANOTHERS = tuple(mark for mark, _, _, ext in _KINDS if ext in {"zip", "rar", "7z", "pdf", "ole"})
#: Directories of a TIFF looked at; bytes of a value by its type (TIFF 6.0, 2); tags whose values
#: are places of further directories, and pairs of tags that say where pixels lie and how many.
_MOST_DIRECTORIES = 10_000
_SIZES = (1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_SUBDIRECTORIES = (330, 34665, 34853, 40965)
_PLACES = ((273, 279), (324, 325), (513, 514))
#: Bytes that fill a block up and say nothing.
_PADDING = b"\0 \t\r\n\x1a"
_ALL_PADDING = _PADDING + b"\xff"
#: Fewer bytes behind the end are a tool's slip, not something put there.
_FEWEST = 16
#: A PDF may be followed by this much of a mail's or a disk's remains; readers allow 1,024.
_FEWEST_BEHIND_PDF = 1024
_ZIP_DIRECTORY = b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a picture ends."""

    #: Offset behind its last byte; the file's length when the form does not say.
    end: int
    #: What is missing, as words for a Fault; "" when it is whole.
    cut: str = ""
    #: What is wrong besides, as words for a Fault.
    broken: str = ""
    #: More pictures of the same shot may follow (CIPA DC-007).
    several: bool = False
    #: False where the form may keep bytes of which its tables say nothing (TIFF): only what begins
    #: like a file of another kind then lies behind the end.
    sure: bool = True


def ending(data: bytes) -> Ending:
    """Return how a picture ends; whole, when its form is not known here."""
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _declared(data, 8 + int.from_bytes(data[4:8], "little"), 1)
    if data.startswith(b"BM"):
        return _bitmap(data)
    if data.startswith(b"\0\0\0\x0cjP  "):
        return _boxes(data)
    if data.startswith((b"II*\0", b"MM\0*")):
        return Ending(_tiff_end(data), sure=False)
    return Ending(len(data))


def faults(data: bytes, ended: Ending) -> tuple[Fault, ...]:
    """Return a Fault for a picture that breaks off, is broken, or has bytes behind its end."""
    said = []
    if ended.cut:
        said.append(Fault(FaultReason.TRUNCATED, f"the picture breaks off: {ended.cut}"))
    if ended.broken:
        said.append(Fault(FaultReason.CORRUPT, ended.broken))
    if behind := _behind(data, ended):
        said.append(_hidden(data, behind, "picture"))
    return tuple(said)


def behind_pdf(data: bytes) -> tuple[int, tuple[Fault, ...]]:
    """Return where something else begins behind a PDF (0: nowhere), and the Fault."""
    last = data.rfind(b"%%EOF")
    if last < 0:
        return 0, ()
    start = last + 5
    rest = _unpadded(data[start:])
    start = len(data) - len(rest)
    known = _kind(rest) is not None
    if not rest or not (known or len(rest) >= _FEWEST_BEHIND_PDF):
        return 0, ()
    return start, (_hidden(data, start, "PDF"),)


def child(data: bytes, start: int) -> Child | None:
    """Return what lies behind an end as a child, where its first bytes say what it is."""
    kind = _kind(data[start : start + 64]) if start else None
    if kind is None:
        return None
    step, name = f"behind:{start}", f"behind the end.{kind[1]}"
    return Child(step, name, Relation.EMBEDDED, partial(bytes, data[start:]))


def start_behind(data: bytes, ended: Ending) -> int:
    """Return where something begins behind the end of a picture; 0 when nothing does."""
    return _behind(data, ended)


def _behind(data: bytes, ended: Ending) -> int:
    rest = data[ended.end :]
    stripped = _unpadded(rest)
    start = len(data) - len(stripped)
    if ended.cut or not stripped or (len(stripped) < _FEWEST and _kind(stripped) is None):
        return 0
    if not ended.sure and not stripped.startswith(_ANOTHERS):
        return 0
    if ended.several and stripped.startswith(b"\xff\xd8"):
        # Each of the shot's other pictures ends for itself; something may lie behind the last.
        inner = _jpeg(stripped)
        rest_at = _behind(stripped, Ending(inner.end, inner.cut, "", several=True))
        return start + rest_at if rest_at else 0
    return start


def _unpadded(data: bytes) -> bytes:
    if not data.strip(_ALL_PADDING):
        return b""
    rest = data.lstrip(_PADDING)
    # The length before a film's mark begins with zeros of its own.
    film = data.find(b"ftyp", 0, len(data) - len(rest) + 8)
    return data[film - 4 :] if film >= 4 else rest


def _kind(data: bytes) -> tuple[str, str] | None:
    for signature, place, words, extension in _KINDS:
        if data[place : place + len(signature)] == signature:
            return words, extension
    return None


def _hidden(data: bytes, start: int, what: str) -> Fault:
    kind = _kind(data[start : start + 64])
    like = f"they begin like {kind[0]}" if kind else "nothing known reads them"
    if kind is None and _ZIP_DIRECTORY in data[start:]:
        like = "they end like a zip archive"
    detail = f"{len(data) - start:,} bytes lie behind the end of the {what}; {like}"
    return Fault(FaultReason.MISLABELLED if kind else FaultReason.UNSUPPORTED, detail)


def _jpeg(data: bytes) -> Ending:
    """Walk the segments up to the end of the image (T.81, B.1.1); scans are passed over."""
    at, several, size = 2, False, len(data)
    while at + 2 <= size:
        if data[at] != 0xFF:
            # Between segments nothing may stand; the next mark is looked for.
            at = data.find(b"\xff", at)
            if at < 0:
                break
            continue
        code = data[at + 1]
        if code == 0xD9:
            return Ending(at + 2, several=several)
        if code in {0x00, 0x01, 0xFF} or 0xD0 <= code <= 0xD8:
            at += 1 if code == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        several = several or (code == 0xE2 and data[at + 4 : at + 8] == b"MPF\0")
        at += 2 + max(length, 2)
        if code == 0xDA:
            scan = _SCAN_END.search(data, at)
            at = scan.start() if scan else size
    return Ending(size, "it has no end mark")


#: A mark that ends a scan: no stuffed zero, no restart.
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def _tiff_end(data: bytes) -> int:
    """Return the end of all that a TIFF's directories name; the file's where they name nothing."""
    order = "<" if data[:1] == b"I" else ">"
    todo, end = [struct.unpack_from(f"{order}I", data.ljust(8, b"\0"), 4)[0]], 0
    seen: set[int] = set()
    while todo and len(seen) < _MOST_DIRECTORIES:
        at = todo.pop()
        if at in seen or not 8 <= at <= len(data) - 2:
            continue
        seen.add(at)
        count = struct.unpack_from(f"{order}H", data, at)[0]
        close = at + 2 + 12 * count
        if close + 4 > len(data):
            continue
        values = {}
        for entry in range(at + 2, close, 12):
            tag, kind, number = struct.unpack_from(f"{order}HHI", data, entry)
            size = number * (_SIZES[kind] if kind < len(_SIZES) else 1)
            start = struct.unpack_from(f"{order}I", data, entry + 8)[0] if size > 4 else entry + 8
            end = max(end, start + size) if size > 4 else end
            if kind in {3, 4, 13} and start + size <= len(data):
                code = "H" if kind == 3 else "I"
                values[tag] = struct.unpack_from(f"{order}{number}{code}", data, start)
        todo += [struct.unpack_from(f"{order}I", data, close)[0]]
        todo += [place for tag in _SUBDIRECTORIES for place in values.get(tag, ())]
        for places, lengths in _PLACES:
            pairs = zip(values.get(places, ()), values.get(lengths, ()), strict=False)
            end = max([end, *(place + length for place, length in pairs)])
        end = max(end, close + 4)
    return end if 0 < end <= len(data) else len(data)


def _png(data: bytes) -> Ending:
    at, wrong = 8, ""
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        close = at + 12 + length
        if close > len(data):
            break
        stated = int.from_bytes(data[close - 4 : close], "big")
        if not wrong and zlib.crc32(data[at + 4 : close - 4]) != stated:
            wrong = f"the checksum of the picture's part {kind.decode('latin-1')} is wrong"
        if kind == b"IEND":
            return Ending(close, broken=wrong)
        at = close
    return Ending(len(data), "its last part (IEND) is missing", wrong)


def _gif(data: bytes) -> Ending:
    """Walk the blocks up to the trailer (GIF89a, 27)."""
    flags = data[10] if len(data) > 12 else 0
    at = 13 + (3 * (2 << (flags & 7)) if flags & 0x80 else 0)
    while at < len(data):
        block = data[at]
        if block == 0x3B:
            return Ending(at + 1)
        if block == 0x21:
            at += 2
        elif block == 0x2C and at + 10 < len(data):
            local = data[at + 9]
            at += 11 + (3 * (2 << (local & 7)) if local & 0x80 else 0)
        else:
            # Some writers leave zeros between blocks; anything else is not a GIF's.
            if block:
                break
            at += 1
            continue
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return Ending(len(data), "it has no end mark")


def _declared(data: bytes, size: int, slack: int) -> Ending:
    if size > len(data):
        return Ending(len(data), f"{size - len(data):,} bytes are missing")
    return Ending(size + (size & slack if size < len(data) else 0))


_BOX_TYPE = re.compile(rb"[ -~]{4}")


def _boxes(data: bytes) -> Ending:
    """Walk the boxes of a JPEG 2000 (ISO 15444-1, I.4); one of length 0 goes to the end."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:
            whole = data.rstrip(_PADDING).endswith(b"\xff\xd9")
            return Ending(len(data), "" if whole else "it has no end mark")
        if size < 8 or not _BOX_TYPE.match(data, at + 4):
            return Ending(at)
        at += size
    missing = at - len(data)
    return Ending(min(at, len(data)), f"{missing:,} bytes are missing" if missing > 0 else "")


def _bitmap(data: bytes) -> Ending:
    """Take the size of the rows from the header; the size of the file it states is often 0."""
    if len(data) < 54 or int.from_bytes(data[14:18], "little") < 40:
        return Ending(len(data))
    start = int.from_bytes(data[10:14], "little")
    width, height, _, bits, packed = struct.unpack_from("<iiHHI", data, 18)
    if packed not in {0, 3} or width <= 0 or not bits:
        return Ending(len(data))
    rows = (width * bits + 31) // 32 * 4 * abs(height)
    stated = int.from_bytes(data[2:6], "little")
    if start + rows > len(data):
        return Ending(len(data), f"{start + rows - len(data):,} bytes are missing")
    # Colour profiles and masks may follow the rows, within the size stated.
    return Ending(max(start + rows, stated if stated <= len(data) else 0))
