"""Words of a part in another format that stands in a Word document (altChunk, ECMA-376-1, 17.17.2).

Word takes such a part in when it opens the file: its words are words of the document. The part is
HTML, a web page in one MIME file (RFC 2557), RTF, plain text, or another document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Hint, InMemory, Kind, Reading, TextMethod
from forthwith.formats.mail import web_archive
from forthwith.formats.pages import html
from forthwith.formats.rtf import reader as rtf
from forthwith.plain.charset import decode

_MIME = re.compile(
    rb"\s*(?:(?:MIME-Version|Content-Type|Content-Location|Content-Transfer-Encoding|Subject|Date|"
    rb"From|X-[\w-]+|Snapshot-[\w-]+)\s*:)",
    re.IGNORECASE,
)
_TAKEN_IN = frozenset({"text/html", "text/plain", *web_archive.MEDIA_TYPES})
_TEXT_NAMES = (".txt", ".text")
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
            return web_archive.read(source, about)
        text = decode(data, "")
        if text.text.lstrip().startswith("<") or name.lower().endswith(_PAGE_NAMES):
            return html.read(source, about)
    except UnreadableError as error:
        return Reading(Kind.EDOC, "", faults=(replace(error.fault, lost=False),))
    if not name.lower().endswith(_TEXT_NAMES):
        # What it is its own reader tells: the part is a child.
        return Reading(Kind.EDOC, "")
    words = text.text.replace("\r\n", "\n")
    return Reading(Kind.EDOC, "text/plain", words, TextMethod.EXTRACTED, faults=text.faults())


def is_whole(reading: Reading) -> bool:
    """Tell whether the document the part stands in gives everything there is of it."""
    return reading.media_type in _TAKEN_IN and not reading.faults
