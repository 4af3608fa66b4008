"""What a Word file from before 2007 holds beside its body: notes, headers, boxes, changes, forms.

The body comes from a library; here the file's own tables are walked ([MS-DOC] 2.4 and 2.5): the
pieces its text lies in, the ranges of its subdocuments, and the formatting that says what was
deleted, inserted or hidden. Every offset and count is held against the streams' own length.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from forthwith.formats.bytes.field_codes import field_says
from forthwith.formats.bytes.values import mark
from forthwith.plain.charset import encodable

#: Where the FIB has the lengths of the subdocuments, and the places of tables (2.5.4, 2.5.6).
_LENGTHS = 0x4C
_TABLES = 154
_CLX, _CHPX, _AUTHORS, _OWNERS, _COMMENTS = 33, 12, 51, 36, 4
_SUBDOCUMENTS = ("", "Footnotes", "Headers and footers", "", "Comments", "Endnotes", "Text boxes",
                 "Text boxes of headers")  # fmt: skip
#: Character properties looked at (2.6.1).
_DELETED, _INSERTED, _HIDDEN, _IS_DATA = 0x0800, 0x0801, 0x083C, 0x0806
_INSERTER, _DELETER, _INSERTED_ON, _DELETED_ON, _PLACE = 0x4804, 0x4863, 0x6805, 0x6864, 0x6A03
_LOOKED_AT = frozenset(
    {_DELETED, _INSERTED, _HIDDEN, _IS_DATA, _INSERTER, _DELETER, _INSERTED_ON, _DELETED_ON, _PLACE}
)
_OPERANDS = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_MOST_PIECES, _MOST_RUNS = 200_000, 500_000
#: Characters that stand for something else than themselves (2.4.1, 2.8.25).
_SIGNS = {7: "\t", 11: "\n", 12: "\n", 13: "\n", 30: "-", 31: "", 160: " "}
_DROPPED = {number: _SIGNS.get(number, "") for number in range(32) if number not in {9, 10}}


@dataclass(slots=True)
class WordFacts:
    """What one file says beside its body."""

    #: Lines of each subdocument by name.
    apart: dict[str, list[str]] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    tracked: int = 0
    hidden: int = 0
    comments: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece of the text: characters from `first` to `last`, and where they lie."""

    first: int
    last: int
    offset: int
    #: Bytes of a character: 1 or 2.
    width: int


@dataclass(frozen=True, slots=True)
class _Run:
    start: int
    end: int
    properties: dict[int, int]


def facts(main: bytes, table: bytes, data: bytes) -> WordFacts:
    """Walk the streams WordDocument, 0Table or 1Table, and Data of a file of Word 97 or later."""
    found = WordFacts()
    if len(main) < 0x200 or main[:2] != b"\xec\xa5":
        return found
    pieces = list(_pieces(_part(main, table, _CLX)))
    if not pieces:
        return found
    lengths = [max(0, n) for n in struct.unpack_from("<8i", main, _LENGTHS)]
    at = lengths[0]
    for name, length in list(zip(_SUBDOCUMENTS, lengths))[1:]:
        text = _text(main, pieces, at, at + length)
        at += length
        lines = [line.strip() for line in _without_fields(text, found).split("\n")]
        if name and any(lines):
            found.apart[name] = [line for line in lines if line]
    _without_fields(_text(main, pieces, 0, lengths[0]), found)
    found.comments = _comments(_part(main, table, _COMMENTS))
    _changes(main, table, data, pieces, found)
    return found


def _part(main: bytes, table: bytes, index: int) -> bytes:
    """Return one of the tables the FIB points to."""
    at = _TABLES + 8 * index
    if at + 8 > len(main):
        return b""
    start, length = struct.unpack_from("<II", main, at)
    return table[start : start + length] if start < len(table) else b""


def _pieces(clx: bytes) -> Iterator[_Piece]:
    """Yield the pieces of the text (2.8.35, 2.9.177)."""
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:
        at += 3 + int.from_bytes(clx[at + 1 : at + 3], "little")
    if at + 5 > len(clx) or clx[at] != 2:
        return
    plc = clx[at + 5 : at + 5 + int.from_bytes(clx[at + 1 : at + 5], "little")]
    count = min((len(plc) - 4) // 12, _MOST_PIECES)
    for number in range(max(0, count)):
        first, last = struct.unpack_from("<II", plc, 4 * number)
        place = int.from_bytes(plc[4 * (count + 1) + 8 * number + 2 :][:4], "little")
        narrow = bool(place & 0x40000000)
        offset = (place & 0x3FFFFFFF) // 2 if narrow else place & 0x3FFFFFFF
        if first < last:
            yield _Piece(first, last, offset, 1 if narrow else 2)


def _text(main: bytes, pieces: list[_Piece], start: int, end: int) -> str:
    """Return the characters of a range."""
    out = []
    for piece in pieces:
        first, last = max(start, piece.first), min(end, piece.last)
        if first < last:
            at = piece.offset + (first - piece.first) * piece.width
            out.append(_decoded(main[at : at + (last - first) * piece.width], piece.width))
    return "".join(out)


def _decoded(raw: bytes, width: int) -> str:
    if width == 1:
        return raw.decode("cp1252", "replace")
    return encodable(raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace"))


def _without_fields(text: str, found: WordFacts) -> str:
    """Return text without the instructions of fields, which go where they tell something."""
    out, open_fields, at = list[str](), list[list[str]](), 0
    for sign in re.finditer("[\x13\x14\x15]", text):
        words = text[at : sign.start()]
        (open_fields[-1] if open_fields else out).append(words)
        at = sign.end()
        if sign[0] == "\x13":
            open_fields.append([])
        elif open_fields:
            instruction = "".join(open_fields.pop()).translate(_DROPPED)
            links, said = field_says(instruction)
            found.links += links
            if said and said not in found.marks:
                found.marks.append(said)
    out += [*("".join(part) for part in open_fields), text[at:]]
    return "".join(out).translate(_DROPPED)


def _comments(plc: bytes) -> int:
    """Return how many comments there are: positions of four bytes, entries of thirty (2.8.7)."""
    return max(0, (len(plc) - 4) // 34)


def _changes(
    main: bytes, table: bytes, data: bytes, pieces: list[_Piece], found: WordFacts
) -> None:
    """Add what was deleted, inserted and hidden, and what form fields show."""
    authors = _strings(_part(main, table, _AUTHORS))
    by_offset = sorted(pieces, key=lambda piece: piece.offset)
    open_run: tuple[str, list[str]] | None = None
    for run in _runs(main, _part(main, table, _CHPX)):
        said = run.properties
        if said.get(_IS_DATA) and _PLACE in said:
            found.marks += _form(data, said[_PLACE])
            continue
        heads = list(_heads(said, authors))
        words = _words_at(main, by_offset, run) if heads else ""
        for head in heads:
            if open_run is not None and open_run[0] == head:
                open_run[1].append(words)
                continue
            _end(open_run, found)
            open_run = (head, [words])
        if not heads:
            _end(open_run, found)
            open_run = None
    _end(open_run, found)


def _heads(said: dict[int, int], authors: list[str]) -> Iterator[str]:
    """Yield the head of each mark a run calls for."""
    for what, flag, who, when in (
        ("Deleted", _DELETED, _DELETER, _DELETED_ON),
        ("Inserted", _INSERTED, _INSERTER, _INSERTED_ON),
    ):
        if said.get(flag, 0) & 1:
            author = authors[said[who]] if who in said and said[who] < len(authors) else ""
            yield mark(what, "", author, _day(said.get(when, 0)))[1:-1]
    if said.get(_HIDDEN, 0) & 1:
        yield "Hidden"


def _end(run: tuple[str, list[str]] | None, found: WordFacts) -> None:
    if run is None:
        return
    words = " ".join("".join(run[1]).translate(_DROPPED).split())
    if not re.search(r"\w", words):
        return
    found.marks.append(mark(run[0], words))
    if run[0] == "Hidden":
        found.hidden += 1
    else:
        found.tracked += 1


def _words_at(main: bytes, pieces: list[_Piece], run: _Run) -> str:
    """Return the characters that lie between two offsets of the stream."""
    for piece in pieces:
        stop = piece.offset + (piece.last - piece.first) * piece.width
        if piece.offset < run.end and run.start < stop:
            first, last = max(run.start, piece.offset), min(run.end, stop)
            return _decoded(main[first:last], piece.width)
    return ""


def _runs(main: bytes, plc: bytes) -> Iterator[_Run]:
    """Yield the runs of text with the properties looked at (2.8.5, 2.9.33)."""
    count = min((len(plc) - 4) // 8, _MOST_RUNS)
    for number in range(max(0, count)):
        at = int.from_bytes(plc[4 * (count + 1) + 4 * number :][:4], "little") * 512
        page = main[at : at + 512]
        many = page[511] if len(page) == 512 else 0
        if not many or 5 * many + 4 > 511:
            continue
        places = struct.unpack_from(f"<{many + 1}I", page)
        for index in range(many):
            offset = page[4 * (many + 1) + index] * 2
            said = _properties(page[offset + 1 : offset + 1 + page[offset]]) if offset else {}
            yield _Run(places[index], places[index + 1], said)


def _properties(modifiers: bytes) -> dict[int, int]:
    """Return the properties looked at of a list of modifiers (2.2.5.1)."""
    said, at = dict[int, int](), 0
    while at + 3 <= len(modifiers):
        code = int.from_bytes(modifiers[at : at + 2], "little")
        at += 2
        size = _OPERANDS.get(code >> 13, 0) or modifiers[at] + 1
        if code in _LOOKED_AT:
            said[code] = int.from_bytes(modifiers[at : at + size], "little")
        at += size
    return said


def _strings(table: bytes) -> list[str]:
    """Return the strings of an STTB in UTF-16 (2.2.4)."""
    if table[:2] != b"\xff\xff" or len(table) < 6:
        return []
    count, extra = struct.unpack_from("<HH", table, 2)
    strings, at = [], 6
    for _ in range(count):
        if at + 2 > len(table):
            break
        length = 2 * int.from_bytes(table[at : at + 2], "little")
        strings.append(_decoded(table[at + 2 : at + 2 + length], 2))
        at += 2 + length + extra
    return strings


def _day(packed: int) -> str:
    """Return the day of a DTTM (2.9.67); "" for none."""
    day, month, year = packed >> 11 & 31, packed >> 16 & 15, 1900 + (packed >> 20 & 511)
    return f"{year:04d}-{month:02d}-{day:02d}" if day and 0 < month < 13 else ""


def _form(data: bytes, place: int) -> Iterator[str]:
    """Yield what a form field shows that no character of the text does (2.9.78, FFData)."""
    at = place + int.from_bytes(data[place + 4 : place + 6], "little")
    head = data[at : at + 6]
    if len(head) < 6 or head[:4] != b"\xff\xff\xff\xff":
        return
    bits = int.from_bytes(head[4:6], "little")
    kind, result = bits & 3, bits >> 2 & 31
    name, at = _counted(data, at + 10)
    default, ends = "", at + 2
    number = int.from_bytes(data[at : at + 2], "little")
    if kind == 0:
        default, ends = _counted(data, at)
    texts = []
    for _ in range(5):
        text, ends = _counted(data, ends)
        texts.append(text)
    # The list of fields is that of the notes and boxes as well: which paragraph one stands in
    # is not told by the formatting, so that they stand in marks, in order.
    chosen = number if result == 25 else result
    if kind == 1:
        yield mark(f"Check box {name}".rstrip(), "ticked" if chosen == 1 else "not ticked")
    elif kind == 2:
        items = _strings(data[ends : ends + 65_536])
        shown = items[chosen] if chosen < len(items) else ""
        yield mark(f"Chosen of a drop-down {name}".rstrip(), shown)
        yield mark("Choices", "; ".join(items))
    elif default:
        yield mark("Default of a form field", default)
    for words in dict.fromkeys(filter(None, texts[1:3])):
        yield mark("Help of a form field", words)


def _counted(data: bytes, at: int) -> tuple[str, int]:
    """Return a string that ends in a zero, and where the next thing begins (2.9.356, Xstz)."""
    length = 2 * int.from_bytes(data[at : at + 2], "little")
    return _decoded(data[at + 2 : at + 2 + length], 2), at + 4 + length
