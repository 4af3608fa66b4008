"""Text of a presentation: slides in their order, with notes, comments, masters, and what is hidden.

A slide that the show does not list is still a slide, and is marked. Of masters and layouts stands
what they put on pages themselves (ECMA-376-1, 19).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.bytes import values, xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import attribute
from forthwith.formats.office import drawing, opc
from forthwith.formats.office.content import Content
from forthwith.formats.office.zip_package import Link, Package


def read(package: Package, main: str, content: Content) -> None:
    """Add everything one presentation says to `content`."""
    links = opc.links_of(package, main)
    show = xmlscan.ready(package.part(main))
    people: dict[str, str] = {}
    for name in opc.targets(links, "commentAuthors", "authors"):
        people |= _comment_authors(package.part(name))
    slides, absent = _order(package, links, show)
    hidden, notes, remarks, masters = [], 0, 0, dict[str, None]()
    for number, (name, listed) in enumerate(slides.items(), start=1):
        xml = xmlscan.ready(package.part(name))
        if not listed:
            content.say(f"[Slide that the show does not list: {posixpath.basename(name)}]")
        if not _is_shown(xml):
            hidden.append(str(number))
            content.say(f"[Hidden slide {number}]")
        content.say(drawing.drawing_text(xml), *drawing.descriptions(xml))
        beside = opc.links_of(package, name)
        content.say(opc.graphics(package, beside), *_tags(package, beside))
        notes += _notes(package, beside, number, content)
        remarks += _slide_comments(package, beside, people, content)
        masters |= dict.fromkeys(opc.targets(beside, "slideLayout"))
    if absent:
        detail = f"the show lists {absent} slide(s) whose parts are not in the file"
        package.faults.append(Fault(FaultReason.MISSING, detail))
    _masters(package, links, masters, content)
    content.say(*_tags(package, links), *_sections(show))
    content.fields += values.field(fields.HIDDEN_SLIDES, hidden, "ooxml:p:sld/@show")
    content.count(fields.SPEAKER_NOTES, notes, "ooxml:notesSlide")
    content.count(fields.COMMENTS, remarks, "ooxml:comments")


def _order(package: Package, links: list[Link], show: str) -> tuple[dict[str, bool], int]:
    """Return the slides, those of the show first, with whether it lists them; and those missing."""
    by_id = {link.identity: link.target for link in links}
    listed = [by_id.get(attribute(tag, "r:id"), "") for tag, _ in xmlscan.elements(show, "p:sldId")]
    slides = {name: True for name in listed if package.has(name)}
    for name in opc.targets(links, "slide"):
        if package.has(name):
            slides.setdefault(name, False)
    return slides, sum(not package.has(name) for name in listed)


def _is_shown(xml: str) -> bool:
    """Tell whether a slide is shown in the show."""
    start = xml.find("<p:sld")
    return xmlscan.on(xml[start : xml.find(">", start)], "show") if start >= 0 else True


def _tags(package: Package, links: list[Link]) -> list[str]:
    """Return what programs wrote beside slides: names and values that nobody sees (19.3.3)."""
    marks = []
    for name in opc.targets(links, "tags"):
        for tag, _ in xmlscan.elements(xmlscan.ready(package.part(name)), "p:tag"):
            marks.append(mark(f"Tag {attribute(tag, 'name')}", attribute(tag, "val")))
    return marks


def _sections(show: str) -> list[str]:
    tags = xmlscan.elements(show, "p14:section")
    names = [attribute(tag, "name") for tag, _ in tags]
    return [mark("Sections", "; ".join(filter(None, names)))] if any(names) else []


def _notes(package: Package, links: list[Link], number: int, content: Content) -> int:
    """Add speaker notes, the slide number and date placeholders left out; return how many."""
    notes = 0
    for name in opc.targets(links, "notesSlide"):
        xml = xmlscan.ready(package.part(name))
        if text := _shapes(xml, lambda kind: kind in {"sldNum", "dt", "sldImg"}):
            content.say(f"[Speaker notes on slide {number}: {text}]")
            notes += 1
        content.say(*drawing.descriptions(xml))
    return notes


def _slide_comments(
    package: Package, links: list[Link], people: dict[str, str], content: Content
) -> int:
    remarks = []
    for name in opc.targets(links, "comments"):
        remarks += _marked_comments(package.part(name), people)
    content.say(*remarks)
    return len(remarks)


def _masters(
    package: Package, links: list[Link], layouts: dict[str, None], content: Content
) -> None:
    """Add what layouts in use, masters and the hand-out master put on pages themselves."""
    names = opc.targets(links, "slideMaster", "notesMaster", "handoutMaster")
    for name in (*layouts, *dict.fromkeys(names)):
        content.say(_shapes(xmlscan.ready(package.part(posixpath.normpath(name))), bool))


def _shapes(xml: str, leave_out: Callable[[str], bool]) -> str:
    """Return the text of the shapes whose placeholder type is not left out."""
    texts = []
    for _, inner in xmlscan.elements(xml, "p:sp"):
        place = xmlscan.elements(inner, "p:ph")
        kind = (attribute(place[0][0], "type") or "body") if place else ""
        if not leave_out(kind):
            texts.append(drawing.drawing_text(inner))
    # Tables and the like are no placeholders, wherever they stand.
    texts += [drawing.drawing_text(inner) for _, inner in xmlscan.elements(xml, "p:graphicFrame")]
    return "\n".join(filter(None, texts))


def _comment_authors(part: bytes) -> dict[str, str]:
    """Return comment authors by id, of the old list or the new."""
    xml = xmlscan.ready(part)
    tags = xmlscan.elements(xml, "p:cmAuthor") + xmlscan.elements(xml, "p188:author")
    return {attribute(tag, "id"): attribute(tag, "name") for tag, _ in tags}


def _marked_comments(part: bytes, people: Mapping[str, str]) -> list[str]:
    """Return the comments of one part, replies after what they answer."""
    xml = xmlscan.ready(part)
    marks = []
    for tag, inner in xmlscan.elements(xml, "p:cm"):
        author = people.get(attribute(tag, "authorId"), "")
        words = "".join(xmlscan.texts(inner, "p:text"))
        marks.append(mark("Comment", words, author, attribute(tag, "dt")))
    for tag, inner in xmlscan.elements(xml, "p188:cm"):
        author = people.get(attribute(tag, "authorId"), "")
        before, _, rest = inner.partition("<p188:replyLst")
        first = before + rest.partition("</p188:replyLst>")[2]
        marks.append(
            mark("Comment", drawing.drawing_text(first), author, attribute(tag, "created"))
        )
        for answer, words in xmlscan.elements(inner, "p188:reply"):
            by = people.get(attribute(answer, "authorId"), "")
            what = f"Reply to {author}"
            marks.append(mark(what, drawing.drawing_text(words), by, attribute(answer, "created")))
    return marks
