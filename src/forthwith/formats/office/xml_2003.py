"""Read the XML files of Word 2003 and Excel 2003, and packages written as one XML file.

WordprocessingML of 2003 and SpreadsheetML (Microsoft Office 2003 XML Reference Schemas) hold all of
a document in one file. The words of Word are scanned as those of a package are, its annotations
turned into the tracked changes and comments they became in 2007. Flat packages are `ooxml`'s.
"""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterator
from functools import partial

import olefile

from forthwith.domain import fields
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, field, iso, mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES, attribute
from forthwith.formats.office.ooxml_sheet import shortest
from forthwith.formats.office.ooxml_word import Comment, WordScan
from forthwith.formats.ole import objects as ole_objects

WORD, EXCEL = "application/vnd.ms-wordml", "application/vnd.ms-spreadsheetml"
MEDIA_TYPES = frozenset({WORD, EXCEL})
_PROPERTIES = {
    "Author": fields.AUTHOR, "LastAuthor": fields.LAST_AUTHOR, "Created": fields.CREATED,
    "LastSaved": fields.MODIFIED, "LastPrinted": fields.PRINTED, "Title": fields.TITLE,
    "Subject": fields.SUBJECT, "Keywords": fields.KEYWORDS, "Category": fields.CATEGORY,
    "Description": fields.DESCRIPTION, "Company": fields.COMPANY, "Manager": fields.MANAGER,
    "Pages": fields.PAGES, "Revision": fields.REVISION, "Template": fields.TEMPLATE,
}  # fmt: skip
_ANNOTATION = re.compile(rf"<(/?)aml:annotation(?=[\s/>]){ATTRIBUTES}>")
_CHANGES = {"Word.Insertion": "w:ins", "Word.Deletion": "w:del"}
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".emf", ".wmf", ".emz", ".wmz", ".pcz")
#: Where the stream begins in a file of kind ActiveMime, which wraps embedded objects.
_ACTIVE_MIME = 0x32
#: Most bytes one block of binary data may expand to.
_MOST = 2**29
_SHEET_STATES = {"SheetHidden": "Hidden sheet", "SheetVeryHidden": "Very hidden sheet"}
_TAG = re.compile(rf"<(Row|Column|Cell)(?=[\s/>]){ATTRIBUTES}>")


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one file. Raises UnreadableError past `limits.item_bytes`."""
    xml = xmlscan.ready(whole(source, hint))
    reading = _workbook(xml) if "<Workbook" in xml[:8192] else _document(xml)
    return Reading(
        Kind.EDOC,
        hint.media_type or reading.media_type,
        text=reading.text,
        text_method=TextMethod.EXTRACTED,
        fields=(*_properties(xml), *reading.fields),
        faults=(*reading.faults, *_cut(xml)),
        children=reading.children,
        declared=reading.declared,
    )


def _cut(xml: str) -> tuple[Fault, ...]:
    """Say so when the file does not end with the end of its root."""
    if re.search(r"</(?:w:wordDocument|Workbook)>\s*\Z", xml):
        return ()
    return (Fault(FaultReason.TRUNCATED, "the file is cut before its end; read as far as it goes"),)


def _properties(xml: str) -> Iterator[FieldValue]:
    for _, inner in _either(xml, "DocumentProperties"):
        for tag, name in _PROPERTIES.items():
            found = xmlscan.texts(inner, f"o:{tag}") or xmlscan.texts(inner, tag)
            value = "".join(found[:1])
            if name in fields.INSTANTS:
                value = iso(value)
            several = [v.strip() for v in value.replace(";", ",").split(",")]
            yield from field(name, several if name in fields.MULTI else value, f"xml:o:{tag}")


def _either(xml: str, name: str) -> list[tuple[str, str]]:
    """Return elements of the office namespace, which Word writes with a prefix, Excel without."""
    return xmlscan.elements(xml, f"o:{name}") or xmlscan.elements(xml, name)


def _custom(xml: str) -> Iterator[str]:
    for _, inner in _either(xml, "CustomDocumentProperties"):
        for name, value in re.findall(r"<(?:o:)?([\w.-]+)[^<>]*>([^<]*)</", inner):
            yield mark(f"Custom property {name}", xmlscan.plain(value))


def _document(xml: str) -> Reading:
    body, comments = _without_annotations(xml[max(0, xml.find("<w:body")) :])
    scan = WordScan(comments)
    text = scan.text(body.encode("utf-8", "replace"))
    marks = [
        mark(f"Document variable {attribute(tag, 'w:name')}", attribute(tag, "w:val"))
        for tag, _ in xmlscan.elements(xml, "w:docVar")
    ]
    links = [attribute(tag, "w:dest") for tag, _ in xmlscan.elements(xml, "w:hlink")]
    objects = _objects(xml)
    return Reading(
        Kind.EDOC,
        WORD,
        text="\n".join(filter(None, (text, *scan.unplaced(), *marks, *_custom(xml)))),
        fields=(
            *count(fields.TRACKED_CHANGES, scan.tracked, "wordml:aml:annotation"),
            *count(fields.COMMENTS, len(comments), "wordml:aml:annotation"),
            *count(fields.HIDDEN_TEXT, scan.hidden, "wordml:w:vanish"),
            *field(fields.LINKS, dict.fromkeys((*links, *scan.links)), "wordml:w:hlink"),
            *count(fields.EMBEDDED_OBJECTS, len(objects), "wordml:w:binData"),
        ),
        children=partial(_children, objects) if objects else None,
        declared=len(objects),
    )


def _without_annotations(xml: str) -> tuple[str, dict[str, Comment]]:
    """Return the XML with changes as they are since 2007, and the comments, each where it was."""
    out, at = list[str](), 0
    comments = dict[str, Comment]()
    opened: list[tuple[str, str, int]] = []
    for match in _ANNOTATION.finditer(xml):
        closing, tag = match.groups()
        out.append(xml[at : match.start()])
        at = match.end()
        if not closing and not tag.endswith("/"):
            kind = attribute(tag, "w:type")
            opened.append((kind, tag, len(out)))
            if change := _CHANGES.get(kind):
                tag = tag.replace("aml:author", "w:author").replace("aml:createdate", "w:date")
                out.append(f"<{change}{tag}>")
        elif closing and opened:
            kind, tag, start = opened.pop()
            if change := _CHANGES.get(kind):
                out.append(f"</{change}>")
            elif kind == "Word.Comment":
                words = WordScan().text("".join(out[start:]).encode("utf-8", "replace"))
                del out[start:]
                key = str(len(comments))
                author, when = attribute(tag, "aml:author"), attribute(tag, "aml:createdate")
                comments[key] = Comment(author, when, words)
                out.append(f'<w:commentReference w:id="{key}"/>')
    return "".join(out) + xml[at:], comments


def _objects(xml: str) -> dict[str, tuple[str, bytes]]:
    """Return the files the document carries, its pictures left out, by step."""
    found = dict[str, tuple[str, bytes]]()
    for number, (tag, inner) in enumerate(xmlscan.elements(xml, "w:binData")):
        name = attribute(tag, "w:name").rsplit("/", 1)[-1]
        if name.lower().endswith(_PICTURES):
            continue
        text = re.sub(r"[^A-Za-z0-9+/]", "", inner)
        data = base64.b64decode(text[: len(text) // 4 * 4])
        for place, file in enumerate(_stored(data, name or f"object{number}.bin")):
            found[f"object:{number}.{place}"] = (file.name, file.data)
    return found


def _stored(data: bytes, name: str) -> list[ole_objects.EmbeddedFile]:
    """Return the files of one block of binary data.

    oledata.mso has a stream for each object: its size in four bytes, then its OLE file compressed.
    """
    if data.startswith(b"ActiveMime"):
        data = _inflated(data[_ACTIVE_MIME:])
    if name.lower().endswith(".mso") and data.startswith(ole_objects.OLE_MAGIC):
        try:
            with olefile.OleFileIO(io.BytesIO(data)) as ole:
                streams = {path[0]: ole.openstream(path).read() for path in ole.listdir()}
        except ole_objects.OLE_ERRORS:
            return [ole_objects.EmbeddedFile(name, data)]
        return [ole_objects.unwrap(_inflated(s[4:]), f"{key}.bin") for key, s in streams.items()]
    return [ole_objects.unwrap(data, name)]


def _inflated(data: bytes) -> bytes:
    """Return what is compressed in `data`, as far as it goes; `data` itself where nothing is."""
    try:
        return zlib.decompressobj().decompress(data, _MOST)
    except zlib.error:
        return data


def _children(objects: dict[str, tuple[str, bytes]]) -> Iterator[Child | Fault]:
    for step, (name, data) in objects.items():
        yield Child(step, name, Relation.EMBEDDED, partial(bytes, data))


def _workbook(xml: str) -> Reading:
    sections, hidden = list[str](), list[str]()
    remarks = rows = columns = 0
    for tag, inner in xmlscan.elements(xml, "Worksheet"):
        title = attribute(tag, "Name")
        state = "".join(re.findall(r"<(?:x:)?Visible>(\w+)</", inner)[:1])
        if state in _SHEET_STATES:
            hidden.append(title)
        sections.append(f"[{_SHEET_STATES[state]}: {title}]" if state in _SHEET_STATES else title)
        lines, concealed, absent = _rows(inner)
        sections += lines
        rows, columns = rows + concealed, columns + absent
        notes = list(_notes(inner))
        remarks += len(notes)
        sections += [*notes, *_beside(inner)]
    for tag, _ in xmlscan.elements(xml, "NamedRange"):
        name = attribute(tag, "Name")
        if name not in {"_FilterDatabase", "Print_Area", "Print_Titles"}:
            what = "Hidden defined name" if attribute(tag, "Hidden") == "1" else "Defined name"
            sections.append(mark(f"{what} {name}", attribute(tag, "RefersTo")))
    return Reading(
        Kind.EDOC,
        EXCEL,
        text="\n".join([*filter(None, sections), *_custom(xml)]),
        fields=(
            *field(fields.LINKS, dict.fromkeys(_links(xml)), "spreadsheetml:HRef"),
            *field(fields.HIDDEN_SHEETS, hidden, "spreadsheetml:Visible"),
            *count(fields.COMMENTS, remarks, "spreadsheetml:Comment"),
            *count(fields.HIDDEN_ROWS, rows, "spreadsheetml:Row"),
            *count(fields.HIDDEN_COLUMNS, columns, "spreadsheetml:Column"),
        ),
    )


def _rows(sheet: str) -> tuple[list[str], int, int]:
    """Return the rows of a sheet, and how many rows and columns are hidden."""
    lines, cells = list[str](), list[str]()
    number = rows = columns = 0
    concealed = False

    def end() -> None:
        if cells:
            line = "\t".join(cells)
            lines.append(mark(f"Hidden row {number}", line) if concealed else line)
            cells.clear()

    at = 0
    while (tag := _TAG.search(sheet, at)) is not None:
        kind, about = tag.groups()
        at = tag.end()
        if kind == "Column":
            columns += attribute(about, "Hidden") == "1"
        elif kind == "Row":
            end()
            index = attribute(about, "Index")
            number = int(index) if index.isdecimal() and len(index) < 8 else number + 1
            concealed = attribute(about, "Hidden") == "1"
            rows += concealed
        else:
            close = at if about.endswith("/") else sheet.find("</Cell>", at)
            close = len(sheet) if close < 0 else close
            if words := _cell(about, sheet[at:close]):
                cells.append(words)
            at = close
    end()
    return lines, rows, columns


def _cell(tag: str, inner: str) -> str:
    """Return a cell's value, or its formula where none is stored."""
    # The note of the cell has data of its own.
    before, _, rest = inner.partition("<Comment")
    for about, data in xmlscan.elements(before + rest.rpartition("</Comment>")[2], "Data"):
        words = xmlscan.strip(data)
        if attribute(about, "Type") == "Number":
            return shortest(words)
        if attribute(about, "Type") == "DateTime":
            return words.removesuffix(".000").removesuffix("T00:00:00")
        return words
    return attribute(tag, "Formula")


def _links(xml: str) -> Iterator[str]:
    for double, single in re.findall(r"\sHRef\s*=\s*(?:\"([^\"#][^\"]*)\"|'([^'#][^']*)')", xml):
        yield xmlscan.plain(double or single)


def _notes(sheet: str) -> Iterator[str]:
    for tag, inner in xmlscan.elements(sheet, "Comment"):
        yield mark("Comment", xmlscan.strip(inner), attribute(tag, "Author"))


def _beside(sheet: str) -> Iterator[str]:
    """Yield headers, footers, validation and every other word beside the cells of a sheet."""
    for tag, _ in (*xmlscan.elements(sheet, "Header"), *xmlscan.elements(sheet, "Footer")):
        if words := attribute(tag, "x:Data") or attribute(tag, "Data"):
            yield words
    for _, inner in xmlscan.elements(sheet, "DataValidation"):
        parts = re.findall(r"<(?!Qualifier|Type|UseBlank)(\w+)[^<>]*>([^<]+)<", inner)
        yield mark("Validation", "; ".join(xmlscan.plain(words) for _, words in parts))
    for name in ("PivotCache", "QueryTable", "PivotTable", "Scenario"):
        for _, inner in xmlscan.elements(sheet, name):
            values = re.findall(r"=\"([^\"]*)\"|>([^<]+)", inner)
            words = " ".join(" ".join(xmlscan.plain(a or b) for a, b in values).split())
            if words:
                yield mark(name, words)
