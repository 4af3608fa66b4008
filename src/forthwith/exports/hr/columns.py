"""Read an HR export in CSV into records: one row of one person, its days found.

A workbook comes here as the CSV of each of its sheets, dates in ISO 8601. Above the header a report
may say its title: the header is the first row that heads an id and two more columns known here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from forthwith.domain.fact_tables import RowFault
from forthwith.plain import charset, csv_cells, day_order
from forthwith.plain.column_names import columns

_SEPARATORS = (",", ";", "\t", "|")
_DATES = ("start", "original", "end", "contract_end", "last_worked", "effective", "until")
#: Days of leaving, each in a column of its own; the first counts for who employs and pays.
ENDS = ("end", "contract_end", "last_worked")
#: Words by which a sheet says that there is none; an empty cell says nothing.
NONE = frozenset({"none", "n/a", "na", "-", "–", "—", "nil", "null"})
_YES = frozenset({"yes", "true", "1", "y", "ja", "x"})
_THERE = re.compile(r"^(active|aktiv|yes|true|1|y|employed|current)$")
_NO = frozenset({"no", "false", "0", "n", "nein"})
#: What a status says of somebody who is no longer there, in the words of the systems.
_GONE = re.compile(
    r"\b(terminated|inactive|not active|left|leaver|separated|former|exited|resigned|dismissed"
    r"|retired|deceased|offboarded|ausgeschieden|inaktiv|gekündigt)\b"
)
#: What a type of worker says of somebody who may be another company's.
_CONTRACTOR = re.compile(
    r"contract(or|ed|ing)\b|contract (worker|staff|employee)|^contract$|contingent|consultant"
    r"|freelanc|\bagency\b|\bexternal\b|\bextern\b|vendor|outsourc|independent|1099|secondee"
    r"|leiharbeit|dienstleister|temporary worker"
)
_MOST_FAULTS = 50
#: How a report ends below its rows: with a count, its date, its maker, a warning.
_FOOTER = re.compile(
    r"((grand |sub)?totals?|summe|gesamt|anzahl|count|record count|number of \w+)( *[:=]|$)"
    r"|(report|bericht|generated|exported|printed|run|created|erstellt|as of|page|seite)\b.*\d"
    r"|\d[\d,.]* (rows?|records?|employees?|workers?|results?|zeilen|datensätze|mitarbeiter)\b"
    r"|(end of (report|file)|ende des berichts|confidential|vertraulich|internal use|copyright|©)",
    re.IGNORECASE,
)
#: Rows above the header of a report that are looked at: its title, its filters, a blank.
_ABOVE = 20
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: texts as written, days read; None: the cell is empty, or means "no end"."""

    line: int
    id: str
    name: str
    #: Other names of the person, without the one above.
    names: tuple[str, ...]
    #: What the system itself counts the person by; managers may be named by it.
    keys: tuple[str, ...]
    employer: str
    payer: str
    #: The company that lends the person out; "" where the row names none.
    agency: str
    #: The row says that the person is, or may be, no employee of `employer`.
    contractor: bool
    #: Type of worker as written.
    type: str
    #: The row says that the person is no longer there, or that the person still is.
    gone: bool
    active: bool
    managers: tuple[str, ...]
    countries: tuple[str, ...]
    region: str
    offices: tuple[str, ...]
    cities: tuple[str, ...]
    residences: tuple[str, ...]
    emails: tuple[str, ...]
    home_emails: tuple[str, ...]
    logins: tuple[str, ...]
    cost_centre: str
    start: date | None
    original: date | None
    #: Last days by the field that tells them, themselves included; as the row writes them.
    ends: Mapping[str, date]
    #: The latest of all last days the row gives.
    late: date | None
    effective: date | None
    #: Last day of this row as the export writes it.
    until: date | None

    @property
    def end(self) -> date | None:
        """Return the last day of employment: of the end, the contract's end, the last day worked.

        The first that the row gives counts: the end of employment before the planned one.
        """
        return next((self.ends[name] for name in ENDS if name in self.ends), None)

    @property
    def places(self) -> bool:
        """Tell whether the row says anything of where the person sits."""
        return bool(self.countries or self.offices or self.cities or self.residences)


@dataclass(slots=True)
class Sheet:
    """A whole export, and what was seen on the way."""

    file: str
    records: list[Record] = field(default_factory=list)
    fields: dict[str, list[int]] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    #: No row of it is a header of people.
    headless: bool = False

    def fault(self, line: int, what: str, do: str) -> None:
        """Keep one fault; past some fifty the rest say the same."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(RowFault(self.file, line, what, do))


def read(data: bytes, file: str, order: str = "") -> Sheet:
    """Read the bytes of one export; `order` is how days like 03/04/2023 are meant, or ""."""
    sheet = Sheet(file)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        sheet.fault(0, "it is an Office file that cannot be opened", "Save it as XLSX or CSV")
        return sheet
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
        sheet.headless = not sheet.faults
        sheet.fault(
            0, "the file has no header with rows under it", "Export it as CSV with a header"
        )
        return sheet
    rows = _to_footer(sheet, _from_header(sheet, rows))
    _header(sheet, *rows[0])
    if not sheet.faults:
        _records(sheet, rows, order)
    return sheet


def _rows(sheet: Sheet, text: str) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of every row that is not blank."""
    head = [line for line in text.splitlines() if line.strip()][:_ABOVE]
    widest = max(head, key=lambda line: max(map(line.count, _SEPARATORS)), default="")
    first = head[0] if head and max(map(head[0].count, _SEPARATORS)) > 1 else widest
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


def _from_header(sheet: Sheet, rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Leave out what a report says above its header, and say so."""
    for place, (_, cells) in enumerate(rows[:_ABOVE]):
        known = columns(cells)[0]
        if len(known) > 2 and {"id", "key"} & known.keys():
            for line, above in rows[:place]:
                said = " ".join(filter(None, above))
                sheet.unread.append(f"{sheet.file}:{line}: above the header: {said[:60]!r}")
            return rows[place:]
    sheet.headless = not columns(rows[0][1])[0].keys() & {"id", "key", "name", "first", "last"}
    return rows


def _to_footer(sheet: Sheet, rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Leave out what a report says below its last row, and say so.

    That is a line of few words in one cell that no person is called, perhaps with a number.
    """
    while len(rows) > 1:
        line, cells = rows[-1]
        said = [cell for cell in cells if cell]
        counted = len(said) == 2 and said[1].replace(",", "").isdecimal()
        if not _FOOTER.match(said[0]) or not (len(said) == 1 or counted):
            break
        sheet.unread.append(f"{sheet.file}:{line}: below the rows: {' '.join(said)[:60]!r}")
        rows = rows[:-1]
    return rows


def _header(sheet: Sheet, line: int, header: Sequence[str]) -> None:
    sheet.fields, unknown, doubled = columns(header)
    sheet.unread += [f"{sheet.file}: column {heading[:60]!r}" for heading in unknown if heading]
    have = sheet.fields
    if "id" not in have and "key" in have:
        have["id"] = [have["key"].pop(0)]
    for name in doubled:
        what = f"two columns are headed as {name}"
        sheet.fault(line, what, "Take one away, or give it a heading that is not known here")
    if "name" not in have and not {"first", "last"} & have.keys():
        sheet.fault(line, "no column holds names", "Head it 'Legal Name'")
    for name, heading in (("id", "Employee ID"), ("employer", "Legal employer")):
        if name not in have:
            sheet.fault(line, f"no column holds the {name}", f"Head it {heading!r}")
    if not {"start", "effective"} & have.keys():
        do = "Head the column of first days 'Hire date', or 'Effective from' for a job history"
        sheet.fault(line, "no column holds the first day", do)


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
) -> dict[int, str]:
    """Find for each column of days in which order it writes them, and say what proved it."""
    orders = {}
    for name in _DATES:
        for place in sheet.fields.get(name, ()):
            try:
                column_order = day_order.order_of((cells[place] for _, cells in body), order)
            except day_order.NoDayError as wrong:
                sheet.fault(1, f"column {header[place]!r}: {wrong}", "Export days as 2023-06-17")
                continue
            orders[place] = column_order.order
            if column_order.proof:
                sheet.notes.append(
                    f"Column {header[place]!r} is {column_order.order}: {column_order.proof!r} can "
                    "be read in no other way."
                )
    return orders


def _record(sheet: Sheet, line: int, cells: Sequence[str], orders: Mapping[int, str]) -> None:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(cells[place] for place in sheet.fields.get(name, ()) if cells[place])

    def given(name: str) -> tuple[str, ...]:
        return tuple(text for text in texts(name) if text.lower() not in NONE)

    def cell(name: str) -> str:
        return " ".join(texts(name))

    days: dict[str, date | None] = {}
    late: list[date] = []
    for name in _DATES:
        read_days = [
            _day(sheet, line, cells[place], orders.get(place, ""))
            for place in sheet.fields.get(name, ())
        ]
        # Of two ends of employment the earlier one is sure; the later one is in `late`.
        days[name] = min(filter(None, read_days), default=None)
        late += filter(None, read_days if name in ENDS else ())
    names = [" ".join(filter(None, (cell("first"), cell("last"))))]
    if cell("preferred"):
        names.append(" ".join(filter(None, (cell("preferred"), cell("last")))))
    names = list(dict.fromkeys(filter(None, (*given("name"), *names))))
    if not cell("id") or not names:
        sheet.fault(
            line, "the row names nobody: id or name is empty", "Write both, or take it away"
        )
        return
    if not days["effective"] and not days["start"]:
        sheet.fault(line, "the row has no first day", "Write the hire date, or the effective date")
        return
    ends = {name: end for name in ENDS if (end := days[name])}
    if days["start"] and any(end < days["start"] for end in ends.values()):
        sheet.fault(line, "the last day is before the first", "Mend the one that is wrong")
    if days["effective"] and days["until"] and days["until"] < days["effective"]:
        sheet.fault(line, "the row ends before it begins", "Mend the one that is wrong")
    kind = cell("type")
    agency = " ".join(given("agency"))
    statuses = [text.lower() for text in texts("status")]
    sheet.records.append(
        Record(
            line=line,
            id=cell("id"),
            name=names[0],
            names=tuple(names[1:]),
            keys=given("key"),
            employer=cell("employer"),
            payer=cell("payer"),
            agency=agency,
            contractor=bool(agency)
            or cell("contractor").lower() in _YES
            or any(map(_CONTRACTOR.search, (kind.lower(), *statuses))),
            type=kind or cell("status"),
            gone=any(text in _NO or _GONE.search(text) for text in statuses),
            active=any(map(_THERE.search, statuses)),
            managers=texts("manager"),
            countries=texts("country"),
            region=" ".join(given("region")),
            offices=texts("location"),
            cities=texts("city"),
            residences=texts("residence"),
            emails=texts("email"),
            home_emails=given("home_email"),
            logins=given("login"),
            cost_centre=" ".join(given("cost_centre")),
            start=days["start"],
            original=days["original"],
            ends=ends,
            late=max(late, default=None),
            effective=days["effective"],
            until=days["until"],
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
