"""The attachments of an Outlook message as children, links and parts of its EML.

[MS-OXCMSG] 2.2.2. Each row of the attachment table is a child, a link to something elsewhere, or a
Fault; none is passed over. An embedded message is read from its own properties.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forthwith.domain import fields
from forthwith.domain.evidence import Child, Fault, FaultReason, FieldValue, Hint, Relation
from forthwith.formats.bytes.stream import within_budget
from forthwith.formats.bytes.values import field
from forthwith.formats.ole.objects import unwrap
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.body import Bodies
from forthwith.formats.outlook.message import Attachment, Message
from forthwith.formats.outlook.properties import Properties

_UNSAFE_BREAKS = re.compile(r"[\r\n\0]+")
#: How a body names what it shows.
_SHOWN_BY = (mapi.ATTACH_CONTENT_ID, mapi.ATTACH_CONTENT_LOCATION)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rows come out, and how each lies in the message."""

    rows: tuple[tuple[Attachment | Fault, Relation], ...]
    #: How many children the message says it holds.
    declared: int


def plan(message: Message, bodies: Bodies) -> Plan:
    """Return the rows that are children: all but links to files kept by somebody else."""
    inline_ids = _inline_ids(message, bodies)
    rows = [
        (row, _relation(row, inline_ids))
        for row in message.attachments
        if isinstance(row, Fault) or not _is_link(row)
    ]
    links_only = len(message.attachments) - len(rows)
    return Plan(tuple(rows), max(len(rows), message.declared - links_only))


def _is_link(row: Attachment) -> bool:
    return row.properties.number(mapi.ATTACH_METHOD) == mapi.WEB_REFERENCE


def links(message: Message) -> Iterator[FieldValue]:
    """Yield the field of places the message points to instead of holding the file."""
    places = []
    for row in message.attachments:
        if isinstance(row, Attachment) and (_is_link(row) or _is_reference(row)):
            where = row.properties.text(mapi.ATTACH_LONG_PATHNAME, mapi.ATTACH_PATHNAME)
            places.append(where or name_of(row.properties))
    yield from field(fields.LINKS, tuple(places), "mapi:0x370d")


def _is_reference(row: Attachment) -> bool:
    return row.properties.number(mapi.ATTACH_METHOD) in mapi.BY_REFERENCE


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
    if _is_reference(row) and not data:
        where = row.properties.text(mapi.ATTACH_LONG_PATHNAME, mapi.ATTACH_PATHNAME)
        detail = f"the attachment {name!r} was kept outside the message, at {where!r}"
        return name, Fault(FaultReason.MISSING, detail, lost=True, step=row.step)
    if isinstance(data, Fault) or row.properties.number(mapi.ATTACH_METHOD) != mapi.OLE:
        return name, data
    file = unwrap(data, name)
    return file.name or name, file.data


def children(
    planned: Plan, hint: Hint, embedded: Callable[[Attachment, Message], Child]
) -> Iterator[Child | Fault]:
    """Yield each attachment in the order of the table; `embedded` makes those of messages."""
    for row, relation in planned.rows:
        if isinstance(row, Fault):
            yield row
        elif row.message is not None:
            message = row.message()
            yield message if isinstance(message, Fault) else embedded(row, message)
        else:
            yield _file_child(row, relation, hint)


def _file_child(row: Attachment, relation: Relation, hint: Hint) -> Child:
    if row.properties.number(mapi.ATTACH_METHOD) == mapi.OLE:
        # The file's real name is inside the wrapper.
        name, data = content(row)
        load = within_budget(lambda: data, hint)
    else:
        name = name_of(row.properties)
        load = within_budget(lambda: content(row)[1], hint)
    declared_type = row.properties.text(mapi.ATTACH_MIME)
    return Child(row.step, name, relation, load, declared_type, tuple(_times(row.properties)))


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
