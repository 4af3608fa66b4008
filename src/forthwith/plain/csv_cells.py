"""Cells of CSV, read under one rule for long ones and written so that no spreadsheet runs them.

The standard library keeps one limit for the whole process, so a reader that raises it changes
what every other reader says. It is raised here once; who wants a limit asks `bounded` for it.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _csv import Reader

#: Characters: the limit that the standard library starts with.
LONGEST = 131_072
#: What spreadsheets take for the start of a formula, full-width forms included (OWASP, "CSV
#: Injection").
FORMULA_SIGNS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")

csv.field_size_limit(sys.maxsize)


def reader(lines: Iterable[str], **dialect: Any) -> Reader:
    """Return a reader whose cells have no limit; `dialect` as for `csv.reader`."""
    return csv.reader(lines, **dialect)


def bounded(cells: list[str]) -> list[str]:
    """Return the cells. Raises csv.Error where one is longer than LONGEST."""
    if any(len(cell) > LONGEST for cell in cells):
        raise csv.Error(f"a cell has more than {LONGEST:,} characters")
    return cells


def as_text(cell: str) -> str:
    """Return a cell that every spreadsheet shows as text: an apostrophe stands before a sign."""
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def as_written(cell: str) -> str:
    """Return a cell without the apostrophe that `as_text` set."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_SIGNS) else cell
