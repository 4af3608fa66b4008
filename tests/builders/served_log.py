"""Privilege logs as another side might serve them: a sound one, and its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter

HEADER = ("Log No.", "Bates Range", "Type", "Date", "Author/From", "To", "CC", "Privilege",
          "Description")  # fmt: skip
REYES, ORTEGA = "Dana Reyes* <dreyes@halewick.example>", "Marisol Ortega <ortega@northgate.example>"


def entry(
    number: str = "P-1",
    pages: str = "",
    *,
    kind: str = "E-mail",
    dated: str = "03/14/2023",
    author: str = ORTEGA,
    to: str = REYES,
    cc: str = "",
    basis: str = "Attorney-Client",
    description: str = "Mail to counsel seeking legal advice on the custody of keys.",
) -> tuple[str, ...]:
    """Return the cells of one sound entry."""
    return (number, pages, kind, dated, author, to, cc, basis, description)


def as_csv(*rows: Sequence[str], header: Sequence[str] = HEADER) -> bytes:
    held = io.StringIO(newline="")
    csv.writer(held).writerows([header, *rows])
    return held.getvalue().encode()


def as_xlsx(*rows: Sequence[object], title: str = "Log", above: Sequence[str] = ()) -> bytes:
    """Return a workbook as people make them: numbers and dates are such, blank cells are blank."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet(title)
        day = book.add_format({"num_format": "mm/dd/yyyy"})
        for at, text in enumerate(above):
            sheet.write(at, 0, text)
        for at, row in enumerate(rows, len(above)):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(at, column, cell, day)
                elif cell != "":
                    sheet.write(at, column, cell)
        book.add_worksheet("Key").write(0, 0, "* denotes an attorney")
    return held.getvalue()
