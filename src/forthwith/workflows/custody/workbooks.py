"""Workbooks among exports: each sheet as the CSV it would have been, row by row.

Rows keep their numbers, so a fault still names the row a person sees in the spreadsheet; days
arrive in ISO 8601, because a workbook says which cells are days and from when it counts them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Hint
from forthwith.domain.fact_tables import RowFault
from forthwith.formats.office import ooxml

_ZIP = b"PK\x03\x04"
#: The last row a sheet can have (Excel, since 2007).
_LAST_ROW = 1_048_576


def opened(
    contents: Sequence[tuple[str, bytes]],
) -> tuple[list[tuple[str, bytes]], list[RowFault]]:
    """Return files of text, every sheet of a workbook one of them, and workbooks that do not open.

    A sheet is named "staff.xlsx", or "staff.xlsx [Leavers]" where the workbook has several.
    """
    files: list[tuple[str, bytes]] = []
    faults: list[RowFault] = []
    for name, data in contents:
        if not data.startswith(_ZIP):
            files.append((name, data))
            continue
        try:
            sheets = [sheet for sheet in ooxml.grids(data, Hint(name)) if sheet[1]]
        except UnreadableError as wrong:
            what = f"the workbook cannot be opened: {wrong.fault.detail}"
            faults.append(RowFault(name, 0, what, "Save it again as XLSX without a password"))
            continue
        if not sheets:
            faults.append(RowFault(name, 0, "no sheet of it holds a row", "Name the right file"))
        for title, rows in sheets:
            if max(number for number, _ in rows) > _LAST_ROW:
                what = f"a row of sheet {title[:60]!r} has a number no row can have"
                faults.append(RowFault(name, 0, what, "Save it again as XLSX"))
                continue
            label = name if len(sheets) == 1 else f"{name} [{title}]"
            files.append((label, "".join(_lines(rows)).encode()))
    return files, faults


def _lines(rows: Sequence[tuple[int, list[str]]]) -> Iterator[str]:
    """Yield the CSV of a sheet: each row on the line of its number, all of one width."""
    width = max(len(cells) for _, cells in rows)
    line = 1
    for number, cells in rows:
        yield "\n" * (number - line)
        line = max(line, number) + 1
        out = io.StringIO()
        flat = (" ".join(cell.split()) for cell in cells + [""] * (width - len(cells)))
        csv.writer(out, lineterminator="\n").writerow(flat)
        yield out.getvalue()
