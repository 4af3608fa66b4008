"""Read the words of Windows metafiles: EMF, EMF+ and WMF hold text as text.

Records are walked and nothing is drawn. Words drawn on one line one after the other are joined
where they touch. Sources: [MS-EMF], [MS-EMFPLUS], [MS-WMF].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.formats.bytes import values
from forthwith.plain.charset import encodable

_MOST_RECORDS = 2_000_000
_MOST_WORDS = 4 * 2**20
#: Character sets of a font ([MS-WMF] 2.1.1.5) as Python knows them; others are Windows-1252.
_CHARSETS = {
    77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250",
}  # fmt: skip
#: Records that make an object, and take the first free place for it ([MS-WMF] 3.1.4.1).
_CREATES = frozenset({0x02FB, 0x02FA, 0x02FC, 0x00F7, 0x0142, 0x01F9, 0x06FF})
_PLACEABLE = b"\xd7\xcd\xc6\x9a"


@dataclass(slots=True)
class Metafile:
    """What a metafile says."""

    text: str = ""
    fields: list[FieldValue] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Words:
    """Words drawn at a place, in the units of the picture."""

    text: str
    x: float
    y: float
    #: How far the pen goes; 0 when it is not said.
    width: float = 0


def is_metafile(data: bytes) -> bool:
    """Tell whether these are the first bytes of an EMF or a WMF."""
    if data[:4] == b"\x01\0\0\0" and data[40:44] == b" EMF":
        return True
    head = data[22:] if data.startswith(_PLACEABLE) else data
    return head[:4] in {b"\x01\0\x09\0", b"\x02\0\x09\0"} and head[4:6] in {b"\0\x03", b"\0\x01"}


def metafile(data: bytes) -> Metafile:
    """Return the words and the description of a metafile, and whether it breaks off."""
    out = Metafile()
    if data[40:44] == b" EMF" and data[:4] == b"\x01\0\0\0":
        _described(data, out)
        out.text = _joined(_emf(data, out))
    else:
        out.text = _joined(_wmf(data[22:] if data.startswith(_PLACEABLE) else data, out))
    return out


def _described(data: bytes, out: Metafile) -> None:
    """Take who made the picture and its title: two strings in the header ([MS-EMF] 2.2.9)."""
    length, offset = struct.unpack_from("<II", data, 60) if len(data) >= 68 else (0, 0)
    said = data[offset : offset + 2 * min(length, 4096)].decode("utf-16-le", "replace")
    program, _, title = encodable(said).strip("\0").partition("\0")
    out.fields += values.field(fields.APPLICATION, program.strip("\0"), "emf:description")
    out.fields += values.field(fields.TITLE, title.strip("\0"), "emf:description")


def _joined(words: Iterator[_Words]) -> str:
    """Return the words line by line; what touches the word before it goes on with it."""
    lines: list[str] = []
    before: _Words | None = None
    length = 0
    for piece in words:
        clean = piece.text.replace("\0", "")
        if not clean.strip() and before is None:
            continue
        length += len(clean)
        if length > _MOST_WORDS:
            break
        same = before is not None and before.y == piece.y and piece.x > before.x
        if same and before is not None and lines:
            wide = before.width / max(1, len(before.text))
            touches = before.width > 0 and piece.x - before.x - before.width < wide / 3
            lines[-1] += clean if touches else f" {clean}"
        else:
            lines.append(clean)
        before = piece
    return encodable("\n".join(line.rstrip() for line in lines if line.strip()))


def _emf(data: bytes, out: Metafile) -> Iterator[_Words]:
    at, charset, ended = 0, "cp1252", False
    fonts: dict[int, str] = {}
    for _ in range(_MOST_RECORDS):
        if at + 8 > len(data):
            break
        kind, size = struct.unpack_from("<II", data, at)
        if size < 8 or at + size > len(data):
            break
        record = data[at : at + size]
        at += size
        if kind == 14:
            ended = True
            break
        if kind == 82 and size >= 36:
            fonts[struct.unpack_from("<I", record, 8)[0]] = _CHARSETS.get(record[35], "cp1252")
        elif kind == 37 and size >= 12:
            charset = fonts.get(struct.unpack_from("<I", record, 8)[0], charset)
        else:
            yield from _emf_words(kind, record, charset)
    # Some writers misstate the size of a record and still end as they should.
    if not ended and struct.unpack_from("<II", data.ljust(20), max(0, len(data) - 20)) != (14, 20):
        out.faults.append(Fault(FaultReason.TRUNCATED, "the picture breaks off: no end record"))


def _emf_words(kind: int, record: bytes, charset: str) -> Iterator[_Words]:
    """Yield what one record writes; records too short for what they say write nothing."""
    try:
        if kind in {83, 84}:
            yield _emf_text(record, 36, charset if kind == 83 else "utf-16-le")
        elif kind in {96, 97}:
            (count,) = struct.unpack_from("<I", record, 36)
            for index in range(min(count, 10_000)):
                place = 40 + 40 * index
                yield _emf_text(record, place, charset if kind == 96 else "utf-16-le")
        elif kind == 108:
            x, y, length, options = struct.unpack_from("<iiII", record, 8)
            start = 36 if options & 0x100 else 52
            narrow = bool(options & 0x200)
            raw = record[start : start + length * (1 if narrow else 2)]
            yield _Words(raw.decode(charset if narrow else "utf-16-le", "replace"), x, y)
        elif kind == 70 and record[12:16] == b"EMF+":
            yield from _plus(record[16:])
    except struct.error:
        return


def _emf_text(record: bytes, place: int, charset: str) -> _Words:
    """Read an EmrText object ([MS-EMF] 2.2.5); its offsets count from the record's start."""
    x, y, length, start, options = struct.unpack_from("<iiIII", record, place)
    (advances,) = struct.unpack_from("<I", record, place + 36)
    if options & 0x10:  # glyph numbers of a font, not characters
        return _Words("", x, y)
    size = length * (2 if charset == "utf-16-le" else 1)
    text = record[start : start + size].decode(charset, "replace")
    width = 0
    if advances and advances + 4 * length <= len(record):
        width = sum(struct.unpack_from(f"<{length}I", record, advances))
    return _Words(text, x, y, width)


def _plus(data: bytes) -> Iterator[_Words]:
    """Yield strings of EMF+ records ([MS-EMFPLUS] 2.3.4.14): DrawString; the glyphs' own too."""
    at = 0
    while at + 12 <= len(data):
        kind, _, size, length = struct.unpack_from("<HHII", data, at)
        body = data[at + 12 : at + 12 + length]
        if kind == 0x401C and len(body) >= 28:
            (count,) = struct.unpack_from("<I", body, 8)
            x, y = struct.unpack_from("<ff", body, 12)
            yield _Words(body[28 : 28 + 2 * count].decode("utf-16-le", "replace"), x, y)
        elif kind == 0x4036 and len(body) >= 16:
            _, options, _, count = struct.unpack_from("<IIII", body)
            if options & 1 and len(body) >= 24 + 2 * count:  # characters, not glyph numbers
                x, y = struct.unpack_from("<ff", body, 16 + 2 * count)
                yield _Words(body[16 : 16 + 2 * count].decode("utf-16-le", "replace"), x, y)
        if size < 12:
            return
        at += size


def _wmf(data: bytes, out: Metafile) -> Iterator[_Words]:
    at, charset = 18, "cp1252"
    objects: dict[int, str] = {}
    for _ in range(_MOST_RECORDS):
        if at + 6 > len(data):
            break
        words, kind = struct.unpack_from("<IH", data, at)
        size = 2 * words
        if kind == 0 and words <= 3:
            return
        if size < 6 or at + size > len(data):
            break
        body = data[at + 6 : at + size]
        at += size
        low = kind & 0xFF
        if kind in _CREATES:
            place = next(index for index in range(len(objects) + 1) if index not in objects)
            font = kind == 0x02FB and len(body) > 13
            objects[place] = _CHARSETS.get(body[13], "cp1252") if font else ""
        elif kind == 0x01F0 and len(body) >= 2:
            objects.pop(int.from_bytes(body[:2], "little"), None)
        elif kind == 0x012D and len(body) >= 2:
            charset = objects.get(int.from_bytes(body[:2], "little")) or charset
        elif low in {0x21, 0x32}:
            yield from _wmf_words(kind, body, charset)
    out.faults.append(Fault(FaultReason.TRUNCATED, "the picture breaks off: no end record"))


def _wmf_words(kind: int, body: bytes, charset: str) -> Iterator[_Words]:
    try:
        if kind == 0x0521:
            (length,) = struct.unpack_from("<H", body)
            text = body[2 : 2 + length]
            y, x = struct.unpack_from("<hh", body, 2 + length + (length & 1))
            yield _Words(text.decode(charset, "replace"), x, y)
        elif kind == 0x0A32:
            y, x, length, options = struct.unpack_from("<hhHH", body)
            start = 16 if options & 6 else 8
            text = body[start : start + length]
            width, advances = 0, start + length + (length & 1)
            if advances + 2 * length <= len(body):
                width = sum(struct.unpack_from(f"<{length}h", body, advances))
            if not options & 0x10:
                yield _Words(text.decode(charset, "replace"), x, y, width)
    except struct.error:
        return
