"""Read HTML: its visible text, what it hides, and what its head says. Nothing is fetched or run.

Mail readers use `decode_html` and `text_of_html` for bodies that have no plain part.
"""

from __future__ import annotations

import re

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import ElementNode, HTMLTree

from forthwith.domain import fields
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
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, field
from forthwith.formats.pages.html_beside import beside
from forthwith.plain.charset import Decoded, decode, encodable

MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_META_CHARSET = re.compile(
    rb"<(?:meta[^>]{0,300}?charset|\?xml[^>]{0,200}?encoding)\s*=\s*[\"']?\s*([A-Za-z0-9._:-]{1,40})",
    re.IGNORECASE,
)
#: How far into a page its charset may be declared, bytes; browsers look at 1,024, pages go past.
_HEAD = 4096
_META = {
    "author": fields.AUTHOR,
    "dc.creator": fields.AUTHOR,
    "keywords": fields.KEYWORDS,
    "description": fields.DESCRIPTION,
    "generator": fields.APPLICATION,
    "company": fields.COMPANY,
}
_MAY_HIDE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|\bhidden\b", re.IGNORECASE)


def decode_html(data: bytes, declared: str = "") -> Decoded:
    """Decode HTML bytes: byte order mark, `declared`, meta charset, UTF-8, guess."""
    if not declared and (meta := _META_CHARSET.search(data[:_HEAD])):
        declared = meta[1].decode("ascii")
        # A page that says UTF-16 in ASCII bytes is not (HTML Standard, 13.2.3.2).
        declared = "utf-8" if declared.lower().startswith("utf-16") else declared
    return decode(data, declared)


def text_of_html(html: str) -> str:
    """Return the text of a page, elements that a style hides included."""
    return _plain(HTMLTree.parse(encodable(html)))


def fields_of_head(html: str) -> tuple[FieldValue, ...]:
    """Return what the head of a page says: title, author, keywords."""
    return _head(HTMLTree.parse(encodable(html)))


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one page. Raises UnreadableError past `limits.item_bytes`."""
    page = decode_html(whole(source, hint))
    tree = HTMLTree.parse(page.text)
    hidden = _hidden(tree) if _MAY_HIDE.search(page.text) else []
    shown = _plain(tree)
    rest = beside(page.text, shown)
    return Reading(
        Kind.EDOC,
        hint.media_type or "text/html",
        text="\n".join([shown, *(f"[Hidden: {words}]" for words in hidden), *rest.marks]),
        text_method=TextMethod.EXTRACTED,
        fields=(
            page.field(),
            *_head(tree),
            *count(fields.HIDDEN_TEXT, len(hidden), "html:hidden"),
            *count(fields.EMBEDDED_OBJECTS, rest.embedded, "html:data"),
            *field(fields.LINKS, rest.links, "html:refresh and frames"),
        ),
        faults=(*page.faults(), *_mislabelled(page)),
        children=rest.children if rest.files else None,
        declared=len(rest.files or ()),
    )


def _mislabelled(page: Decoded) -> tuple[Fault, ...]:
    """Say so when the charset a page names does not explain its bytes."""
    named = _META_CHARSET.search(page.text[:_HEAD].encode("utf-8", "replace"))
    if named is None or page.origin not in {"guess", "default"}:
        return ()
    detail = f"the charset it names ({named[1].decode('ascii')[:40]}) does not explain its bytes"
    return (Fault(FaultReason.UNDECODABLE, f"{detail}; read as {page.charset}"),)


def _plain(tree: HTMLTree) -> str:
    return str(
        extract_plain_text(
            tree, preserve_formatting=True, main_content=False, form_fields=True, noscript=True
        )
    )


def _hidden(tree: HTMLTree) -> list[str]:
    """Return the text of elements an inline style or attribute hides, outermost only."""
    body = tree.body
    if body is None:
        return []
    texts = []
    for node in body:
        if isinstance(node, ElementNode) and {"style", "hidden"}.intersection(node.attrs):
            style = re.sub(r"\s", "", (node.getattr("style") or "").lower())
            concealed = "display:none" in style or "visibility:hidden" in style
            if (concealed or node.hasattr("hidden")) and (
                words := " ".join((node.text or "").split())
            ):
                texts.append(words)
    return [text for i, text in enumerate(texts) if not i or text not in texts[i - 1]]


def _head(tree: HTMLTree) -> tuple[FieldValue, ...]:
    values = list(field(fields.TITLE, tree.title or "", "html:title"))
    names = {value.name for value in values}
    head = tree.head
    for meta in head.get_elements_by_tag_name("meta") if head else ():
        key = (meta.getattr("name") or "").strip().lower()
        name, value = _META.get(key, ""), meta.getattr("content") or ""
        if name and name not in names and value.strip():
            names.add(name)
            content = [v.strip() for v in value.split(",")] if name == fields.KEYWORDS else value
            values += field(name, content, f"html:meta:{key}")
    return tuple(values)
