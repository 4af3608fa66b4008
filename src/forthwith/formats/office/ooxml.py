"""Read Word, Excel and PowerPoint packages (ECMA-376), their macro and template kinds included.

This module knows which parts make up a document, and reads those of presentations; the scanners of
the other kinds are `ooxml_word` and `ooxml_sheet`. Of packages that are drawn rather than written
(Visio drawings, XPS pages) it takes the words of every page. Properties and embedded objects are
`opc`. An encrypted package is an OLE file and is said to be encrypted.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    TextMethod,
)
from forthwith.formats.bytes import values, xmlscan
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import attribute
from forthwith.formats.office import ooxml_sheet, ooxml_word, opc
from forthwith.formats.office.zip_package import Package
from forthwith.formats.ole import objects as ole_objects

_TOKEN = re.compile(r"<(?:a:t(?:\s[^<>]*)?(?<!/)>([^<]*)|(/a:p|a:br|/a:tc|/a:tr)(?=[\s/>]))")
_VALUE = re.compile(r"<(?:a:t|c:v)(?:\s[^<>]*)?(?<!/)>([^<]*)")
_BREAKS = {"/a:p": "\n", "a:br": "\n", "/a:tc": "\t", "/a:tr": "\n"}
_FALLBACK = re.compile(r"<mc:Fallback\b.*?</mc:Fallback\s*>", re.DOTALL)


def drawing_text(xml: str) -> str:
    """Return the words of DrawingML, a line a paragraph, table cells apart by tabs."""
    if "<mc:Fallback" in xml:
        xml = _FALLBACK.sub("", xml)
    out: list[str] = []
    for words, stop in _TOKEN.findall(xml):
        if not stop:
            out.append(xmlscan.plain(words))
        elif stop == "/a:tc":
            if out and out[-1] == "\n":
                out.pop()
            out.append("\t")
        else:
            out.append(_BREAKS[stop])
    return re.sub(r"\n{2,}", "\n", "".join(out)).strip("\n")


def is_shown(xml: str) -> bool:
    """Tell whether a slide is shown in the show."""
    start = xml.find("<p:sld")
    return xmlscan.on(xml[start : xml.find(">", start)], "show") if start >= 0 else True


def speaker_notes(part: bytes) -> str:
    """Return speaker notes, the slide number and date placeholders left out."""
    return _shapes(xmlscan.ready(part), lambda kind: kind in {"sldNum", "dt", "sldImg"})


def master_text(part: bytes) -> str:
    """Return what a master or layout itself puts on slides: words outside its placeholders."""
    return _shapes(xmlscan.ready(part), bool)


def _shapes(xml: str, leave_out: Callable[[str], bool]) -> str:
    """Return the text of the shapes whose placeholder type is not left out."""
    texts = []
    for _, inner in xmlscan.elements(xml, "p:sp"):
        place = xmlscan.elements(inner, "p:ph")
        kind = (attribute(place[0][0], "type") or "body") if place else ""
        if not leave_out(kind):
            texts.append(drawing_text(inner))
    return "\n".join(filter(None, texts))


def graphic(part: bytes) -> str:
    """Return the words and cached values of a chart or diagram."""
    return "\n".join(w for v in _VALUE.findall(xmlscan.ready(part)) if (w := xmlscan.plain(v)))


def comment_authors(part: bytes) -> dict[str, str]:
    """Return comment authors by id, of the old list or the new."""
    xml = xmlscan.ready(part)
    tags = xmlscan.elements(xml, "p:cmAuthor") + xmlscan.elements(xml, "p188:author")
    return {attribute(tag, "id"): attribute(tag, "name") for tag, _ in tags}


def marked_comments(part: bytes, people: Mapping[str, str]) -> list[str]:
    """Return the comments of one part, replies after what they answer."""
    xml = xmlscan.ready(part)
    marks = []
    for tag, inner in xmlscan.elements(xml, "p:cm"):
        author = people.get(attribute(tag, "authorId"), "")
        words = "".join(xmlscan.texts(inner, "p:text"))
        marks.append(mark("Comment", words, author, attribute(tag, "dt")))
    for tag, inner in xmlscan.elements(xml, "p188:cm"):
        author = people.get(attribute(tag, "authorId"), "")
        first = re.sub(r"<p188:replyLst\b.*?</p188:replyLst>", "", inner, flags=re.DOTALL)
        marks.append(mark("Comment", drawing_text(first), author, attribute(tag, "created")))
        for answer, words in xmlscan.elements(inner, "p188:reply"):
            by = people.get(attribute(answer, "authorId"), "")
            what = f"Reply to {author}"
            marks.append(mark(what, drawing_text(words), by, attribute(answer, "created")))
    return marks


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
    }
)  # fmt: skip
_PAGE = re.compile(r"visio/(?:pages/page|masters/master)\d+\.xml|.*\.fpage", re.IGNORECASE)
_GLYPHS = re.compile(r"\sUnicodeString=(?:\"([^\"]*)\"|'([^']*)')")
_DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class _Content:
    """What the parts of one document gave."""

    sections: list[str] = field(default_factory=list)
    fields: list[FieldValue] = field(default_factory=list)

    def say(self, *sections: str) -> None:
        self.sections += [section for section in sections if section.strip()]

    def count(self, name: str, number: int, origin: str) -> None:
        self.fields += values.count(name, number, origin)


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one package. Raises UnreadableError when it is encrypted or holds no document."""
    package = open_package(whole(source, hint), hint)
    main = opc.main_part(package)
    content = _Content()
    folder = main.split("/", 1)[0].lower()
    {"word": _word, "xl": _sheets, "ppt": _slides}.get(folder, _by_root)(package, main, content)
    content.say(opc.custom_properties(package))
    names = opc.embedded(package)
    return Reading(
        Kind.EDOC,
        hint.media_type,
        text="\n".join(content.sections),
        text_method=TextMethod.EXTRACTED,
        fields=(
            *opc.properties(package),
            *content.fields,
            *opc.external_links(package),
            *opc.counts(package, names),
        ),
        faults=tuple(package.faults),
        children=(lambda: opc.children(package, names)) if names else None,
        declared=len(names),
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one embedded object by its step."""
    return opc.open_step(open_package(whole(source, hint), hint), step)


def open_package(data: bytes, hint: Hint) -> Package:
    """Open the package. Raises UnreadableError when it is encrypted or no package at all."""
    if data.startswith(ole_objects.OLE_MAGIC):
        detail = "the file is protected by a password; its contents cannot be read without it"
        raise UnreadableError(Fault(FaultReason.ENCRYPTED, detail, lost=True))
    package = Package(data, hint.budget)
    if not package.members:
        detail = "an office package was expected and no part of it can be found"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    return package


def _by_root(package: Package, main: str, content: _Content) -> None:
    """Tell what an unusually placed main part is by its root element."""
    head = xmlscan.ready(package.part(main))[:8192]
    if "<w:document" in head:
        _word(package, main, content)
    elif "<workbook" in head:
        _sheets(package, main, content)
    elif "<p:presentation" in head:
        _slides(package, main, content)
    elif pages := _drawn_text(package):
        content.say(pages)
    else:
        detail = "the package has no main document part that this reader knows"
        package.faults.append(
            Fault(FaultReason.UNSUPPORTED if main else FaultReason.CORRUPT, detail)
        )
        content.say(_graphics(package, opc.links_of(package, main)))


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
    scan = _sheet_scan(package, links, book)
    sheets = []
    for tag, _ in xmlscan.elements(book, "sheet"):
        if (link := by_id.get(xmlscan.attribute(tag, "r:id"))) is not None:
            rows = list(scan.grid(package.part(link.target)))
            sheets.append((xmlscan.attribute(tag, "name"), rows))
    if broken := package.faults:
        raise UnreadableError(broken[0])
    return sheets


def _targets(links: list[opc.Link], *kinds: str) -> list[str]:
    return [link.target for link in links if link.kind in kinds and not link.external]


def _word(package: Package, main: str, content: _Content) -> None:
    links = opc.links_of(package, main)
    first = {link.kind: link.target for link in reversed(links)}
    extended = package.part(first.get("commentsExtended", ""))
    scan = ooxml_word.WordScan(
        ooxml_word.comments(package.part(first.get("comments", "")), extended),
        ooxml_word.hiding_styles(package.part(first.get("styles", ""))),
    )
    content.say(scan.text(package.part(main)))
    content.say(*(scan.text(package.part(name)) for name in _targets(links, "header", "footer")))
    for kind, tag in (("footnotes", "w:footnote"), ("endnotes", "w:endnote")):
        for name in _targets(links, kind):
            content.say(scan.text(ooxml_word.notes(package.part(name), tag).encode()))
    content.say(_graphics(package, links))
    content.say(*scan.unplaced())
    for name in _targets(links, "glossaryDocument"):
        if blocks := scan.text(package.part(name)):
            content.say(f"[Building blocks: {blocks}]")
    content.count(fields.TRACKED_CHANGES, scan.tracked, "ooxml:w:ins w:del w:moveFrom w:moveTo")
    content.count(fields.COMMENTS, len(scan.comments), "ooxml:comments.xml")
    content.count(fields.HIDDEN_TEXT, scan.hidden, "ooxml:w:vanish")
    content.fields += values.field(fields.LINKS, scan.links, "ooxml:w:instrText")


def _graphics(package: Package, links: list[opc.Link]) -> str:
    names = _targets(links, "chart", "chartEx", "diagramData")
    return "\n".join(filter(None, (graphic(package.part(name)) for name in names)))


def _sheets(package: Package, main: str, content: _Content) -> None:
    links = opc.links_of(package, main)
    by_id = {link.identity: link for link in links}
    book = xmlscan.ready(package.part(main))
    scan = _sheet_scan(package, links, book)
    people: dict[str, str] = {}
    for name in _targets(links, "person"):
        people |= ooxml_sheet.persons(package.part(name))
    hidden, remarks = [], 0
    for tag, _ in xmlscan.elements(book, "sheet"):
        title, state = xmlscan.attribute(tag, "name"), xmlscan.attribute(tag, "state")
        if state in {"hidden", "veryHidden"}:
            hidden.append(title)
        what = {"hidden": "Hidden sheet", "veryHidden": "Very hidden sheet"}.get(state, "")
        content.say(f"[{what}: {title}]" if what else title)
        if (link := by_id.get(xmlscan.attribute(tag, "r:id"))) is not None:
            content.say(scan.text(package.part(link.target)))
            remarks += _beside_sheet(package, link.target, people, content)
    content.fields += values.field(fields.HIDDEN_SHEETS, hidden, "ooxml:workbook.xml")
    content.count(fields.COMMENTS, remarks, "ooxml:comments")
    content.count(fields.HIDDEN_ROWS, scan.hidden_rows, "ooxml:row/@hidden")
    content.count(fields.HIDDEN_COLUMNS, scan.hidden_columns, "ooxml:col/@hidden")
    _book_rest(package, links, content)


def _sheet_scan(package: Package, links: list[opc.Link], book: str) -> ooxml_sheet.SheetScan:
    tags = xmlscan.elements(book, "workbookPr")
    since_1904 = bool(tags) and xmlscan.attribute(tags[0][0], "date1904").lower() in {"1", "true"}
    styles = "".join(_targets(links, "styles")[:1])
    shared = "".join(_targets(links, "sharedStrings")[:1])
    return ooxml_sheet.SheetScan(
        ooxml_sheet.strings(package.part(shared)),
        ooxml_sheet.styles(package.part(styles), since_1904=since_1904),
    )


def _beside_sheet(package: Package, sheet: str, people: dict[str, str], content: _Content) -> int:
    """Add what a sheet's own relationships lead to; return how many comments there were."""
    links = opc.links_of(package, sheet)
    remarks = []
    for name in _targets(links, "comments"):
        remarks += ooxml_sheet.comments(package.part(name))
    for name in _targets(links, "threadedComment"):
        remarks += ooxml_sheet.threaded(package.part(name), people)
    content.say(*remarks)
    for name in _targets(links, "drawing", "chartsheet"):
        content.say(drawing_text(xmlscan.ready(package.part(name))))
        content.say(_graphics(package, opc.links_of(package, name)))
    return len(remarks)


def _book_rest(package: Package, links: list[opc.Link], content: _Content) -> None:
    changes = []
    for name in _targets(links, "revisionHeaders"):
        by_whom = ooxml_sheet.revisers(package.part(name))
        for link in opc.links_of(package, name):
            author, when = by_whom.get(link.identity, ("", ""))
            changes += ooxml_sheet.revisions(package.part(link.target), author, when)
    content.say(*changes)
    content.count(fields.TRACKED_CHANGES, len(changes), "ooxml:revisionLog")
    for name in _targets(links, "connections"):
        for tag, inner in xmlscan.elements(xmlscan.ready(package.part(name)), "connection"):
            for database, _ in xmlscan.elements(inner, "dbPr"):
                where = xmlscan.attribute(database, "connection")
                content.say(f"[Data connection {xmlscan.attribute(tag, 'name')}: {where}]")


def _slides(package: Package, main: str, content: _Content) -> None:
    links = opc.links_of(package, main)
    by_id = {link.identity: link.target for link in links}
    show = xmlscan.ready(package.part(main))
    people: dict[str, str] = {}
    for name in _targets(links, "commentAuthors", "authors"):
        people |= comment_authors(package.part(name))
    order = [xmlscan.attribute(tag, "r:id") for tag, _ in xmlscan.elements(show, "p:sldId")]
    hidden, notes, remarks, masters = [], 0, 0, dict[str, None]()
    for number, identity in enumerate(order, start=1):
        name = by_id.get(identity, "")
        xml = xmlscan.ready(package.part(name))
        if not is_shown(xml):
            hidden.append(str(number))
            content.say(f"[Hidden slide {number}]")
        content.say(drawing_text(xml))
        beside = opc.links_of(package, name)
        content.say(_graphics(package, beside))
        notes += _notes(package, beside, number, content)
        remarks += _slide_comments(package, beside, people, content)
        masters |= dict.fromkeys(_targets(beside, "slideLayout"))
    _masters(package, links, masters, content)
    content.fields += values.field(fields.HIDDEN_SLIDES, hidden, "ooxml:p:sld/@show")
    content.count(fields.SPEAKER_NOTES, notes, "ooxml:notesSlide")
    content.count(fields.COMMENTS, remarks, "ooxml:comments")


def _notes(package: Package, links: list[opc.Link], number: int, content: _Content) -> int:
    texts = [speaker_notes(package.part(name)) for name in _targets(links, "notesSlide")]
    texts = [text for text in texts if text]
    content.say(*(f"[Speaker notes on slide {number}: {note}]" for note in texts))
    return len(texts)


def _slide_comments(
    package: Package, links: list[opc.Link], people: dict[str, str], content: _Content
) -> int:
    remarks = []
    for name in _targets(links, "comments"):
        remarks += marked_comments(package.part(name), people)
    content.say(*remarks)
    return len(remarks)


def _masters(
    package: Package, links: list[opc.Link], layouts: dict[str, None], content: _Content
) -> None:
    """Add what layouts in use, masters and the hand-out master put on pages themselves."""
    names = dict.fromkeys([*_targets(links, "slideMaster", "notesMaster", "handoutMaster")])
    for name in (*layouts, *names):
        content.say(master_text(package.part(posixpath.normpath(name))))


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
