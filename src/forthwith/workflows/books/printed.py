"""A report of the books as a workbook and as a paper, both from its JSON and nothing else.

A spreadsheet keeps 15 digits of a number, so amounts are text, exact to the last unit; beside each
stands a rounded number to add up by eye, and says so. The same report gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import xlsxwriter

from forthwith.books.report.sheets import HEADLINE, Sheet, sheets
from forthwith.papers import pdf as paper_pdf
from forthwith.papers.blocks import Block, Centred, Heading, Paper, Paragraph, Table
from forthwith.plain.csv_cells import as_text

#: Characters a cell takes.
_MOST = 32_000
#: Columns that fit on a sheet of paper; what has more is printed in parts.
_COLUMNS = 10
_PLAIN = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def as_xlsx(report: Mapping[str, Any]) -> bytes:
    """Return the workbook: a sheet for each table, exact amounts as text."""
    out = io.BytesIO()
    day = date.fromisoformat(report["cut"][:10])
    with xlsxwriter.Workbook(out, _PLAIN) as book:
        book.set_properties({"created": datetime.combine(day, time(), UTC).replace(tzinfo=None)})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        exact = book.add_format({"align": "right", "valign": "top"})
        rounded = book.add_format(
            {"align": "right", "valign": "top", "font_color": "#777777", "num_format": "#,##0.00"}
        )
        for sheet in sheets(report):
            _write(book.add_worksheet(sheet.name), sheet, head, text, exact, rounded)
    return out.getvalue()


def _write(page: Any, sheet: Sheet, head: Any, text: Any, exact: Any, rounded: Any) -> None:
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 0)
    column = 0
    for place, name in enumerate(sheet.header):
        cells = [row[place] for row in sheet.rows]
        longest = max(map(len, (name, *cells)))
        page.write_string(0, column, name, head)
        amount = name in sheet.amounts
        page.set_column(column, column, min(max(longest + 2, 10), 44 if not amount else 34))
        for line, cell in enumerate(cells, 1):
            page.write_string(line, column, as_text(cell)[:_MOST] if not amount else cell,
                              exact if amount else text)  # fmt: skip
        column += 1
        if amount:
            page.write_string(0, column, f"{name} (rounded)", head)
            page.set_column(column, column, 16)
            for line, cell in enumerate(cells, 1):
                if cell:
                    # The one float of the whole room: a copy that says of itself that it is none.
                    page.write_number(line, column, float(cell), rounded)
            column += 1


def as_pdf(report: Mapping[str, Any]) -> bytes:
    """Return the paper, on turned sheets."""
    title = f"BOOKS OF {report['exchange'].upper()}" if report["exchange"] else "BOOKS"
    blocks: list[Block] = [
        Centred(title),
        Centred(f"Monthly report, {report['month']}, version {report['version']}"),
        *(Paragraph(sentence) for sentence in report["headline"]),
    ]
    for sheet in sheets(report):
        if sheet.name != HEADLINE:
            blocks += _printed(sheet)
    paper = Paper(
        f"Books, {report['month']}",
        tuple(blocks),
        date.fromisoformat(report["cut"][:10]),
        report["certifier"],
        landscape=True,
    )
    return paper_pdf.as_pdf(paper)


def _printed(sheet: Sheet) -> Iterator[Block]:
    yield Heading(sheet.name)
    if not sheet.rows:
        yield Paragraph("None.")
        return
    for columns in _parts(sheet):
        header = tuple(sheet.header[column] for column in columns)
        rows = tuple(tuple(row[column] for column in columns) for row in sheet.rows)
        right = frozenset(
            place for place, name in enumerate(header) if name in sheet.amounts | sheet.counts
        )
        yield Table(header, rows, right)


def _parts(sheet: Sheet) -> Iterator[Sequence[int]]:
    """Yield the columns of each part; empty ones are left out, and what names a row is repeated."""
    names = 1 if sheet.header[1:2] and sheet.header[1] in sheet.amounts else 2
    used = [
        column
        for column in range(len(sheet.header))
        if column < names or any(row[column] for row in sheet.rows)
    ]
    named, rest = used[:names], used[names:]
    if not rest:
        yield named
    for start in range(0, len(rest), _COLUMNS - names):
        yield [*named, *rest[start : start + _COLUMNS - names]]
