"""Load files off the plain form: which dialect, and its cells one by one.

Takes decoded text; `dat` decodes and has a faster way for the plain form. Every scan runs forward
only, so a file made to be slow is read in time linear in its size.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from forthwith.loadfiles.oddities import Oddity, OddityKind
from forthwith.plain import csv_cells


@dataclass(frozen=True, slots=True)
class Dialect:
    """The two delimiters; an empty quote means cells are never quoted."""

    field: str
    quote: str


CONCORDANCE = Dialect("\x14", "þ")


@dataclass(frozen=True, slots=True)
class Records:
    """All rows of a file, the header still among them: as columns where all are of one width."""

    dialect: Dialect
    #: Whatever their width; empty when there are columns.
    rows: Sequence[list[str]] = ()
    columns: tuple[Sequence[str], ...] = ()
    #: Where each row begins, bytes, in step with the rows.
    offsets: Sequence[int] = ()
    #: Place of each row, the header 0; empty where none was left out.
    numbers: Sequence[int] = ()
    #: Rows as wide as the first.
    fitting: int = 0
    oddities: tuple[Oddity, ...] = ()
    #: False when no cell holds a þ.
    thorns: bool = True

    @property
    def sound(self) -> bool:
        """True when all rows fit."""
        return bool(self.columns) or self.fitting == len(self.rows)

    @property
    def fit(self) -> Sequence[list[str]]:
        """The rows as wide as the first."""
        return [cells for cells in self.rows if len(cells) == len(self.rows[0])]


def sniff_dialect(text: str, expected: Dialect = CONCORDANCE) -> Dialect | None:
    """Return the dialect by what stands in the first line, the expected one if it fits, or None."""
    line = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    if expected != CONCORDANCE and _fits(line, expected):
        return expected
    if "\x14" in line or line.startswith("þ"):
        # Some vendors copy the pilcrow that manuals print for 0x14.
        if "\x14" in line:
            # A conversion that has no þ puts another sign in its place, in all places.
            other = re.match(r"([^\w\s\x14])[^\x14]*\1\x14\1", line)
            return Dialect("\x14", other[1]) if other else CONCORDANCE
        between = re.match(r"þ[^þ]*þ([^þ\w\s]|\t)þ", line)
        return Dialect(between[1] if between else "\x14", "þ")
    # A quote around the first cell, and one sign between it and the next: ~a~^~b~, ^a^|^b^.
    quoted = re.match(r"([\"'^~|])[^\"'^~|]*\1([^\w\s]|\t)\1", line)
    if quoted is not None and quoted[1] != quoted[2]:
        return Dialect(quoted[2], quoted[1])
    for field in ("¶", "|"):
        if field in line:
            return Dialect(field, _quote(text, field))
    # Of signs that names may hold too, the one that parts the line most often.
    counts = {field: line.count(field) for field in (",", "\t", ";", "^", "~")}
    field = max(counts, key=counts.__getitem__)
    return Dialect(field, _quote(text, field)) if counts[field] else None


def _fits(line: str, dialect: Dialect) -> bool:
    """Return True when a line begins and goes on as this dialect would have it."""
    if dialect.quote:
        between = f"{dialect.quote}{dialect.field}{dialect.quote}"
        return line.startswith(dialect.quote) and between in line
    if "\x14" in line and dialect.field != "\x14":
        return False
    return dialect.field in line and not any(
        line.startswith(quote) and f"{quote}{dialect.field}{quote}" in line
        for quote in 'þ^"'.replace(dialect.field, "")
    )


def _quote(text: str, field: str) -> str:
    """Return the quote used beside `field`: þ, ^, a double quote, or none."""
    for quote in ("þ", "^", "~", '"'):
        if quote == field:
            continue
        opens = text.count(field + quote) + text.count("\n" + quote) + text.startswith(quote)
        closes = text.count(quote + field) + text.count(quote + "\n") + text.count(quote + "\r")
        if opens and closes:
            return quote
    return ""


def tokenise(text: str, dialect: Dialect, encoding: str, mark: int) -> Records:
    """Part `text` into rows of cells with the byte offset of each row."""
    if dialect.quote == "þ":
        lines = list(_thorn_rows(text, dialect))
        oddities = [Oddity(OddityKind.UNQUOTED, None, "cells without quotes")] * any(
            bare for _, _, bare in lines
        )
    else:
        lines = [(start, cells, False) for start, cells in _csv_rows(text, dialect)]
        oddities = []
    lines = [line for line in lines if line[1] not in ([], [""])] or [(0, [""], False)]
    rows = [cells for _, cells, _ in lines]
    width = len(rows[0])
    fitting = sum(len(cells) == width for cells in rows)
    oddities.extend(
        _newline(number)
        for number, cells in enumerate(rows)
        if any("\n" in cell or "\r" in cell for cell in cells)
    )
    return Records(
        dialect,
        rows,
        offsets=_byte_offsets(text, [start for start, _, _ in lines], encoding, mark),
        fitting=fitting,
        oddities=tuple(oddities),
        thorns=dialect.quote == "þ",
    )


def _byte_offsets(text: str, starts: list[int], encoding: str, mark: int) -> list[int]:
    offsets, offset, before = [], mark, 0
    for start in starts:
        offset += len(text[before:start].encode(encoding, errors="replace"))
        offsets.append(offset)
        before = start
    return offsets


def _thorn_rows(text: str, dialect: Dialect) -> Iterator[tuple[int, list[str], bool]]:
    """Yield (start, cells, whether any filled cell stood without quotes)."""
    field, quote = re.escape(dialect.field), re.escape(dialect.quote)
    close = re.compile(f"{quote}(?={field}|\r\n|\n|\r|[\r\n\x1a\x00 ]*\\Z)")
    bare = re.compile(f"[^{field}\r\n]*")
    after = re.compile(f"({field}|\r\n|\n|\r|[\x1a\x00 ]*\\Z)?")
    place, start, cells, unquoted, closers = 0, 0, list[str](), False, True
    while place < len(text):
        end = close.search(text, place + 1) if closers and text[place] == dialect.quote else None
        if end is not None:
            cells.append(text[place + 1 : end.start()])
            place = end.end()
        else:
            # No closing quote from here on means none further on either: do not look again.
            closers = closers and text[place] != dialect.quote
            match = bare.match(text, place)
            cells.append(match[0] if match else "")
            unquoted = unquoted or bool(cells[-1].strip("\x1a\x00 "))
            place = match.end() if match else place
        mark = after.match(text, place)
        place = mark.end() if mark else place
        if mark is not None and mark[0] == dialect.field and place < len(text):
            continue
        if mark is not None and mark[0] == dialect.field:
            cells.append("")
        if cells != [cell for cell in cells if not cell.strip("\x1a\x00 ")] or len(cells) > 1:
            yield start, cells, unquoted
        start, cells, unquoted = place, [], False


def _csv_rows(text: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yield (start, cells) of a dialect with a quote of its own, or none."""
    place = 0

    def lines() -> Iterator[str]:
        nonlocal place
        for line in io.StringIO(text, newline=""):
            place += len(line)
            yield line

    reader = csv_cells.reader(lines(), delimiter=dialect.field, quoting=csv.QUOTE_NONE)
    if dialect.quote:
        reader = csv_cells.reader(lines(), delimiter=dialect.field, quotechar=dialect.quote)
    start = 0
    for cells in reader:
        yield start, cells
        start = place


def regular(records: Records) -> Records:
    """Return the rows without a delimiter after the last cell and without the header again.

    Both are told as oddities, once each.
    """
    rows = records.rows or list(map(list, zip(*records.columns, strict=True)))
    if not rows or not _irregular(records):
        return records
    odd = list(records.oddities)
    width, ends = len(rows[0]), sum(not row[-1] for row in rows[1:])
    named = bool(rows[0][-1].strip())
    if named:
        longer = [row for row in rows[1:] if len(row) == width + 1 and not row[-1]]
        trailing = longer if 2 * len(longer) > len(rows) - 1 else []
    else:
        # A file without a header may have a last column that is blank throughout.
        longer = [row for row in rows if len(row) == width] if _names(rows[0][:-1]) else []
        trailing = longer if not any(row[width - 1].strip() for row in longer) else []
    if trailing:
        width -= not named
        rows = [row[:-1] if len(row) == width + 1 and not row[-1] else row for row in rows]
        every = "each row ends" if ends == len(rows) - 1 else f"{len(trailing):,} rows end"
        odd.append(Oddity(OddityKind.TRAILING_DELIMITER, None, f"{every} with a delimiter"))
    header = rows[0]
    again = [place for place, row in enumerate(rows) if place and row == header]
    # Two rows alike of a file without a header are a row that was copied.
    again = again if _names(header) else []
    offsets = list(records.offsets)
    if again:
        lines = ", ".join(f"{place:,}" for place in again[:5]) + (" …" if len(again) > 5 else "")
        odd.append(
            Oddity(OddityKind.REPEATED_HEADER, None, f"the header stands again, at row {lines}")
        )
    if not trailing and not again:
        return records
    numbers = records.numbers or range(len(rows))
    kept = [place for place in range(len(rows)) if place not in set(again)]
    rows = [rows[place] for place in kept]
    return replace(
        records,
        rows=rows,
        columns=(),
        offsets=[offsets[place] for place in kept] if offsets else [0] * len(rows),
        numbers=[numbers[place] for place in kept],
        fitting=sum(len(row) == width for row in rows),
        oddities=tuple(odd),
    )


def _names(cells: Sequence[str]) -> bool:
    """Return True for cells that may name columns: none blank, none a value."""
    if not cells or not all(cells) or _NUMBERED.fullmatch(cells[0]):
        return False
    return not any(map(_VALUE.fullmatch, cells))


#: What no header holds, a path or a date; and what its first cell is not, a number.
_VALUE = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}.*|.*\\.*", re.DOTALL)
_NUMBERED = re.compile(r".*\d{3,}", re.DOTALL)


def _irregular(records: Records) -> bool:
    """Return True where `regular` would change anything; quick, for most files are as agreed."""
    if records.columns:
        first, last = records.columns[0], records.columns[-1]
        return first[0] in first[1:] or not (last[0].strip() or any(last))
    header = records.rows[0]
    widths = {len(row) for row in records.rows}
    again = any(row == header for row in records.rows[1:])
    return again or not header[-1].strip() or len(header) + 1 in widths


def raw_newlines(columns: Sequence[Sequence[str]]) -> tuple[Oddity, ...]:
    """Return an oddity for each row, counted from the header as 0, with a break inside a cell."""
    broken = {
        number
        for column in columns
        for number, cell in enumerate(column)
        if "\n" in cell or "\r" in cell
    }
    return tuple(_newline(number) for number in sorted(broken))


def _newline(number: int) -> Oddity:
    return Oddity(OddityKind.RAW_NEWLINE, number, "a cell holds a line break")


def undoubled(
    columns: tuple[Sequence[str], ...], oddities: list[Oddity]
) -> tuple[Sequence[str], ...]:
    """Halve doubled þ, where every þ inside a cell of the file is paired; else leave all."""
    with_thorn = [cell for column in columns for cell in column if "þ" in cell]
    if not with_thorn or any("þ" in cell.replace("þþ", "") for cell in with_thorn):
        return columns
    oddities.append(Oddity(OddityKind.DOUBLED_QUOTE, None, "every þ inside a cell is doubled"))
    return tuple([cell.replace("þþ", "þ") for cell in column] for column in columns)
