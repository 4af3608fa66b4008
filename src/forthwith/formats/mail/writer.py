"""Write an Internet message (RFC 5322, MIME) from parts that never were one.

Outlook stores keep a message as properties, not as bytes; this gives such a message a native.
The same input gives the same bytes for ever: boundaries come from a digest of the content, and no
Date, Message-ID or other header is invented. Which headers a message has is the caller's affair.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

#: Wishes and limits of RFC 5322 2.1.1, in octets without CRLF.
_FOLD_AT, _LINE_LIMIT = 76, 998
#: UTF-8 octets in one encoded word, so that it stays under 75 characters (RFC 2047 2).
_ENCODED_WORD_OCTETS = 45
_NAME = re.compile(r"[^!-9;-~]")
_FOLD = re.compile(r"(?<=[^ \t])(?=[ \t]+[^ \t])")
_BREAK = re.compile(r"(?:(?<![ \t])[ \t]+)?[\r\n]+[ \t]*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>|[^\s"<>]+|\s+|.', re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")
_BARE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
#: Headers that belong to the structure written here; the caller's own are kept under X-Original-.
_OURS = frozenset({"mime-version", "content-type", "content-transfer-encoding"})
#: Headers whose quoted strings and angle brackets are syntax (RFC 5322 3.4).
_STRUCTURED = frozenset(
    {
        "from", "sender", "reply-to", "to", "cc", "bcc", "return-path", "delivered-to",
        "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-bcc",
        "disposition-notification-to",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutgoingPart:
    """One attachment to write."""

    #: Original file name; "" when the source has none.
    name: str
    #: As declared by the source; an unusable one is written as application/octet-stream.
    media_type: str
    data: bytes
    #: Without angle brackets; "" when none.
    content_id: str = ""
    #: True: shown inside the HTML body, so it goes beside it in multipart/related.
    inline: bool = False
    #: True: `data` is itself an Internet message and is written unencoded (RFC 2046 5.2.1).
    is_message: bool = False
    #: True: the source lists the file and does not hold it; `data` is b"" then.
    absent: bool = False
    #: Of an absent file: where the source says it is kept, and its size; "" and 0 when it does not.
    address: str = ""
    size: int = 0


def render(
    headers: Sequence[tuple[str, str]],
    plain: str | None,
    html: str | None,
    attachments: Sequence[OutgoingPart] = (),
) -> bytes:
    """Return the message as bytes with CRLF line ends; equal arguments give equal bytes.

    Header values are text as sent: ASCII goes out untouched (encoded words stay what they are),
    anything else is encoded by RFC 2047. Characters that UTF-8 cannot hold become "?".
    """
    boundary = _boundary(headers, plain, html, attachments)
    inline = [part for part in attachments if part.inline and html is not None]
    attached = [part for part in attachments if not (part.inline and html is not None)]
    body = _body(plain, html, boundary)
    body = _joined("related", body, inline, boundary)
    body = _joined("mixed", body, attached, boundary)
    lines = [_header_line(name, value) for name, value in headers]
    return b"".join([*lines, b"MIME-Version: 1.0\r\n", body])


def _body(plain: str | None, html: str | None, boundary: str) -> bytes:
    """Return the body entity: its headers, a blank line, its content."""
    texts = [_text("plain", plain)] if plain is not None or html is None else []
    if html is not None:
        texts.append(_text("html", html))
    return texts[0] if len(texts) == 1 else _multipart("alternative", texts, boundary)


def _joined(subtype: str, body: bytes, parts: Sequence[OutgoingPart], boundary: str) -> bytes:
    if not parts:
        return body
    return _multipart(subtype, [body, *map(_attachment, parts)], boundary)


def _multipart(subtype: str, entities: Sequence[bytes], boundary: str) -> bytes:
    # A letter per level keeps an inner boundary from being a prefix of an outer one.
    mark = f"{boundary}.{subtype[0]}".encode()
    head = b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (subtype.encode(), mark)
    pieces = [b"--%s\r\n%s\r\n" % (mark, entity) for entity in entities]
    return b"".join([head, *pieces, b"--%s--\r\n" % mark])


def _text(subtype: str, text: str | None) -> bytes:
    data = _LINE_END.sub("\r\n", text or "").encode("utf-8", "replace")
    head = b"Content-Type: text/%s; charset=utf-8\r\n" % subtype.encode()
    if data.isascii() and b"\0" not in data and _short_lines(data):
        return head + b"Content-Transfer-Encoding: 7bit\r\n\r\n" + data
    encoded = _quoted_printable(data)
    return head + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + encoded


def _quoted_printable(data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    encoded = (binascii.b2a_qp(line, quotetabs=False, istext=False) for line in lines)
    return b"\r\n".join(_BARE_END.sub(b"\r\n", line) for line in encoded)


def _short_lines(data: bytes) -> bool:
    return all(len(line) <= _LINE_LIMIT for line in data.split(b"\r\n"))


def _attachment(part: OutgoingPart) -> bytes:
    """Return one attachment entity."""
    usable = _MEDIA_TYPE.fullmatch(part.media_type) is not None
    media_type = part.media_type if usable else "application/octet-stream"
    if part.is_message:
        media_type, coding, content = "message/rfc822", _bare_coding(part.data), part.data
    elif part.absent:
        coding, content = "7bit", f"Content-Type: {media_type}\r\n\r\n".encode()
        media_type = f"message/external-body;{_access(part)}"
    else:
        if media_type.lower().startswith(("multipart/", "message/")):
            media_type = "application/octet-stream"
        encoded = base64.b64encode(part.data)
        lines = (encoded[at : at + 76] for at in range(0, len(encoded), 76))
        coding, content = "base64", b"\r\n".join(lines)
    disposition = "inline" if part.inline else "attachment"
    headers = [
        f"Content-Type: {media_type}",
        f"Content-Transfer-Encoding: {coding}",
        f"Content-Disposition: {disposition}{_file_name(part.name)}",
    ]
    if part.content_id:
        headers.append(f"Content-ID: <{_BREAK.sub('', part.content_id)}>")
    return "\r\n".join(headers).encode("utf-8", "replace") + b"\r\n\r\n" + content


def _bare_coding(data: bytes) -> str:
    """Name the transfer encoding that leaves `data` as it is (RFC 2045 2.7 to 2.9)."""
    if b"\0" in data or _BARE_END.search(data) or not _short_lines(data):
        return "binary"
    return "7bit" if data.isascii() else "8bit"


def _access(part: OutgoingPart) -> str:
    """Return how to reach a file kept elsewhere (RFC 2017 3, RFC 2046 5.2.3), if at all."""
    size = f"\r\n size={part.size};" if part.size > 0 else ""
    if not part.address:
        return f"{size}\r\n access-type=x-absent"
    kind, attribute = ("URL", "url") if "://" in part.address else ("LOCAL-FILE", "name")
    return f"{size}\r\n access-type={kind};{_parameter(attribute, part.address)}"


def _file_name(name: str) -> str:
    """Return the file name as a parameter of Content-Disposition (RFC 2183, RFC 2231)."""
    return f";{_parameter('filename', name)}" if name else ""


def _parameter(attribute: str, value: str) -> str:
    if value.isascii() and value.isprintable() and "=?" not in value:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'\r\n {attribute}="{escaped}"'
    return f"\r\n {attribute}*=utf-8''{quote(value, safe='', errors='replace')}"


def _header_line(name: str, value: str) -> bytes:
    """Return one header, encoded and folded, with its CRLF."""
    safe = _NAME.sub("-", name) or "X-Unnamed"
    if safe.lower() in _OURS:
        safe = f"X-Original-{safe}"
    text = _BREAK.sub(" ", value.replace("\0", "")).strip()
    if not text.isascii():
        structured = safe.lower() in _STRUCTURED
        text = _encoded_structured(text) if structured else _encoded_words(text)
    return _folded(f"{safe}: {text}").encode("utf-8", "replace") + b"\r\n"


def _folded(line: str) -> str:
    if len(line) <= _FOLD_AT:
        return line
    lines = [""]
    for piece in _FOLD.split(line):
        # The name keeps its first word beside it: some readers take a bare "Name:" for empty.
        if len(lines[-1]) + len(piece) > _FOLD_AT and len(lines[-1].split()) > 1 - (len(lines) > 1):
            lines.append("")
        lines[-1] += piece
    return "\r\n".join(lines)


def _encoded_words(text: str) -> str:
    """Encode from the first to the last word that needs it; blanks between them belong inside."""
    words = re.split(r"( +)", text)
    needy = [at for at, word in enumerate(words) if not word.isascii()]
    first, last = needy[0], needy[-1] + 1
    inside = "".join(words[first:last])
    return "".join([*words[:first], _words_of(inside), *words[last:]])


def _words_of(text: str) -> str:
    chunks = [b""]
    for character in text:
        octets = character.encode("utf-8", "replace")
        if len(chunks[-1]) + len(octets) > _ENCODED_WORD_OCTETS:
            chunks.append(b"")
        chunks[-1] += octets
    return " ".join(f"=?utf-8?B?{base64.b64encode(chunk).decode()}?=" for chunk in chunks)


def _encoded_structured(text: str) -> str:
    """Encode display names only: an address between angle brackets stays as it is (RFC 6532)."""
    out: list[str] = []
    for token in _TOKEN.findall(text):
        if token.isascii() or token.startswith("<") or "@" in token.strip('"'):
            out.append(token)
        elif token.startswith('"') and token.endswith('"') and len(token) > 1:
            # No encoded word inside quotes (RFC 2047 5): the quotes go, the word holds all.
            out.append(_words_of(re.sub(r"\\(.)", r"\1", token[1:-1])))
        else:
            out.append(_glued(out, token))
    return "".join(out)


def _glued(out: list[str], token: str) -> str:
    """Encode one bare word; a blank between two encoded words is not shown, so it goes inside."""
    after_word = len(out) > 1 and out[-1].isspace() and out[-2].endswith("?=")
    tail = re.search(r"[,;:()]*$", token)
    end = tail.start() if tail else len(token)
    return _words_of((" " if after_word else "") + token[:end]) + token[end:]


def _boundary(
    headers: Sequence[tuple[str, str]],
    plain: str | None,
    html: str | None,
    attachments: Sequence[OutgoingPart],
) -> str:
    """Return a boundary that follows from the content and does not occur in it."""
    digest = hashlib.sha256()
    texts = [text for header in headers for text in header] + [plain or "", html or ""]
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(encoded) + encoded)
    for part in attachments:
        description = repr(
            (part.name, part.media_type, part.content_id, part.inline, len(part.data))
            + ((part.address, part.size) if part.absent else ())
        )
        digest.update(description.encode("utf-8", "backslashreplace") + part.data)
    boundary = digest.hexdigest()[:40]
    contents = [part.data for part in attachments]
    contents += [text.encode("utf-8", "replace") for text in texts]
    while any(boundary.encode() in data for data in contents):
        boundary = hashlib.sha256(boundary.encode()).hexdigest()[:40]
    return f"=_{boundary}"
