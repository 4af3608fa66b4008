"""What the native of a document is called in the volume.

The original name stays in the load file; here only its extension matters, and the content decides:
an extension that belies the content would be opened by the wrong program.
"""

from __future__ import annotations

import re

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.formats.sniff.media_names import extension_for, row_of

_BLANK = re.compile(rb"\r?\n\r?\n")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIL = frozenset({Kind.EMAIL, Kind.CALENDAR, Kind.CONTACT})
_MESSAGE, _OUTLOOK = "message/rfc822", "application/vnd.ms-outlook"


def extension(document: Document, native: bytes) -> str:
    """Return the extension under which `native` is delivered, upper case: "EML", "XLSX"."""
    if _is_message(document) and native.startswith(_OLE):
        return "MSG"
    if _is_message(document) and document.media_type != _MESSAGE:
        # A store keeps properties, not files: what is delivered was written for the production.
        return "EML"
    return extension_for(document.media_type, document.name).removeprefix(".").upper() or "BIN"


def _is_message(document: Document) -> bool:
    if document.media_type in {_MESSAGE, _OUTLOOK}:
        return True
    return document.kind in _MAIL and not row_of(document.media_type).extensions


def delivered_type(document: Document, extension_given: str) -> str:
    """Return the media type of the native under that extension."""
    if _is_message(document) and extension_given in {"EML", "MSG"}:
        return _MESSAGE if extension_given == "EML" else _OUTLOOK
    return document.media_type or "application/octet-stream"


def header_of(native: bytes, extension_given: str) -> str:
    """Return the header block of a delivered message, for one whose source kept none."""
    if extension_given != "EML":
        return ""
    end = _BLANK.search(native)
    return native[: end.start() if end else len(native)].decode("utf-8", "replace")


def written_from_store(document: Document) -> bool:
    """Return True for a message that was properties, not a file, and was written as one for us.

    So are messages of a PST or OST, and messages attached inside an Outlook message.
    """
    if document.kind not in _MAIL or document.media_type != _MESSAGE:
        return False
    return any(each.origin.startswith("mapi:") for each in document.fields.values())
