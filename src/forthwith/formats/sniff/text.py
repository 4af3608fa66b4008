"""Tell mail and kinds of text apart by their first lines; and text of any charset from binary.

Real mail is known by its header lines, which libmagic misses half the time. What merely looks like
headers, in source code, YAML or notes, must not become mail: two lines that only mail has are
asked for, or one that nothing else has and a second of the same shape.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field

from forthwith.formats.sniff.media_names import extension_of

#: Nothing but mail (or news) has these lines.
_STRONG = frozenset(
    b"received return-path message-id delivered-to mime-version x-mailer x-originating-ip "
    b"dkim-signature arc-seal arc-message-signature received-spf authentication-results "
    b"envelope-to delivery-date x-received x-uidl x-mozilla-status x-apparently-to thread-index "
    b"domainkey-signature x-mimeole x-originalarrivaltime x-filename x-from list-unsubscribe "
    b"resent-from resent-message-id errors-to newsgroups x-rsmf-version in-reply-to "
    b"x-mozilla-status2 x-priority x-envelope-from x-virus-scanned x-google-smtp-source "
    b"x-spam-status x-folder x-gmail-labels x-gm-thrid x-account-key".split()
)
#: Mail has these; so may a memo, a web reply or a YAML file, alone.
_WEAK = frozenset(
    b"from to cc bcc date subject sender reply-to content-type content-transfer-encoding "
    b"content-disposition content-id references organization importance priority sensitivity "
    b"content-language user-agent precedence resent-to resent-date status x-status "
    b"thread-topic".split()
)
_HEADER = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,76})[ \t]{0,8}:(?!//)")
_LINE = re.compile(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_MULTIPART = re.compile(rb"content-type[ \t]*:\s*multipart/", re.IGNORECASE)
#: The separator as mailers write it (asctime, RFC 4155); it stands for mail by itself.
_SEPARATOR = re.compile(
    rb"From \S+\s+(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-9][0-9] [0-9]{2}:[0-9]{2}"
)
_FROM_LINE = re.compile(rb"From \S.{0,300}?(?:[0-9]{1,2}:[0-9]{2}|[0-9]{4})", re.DOTALL)
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


def mail_type(head: bytes) -> str:
    """Return the mail type the first lines decide, or ""."""
    start = head.lstrip(_BLANKS).removeprefix(codecs.BOM_UTF8)
    if start[:5] in (b"From ", b">From"):
        return _after_from_line(start)
    if (number := _EMLX.match(start)) is not None and has_headers(start[number.end() :]):
        return "application/x-emlx"
    if not has_headers(start):
        return ""
    return (
        "application/rsmf"
        if b"-rsmf-" in start.lower() and _RSMF.search(start)
        else "message/rfc822"
    )


def _after_from_line(start: bytes) -> str:
    first, _, rest = start.partition(b"\n")
    if b"\r" in first.rstrip(b"\r"):
        first, _, rest = start.partition(b"\r")
    if _SEPARATOR.match(first):
        return "application/mbox"
    if not has_headers(rest):
        return ""
    return "application/mbox" if _FROM_LINE.match(first) else "message/rfc822"


def has_headers(start: bytes) -> bool:
    """Tell whether bytes begin with the header lines of a mail."""
    if _HEADER.match(start) is None:
        return False
    lines = _HeaderLines()
    at = 0
    for _ in range(_LOOKED_AT):
        line = _LINE.match(start, at)
        if line is None or not lines.take(line[1]):
            break
        if lines.certain:
            return True
        at = line.end()
    return lines.likely


@dataclass(slots=True)
class _HeaderLines:
    """What the header lines so far showed."""

    shaped: int = 0
    strong: int = 0
    weak: set[bytes] = field(default_factory=set)
    #: Weak names written all in lower case, as YAML writes its keys and mail hardly ever.
    lowered: int = 0

    def take(self, line: bytes) -> bool:
        """Count one line; False when it ends the header block."""
        if line[:1] in (b" ", b"\t") or line[:6] == b">From ":
            return True
        field = _HEADER.match(line)
        if field is None:
            return False
        name = field[1].lower()
        self.shaped += 1
        if name in _STRONG or _MULTIPART.match(line):
            self.strong += 1 if name in _STRONG else 2
        elif name in _WEAK:
            self.weak.add(name)
            self.lowered += field[1] == name
        return True

    @property
    def certain(self) -> bool:
        """True as soon as nothing that follows could change the answer."""
        return self.strong >= 2 or bool(self.strong and self.weak)

    @property
    def likely(self) -> bool:
        """The answer at the end of the block: a line of mail alone and one more, or two others."""
        if self.strong:
            return self.shaped >= 2
        return len(self.weak) >= 2 and self.lowered < len(self.weak)


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
