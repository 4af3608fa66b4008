"""Read Apple Mail messages (.emlx, .partial.emlx): a byte count, the message, a property list.

The message itself is `eml`'s. Of a partial one the attachments lie in other files, in a folder
Attachments beside the folder of messages; each such part comes out as a Fault that says where.
"""

from __future__ import annotations

import plistlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from xml.parsers.expat import ExpatError

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    InMemory,
    Reading,
)
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import utc
from forthwith.formats.mail import eml

MEDIA_TYPES = frozenset({"application/x-emlx"})
_COUNT = re.compile(rb"\s*(\d{1,15})[ \t]*\r?\n")
#: Bits of "flags"; Apple publishes none of this, these are the ones readers agree on.
_FLAGS = (
    (0, "read"), (1, "deleted"), (2, "answered"), (3, "encrypted"), (4, "flagged"),
    (6, "draft"), (8, "forwarded"), (9, "redirected"), (23, "signed"), (24, "junk"),
)  # fmt: skip
_NOT_A_PLIST = (
    plistlib.InvalidFileException,
    ExpatError,
    # Of an encoding nobody knows, named in its first line.
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
)


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one message. Raises UnreadableError when it does not begin with a byte count."""
    message, trailer, faults = _cut(whole(source, hint))
    inner = Hint(hint.name, hint.media_type or "application/x-emlx", hint.budget, hint.depth)
    reading = eml.read(InMemory(message), inner)
    properties, property_faults = _properties(trailer)
    names = {field.name for field in reading.fields}
    children = reading.children
    if children is not None and _number(hint.name):
        children = partial(_kept_beside, children, _number(hint.name))
    return replace(
        reading,
        fields=(*reading.fields, *(field for field in properties if field.name not in names)),
        faults=(*reading.faults, *faults, *property_faults),
        children=children,
    )


def _number(name: str) -> str:
    """Return the number of a partial message; "" for one that is whole."""
    match = re.fullmatch(r"(.*)\.partial\.emlx", name.lower())
    return match[1] if match else ""


def _kept_beside(
    children: Callable[[], Iterator[Child | Fault]], number: str
) -> Iterator[Child | Fault]:
    """Yield the children; one with no bytes loads as the Fault that says in which file they are."""
    for child in children():
        yield (
            replace(child, load=partial(_or_place, child, number))
            if isinstance(child, Child)
            else child
        )


def _or_place(child: Child, number: str) -> bytes | Fault:
    data = child.load()
    if isinstance(data, bytes) and data.strip():
        return data
    part = child.step.removeprefix("part:")
    place = f"{number}.{part}.emlxpart or Attachments/{number}/{part}/{child.name}"
    detail = f"part {part} ({child.name!r}) is kept by Apple Mail in a separate file: {place}"
    return Fault(FaultReason.MISSING, detail, lost=True, step=child.step)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one part of the message again."""
    return eml.open_step(InMemory(_cut(whole(source, hint))[0]), step, hint)


def _cut(data: bytes) -> tuple[bytes, bytes, list[Fault]]:
    """Return the message, what follows it, and what is wrong with the count."""
    count = _COUNT.match(data)
    if count is None:
        detail = "does not begin with a byte count, as messages of Apple Mail do"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    start, end = count.end(), count.end() + int(count[1])
    if end <= len(data) and data[end:].lstrip()[:1] in (b"", b"<"):
        return data[start:end], data[end:], []
    # The count is wrong: the trailer, if any, tells where the message stops.
    trailer = data.rfind(b"<?xml", start)
    if trailer < 0 or b"<plist" not in data[trailer:]:
        trailer = min(end, len(data))
    detail = (
        f"the byte count says {int(count[1]):,} bytes of message; there are {trailer - start:,}"
    )
    reason = FaultReason.TRUNCATED if trailer < end else FaultReason.CORRUPT
    return data[start:trailer], data[trailer:], [Fault(reason, detail)]


def _properties(trailer: bytes) -> tuple[list[FieldValue], list[Fault]]:
    """Return what the property list says as fields, or the Fault that it cannot be read."""
    if not trailer.strip():
        return [], []
    try:
        properties = plistlib.loads(trailer.strip(), fmt=plistlib.FMT_XML)
    except _NOT_A_PLIST:
        return [], [Fault(FaultReason.CORRUPT, "the property list after the message is damaged")]
    return (_fields(properties), []) if isinstance(properties, dict) else ([], [])


def _fields(properties: dict[object, object]) -> list[FieldValue]:
    out: list[FieldValue] = []
    flags = properties.get("flags")
    if isinstance(flags, int):
        names = tuple(name for bit, name in _FLAGS if flags >> bit & 1)
        out += [FieldValue(fields.FLAGS, names, "plist:flags")] if names else []
    received = properties.get("date-received")
    if isinstance(received, int | float) and 0 < received < 2**33:
        moment = utc(datetime.fromtimestamp(received, UTC))
        out.append(FieldValue(fields.RECEIVED, moment, "plist:date-received"))
    return out
