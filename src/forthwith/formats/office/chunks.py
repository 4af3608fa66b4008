"""Words of a part in another format that stands in a Word document (altChunk, ECMA-376-1, 17.17.2).

Word takes such a part in when it opens the file: its words are words of the document. The part is
HTML, a web page in one MIME file (RFC 2557), RTF, plain text, or another document.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.pages import html
from forthwith.formats.rtf import reader as rtf
from forthwith.plain.charset import decode, encodable

_MIME = re.compile(
    rb"\s*(?:(?:MIME-Version|Content-Type|Content-Location|Content-Transfer-Encoding|Subject|Date|"
    rb"From|X-[\w-]+|Snapshot-[\w-]+)\s*:)",
    re.IGNORECASE,
)
_PAGE_NAMES = (".htm", ".html", ".xhtml", ".shtml")


def read(data: bytes, name: str, hint: Hint, package: Callable[[bytes], Reading]) -> Reading:
    """Read one part; `package` reads those that are documents of Word themselves.

    What a web page carries (its pictures) are children of the reading. A part that no reader opens
    is told by a fault.
    """
    source, about = InMemory(data), replace(hint, name=name, media_type="")
    start = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        if data.startswith(b"PK") or b"<pkg:package" in data[:4096]:
            return package(data)
        if start.startswith(b"{\\rtf"):
            return rtf.read(source, about)
        if _MIME.match(start) and not start.startswith(b"<"):
            return _web_archive(data, about)
        if start.startswith(b"<") or name.lower().endswith(_PAGE_NAMES):
            return html.read(source, about)
    except UnreadableError as error:
        return Reading(Kind.EDOC, "", faults=(replace(error.fault, lost=False),))
    text = decode(data, "")
    return Reading(
        Kind.EDOC, "text/plain", text.text.replace("\r\n", "\n"), TextMethod.EXTRACTED,
        faults=text.faults(),
    )  # fmt: skip


def is_whole(reading: Reading) -> bool:
    """Tell whether the document the part stands in gives everything there is of it."""
    return reading.media_type in {"text/html", "text/plain"} and not reading.faults


def _web_archive(data: bytes, hint: Hint) -> Reading:
    """Read a page and what it shows, all parts of one MIME message."""
    parts = [
        part
        for part in email.message_from_bytes(data, policy=email.policy.compat32).walk()
        if not part.is_multipart()
    ]
    pages = [part for part in parts if part.get_content_type() in html.MEDIA_TYPES]
    if not pages:
        pages = [part for part in parts if part.get_content_maintype() == "text"][:1]
    if not pages:
        fault = Fault(FaultReason.CORRUPT, "a web page was expected in the text and none is there")
        return Reading(Kind.EDOC, "multipart/related", faults=(fault,))
    texts, faults = [], list[Fault]()
    for page in pages:
        decoded = html.decode_html(_bytes(page), page.get_content_charset() or "")
        body = b"\xef\xbb\xbf" + decoded.text.encode("utf-8", "replace")
        reading = html.read(InMemory(body), hint)
        faults += decoded.faults()
        texts.append(reading.text)
        faults += reading.faults
    rest = {
        f"{number}": part
        for number, part in enumerate(parts)
        if part not in pages and part.get_content_type() not in {"text/css", "text/xml"}
    }

    def children() -> Iterator[Child | Fault]:
        for step, part in rest.items():
            where = str(part.get("Content-Location") or part.get_filename() or f"part{step}")
            file = encodable(where.replace("\\", "/").rsplit("/", 1)[-1])
            yield Child(step, file, Relation.INLINE, partial(_bytes, part), part.get_content_type())

    return Reading(
        Kind.EDOC,
        "text/html",
        text="\n".join(texts),
        text_method=TextMethod.EXTRACTED,
        faults=tuple(faults),
        children=children if rest else None,
        declared=len(rest),
    )


def _bytes(part: email.message.Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
