"""A workbook with redacted cells, built anew from what its cells show.

Nothing of the source file is edited and nothing but values is carried over: no formula, name, note,
picture, chart, pivot, query, link, macro or property, for each of them can hold what a cell no
longer shows. Values are those last computed. Hidden sheets, rows and columns stand like all others.
A cell in a range shows the reason, white on black.

What follows from a redacted cell gives it away: `dependants` names the cells whose formulas rest on
it, however far.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from forthwith.domain.cell_ranges import LAST_COLUMN, LAST_ROW, CellRange, SpanError
from forthwith.domain.documents import Document
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Budget, Fault, FaultReason, Hint, Limits
from forthwith.domain.redactions import Passage, Redaction, Shape
from forthwith.formats.office import ooxml
from forthwith.produce.redacted_text import sign
from forthwith.produce.uncovered import Uncovered

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Characters a cell takes (Excel's own limit).
_LONGEST = 32_767
#: A number that reads back as it was written; any other stays text.
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,10})?")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_WIDEST = 60
#: What stands where a formula has no value stored: no formula goes out.
NOT_COMPUTED = "[not computed]"
_FORMULAS = ("=", "[As ", "[Formula]")
#: Cells of a range beyond what a sheet holds that are still shown black.
_MOST_BLACK = 200_000
#: A day for the properties, so that equal workbooks give equal bytes.
_DAY = datetime(2000, 1, 1, tzinfo=UTC)

#: Title of a sheet, and its rows: number from 1, cells from the first column on.
Grid = tuple[str, Sequence[tuple[int, Sequence[str]]]]


@dataclass(frozen=True, slots=True)
class RebuiltSheets:
    """A workbook as it goes out."""

    #: XLSX.
    data: bytes
    #: The same as text: a title and rows for each sheet, cells parted by tabs.
    text: str
    #: The value of each redacted cell.
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    #: Cells that stand and are computed from redacted ones, as ranges: "Fees!B4".
    resting: tuple[str, ...] = ()


def grids(data: bytes, media_type: str, limits: Limits) -> list[Grid]:
    """Return the sheets of a workbook as their cells show. Raises UnreadableError."""
    return [*ooxml.grids(data, Hint("", media_type, Budget(limits)))]


def rebuilt(
    document: Document, data: bytes, redactions: Sequence[Redaction], limits: Limits
) -> RebuiltSheets | Fault:
    """Return a workbook anew without what is redacted in it, or the Fault that bars it."""
    try:
        sheets = grids(data, document.media_type, limits)
    except UnreadableError as unreadable:
        why = unreadable.fault.detail
        return Fault(
            FaultReason.UNSUPPORTED, f"its cells are redacted and cannot be told apart: {why}"
        )
    try:
        ranges = _ranges(redactions)
    except SpanError as wrong:
        return Fault(FaultReason.DISAGREEMENT, f"its cells are redacted: {wrong}")
    titles = {title.casefold() for title, _ in sheets}
    for cells, _ in ranges:
        if cells.sheet.casefold() not in titles:
            detail = f"cells of a sheet {cells.sheet!r} are redacted, and it has no such sheet"
            return Fault(FaultReason.DISAGREEMENT, detail)
    passages = tuple(_hidden(document, sheets, ranges))
    uncovered = Uncovered(passages)
    names = _names([uncovered.of(title) for title, _ in sheets])
    shown = [(name, _shown(sheet, ranges)) for name, sheet in zip(names, sheets, strict=True)]
    spans = [cells for cells, _ in ranges]
    resting = dependants(data, document.media_type, spans, limits)
    return RebuiltSheets(
        _written(shown), _text(shown), passages, tuple(cell.text for cell in resting)
    )


def _ranges(redactions: Sequence[Redaction]) -> list[tuple[CellRange, Redaction]]:
    """Return the ranges that cover something. Raises SpanError."""
    return [
        (CellRange.read(redaction.span), redaction)
        for redaction in redactions
        if redaction.covers and redaction.shape is Shape.CELLS
    ]


def _over(
    title: str, row: int, column: int, ranges: Sequence[tuple[CellRange, Redaction]]
) -> Redaction | None:
    for cells, redaction in ranges:
        if cells.holds(row, column) and cells.sheet.casefold() == title.casefold():
            return redaction
    return None


def _hidden(
    document: Document, sheets: Sequence[Grid], ranges: Sequence[tuple[CellRange, Redaction]]
) -> Iterator[Passage]:
    control = str(document.control_number)
    for title, rows in sheets:
        for number, cells in rows:
            for column, value in enumerate(cells, 1):
                redaction = _over(title, number, column, ranges)
                if redaction is not None and value.strip():
                    yield Passage(control, redaction.id, redaction.reason, " ".join(value.split()))


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    redacted: bool = False


#: (row, column), both from 1, to what stands there.
_Sheet = Mapping[tuple[int, int], _Cell]


def _shown(sheet: Grid, ranges: Sequence[tuple[CellRange, Redaction]]) -> _Sheet:
    title, rows = sheet
    cells: dict[tuple[int, int], _Cell] = {}
    for number, values in rows:
        for column, value in enumerate(values, 1):
            if value:
                formula = value.startswith(_FORMULAS)
                cells[number, column] = _Cell(NOT_COMPUTED if formula else value)
    last = max((row for row, _ in cells), default=1), max((at for _, at in cells), default=1)
    for area, redaction in ranges:
        if area.sheet.casefold() != title.casefold():
            continue
        black = _Cell(sign(redaction.reason), redacted=True)
        bottom, right = area.bottom, area.right
        if (bottom - area.top + 1) * (right - area.left + 1) > _MOST_BLACK:
            bottom, right = min(bottom, last[0]), min(right, last[1])
        for row in range(area.top, bottom + 1):
            for column in range(area.left, right + 1):
                cells[row, column] = black
    return cells


def _names(titles: Sequence[str]) -> list[str]:
    """Return names that a workbook takes (at most 31 signs, each once), in order."""
    names: list[str] = []
    for place, title in enumerate(titles, 1):
        name = _NOT_IN_NAMES.sub(" ", title).strip().strip("'")[:31] or f"Sheet {place}"
        taken = {other.casefold() for other in names} | {"history"}
        if name.casefold() in taken:
            name = f"{name[:25]} ({place})"
        names.append(name)
    return names or ["Sheet 1"]


def _written(sheets: Sequence[tuple[str, _Sheet]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": _DAY})
    black = book.add_format({"bg_color": "#000000", "font_color": "#FFFFFF"})
    for name, cells in sheets or [("Sheet 1", {})]:
        page = book.add_worksheet(name)
        _fill(page, cells, black)
    book.close()
    return out.getvalue()


def _fill(page: Any, cells: _Sheet, black: Any) -> None:
    widths: dict[int, int] = {}
    for (row, column), cell in sorted(cells.items()):
        # No value is a formula or a link, whatever it begins with.
        if cell.redacted:
            page.write_string(row - 1, column - 1, cell.text, black)
        elif _NUMBER.fullmatch(cell.text):
            page.write_number(row - 1, column - 1, float(cell.text))
        else:
            page.write_string(row - 1, column - 1, cell.text[:_LONGEST])
        widths[column] = max(widths.get(column, 8), min(len(cell.text) + 1, _WIDEST))
    for column, width in widths.items():
        page.set_column(column - 1, column - 1, width)


def _text(sheets: Sequence[tuple[str, _Sheet]]) -> str:
    lines: list[str] = []
    for name, cells in sheets:
        rows: dict[int, dict[int, str]] = {}
        for (row, column), cell in cells.items():
            rows.setdefault(row, {})[column] = cell.text
        lines.append(name)
        lines += ["\t".join(rows[row][at] for at in sorted(rows[row])) for row in sorted(rows)]
    return "\n".join(lines)


# What rests on a redacted cell

_REFERENCE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([A-Za-z_\u0080-\uffff][\w.\u0080-\uffff]*))!)?"
    r"(?:\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?"
    r"|\$?([A-Z]{1,3}):\$?([A-Z]{1,3})|\$?(\d{1,7}):\$?(\d{1,7}))(?![\w(])",
)
_STRING = re.compile(r'"(?:[^"]|"")*"')
_NAME = re.compile(r"(?<![\w.!'])([A-Za-z_\\\u0080-\uffff][\w.\\\u0080-\uffff]*)(?![\w.(!])")
#: Functions whose cells nobody can tell without computing them.
_ANYWHERE = re.compile(r"\b(?:INDIRECT|OFFSET|INDEX|CUBEVALUE|GETPIVOTDATA)\s*\(", re.IGNORECASE)


def dependants(
    data: bytes, media_type: str, spans: Sequence[CellRange], limits: Limits
) -> tuple[CellRange, ...]:
    """Return the cells whose formulas rest on those in `spans`, directly or through others.

    In the order of the workbook, without those in `spans`. A formula that picks its cells while it
    computes (INDIRECT, OFFSET, INDEX) rests on whatever its sheet holds. Raises UnreadableError.
    """
    hint = Hint("", media_type, Budget(limits))
    found = ooxml.formulas(data, hint)
    names = {name.casefold(): tuple(_references(text, "")) for name, text in found.names.items()}
    rests: list[tuple[CellRange, tuple[CellRange, ...]]] = []
    for title, row, column, formula in found.cells:
        cell = CellRange(title, row, column, row, column)
        rests.append((cell, tuple(_all(formula, title, names))))
    tainted: list[CellRange] = list(spans)
    known = {cell for cell, _ in rests if any(_meet(cell, span) for span in spans)}
    added: list[CellRange] = []
    fresh = tainted
    while fresh:
        following = [
            cell
            for cell, on in rests
            if cell not in known and any(_meet(area, other) for area in on for other in fresh)
        ]
        known.update(following)
        added += following
        fresh = following
    order = {cell: place for place, (cell, _) in enumerate(rests)}
    return tuple(sorted(added, key=lambda cell: order[cell]))


def _all(formula: str, title: str, names: Mapping[str, Sequence[CellRange]]) -> Iterator[CellRange]:
    plain = _STRING.sub('""', formula)
    yield from _references(plain, title)
    for name in _NAME.findall(plain):
        yield from names.get(name.casefold(), ())
    if _ANYWHERE.search(plain):
        yield CellRange(title, 1, 1, LAST_ROW, LAST_COLUMN)


def _references(formula: str, title: str) -> Iterator[CellRange]:
    for found in _REFERENCE.finditer(_STRING.sub('""', formula)):
        quoted, plain, left, top, right, bottom, first, last, above, below = found.groups()
        sheet = quoted.replace("''", "'") if quoted else plain or title
        if left:
            area = f"{left}{top}:{right or left}{bottom or top}"
        elif first:
            area = f"{first}:{last}"
        else:
            area = f"{above}:{below}"
        try:
            yield CellRange.read(f"'{sheet.replace(chr(39), chr(39) * 2)}'!{area}")
        except SpanError:
            continue


def _meet(one: CellRange, other: CellRange) -> bool:
    return (
        one.sheet.casefold() == other.sheet.casefold()
        and one.top <= other.bottom
        and other.top <= one.bottom
        and one.left <= other.right
        and other.left <= one.right
    )
