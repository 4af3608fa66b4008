"""What the streams of old Office files say beside the text: what they hide, and their properties.

Flat walks over the records of Excel and PowerPoint ([MS-XLS], [MS-PPT]) for passwords, hidden
sheets and slides, notes and comments; one header of Word ([MS-DOC]); SummaryInformation and
DocumentSummaryInformation ([MS-OLEPS]) as fields. Counts and offsets are held against the stream's
own length. The text itself is read by the library behind `legacy`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue
from forthwith.formats.bytes import values
from forthwith.formats.bytes.values import mark
from forthwith.formats.ole.objects import OLE_ERRORS, Ole
from forthwith.plain.charset import decode, encodable

_BOUNDSHEET, _FILEPASS, _ROW, _COLINFO, _NOTE, _BOF = 0x85, 0x2F, 0x208, 0x7D, 0x1C, 0x809
_SHEET_STATES = ("", "Hidden sheet", "Very hidden sheet")
#: PowerPoint record types.
_SLIDE, _NOTES, _SHOW_INFO, _CRYPT = 0x03EE, 0x03F0, 0x03F9, 0x2F14
_CHARS, _BYTES, _CSTRING = 0x0FA0, 0x0FA8, 0x0FBA
_COMMENT, _OLE_STORAGE, _VBA, _TAG_BLOB = 0x2EE0, 0x1011, 0x0400, 0x138B

#: Property numbers of the two sets ([MS-OLEPS] 2.25.1, [MS-OSHARED] 2.3.3.2).
_SUMMARY = {
    2: fields.TITLE, 3: fields.SUBJECT, 4: fields.AUTHOR, 5: fields.KEYWORDS,
    6: fields.DESCRIPTION, 7: fields.TEMPLATE, 8: fields.LAST_AUTHOR, 9: fields.REVISION,
    11: fields.PRINTED, 12: fields.CREATED, 13: fields.MODIFIED, 14: fields.PAGES,
    18: fields.APPLICATION,
}  # fmt: skip
_DOCUMENT = {2: fields.CATEGORY, 7: fields.PAGES, 14: fields.MANAGER, 15: fields.COMPANY}
_STREAMS = (("\x05SummaryInformation", _SUMMARY), ("\x05DocumentSummaryInformation", _DOCUMENT))
_SHORT, _LONG, _BOOL, _ANSI, _WIDE, _FILETIME = 2, 3, 11, 30, 31, 64
_CODE_PAGE, _DICTIONARY = 1, 0
#: Before this a FILETIME is a blank or a duration, not a day.
_FIRST_YEAR = 1980
#: Properties of one set looked at; the largest real sets hold a few hundred.
_MOST_PROPERTIES = 10_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class StreamFacts:
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


def workbook(stream: bytes) -> StreamFacts:
    """Walk the records of a Workbook or Book stream."""
    facts = StreamFacts()
    at, end = 0, len(stream) - 4
    wide = False
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        body, at = at + 4, at + 4 + length
        if kind == _ROW:
            facts.rows += (
                length >= 14
                and bool(stream[body + 12 : body + 13] >= b"\x20")
                and bool(stream[body + 12] & 0x20)
            )
        elif kind == _FILEPASS:
            facts.encrypted = True
            return facts
        elif kind == _COLINFO and length >= 10 and at <= len(stream):
            first, last = struct.unpack_from("<HH", stream, body)
            if stream[body + 8] & 1:
                facts.columns += max(0, min(last, 255) - first + 1)
        elif kind == _NOTE:
            facts.comments += 1
        elif kind == _BOUNDSHEET and length >= 8 and at <= len(stream):
            facts.sheets.append(_sheet(stream[body:at], wide=wide))
        elif kind == _BOF and length >= 2:
            wide = wide or stream[body : body + 2] == b"\0\x06"
        elif not kind and not length:
            break
    return facts


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


def presentation(stream: bytes) -> StreamFacts:
    """Walk the records of a PowerPoint Document stream; superseded versions of slides included."""
    walk = _Presentation(stream)
    for kind, instance, body, length in _records(stream):
        walk.close(body)
        walk.take(kind, instance, body, length)
    walk.close(len(stream))
    return walk.facts


@dataclass(slots=True)
class _Presentation:
    stream: bytes
    facts: StreamFacts = field(default_factory=StreamFacts)
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
                self.facts.slides.append(str(self.slide))
        elif kind == _CRYPT:
            self.facts.encrypted = True
        elif kind == _OLE_STORAGE:
            self.facts.objects.append((body, length, bool(instance & 1)))
        elif kind == _VBA and length >= 8:
            self.facts.macros = self.stream[body + 4 : body + 8] > bytes(4)

    def close(self, at: int) -> None:
        """End the notes and the comment that do not reach beyond `at`."""
        if self.notes and at >= self.notes_end:
            text = "\n".join(note for note in self.notes if note.strip(" \n*"))
            if text.strip() and text not in self.facts.notes:
                self.facts.notes.append(text)
            self.notes.clear()
        if self.comment and at >= self.comment_end:
            text = mark("Comment", self.comment.get(1, ""), self.comment.get(0, ""))
            if text not in self.facts.marks:
                self.facts.marks.append(text)
                self.facts.comments += 1
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


@dataclass(frozen=True, slots=True)
class Properties:
    """What an OLE file says of itself."""

    fields: tuple[FieldValue, ...] = ()
    #: Properties people defined, in order.
    custom: Mapping[str, str] = field(default_factory=dict)


def properties(ole: Ole) -> Properties:
    """Return both property sets; a broken one gives what can be read of it."""
    by_name: dict[str, FieldValue] = {}
    custom: dict[str, str] = {}
    for stream, names in _STREAMS:
        try:
            data = ole.openstream(stream).read() if ole.exists(stream) else b""
        except OLE_ERRORS:
            continue
        sets = list(_property_sets(data))
        for number, text in sets[0].items() if sets else ():
            name = names.get(number, "") if isinstance(number, int) else ""
            if name and name not in by_name:
                origin = f"ole:{stream[1:]}:{number}"
                by_name |= {value.name: value for value in _property_fields(name, text, origin)}
        for texts in sets[1:]:
            custom |= {name: text for name, text in texts.items() if isinstance(name, str)}
    return Properties(tuple(by_name.values()), custom)


def _property_fields(name: str, value: str, origin: str) -> tuple[FieldValue, ...]:
    if name in fields.MULTI:
        return values.field(name, [v.strip() for v in value.replace(";", ",").split(",")], origin)
    if name == fields.PAGES and value in {"0", "-1"}:
        return ()
    return values.field(name, value, origin)


def _property_sets(data: bytes) -> Iterator[dict[int | str, str]]:
    """Yield each set as number → text, and name → text for those its dictionary names."""
    if len(data) < 28:
        return
    for index in range(min(int.from_bytes(data[24:28], "little"), 2)):
        at = 28 + 20 * index
        start = int.from_bytes(data[at + 16 : at + 20], "little")
        if start + 8 <= len(data):
            yield _property_set(data[start:])


def _property_set(data: bytes) -> dict[int | str, str]:
    count = min(int.from_bytes(data[4:8], "little"), (len(data) - 8) // 8, _MOST_PROPERTIES)
    places = dict(struct.iter_unpack("<II", data[8 : 8 + 8 * count]))
    page = places.get(_CODE_PAGE, len(data))
    number = int.from_bytes(data[page + 4 : page + 6], "little")
    charset = "utf-8" if number == 65001 else f"cp{number}"
    names = _property_names(data[places[_DICTIONARY] :], charset) if _DICTIONARY in places else {}
    texts: dict[int | str, str] = {}
    for key, place in places.items():
        if key > _CODE_PAGE and (value := _property_value(data, place, charset)):
            texts[key] = value
            if key in names:
                texts[names[key]] = value
    return texts


def _property_value(data: bytes, at: int, charset: str) -> str:
    kind = int.from_bytes(data[at : at + 2], "little")
    body = data[at + 4 : at + 12]
    if len(body) < 4:
        return ""
    if kind in {_SHORT, _LONG}:
        return str(int.from_bytes(body[: 2 if kind == _SHORT else 4], "little", signed=True))
    if kind == _BOOL:
        return "yes" if body[:2] != b"\0\0" else "no"
    if kind == _FILETIME:
        return _instant(int.from_bytes(body, "little"))
    if kind not in {_ANSI, _WIDE}:
        return ""
    length = int.from_bytes(body[:4], "little") * (2 if kind == _WIDE else 1)
    raw = data[at + 8 : at + 8 + length]
    return _text(raw, "utf-16-le" if kind == _WIDE or charset == "cp1200" else charset)


def _text(raw: bytes, charset: str) -> str:
    if charset == "utf-16-le":
        text = raw[: len(raw) & ~1].decode(charset, "replace")
    else:
        text = decode(raw.split(b"\0", 1)[0], charset).text
    return encodable(text.split("\0", 1)[0]).strip()


def _instant(ticks: int) -> str:
    """Return a FILETIME (100 ns since 1601, UTC); "" when it is blank or no day."""
    try:
        moment = _EPOCH + timedelta(seconds=ticks // 10_000_000)
    except OverflowError:
        return ""
    return moment.isoformat() if moment.year >= _FIRST_YEAR else ""


def _property_names(data: bytes, charset: str) -> dict[int, str]:
    """Return the names of a set's properties ([MS-OLEPS] 2.17)."""
    wide = charset == "cp1200"
    names, at = dict[int, str](), 4
    for _ in range(min(int.from_bytes(data[:4], "little"), _MOST_PROPERTIES)):
        if at + 8 > len(data):
            break
        number, length = struct.unpack_from("<II", data, at)
        size = length * 2 if wide else length
        names[number] = _text(data[at + 8 : at + 8 + size], "utf-16-le" if wide else charset)
        at += 8 + size + (-size % 4 if wide else 0)
    return names
