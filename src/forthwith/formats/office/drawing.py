"""Words of drawings: DrawingML and VML shapes, charts, diagrams, and what is said of pictures.

Shapes of all three programs are one language (ECMA-376-1, 20 and 21; VML is ECMA-376-4, 19). Words
that stand on the page come as text; the alternative text and the tooltips of shapes, which do not,
come as marks.
"""

from __future__ import annotations

import re

from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.values import mark
from forthwith.formats.bytes.xmlscan import ATTRIBUTES, attribute

_TOKEN = re.compile(
    r"<(?:(?:a:t|m:t)(?:\s[^<>]*)?(?<!/)>([^<]*)|(/a:p|a:br|/a:tc|/a:tr)(?=[\s/>]))"
)
_BREAKS = {"/a:p": "\n", "a:br": "\n", "/a:tc": "\t", "/a:tr": "\n"}
#: Words and cached values of charts, those of 2016 (chartex) included.
_VALUE = re.compile(r"<(?:a:t|c:v|cx:pt|cx:v)(?:\s[^<>]*)?(?<!/)>([^<]*)")
_ALTERNATE = re.compile(r"<mc:AlternateContent\b|</mc:AlternateContent\s*>")
_WORDS = re.compile(r"<(?:a:t|m:t|w:t)(?:\s[^<>]*)?(?<!/)>([^<]+)")
#: What names a shape to a screen reader, or shows when the pointer rests on it. The prefix of
#: `cNvPr` is that of the drawing around it.
_SAID = re.compile(rf"<((?:\w+:)?(?:cNvPr|docPr|hlinkClick|hlinkHover)|v:\w+)(?=\s){ATTRIBUTES}>")
_WORD_ART = re.compile(rf"<v:textpath(?=\s){ATTRIBUTES}>")


def drawing_text(xml: str) -> str:
    """Return the words of DrawingML, a line a paragraph, table cells apart by tabs."""
    out: list[str] = []
    for words, stop in _TOKEN.findall(without_fallbacks(xml)):
        if not stop:
            out.append(xmlscan.plain(words))
        elif stop == "/a:tc":
            if out and out[-1] == "\n":
                out.pop()
            out.append("\t")
        else:
            out.append(_BREAKS[stop])
    return re.sub(r"\n{2,}", "\n", "".join(out)).strip("\n")


def without_fallbacks(xml: str) -> str:
    """Return XML without what stands once more for older programs.

    A fallback that says what its choice does not stays: nothing else may have those words.
    """
    if "<mc:Fallback" not in xml:
        return xml
    out, at = [], 0
    for start, end in _alternates(xml):
        block = xml[start:end]
        choices = _choices(block)
        out += [xml[at:start], choices if _words(choices) >= _words(block) else block]
        at = end
    return "".join(out) + xml[at:]


def _words(xml: str) -> set[str]:
    return set(re.findall(r"\w+", "\n".join(_WORDS.findall(xml))))


def _choices(block: str) -> str:
    """Return an alternative without its fallbacks; one that never ends is kept."""
    out, at = [], 0
    while (start := block.find("<mc:Fallback", at)) >= 0:
        opened = block.find(">", start)
        ends = block.find("</mc:Fallback", opened)
        if opened < 0 or (block[opened - 1] != "/" and ends < 0):
            break
        out.append(block[at:start])
        at = opened + 1 if block[opened - 1] == "/" else block.find(">", ends) + 1
    return "".join(out) + block[at:]


def _alternates(xml: str) -> list[tuple[int, int]]:
    """Return where each outermost AlternateContent begins and ends."""
    spans, depth, start = [], 0, 0
    for match in _ALTERNATE.finditer(xml):
        if match[0][1] != "/":
            start = match.start() if not depth else start
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                spans.append((start, match.end()))
    return spans


def descriptions(xml: str) -> list[str]:
    """Return the alternative text and tooltips of shapes as marks, each once."""
    marks = dict[str, None]()
    for name, tag in _SAID.findall(xml):
        marks |= dict.fromkeys(described(name, tag))
    return list(marks)


def described(name: str, tag: str) -> list[str]:
    """Return what one tag says of its shape: title and description, alt of VML, tooltip."""
    if name.endswith(("hlinkClick", "hlinkHover")):
        return [mark("Tooltip", words)] if (words := attribute(tag, "tooltip")).strip() else []
    said = ("alt", "o:title", "title") if name.startswith("v:") else ("title", "descr")
    texts = dict.fromkeys(words for key in said if (words := attribute(tag, key).strip()))
    return [mark("Alternative text", words) for words in texts]


def graphic(part: bytes) -> str:
    """Return the words and cached values of a chart or diagram."""
    return "\n".join(w for v in _VALUE.findall(xmlscan.ready(part)) if (w := xmlscan.plain(v)))


def vml_words(xml: str) -> list[str]:
    """Return the words of VML shapes: WordArt and text boxes that are no cell notes."""
    lines = []
    for _, shape in xmlscan.elements(xml, "v:shape"):
        if not re.search(r"ObjectType\s*=\s*[\"']Note[\"']", shape):
            words = [attribute(tag, "string") for tag in _WORD_ART.findall(shape)]
            words += [xmlscan.strip(box) for _, box in xmlscan.elements(shape, "v:textbox")]
            lines += [" ".join(line.split()) for line in words]
    return [line for line in lines if line]
