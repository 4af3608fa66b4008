"""Text of a Word document as a whole: its parts in the order they are read, and what lies beside.

Body, headers and footers (those of no section in use as well), notes, charts and diagrams, comments
nobody refers to, building blocks; then what a reader of the pages never sees: document variables,
where a mail merge takes its data from, what form controls hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from forthwith.domain import fields
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import attribute
from forthwith.formats.office import ooxml_word, opc
from forthwith.formats.office.content import Content
from forthwith.formats.office.zip_package import Package

#: What a mail merge says of its source (ECMA-376-1, 17.14), in the order it is written.
_MERGE = ("w:connectString", "w:query", "w:udl", "w:table", "w:addressFieldName", "w:mailSubject")


def read(package: Package, main: str, content: Content, chunk: Callable[[str], str]) -> list[str]:
    """Add everything one document says to `content`; return the targets its fields link to.

    `chunk` gives the words of a part in another format that stands in the text (altChunk).
    """
    links = opc.links_of(package, main)
    first = {link.kind: link.target for link in reversed(links)}
    extended = package.part(first.get("commentsExtended", ""))
    scan = ooxml_word.WordScan(
        ooxml_word.comments(package.part(first.get("comments", "")), extended),
        ooxml_word.hiding_styles(package.part(first.get("styles", ""))),
    )

    parts = [(name, package.part(name)) for name in (main, *opc.targets(links, "header", "footer"))]
    for kind, tag in (("footnotes", "w:footnote"), ("endnotes", "w:endnote")):
        names = opc.targets(links, kind)
        parts += [(name, ooxml_word.notes(package.part(name), tag).encode()) for name in names]
    drawn = []
    for name, data in parts:
        beside = opc.links_of(package, name)
        chunks = {link.identity: chunk(link.target) for link in beside if link.kind == "aFChunk"}
        content.say(scan.text(data, chunks))
        drawn.append(opc.graphics(package, beside))
    content.say(*drawn)
    content.say(*scan.unplaced())
    for name in opc.targets(links, "glossaryDocument"):
        if blocks := scan.text(package.part(name)):
            content.say(f"[Building blocks: {blocks}]")
    for name in opc.targets(links, "settings"):
        content.say(*_settings(xmlscan.ready(package.part(name))))
    content.count(fields.TRACKED_CHANGES, scan.tracked, "ooxml:w:ins w:del w:moveFrom w:moveTo")
    content.count(fields.COMMENTS, len(scan.comments), "ooxml:comments.xml")
    content.count(fields.HIDDEN_TEXT, scan.hidden, "ooxml:w:vanish")
    return scan.links


def _settings(xml: str) -> Iterator[str]:
    """Yield document variables, and where a mail merge takes its data from."""
    for tag, _ in xmlscan.elements(xml, "w:docVar"):
        yield mark(f"Document variable {attribute(tag, 'w:name')}", attribute(tag, "w:val"))
    for _, inner in xmlscan.elements(xml, "w:mailMerge"):
        said = [
            value
            for name in _MERGE
            for tag, _ in xmlscan.elements(inner, name)
            if (value := attribute(tag, "w:val"))
        ]
        names = [
            f"{attribute(tag, 'w:val')}"
            for _, field in xmlscan.elements(inner, "w:fieldMapData")
            for tag, _ in xmlscan.elements(field, "w:name")
        ]
        if names:
            said.append("fields " + ", ".join(names))
        yield mark("Mail merge", "\n".join(dict.fromkeys(said)))
