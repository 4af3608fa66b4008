"""What the native of a document is called in the volume.

The original name stays in the load file; here only its extension matters, and the content decides:
an extension that belies the content would be opened by the wrong program.
"""

from __future__ import annotations

import re

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind

_BLANK = re.compile(rb"\r?\n\r?\n")
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,10}")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OOXML = "application/vnd.openxmlformats-officedocument."

#: Extensions that tell the truth about a type, the usual one first.
_TRUE: dict[str, tuple[str, ...]] = {
    "message/rfc822": ("EML", "MHT", "MHTML"),
    "application/rsmf": ("RSMF", "EML"),
    "application/vnd.ms-outlook": ("MSG",),
    "application/x-emlx": ("EMLX",),
    "application/vnd.ms-tnef": ("DAT", "TNEF"),
    "application/pdf": ("PDF",),
    "application/msword": ("DOC", "DOT"),
    "application/vnd.ms-excel": ("XLS", "XLT", "XLA"),
    "application/vnd.ms-powerpoint": ("PPT", "PPS", "POT"),
    f"{_OOXML}wordprocessingml.document": ("DOCX",),
    f"{_OOXML}wordprocessingml.template": ("DOTX",),
    f"{_OOXML}spreadsheetml.sheet": ("XLSX",),
    f"{_OOXML}spreadsheetml.template": ("XLTX",),
    f"{_OOXML}presentationml.presentation": ("PPTX",),
    f"{_OOXML}presentationml.slideshow": ("PPSX",),
    f"{_OOXML}presentationml.template": ("POTX",),
    "application/vnd.ms-word.document.macroenabled.12": ("DOCM",),
    "application/vnd.ms-excel.sheet.macroenabled.12": ("XLSM",),
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": ("XLSB",),
    "application/vnd.ms-powerpoint.presentation.macroenabled.12": ("PPTM",),
    "application/vnd.oasis.opendocument.text": ("ODT", "OTT"),
    "application/vnd.oasis.opendocument.spreadsheet": ("ODS", "OTS"),
    "application/vnd.oasis.opendocument.presentation": ("ODP", "OTP"),
    "application/vnd.oasis.opendocument.graphics": ("ODG", "OTG"),
    "application/rtf": ("RTF", "DOC"),
    "text/html": ("HTML", "HTM", "XHTML"),
    "text/calendar": ("ICS", "VCS", "IFB"),
    "text/vcard": ("VCF", "VCARD"),
    "text/csv": ("CSV", "TSV", "TXT"),
    "application/json": ("JSON", "JSONL", "TXT"),
    "image/jpeg": ("JPG", "JPEG", "JPE", "JFIF"),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/bmp": ("BMP", "DIB"),
    "image/tiff": ("TIF", "TIFF"),
    "image/webp": ("WEBP",),
    "application/zip": ("ZIP",),
}
#: Usual extension where any other is believed as well.
_USUAL = {"text/plain": "TXT", "text/xml": "XML"}
_MAIL = frozenset({Kind.EMAIL, Kind.CALENDAR, Kind.CONTACT})
_MESSAGE, _OUTLOOK = "message/rfc822", "application/vnd.ms-outlook"


def extension(document: Document, native: bytes) -> str:
    """Return the extension under which `native` is delivered, upper case: "EML", "XLSX"."""
    if _is_message(document) and native.startswith(_OLE):
        return "MSG"
    if _is_message(document) and document.media_type != _MESSAGE:
        # A store keeps properties, not files: what is delivered was written for the production.
        return "EML"
    named = _named(document.name)
    true = _TRUE.get(document.media_type, ())
    if true:
        return named if named in true else true[0]
    return named or _USUAL.get(document.media_type, "BIN")


def _named(name: str) -> str:
    _, dot, tail = name.rpartition(".")
    return tail.upper() if dot and _EXTENSION.fullmatch(tail) else ""


def _is_message(document: Document) -> bool:
    if document.media_type in {_MESSAGE, _OUTLOOK}:
        return True
    return document.kind in _MAIL and document.media_type not in _TRUE


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
