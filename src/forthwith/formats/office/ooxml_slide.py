"""Text of presentation parts: slides, their notes and comments, charts and diagrams."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import attribute

_TOKEN = re.compile(r"<(?:a:t(?:\s[^<>]*)?(?<!/)>([^<]*)|(/a:p|a:br|/a:tc|/a:tr)(?=[\s/>]))")
_VALUE = re.compile(r"<(?:a:t|c:v)(?:\s[^<>]*)?(?<!/)>([^<]*)")
_BREAKS = {"/a:p": "\n", "a:br": "\n", "/a:tc": "\t", "/a:tr": "\n"}
_FALLBACK = re.compile(r"<mc:Fallback\b.*?</mc:Fallback\s*>", re.DOTALL)


def text(xml: str) -> str:
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


def notes(part: bytes) -> str:
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
            texts.append(text(inner))
    return "\n".join(filter(None, texts))


def graphic(part: bytes) -> str:
    """Return the words and cached values of a chart or diagram."""
    return "\n".join(w for v in _VALUE.findall(xmlscan.ready(part)) if (w := xmlscan.plain(v)))


def authors(part: bytes) -> dict[str, str]:
    """Return comment authors by id, of the old list or the new."""
    xml = xmlscan.ready(part)
    tags = xmlscan.elements(xml, "p:cmAuthor") + xmlscan.elements(xml, "p188:author")
    return {attribute(tag, "id"): attribute(tag, "name") for tag, _ in tags}


def comments(part: bytes, people: Mapping[str, str]) -> list[str]:
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
        marks.append(mark("Comment", text(first), author, attribute(tag, "created")))
        for answer, words in xmlscan.elements(inner, "p188:reply"):
            by = people.get(attribute(answer, "authorId"), "")
            what = f"Reply to {author}"
            marks.append(mark(what, text(words), by, attribute(answer, "created")))
    return marks
