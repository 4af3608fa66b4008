"""What a workbook from before 2007 holds beside its cells ([MS-XLS] 2.4), and xlsb ([MS-XLSB]).

Headers and footers, words of shapes, defined names, prompts and choices of validation, cells kept
of other workbooks, connections, and the values pivot tables were made from. Records are walked one
after the other; every length is held against the stream's own.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.bytes.values import mark
from forthwith.plain.charset import encodable

_BOF, _CONTINUE = 0x809, 0x3C
_HEADER, _FOOTER, _TEXT, _NAME, _CHECK = 0x14, 0x15, 0x1B6, 0x18, 0x1BE
_BOOK, _SHEET_OF_BOOK, _CELLS, _QUERY = 0x1AE, 0x59, 0x5A, 0xCD
#: Values of a pivot cache: field, number, boolean, error, integer, string, date, blank.
_FIELD, _NUMBER, _BOOLEAN, _ERROR, _INTEGER, _STRING, _MOMENT = (
    0xC7, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE,
)  # fmt: skip
#: What ends the text of a shape, besides those that are read: the next object or drawing, a cell.
_AFTER_TEXT = frozenset({0x5D, 0xEC, 0x1C, 0x0A})
_BESIDE = (
    frozenset(
        {_CONTINUE, _HEADER, _FOOTER, _TEXT, _NAME, _CHECK, _BOOK, _SHEET_OF_BOOK, _CELLS, _QUERY}
    )
    | _AFTER_TEXT
)
_OF_CACHE = frozenset({_FIELD, _NUMBER, _BOOLEAN, _ERROR, _INTEGER, _STRING, _MOMENT})
_OWN, _ADD_IN = 0x0401, 0x3A01
#: Names Excel keeps by number ([MS-XLS] 2.5.114); their cells are seen.
_BUILT_IN = 0x20
_BUNDLE = 156
_STATES = {1: "Hidden sheet", 2: "Very hidden sheet"}
#: Binary parts of an xlsb by the start of their names.
_UNREAD = {
    "comments": "comments", "pivotcache": "pivot caches", "externallink": "other workbooks' cells",
    "connections": "data connections", "query": "queries",
}  # fmt: skip
_PART = re.compile(r"xl/(?:\w+/)?([a-z]+?)(?:definition|records|tables?)?\d*\.bin")


def _records(stream: bytes, wanted: frozenset[int]) -> Iterator[tuple[int, bytes]]:
    """Yield (type, data) of each record of the types wanted."""
    at, end = 0, len(stream) - 4
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        if not kind and not length:
            return
        if kind in wanted:
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _string(data: bytes, at: int, count: int) -> tuple[str, int]:
    """Return a string of `count` characters, its flags at `at`, and where it ends (2.5.293)."""
    flags = data[at] if at < len(data) else 0
    at += 1
    runs = extra = 0
    if flags & 8:
        runs = int.from_bytes(data[at : at + 2], "little")
        at += 2
    if flags & 4:
        extra = int.from_bytes(data[at : at + 4], "little")
        at += 4
    size = count * (2 if flags & 1 else 1)
    raw = data[at : at + size]
    if flags & 1:
        text = raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace")
    else:
        text = raw.decode("latin-1")
    return encodable(text), at + size + 4 * runs + extra


def _counted(data: bytes, at: int) -> tuple[str, int]:
    return _string(data, at + 2, int.from_bytes(data[at : at + 2], "little"))


def beside_cells(stream: bytes) -> Iterator[str]:
    """Yield the words of a Workbook stream of Excel 97 or later that stand in no cell."""
    words: list[str] = []
    wanted = 0
    kept: list[str] = []
    sheets: list[str] = []
    for kind, data in _records(stream, _BESIDE):
        if kind == _CONTINUE and wanted:
            text, _ = _string(data, 0, min(wanted, len(data)))
            wanted -= len(text)
            words.append(text)
            continue
        if words:
            yield mark("Text of a shape", "".join(words).replace("\r", "\n"))
            words = []
        wanted = 0
        if kind == _TEXT and len(data) >= 12:
            wanted = int.from_bytes(data[10:12], "little")
        elif kind == _BOOK:
            yield from _end(kept)
            kept, sheets = _book(data)
        elif kind == _SHEET_OF_BOOK and len(data) >= 4 and kept:
            place = int.from_bytes(data[2:4], "little")
            kept.append(f"Sheet {sheets[place]}" if place < len(sheets) else "Sheet")
        elif kind == _CELLS and kept:
            kept += _kept_cells(data)
        else:
            yield from _single(kind, data)
    if words:
        yield mark("Text of a shape", "".join(words).replace("\r", "\n"))
    yield from _end(kept)


def _end(kept: list[str]) -> Iterator[str]:
    if len(kept) > 1:
        yield mark(kept[0], "\n".join(kept[1:]))


def _single(kind: int, data: bytes) -> Iterator[str]:
    """Yield what one record says by itself."""
    if kind in {_HEADER, _FOOTER} and len(data) > 3:
        yield _counted(data, 0)[0]
    elif kind == _NAME and len(data) > 15:
        yield from _name(data)
    elif kind == _CHECK and len(data) > 8:
        yield from _check(data)
    elif kind == _QUERY and len(data) > 3:
        yield mark("Data connection", _counted(data, 0)[0])


def _name(data: bytes) -> Iterator[str]:
    """Yield a defined name with the constant it stands for, as far as it is one (2.4.150)."""
    flags = int.from_bytes(data[:2], "little")
    if flags & _BUILT_IN:
        return
    name, at = _string(data, 14, data[3])
    what = "Hidden defined name" if flags & 1 else "Defined name"
    yield mark(f"{what} {name}", _constant(data[at:]))


def _constant(formula: bytes) -> str:
    """Return a formula that is one constant (2.5.198): a string or a number; "" for any other."""
    if formula[:1] == b"\x17" and len(formula) > 2:
        return _string(formula, 2, formula[1])[0]
    if formula[:1] == b"\x1e" and len(formula) >= 3:
        return str(int.from_bytes(formula[1:3], "little"))
    if formula[:1] == b"\x1f" and len(formula) >= 9:
        return repr(struct.unpack_from("<d", formula, 1)[0])
    return ""


def _check(data: bytes) -> Iterator[str]:
    """Yield prompts, errors and listed choices of data validation (2.4.92)."""
    at, texts = 4, []
    for _ in range(4):
        text, at = _counted(data, at)
        texts.append(text.strip("\0"))
    choices = _constant(data[at + 4 :]).replace("\0", ",") if data[0] & 15 == 3 else ""
    said = [f"choices {choices}" if choices else "", *texts]
    if any(said):
        yield mark("Validation", "; ".join(filter(None, said)))


def _book(data: bytes) -> tuple[list[str], list[str]]:
    """Return the head of what is kept of another workbook, and its sheets (2.4.271)."""
    count, length = (int.from_bytes(data[at : at + 2], "little") for at in (0, 2))
    if length in {_OWN, _ADD_IN} or len(data) < 5:
        return [], []
    path, at = _string(data, 4, length)
    sheets = []
    for _ in range(count):
        if at + 3 > len(data):
            break
        title, at = _counted(data, at)
        sheets.append(title)
    path = re.sub(r"[\x00-\x08]+", " ", path).strip()
    head = [f"Kept of the linked file {path}"]
    return head + ([f"Sheets: {', '.join(sheets)}"] if sheets else []), sheets


def _kept_cells(data: bytes) -> Iterator[str]:
    """Yield the cells of one row kept of another workbook (2.4.64)."""
    if len(data) < 4:
        return
    row, at = int.from_bytes(data[2:4], "little"), 4
    for column in range(data[1], data[0] + 1):
        if at >= len(data):
            return
        kind = data[at]
        if kind == 2:
            text, at = _counted(data, at + 1)
        else:
            text = _shown(kind, data[at + 1 : at + 9])
            at += 9
        if text:
            yield f"{_letters(column)}{row + 1}\t{text}"


def _shown(kind: int, raw: bytes) -> str:
    if kind == 1 and len(raw) == 8:
        number = struct.unpack("<d", raw)[0]
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return ("TRUE" if raw[:1] == b"\1" else "FALSE") if kind == 4 else ""


def _letters(column: int) -> str:
    high, low = divmod(column, 26)
    return (chr(64 + high) if high else "") + chr(65 + low)


def pivot_cache(stream: bytes) -> str:
    """Return the values one pivot cache keeps, a line a field; "" when it keeps none (2.2.8)."""
    lines: list[list[str]] = []
    for kind, data in _records(stream, _OF_CACHE):
        if kind == _FIELD and len(data) > 16:
            lines.append([_counted(data, 14)[0]])
        elif value := _cached(kind, data):
            if not lines:
                lines.append([""])
            lines[-1].append(value)
    texts = [f"{line[0]}: {'; '.join(line[1:])}" for line in lines if any(line)]
    return mark("Pivot cache", "\n".join(texts)) if texts else ""


def _cached(kind: int, data: bytes) -> str:
    if kind == _STRING and len(data) > 2:
        return _counted(data, 0)[0]
    if kind == _NUMBER and len(data) >= 8:
        return _shown(1, data[:8])
    if kind == _INTEGER and len(data) >= 2:
        return str(int.from_bytes(data[:2], "little", signed=True))
    if kind == _BOOLEAN and data:
        return "TRUE" if data[0] else "FALSE"
    if kind == _MOMENT and len(data) >= 8:
        year, month = struct.unpack_from("<HH", data)
        try:
            return datetime(year, month, *data[4:8]).isoformat()  # noqa: DTZ001
        except ValueError:
            return ""
    return ""


def hidden_sheets(workbook: bytes) -> list[tuple[str, str]]:
    """Return (state, name) of each hidden sheet of the workbook.bin of an xlsb (2.4.309)."""
    found, at = [], 0
    while at < len(workbook):
        kind, at = _variable(workbook, at, 2)
        length, at = _variable(workbook, at, 4)
        body, at = workbook[at : at + length], at + length
        if kind == _BUNDLE and len(body) >= 12 and (state := _STATES.get(body[0])):
            after = 12 + 2 * int.from_bytes(body[8:12], "little")
            size = 2 * int.from_bytes(body[after : after + 4], "little")
            name = body[after + 4 : after + 4 + size].decode("utf-16-le", "replace")
            found.append((state, encodable(name)))
    return found


def _variable(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, low ones first (2.1.4), and what comes after it."""
    number = 0
    for place in range(most):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            break
    return number, at


def unread_parts(names: Sequence[str]) -> tuple[Fault, ...]:
    """Count the binary parts of an xlsb beside its sheets, which nothing here reads."""
    counts: dict[str, int] = {}
    for name in names:
        found = _PART.fullmatch(name.lower())
        if found and (what := _UNREAD.get(found[1])):
            counts[what] = counts.get(what, 0) + 1
    if not counts:
        return ()
    listed = ", ".join(f"{count} of {what}" for what, count in counts.items())
    detail = f"binary parts of the workbook are not read: {listed}"
    return (Fault(FaultReason.UNSUPPORTED, detail),)
