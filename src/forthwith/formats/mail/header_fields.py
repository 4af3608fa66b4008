"""What the headers of a message say, as fields.

Addresses are given as sent, one string a mailbox, display names decoded (RFC 5322 3.4, 4.4);
nothing is normalised. A group gives its members, and an empty group its own name
("undisclosed-recipients:;"); the group's name stays in the header block.

Links in the body to files that lie in a cloud are a field as well: they are sent instead of
attachments. Only links whose shape names a file or folder of a known service count; nothing is
fetched. Dates are `dates`, how headers are split and decoded is `headers`, which parts are attached
is `body`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.formats.mail.absent import external_place
from forthwith.formats.mail.body import MessageParts, Text
from forthwith.formats.mail.dates import dated, instant
from forthwith.formats.mail.headers import Headers, decoded, unfolded
from forthwith.formats.mail.mime import Part
from forthwith.formats.mail.smime import content_type
from forthwith.plain import charset

_TEXTS = (
    (fields.SUBJECT, b"subject", "Subject"),
    (fields.CONVERSATION_TOPIC, b"thread-topic", "Thread-Topic"),
    (fields.SENSITIVITY, b"sensitivity", "Sensitivity"),
)
_ADDRESSES = (
    (fields.TO, b"to", "To"),
    (fields.CC, b"cc", "Cc"),
    (fields.BCC, b"bcc", "Bcc"),
    (fields.REPLY_TO, b"reply-to", "Reply-To"),
)
#: One label of a list, commas inside quotes taken in.
_LABEL = re.compile(r'(?:"[^"]*"|[^,"])+|"')
#: Encoded words of a wrong charset told one by one.
_MOST_WORDS = 20
_IDENTIFIER = re.compile(r"<[^<>]*>|[^\s<>,]+")
#: Bits of X-Mozilla-Status and letters of Status and X-Status, as Thunderbird and UW IMAP write.
_MOZILLA = ((1, "read"), (2, "answered"), (4, "flagged"), (8, "deleted"), (0x1000, "forwarded"))
_LETTERS = {"R": "read", "A": "answered", "F": "flagged", "D": "deleted", "T": "draft"}
_PGP_MESSAGE, _PGP_SIGNED = "-----BEGIN PGP MESSAGE-----", "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_OPAQUE = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


def fields_of(parts: MessageParts, text: Text) -> tuple[tuple[FieldValue, ...], list[Fault]]:
    """Return every field of a message, and a Fault for each header that could not be read."""
    headers = parts.message.root.headers
    faults = list(_undecodable(headers))
    out: list[FieldValue] = []
    _identity(headers, out)
    for name, header, label in _ADDRESSES:
        values = [mailbox for raw in headers.all(header) for mailbox in mailboxes(raw)]
        if values:
            out.append(FieldValue(name, tuple(values), f"header:{label}"))
    _dates(headers, out, faults)
    _flags(headers, out)
    _kept_flags(headers, out)
    _labels(headers, out)
    outside = [part for part in parts.attachments if part.media_type == "message/external-body"]
    places = (external_place(part)[1] for part in outside)
    linked = (*cloud_links(text.plain, text.html), *(place for place in places if "://" in place))
    if links := tuple(dict.fromkeys(linked)):
        out.append(FieldValue(fields.LINKS, links, "computed"))
    _protection(parts, text, out, faults)
    coded = b"=?" in headers.block or not headers.block.isascii()
    if coded and (shown := [datum.name for datum in out if "\ufffd" in str(datum.value)]):
        detail = (
            f"{', '.join(shown)}: replacement characters (U+FFFD) stand for what no charset "
            "explains or the sender had lost"
        )
        faults.append(Fault(FaultReason.UNDECODABLE, detail))
    block = charset.decode(headers.block).text.replace("\r\n", "\n").rstrip("\r\n")
    if block:
        out.append(FieldValue(fields.HEADER, block, "header"))
    return tuple(out), faults


def _identity(headers: Headers, out: list[FieldValue]) -> None:
    """Add who, what and which conversation."""
    for name, header, label in (
        (fields.FROM, b"from", "From"),
        (fields.SENDER, b"sender", "Sender"),
    ):
        if values := [mailbox for raw in headers.all(header) for mailbox in mailboxes(raw)]:
            out.append(FieldValue(name, "; ".join(values), f"header:{label}"))
    for name, header, label in _TEXTS:
        if value := headers.text(header):
            out.append(FieldValue(name, value, f"header:{label}"))
    if raw := headers.raw(b"message-id"):
        out.append(FieldValue(fields.MESSAGE_ID, _first_identifier(raw), "header:Message-ID"))
    if raw := headers.raw(b"in-reply-to"):
        out.append(FieldValue(fields.IN_REPLY_TO, decoded(raw), "header:In-Reply-To"))
    if raw := headers.raw(b"references"):
        identifiers = tuple(_IDENTIFIER.findall(decoded(raw)))
        out.append(FieldValue(fields.REFERENCES, identifiers, "header:References"))
    if raw := headers.raw(b"thread-index"):
        index = unfolded(raw).replace(b" ", b"").decode("ascii", "replace")
        out.append(FieldValue(fields.CONVERSATION_INDEX, index, "header:Thread-Index"))


def _first_identifier(raw: bytes) -> str:
    """Return the identifier with its brackets and no blanks; case as sent (EDRM MIH)."""
    value = decoded(raw)
    start = value.find("<")
    end = value.find(">", start)
    return value[start : end + 1] if 0 <= start < end else value


def _dates(headers: Headers, out: list[FieldValue], faults: list[Fault]) -> None:
    if value := headers.text(b"date"):
        sent = dated(value)
        if sent.instant:
            out.append(FieldValue(fields.SENT, sent.instant, "header:Date"))
        if sent.doubt:
            faults.append(Fault(FaultReason.CORRUPT, f"the Date header {sent.doubt}"))
        others: set[str] = set()
        if headers.count(b"date") > 1:
            others = {decoded(raw) for raw in headers.all(b"date")} - {value}
        if {instant(other) for other in others} - {sent.instant}:
            detail = (
                f"{len(others) + 1} Date headers disagree; the first one is taken: {value[:80]!r}"
            )
            faults.append(Fault(FaultReason.DISAGREEMENT, detail))
    if value := headers.text(b"received"):
        received = dated(value.rpartition(";")[2])
        if received.instant:
            out.append(FieldValue(fields.RECEIVED, received.instant, "header:Received"))
            if received.doubt:
                faults.append(Fault(FaultReason.CORRUPT, f"the Received header {received.doubt}"))


def _flags(headers: Headers, out: list[FieldValue]) -> None:
    for header, label in (
        (b"importance", "Importance"),
        (b"x-msmail-priority", "X-MSMail-Priority"),
        (b"x-priority", "X-Priority"),
        (b"priority", "Priority"),
    ):
        if value := headers.text(header):
            out.append(FieldValue(fields.IMPORTANCE, value, f"header:{label}"))
            break
    if headers.all(b"x-ms-has-attach"):
        answer = "yes" if headers.text(b"x-ms-has-attach").lower() == "yes" else "no"
        out.append(FieldValue(fields.HAS_ATTACHMENTS, answer, "header:X-MS-Has-Attach"))


def _labels(headers: Headers, out: list[FieldValue]) -> None:
    """Add the labels Gmail keeps instead of folders: a list as of CSV, a comma inside quotes."""
    for header, label in ((b"x-gmail-labels", "X-Gmail-Labels"), (b"x-keywords", "X-Keywords")):
        if not headers.raw(header):
            continue
        values = [decoded(raw) for raw in headers.all(header)]
        if names := tuple(_listed(", ".join(value for value in values if value))):
            out.append(FieldValue(fields.LABELS, names, f"header:{label}"))
            return


def _listed(value: str) -> Iterator[str]:
    for match in _LABEL.finditer(value):
        # The quotes of a label stand around what holds a comma, in the midst of it as well.
        if name := match[0].replace('"', "").strip():
            yield name


def _kept_flags(headers: Headers, out: list[FieldValue]) -> None:
    """Add the flags a mailbox keeps in headers; a message marked deleted is there all the same."""
    letters = headers.text(b"status") + headers.text(b"x-status")
    bits = headers.text(b"x-mozilla-status")[:8]
    if not letters and not bits:
        return
    names = [name for letter, name in _LETTERS.items() if letter in letters and len(letters) < 8]
    if re.fullmatch("[0-9A-Fa-f]{1,8}", bits):
        names += [name for bit, name in _MOZILLA if int(bits, 16) & bit]
    if names:
        origin = "header:X-Mozilla-Status" if bits else "header:Status"
        out.append(FieldValue(fields.FLAGS, tuple(dict.fromkeys(names)), origin))


def _protection(
    parts: MessageParts, text: Text, out: list[FieldValue], faults: list[Fault]
) -> None:
    """Add signed and encrypted, with the Fault that an encrypted body calls for."""
    signed, encrypted = _seals(parts, text)
    if signed:
        out.append(FieldValue(fields.SIGNED, signed, "computed"))
    if encrypted:
        out.append(FieldValue(fields.ENCRYPTED, encrypted, "computed"))
        detail = f"the content is encrypted with {encrypted}; the key is needed"
        faults.append(Fault(FaultReason.ENCRYPTED, detail))


def _seals(parts: MessageParts, text: Text) -> tuple[str, str]:
    signed = encrypted = ""
    for part in parts.multiparts:
        protocol = part.parameter("protocol").lower()
        if part.media_type == "multipart/signed":
            signed = signed or ("PGP" if "pgp" in protocol else "S/MIME")
        elif part.media_type == "multipart/encrypted":
            encrypted = encrypted or ("PGP" if "pgp" in protocol else protocol or "unknown means")
    if parts.opaque_layers:
        signed = signed or "S/MIME"
    for part in parts.attachments:
        if part.media_type in _OPAQUE and "envelope" in content_type(part.decoded().data):
            encrypted = encrypted or "S/MIME"
        elif part.media_type in _SIGNATURES:
            signed = signed or "S/MIME"
    if _PGP_MESSAGE in text.plain:
        encrypted = encrypted or "PGP"
    if _PGP_SIGNED in text.plain:
        signed = signed or "PGP"
    return signed, encrypted


def _undecodable(headers: Headers) -> Iterator[Fault]:
    if b"=?" in headers.block:
        for name, declared, taken in dict.fromkeys(islice(headers.unexplained(), _MOST_WORDS)):
            detail = (
                f"header {name}: its declared charset ({declared[:40]}) does not explain its "
                f"bytes; read as {taken}"
            )
            yield Fault(FaultReason.UNDECODABLE, detail)
    if headers.block.isascii():
        return
    block = charset.decode(headers.block)
    if block.origin in ("guess", "default") or block.undecodable:
        detail = (
            "headers hold 8-bit text of no declared charset: how it is read is a guess "
            f"({block.charset} for the block)"
        )
        yield Fault(FaultReason.UNDECODABLE, detail)


def times_of(part: Part) -> tuple[FieldValue, ...]:
    """Return the file times a sender gives in Content-Disposition (RFC 2183 2.4 to 2.6)."""
    if not part.headers.raw(b"content-disposition"):
        return ()
    parameters = part.headers.value(b"content-disposition")[1]
    out = []
    for name, parameter in (
        (fields.CREATED, "creation-date"),
        (fields.MODIFIED, "modification-date"),
        (fields.ACCESSED, "read-date"),
    ):
        if (value := parameters.get(parameter)) and (moment := instant(value)):
            out.append(FieldValue(name, moment, f"header:Content-Disposition:{parameter}"))
    return tuple(out)


#: What has a meaning of its own between mailboxes.
_TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*"|=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?=|\\.|[()<>,;:]|[^"\\()<>,;:=]+|["\\=]',
    re.DOTALL,
)
#: More addresses than any mail has; the rest stays in one string.
_MOST_ADDRESSES = 100_000


def mailboxes(raw: bytes) -> tuple[str, ...]:
    """Split a raw header value into mailboxes as sent.

    Commas inside quotes, comments and angle brackets do not separate; semicolons do, as Outlook
    writes them. Never raises.
    """
    value = unfolded(raw)
    if value.isascii() and not any(mark in value for mark in b'"(,;:'):
        return (decoded(value),) if value else ()
    pieces = (decoded(piece) for piece in _pieces(value))
    return tuple(piece for piece in pieces if piece)


def _pieces(value: bytes) -> list[bytes]:
    pieces: list[bytes] = []
    piece: list[bytes] = []
    comment, angle, group, members = 0, False, b"", 0
    # A colon ends a group's name: words without "@" or "[", where a ";" ends some group. Both are
    # known as the tokens go by; to look back at each colon would be quadratic.
    grouped, words = b";" in value, True
    for token in _TOKEN.findall(value):
        if len(token) > 1:
            pass
        elif token in (b"(", b")"):
            comment = max(0, comment + (1 if token == b"(" else -1))
        elif comment:
            pass
        elif token in (b"<", b">"):
            angle = token == b"<"
        elif token == b":" and grouped and words and not angle and not group:
            group, piece, members = b"".join(piece).strip() or b" ", [], len(pieces)
            continue
        elif token in (b",", b";") and not angle and len(pieces) < _MOST_ADDRESSES:
            if mailbox := b"".join(piece).strip():
                pieces.append(mailbox)
            if token == b";" and group:
                pieces += [group + b":;"] if len(pieces) == members else []
                group = b""
            piece, words = [], True
            continue
        piece.append(token)
        words = words and b"@" not in token and b"[" not in token
    return [*pieces, b"".join(piece).strip()]


_URL = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x1f]{4,4000}", re.IGNORECASE)
_CLOUD = re.compile(
    r"""^(?:
      [\w-]+\.sharepoint\.(?:com|us|cn|de)/.+
    | (?:\w+\.)?onedrive\.live\.com/.* | 1drv\.ms/.+ | d\.docs\.live\.net/.+
    | drive\.google\.com/(?:file|open|drive|folder|uc|a/).*
    | docs\.google\.com/(?:a/[^/]+/)?
      (?:document|spreadsheets?|presentation|forms|drawings|uc|file)/?.*
    | (?:www\.|dl\.)?dropbox(?:usercontent)?\.com/
      (?:s|sh|scl|t|l|u|transfer|request|home)/.*
    | db\.tt/.+
    | (?:[\w-]+\.)*box\.(?:com|net)/(?:s|v|file|folder|shared|notes)/.+
    | (?:www\.)?icloud\.com/(?:iclouddrive|attachment|pages|numbers|keynote).*
    | we\.tl/.+ | (?:[\w-]+\.)?wetransfer\.com/downloads/.+
    | (?:[\w-]+\.)?sharefile\.(?:com|eu)/(?:d|share)[/-].+
    | (?:[\w-]+\.)?egnyte\.com/(?:dl|fl|h-s)/.+ | mega\.(?:nz|co\.nz)/.+
    )$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
#: How the hosts in `_CLOUD` end: nearly no link leads to any, and that is cheaper to find out.
_CLOUD_HOSTS = (
    ".sharepoint.com", ".sharepoint.us", ".sharepoint.cn", ".sharepoint.de", "onedrive.live.com",
    "1drv.ms", "d.docs.live.net", "drive.google.com", "docs.google.com", "dropbox.com",
    "dropboxusercontent.com", "db.tt", "box.com", "box.net", "icloud.com", "we.tl",
    "wetransfer.com", "sharefile.com", "sharefile.eu", "egnyte.com", "mega.nz", "mega.co.nz",
)  # fmt: skip
_TRAILING = ".,;:!?)]}>*_"
#: Services that wrap a link, and the query field that holds it.
_WRAPPERS = {"safelinks.protection.outlook.com": "url", "www.google.com": "q"}
_MOST_LINKS = 1000


def cloud_links(plain: str, page: str) -> tuple[str, ...]:
    """Return each link to a cloud file once, in order of appearance, as written or unwrapped."""
    links: dict[str, None] = {}
    if "://" in plain:
        _gather_links(links, plain)
    if "://" in page:
        _gather_links(links, html.unescape(page) if "&" in page else page)
    return tuple(links)


def _gather_links(links: dict[str, None], text: str) -> None:
    for url in dict.fromkeys(_URL.findall(text)):
        if len(links) >= _MOST_LINKS:
            return
        link = _unwrapped(url.rstrip(_TRAILING))
        place = link.partition("://")[2]
        if place.partition("/")[0].lower().endswith(_CLOUD_HOSTS) and _CLOUD.match(place):
            links[link] = None


def _unwrapped(link: str) -> str:
    lower = link.lower()
    for wrapper in _WRAPPERS:
        if wrapper in lower:
            break
    else:
        return link
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
        for wrapper, name in _WRAPPERS.items():
            if host.endswith(wrapper) and (targets := parse_qs(parts.query).get(name)):
                return targets[0]
    except ValueError:
        # A broken IPv6 host or too many query fields: the link stays as written.
        return link
    return link
