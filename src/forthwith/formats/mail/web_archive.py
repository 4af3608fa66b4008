"""Read a page kept as one file (MHTML, RFC 2557; `.mht`, `.mhtml`): one document, no mail.

Browsers and Word write it in the clothes of a message. Its text is that of the page and of the
frames in it; pictures, style sheets and whatever else the page is made of are shown inside it.
What is no part of a page, such as a file somebody put in, is embedded. The tree is `mime`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote

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
from forthwith.formats.bytes.stream import whole, within_budget
from forthwith.formats.bytes.values import mark
from forthwith.formats.mail.body import content_id, name_of
from forthwith.formats.mail.dates import instant
from forthwith.formats.mail.headers import decoded
from forthwith.formats.mail.mime import Message, Part, split
from forthwith.formats.pages import html

MEDIA_TYPES = frozenset({"application/x-mimearchive"})
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
#: What pages are made of; anything else was put in.
_OF_PAGES = ("image/", "audio/", "video/", "font/", "text/")
_ALSO_OF_PAGES = frozenset(
    {"application/javascript", "application/x-javascript", "application/json", "application/xml",
     "application/font-woff", "application/x-font-woff", "application/vnd.ms-fontobject",
     "application/x-font-ttf", "application/x-mso", "application/manifest+json"}
)  # fmt: skip
#: Old browsers call a script application/octet-stream.
_NAMED_OF_PAGES = (".js", ".css", ".woff", ".woff2", ".ttf", ".eot", ".mso", ".ico")


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one archive. Raises UnreadableError past `limits.item_bytes`."""
    message = split(whole(source, hint))
    root, rest = _sorted(message)
    faults = list(message.defects)
    texts: list[str] = []
    told: tuple[FieldValue, ...] = ()
    for part in [root, *rest] if root else rest:
        if part.media_type not in _PAGES and part is not root:
            continue
        content = part.decoded()
        page = html.decode_html(content.data, part.charset)
        faults += [Fault(FaultReason.CORRUPT, defect) for defect in content.defects]
        faults += page.faults()
        text = html.text_of_html(page.text) if part.media_type in _PAGES else page.text
        texts.append(text if part is root else mark(f"frame {_place(part)}".strip(), text))
        if part is root:
            told = html.fields_of_head(page.text)
    if root is None:
        faults.append(Fault(FaultReason.CORRUPT, "the archive holds no page", lost=not rest))
    text = "\n\n".join(piece for piece in texts if piece.strip())
    return Reading(
        Kind.EDOC,
        hint.media_type or "application/x-mimearchive",
        text=text,
        text_method=TextMethod.EXTRACTED if text else TextMethod.NONE,
        fields=(*told, *_saved(message, {field.name for field in told})),
        faults=tuple(faults),
        children=partial(_children, rest, hint),
        declared=len(rest),
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one part again."""
    for part in _sorted(split(whole(source, hint)))[1]:
        if step == f"part:{part.number}":
            return part.decoded().data
    return Fault(FaultReason.MISSING, f"the archive has no part {step!r}", lost=True, step=step)


def pages(data: bytes) -> tuple[list[str], dict[str, bytes]]:
    """Return the page and its frames as HTML, and what they show by Content-ID or place.

    For imaging: the same words as in the text, in the same order.
    """
    root, rest = _sorted(split(data))
    resources: dict[str, bytes] = {}
    folder = _place(root).rpartition("/")[0] + "/" if root else "/"
    for part in rest:
        identifier = decoded(part.headers.raw(b"content-id")).strip("<> \t")
        place = _place(part)
        # Word calls its pictures by their place beside the page.
        for name in (
            identifier,
            place,
            place.removeprefix(folder),
            unquote(place.removeprefix(folder)),
        ):
            if name:
                resources.setdefault(name, part.decoded().data)
    framed = [part for part in rest if part.media_type in _PAGES]
    shown = [root, *framed] if root else framed
    return [html.decode_html(part.decoded().data, part.charset).text for part in shown], resources


def _sorted(message: Message) -> tuple[Part | None, list[Part]]:
    """Return the page, which is the part `start` names or else the first page, and the others."""
    leaves = [
        part
        for part in message.root.walk()
        if not part.parts
        and not (part.media_type.startswith("multipart/") and not part.raw.strip())
    ]
    start = message.root.parameter("start").strip("<> ")
    pages = [part for part in leaves if part.media_type in _PAGES]
    named = [part for part in leaves if start and content_id(part) == start]
    words = [part for part in leaves if part.media_type == "text/plain"]
    root = next(iter([*named, *pages, *words]), None)
    return root, [part for part in leaves if part is not root]


def _saved(message: Message, known: set[str]) -> Iterator[FieldValue]:
    """Yield what the program that kept the page wrote: title, day, from where."""
    headers = message.root.headers
    if (title := headers.text(b"subject")) and fields.TITLE not in known:
        yield FieldValue(fields.TITLE, title, "header:Subject")
    if moment := instant(headers.text(b"date")):
        yield FieldValue(fields.CREATED, moment, "header:Date")
    place = headers.text(b"snapshot-content-location") or headers.text(b"content-location")
    if place:
        yield FieldValue(fields.LINKS, (place,), "header:Content-Location")


def _place(part: Part) -> str:
    return decoded(part.headers.raw(b"content-location"))


def _children(parts: list[Part], hint: Hint) -> Iterator[Child | Fault]:
    for part in parts:
        content = part.decoded()
        yield _child(part, content.data, hint)
        for defect in content.defects:
            yield Fault(FaultReason.CORRUPT, defect, step=f"part:{part.number}")


def _child(part: Part, data: bytes, hint: Hint) -> Child:
    name = name_of(part) or _place(part).rpartition("/")[2].partition("?")[0]
    of_page = part.media_type.startswith(_OF_PAGES) or part.media_type in _ALSO_OF_PAGES
    of_page = of_page or name.lower().endswith(_NAMED_OF_PAGES)
    return Child(
        step=f"part:{part.number}",
        name=name,
        relation=Relation.INLINE if of_page else Relation.EMBEDDED,
        load=within_budget(lambda: data, hint),
        declared_type=part.media_type,
    )
