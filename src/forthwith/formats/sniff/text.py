"""Tell mail and kinds of text apart by their first lines; and text of any charset from binary.

Mail is known by its header lines (`mail.message_start`), which libmagic misses half the time.
"""

from __future__ import annotations

import codecs
import json
import re

from forthwith.formats.mail.mbox import MARKS, PATCH
from forthwith.formats.mail.message_start import (
    after_blanks,
    has_headers,
    is_web_archive,
    start_of,
)
from forthwith.formats.sniff.media_names import extension_of

#: The separator as mailers write it (asctime, RFC 4155); it stands for mail by itself.
_SEPARATOR = re.compile(
    rb"From \S+\s+(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9][0-9] [0-9]{2}:[0-9]{2}"
)
_FROM_LINE = re.compile(rb"From \S.{0,300}?(?:[0-9]{1,2}:[0-9]{2}|[0-9]{4})", re.DOTALL)
#: One without address and date, as some exporters write.
_BARE_FROM = re.compile(rb"From\r?\n")
#: Extensions that say a file is a message.
_MAIL_NAMES = frozenset({"eml", "mht", "mhtml", "mim", "mime", "nws", "msg", "email", "mail"})
_EMLX = re.compile(rb"[0-9]{1,12}[ \t]*\r?\n")
_RSMF = re.compile(rb"^x-rsmf-version[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BLANKS = b" \t\r\n"
_LOOKED_AT = 120

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title)\b", re.IGNORECASE)
_HTML_INSIDE = re.compile(rb"<html[\s>]|<!doctype\s+html", re.IGNORECASE)
_HTML_BODY = re.compile(rb"<(?:body|p|br|div|span|table|a\s+href)[\s>/]", re.IGNORECASE)
_XML = re.compile(rb"<!DOCTYPE\s|<[A-Za-z_][\w.:-]*(?:\s+xmlns[:=]|>|\s+[\w:-]+=\")")
#: The program a document of Office says it is opened with.
_PROGRAM = re.compile(rb"<\?mso-application[^>]{0,40}progid=[\"'](\w+)\.", re.IGNORECASE)
_FLAT = "application/vnd.openxmlformats-officedocument.{}-flat-xml"
_SVG = re.compile(rb"<(?:!DOCTYPE\s+)?svg[\s>]")
#: What may stand before the root of a document, and how it ends.
_PROLOGUE = ((b"<!--", b"-->"), (b"<?", b"?>"))
_JSON_START = re.compile(rb"\s*(?:\{\s*\"(?:[^\"\\]|\\.){0,200}\"\s*:|\[\s*[\[{\"\d\]tfn-])")
_ARMOUR = {
    b"PGP MESSAGE": "application/pgp-encrypted",
    b"PGP SIGNATURE": "application/pgp-signature",
    b"PGP PUBLIC KEY BLOCK": "application/pgp-keys",
    b"PGP PRIVATE KEY BLOCK": "application/pgp-keys",
}
_BOMS = (
    codecs.BOM_UTF8,
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)
#: Control characters no text of any charset has; form feed, escape and Ctrl-Z it may.
_CONTROLS = bytes({*range(32), 127} - {9, 10, 11, 12, 13, 26, 27, 8, 0x0E, 0x0F})


def mail_type(head: bytes, name: str = "") -> str:
    """Return the mail type the first lines decide, or ""; a name of mail asks for less."""
    text = _narrow(head) if b"\0" in head[:4] or head[:2] in _BOMS else head
    at = after_blanks(text)
    start = text[at:] if at else text
    if PATCH.match(start):
        return "text/x-diff"
    if start[:5] in (b"From ", b">From") or _BARE_FROM.match(start):
        return _after_from_line(start)
    if start.startswith(b"BABYL OPTIONS:"):
        return "application/x-rmail-babyl"
    if start.startswith(MARKS):
        return "application/mbox" if has_headers(_after_mark(start)) else ""
    if (number := _EMLX.match(start)) is not None and has_headers(start[number.end() :]):
        return "application/x-emlx"
    begun = start_of(start, named=extension_of(name) in _MAIL_NAMES)
    if begun is None:
        return ""
    lowered = start.lower()
    if b"-rsmf-" in lowered and _RSMF.search(start):
        return "application/rsmf"
    if is_web_archive(start[begun.at :], lowered):
        return "application/x-mimearchive"
    return "message/rfc822"


def _after_mark(start: bytes) -> bytes:
    """Return what follows a line between messages, a From_ line stepped over."""
    message = start.partition(b"\n")[2]
    return message.partition(b"\n")[2] if message[:5] == b"From " else message


def _after_from_line(start: bytes) -> str:
    first, _, rest = start.partition(b"\n")
    if b"\r" in first.rstrip(b"\r"):
        first, _, rest = start.partition(b"\r")
    if _SEPARATOR.match(first):
        return "application/mbox"
    while rest[:1] in (b" ", b"\t"):
        rest = rest.partition(b"\n")[2]
    if not has_headers(rest):
        return ""
    return "application/mbox" if _FROM_LINE.match(first) else "message/rfc822"


#: Every byte but the control characters that text does not hold.
_PLAIN = bytes({*b"\t\r\n", *range(32, 256)})


def looks_textual(head: bytes) -> bool:
    """Tell text in any charset from binary data."""
    if head.startswith(_BOMS) or is_utf16(head):
        return True
    if b"\0" in head:
        return False
    odd = len(head) - len(head.translate(None, _CONTROLS))
    if odd * 100 > len(head):
        return False
    high = sum(map(head.count, (b"\xff", b"\xfe")))
    return high * 20 <= len(head)


def is_utf16(head: bytes) -> bool:
    """Tell UTF-16 without a mark: every other byte is mostly zero, those between never."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 8:
        return False
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    low, other = (sample[1::2], sample[::2]) if even > odd else (sample[::2], sample[1::2])
    plain = len(low) - len(low.translate(None, _PLAIN))
    return other.count(0) * 10 >= half * 7 and low.count(0) * 50 <= half and plain * 50 >= half * 49


def text_type(head: bytes, name: str, *, whole: bool) -> str:
    """Return the kind of text; the name decides only between kinds that look the same."""
    start = _narrow(head)
    if (kind := _marked(start)) or (kind := _markup(start, name)):
        return kind
    extension = extension_of(name)
    if _is_json(start, extension, whole=whole):
        return "application/json"
    return "text/csv" if extension in ("csv", "tsv", "tab") else "text/plain"


def _narrow(head: bytes) -> bytes:
    """Return the text's ASCII as single bytes, whatever width it is written in."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or is_utf16(head):
        return head.replace(b"\0", b"").lstrip(b"\xff\xfe")
    return head.removeprefix(codecs.BOM_UTF8)


def _marked(start: bytes) -> str:
    """Return the type of text that begins with a line only its kind has, or ""."""
    line = start.lstrip(_BLANKS)[:64]
    if line[:15].upper() == b"BEGIN:VCALENDAR":
        return "text/calendar"
    if line[:11].upper() == b"BEGIN:VCARD":
        return "text/vcard"
    if line.startswith(b"-----BEGIN "):
        label = line[11:].partition(b"-----")[0]
        return _ARMOUR.get(label, "")
    return ""


def _markup(start: bytes, name: str) -> str:
    opening = start.lstrip(_BLANKS)
    if opening[:1] != b"<":
        return ""
    root = _root(opening)
    if kind := _office_xml(opening, root):
        return kind
    extension = extension_of(name)
    if _HTML.match(root) or _HTML_INSIDE.search(opening[:2048]):
        return "text/html"
    if _SVG.match(root):
        return "image/svg+xml"
    if root is opening and b" xmlns" not in opening[:512] and _HTML_BODY.search(opening[:2048]):
        return "text/html"
    if opening.startswith((b"<?xml", b"<?xpacket")) or _XML.match(root):
        return "text/html" if extension in ("html", "htm") else "text/xml"
    return {"html": "text/html", "htm": "text/html", "xml": "text/xml"}.get(extension, "")


def _office_xml(opening: bytes, root: bytes) -> str:
    """Return the type of a document of Office written as one XML file, or ""."""
    if b"schemas-microsoft-com" not in root[:4096] and b"schemas.microsoft.com" not in root[:4096]:
        return ""
    start = root[:2048].partition(b">")[0]
    if b"office/word/2003/wordml" in start and b"wordDocument" in start:
        return "application/vnd.ms-wordml"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start and b"Workbook" in start:
        return "application/vnd.ms-spreadsheetml"
    if b"schemas.microsoft.com/office/2006/xmlPackage" not in start:
        return ""
    said = _PROGRAM.search(opening)
    program = said[1].lower() if said else b""
    if program == b"powerpoint" or (not program and b"presentationml" in opening):
        return _FLAT.format("presentationml.presentation")
    if program == b"excel" or (not program and b"spreadsheetml" in opening):
        return _FLAT.format("spreadsheetml.sheet")
    return _FLAT.format("wordprocessingml.document")


def _root(opening: bytes) -> bytes:
    """Return what stands after declarations, instructions and comments."""
    for _ in range(_LOOKED_AT):
        for begin, end in _PROLOGUE:
            if opening.startswith(begin):
                opening = opening.partition(end)[2].lstrip(_BLANKS)
                break
        else:
            return opening
    return opening


def _is_json(start: bytes, extension: str, *, whole: bool) -> bool:
    if _JSON_START.match(start) is None and start.lstrip(_BLANKS)[:2] not in (b"{}", b"[]"):
        return False
    if not whole or extension in ("json", "jsonl", "ndjson", "geojson", "ipynb"):
        return True
    try:
        json.loads(start)
    except (ValueError, RecursionError):
        return False
    return True
