"""The text of a message: its bodies in order, and what a mail program would not show.

Plain text is preferred; HTML is converted where there is no plain form or the plain form is a
stub, and what else the HTML says beyond the plain form is added line by line. Text before the
first part and after the last (a list server's footer) comes in marked sections. Blocks uuencoded
in a plain body are cut out: they are attachments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.bytes.values import mark
from forthwith.formats.mail.body import Sorted, part_text, text_of_bytes
from forthwith.formats.mail.mime import Part
from forthwith.formats.mail.transfer_encoding import uu_blocks
from forthwith.formats.pages.html import text_of_html
from forthwith.plain.charset import Decoded, decode

_USUAL_PREAMBLE = re.compile(rb"MIME|multi-?part", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_STUB = 400
_MOST_SECTION = 2**20


@dataclass(frozen=True, slots=True)
class UuBlock:
    """A uuencoded file inside a plain body."""

    part: Part
    #: Range in the decoded body of `part`.
    start: int
    end: int
    name: bytes
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
    blocks: list[UuBlock] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def text_of(found: Sorted) -> Text:
    """Return the text of a sorted message."""
    text = Text()
    pieces: list[str] = [*_outside(found, "preamble")]
    plain: list[str] = []
    html: list[str] = []
    for body in found.bodies:
        shown = _plain(text, body.plain) if body.plain else ""
        page = _page(text, body.html) if body.html else ""
        plain.append(shown)
        html.append(page)
        pieces += _forms(shown, page)
    text.plain, text.html = "\n".join(plain), "\n".join(html)
    text.text = "\n\n".join(each for each in [*pieces, *_outside(found, "epilogue")] if each)
    return text


def _forms(shown: str, page: str) -> list[str]:
    """Return the plain form, the HTML as text, or both when the plain form is but a stub."""
    if not page:
        return [shown]
    if not shown.strip():
        return [text_of_html(page)]
    converted = text_of_html(page)
    if len(shown) <= _STUB and len(converted) > 2 * len(shown) + 100:
        return [shown, converted]
    return [shown, *_beyond(shown, converted)]


def _beyond(shown: str, converted: str) -> Iterator[str]:
    """Yield the lines of the HTML form that hold a word the plain form does not.

    Programs show the HTML; what only it says must not be missing from the text.
    """
    known = set(_WORD.findall(shown.casefold()))
    lines = [
        " ".join(line.split())
        for line in converted.splitlines()
        if not known.issuperset(_WORD.findall(line.casefold()))
    ]
    if lines:
        yield mark("only in the HTML form", "\n".join(lines))


def _plain(text: Text, part: Part) -> str:
    transferred = part.decoded()
    data = transferred.data
    _note(text, part, transferred.defects)
    pieces, at = [], 0
    if b"begin" in data:
        for number, (start, end, name) in enumerate(uu_blocks(data), 1):
            text.blocks.append(UuBlock(part, start, end, name, number))
            pieces += [data[at:start], mark("uuencoded file", decode(name).text).encode()]
            at = end
    body = b"".join([*pieces, data[at:]]) if pieces else data
    shown = _told(text, part, text_of_bytes(body, part.parameter("charset")))
    if transferred.beyond.strip():
        shown += "\n" + mark("after the encoded text", decode(transferred.beyond).text)
    return shown


def _page(text: Text, part: Part) -> str:
    transferred = part.decoded()
    _note(text, part, transferred.defects)
    return _told(text, part, part_text(part))


def _note(text: Text, part: Part, defects: tuple[str, ...]) -> None:
    text.faults += [Fault(FaultReason.CORRUPT, f"body part {part.number}: {d}") for d in defects]


def _told(text: Text, part: Part, decoded: Decoded) -> str:
    """Return the decoded text with plain line ends; tell when its charset had to be guessed."""
    declared = part.parameter("charset") or "none"
    if decoded.undecodable or decoded.origin in ("guess", "default"):
        detail = (
            f"body part {part.number}: its declared charset ({declared[:40]}) does not explain "
            f"its bytes; read as {decoded.charset}"
        )
        text.faults.append(Fault(FaultReason.UNDECODABLE, detail))
    text.faults += decoded.faults()
    shown = decoded.text
    return shown.replace("\r\n", "\n").replace("\r", "\n") if "\r" in shown else shown


def _outside(found: Sorted, which: str) -> Iterator[str]:
    """Yield what a multipart says before its first part or after its last."""
    for part in found.multiparts:
        start, end = part.preamble if which == "preamble" else part.epilogue
        said = part.parts[0].data[start : min(end, start + _MOST_SECTION)].strip(b" \t\r\n\0-")
        if not said or (which == "preamble" and len(said) < 1000 and _USUAL_PREAMBLE.search(said)):
            continue
        where = "before the first part" if which == "preamble" else "after the last part"
        yield mark(f"text {where}", decode(said).text.replace("\r\n", "\n"))
