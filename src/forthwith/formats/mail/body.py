"""The body of a message: which parts are it, which show inside it, which are attached; its text.

Works on the tree of `mime`; every leaf ends up in exactly one place, so that what is not body is a
child of the message. Of the text, the plain form is preferred; HTML is converted where there is no
plain form or the plain form is a stub, and what else the HTML says beyond the plain form is added
line by line. Text before the first part and after the last (a list server's footer) comes in marked
sections. Files encoded in a plain body are cut out: they are attachments. Fields are
`header_fields`, the reading is `eml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from forthwith.domain.evidence import Fault, FaultReason, Relation
from forthwith.formats.bytes.values import mark
from forthwith.formats.mail.encoded_blocks import Block, begins_as_a_file, blocks, hidden_text
from forthwith.formats.mail.headers import decoded
from forthwith.formats.mail.mime import Message, Part, split, split_entity
from forthwith.formats.mail.smime import signed_content
from forthwith.formats.mail.transfer_encoding import from_base64
from forthwith.formats.pages.html import decode_html, text_of_html
from forthwith.formats.pages.html_beside import not_taken
from forthwith.plain.charset import Decoded, decode

_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/x-markdown"})
_OPAQUE = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_MOST_LAYERS = 4
_ASCII_WITHIN = frozenset(
    {"", "us-ascii", "utf-8", *(f"iso-8859-{n}" for n in range(1, 17)),
     *(f"windows-125{n}" for n in range(9))}
)  # fmt: skip
_USUAL_PREAMBLE = re.compile(rb"MIME|multi-?part", re.IGNORECASE)
_WORD = re.compile(r"\w+")
#: Longest plain form that may be a stub beside a longer HTML form, characters.
_STUB = 400
#: Longest section shown of the text before the first part or after the last, bytes.
_MOST_SECTION = 2**20


@dataclass(slots=True)
class Body:
    """One place where the message speaks itself: a text, or one text in several forms."""

    plain: Part | None = None
    html: Part | None = None


@dataclass(slots=True)
class MessageParts:
    """A message's leaves by what they are, each kind in order."""

    message: Message
    bodies: list[Body] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)
    multiparts: list[Part] = field(default_factory=list)
    #: Opaque signatures and compressions whose content was sorted with the rest.
    opaque_layers: int = 0

    def add_leaf(self, part: Part, *, body: Body | None, alternative: bool = False) -> None:
        """Put one leaf where it belongs."""
        if part.media_type in _OPAQUE and self.add_opaque(part):
            return
        undivided = part.media_type.startswith("multipart/")
        if undivided and not part.raw.strip():
            return
        if body is not None and (self.is_body(part) or (undivided and b"\0" not in part.raw)):
            self.add_text(part, body, alternative=alternative)
        else:
            self.attachments.append(part)

    def add_text(self, part: Part, body: Body, *, alternative: bool) -> None:
        """Add a text part to `body`, or to a body of its own when that form is taken."""
        html = part.media_type == "text/html"
        form = body.html if html else body.plain
        if (form is not None) or (not alternative and (body.plain or body.html)):
            body = Body()
        if html:
            body.html = part
        else:
            body.plain = part
        if not any(body is other for other in self.bodies):
            self.bodies.append(body)

    def is_body(self, part: Part) -> bool:
        """Say whether a leaf is body: text, not called an attachment, and without a file name."""
        if part.media_type not in _BODY_TYPES:
            return False
        raw = part.headers.raw(b"content-disposition")
        if raw and disposition(part) not in ("inline", ""):
            return False
        if name_of(part) and part is not self.message.root:
            return False
        # Some scanners and scripts send a file as if it were the text of the mail.
        head = part.raw[:64].lstrip()
        return not begins_as_a_file(from_base64(head).data if part.in_base64 else head)

    def add_opaque(self, part: Part) -> bool:
        """Sort the content of an opaque layer as if it stood in the message itself.

        False when there is no content to be had, or the layers are too many.
        """
        if self.opaque_layers >= _MOST_LAYERS:
            return False
        content = signed_content(part.decoded().data)
        if content is None:
            return False
        self.opaque_layers += 1
        inner = split_entity(content, f"{part.number}.1")
        self.message.defects += inner.defects
        part.parts.append(inner.root)
        _sort(self, inner.root, Body(), alternative=False)
        return True


def sort(data: bytes) -> MessageParts:
    """Split a message and sort its parts. Never raises."""
    message = split(data)
    parts = MessageParts(message)
    _sort(parts, message.root, Body(), alternative=False)
    return parts


def _sort(parts: MessageParts, part: Part, body: Body | None, *, alternative: bool) -> None:
    """Walk a part; recursion is bounded by `mime.MOST_DEPTH`."""
    if not part.parts:
        parts.add_leaf(part, body=body, alternative=alternative)
        return
    parts.multiparts.append(part)
    kind = part.media_type
    if kind == "multipart/alternative":
        body, alternative = (Body() if body is None or not alternative else body), True
    for place, child in enumerate(part.parts):
        if kind == "multipart/digest":
            parts.attachments.append(child)
        elif (
            kind == "multipart/related"
            and place != _root_of_related(part)
            and not _speaks(parts, child)
        ):
            _sort(parts, child, None, alternative=False)
        elif alternative:
            _sort(parts, child, body, alternative=True)
        else:
            _sort(parts, child, Body(), alternative=False)


def _speaks(parts: MessageParts, part: Part) -> bool:
    """Say whether a text beside the root of multipart/related is the message's own words.

    Apple Mail sends several pages in one with pictures between them; what the root shows inside it
    has a name it is called by.
    """
    called = part.headers.raw(b"content-id") or part.headers.raw(b"content-location")
    return not part.parts and not called and parts.is_body(part)


def _root_of_related(part: Part) -> int:
    """Return which part of multipart/related the others belong to (RFC 2387 3.2)."""
    start = part.parameter("start").strip("<> ")
    if start:
        for place, child in enumerate(part.parts):
            if content_id(child) == start:
                return place
    return 0


def disposition(part: Part) -> str:
    """Return the disposition in lower case; "" when none is given."""
    return part.headers.value(b"content-disposition")[0]


def content_id(part: Part) -> str:
    """Return Content-ID without its brackets."""
    return decoded(part.headers.raw(b"content-id")).strip("<> \t")


def name_of(part: Part) -> str:
    """Return the file name as found: Content-Disposition's, else Content-Type's."""
    headers = part.headers
    name = headers.value(b"content-disposition")[1].get("filename", "")
    return name or headers.value(b"content-type")[1].get("name", "")


def relation(part: Part, html: str) -> Relation:
    """Tell an image the body shows from an attachment: `html` must really refer to it."""
    if not html or not part.media_type.startswith("image/"):
        return Relation.ATTACHMENT
    identifier = content_id(part)
    if identifier and _refers(html, identifier):
        return Relation.INLINE
    place = decoded(part.headers.raw(b"content-location"))
    return Relation.INLINE if place and place in html else Relation.ATTACHMENT


def _refers(html: str, identifier: str) -> bool:
    if f"cid:{identifier}" in html:
        return True
    target = unquote(identifier).lower()
    links = re.findall(r"cid:([^\s\"'<>)]+)", html, re.IGNORECASE)
    return any(unquote(link).lower() == target for link in links)


def part_text(part: Part) -> Decoded:
    """Decode a text part: its declared charset, then what `charset` tries."""
    data = part.decoded().data
    declared = part.charset
    if part.media_type == "text/html":
        return decode_html(data, declared)
    return text_of_bytes(data, declared)


def text_of_bytes(data: bytes, declared: str) -> Decoded:
    """Decode text; most mail is ASCII in a charset where ASCII means itself, and is done sooner."""
    if (
        declared.lower() in _ASCII_WITHIN
        and data.isascii()
        and b"\0" not in data
        and b"\x1b" not in data
    ):
        return Decoded(data.decode("ascii"), declared, "declared")
    return decode(data, declared)


@dataclass(frozen=True, slots=True)
class EncodedFile:
    """A file encoded in a plain body; its block counts in the decoded body of `part`."""

    part: Part
    block: Block
    #: 1-based among those of its part.
    number: int


@dataclass(slots=True)
class Text:
    """The text of a message and what was met while reading it."""

    text: str = ""
    #: Decoded HTML of the bodies, for references and links.
    html: str = ""
    #: Plain text of the bodies, for links and inline PGP.
    plain: str = ""
    blocks: list[EncodedFile] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def text_of(parts: MessageParts) -> Text:
    """Return the text of a sorted message."""
    text = Text()
    pieces: list[str] = [*_before(parts), *_outside(parts, "preamble")]
    plain_forms: list[str] = []
    html_forms: list[str] = []
    for body in parts.bodies:
        plain_forms.append(_plain_form(text, body.plain) if body.plain else "")
        html_forms.append(_html_form(text, body.html) if body.html else "")
        pieces += forms(plain_forms[-1], html_forms[-1])
    text.plain, text.html = "\n".join(plain_forms), "\n".join(html_forms)
    text.text = "\n\n".join(piece for piece in [*pieces, *_outside(parts, "epilogue")] if piece)
    return text


def forms(plain: str, html: str) -> list[str]:
    """Return the plain form, the HTML as text, or both when the plain form is but a stub."""
    if not html:
        return [plain]
    if not plain.strip():
        return [text_of_html(html)]
    converted = text_of_html(html)
    if len(plain) <= _STUB and len(converted) > 2 * len(plain) + 100:
        return [plain, converted]
    return [plain, *_beyond(plain, converted)]


def _beyond(plain: str, converted: str) -> Iterator[str]:
    """Yield the lines of the HTML form that hold a word the plain form does not.

    Programs show the HTML; what only it says must not be missing from the text.
    """
    plain_words = set(_WORD.findall(plain.casefold()))
    lines = [
        " ".join(line.split())
        for line in converted.splitlines()
        if not plain_words.issuperset(_WORD.findall(line.casefold()))
    ]
    if lines:
        yield mark("only in the HTML form", "\n".join(lines))


def _plain_form(text: Text, part: Part) -> str:
    content = part.decoded()
    data = content.data
    _note(text, part, content.defects)
    if (words := hidden_text(data)) and not part.encoded:
        text.faults.append(_unannounced(part))
        data = words
    pieces, at = [], 0
    for number, block in enumerate(blocks(data), 1):
        text.blocks.append(EncodedFile(part, block, number))
        name = decode(block.name).text or "without a name"
        kind = "uuencoded" if block.kind == "uuencode" else block.kind
        pieces += [data[at : block.start], mark(f"{kind} file", name).encode()]
        at = block.end
    body = b"".join([*pieces, data[at:]]) if pieces else data
    plain = _with_plain_line_ends(text, part, text_of_bytes(body, part.charset))
    if content.beyond.strip():
        plain += "\n" + mark("after the encoded text", decode(content.beyond).text)
    return plain


def _html_form(text: Text, part: Part) -> str:
    content = part.decoded()
    _note(text, part, content.defects)
    if (words := hidden_text(content.data)) and not part.encoded:
        text.faults.append(_unannounced(part))
        page = decode_html(words, part.charset)
    else:
        page = part_text(part)
    text.faults += not_taken(page.text)
    return _with_plain_line_ends(text, part, page)


def _unannounced(part: Part) -> Fault:
    detail = f"body part {part.number} is in base64 though nothing says so; it was decoded"
    return Fault(FaultReason.CORRUPT, detail)


def _note(text: Text, part: Part, defects: tuple[str, ...]) -> None:
    text.faults += [Fault(FaultReason.CORRUPT, f"body part {part.number}: {d}") for d in defects]


def _with_plain_line_ends(text: Text, part: Part, content: Decoded) -> str:
    """Return the text with LF as its line ends; add a Fault when its charset had to be guessed."""
    declared = part.charset or "none"
    if content.undecodable or content.origin in ("guess", "default"):
        detail = (
            f"body part {part.number}: its declared charset ({declared[:40]}) does not explain "
            f"its bytes; read as {content.charset}"
        )
        text.faults.append(Fault(FaultReason.UNDECODABLE, detail))
    text.faults += content.faults()
    words = content.text
    return words.replace("\r\n", "\n").replace("\r", "\n") if "\r" in words else words


def _before(parts: MessageParts) -> Iterator[str]:
    """Yield what stands before the headers."""
    if before := parts.message.before:
        yield mark("text before the headers", decode(before).text.replace("\r\n", "\n"))


def _outside(parts: MessageParts, which: str) -> Iterator[str]:
    """Yield what a multipart says before its first part or after its last."""
    for part in parts.multiparts:
        start, end = part.preamble if which == "preamble" else part.epilogue
        section = part.parts[0].data[start : min(end, start + _MOST_SECTION)].strip(b" \t\r\n\0-")
        if not section or (
            which == "preamble" and len(section) < 1000 and _USUAL_PREAMBLE.search(section)
        ):
            continue
        where = "before the first part" if which == "preamble" else "after the last part"
        yield mark(f"text {where}", decode(section).text.replace("\r\n", "\n"))
