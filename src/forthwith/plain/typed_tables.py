"""Tables that people type in a spreadsheet: a header of known columns, and rows with their lines.

UTF-8, with or without a byte order mark; separated by commas, or by semicolons or tabs where the
header is, as Excel does in many countries. What the cells mean is known to who asks for them.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.plain import csv_cells
from forthwith.plain.table_names import FileFaultError, folded, nearest, short, text_of

_SEPARATORS = (",", ";", "\t")
_EXCEL_HINT = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: What rows are held against, in the words of whoever reads them.
Known = TypeVar("Known")
#: A refusal names as many faults as a person will mend in one go.
_MOST_NAMED = 40


class TableRefusedError(ForthwithError):
    """A table of which something is at fault; nothing of it is taken."""

    def __init__(self, file: str, faults: Sequence[RowFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        lines = [f"  {fault}" for fault in self.faults[:_MOST_NAMED]]
        if more := len(self.faults) - len(lines):
            lines.append(f"  … and {more:,} more.")
        listed = "\n".join(lines)
        super().__init__(f"{file}: nothing is imported until this is mended:\n{listed}")


@dataclass(frozen=True, slots=True)
class TypedRow:
    """One row, with the line on which it begins."""

    file: str
    line: int
    #: Every column that may be there, stripped; "" where it is empty or not in the file.
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def fault(self, what: str, do: str) -> RowFault:
        """Return something wrong with this row."""
        return RowFault(self.file, self.line, what, do)


class CellError(ValueError):
    """A cell that cannot be taken; caught in `taken`, which makes it a fault of its row."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what, self.do = what, do


def taken(
    row: TypedRow,
    against: Known,
    cells: Mapping[str, Callable[[TypedRow, Known], Any]],
    faults: list[RowFault],
) -> dict[str, Any] | None:
    """Return what each function takes from a row, or None and every fault that CellError tells."""
    typed: dict[str, Any] = {}
    for name, take in cells.items():
        try:
            typed[name] = take(row, against)
        except CellError as stop:
            faults.append(row.fault(stop.what, stop.do))
    return typed if len(typed) == len(cells) else None


def day(cell: str, what: str) -> date:
    """Read 2023-07-03; `what` names it. Raises CellError."""
    try:
        if _DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        raise CellError(f"there is no day {cell}", "Look it up in a calendar") from None
    raise CellError(f"{short(cell)} is no {what}", "Write it as 2023-07-03")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a table may have, in the order in which they are told."""

    names: tuple[str, ...]
    #: Those that must be in the header.
    needed: tuple[str, ...]


def read(
    file: str, data: bytes, columns: Columns
) -> tuple[tuple[TypedRow, ...], tuple[RowFault, ...]]:
    """Read a table; one whose header is wrong gives no rows, and one without rows is a fault."""
    faults: list[RowFault] = []
    rows: list[TypedRow] = []
    try:
        text = text_of(data, file)
        records = _records(file, text)
        began, header = next(records, (0, []))
        names = [folded(cell) for cell in header]
        faults.extend(_of_header(file, began, names, columns))
        if not faults:
            rows.extend(_rows(file, records, names, columns, faults))
        if not faults and not rows:
            faults.append(RowFault(file, 0, "there is a header and no row", "Write one row a line"))
    except FileFaultError as stop:
        faults.append(stop.fault)
    return tuple(rows), tuple(faults)


def _records(file: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of each record with any cell filled. Raises FileFaultError."""
    hint = _EXCEL_HINT.match(text)
    body, skipped = (text[hint.end() :], 1) if hint else (text, 0)
    head = next((line for line in body.splitlines() if line.strip().strip(",;\t")), "")
    named = hint[1] if hint else ""
    separator = named if named in _SEPARATORS else max(_SEPARATORS, key=head.count)
    lines = csv_cells.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    began = 1
    try:
        for cells in lines:
            if any(cell.strip() for cell in csv_cells.bounded(cells)):
                yield began + skipped, cells
            began = lines.line_num + 1
    except csv.Error as wrong:
        what = f"the row that begins here does not read as CSV ({wrong})"
        do = 'Close each quote and write one inside as ""; no row from here on was read'
        raise FileFaultError(RowFault(file, began + skipped, what, do)) from wrong


def _of_header(file: str, line: int, names: Sequence[str], columns: Columns) -> Iterator[RowFault]:
    for name in sorted(set(names) - set(columns.names) - {""}):
        do = nearest(name, columns.names, "The columns are")
        yield RowFault(file, line, f"there is no column {short(name)}", do)
    for name, count in Counter(names).items():
        if name and count > 1:
            yield RowFault(file, line, f"the header has {short(name)} twice", "Take one away")
    if missing := [name for name in columns.needed if name not in names]:
        do = f"Write the header as: {','.join(columns.names)}"
        yield RowFault(file, line, f"the header lacks {', '.join(missing)}", do)


def _rows(
    file: str,
    records: Iterator[tuple[int, list[str]]],
    names: Sequence[str],
    columns: Columns,
    faults: list[RowFault],
) -> Iterator[TypedRow]:
    for line, record in records:
        if what := _misfit(record, names):
            do = "Put a cell that holds the separator into double quotes, and leave no cell out"
            faults.append(RowFault(file, line, what, do))
            continue
        written = {name: cell.strip() for name, cell in zip(names, record, strict=True) if name}
        yield TypedRow(file, line, {name: written.get(name, "") for name in columns.names})


def _misfit(record: Sequence[str], names: Sequence[str]) -> str:
    """Return what is wrong with a row's width; one cell too many may be a comma without quotes."""
    if len(record) != len(names):
        return f"the row has {len(record)} cells, the header {len(names)}"
    for cell, name in zip(record, names, strict=True):
        if cell.strip() and not name:
            return f"{short(cell)} stands in a column without a heading"
    return ""
