"""An Outlook message as a Reading: its fields, its text, its attachments.

Where each value was read is its origin, "mapi:0x0039". Independent of where the message lay.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Container, Iterator

from forthwith.domain import fields
from forthwith.domain.evidence import (
    Child,
    Fault,
    FieldValue,
    Hint,
    InMemory,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes.stream import within_budget
from forthwith.formats.bytes.values import field, mark
from forthwith.formats.mail import eml
from forthwith.formats.outlook import (
    as_eml,
    attachments,
    chat_items,
    eight_bit,
    people,
    sealed,
    times,
)
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.body import Bodies, bodies_of
from forthwith.formats.outlook.item_classes import own_fields, own_lines
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.properties import PS_PUBLIC_STRINGS, Properties
from forthwith.formats.outlook.property_types import STRING, STRING8
from forthwith.formats.pages.html_beside import not_taken

_IMPORTANCE = {0: "low", 1: "normal", 2: "high"}
_SENSITIVITY = {0: "none", 1: "personal", 2: "private", 3: "confidential"}
#: PidTagMessageFlags ([MS-OXCMSG] 2.2.1.6).
_FLAGS = (
    (0x01, "read"),
    (0x02, "unmodified"),
    (0x04, "submitted"),
    (0x08, "draft"),
    (0x20, "from me"),
    (0x40, "associated"),
    (0x80, "resend"),
)
#: Fields that may be in the headers alone, and the header of each.
_HEADERS = {
    fields.FROM: "from", fields.TO: "to", fields.CC: "cc", fields.BCC: "bcc",
    fields.REPLY_TO: "reply-to", fields.SUBJECT: "subject", fields.MESSAGE_ID: "message-id",
    fields.IN_REPLY_TO: "in-reply-to", fields.REFERENCES: "references",
}  # fmt: skip
_LABEL = re.compile(r"^([A-Za-z-]{2,11}):", re.MULTILINE)
#: Public strings that programs write, not people.
_NOT_WORDS = ("http", "urn:", "x-", "content-", "keywords", "_", "acceptlanguage", "dav:")


def reading_of(message: Message, hint: Hint, media_type: str) -> Reading:
    """Return the reading of one message; `media_type` is that of its native bytes."""
    kind = chat_items.kind_of(message)
    bodies = bodies_of(message)
    text = _text(message, kind, bodies)
    values = tuple(_all_fields(message, kind))
    values += tuple(_travelled(message, {value.name for value in values}))
    plan = attachments.plan(message, bodies)
    return Reading(
        kind=kind,
        media_type=media_type,
        text=text,
        text_method=TextMethod.EXTRACTED if text.strip() else TextMethod.NONE,
        fields=(*values, *attachments.links(message, bodies)),
        faults=(
            *message.faults,
            *bodies.faults,
            *not_taken(bodies.stored_html),
            *times.faults_of(message),
            *eight_bit.faults_of(message, text),
            *sealed.faults_of(message),
        ),
        children=lambda: attachments.children(
            plan, hint, lambda row, embedded: message_child(row.step, embedded, hint)
        ),
        declared=plan.declared,
    )


def message_child(
    step: str, message: Message, hint: Hint, relation: Relation = Relation.ATTACHMENT
) -> Child:
    """Return a message that has no bytes of its own: read from its properties, kept as EML."""
    limit = hint.budget.limits.item_bytes
    return Child(
        step=step,
        name=_name(message),
        relation=relation,
        load=within_budget(lambda: as_eml.rendered(message, limit), hint),
        declared_type=as_eml.MEDIA_TYPE,
        folder=message.folder,
        reading=lambda: reading_of(message, hint, as_eml.MEDIA_TYPE),
    )


def _name(message: Message) -> str:
    if chat_items.platform_of(message) and not message.subject.strip():
        return f"{chat_items.name_of(message)}.eml"
    return attachments.message_name(message)


def bytes_at(message: Message, steps: list[str], hint: Hint) -> bytes | Fault:
    """Return the bytes the steps lead to from a message: the same as the child's `load`."""
    target = attachments.find(message, steps)
    if isinstance(target, Fault):
        return target
    if isinstance(target, Message):
        return as_eml.rendered(target, hint.budget.limits.item_bytes)
    return attachments.content(target)[1]


def _text(message: Message, kind: Kind, bodies: Bodies) -> str:
    """Return the body, after the lines of items that are more than a body."""
    if kind is Kind.CHAT:
        return chat_items.text_of(message, bodies.text)
    lines = list(own_lines(message, kind))
    body = bodies.text
    if lines and body.strip():
        lines.append("")
    return "\n".join([*lines, body, *_user_fields(message.properties)]).strip("\n")


def _user_fields(properties: Properties) -> Iterator[str]:
    """Yield fields people added to the form, which show in no other place."""
    for name, identifier in sorted(properties.names.of_set(PS_PUBLIC_STRINGS), key=str):
        if identifier not in properties or not isinstance(name, str) or name.startswith(_NOT_WORDS):
            continue
        kind = properties.values[identifier][0]
        if kind in {STRING, STRING8} and (text := properties.text(identifier).strip()):
            yield mark(f"Field {name}", text)


def _all_fields(message: Message, kind: Kind) -> Iterator[FieldValue]:
    # One answer per name: an item's own (an appointment's start) come before the general ones.
    return itertools.chain(
        _people(message),
        _words(message),
        times.times_of(message),
        _threading(message, kind),
        _marks(message),
        chat_items.own_fields(message) if kind is Kind.CHAT else own_fields(message, kind),
    )


def _travelled(message: Message, known: Container[str]) -> Iterator[FieldValue]:
    """Yield what only the headers say that the message travelled under."""
    block = message.properties.text(mapi.TRANSPORT_HEADERS)
    labels = {label.casefold() for label in _LABEL.findall(block)}
    missing = {name for name, label in _HEADERS.items() if name not in known and label in labels}
    if not missing:
        return
    data = block.split("\r\n\r\n", 1)[0].encode("utf-8", "replace") + b"\r\n\r\n"
    for value in eml.read(InMemory(data), Hint()).fields:
        if value.name in missing:
            yield FieldValue(value.name, value.value, "mapi:0x007d")


def _people(message: Message) -> Iterator[FieldValue]:
    represented = str(people.person(message.properties, mapi.SENT_REPRESENTING))
    origin = "mapi:0x0042" if represented else "mapi:0x0c1a"
    yield from field(fields.FROM, people.author(message), origin)
    yield from field(fields.SENDER, people.sender(message), "mapi:0x0c1a")
    origin = "mapi:recipients" if message.recipients else "mapi:0x0e04"
    recipients = people.addressees(message)
    for number, name in ((1, fields.TO), (2, fields.CC), (3, fields.BCC)):
        yield from field(name, recipients[number], origin)
    yield from field(fields.REPLY_TO, people.reply_to(message), "mapi:0x0050")


def _words(message: Message) -> Iterator[FieldValue]:
    properties = message.properties
    yield from field(fields.SUBJECT, message.subject, "mapi:0x0037")
    yield from field(fields.MESSAGE_CLASS, message.message_class, "mapi:0x001a")
    yield from field(fields.HEADER, properties.text(mapi.TRANSPORT_HEADERS), "mapi:0x007d")
    if message.folder:
        path = f"{message.folder}/{message.subject}"
        yield FieldValue(fields.INTERNAL_PATH, path, "mapi:0x3001")
    keywords = properties.named_id(PS_PUBLIC_STRINGS, "keywords")
    yield from field(fields.KEYWORDS, properties.texts(keywords), f"mapi:{keywords:#06x}")
    yield from field(fields.LAST_AUTHOR, properties.text(mapi.LAST_MODIFIER), "mapi:0x3ffa")


def _threading(message: Message, kind: Kind) -> Iterator[FieldValue]:
    properties = message.properties
    for name, identifier in (
        (fields.MESSAGE_ID, mapi.INTERNET_MESSAGE_ID),
        (fields.IN_REPLY_TO, mapi.IN_REPLY_TO),
        (fields.CONVERSATION_TOPIC, mapi.CONVERSATION_TOPIC),
    ):
        yield from field(name, properties.text(identifier), f"mapi:{identifier:#06x}")
    references = tuple(properties.text(mapi.INTERNET_REFERENCES).split())
    yield from field(fields.REFERENCES, references, "mapi:0x1039")
    if kind is Kind.CHAT:
        return
    index = base64.b64encode(properties.binary(mapi.CONVERSATION_INDEX)).decode()
    yield from field(fields.CONVERSATION_INDEX, index, "mapi:0x0071")


def _marks(message: Message) -> Iterator[FieldValue]:
    properties = message.properties
    for name, identifier, words in (
        (fields.IMPORTANCE, mapi.IMPORTANCE, _IMPORTANCE),
        (fields.SENSITIVITY, mapi.SENSITIVITY, _SENSITIVITY),
    ):
        if identifier in properties:
            yield from field(
                name, words.get(properties.number(identifier), ""), f"mapi:{identifier:#06x}"
            )
    yield from field(fields.FLAGS, _flags(properties), "mapi:0x0e07")
    seal = sealed.seal_of(message)
    yield from field(fields.SIGNED, seal.signed, "mapi:0x001a")
    yield from field(fields.ENCRYPTED, seal.encrypted, "mapi:0x001a")
    if mapi.MESSAGE_FLAGS in properties or mapi.HAS_ATTACHMENTS in properties:
        flag = properties.number(mapi.MESSAGE_FLAGS) & 0x10
        answer = "yes" if flag or properties.number(mapi.HAS_ATTACHMENTS) else "no"
        yield FieldValue(fields.HAS_ATTACHMENTS, answer, "mapi:0x0e07")


def _flags(properties: Properties) -> tuple[str, ...]:
    bits = properties.number(mapi.MESSAGE_FLAGS)
    names = [name for bit, name in _FLAGS if bits & bit]
    if mapi.MESSAGE_FLAGS in properties and not bits & 1:
        names.insert(0, "unread")
    follow = properties.number(mapi.FLAG_STATUS)
    names += {1: ["completed"], 2: ["flagged"]}.get(follow, [])
    # MSGSTATUS_DELMARKED ([MS-OXCMSG] 2.2.1.8)
    return (*names, "deleted") if properties.number(mapi.MESSAGE_STATUS) & 8 else tuple(names)
