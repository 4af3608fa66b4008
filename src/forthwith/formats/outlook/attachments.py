"""The attachments of an Outlook message as children, links and parts of its EML.

[MS-OXCMSG] 2.2.2. Each row of the attachment table is a child, a link to something elsewhere, or a
Fault; none is passed over. An embedded message is read from its own properties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from forthwith.domain import fields
from forthwith.domain.evidence import Child, Fault, FaultReason, FieldValue, Hint, Relation
from forthwith.formats.bytes.values import field
from forthwith.formats.mail.absent import never_empty
from forthwith.formats.mail.header_fields import cloud_links
from forthwith.formats.ole.objects import unwrap
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.body import Bodies
from forthwith.formats.outlook.message import Attachment, Message
from forthwith.formats.outlook.properties import Properties

_UNSAFE_BREAKS = re.compile(r"[\r\n\0]+")
#: What the properties of a row may differ by from their share of its size, and what an icon takes.
_ODD: Final = 512
#: By how much writers of MSG files miscount a stream: an end mark that binary data has not.
_MISCOUNTED: Final = 8
_ICON: Final = 4096
#: How a body names what it shows.
_SHOWN_BY = (mapi.ATTACH_CONTENT_ID, mapi.ATTACH_CONTENT_LOCATION)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rows come out, and how each lies in the message."""

    rows: tuple[tuple[Attachment | Fault, Relation], ...]
    #: How many children the message says it holds.
    declared: int


def plan(message: Message, bodies: Bodies) -> Plan:
    """Return the rows: each is a child, with bytes or with the Fault that stands for them."""
    inline_ids = _inline_ids(message, bodies)
    rows = tuple((row, _relation(row, inline_ids)) for row in message.attachments)
    return Plan(rows, max(len(rows), message.declared))


def links(message: Message, bodies: Bodies) -> Iterator[FieldValue]:
    """Yield the field of places the message points to instead of holding the file.

    Files attached by reference come first, then the cloud files its body links to.
    """
    places = [
        address_of(row) or name_of(row.properties)
        for row in message.attachments
        if isinstance(row, Attachment) and is_elsewhere(row)
    ]
    origin = "mapi:0x370d" if places else "computed"
    places += cloud_links(bodies.plain, bodies.stored_html)
    yield from field(fields.LINKS, tuple(dict.fromkeys(places)), origin)


def is_elsewhere(row: Attachment) -> bool:
    """Say whether the file is attached by reference: to a share, or to an address on the web."""
    method = row.properties.number(mapi.ATTACH_METHOD)
    return method == mapi.WEB_REFERENCE or method in mapi.BY_REFERENCE


def address_of(row: Attachment) -> str:
    """Return where a file attached by reference is kept; "" when the message does not say."""
    address = row.properties.text(mapi.ATTACH_LONG_PATHNAME, mapi.ATTACH_PATHNAME)
    return _UNSAFE_BREAKS.sub(" ", address).strip()


def _inline_ids(message: Message, bodies: Bodies) -> frozenset[str]:
    """Return what the HTML body shows by content id or location; the HTML is made only if asked."""
    ids = {
        text.strip("<>").lower()
        for row in message.attachments
        if isinstance(row, Attachment)
        for identifier in _SHOWN_BY
        if (text := row.properties.text(identifier))
    }
    if not ids:
        return frozenset()
    html = bodies.html.lower()
    return frozenset(identity for identity in ids if identity in html)


def _relation(row: Attachment | Fault, inline_ids: frozenset[str]) -> Relation:
    if isinstance(row, Fault) or row.message is not None:
        return Relation.ATTACHMENT
    texts = [row.properties.text(identifier).strip("<>").lower() for identifier in _SHOWN_BY]
    return (
        Relation.INLINE
        if any(text in inline_ids for text in texts if text)
        else Relation.ATTACHMENT
    )


def name_of(properties: Properties) -> str:
    """Return the file's name as found ([MS-OXCMSG] 2.2.2.10, .11), without a path."""
    name = properties.text(mapi.ATTACH_LONG_FILENAME, mapi.ATTACH_FILENAME, mapi.DISPLAY_NAME)
    if not name:
        path = properties.text(mapi.ATTACH_LONG_PATHNAME, mapi.ATTACH_PATHNAME)
        name = re.split(r"[\\/]", path)[-1]
    return _UNSAFE_BREAKS.sub(" ", name).strip()


def message_name(message: Message) -> str:
    """Return the name a message goes by: its subject, with the suffix of its native."""
    return f"{_UNSAFE_BREAKS.sub(' ', message.subject).strip()}.eml"


def content(row: Attachment) -> tuple[str, bytes | Fault]:
    """Return an attachment's name and bytes; an OLE wrapper gives way to the file inside it."""
    name = name_of(row.properties)
    data = row.data()
    if isinstance(data, Fault):
        return name, data
    if not data and (fault := _absence(row, name)) is not None:
        return name, fault
    if row.properties.number(mapi.ATTACH_METHOD) != mapi.OLE:
        return name, data
    file = unwrap(data, name)
    return file.name or name, file.data


def _absence(row: Attachment, name: str) -> Fault | None:
    """Return why a row without a byte is no empty file, or None where it may be one."""
    if is_elsewhere(row):
        where = f"at {address!r}" if (address := address_of(row)) else "at a place it does not name"
        detail = f"the attachment {name!r} was kept outside the message, {where}"
    elif size := declared_size(row, 0):
        detail = f"the attachment {name!r} is listed with {size:,} bytes and has none"
    elif row.properties.number(mapi.ATTACH_METHOD) == mapi.OLE:
        detail = f"the object {name!r} is listed in its message without its storage"
    elif mapi.ATTACH_SIZE not in row.properties and never_empty(
        name, row.properties.text(mapi.ATTACH_MIME)
    ):
        detail = f"the attachment {name!r} is listed and has no bytes"
    elif not row.has_data:
        detail = f"the attachment {name!r} is listed in its message without its data"
    else:
        return None
    return Fault(FaultReason.MISSING, detail, lost=True, step=row.step)


def shortfall(row: Attachment, name: str, found: int) -> Fault | None:
    """Return the Fault of data shorter than the message itself says, or None."""
    if not found or row.properties.number(mapi.ATTACH_METHOD) == mapi.OLE:
        return None
    if not (size := declared_size(row, found)):
        return None
    detail = f"the attachment {name!r} is listed with {size:,} bytes and has {found:,}"
    return Fault(FaultReason.TRUNCATED, detail, step=row.step)


def declared_size(row: Attachment, found: int) -> int:
    """Return the size a row declares where `found` bytes of data fall short of it, else 0.

    PidTagAttachSize counts the row's other properties as well ([MS-OXCMSG] 2.2.2.5): in every
    store and file measured it is 12 to 45 bytes under the sum of all. An icon of up to 4 KiB that
    a copy no longer has is no loss of the file.
    """
    if row.stated > found + (_MISCOUNTED if found else 0):
        return row.stated
    declared = row.properties.number(mapi.ATTACH_SIZE)
    lacking = declared - found - row.properties.stored_size(mapi.ATTACH_DATA)
    icon = _ICON if mapi.ATTACH_RENDERING not in row.properties else 0
    fell_short = lacking > (icon if found >= lacking else _ODD)
    return declared if fell_short else 0


def children(
    planned: Plan, hint: Hint, embedded: Callable[[Attachment, Message], Child]
) -> Iterator[Child | Fault]:
    """Yield each attachment in the order of the table; `embedded` makes those of messages."""
    for row, relation in planned.rows:
        if isinstance(row, Fault):
            yield row
        elif row.message is not None:
            message = row.message()
            if isinstance(message, Fault):
                name = name_of(row.properties)
                yield Child(row.step, name, relation, partial(_given, message))
            else:
                yield embedded(row, message)
        else:
            yield from _file_child(row, relation, hint)


def _given(fault: Fault) -> Fault:
    return fault


@dataclass(slots=True)
class _Load:
    """Gives one attachment's bytes when asked, and remembers how many there were."""

    row: Attachment
    hint: Hint
    size: int = 0

    def __call__(self) -> bytes | Fault:
        data = content(self.row)[1]
        if isinstance(data, Fault):
            return data
        self.size = len(data)
        return self.hint.budget.spend(len(data)) or data


def _file_child(row: Attachment, relation: Relation, hint: Hint) -> Iterator[Child | Fault]:
    """Yield a file, and behind it the Fault of what its bytes lack."""
    properties = row.properties
    load = _Load(row, hint)
    # An object's real name is inside its wrapper.
    is_object = properties.number(mapi.ATTACH_METHOD) == mapi.OLE
    name = content(row)[0] if is_object else name_of(properties)
    known = tuple(_known(row))
    if relation is Relation.INLINE and isinstance(content(row)[1], Fault):
        # What is not there is shown nowhere: it stands as a row of its own.
        relation = Relation.ATTACHMENT
    yield Child(row.step, name, relation, load, properties.text(mapi.ATTACH_MIME), known)
    if (fault := shortfall(row, name, load.size)) is not None:
        yield fault


def _known(row: Attachment) -> Iterator[FieldValue]:
    """Yield what the message says of a file: its times, and where it is kept if elsewhere."""
    yield from _times(row.properties)
    if is_elsewhere(row):
        yield from field(fields.LINKS, (address_of(row),), "mapi:0x370d")


def _times(properties: Properties) -> Iterator[FieldValue]:
    for name, identifier in ((fields.CREATED, mapi.CREATED), (fields.MODIFIED, mapi.MODIFIED)):
        yield from field(name, properties.instant(identifier), f"mapi:{identifier:#06x}")


def find(message: Message, steps: list[str]) -> Attachment | Message | Fault:
    """Return what the steps lead to: "att:1", then "att:0" inside it, and so on."""
    for index, step in enumerate(steps):
        row = next((row for row in message.attachments if row.step == step), None)
        if row is None or isinstance(row, Fault):
            detail = f"the message has no part {step!r}"
            return row or Fault(FaultReason.MISSING, detail, lost=True, step=step)
        if row.message is None:
            if index + 1 < len(steps):
                return Fault(FaultReason.MISSING, f"{step!r} is no message", lost=True, step=step)
            return row
        embedded = row.message()
        if isinstance(embedded, Fault):
            return embedded
        message = embedded
    return message
