"""Relativity Short Message Format 1.0 and 2.0: chats in a manifest beside the files they mention.

Comes as an Internet message with one `rsmf.zip` and headers about it, as that zip alone, or as a
folder. Out of it come one CHAT child per conversation and UTC day, with the files of that day below
it. Anything else the message carries (a second archive, words in the body) comes out as a child of
its own. What the manifest says, and where it contradicts itself, is `rsmf_manifest`.
"""

from __future__ import annotations

import email
import email.errors
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.message import Message
from functools import partial

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    InMemory,
    Kind,
    Reading,
    Relation,
)
from forthwith.formats.bytes.stream import whole, within_budget
from forthwith.formats.chat.attachments import (
    Member,
    child_of,
    folder_members,
    zip_members,
)
from forthwith.formats.chat.rsmf_manifest import (
    MANIFEST,
    Chat,
    chat_of,
    file_ids,
    instant,
    people_of,
)
from forthwith.formats.chat.transcript import (
    ChannelDay,
    ChatFile,
    Edit,
    Event,
    Reaction,
    clean,
    reading_of,
    unique,
)
from forthwith.plain import json_values as js

MEDIA_TYPES = frozenset({"application/rsmf", "application/x-rsmf+zip"})
#: Headers of RSMF 1.0 and 2.0 that say what forthwith has a field for.
_FIELDS = {
    "X-RSMF-Generator": names.APPLICATION,
    "X-RSMF-BeginDate": names.STARTS,
    "X-RSMF-EndDate": names.ENDS,
    "X-RSMF-EventCount": names.EVENTS,
    "Subject": names.SUBJECT,
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the message carries."""

    archive: bytes | None = None
    #: (place in the message, name, bytes) of every other part that is not empty.
    other_parts: tuple[tuple[int, str, bytes], ...] = ()
    fields: tuple[FieldValue, ...] = ()
    faults: tuple[Fault, ...] = ()


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read an `.rsmf` message or its bare zip. Raises UnreadableError without a manifest."""
    members, envelope = _members(source, hint)
    return _reading(members, envelope, hint)


def read_members(members: Mapping[str, ByteSource], hint: Hint) -> Reading:
    """Read a folder that holds `rsmf_manifest.json`. Raises UnreadableError without one."""
    return _reading(folder_members(members, hint), Envelope(), hint)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one child, or of one file of a day ("day:…/file:…")."""
    members, envelope = _members(source, hint)
    reading = _reading(members, envelope, hint)
    day, slash, file = step.partition("/file:")
    for child in reading.children() if reading.children else ():
        if isinstance(child, Child) and child.step == day:
            return _below(child, f"file:{file}") if slash else child.load()
    return Fault(FaultReason.MISSING, f"the export holds nothing at {step!r}", lost=True)


def _below(day: Child, step: str) -> bytes | Fault:
    reading = day.reading() if day.reading else None
    for child in reading.children() if reading and reading.children else ():
        if isinstance(child, Child) and child.step == step:
            return child.load()
    return Fault(FaultReason.MISSING, f"the day holds nothing at {step!r}", lost=True)


def _members(source: ByteSource, hint: Hint) -> tuple[list[Member], Envelope]:
    if source.read(0, 2) == b"PK":
        return zip_members(source, hint), Envelope()
    envelope = _envelope_of(whole(source, hint))
    if envelope.archive is None:
        detail = "the message carries no rsmf.zip, so there is no chat to read"
        raise UnreadableError(Fault(FaultReason.MISSING, detail, lost=True))
    return zip_members(InMemory(envelope.archive), hint), envelope


def _envelope_of(data: bytes) -> Envelope:
    """Take the message apart. Raises UnreadableError when it is no message at all."""
    try:
        message = email.message_from_bytes(data)
        parts = [(at, _name(part), _bytes(part)) for at, part in enumerate(message.walk())]
    except (email.errors.MessageError, ValueError, LookupError, RecursionError) as error:
        detail = f"the message around the chat cannot be read ({error})"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
    filled = [part for part in parts if part[2].strip()]
    archives = [part for part in filled if part[1].lower() == "rsmf.zip"] or [
        part for part in filled if part[2].startswith(b"PK")
    ]
    return Envelope(
        archives[0][2] if archives else None,
        tuple(part for part in filled if part not in archives[:1]),
        _fields(message),
        tuple(_faults(message, len(archives))),
    )


def _name(part: Message) -> str:
    return part.get_filename() or f"body.{'html' if 'html' in part.get_content_type() else 'txt'}"


def _bytes(part: Message) -> bytes:
    if part.is_multipart():
        return b""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _fields(message: Message) -> tuple[FieldValue, ...]:
    return tuple(
        FieldValue(field, str(message[header]), f"header:{header}")
        for header, field in _FIELDS.items()
        if message[header]
    )


def _faults(message: Message, archives: int) -> list[Fault]:
    faults = []
    if not message["X-RSMF-Version"]:
        faults.append(Fault(FaultReason.MISSING, "the header X-RSMF-Version is absent"))
    if archives > 1:
        detail = f"{archives} archives where RSMF allows one; the first is read as the chat"
        faults.append(Fault(FaultReason.DISAGREEMENT, detail))
    return faults


def _reading(members: list[Member], envelope: Envelope, hint: Hint) -> Reading:
    manifest = min(
        (member for member in members if member.path.rpartition("/")[2] == MANIFEST),
        key=lambda member: member.path.count("/"),
        default=None,
    )
    if manifest is None:
        detail = f"the archive holds no {MANIFEST}"
        raise UnreadableError(Fault(FaultReason.MISSING, detail, lost=True))
    chat = chat_of(manifest, members, hint)
    other_parts = [
        Child(f"part:{place}", name, Relation.MEMBER, within_budget(partial(bytes, data), hint))
        for place, name, data in envelope.other_parts
    ]
    return Reading(
        Kind.CONTAINER,
        hint.media_type or "application/x-rsmf+zip",
        fields=envelope.fields,
        faults=(*envelope.faults, *chat.faults),
        children=partial(_children, chat, other_parts),
        declared=len(chat.days) + len(chat.others) + len(other_parts),
    )


def _children(chat: Chat, other_parts: Sequence[Child]) -> Iterator[Child | Fault]:
    for (conversation, day), events in chat.days.items():
        step = f"day:{clean(conversation)}/{day}"
        yield Child(
            step,
            f"{_display(chat, conversation)} {day}.json",
            Relation.DAY,
            within_budget(partial(_slice, chat, conversation, events), chat.hint),
            declared_type="application/json",
            reading=partial(_day_reading, chat, conversation, day, events),
        )
    for member in chat.others:
        yield child_of(member, chat.hint, f"member:{member.key}", Relation.MEMBER)
    yield from other_parts


def _display(chat: Chat, conversation: str) -> str:
    record = chat.conversations.get(conversation, {})
    return clean(js.text(record.get("display")) or conversation or "no conversation")


def _slice(chat: Chat, conversation: str, events: Sequence[Mapping[str, object]]) -> bytes | Fault:
    """Return this day's part of the manifest: keys sorted, ASCII, the same for ever."""
    record = chat.conversations.get(conversation)
    people = unique((*people_of(events), *js.texts((record or {}).get("participants"))))
    part = {
        "version": chat.version,
        "participants": [chat.participants[key] for key in people if key in chat.participants],
        "conversations": [] if record is None else [record],
        "events": list(events),
    }
    try:
        return json.dumps(part, sort_keys=True, indent=1).encode()
    except (RecursionError, ValueError) as error:
        return Fault(
            FaultReason.TOO_DEEP, f"this day cannot be written as JSON: {error}", lost=True
        )


def _day_reading(
    chat: Chat, conversation: str, day: str, events: Sequence[Mapping[str, object]]
) -> Reading:
    record = chat.conversations.get(conversation, {})
    participants = (chat.person(key) for key in js.texts(record.get("participants")))
    senders = (chat.person(js.text(event.get("participant"))) for event in events)
    shape = ChannelDay(
        js.text(record.get("platform")) or "unknown platform",
        _display(chat, conversation),
        day,
        unique((*participants, *senders)),
        tuple(_event(chat, event) for event in events),
        tuple(_custom(record)),
    )
    return replace(
        reading_of(shape, MANIFEST),
        children=partial(_attachments, chat, events),
        declared=len(file_ids(events)),
    )


def _attachments(chat: Chat, events: Sequence[Mapping[str, object]]) -> Iterator[Child | Fault]:
    displays = {
        js.text(attachment.get("id")): js.text(attachment.get("display"))
        for event in events
        for attachment in js.records(event.get("attachments"))
    }
    for name in file_ids(events):
        step = f"file:{clean(name)}"
        if name in chat.files:
            yield child_of(chat.files[name], chat.hint, step, Relation.ATTACHMENT, displays[name])
        else:
            yield Fault(
                FaultReason.MISSING, f"attachment {name!r} is not in the archive", step=step
            )


def _event(chat: Chat, event: Mapping[str, object]) -> Event:
    return Event(
        id=js.text(event.get("id")),
        sender=chat.person(js.text(event.get("participant"))) or "unknown sender",
        text=js.text(event.get("body")),
        when=instant(event.get("timestamp")),
        kind=js.text(event.get("type")) or "unknown",
        parent=js.text(event.get("parent")),
        deleted=event.get("deleted") is True,
        edits=tuple(_edit(chat, edit) for edit in js.records(event.get("edits"))),
        reactions=tuple(
            _reaction(chat, reaction) for reaction in js.records(event.get("reactions"))
        ),
        files=tuple(_file(chat, file) for file in js.records(event.get("attachments"))),
        notes=(*_marks(chat, event), *_custom(event)),
    )


def _edit(chat: Chat, edit: Mapping[str, object]) -> Edit:
    previous = edit.get("previous")
    before = js.text(previous) if previous is not None else None
    return Edit(
        instant(edit.get("timestamp")), chat.person(js.text(edit.get("participant"))), before
    )


def _reaction(chat: Chat, reaction: Mapping[str, object]) -> Reaction:
    people = tuple(chat.person(person) for person in js.texts(reaction.get("participants")))
    return Reaction(js.text(reaction.get("value")), people, js.number(reaction.get("count")))


def _file(chat: Chat, file: Mapping[str, object]) -> ChatFile:
    name = js.text(file.get("id"))
    display = js.text(file.get("display")) or name or "unnamed file"
    return ChatFile(display, note="in the export" if name in chat.files else "not in the export")


def _marks(chat: Chat, event: Mapping[str, object]) -> Iterator[str]:
    if js.text(event.get("importance")) == "high":
        yield "Importance: high"
    if direction := js.text(event.get("direction")):
        yield f"Direction: {direction}"
    for receipt in js.records(event.get("read_receipts")):
        who, act = chat.person(js.text(receipt.get("participant"))), js.text(receipt.get("action"))
        yield f"{act or 'receipt'}: {who} {js.text(receipt.get('timestamp'))}".rstrip()


def _custom(holder: Mapping[str, object]) -> Iterator[str]:
    for entry in js.records(holder.get("custom")):
        name, value = js.text(entry.get("name")), js.text(entry.get("value"))
        if value:
            yield f"{name}: {value}"
