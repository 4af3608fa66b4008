"""Tables of facts in CSV: UTF-8, a header in any order, comment lines that begin with `#`.

The separator is a comma; a semicolon or tab is taken where the header is separated so, as Excel
does in many countries. A first cell that really begins with `#` stands in quotes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from forthwith.domain.fact_tables import TABLES, FactRow, RowFault, Table
from forthwith.plain import csv_cells
from forthwith.plain.table_names import (
    FileFaultError,
    folded,
    named,
    nearest,
    short,
    text_of,
    unknown_column,
)

_SEPARATORS = (",", ";", "\t")
#: Columns that hold formulas: "2 of (a, b, c)" has commas.
_FORMULAS = {"policies": ("formula",), "approvals": ("formula",), "grants": ("means",)}
_EXCEL_HINT = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def read(
    data: bytes, file: str, tables: Mapping[str, Table] = TABLES
) -> tuple[tuple[FactRow, ...], tuple[RowFault, ...]]:
    """Read one of `tables`, named by its file; a file whose header is wrong gives no rows."""
    faults: list[RowFault] = []
    rows: list[FactRow] = []
    try:
        table = _table(file, tables)
        lines = _Lines(text_of(data, file))
        header = _header(lines, file, table, faults)
        if not faults:
            rows.extend(_rows(lines, file, header, faults))
    except FileFaultError as stop:
        faults.append(stop.fault)
    return tuple(rows), tuple(faults)


def passed_over(
    data: bytes, file: str, tables: Mapping[str, Table] = TABLES
) -> tuple[tuple[int, str], ...]:
    """Return the comments that have the shape of a row, with their lines.

    An id may begin with `#`, and not every spreadsheet puts it in quotes.
    """
    if b"\n#" not in data and b"\r#" not in data:
        return ()
    try:
        lines = _Lines(text_of(data, file))
        header = _header(lines, file, _table(file, tables), [])
        lines.comments.clear()
        for _ in _records(lines, file, header):
            pass
    except FileFaultError:
        return ()
    return tuple(
        (number, line.rstrip("\r\n"))
        for number, line in lines.comments
        if line.count(header.separator) >= len(header.names) - 1 and line[1:2].strip(" #")
    )


def write(table: str, rows: Iterable[FactRow], tables: Mapping[str, Table] = TABLES) -> bytes:
    """Return the file that reads to the same rows."""
    out = io.StringIO(newline="")
    plain = csv.writer(out, lineterminator="\n")
    quoted = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    header = tables[table].header
    plain.writerow(header)
    for row in rows:
        cells = [row[column] for column in header]
        (quoted if cells[0].startswith("#") else plain).writerow(cells)
    return out.getvalue().encode()


def _table(file: str, tables: Mapping[str, Table]) -> Table:
    known = named(file, tables)
    if known is None or known.table not in tables or known.kind != "csv":
        first = folded(file.rpartition("/")[2].split(".")[0])
        do = nearest(first, tables, "Tables are") + " before the first dot of its name"
        raise FileFaultError(RowFault(file, 0, "the file's name is not that of a table", do))
    return tables[known.table]


class _Lines:
    """Lines for the CSV reader, counted; comments are left out, but not inside quotes.

    `fresh` is set by whoever asks for a record: only its first line can be a comment.
    """

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.fresh = True
        self.number = 0
        #: Each comment with its number.
        self.comments: list[tuple[int, str]] = []
        #: The line on which the present record began.
        self.began = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        if self.fresh:
            while line.startswith("#"):
                self.comments.append((self.number, line))
                line = next(self._lines)
                self.number += 1
            self.began = self.number
            self.fresh = False
        return line


@dataclass(frozen=True, slots=True)
class _Header:
    table: Table
    #: Column of each cell in file order; an empty name is an empty heading.
    names: tuple[str, ...]
    separator: str


def _header(lines: _Lines, file: str, table: Table, faults: list[RowFault]) -> _Header:
    """Read up to and with the header. Raises FileFaultError; lesser faults are appended."""
    line, separator = _first_line(lines, file, table)
    # A header is one line, and no column's name holds a separator: quotes only surround it.
    names = tuple(folded(cell.strip().strip('"')) for cell in line.split(separator))
    for place, name in enumerate(names):
        if name and name not in table.header:
            faults.append(unknown_column(file, lines.began, table, name))
        elif name and name in names[:place]:
            what, do = f"the header has {name} twice", "Take one of the two columns away"
            faults.append(RowFault(file, lines.began, what, do))
    needed = [name for name in (*table.columns, "standing") if name not in table.optional]
    if missing := [name for name in needed if name not in names]:
        what = f"the header of {table.name} lacks {', '.join(missing)}"
        do = f"Write the header as: {','.join(table.header)}"
        faults.append(RowFault(file, lines.began, what, do))
    return _Header(table, names, separator)


def _first_line(lines: _Lines, file: str, table: Table) -> tuple[str, str]:
    """Return the header's line and what separates its cells."""
    named = ""
    for line in lines:
        if hint := _EXCEL_HINT.fullmatch(line):
            named = hint[1]
        elif line.strip().strip(",;\t"):
            separator = named if named in _SEPARATORS else max(_SEPARATORS, key=line.count)
            return line.strip("\r\n"), separator
        lines.fresh = True
    do = f"Write as its first line: {','.join(table.header)}"
    raise FileFaultError(RowFault(file, 0, "the file has no header", do))


def _rows(lines: _Lines, file: str, header: _Header, faults: list[RowFault]) -> Iterator[FactRow]:
    order = [name for name in header.table.header if name in header.names]
    places = [(name, header.names.index(name)) for name in order]
    exact = "" not in header.names
    formulas = [at for name, at in places if name in _FORMULAS.get(header.table.name, ())]
    for record in _records(lines, file, header):
        if formula := _cut_apart(record, formulas, header.separator):
            what = f"the formula {formula} holds {header.separator!r} and is cut into several cells"
            faults.append(RowFault(file, lines.began, what, f'Quote it: "{formula}"'))
            continue
        if not exact or len(record) != len(header.names):
            if not any(cell.strip() for cell in record):
                continue
            if what := _misfit(record, header):
                mark = repr(header.separator)
                do = f"Put a cell that holds {mark} into double quotes, and leave none out"
                faults.append(RowFault(file, lines.began, what, do))
                continue
        cells = {name: cell for name, at in places if (cell := record[at].strip())}
        if cells:
            yield FactRow(header.table.name, cells, file, lines.began)


def _records(lines: _Lines, file: str, header: _Header) -> Iterator[list[str]]:
    """Yield the records. Raises FileFaultError where quotes go wrong: the rest is then unsure."""
    reader = csv_cells.reader(lines, delimiter=header.separator, strict=True)
    while True:
        lines.fresh = True
        try:
            yield csv_cells.bounded(next(reader))
        except StopIteration:
            return
        except csv.Error as wrong:
            what = f"the row that begins here does not read as CSV ({wrong})"
            do = 'Close each quote and write one inside as ""; no row from here on was read'
            raise FileFaultError(RowFault(file, lines.began, what, do)) from wrong


def _cut_apart(record: list[str], formulas: Iterable[int], separator: str) -> str:
    """Return a formula whose parenthesis closes in a later cell, whole; "" where each is whole.

    Its row may have as many cells as the header by chance: where the last ones were left out.
    """
    for at in formulas:
        if at < len(record) and record[at].count("(") > record[at].count(")"):
            for end in range(at + 2, len(record) + 1):
                whole = separator.join(record[at:end])
                if whole.count("(") == whole.count(")"):
                    return whole.strip()
    return ""


def _misfit(record: list[str], header: _Header) -> str:
    """Return what is wrong with the row's width; nothing when only empty cells are too many."""
    wide = len(header.names)
    if len(record) < wide or any(cell.strip() for cell in record[wide:]):
        return f"the row has {len(record)} cells, the header {wide}"
    for cell, name in zip(record, header.names, strict=False):
        if cell.strip() and not name:
            return f"{short(cell)} stands in a column without a heading"
    return ""
