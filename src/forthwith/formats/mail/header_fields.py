"""What the headers of a message say, as fields; and what the message says it lacks, as Faults."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.formats.addresses import mailboxes
from forthwith.formats.mail.body import Sorted, name_of
from forthwith.formats.mail.headers import Headers, decoded, unfolded
from forthwith.formats.mail.mime import Part
from forthwith.formats.mail.plain_text import Text
from forthwith.formats.mail.smime import content_type
from forthwith.formats.mail_dates import instant, received_instant
from forthwith.formats.mail_links import cloud_links
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
_IDENTIFIER = re.compile(r"<[^<>]*>|[^\s<>,]+")
_PGP_MESSAGE, _PGP_SIGNED = "-----BEGIN PGP MESSAGE-----", "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_OPAQUE = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


def fields_of(found: Sorted, text: Text) -> tuple[tuple[FieldValue, ...], list[Fault]]:
    """Return every field of a message, and a Fault for each header that could not be read."""
    headers = found.message.root.headers
    faults = list(_undecodable(headers))
    out: list[FieldValue] = []
    _identity(headers, out)
    for name, header, shown in _ADDRESSES:
        values = [each for raw in headers.all(header) for each in mailboxes(raw)]
        if values:
            out.append(FieldValue(name, tuple(values), f"header:{shown}"))
    _dates(headers, out, faults)
    _flags(headers, out)
    _kept_flags(headers, out)
    if links := cloud_links(text.plain, text.html):
        out.append(FieldValue(fields.LINKS, links, "computed"))
    _protection(found, text, out, faults)
    block = charset.decode(headers.block).text.replace("\r\n", "\n").rstrip("\r\n")
    if block:
        out.append(FieldValue(fields.HEADER, block, "header"))
    return tuple(out), faults


def _identity(headers: Headers, out: list[FieldValue]) -> None:
    """Add who, what and which conversation."""
    for name, header, shown in (
        (fields.FROM, b"from", "From"),
        (fields.SENDER, b"sender", "Sender"),
    ):
        if values := [each for raw in headers.all(header) for each in mailboxes(raw)]:
            out.append(FieldValue(name, "; ".join(values), f"header:{shown}"))
    for name, header, shown in _TEXTS:
        if value := headers.text(header):
            out.append(FieldValue(name, value, f"header:{shown}"))
    if raw := headers.raw(b"message-id"):
        out.append(FieldValue(fields.MESSAGE_ID, _first_identifier(raw), "header:Message-ID"))
    if raw := headers.raw(b"in-reply-to"):
        out.append(FieldValue(fields.IN_REPLY_TO, decoded(raw), "header:In-Reply-To"))
    if raw := headers.raw(b"references"):
        each = tuple(_IDENTIFIER.findall(decoded(raw)))
        out.append(FieldValue(fields.REFERENCES, each, "header:References"))
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
    for name, header, shown, read in (
        (fields.SENT, b"date", "Date", instant),
        (fields.RECEIVED, b"received", "Received", received_instant),
    ):
        if not (value := headers.text(header)):
            continue
        if moment := read(value):
            out.append(FieldValue(name, moment, f"header:{shown}"))
        elif header == b"date":
            detail = f"the Date header is not a date: {value[:80]!r}"
            faults.append(Fault(FaultReason.CORRUPT, detail))


def _flags(headers: Headers, out: list[FieldValue]) -> None:
    for header, shown in (
        (b"importance", "Importance"), (b"x-msmail-priority", "X-MSMail-Priority"),
        (b"x-priority", "X-Priority"), (b"priority", "Priority"),
    ):  # fmt: skip
        if value := headers.text(header):
            out.append(FieldValue(fields.IMPORTANCE, value, f"header:{shown}"))
            break
    if headers.all(b"x-ms-has-attach"):
        says = headers.text(b"x-ms-has-attach").lower()
        held = "yes" if says == "yes" else "no"
        out.append(FieldValue(fields.HAS_ATTACHMENTS, held, "header:X-MS-Has-Attach"))


#: Bits of X-Mozilla-Status and letters of Status and X-Status, as Thunderbird and UW IMAP write.
_MOZILLA = ((1, "read"), (2, "answered"), (4, "flagged"), (8, "deleted"), (0x1000, "forwarded"))
_LETTERS = {"R": "read", "A": "answered", "F": "flagged", "D": "deleted", "T": "draft"}


def _kept_flags(headers: Headers, out: list[FieldValue]) -> None:
    """Add the flags a mailbox keeps in headers; a message marked deleted is there all the same."""
    letters = headers.text(b"status") + headers.text(b"x-status")
    names = [name for letter, name in _LETTERS.items() if letter in letters and len(letters) < 8]
    bits = headers.text(b"x-mozilla-status")[:8]
    if re.fullmatch("[0-9A-Fa-f]{1,8}", bits):
        names += [name for bit, name in _MOZILLA if int(bits, 16) & bit]
    if names:
        origin = "header:X-Mozilla-Status" if bits else "header:Status"
        out.append(FieldValue(fields.FLAGS, tuple(dict.fromkeys(names)), origin))


def _protection(found: Sorted, text: Text, out: list[FieldValue], faults: list[Fault]) -> None:
    """Add signed and encrypted, with the Fault that an encrypted body calls for."""
    signed, encrypted = _seals(found, text)
    if signed:
        out.append(FieldValue(fields.SIGNED, signed, "computed"))
    if encrypted:
        out.append(FieldValue(fields.ENCRYPTED, encrypted, "computed"))
        detail = f"the content is encrypted with {encrypted}; the key is needed"
        faults.append(Fault(FaultReason.ENCRYPTED, detail))


def _seals(found: Sorted, text: Text) -> tuple[str, str]:
    signed = encrypted = ""
    for part in found.multiparts:
        protocol = part.parameter("protocol").lower()
        if part.media_type == "multipart/signed":
            signed = signed or ("PGP" if "pgp" in protocol else "S/MIME")
        elif part.media_type == "multipart/encrypted":
            encrypted = encrypted or ("PGP" if "pgp" in protocol else protocol or "unknown means")
    if found.layers:
        signed = signed or "S/MIME"
    for part in found.attached:
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
    if headers.block.isascii():
        return
    held = charset.decode(headers.block)
    if held.origin in ("guess", "default") or held.undecodable:
        detail = f"headers hold 8-bit text of no declared charset; read as {held.charset}"
        yield Fault(FaultReason.UNDECODABLE, detail)


def kept_elsewhere(part: Part) -> Fault | None:
    """Return the Fault for a part whose content Apple Mail keeps in another file."""
    if not part.headers.raw(b"x-apple-content-length") or part.raw.strip():
        return None
    detail = f"part {part.number} ({name_of(part)!r}) is kept by Apple Mail in a file beside this"
    return Fault(FaultReason.MISSING, detail, lost=True, step=f"part:{part.number}")


def absences(found: Sorted) -> Iterator[Fault]:
    """Yield a Fault for everything the message itself says is not in it."""
    for part in found.message.root.walk():
        yield from _absent(part)
    for body in found.bodies:
        for each in (body.plain, body.html):
            if each is not None and (fault := kept_elsewhere(each)) is not None:
                yield Fault(fault.reason, fault.detail)
    headers = found.message.root.headers
    if headers.text(b"x-ms-has-attach").lower() == "yes" and not found.attached:
        detail = "the message says it has attachments (X-MS-Has-Attach) but holds none"
        yield Fault(FaultReason.MISSING, detail)


def _absent(part: Part) -> Iterator[Fault]:
    kind, parameters = part.headers.value(b"content-type")
    where = f"part {part.number}"
    if kind == "message/partial":
        number, total = parameters.get("number", "?"), parameters.get("total", "?")
        detail = f"{where} is piece {number} of {total} of one message; the others are elsewhere"
        yield Fault(FaultReason.MISSING, detail)
    elif kind == "message/external-body":
        place = parameters.get("url") or parameters.get("name") or parameters.get("site", "")
        access = parameters.get("access-type", "?")
        detail = f"{where} is kept outside the message ({access}: {place[:200]})"
        yield Fault(FaultReason.MISSING, detail)
    if part.headers.raw(b"x-mozilla-altered") or part.headers.raw(
        b"x-mozilla-external-attachment-url"
    ):
        detail = f"{where} ({name_of(part)!r}) was taken out of the message after it was sent"
        yield Fault(FaultReason.MISSING, detail)


def times_of(part: Part) -> tuple[FieldValue, ...]:
    """Return the file times a sender gives in Content-Disposition (RFC 2183 2.4 to 2.6)."""
    if not part.headers.raw(b"content-disposition"):
        return ()
    parameters = part.headers.value(b"content-disposition")[1]
    out = []
    for name, parameter in (
        (fields.CREATED, "creation-date"), (fields.MODIFIED, "modification-date"),
        (fields.ACCESSED, "read-date"),
    ):  # fmt: skip
        if moment := instant(parameters.get(parameter, "")):
            out.append(FieldValue(name, moment, f"header:Content-Disposition:{parameter}"))
    return tuple(out)
