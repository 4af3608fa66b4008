"""Text of a workbook as a whole: its sheets, then everything that lies beside their cells.

The rest is data a reader of the sheets never sees (ECMA-376-1, 18): records that pivot tables were
made from, whether or not their sheet is still there; cells kept of other workbooks; defined names;
where data comes from; queries; changes of shared workbooks; strings no cell uses any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.bytes import values, xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES, attribute
from forthwith.formats.office import drawing, ooxml_sheet, opc
from forthwith.formats.office.content import Content
from forthwith.formats.office.zip_package import Link, Package

_MACRO_SHEETS = frozenset({"xlMacrosheet", "xlIntlMacrosheet"})
_SHEETS = _MACRO_SHEETS | {"worksheet", "chartsheet", "dialogsheet"}
_SHEET_STATES = {"hidden": "Hidden sheet", "veryHidden": "Very hidden sheet"}
#: Attributes of a connection that say where data comes from and what is asked of it (18.13).
_CONNECTION = re.compile(
    r"\s(?:description|connection|command|serverCommand|localConnection|url|post|sourceFile|odcFile"
    r"|commandText|text)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
#: One value of a pivot cache (18.10.1): string, number, date, boolean, error, blank, or its place
#: among the shared items of its field.
_ITEM = re.compile(rf"<([sndbemx])(?=[\s/>]){ATTRIBUTES}>")
_ITEM_VALUE = re.compile(r"\sv\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
#: Names Excel keeps for itself without asking.
_OWN_NAMES = re.compile(r"_xlnm\.(?:_FilterDatabase|Print_Area|Print_Titles)|_xl(?:fn|pm|ws|udf)\.")
_CAPTIONS = re.compile(r"\s(?:caption|val)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def read(package: Package, main: str, content: Content) -> None:
    """Add everything one workbook says to `content`."""
    links = opc.links_of(package, main)
    by_id = {link.identity: link for link in links}
    book = xmlscan.ready(package.part(main))
    scan = sheet_scan(package, links, book)
    people: dict[str, str] = {}
    for name in opc.targets(links, "person"):
        people |= ooxml_sheet.persons(package.part(name))
    hidden, remarks, absent = [], 0, []
    for tag, _ in xmlscan.elements(book, "sheet"):
        title, state = attribute(tag, "name"), attribute(tag, "state")
        if state in _SHEET_STATES:
            hidden.append(title)
        content.say(f"[{_SHEET_STATES[state]}: {title}]" if state in _SHEET_STATES else title)
        link = by_id.get(attribute(tag, "r:id"))
        if link is None or not package.has(link.target):
            absent.append(title)
            continue
        remarks += _sheet(package, link, scan, people, content)
    for link in links:
        unlisted = link.kind in _SHEETS and link.target.lower() not in package.opened
        if unlisted and package.has(link.target):
            content.say(f"[Sheet that the workbook does not list: {link.target}]")
            remarks += _sheet(package, link, scan, people, content)
    if absent:
        detail = f"the workbook lists sheets whose parts are not in the file: {', '.join(absent)}"
        package.faults.append(Fault(FaultReason.MISSING, detail))
    content.say(*_unused(scan))
    content.fields += values.field(fields.HIDDEN_SHEETS, hidden, "ooxml:workbook.xml")
    content.count(fields.COMMENTS, remarks, "ooxml:comments")
    content.count(fields.HIDDEN_ROWS, scan.hidden_rows, "ooxml:row/@hidden")
    content.count(fields.HIDDEN_COLUMNS, scan.hidden_columns, "ooxml:col/@hidden")
    content.say(*_names(book))
    content.say(*_external_cells(package), *_pivot_caches(package))
    content.say(*_connections(package, links))
    _changes(package, links, content)
    _data_model(package)


def sheet_scan(package: Package, links: list[Link], book: str) -> ooxml_sheet.SheetScan:
    """Return a scan that knows the workbook's shared strings, styles and calendar."""
    tags = xmlscan.elements(book, "workbookPr")
    since_1904 = bool(tags) and attribute(tags[0][0], "date1904").lower() in {"1", "true"}
    styles = "".join(opc.targets(links, "styles")[:1])
    shared = "".join(opc.targets(links, "sharedStrings")[:1])
    return ooxml_sheet.SheetScan(
        ooxml_sheet.strings(package.part(shared)),
        ooxml_sheet.styles(package.part(styles), since_1904=since_1904),
    )


def _sheet(
    package: Package,
    link: Link,
    scan: ooxml_sheet.SheetScan,
    people: dict[str, str],
    content: Content,
) -> int:
    """Add one sheet; return how many comments it has. Of macro sheets the formulas matter."""
    content.say(scan.text(package.part(link.target), formulas=link.kind in _MACRO_SHEETS))
    return _beside_sheet(package, link.target, people, content)


def _beside_sheet(package: Package, sheet: str, people: dict[str, str], content: Content) -> int:
    """Add what a sheet's own relationships lead to; return how many comments there were."""
    links = opc.links_of(package, sheet)
    threads = opc.targets(links, "threadedComment")
    remarks = []
    for name in opc.targets(links, "comments"):
        remarks += ooxml_sheet.comments(package.part(name), threaded=bool(threads))
    for name in threads:
        remarks += ooxml_sheet.threaded(package.part(name), people)
    content.say(*remarks)
    for name in opc.targets(links, "drawing", "chartsheet"):
        xml = xmlscan.ready(package.part(name))
        content.say(drawing.drawing_text(xml), *drawing.descriptions(xml))
        content.say(opc.graphics(package, opc.links_of(package, name)))
    for name in opc.targets(links, "vmlDrawing"):
        content.say(*drawing.vml_words(xmlscan.ready(package.part(name))))
    for name in opc.targets(links, "ctrlProp", "slicer", "timeline"):
        found = _CAPTIONS.findall(xmlscan.ready(package.part(name)))
        words = [xmlscan.plain(a or b) for a, b in found]
        if any(word.strip() for word in words):
            content.say(mark("Choices of a control", "; ".join(words)))
    return len(remarks)


def _unused(scan: ooxml_sheet.SheetScan) -> Iterator[str]:
    """Yield the shared strings no cell uses: words of cells that were deleted."""
    if scan.used and (words := [w for w, used in zip(scan.strings, scan.used) if w and not used]):
        yield mark("Strings no cell uses", "\n".join(words))


def _names(book: str) -> Iterator[str]:
    """Yield defined names with what they stand for; those for Excel's own use are left out."""
    for tag, inner in xmlscan.elements(book, "definedName"):
        name = attribute(tag, "name")
        if not _OWN_NAMES.match(name):
            hides = "hidden" in tag and xmlscan.on(tag, "hidden")
            what = "Hidden defined name" if hides else "Defined name"
            said = (xmlscan.plain(inner), attribute(tag, "comment"), attribute(tag, "description"))
            yield mark(f"{what} {name}", "; ".join(filter(None, said)))


def _external_cells(package: Package) -> Iterator[str]:
    """Yield what is kept of other workbooks: sheets, names, cells; and of DDE links (18.14)."""
    for name in opc.linked(package, "externalLink"):
        xml = xmlscan.ready(package.part(name))
        where = next((link.target for link in opc.links_of(package, name) if link.external), "")
        if not where:
            tags = xmlscan.elements(xml, "ddeLink")
            where = " ".join(
                attribute(tag, key) for tag, _ in tags for key in ("ddeService", "ddeTopic")
            )
        lines = list(_external_lines(xml))
        if lines:
            yield mark(f"Kept of the linked file {where}".rstrip(), "\n".join(lines))


def _external_lines(xml: str) -> Iterator[str]:
    sheets = [attribute(tag, "val") for tag, _ in xmlscan.elements(xml, "sheetName")]
    with_cells = set()
    for tag, inner in xmlscan.elements(xml, "sheetData"):
        index = attribute(tag, "sheetId")
        place = int(index) if index.isdecimal() and int(index) < len(sheets) else -1
        cells = [
            f"{attribute(cell, 'r')}\t{value}"
            for cell, held in xmlscan.elements(inner, "cell")
            if (value := "".join(xmlscan.texts(held, "v")))
        ]
        if cells:
            with_cells.add(place)
            yield f"Sheet {sheets[place]}" if place >= 0 else "Sheet"
            yield from cells
    rest = [title for place, title in enumerate(sheets) if title and place not in with_cells]
    if rest:
        yield f"Sheets: {', '.join(rest)}"
    for tag, _ in xmlscan.elements(xml, "definedName"):
        yield f"Name {attribute(tag, 'name')}: {attribute(tag, 'refersTo')}"
    for kind in ("ddeItem", "oleItem"):
        for tag, inner in xmlscan.elements(xml, kind):
            held = xmlscan.texts(inner, "val")
            yield f"Item {attribute(tag, 'name')}: {' '.join(held)}"


def _pivot_caches(package: Package) -> Iterator[str]:
    """Yield the data each pivot cache keeps, whether its sheet is still there or not."""
    for name in opc.linked(package, "pivotCacheDefinition"):
        xml = xmlscan.ready(package.part(name))
        records = opc.targets(opc.links_of(package, name), "pivotCacheRecords")
        rows = [xmlscan.ready(package.part(part)) for part in records]
        titles, shared = _cache_fields(xml)
        lines = ["\t".join(titles)]
        used = [bytearray(len(items)) for items in shared]
        for row in rows:
            lines += _cache_rows(row, shared, used)
        for title, items, seen in zip(titles, shared, used):
            if rest := [item for item, was in zip(items, seen) if item and not was]:
                lines.append(f"Items of {title} in no record: {'; '.join(rest)}")
        yield mark("Pivot cache", "\n".join(lines), where=_cache_source(xml))


def _cache_source(xml: str) -> str:
    for tag, _ in xmlscan.elements(xml, "worksheetSource"):
        parts = (attribute(tag, "sheet"), attribute(tag, "ref") or attribute(tag, "name"))
        return "!".join(filter(None, parts))
    return ""


def _cache_fields(xml: str) -> tuple[list[str], list[list[str]]]:
    """Return the name of each field, and the values its records share."""
    titles, shared = [], []
    for tag, inner in xmlscan.elements(xml, "cacheField"):
        titles.append(attribute(tag, "caption") or attribute(tag, "name"))
        items = xmlscan.elements(inner, "sharedItems")
        shared.append(_cache_items(items[0][1]) if items else [])
    return titles, shared


def _cache_items(xml: str) -> list[str]:
    return [_cache_value(kind, tag) for kind, tag in _ITEM.findall(xml)]


def _cache_value(kind: str, tag: str) -> str:
    value = _ITEM_VALUE.search(tag)
    text = xmlscan.plain(value[1] or value[2] or "") if value else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    if kind == "d":
        return text.removesuffix("T00:00:00")
    return text


def _cache_rows(xml: str, shared: list[list[str]], used: list[bytearray]) -> Iterator[str]:
    for _, inner in xmlscan.elements(xml, "r"):
        cells = []
        for column, (kind, tag) in enumerate(_ITEM.findall(inner)):
            text = _cache_value(kind, tag)
            if kind == "x":
                items = shared[column] if column < len(shared) else []
                place = int(text) if text.isdecimal() else -1
                text = ""
                if 0 <= place < len(items):
                    used[column][place] = 1
                    text = items[place]
            cells.append(text)
        yield "\t".join(cells)


def _connections(package: Package, links: list[Link]) -> Iterator[str]:
    """Yield where data comes from: connections with what they ask, and queries of Power Query."""
    for name in opc.targets(links, "connections"):
        for tag, inner in xmlscan.elements(xmlscan.ready(package.part(name)), "connection"):
            found = _CONNECTION.findall(f"{tag} {inner}")
            said = dict.fromkeys(xmlscan.plain(a or b) for a, b in found)
            yield mark(f"Data connection {attribute(tag, 'name')}", "\n".join(filter(None, said)))
    for name in opc.linked(package, "rdRichValue"):
        lines = [v for v in xmlscan.texts(xmlscan.ready(package.part(name)), "v") if _is_words(v)]
        if lines:
            yield mark("Values behind linked data types", "\n".join(lines))


def _is_words(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _changes(package: Package, links: list[Link], content: Content) -> None:
    changes: list[str] = []
    for name in opc.targets(links, "revisionHeaders"):
        by_whom: Mapping[str, tuple[str, str]] = ooxml_sheet.revisers(package.part(name))
        for link in opc.links_of(package, name):
            author, when = by_whom.get(link.identity, ("", ""))
            changes += ooxml_sheet.revisions(package.part(link.target), author, when)
    content.say(*changes)
    content.count(fields.TRACKED_CHANGES, len(changes), "ooxml:revisionLog")


def _data_model(package: Package) -> None:
    """Say that the tables of a data model (Power Pivot), a database of its own, are not read."""
    if any(name.lower().startswith("xl/model/") for name in package.names()):
        detail = (
            "the workbook holds a data model (Power Pivot); the rows of its tables are not read"
        )
        package.faults.append(Fault(FaultReason.UNSUPPORTED, detail))
