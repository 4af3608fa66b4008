"""Scan the XML of office files as text: no tree, no entities, no DTD, so no bomb can go off.

`ready` brings a part into the one shape the scanners expect: text, comments and CDATA resolved,
each namespace under its usual prefix. Entities other than the five of XML stay as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from html import escape, unescape

#: A name is tried from its first letter only: from every letter would take the square of the time.
_ATTRIBUTE = re.compile(r"(?<![\w:.-])([\w:.-]++)\s*+=\s*(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SPACED_END = re.compile(r"(</[\w:.-]+)\s+>")
_NAMESPACE = re.compile(r"xmlns(?::([\w.-]+))?\s*=\s*[\"']([^\"']+)[\"']")
_ROOT = re.compile(r"<[A-Za-z_][^<>]*>")
#: Attributes of a tag, quoted ">" included.
ATTRIBUTES = r"((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)"

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
#: Namespace to the prefix the scanners know it by. Strict OOXML has namespaces of its own.
PREFIXES: Mapping[str, str] = {
    _W: "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.microsoft.com/office/word/2003/wordml": "w",
    "http://schemas.microsoft.com/aml/2001/core": "aml",
    "urn:schemas-microsoft-com:office:spreadsheet": "",
    "urn:schemas-microsoft-com:office:excel": "x",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/presentationml/2006/main": "p",
    "http://purl.oclc.org/ooxml/presentationml/main": "p",
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "",
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "",
    "http://schemas.openxmlformats.org/package/2006/relationships": "",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.microsoft.com/office/word/2012/wordml": "w15",
    "http://schemas.microsoft.com/office/word/2010/wordml": "w14",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.microsoft.com/office/drawing/2014/chartex": "cx",
    "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing": "wp",
    "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing": "wp",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:schemas-microsoft-com:office:office": "o",
    "http://schemas.microsoft.com/office/powerpoint/2010/main": "p14",
    "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main": "x14",
    "http://schemas.microsoft.com/office/excel/2006/main": "xm",
    "http://schemas.microsoft.com/office/2006/xmlPackage": "pkg",
    "http://schemas.openxmlformats.org/package/2006/metadata/core-properties": "cp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties": "",
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties": "",
    "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes": "vt",
    "http://schemas.microsoft.com/office/powerpoint/2018/8/main": "p188",
    "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments": "",
    **{
        _ODF + f"{name}:1.0": prefix
        for name, prefix in {
            "office": "office", "text": "text", "table": "table", "drawing": "draw",
            "meta": "meta", "style": "style", "presentation": "presentation",
            "manifest": "manifest", "xsl-fo-compatible": "fo",
        }.items()
    },
}  # fmt: skip


def ready(data: bytes) -> str:
    """Return a part as text the scanners can trust: usual prefixes, no comments, no CDATA."""
    text = decoded(data)
    if " >" in text:
        text = _SPACED_END.sub(r"\1>", text)
    if "<!--" in text or "<![CDATA[" in text:
        text = _COMMENT.sub("", _CDATA.sub(lambda cdata: escape(cdata[1], quote=False), text))
    head = text[:16_384]
    root = _ROOT.search(head)
    # An element inside may have a namespace of its own without a prefix; that of the root rules.
    own = _NAMESPACE.findall(root[0]) if root else []
    renamed = {
        old: PREFIXES[uri]
        for old, uri in _NAMESPACE.findall(head)
        if uri in PREFIXES and PREFIXES[uri] != old and (old or (old, uri) in own)
    }
    return _with_prefixes(text, renamed) if renamed else text


def decoded(data: bytes) -> str:
    """Return XML as text, in the one of the Unicode encodings it begins like."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data[:4] in {b"<\0?\0", b"\0<\0?"}:
        return data.decode("utf-16-le" if data[0] else "utf-16-be", "replace")
    return data.decode("utf-8-sig", "replace")


def _with_prefixes(text: str, renamed: Mapping[str, str]) -> str:
    """Rename prefixes in tags and attributes; a part declares them once, at its root."""

    def tag(match: re.Match[str]) -> str:
        prefix = renamed.get(match[2] or "")
        if prefix is None:
            return match[0]
        return match[1] + (f"{prefix}:" if prefix else "") + match[3]

    def attribute(match: re.Match[str]) -> str:
        prefix = renamed.get(match[2])
        return match[0] if prefix is None else f"{match[1]}{prefix}:" if prefix else match[1]

    text = re.sub(r"(</?)(?:([\w.-]+):)?([\w.-]+)", tag, text)
    return re.sub(r"(\s)(?!xmlns:)([\w.-]+):(?=[\w.-]+\s*=)", attribute, text)


def plain(text: str) -> str:
    """Return character data with XML's own references resolved, and no others."""
    if "&" not in text:
        return text
    return _REFERENCE.sub(lambda reference: unescape(reference[0]), text)


def attributes(tag: str) -> dict[str, str]:
    """Return a tag's attributes, values resolved."""
    return {name: plain(a or b) for name, a, b in _ATTRIBUTE.findall(tag)}


def attribute(tag: str, name: str) -> str:
    """Return one attribute of a tag, or ""."""
    match = re.search(rf"(?:^|\s){re.escape(name)}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return plain(match[1] or match[2] or "") if match else ""


def on(tag: str, name: str = "w:val") -> bool:
    """Tell whether an on/off attribute is on; absent means on (ECMA-376-1, 17.17.4)."""
    return attribute(tag, name).lower() not in {"0", "false", "off"}


def elements(xml: str, name: str) -> list[tuple[str, str]]:
    """Return (attributes, inner XML) of each element `name`; such elements must not nest."""
    opening, closing = _opening(name), f"</{name}>"
    pairs, at = [], 0
    while (tag := opening.search(xml, at)) is not None:
        head, at = tag[1], tag.end()
        if head.endswith("/"):
            pairs.append((head[:-1], ""))
            continue
        if (end := xml.find(closing, at)) < 0:
            pairs.append((head, xml[at:]))
            break
        pairs.append((head, xml[at:end]))
        at = end
    return pairs


def closed(xml: str, name: str) -> int:
    """Return where the last end tag of `name` ends; 0 where there is none."""
    ending = re.compile(rf"</{name}\s*>")
    at = len(xml)
    while (at := xml.rfind(f"</{name}", 0, at)) >= 0:
        if (tag := ending.match(xml, at)) is not None:
            return tag.end()
    return 0


@cache
def _opening(name: str) -> re.Pattern[str]:
    return re.compile(rf"<{name}(?=[\s/>]){ATTRIBUTES}>")


def texts(xml: str, name: str) -> list[str]:
    """Return the character data of each `name` element that holds no others."""
    return [plain(t) for t in re.findall(rf"<{name}(?:\s[^<>]*)?(?<!/)>([^<]*)", xml)]


def strip(xml: str) -> str:
    """Return all character data of a fragment, tags removed."""
    # Behind the last ">" no tag ends; looking for its end from every "<" there takes the square.
    end = xml.rfind(">") + 1
    return plain(re.sub(r"<[^>]*>", "", xml[:end]) + xml[end:])
