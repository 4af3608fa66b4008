"""Read a privilege log as served, CSV or XLSX: ours, or one somebody else drew up.

Columns are known by their headings. Those that are not, and odd rows, are named in the notes, never
dropped in silence. What an entry is worth is for `respond` to say.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from forthwith.domain import bates
from forthwith.domain.errors import ForthwithError, UnreadableError
from forthwith.domain.evidence import Hint
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.formats.office import ooxml
from forthwith.formats.ole.objects import OLE_MAGIC
from forthwith.plain import charset, csv_cells, day_order
from forthwith.plain.column_names import folded

#: Field to the headings it goes by; folded: lower case, letters and figures only. "idle" are
#: columns that are known and say nothing that is asked here.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": (
        "logno", "lognumber", "log", "privlogno", "privlognumber", "privilegelogno",
        "privilegelognumber", "privno", "privnumber", "privilegeno", "privilegenumber", "privid",
        "privilegeid", "logid", "privilegelogid", "entry", "entryno", "entrynumber", "no",
        "number", "item", "itemno", "itemnumber", "row", "rowno", "ref", "refno", "reference",
        "referenceno", "tab", "index", "line", "lineno",
    ),
    "pages": (
        "bates", "batesno", "batesnos", "batesnumber", "batesnumbers", "batesrange",
        "batesranges", "begbates", "beginbates", "beginningbates", "beginningbatesnumber",
        "batesbegin", "batesbeg", "batesstart", "startbates", "firstbates", "begdoc", "begdocno",
        "prodbeg", "begprod", "productionbegbates", "productionbates", "productionnumber",
        "productionno", "prodbates", "begno", "control", "controlno", "controlnumber",
        "begcontrol", "begcontrolno", "docid", "documentid", "docno", "documentno",
        "documentnumber", "docnumber", "slipsheetbates", "slipsheet", "slipsheetno", "batesid",
    ),
    "last": (
        "endbates", "endingbates", "endingbatesnumber", "batesend", "lastbates", "enddoc",
        "enddocno", "prodend", "endprod", "endno", "endcontrol",
    ),
    "dated": (
        "date", "docdate", "documentdate", "dateofdocument", "datesent", "sentdate", "sent",
        "datetime", "dateandtime", "daterange", "emaildate", "masterdate", "sortdate",
        "familydate", "datecreated", "created", "creationdate", "datemodified",
        "datelastmodified", "datereceived", "datetimesent", "maildate", "lastmodified",
    ),
    "author": (
        "author", "authors", "from", "sender", "senders", "emailfrom", "originator",
        "preparedby", "writtenby", "writer", "sentby", "emailsender", "authornames", "authorname",
        "sendername", "organizer", "createdby", "emailauthor",
    ),
    "recipients": (
        "to", "recipient", "recipients", "addressee", "addressees", "emailto", "sentto",
        "receivedby", "torecipients", "recipientto", "recipientsto", "torecipient",
        "recipientnames", "allrecipients", "recipientname", "cc", "emailcc", "copyee", "copyees",
        "copied", "copiedto", "ccrecipients", "recipientscc", "ccs", "ccd", "carboncopy", "bcc",
        "emailbcc", "bccs", "bccrecipients", "recipientsbcc", "blindcopy", "participants",
        "otherrecipients", "distribution",
    ),
    "kind": (
        "type", "doctype", "documenttype", "filetype", "recordtype", "kind", "typeofdocument",
        "format", "docformat", "form", "typeofdoc", "recordformat", "documentkind", "fileextension",
    ),
    "basis": (
        "basis", "privilege", "privileges", "privilegetype", "privtype", "typeofprivilege",
        "privilegebasis", "privbasis", "basisofprivilege", "basisforprivilege", "basisforclaim",
        "basisofclaim", "basisforwithholding", "basisforassertion", "privilegeasserted",
        "privilegesasserted", "privilegeclaimed", "privilegesclaimed", "privilegeclaim",
        "claim", "claims", "claimed", "asserted", "ground", "grounds", "protection",
        "protectionclaimed", "reasonwithheld", "reasonforwithholding", "privilegeprotection",
        "privilegeprotectionclaimed", "privilegeprotectionasserted", "privilegestatus",
        "privilegecode", "claimofprivilege", "basisforprivilegeclaim", "privilegeorprotection",
    ),
    "description": (
        "description", "privilegedescription", "privdescription", "documentdescription",
        "docdescription", "descriptionofdocument", "descriptionofcontents", "nature",
        "natureofdocument", "subjectmatter", "generalsubjectmatter", "summary",
        "privilegelogdescription", "logdescription", "descriptionofprivilegedmaterial",
        "descriptionofprivilegedmatter", "descriptionofsubjectmatter", "privilegenarrative",
        "narrative", "descriptionofcommunication", "descriptionofinformationwithheld", "details",
    ),
    "treatment": (
        "treatment", "action", "disposition", "withheldredacted", "redactedwithheld",
        "withheldorredacted", "redactedorwithheld", "withheldproduced", "producedwithheld",
        "withholdredact", "withhold", "withheld", "redacted", "privilegetreatment",
        "productionstatus", "withholdingtype", "withholdtype", "howproduced", "withheldinfull",
        "fullorpartial",
    ),
    "title": (
        "subject", "subjectline", "title", "documenttitle", "filename", "emailsubject",
        "subjectfilename", "subjecttitle", "regarding", "re", "filetitle", "docname",
        "documentname", "doctitle",
    ),
    "family": (
        "family", "familyid", "familyno", "familynumber", "familyrange", "familygroup", "group",
        "groupid", "groupidentifier", "attachmentgroup", "begattach", "begatt", "begfamily",
        "parentid", "parent", "parentlogno", "attachrange", "attachmentrange", "attachmentto",
        "parentchild",
    ),
    "attachments": (
        "attachments", "attachmentcount", "attachcount", "noofattachments",
        "numberofattachments", "attachmentscount",
    ),
    "stands_for": ("lognos", "lognumbers", "privlognos", "entries", "logentries"),
    "idle": (
        "custodian", "custodians", "allcustodians", "source", "pages", "pagecount", "noofpages",
        "numberofpages", "pgcount", "time", "timesent", "confidentiality", "designation",
        "documents", "documentcount", "noofdocuments", "numberofdocuments", "category",
        "categoryno", "categorynumber", "claimedby", "volume", "prodvol", "productionvolume",
        "md5hash", "hash", "sha256",
    ),
}  # fmt: skip
_BY_HEADING = {heading: name for name, headings in HEADINGS.items() for heading in headings}
_SIGNS = {"#": "number", "№": "number"}
_PARTS = re.compile(r"[/&,;()|+]|\band\b|\bor\b", re.IGNORECASE)
#: Fields by which a row is known to be the header of a log, and how many headings make one.
_TELLING = frozenset({"basis", "description", "number", "pages"})
_LEAST_HEADINGS = 3


def fields_of(heading: str) -> tuple[str, ...]:
    """Return what a column says: one field, or several as "Basis / Description"; () if unknown."""
    field = _BY_HEADING.get(folded(heading)) or _SIGNS.get(heading.strip())
    if field is not None:
        return (field,)
    parts = filter(None, map(folded, _PARTS.split(heading)))
    names = [_BY_HEADING.get(part) for part in parts]
    return tuple(dict.fromkeys(name for name in names if name)) if all(names) else ()


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row of cells is the header of a log."""
    names = {name for cell in cells for name in fields_of(cell)}
    return len(names) >= _LEAST_HEADINGS and bool(_TELLING & names)


def columns_of(header: Sequence[str]) -> tuple[dict[str, list[int]], list[str]]:
    """Return places by field, and the headings nobody knows."""
    places: dict[str, list[int]] = {}
    unknown = []
    for place, heading in enumerate(header):
        names = fields_of(heading)
        for name in names:
            places.setdefault(name, []).append(place)
        if heading.strip() and not names:
            unknown.append(heading.strip())
    return places, unknown


#: Lines above the header that are looked through for it: captions, legends, the matter's name.
_ABOVE = 40
_SEPARATORS = (",", ";", "\t", "|")
#: Words by which a cell says that there is nothing.
NOTHING = frozenset(
    {"", "n/a", "na", "none", "no date", "undated", "nil", "null", "-", "–", "—", "[not shown]",
     "unknown", "not available", "n.d.", "no author", "blank"}
)  # fmt: skip
_TIME = re.compile(r"[T ,]+\d{1,2}:\d{2}.*$", re.DOTALL)
_SHORT_YEAR = re.compile(r"(\d{1,2}[-/.]\d{1,2}[-/.])(\d{2})")
#: Cells an entry has besides its number.
_LEAST_CELLS = 2
#: Rows named one by one in a note.
_MOST_NAMED = 3


class UnreadableLogError(ForthwithError):
    """The file is not a privilege log that can be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(
            f"{name} cannot be read as a privilege log: {why}. Give it as CSV or XLSX with one row "
            "of headings (log no., Bates, date, author, recipients, type, basis, description) and "
            "a row for each entry under it."
        )


@dataclass(slots=True)
class _Sheet:
    """One table of the file, its header found."""

    columns: Mapping[str, list[int]]
    rows: list[tuple[int, list[str]]]
    #: Rows above the header or under it that are no entries: number and words.
    odd: list[tuple[int, str]] = field(default_factory=list)
    order: str = ""

    def texts(self, cells: Sequence[str], name: str) -> list[str]:
        """Return what the columns of a field hold in a row."""
        places = self.columns.get(name, ())
        row_cells = (cells[place] if place < len(cells) else "" for place in places)
        return [
            text
            for cell in row_cells
            if (text := csv_cells.as_written(cell.strip())) and text.casefold() not in NOTHING
        ]

    def text(self, cells: Sequence[str], name: str) -> str:
        """Return the first of them; "" where there is none."""
        return next(iter(self.texts(cells, name)), "")


def read(name: str, data: bytes) -> ServedLog:
    """Read a log. Raises UnreadableLogError."""
    entries: list[LogEntry] = []
    columns: set[str] = set()
    notes: list[str] = []
    silent: list[str] = []
    for title, rows in _tables(name, data):
        heads = (at for at, (_, row) in enumerate(rows[:_ABOVE]) if is_header(row))
        header = next(heads, None)
        if header is None:
            silent += [title] if rows else []
            continue
        sheet, unknown = _sheet(rows, header)
        columns |= sheet.columns.keys()
        entries += _entries(sheet, title)
        notes += _unread(name, title, unknown, sheet.odd)
    if not columns:
        raise UnreadableLogError(name, "no row has the headings of a privilege log")
    if silent:
        what, verb = ("sheets", "hold") if len(silent) > 1 else ("sheet", "holds")
        notes.append(f"the {what} {_quoted(silent)} of {name}, which {verb} no entries")
    fields = frozenset(columns - {"idle", "last"})
    return ServedLog(name, fields, tuple(entries), tuple(notes))


def _tables(name: str, data: bytes) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """Return the tables of a file with their titles; a CSV is one without."""
    if data.startswith(b"PK"):
        try:
            return ooxml.grids(data, Hint(name))
        except UnreadableError as wrong:
            raise UnreadableLogError(name, wrong.fault.detail) from wrong
    if data.startswith(OLE_MAGIC):
        raise UnreadableLogError(name, "it is an old or a protected Office file")
    if data.startswith(b"%PDF"):
        raise UnreadableLogError(name, "it is a PDF")
    text = charset.decode(data).text.removeprefix("\ufeff")
    head = "\n".join(text.splitlines()[:_ABOVE])
    reader = csv_cells.reader(
        io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=head.count)
    )
    try:
        return [("", [(at, row) for at, row in enumerate(reader, 1) if any(map(str.strip, row))])]
    except csv.Error as wrong:
        raise UnreadableLogError(name, f"it is not CSV ({wrong})") from wrong


def _sheet(rows: list[tuple[int, list[str]]], header: int) -> tuple[_Sheet, list[str]]:
    places, unknown = columns_of(rows[header][1])
    sheet = _Sheet(places, rows[header + 1 :], [(at, _joined(row)) for at, row in rows[:header]])
    dates = [_day_part(text) for _, row in sheet.rows for text in sheet.texts(row, "dated")]
    try:
        sheet.order = day_order.order_of(dates).order
    except day_order.NoDayError:
        sheet.order = ""
    return sheet, unknown


def _entries(sheet: _Sheet, title: str) -> Iterator[LogEntry]:
    where = f"sheet {title!r}, " if title else ""
    for at, cells in sheet.rows:
        names = [name for name in sheet.columns if name not in ("idle", "number")]
        filled = sum(bool(sheet.text(cells, name)) for name in names)
        if is_header(cells):
            continue
        if filled >= _LEAST_CELLS or (filled and sheet.text(cells, "number")):
            yield _entry(sheet, cells, f"{where}row {at}")
        else:
            sheet.odd.append((at, _joined(cells)))


def _entry(sheet: _Sheet, cells: Sequence[str], place: str) -> LogEntry:
    text = {
        name: sheet.text(cells, name)
        for name in ("number", "family", "kind", "dated", "basis", "treatment", "title")
    }
    count = sheet.text(cells, "attachments")
    return LogEntry(
        place=place,
        pages=_pages(sheet, cells),
        stands_for=tuple(re.findall(r"[^\s,;]+", sheet.text(cells, "stands_for"))),
        day=_day(text["dated"], sheet.order),
        author="; ".join(sheet.texts(cells, "author")),
        recipients=tuple(
            person for cell in sheet.texts(cells, "recipients") for person in people(cell)
        ),
        description="; ".join(sheet.texts(cells, "description")),
        attachments=int(count) if count.isdecimal() and len(count) < 6 else None,
        **text,
    )


def _pages(sheet: _Sheet, cells: Sequence[str]) -> tuple[tuple[bates.Bates, bates.Bates], ...]:
    """Return the runs of pages; a column of its own may hold where the run of the first ends."""
    runs = [run for cell in sheet.texts(cells, "pages") for run in bates.ranges(cell)]
    ends = bates.ranges(sheet.text(cells, "last"))
    if runs and ends and runs[0][0].pages_to(ends[0][1]) is not None:
        runs[0] = (runs[0][0], ends[0][1])
    return tuple(dict.fromkeys(runs))


def people(cell: str) -> list[str]:
    """Return the people of a cell; a comma parts them only where each part is an address."""
    parts = re.split(r";|\n", cell)
    if len(parts) == 1 and cell.count("@") > 1:
        parts = re.split(r"(?<=>)\s*,", cell)
        if len(parts) == 1 and all("@" in part for part in cell.split(",")):
            parts = cell.split(",")
    return [text for part in parts if (text := part.strip())]


def _day(text: str, order: str) -> date | None:
    """Return the day a cell says; courts of this country write the month first."""
    try:
        return day_order.day(_day_part(text), order or day_order.MONTH_FIRST)
    except day_order.NoDayError:
        return None


def _day_part(text: str) -> str:
    part = _TIME.sub("", text.strip())
    return _SHORT_YEAR.sub(r"\g<1>20\2", part) if _SHORT_YEAR.fullmatch(part) else part


def _unread(
    name: str, title: str, unknown: Sequence[str], odd: Sequence[tuple[int, str]]
) -> Iterator[str]:
    of = f"{name} (sheet {title!r})" if title else name
    if unknown:
        what, verb = ("columns", "are") if len(unknown) > 1 else ("column", "is")
        yield f"the {what} {_quoted(unknown)} of {of}, which {verb} not recognised"
    if odd:
        examples = ", ".join(f"row {at}: “{words}”" for at, words in odd[:_MOST_NAMED])
        more = f", and {len(odd) - _MOST_NAMED:,} more" if len(odd) > _MOST_NAMED else ""
        yield f"rows of {of} that are not entries ({examples}{more})"


def _joined(cells: Sequence[str]) -> str:
    text = " | ".join(" ".join(cell.split()) for cell in cells if cell.strip())
    return text if len(text) <= 80 else f"{text[:79]}…"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name[:60]}”" for name in names)
