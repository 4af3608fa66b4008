"""What old Word, Excel and PowerPoint streams hide: passwords, hidden sheets and slides, notes.

Flat walks over records ([MS-XLS], [MS-PPT]) and one header ([MS-DOC]); the text itself is read by
the library behind `legacy_office`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from forthwith.formats.bytes.values import mark

_BOUNDSHEET, _FILEPASS, _ROW, _COLINFO, _NOTE, _BOF = 0x85, 0x2F, 0x208, 0x7D, 0x1C, 0x809
_SHEET_STATES = ("", "Hidden sheet", "Very hidden sheet")
#: PowerPoint record types.
_SLIDE, _NOTES, _SHOW_INFO, _CRYPT = 0x03EE, 0x03F0, 0x03F9, 0x2F14
_CHARS, _BYTES, _CSTRING = 0x0FA0, 0x0FA8, 0x0FBA
_COMMENT, _OLE_STORAGE, _VBA, _TAG_BLOB = 0x2EE0, 0x1011, 0x0400, 0x138B


@dataclass(slots=True)
class Hidden:
    """What one stream says beside its text."""

    encrypted: bool = False
    sheets: list[tuple[str, str]] = field(default_factory=list)
    slides: list[str] = field(default_factory=list)
    rows: int = 0
    columns: int = 0
    comments: int = 0
    notes: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    #: (offset of the record's data, length, compressed) of each embedded object.
    objects: list[tuple[int, int, bool]] = field(default_factory=list)
    macros: bool = False


def word_is_encrypted(stream: bytes) -> bool:
    """Read fEncrypted of the FIB ([MS-DOC] 2.5.2)."""
    return len(stream) > 12 and bool(stream[11] & 1)


def word_characters(stream: bytes) -> int:
    """Return ccpText, how many characters the body says it has ([MS-DOC] 2.5.5); 0 if unknown."""
    if len(stream) < 0x50 or stream[:2] != b"\xec\xa5":
        return 0
    return max(0, int.from_bytes(stream[0x4C:0x50], "little", signed=True))


def workbook(stream: bytes) -> Hidden:
    """Walk the records of a Workbook or Book stream."""
    found = Hidden()
    at, end = 0, len(stream) - 4
    wide = False
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        body, at = at + 4, at + 4 + length
        if kind == _ROW:
            found.rows += (
                length >= 14
                and bool(stream[body + 12 : body + 13] >= b"\x20")
                and bool(stream[body + 12] & 0x20)
            )
        elif kind == _FILEPASS:
            found.encrypted = True
            return found
        elif kind == _COLINFO and length >= 10 and at <= len(stream):
            first, last = struct.unpack_from("<HH", stream, body)
            if stream[body + 8] & 1:
                found.columns += max(0, min(last, 255) - first + 1)
        elif kind == _NOTE:
            found.comments += 1
        elif kind == _BOUNDSHEET and length >= 8 and at <= len(stream):
            found.sheets.append(_sheet(stream[body:at], wide=wide))
        elif kind == _BOF and length >= 2:
            wide = wide or stream[body : body + 2] == b"\0\x06"
        elif not kind and not length:
            break
    return found


def _sheet(record: bytes, *, wide: bool) -> tuple[str, str]:
    """Return (state, name) of a BOUNDSHEET record; `wide` from Excel 97 on."""
    state = _SHEET_STATES[min(record[4] & 3, 2)]
    count = record[6]
    if not wide:
        return state, record[7 : 7 + count].decode("cp1252", "replace")
    if record[7] & 1:
        return state, record[8 : 8 + 2 * count].decode("utf-16-le", "replace")
    return state, record[8 : 8 + count].decode("latin-1")


def _records(stream: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield (type, instance, offset, length) of every record, containers before their contents."""
    at, end = 0, len(stream) - 8
    while at <= end:
        head, kind, length = struct.unpack_from("<HHI", stream, at)
        yield kind, head >> 4, at + 8, length
        # Comments lie in a blob of program tags that is no container by its version.
        at += 8 if head & 0xF == 0xF or kind == _TAG_BLOB else 8 + length


def presentation(stream: bytes) -> Hidden:
    """Walk the records of a PowerPoint Document stream; superseded versions of slides included."""
    walk = _Presentation(stream)
    for kind, instance, body, length in _records(stream):
        walk.close(body)
        walk.take(kind, instance, body, length)
    walk.close(len(stream))
    return walk.found


@dataclass(slots=True)
class _Presentation:
    stream: bytes
    found: Hidden = field(default_factory=Hidden)
    slide: int = 0
    notes_end: int = 0
    comment_end: int = 0
    notes: list[str] = field(default_factory=list)
    #: Strings of the open comment by instance: 0 author, 1 text, 2 initials.
    comment: dict[int, str] = field(default_factory=dict)

    def take(self, kind: int, instance: int, body: int, length: int) -> None:
        """Note one record."""
        if kind in {_CHARS, _BYTES} and body < self.notes_end:
            self.notes.append(_words(self.stream, kind, body, length))
        elif kind == _CSTRING and body < self.comment_end:
            self.comment[instance] = _words(self.stream, kind, body, length)
        elif kind == _NOTES:
            self.notes_end = body + length
        elif kind == _COMMENT:
            self.comment_end = body + length
        elif kind == _SLIDE:
            self.slide += 1
        else:
            self._mention(kind, instance, body, length)

    def _mention(self, kind: int, instance: int, body: int, length: int) -> None:
        if kind == _SHOW_INFO:
            if length >= 12 and self.stream[body + 10 : body + 11] and self.stream[body + 10] & 4:
                self.found.slides.append(str(self.slide))
        elif kind == _CRYPT:
            self.found.encrypted = True
        elif kind == _OLE_STORAGE:
            self.found.objects.append((body, length, bool(instance & 1)))
        elif kind == _VBA and length >= 8:
            self.found.macros = self.stream[body + 4 : body + 8] > bytes(4)

    def close(self, at: int) -> None:
        """End the notes and the comment that do not reach beyond `at`."""
        if self.notes and at >= self.notes_end:
            text = "\n".join(each for each in self.notes if each.strip(" \n*"))
            if text.strip() and text not in self.found.notes:
                self.found.notes.append(text)
            self.notes.clear()
        if self.comment and at >= self.comment_end:
            text = mark("Comment", self.comment.get(1, ""), self.comment.get(0, ""))
            if text not in self.found.marks:
                self.found.marks.append(text)
                self.found.comments += 1
            self.comment.clear()


def _words(stream: bytes, kind: int, body: int, length: int) -> str:
    raw = stream[body : body + length]
    text = raw.decode("latin-1") if kind == _BYTES else raw.decode("utf-16-le", "replace")
    return text.replace("\r", "\n").replace("\x0b", "\n")


def stored_object(stream: bytes, place: tuple[int, int, bool], cap: int) -> bytes | None:
    """Return an embedded OLE object of a presentation ([MS-PPT] 2.10.34); None when broken."""
    body, length, compressed = place
    raw = stream[body : body + length]
    if not compressed:
        return raw or None
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(raw[4:], cap)
    except zlib.error:
        return None
    return None if engine.unconsumed_tail or not data else data
