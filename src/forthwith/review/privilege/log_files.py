"""The privilege log as files: CSV, XLSX, DOCX; equal logs give equal bytes.

Subjects and names come from evidence, and whoever opens the log opens it in a spreadsheet: no cell
of it is ever a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import xlsxwriter

from forthwith.papers import docx as paper_docx
from forthwith.papers.blocks import Block, Centred, Heading, Paper, Paragraph, Table
from forthwith.plain.csv_cells import as_text
from forthwith.review.privilege.claims import Basis
from forthwith.review.privilege.log import PrivilegeLog, Style

#: A cell of Excel holds 32,767 characters; a mail to a whole company has more recipients.
_MOST = 32_000
_LEGEND = (
    "An asterisk marks an attorney on the day of the document. Each attachment is logged "
    "separately; rows of one family carry the same family number. Fed. R. Civ. P. 26(b)(5)(A)."
)
_CUT = " … [the cell is too long for Excel; whole in the CSV]"


def as_csv(log: PrivilegeLog, style: Style) -> bytes:
    """Return the log as UTF-8 with its mark; a cell like a formula gets an apostrophe in front."""
    header, rows = log.table(style)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in (header, *rows))
    return text.getvalue().encode("utf-8-sig", "replace")


def harmless(cell: str) -> str:
    """Return a cell on one line that no spreadsheet takes for a formula."""
    return as_text(" ".join(cell.split()))


def as_xlsx(log: PrivilegeLog, style: Style, day: date) -> bytes:
    """Return the log as a workbook: the log, the names, the notes; every cell is text."""
    workbook = io.BytesIO()
    plain = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(workbook, plain) as book:
        book.set_properties({"created": datetime.combine(day, time(), UTC).replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "border": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        _sheet(book.add_worksheet("Privilege Log"), *log.table(style), bold, wrapped)
        _sheet(book.add_worksheet("Names"), *log.named(), bold, wrapped)
        notes = [(note,) for note in notes_of(log)]
        _sheet(book.add_worksheet("Notes"), ("Notes",), notes, bold, wrapped)
    return workbook.getvalue()


def _sheet(
    sheet: Any, header: Sequence[str], rows: Iterable[Sequence[str]], bold: Any, wrapped: Any
) -> None:
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
        wide = name in {"Description", "To", "Notes", "Name", "Recipients"}
        sheet.set_column(column, column, 40 if wide else 18)
    for place, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            text = cell if len(cell) <= _MOST else cell[:_MOST] + _CUT
            sheet.write_string(place, column, text, wrapped)


def as_paper(log: PrivilegeLog, style: Style, matter: str, day: date, party: str = "") -> Paper:
    """Return the log as a paper on turned sheets: legend, the table, the names."""
    title = f"PRIVILEGE LOG{f' OF {party.upper()}' if party else ''}"
    blocks: list[Block] = [
        Centred(matter),
        Centred(title),
        Centred(f"{day:%B} {day.day}, {day.year}"),
    ]
    blocks += [Paragraph(note) for note in notes_of(log)]
    header, rows = log.table(style)
    if rows:
        blocks.append(Table(header, tuple(rows)))
    else:
        blocks.append(Paragraph("No document is withheld or redacted on a claim of privilege."))
    heads, names = log.named()
    if names:
        blocks += [Heading("Names"), Table(heads, tuple(names))]
    return Paper("Privilege log", tuple(blocks), day, party, court=True, landscape=True)


def as_docx(log: PrivilegeLog, style: Style, matter: str, day: date, party: str = "") -> bytes:
    """Return the log for Word."""
    return paper_docx.as_docx(as_paper(log, style, matter, day, party))


def notes_of(log: PrivilegeLog) -> list[str]:
    """Return what a reader must know to read the log."""
    key = "; ".join(f"{basis.value} = {basis.words}" for basis in Basis)
    notes = [f"Key: {key}. {_LEGEND}"]
    if log.agreed is not None:
        firms = ", ".join(log.agreed.firms) or "litigation counsel"
        notes.append(
            f"Communications with {firms} dated {log.agreed.day.isoformat()} or later are withheld "
            f"and not logged ({log.agreed.agreement}): {len(log.excluded):,} documents."
        )
    return notes
