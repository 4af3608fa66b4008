"""Text of a workbook: every sheet with its name, cells as stored, and what is hidden.

Rows are lines, cells apart by tabs. A formula stands as its last computed value, or as itself where
none is stored. Hidden rows stand in place, marked; hidden columns are named at the head of their
sheet. A cell is a date by its number format alone (ECMA-376-1, 18.8.30) and is written in ISO 8601;
serial 60 is the day that never was, 29 February 1900.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES, attribute

_TOKEN = re.compile(
    rf"<(?:(row)(?=[\s/>]){ATTRIBUTES}>|c(?=[\s/>]){ATTRIBUTES}(?<!/)>(.*?)</c\s*>|(/row)\s*>)",
    re.DOTALL,
)
#: The same groups without cells.
_ROW = re.compile(rf"<(?:(row)(?=[\s/>]){ATTRIBUTES}|(?!)()()|(/row)\s*)>")
_VALUE = re.compile(r"<v(?:\s[^<>]*)?>([^<]*)")
_FORMULA = re.compile(rf"<f(?=[\s/>]){ATTRIBUTES}>([^<]*)")
_STYLE = re.compile(r"\ss=[\"'](\d+)")
_TYPE = re.compile(r"\st=[\"'](\w+)")
_COLUMN_MAX = 16_384
_PHONETIC = re.compile(r"<rPh\b.*?</rPh>", re.DOTALL)
_ONE_T = re.compile(r"<t(?:\s[^>]*)?>([^<]*)</t>")
_QUIET = re.compile(r"\"[^\"]*\"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]", re.IGNORECASE)
_DATE = re.compile(r"[dy]|mmm|(?<![hs:\[])\bm+\b(?!:)", re.IGNORECASE)
_TIME = re.compile(r"h|s|\[m", re.IGNORECASE)
# Days have no zone.
_FIRST = datetime(1899, 12, 30)  # noqa: DTZ001
_FIRST_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
_LAST = 2_958_466
#: Letters of a format's code that are looked at; Excel takes 255.
_LONGEST_CODE = 1_000
#: Built-in formats: "d" day, "t" time, "dt" both, "e" elapsed (18.8.30; East Asian 27-36, 50-58).
_BUILT_IN: Mapping[int, str] = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "d"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), "t"),
    22: "dt",
    46: "e",
}


@dataclass(frozen=True, slots=True)
class Styles:
    """What cell styles say of dates: style index to "d", "t", "dt" or ""."""

    dates: Sequence[str] = ()
    since_1904: bool = False


@dataclass(slots=True)
class SheetScan:
    """Scans the sheets of one workbook; hidden rows and columns are counted across them."""

    strings: Sequence[str]
    styles: Styles
    hidden_rows: int = 0
    hidden_columns: int = 0
    #: For each shared string, whether a cell uses it; empty until a sheet is scanned.
    used: bytearray = field(default_factory=bytearray)
    #: Formulas that several cells share, by their number in this sheet: (cell, formula).
    _shared: dict[str, tuple[str, str]] = field(default_factory=dict)
    _formulas: bool = False
    _row: list[str] = field(default_factory=list)

    def text(self, part: bytes, *, formulas: bool = False) -> str:
        """Return one sheet's rows; with every formula where the formulas are what it is for."""
        xml = xmlscan.ready(part)
        self._begin(formulas=formulas)
        # The list of columns stands before the cells; looking further costs and finds nothing.
        head = xml[: xml.find("<sheetData")] if "<sheetData" in xml else xml[:65_536]
        out = self._columns(head)
        hidden = ""
        for match in _tokens(xml):
            is_row, row_tag, cell_tag, inner, _ = match.groups()
            if inner is not None:
                if cell := self._cell(cell_tag, inner):
                    self._row.append(cell)
                continue
            self._end_row(out, hidden)
            hidden = ""
            if is_row and " hidden=" in row_tag and xmlscan.on(row_tag, "hidden"):
                self.hidden_rows += 1
                hidden = attribute(row_tag, "r") or "?"
        self._end_row(out, hidden)
        return "\n".join(out + self._rest(xml))

    def grid(self, part: bytes) -> Iterator[tuple[int, list[str]]]:
        """Yield each row that holds something: its number, and its cells in their columns."""
        number, cells = 0, dict[int, str]()
        self._begin(formulas=False)
        for match in _tokens(xmlscan.ready(part)):
            is_row, row_tag, cell_tag, inner, _ = match.groups()
            if inner is not None:
                place = _column(attribute(cell_tag, "r")) or max(cells, default=0) + 1
                if place <= _COLUMN_MAX and (cell := self._cell(cell_tag, inner)):
                    cells[place] = cell
                continue
            if cells:
                yield number, [cells.get(place, "") for place in range(1, max(cells) + 1)]
                cells = {}
            if is_row:
                number = _number(attribute(row_tag, "r"), number + 1)

    def _begin(self, *, formulas: bool) -> None:
        self._formulas = formulas
        self._shared.clear()
        self.used.extend(bytes(len(self.strings) - len(self.used)))

    def _end_row(self, out: list[str], hidden: str) -> None:
        if self._row:
            line = "\t".join(self._row)
            out.append(mark(f"Hidden row {hidden}", line) if hidden else line)
            self._row.clear()

    def _columns(self, head: str) -> list[str]:
        out = []
        for tag, _ in xmlscan.elements(head, "col"):
            if " hidden=" in tag and xmlscan.on(tag, "hidden"):
                first, last = _number(attribute(tag, "min")), _number(attribute(tag, "max"))
                last = min(max(first, last), _COLUMN_MAX)
                self.hidden_columns += max(0, last - first + 1)
                out.append(f"[Hidden columns: {_letters(first)}-{_letters(last)}]")
        return out

    def _cell(self, tag: str, inner: str) -> str:
        kind = cell_type[1] if (cell_type := _TYPE.search(tag)) else "n"
        formula = self._formula(tag, inner) if "<f" in inner else ""
        if kind == "inlineStr":
            return _words(inner)
        value = _VALUE.search(inner)
        # An empty string is a value; an empty number is none.
        if value is None or (not value[1] and kind == "n"):
            return formula
        text = self._value(tag, kind, value[1])
        return f"{text} {formula}".lstrip() if self._formulas else text

    def _value(self, tag: str, kind: str, stored: str) -> str:
        if kind == "s":
            index = int(stored) if stored.strip().isdecimal() else -1
            if not 0 <= index < len(self.strings):
                return ""
            self.used[index] = 1
            return self.strings[index]
        if kind == "b":
            return "TRUE" if stored == "1" else "FALSE"
        if kind != "n":
            return xmlscan.plain(stored)
        return self._numeric(tag, stored)

    def _formula(self, tag: str, inner: str) -> str:
        """Return a cell's formula, "=" before it; of one it shares, which cell has it."""
        if (found := _FORMULA.search(inner)) is None:
            return ""
        about, words = found.groups()
        key = attribute(about, "si") if "si=" in about else ""
        if words:
            if key:
                self._shared[key] = (attribute(tag, "r"), xmlscan.plain(words))
            return f"={xmlscan.plain(words)}"
        first, shared = self._shared.get(key, ("", ""))
        return f"[As {first}: ={shared}]" if shared else "[Formula]"

    def _numeric(self, tag: str, stored: str) -> str:
        if (style := _STYLE.search(tag)) and (index := int(style[1])) < len(self.styles.dates):
            kind = self.styles.dates[index]
            if kind:
                return _iso_date(stored, kind, since_1904=self.styles.since_1904)
        return shortest(stored)

    @staticmethod
    def _rest(xml: str) -> list[str]:
        """Return what stands after the cells: headers and footers, and what cells are told.

        Codes such as &L and &P of headers are left in.
        """
        start = max(xml.rfind("</sheetData>"), xml.rfind("<sheetData/>"), 0)
        tail = xml[start:]
        names = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
        lines = [text for name in names for text in xmlscan.texts(tail, name) if text.strip()]
        if "dataValidation" in tail:
            lines += validations(tail)
        if "<scenario" in tail:
            lines += _scenarios(tail)
        for tag, _ in xmlscan.elements(tail, "hyperlink") if " tooltip=" in tail else ():
            if tip := attribute(tag, "tooltip"):
                lines.append(mark("Tooltip", tip, where=attribute(tag, "ref")))
        return lines


def formulas(part: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield row and column, from 1, and formula of each cell that has one.

    One that several cells share (ECMA-376-1, 18.3.1.40) is given as each of them reads it.
    """
    shared: dict[str, tuple[int, int, str]] = {}
    for tag, inner in xmlscan.elements(xmlscan.ready(part), "c"):
        if "<f" not in inner or (found := _FORMULA.search(inner)) is None:
            continue
        reference = attribute(tag, "r")
        column, row = _column(reference), _number(reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        about, words = found.groups()
        key = attribute(about, "si") if "si=" in about else ""
        if words:
            text = xmlscan.plain(words)
            if key:
                shared[key] = (row, column, text)
            yield row, column, text
        elif key in shared:
            first_row, first_column, text = shared[key]
            yield row, column, shifted(text, row - first_row, column - first_column)


_RELATIVE = re.compile(r"(\$?)\b([A-Z]{1,3})(\$?)(\d{1,7})\b(?![\w(!])")


def shifted(formula: str, down: int, across: int) -> str:
    """Return a formula as a cell so far below and right of it reads it; "$" holds a place."""

    def moved(found: re.Match[str]) -> str:
        hold_column, letters, hold_row, digits = found.groups()
        column, row = _column(letters), int(digits)
        column = column if hold_column else column + across
        row = row if hold_row else row + down
        return f"{hold_column}{_letters(max(column, 1))}{hold_row}{max(row, 1)}"

    parts = re.split(r"(\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*')", formula)
    return "".join(part if place % 2 else _RELATIVE.sub(moved, part)
                   for place, part in enumerate(parts))  # fmt: skip


def validations(xml: str) -> Iterator[str]:
    """Yield the choices, prompts and errors of data validation (ECMA-376-1, 18.3.1.32)."""
    pairs = xmlscan.elements(xml, "dataValidation") + xmlscan.elements(xml, "x14:dataValidation")
    for tag, inner in pairs:
        about = xmlscan.attributes(tag)
        where = about.get("sqref") or "".join(xmlscan.texts(inner, "xm:sqref"))
        names = ("formula1", "formula2", "xm:f")
        formulas = [text for name in names for text in xmlscan.texts(inner, name)]
        texts = [
            about[key] for key in ("promptTitle", "prompt", "errorTitle", "error") if about.get(key)
        ]
        if about.get("type") in {"list", "custom"} and any(formulas):
            texts.insert(0, ("choices " if about["type"] == "list" else "") + ", ".join(formulas))
        if texts:
            yield mark("Validation", "; ".join(texts), where=where)


def _scenarios(xml: str) -> Iterator[str]:
    """Yield the scenarios of a sheet: values its cells do not show (ECMA-376-1, 18.3.1.76)."""
    for tag, inner in xmlscan.elements(xml, "scenario"):
        cells = [
            f"{attribute(cell, 'r')} = {attribute(cell, 'val')}"
            for cell, _ in xmlscan.elements(inner, "inputCells")
        ]
        texts = [text for text in (attribute(tag, "comment"), *cells) if text]
        what = f"Scenario {attribute(tag, 'name')}"
        yield mark(what, "; ".join(texts), attribute(tag, "user"))


def strings(part: bytes) -> list[str]:
    """Return the shared strings, phonetic guides left out."""
    xml = xmlscan.ready(part)
    return [_words(inner) for _, inner in xmlscan.elements(xml, "si")]


def _tokens(xml: str) -> Iterator[re.Match[str]]:
    """Yield each cell that is closed, and where rows begin and end.

    Behind the last end of a cell there are rows alone: to look for an end from each beginning there
    takes the square of the time.
    """
    end = xmlscan.closed(xml, "c")
    # A row whose tag is open there ends behind it.
    at = 0
    for match in _TOKEN.finditer(xml, 0, end):
        at = match.end()
        yield match
    yield from _ROW.finditer(xml, at)


def _words(inner: str) -> str:
    if (only := _ONE_T.fullmatch(inner)) is not None:
        return xmlscan.plain(only[1])
    if "<rPh" in inner:
        end = xmlscan.closed(inner, "rPh")
        inner = _PHONETIC.sub("", inner[:end]) + inner[end:]
    return "".join(xmlscan.texts(inner, "t"))


def styles(part: bytes, *, since_1904: bool) -> Styles:
    """Return which cell styles show dates."""
    xml = xmlscan.ready(part)
    custom = {
        _number(attribute(tag, "numFmtId")): attribute(tag, "formatCode")
        for tag, _ in xmlscan.elements(xml, "numFmt")
    }
    cells = xmlscan.elements(xml, "cellXfs")
    formats = re.findall(rf"<xf(?=[\s/>]){ATTRIBUTES}>", cells[0][1]) if cells else []
    shapes: dict[int, str] = {}
    dates = []
    for tag in formats:
        format_id = _number(attribute(tag, "numFmtId"))
        dates.append(shapes.setdefault(format_id, _date_shape(format_id, custom)))
    return Styles(tuple(dates), since_1904)


def _date_shape(number: int, custom: Mapping[int, str]) -> str:
    """Return what a format shows: "d", "t", "dt", "e" (elapsed), or "" for a plain number."""
    if number not in custom:
        return _BUILT_IN.get(number, "")
    code = _QUIET.sub("", custom[number].split(";")[0][:_LONGEST_CODE])
    if "general" in code.lower() or re.search(r"[0#?].*[eE][+-]", code):
        return ""
    if re.search(r"\[[hms]+\]", code, re.IGNORECASE):
        return "e"
    return ("d" if _DATE.search(code) else "") + ("t" if _TIME.search(code) else "")


def _iso_date(value: str, kind: str, *, since_1904: bool) -> str:
    """Return a serial as ISO 8601; the value itself when it is no possible day."""
    try:
        serial = float(value)
    except ValueError:
        return value
    if not 0 <= serial < _LAST:
        return value
    if kind == "e" or serial < 1:
        seconds = round(serial * 86_400)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if not since_1904 and serial < 61:
        if serial >= 60:
            return "1900-02-29"
        serial += 1
    moment = (_FIRST_1904 if since_1904 else _FIRST) + timedelta(seconds=round(serial * 86_400))
    if "t" in kind or serial % 1:
        return moment.isoformat()
    return moment.date().isoformat()


def shortest(value: str) -> str:
    """Return a stored number in its shortest form: 0.1, not 0.10000000000000001."""
    if len(value) < 15 and "E" not in value:
        return value
    try:
        amount = float(value)
    except ValueError:
        return value
    if amount.is_integer() and abs(amount) < 1e15:
        return str(int(amount))
    return repr(amount)


def comments(part: bytes, *, threaded: bool) -> list[str]:
    """Return the notes of a sheet; placeholders of threaded ones only where the thread is not."""
    xml = xmlscan.ready(part)
    authors = [xmlscan.plain(inner) for _, inner in xmlscan.elements(xml, "author")]
    marks = []
    for tag, inner in xmlscan.elements(xml, "comment"):
        index = _number(attribute(tag, "authorId"), -1)
        author = authors[index] if 0 <= index < len(authors) else ""
        if not (threaded and author.startswith("tc=")):
            marks.append(mark("Comment", _words(inner), author, where=attribute(tag, "ref")))
    return marks


def persons(part: bytes) -> dict[str, str]:
    """Return display names by person id."""
    tags = xmlscan.elements(xmlscan.ready(part), "person")
    return {attribute(tag, "id"): attribute(tag, "displayName") for tag, _ in tags}


def threaded(part: bytes, people: Mapping[str, str]) -> list[str]:
    """Return threaded comments and their replies in order ([MS-XLSX] 2.6.206)."""
    marks, authors = [], dict[str, str]()
    for tag, inner in xmlscan.elements(xmlscan.ready(part), "threadedComment"):
        author = people.get(attribute(tag, "personId"), "")
        authors[attribute(tag, "id")] = author
        parent = authors.get(attribute(tag, "parentId"))
        what = "Comment" if parent is None else f"Reply to {parent}"
        text = "".join(xmlscan.texts(inner, "text"))
        marks.append(mark(what, text, author, attribute(tag, "dT"), attribute(tag, "ref")))
    return marks


def revisers(headers: bytes) -> dict[str, tuple[str, str]]:
    """Return who saved each revision log and when, by relationship id."""
    tags = xmlscan.elements(xmlscan.ready(headers), "header")
    return {
        attribute(tag, "r:id"): (attribute(tag, "userName"), attribute(tag, "dateTime"))
        for tag, _ in tags
    }


def revisions(log: bytes, author: str, when: str) -> list[str]:
    """Return the changes of one revision log of a shared workbook (ECMA-376-1, 18.11)."""
    xml = xmlscan.ready(log)
    marks = []
    for name in ("rcc", "rrc", "rm", "ris", "rsnm", "rcmt"):
        for tag, inner in xmlscan.elements(xml, name):
            old, new = (
                " ".join(xmlscan.strip(part) for _, part in xmlscan.elements(inner, kind))
                for kind in ("oc", "nc")
            )
            place = re.search(r"\sr=\"([A-Z]+\d+)\"", inner)
            where = place[1] if place else attribute(tag, "ref") or attribute(tag, "sheetId")
            marks.append(mark("Tracked change", f"{old} -> {new}", author, when, where))
    return marks


def _number(text: str, default: int = 0) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else default


def _column(reference: str) -> int:
    """Return the place of a cell's column, from 1: "AB12" is 28; 0 where it has no reference."""
    place = 0
    for sign in reference[:3]:
        if not "A" <= sign <= "Z":
            break
        place = place * 26 + ord(sign) - 64
    return place


def _letters(column: int) -> str:
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
