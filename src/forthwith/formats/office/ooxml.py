"""Read Word, Excel and PowerPoint packages (ECMA-376), their macro and template kinds included.

This module tells which of the three a package is; each has a module that knows its parts
(`ooxml_document`, `ooxml_book`, `ooxml_slides`). A package may be written as one XML file
(`flat_opc`). Words of parts that none of them asks for are marked. Of packages that are drawn
rather than written (Visio drawings, XPS pages) it takes the words of every page. Properties and
embedded objects are `opc`. An encrypted package is an OLE file and is said to be encrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Reading,
    TextMethod,
)
from forthwith.formats.bytes import values, xmlscan
from forthwith.formats.bytes.stream import whole
from forthwith.formats.office import (
    chunks,
    flat_opc,
    ooxml_book,
    ooxml_document,
    ooxml_sheet,
    ooxml_slides,
    opc,
)
from forthwith.formats.office.content import Content
from forthwith.formats.office.zip_package import Package
from forthwith.formats.ole import objects as ole_objects

_BASE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = frozenset(
    {
        _BASE + "wordprocessingml.document", _BASE + "wordprocessingml.template",
        _BASE + "spreadsheetml.sheet", _BASE + "spreadsheetml.template",
        _BASE + "presentationml.presentation", _BASE + "presentationml.template",
        _BASE + "presentationml.slideshow", _BASE + "presentationml.slide",
        "application/vnd.ms-word.document.macroenabled.12",
        "application/vnd.ms-word.template.macroenabled.12",
        "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.ms-excel.template.macroenabled.12",
        "application/vnd.ms-excel.addin.macroenabled.12",
        "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        "application/vnd.ms-powerpoint.slideshow.macroenabled.12",
        "application/vnd.ms-powerpoint.template.macroenabled.12",
        "application/vnd.ms-powerpoint.addin.macroenabled.12",
        "application/vnd.ms-powerpoint.slide.macroenabled.12",
        *(f"application/vnd.ms-visio.{kind}" for kind in ("drawing", "stencil", "template")),
        *(
            f"application/vnd.ms-visio.{kind}.macroenabled.12"
            for kind in ("drawing", "stencil", "template")
        ),
        "application/vnd.ms-xpsdocument", "application/oxps", "application/vnd.ms-officetheme",
        "application/vnd.openxmlformats-officedocument",
        *flat_opc.MEDIA_TYPES,
    }
)  # fmt: skip
_PAGE = re.compile(r"visio/(?:pages/page|masters/master)\d+\.xml|.*\.fpage", re.IGNORECASE)
_GLYPHS = re.compile(r"\sUnicodeString=(?:\"([^\"]*)\"|'([^']*)')")
_DIGITS = re.compile(r"\d+")
#: Stands between the step of a part and that of a child inside it.
_INSIDE = "!"


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one package. Raises UnreadableError when it is encrypted or holds no document."""
    package = open_package(whole(source, hint), hint)
    main = opc.main_part(package)
    content = Content()
    chunks = _Chunks(package, hint)
    linked = _document(package, main, content, chunks)
    content.say(*opc.controls(package), opc.custom_properties(package))
    content.say(*opc.custom_xml(package), *opc.left_over(package))
    opc.tell_what_is_missing(package)
    names = [name for name in opc.embedded(package) if not chunks.taken_in(name)]
    links = dict.fromkeys((*linked, *opc.external_targets(package)))
    declared = len(names) + chunks.declared()
    return Reading(
        Kind.EDOC,
        hint.media_type,
        text="\n".join(content.sections),
        text_method=TextMethod.EXTRACTED,
        fields=(
            *opc.properties(package),
            *content.fields,
            *values.field(fields.LINKS, links, "relationships"),
            *opc.counts(package, names),
        ),
        faults=tuple(package.faults),
        children=partial(_children, package, names, chunks) if declared else None,
        declared=declared,
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one embedded object by its step."""
    package = open_package(whole(source, hint), hint)
    name, inside, inner = step.partition(_INSIDE)
    if not inside:
        return opc.open_step(package, step)
    reading = _Chunks(package, hint).read(name.removeprefix("part:"))
    for child in reading.children() if reading.children else ():
        if isinstance(child, Child) and child.step == inner:
            return child.load()
    return Fault(FaultReason.MISSING, f"the document has no part {step!r}", lost=True, step=step)


def _children(package: Package, names: list[str], chunks: _Chunks) -> Iterator[Child | Fault]:
    yield from opc.children(package, names)
    yield from chunks.children()


class _Chunks:
    """Parts in other formats that stand in the text of one document, each read once."""

    def __init__(self, package: Package, hint: Hint) -> None:
        self._package = package
        self._hint = hint
        self.readings: dict[str, Reading] = {}

    def words(self, name: str) -> str:
        """Return the words of a part; "" where it cannot be read: it is a child then."""
        if name not in self.readings:
            self.readings[name] = self.read(name)
        return self.readings[name].text

    def read(self, name: str) -> Reading:
        """Read a part by its name."""
        data = self._package.load(name)
        if isinstance(data, Fault):
            return Reading(Kind.EDOC, "", faults=(data,))
        deeper = replace(self._hint, depth=self._hint.depth + 1, name="", media_type="")
        if deeper.depth > self._hint.budget.limits.depth:
            detail = f"part {name} lies deeper than {self._hint.budget.limits.depth} documents"
            return Reading(Kind.EDOC, "", faults=(Fault(FaultReason.TOO_DEEP, detail),))
        return chunks.read(data, name, deeper, lambda document: read(InMemory(document), deeper))

    def taken_in(self, name: str) -> bool:
        """Tell whether all of a part is in the text, or comes out of it as children."""
        lowered = {key.lower(): reading for key, reading in self.readings.items()}
        reading = lowered.get(name.lower())
        return reading is not None and chunks.is_whole(reading)

    def declared(self) -> int:
        """Return how many children the parts taken in have."""
        return sum(r.declared or 0 for name, r in self.readings.items() if self.taken_in(name))

    def children(self) -> Iterator[Child | Fault]:
        """Yield what the parts taken in carry."""
        for name, reading in self.readings.items():
            if self.taken_in(name) and reading.children:
                for child in reading.children():
                    yield replace(child, step=f"part:{name}{_INSIDE}{child.step}")


def open_package(data: bytes, hint: Hint) -> Package:
    """Open the package. Raises UnreadableError when it is encrypted or no package at all."""
    if data.startswith(ole_objects.OLE_MAGIC):
        detail = "the file is protected by a password; its contents cannot be read without it"
        raise UnreadableError(Fault(FaultReason.ENCRYPTED, detail, lost=True))
    flat = flat_opc.is_flat(data)
    package = Package(flat_opc.as_package(data) if flat else data, hint.budget)
    if flat and flat_opc.is_cut(data):
        detail = "the file is cut before its end; read as far as it goes"
        package.faults.append(Fault(FaultReason.TRUNCATED, detail))
    if not package.members:
        detail = "an office package was expected and no part of it can be found"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    return package


def _document(package: Package, main: str, content: Content, chunks: _Chunks) -> list[str]:
    """Add what the document says, by where its main part lies or by its root element.

    Returns the targets its fields link to.
    """
    folder = main.split("/", 1)[0].lower()
    head = "" if folder in {"word", "xl", "ppt"} else xmlscan.ready(package.part(main))[:8192]
    if folder == "word" or "<w:document" in head:
        return ooxml_document.read(package, main, content, chunks.words)
    if folder == "xl" or "<workbook" in head:
        ooxml_book.read(package, main, content)
    elif folder == "ppt" or "<p:presentation" in head:
        ooxml_slides.read(package, main, content)
    elif pages := _drawn_text(package):
        content.say(pages)
    else:
        detail = "the package has no main document part that this reader knows"
        package.faults.append(
            Fault(FaultReason.UNSUPPORTED if main else FaultReason.CORRUPT, detail)
        )
        content.say(opc.graphics(package, opc.links_of(package, main)))
    return []


def grids(data: bytes, hint: Hint) -> list[tuple[str, list[tuple[int, list[str]]]]]:
    """Return the sheets of a workbook: title, and rows with their numbers, hidden ones as well.

    Raises UnreadableError when it is encrypted or no workbook.
    """
    package = open_package(data, hint)
    main = opc.main_part(package)
    links = opc.links_of(package, main)
    by_id = {link.identity: link for link in links}
    book = xmlscan.ready(package.part(main))
    if "<workbook" not in book[:8192]:
        detail = "it is no workbook of Excel"
        raise UnreadableError(Fault(FaultReason.UNSUPPORTED, detail, lost=True))
    scan = ooxml_book.sheet_scan(package, links, book)
    sheets = []
    for tag, _ in xmlscan.elements(book, "sheet"):
        if (link := by_id.get(xmlscan.attribute(tag, "r:id"))) is not None:
            rows = list(scan.grid(package.part(link.target)))
            sheets.append((xmlscan.attribute(tag, "name"), rows))
    if broken := package.faults:
        raise UnreadableError(broken[0])
    return sheets


@dataclass(frozen=True, slots=True)
class Formulas:
    """The formulas of a workbook."""

    #: (sheet, row, column, formula without its sign), in order; rows and columns from 1.
    cells: list[tuple[str, int, int, str]]
    #: Defined names, tables among them, with what they stand for.
    names: dict[str, str]


def formulas(data: bytes, hint: Hint) -> Formulas:
    """Return every formula of a workbook, shared ones as each cell has them.

    Raises UnreadableError when it is encrypted or no workbook.
    """
    package = open_package(data, hint)
    main = opc.main_part(package)
    links = {link.identity: link for link in opc.links_of(package, main)}
    book = xmlscan.ready(package.part(main))
    names = {
        xmlscan.attribute(tag, "name"): xmlscan.plain(inner)
        for tag, inner in xmlscan.elements(book, "definedName")
    }
    cells = []
    for tag, _ in xmlscan.elements(book, "sheet"):
        title = xmlscan.attribute(tag, "name")
        if (link := links.get(xmlscan.attribute(tag, "r:id"))) is None:
            continue
        part = package.part(link.target)
        cells += [(title, *found) for found in ooxml_sheet.formulas(part)]
        for name in opc.targets(opc.links_of(package, link.target), "table"):
            table = xmlscan.ready(package.part(name))
            for about, _ in xmlscan.elements(table, "table"):
                quoted = title.replace("'", "''")
                where = f"'{quoted}'!{xmlscan.attribute(about, 'ref')}"
                names[xmlscan.attribute(about, "displayName")] = where
    return Formulas(cells, names)


def _drawn_text(package: Package) -> str:
    """Return the words of every page, in the order of the page numbers; "" when there are none."""
    numbered = [
        ([int(number) for number in _DIGITS.findall(name)[:8]], name)
        for name in package.names()
        if _PAGE.fullmatch(name)
    ]
    pages = (_drawn_words(xmlscan.ready(package.part(name))) for _, name in sorted(numbered))
    return "\f".join(filter(None, pages))


def _drawn_words(xml: str) -> str:
    glyphs = [xmlscan.plain(a or b).removeprefix("{}") for a, b in _GLYPHS.findall(xml)]
    shapes = [xmlscan.strip(inner).strip() for _, inner in xmlscan.elements(xml, "Text")]
    return "\n".join(filter(None, [*glyphs, *shapes]))
