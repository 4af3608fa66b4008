"""What a message lists and does not hold, or holds less of than it says: a Fault each.

Sizes are those of Content-Disposition (RFC 2183 2.7) and of Content-Type; kept elsewhere are the
attachments of Apple's partial messages, bodies that lie outside (RFC 2046 5.2.3), and what
Thunderbird took out. An attachment of no bytes is absent where a file of its kind cannot be empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.mail.body import MessageParts, name_of
from forthwith.formats.mail.mime import Part

#: Kinds of file that have no empty ones, by type and by name.
_NEVER_EMPTY = ("image/", "audio/", "video/", "application/pdf", "application/zip",
                "application/msword", "application/vnd.", "message/rfc822")  # fmt: skip
_NEVER_EMPTY_NAMES = (
    ".pdf", ".doc", ".docx", ".docm", ".xls", ".xlsx", ".xlsm", ".ppt", ".pptx", ".odt", ".ods",
    ".odp", ".zip", ".7z", ".rar", ".gz", ".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".bmp",
    ".msg", ".eml", ".mp3", ".mp4", ".wav", ".mov",
)  # fmt: skip
#: Base64 of n bytes has 1.33 to 1.39 n characters: a size in this span is the encoded one.
_ENCODED = (1.32, 1.42)
#: How far a size that is "approximate" may lie above what there is, for text in other line ends.
_TEXT_SPAN = 0.7


def kept_elsewhere(part: Part) -> Fault | None:
    """Return the Fault for a part whose content lies in another file, or nowhere."""
    step = f"part:{part.number}"
    named = f"part {part.number} ({name_of(part)!r})"
    if part.media_type == "message/external-body":
        access, place = external_place(part)
        detail = f"{named} is kept outside the message ({access or '?'}: {place[:200]})"
        return Fault(FaultReason.MISSING, detail, lost=True, step=step)
    if part.raw.strip():
        return None
    if part.headers.raw(b"x-apple-content-length"):
        detail = f"{named} is kept by Apple Mail in a separate file"
        return Fault(FaultReason.MISSING, detail, lost=True, step=step)
    size = declared_size(part)
    if size:
        detail = f"{named} is listed with {size:,} bytes and holds none"
        return Fault(FaultReason.MISSING, detail, lost=True, step=step)
    if name_of(part) and never_empty(name_of(part), part.media_type):
        detail = f"{named} is listed and holds no bytes"
        return Fault(FaultReason.MISSING, detail, lost=True, step=step)
    return None


def short_of(part: Part, found: int) -> Fault | None:
    """Return the Fault for a part that has fewer bytes than it says, as far as sizes are exact."""
    size = declared_size(part)
    if found >= size:
        return None
    encoding = part.headers.value(b"content-transfer-encoding")[0]
    exact = encoding == "base64" and not part.media_type.startswith(("text/", "message/"))
    if found and exact and _ENCODED[0] <= size / found <= _ENCODED[1]:
        return None
    if not exact and found >= size * _TEXT_SPAN:
        return None
    detail = f"{name_of(part) or 'a part'!r} is listed with {size:,} bytes and holds {found:,}"
    return Fault(FaultReason.TRUNCATED, detail, step=f"part:{part.number}")


def declared_size(part: Part) -> int:
    """Return how many bytes the headers of a part say it has; 0 when they do not say."""
    for header in (b"content-disposition", b"content-type"):
        digits = part.headers.value(header)[1].get("size", "")
        if digits.isascii() and digits.isdecimal() and len(digits) < 13:
            return int(digits)
    return 0


def external_place(part: Part) -> tuple[str, str]:
    """Return the means of access to a body outside the message, and where it is."""
    parameters = part.headers.value(b"content-type")[1]
    place = parameters.get("url") or "/".join(
        filter(None, (parameters.get(name, "") for name in ("site", "directory", "name")))
    )
    return parameters.get("access-type", ""), place.replace(" ", "") if "://" in place else place


def absences(parts: MessageParts) -> Iterator[Fault]:
    """Yield a Fault for everything the message itself says is not in it."""
    for part in parts.message.root.walk():
        yield from _told(part)
    for body in parts.bodies:
        for form in (body.plain, body.html):
            if form is None or not form.headers.raw(b"x-apple-content-length"):
                continue
            if (fault := kept_elsewhere(form)) is not None:
                yield Fault(fault.reason, fault.detail)
    headers = parts.message.root.headers
    if headers.text(b"x-ms-has-attach").lower() == "yes" and not parts.attachments:
        detail = "the message says it has attachments (X-MS-Has-Attach) but holds none"
        yield Fault(FaultReason.MISSING, detail)


def _told(part: Part) -> Iterator[Fault]:
    kind, parameters = part.headers.value(b"content-type")
    where = f"part {part.number}"
    if kind == "message/partial":
        number, total = parameters.get("number", "?"), parameters.get("total", "?")
        detail = f"{where} is piece {number} of {total} of one message; the others are elsewhere"
        yield Fault(FaultReason.MISSING, detail)
    if part.headers.raw(b"x-mozilla-altered") or part.headers.raw(
        b"x-mozilla-external-attachment-url"
    ):
        detail = f"{where} ({name_of(part)!r}) was taken out of the message after it was sent"
        yield Fault(FaultReason.MISSING, detail)


def never_empty(name: str, media_type: str) -> bool:
    """Say whether a file of that name or type has at least a header, so that it cannot be empty."""
    return media_type.startswith(_NEVER_EMPTY) or name.lower().endswith(_NEVER_EMPTY_NAMES)
