"""Tell mail and kinds of text apart by their first lines; and text of any charset from binary.

Real mail is known by its header lines, which libmagic misses half the time. What merely looks like
headers, in source code, YAML or notes, must not become mail: two lines that only mail has are
asked for, or one that nothing else has and a second of the same shape.
"""

from __future__ import annotations

import codecs
import json
import re

from forthwith.formats.media_names import extension_of

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
_HEADER = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,76})[ \t]{0,2}:(?!//)")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_FROM_LINE = re.compile(rb"From \S.{0,300}?(?:[0-9]{1,2}:[0-9]{2}|[0-9]{4})", re.DOTALL)
_EMLX = re.compile(rb"[0-9]{1,12}[ \t]*\r?\n")
_RSMF = re.compile(rb"^x-rsmf-version[ \t]*:", re.IGNORECASE | re.MULTILINE)
_BLANKS = b" \t\r\n"
_LOOKED_AT = 120
_CODE_FENCE = re.compile(rb"[{};=]\s*$")

_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_INSIDE = re.compile(rb"<html[\s>]|<!doctype\s+html|<body[\s>]", re.IGNORECASE)
_XML = re.compile(
    rb"\s*(?:<\?xml\b|<!DOCTYPE\s|<[A-Za-z_][\w.:-]*(?:\s+xmlns[:=]|>|\s+[\w:-]+=\"))"
)
_SVG = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?>\s*)*<svg[\s>]",
                  re.DOTALL)  # fmt: skip
_JSON_START = re.compile(rb"\s*(?:\{\s*\"(?:[^\"\\]|\\.){0,200}\"\s*:|\[\s*[\[{\"\d\]tfn-])")
_ARMOUR = {
    b"PGP MESSAGE": "application/pgp-encrypted",
    b"PGP SIGNATURE": "application/pgp-signature",
    b"PGP PUBLIC KEY BLOCK": "application/pgp-keys",
    b"PGP PRIVATE KEY BLOCK": "application/pgp-keys",
}
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # fmt: skip
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
    return "application/rsmf" if _RSMF.search(start) else "message/rfc822"


def _after_from_line(start: bytes) -> str:
    first, _, rest = start.partition(b"\n")
    if b"\r" in first.rstrip(b"\r"):
        first, _, rest = start.partition(b"\r")
    if not has_headers(rest):
        return ""
    return "application/mbox" if _FROM_LINE.match(first) else "message/rfc822"


def has_headers(start: bytes) -> bool:
    """Tell whether bytes begin with the header lines of a mail."""
    if _HEADER.match(start) is None:
        return False
    shaped, strong, weak, lowered = 0, 0, set[bytes](), 0
    for line in _LINE_END.split(start, _LOOKED_AT)[:_LOOKED_AT]:
        if line[:1] in (b" ", b"\t"):
            continue
        if not line or (found := _HEADER.match(line)) is None:
            if line[:5] == b">From":
                continue
            break
        name = found[1].lower()
        shaped += 1
        if name in _STRONG:
            strong += 1
        elif name in _WEAK:
            weak.add(name)
            lowered += found[1] == name
        if strong >= 2 or (strong and shaped >= 2 and weak):
            return True
    return _enough(shaped, strong, len(weak), lowered)


def _enough(shaped: int, strong: int, weak: int, lowered: int) -> bool:
    """Decide on what the whole header block showed; weak lines all in lower case are YAML."""
    if strong:
        return shaped >= 2
    return weak >= 2 and lowered < weak


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
    """Tell UTF-16 without a mark: in one half of the bytes nearly all are zero, in the other none."""
    sample = head[: len(head) // 2 * 2]
    if len(sample) < 8:
        return False
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    low, other = (sample[1::2], sample[::2]) if even > odd else (sample[::2], sample[1::2])
    plain = sum(byte >= 32 or byte in b"\t\r\n" for byte in low)
    return other.count(0) * 10 >= half * 7 and low.count(0) * 50 <= half and plain * 50 >= half * 49


def text_type(head: bytes, name: str, *, whole: bool) -> str:
    """Return the kind of text; the name decides only between kinds that look the same."""
    start = _narrow(head)
    if (found := _marked(start)) or (found := _markup(start, name)):
        return found
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
    if _HTML.match(start):
        return "text/html"
    if _SVG.match(start):
        return "image/svg+xml"
    opens = start.lstrip(_BLANKS)[:1] == b"<"
    if opens and _HTML_INSIDE.search(start[:2048]):
        return "text/html"
    if _XML.match(start):
        return "text/html" if extension_of(name) in ("html", "htm") else "text/xml"
    if opens and extension_of(name) in ("html", "htm", "xml"):
        return "text/xml" if extension_of(name) == "xml" else "text/html"
    return ""


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
