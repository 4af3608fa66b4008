"""Read an HR export in CSV into records: one row of one person, its days found."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from forthwith.domain.fact_tables import RowFault
from forthwith.plain import charset, csv_cells, day_order
from forthwith.plain.column_names import HEADINGS, columns

_SEPARATORS = (",", ";", "\t", "|")
_DATES = ("start", "end", "effective", "until")
#: Words by which a sheet says that there is none; an empty cell says nothing.
NONE = frozenset({"none", "n/a", "na", "-", "–", "—", "nil", "null"})
_MOST_FAULTS = 50
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: texts as written, days read; None: the cell is empty, or means "no end"."""

    line: int
    id: str
    name: str
    employer: str
    payer: str
    managers: tuple[str, ...]
    locations: tuple[str, ...]
    emails: tuple[str, ...]
    start: date | None
    #: Last day of employment, itself included.
    end: date | None
    effective: date | None
    #: Last day of this row as the export writes it.
    until: date | None


@dataclass(slots=True)
class Sheet:
    """A whole export, and what was seen on the way."""

    file: str
    records: list[Record] = field(default_factory=list)
    fields: dict[str, list[int]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def fault(self, line: int, what: str, do: str) -> None:
        """Keep one fault; past some fifty the rest say the same."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(RowFault(self.file, line, what, do))


def read(data: bytes, file: str, order: str = "") -> Sheet:
    """Read the bytes of one export; `order` is how days like 03/04/2023 are meant, or ""."""
    sheet = Sheet(file)
    decoded = charset.decode(data)
    if decoded.undecodable:
        sheet.fault(0, "the file is no text in any encoding", "Save it as CSV UTF-8")
        return sheet
    if "\0" in decoded.text:
        line = decoded.text.count("\n", 0, decoded.text.index("\0")) + 1
        sheet.fault(line, "a zero byte stands here, which no text has", "Export it again as CSV")
        return sheet
    if decoded.origin in ("guess", "default"):
        sheet.notes.append(f"{file} was read as {decoded.charset}, a guess: check the names.")
    rows = _rows(sheet, decoded.text.removeprefix("\ufeff"))
    if len(rows) < 2:
        sheet.fault(
            0, "the file has no header with rows under it", "Export it as CSV with a header"
        )
        return sheet
    _header(sheet, rows[0][1])
    if not sheet.faults:
        _records(sheet, rows, order)
    return sheet


def _rows(sheet: Sheet, text: str) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of every row that is not blank."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv_cells.reader(
        io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count), strict=True
    )
    rows = []
    began = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in csv_cells.bounded(cells)):
                rows.append((began, [cell.strip() for cell in cells]))
            began = reader.line_num + 1
    except csv.Error as wrong:
        sheet.fault(began, f"the row is not CSV: {wrong}", "Export it again")
    return rows


def _header(sheet: Sheet, header: Sequence[str]) -> None:
    sheet.fields, unknown, doubled = columns(header)
    sheet.unread += [f"{sheet.file}: column {heading[:60]!r}" for heading in unknown]
    for name in doubled:
        what = f"two columns are headed as {name}"
        sheet.fault(1, what, "Take one away, or give it a heading that is not known here")
    have = sheet.fields
    if "name" not in have and not {"first", "last"} & have.keys():
        sheet.fault(1, "no column holds names", f"Head it {HEADINGS['name'][2]!r}")
    for name, heading in (("id", "Employee ID"), ("employer", "Legal employer")):
        if name not in have:
            sheet.fault(1, f"no column holds the {name}", f"Head it {heading!r}")
    if not {"start", "effective"} & have.keys():
        do = "Head the column of first days 'Hire date', or 'Effective from' for a job history"
        sheet.fault(1, "no column holds the first day", do)


def _records(sheet: Sheet, rows: Sequence[tuple[int, list[str]]], order: str) -> None:
    width = len(rows[0][1])
    body = []
    for line, cells in rows[1:]:
        if len(cells) != width:
            what = f"the row has {len(cells)} cells and the header {width}"
            sheet.fault(line, what, "Put cells that hold a separator in quotes")
        else:
            body.append((line, cells))
    orders = _orders(sheet, rows[0][1], body, order)
    for line, cells in body:
        _record(sheet, line, cells, orders)


def _orders(
    sheet: Sheet, header: Sequence[str], body: Sequence[tuple[int, list[str]]], order: str
) -> dict[str, str]:
    """Find for each column of days in which order it writes them, and say what proved it."""
    orders = {}
    for name in _DATES:
        for place in sheet.fields.get(name, ()):
            try:
                column_order = day_order.order_of((cells[place] for _, cells in body), order)
            except day_order.NoDayError as wrong:
                sheet.fault(1, f"column {header[place]!r}: {wrong}", "Export days as 2023-06-17")
                continue
            orders[name] = column_order.order
            if column_order.proof:
                sheet.notes.append(
                    f"Column {header[place]!r} is {column_order.order}: {column_order.proof!r} can "
                    "be read in no other way."
                )
    return orders


def _record(sheet: Sheet, line: int, cells: Sequence[str], orders: Mapping[str, str]) -> None:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(cells[place] for place in sheet.fields.get(name, ()) if cells[place])

    def cell(name: str) -> str:
        return " ".join(texts(name))

    days = {name: _day(sheet, line, cell(name), orders.get(name, "")) for name in _DATES}
    name = cell("name") or " ".join(filter(None, (cell("first"), cell("last"))))
    if not cell("id") or not name:
        sheet.fault(
            line, "the row names nobody: id or name is empty", "Write both, or take it away"
        )
        return
    if not days["effective"] and not days["start"]:
        sheet.fault(line, "the row has no first day", "Write the hire date, or the effective date")
        return
    if days["start"] and days["end"] and days["end"] < days["start"]:
        sheet.fault(line, "the last day is before the first", "Mend the one that is wrong")
    if days["effective"] and days["until"] and days["until"] < days["effective"]:
        sheet.fault(line, "the row ends before it begins", "Mend the one that is wrong")
    sheet.records.append(
        Record(
            line,
            cell("id"),
            name,
            cell("employer"),
            cell("payer"),
            texts("manager"),
            texts("location"),
            texts("email"),
            days["start"],
            days["end"],
            days["effective"],
            days["until"],
        )
    )


def _day(sheet: Sheet, line: int, text: str, order: str) -> date | None:
    if not text or text.lower() in NONE:
        return None
    try:
        return day_order.day(text, order)
    except day_order.NoDayError as wrong:
        do = "Write it as 2023-06-17"
        if "two days" in str(wrong):
            do = "Say --days day-first or --days month-first, or write it as 2023-06-17"
        sheet.fault(line, str(wrong), do)
        return None
