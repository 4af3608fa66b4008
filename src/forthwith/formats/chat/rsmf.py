"""Relativity Short Message Format 1.0 and 2.0: chats in a manifest beside the files they mention.

Comes as an Internet message with one `rsmf.zip` and headers about it, as that zip alone, or as a
folder. Out of it come one CHAT child per conversation and UTC day, with the files of that day below
it. Anything else the message carries (a second archive, words in the body) comes out as a child of
its own.

The published schema leaves references, ids and times unchecked; where a manifest contradicts
itself, the checks here say so as Faults and never stop the reading.
"""

from __future__ import annotations

import email
import email.errors
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
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
    parsed_json,
    zip_members,
)
from forthwith.formats.chat.transcript import (
    UNKNOWN_SENDER,
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

MANIFEST = "rsmf_manifest.json"
_NAMED_IN_A_FAULT = 5


@dataclass(slots=True)
class Chat:
    """The manifest, taken apart."""

    hint: Hint
    version: str = ""
    people: dict[str, str] = field(default_factory=dict)
    conversations: dict[str, dict[str, object]] = field(default_factory=dict)
    participants: dict[str, dict[str, object]] = field(default_factory=dict)
    #: (conversation id, UTC day or "undated") to its events in manifest order.
    days: dict[tuple[str, str], list[dict[str, object]]] = field(default_factory=dict)
    #: By name in the zip, the folder of the manifest taken off.
    files: dict[str, Member] = field(default_factory=dict)
    others: list[Member] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def person(self, number: str) -> str:
        """Return the name and address behind an id, or the id itself."""
        return self.people.get(number, number)


def chat_of(manifest: Member, members: list[Member], hint: Hint) -> Chat:
    """Read the manifest and say which member is what; every member has its place afterwards."""
    chat, value = Chat(hint), parsed_json(manifest.load(), manifest.path)
    if isinstance(value, Fault):
        # Without a manifest there is no chat, but every file of the archive is still evidence.
        chat.faults.append(replace(value, detail=f"{value.detail}; the chat in it is unread"))
        chat.others = list(members)
        return chat
    content = js.record(value)
    _read_lists(chat, content)
    sound = _read_events(chat, content)
    root = manifest.path.removesuffix(MANIFEST)
    chat.others = [] if sound else [manifest]
    for member in members:
        name = member.path.removeprefix(root)
        if member is manifest:
            continue
        if member.key == member.path and name not in chat.files:
            chat.files[name] = member
        else:
            chat.others.append(member)
    _weigh_files(chat)
    return chat


def _read_lists(chat: Chat, manifest: Mapping[str, object]) -> None:
    chat.version = js.text(manifest.get("version"))
    people = js.records(manifest.get("participants"))
    conversations = js.records(manifest.get("conversations"))
    for kind, records in (("participant", people), ("conversation", conversations)):
        _note_repeats(chat, kind, [js.text(record.get("id")) for record in records])
    for person in people:
        number = js.text(person.get("id"))
        name, mail = js.text(person.get("display")), js.text(person.get("email"))
        chat.people[number] = (f"{name} <{mail}>" if name and mail else name or mail) or number
        chat.participants.setdefault(number, person)
    for conversation in conversations:
        chat.conversations.setdefault(js.text(conversation.get("id")), conversation)


def _read_events(chat: Chat, manifest: Mapping[str, object]) -> bool:
    """Sort the events into days; say whether every entry of the manifest found its place."""
    entries = manifest.get("events")
    events = js.records(entries)
    odd = len(entries) - len(events) if isinstance(entries, list) else 1
    if odd:
        chat.faults.append(
            Fault(FaultReason.CORRUPT, f"{odd} entries in the list of events are not events")
        )
    for event in events:
        when = instant(event.get("timestamp"))
        day = "undated" if when is None else f"{when:%Y-%m-%d}"
        chat.days.setdefault((js.text(event.get("conversation")), day), []).append(event)
    undated = sum(instant(event.get("timestamp")) is None for event in events)
    if undated:
        detail = f"{undated} events have no usable timestamp and stand under 'undated'"
        chat.faults.append(Fault(FaultReason.MISSING, detail))
    _note_repeats(chat, "event", [js.text(event.get("id")) for event in events])
    _note_unknown(chat, "participant", people_of(events), chat.participants)
    conversations = (js.text(event.get("conversation")) for event in events)
    _note_unknown(chat, "conversation", conversations, chat.conversations)
    return not odd


def people_of(events: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield the id of everyone who wrote, edited or reacted."""
    for event in events:
        yield js.text(event.get("participant"))
        for record in js.records(event.get("edits")):
            yield js.text(record.get("participant"))
        for record in js.records(event.get("reactions")):
            yield from js.texts(record.get("participants"))


def _note_repeats(chat: Chat, kind: str, ids: Sequence[str]) -> None:
    repeated = [number for number, count in Counter(filter(None, ids)).items() if count > 1]
    if repeated:
        detail = f"{len(repeated)} {kind} ids are given more than once: {_some(repeated)}"
        chat.faults.append(Fault(FaultReason.DISAGREEMENT, detail))


def _note_unknown(
    chat: Chat, kind: str, used: Iterable[str], records: Mapping[str, object]
) -> None:
    strangers = [number for number in unique(used) if number not in records]
    if strangers:
        detail = f"{len(strangers)} {kind} ids are used but listed nowhere: {_some(strangers)}"
        chat.faults.append(Fault(FaultReason.MISSING, detail))


def _weigh_files(chat: Chat) -> None:
    """Say which files are mentioned by no event; they come out as members."""
    mentioned = {name for events in chat.days.values() for name in file_ids(events)}
    avatars = {js.text(record.get("avatar")) for record in chat.participants.values()}
    avatars |= {js.text(record.get("icon")) for record in chat.conversations.values()}
    unmentioned = {name: member for name, member in chat.files.items() if name not in mentioned}
    strays = [name for name in unmentioned if name not in avatars]
    if strays:
        detail = f"{len(strays)} files are mentioned by no event: {_some(strays)}"
        chat.faults.append(Fault(FaultReason.DISAGREEMENT, detail))
    chat.others.extend(unmentioned.values())


def file_ids(events: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """Return the file names these events attach; in RSMF the id is the name in the zip."""
    return unique(
        js.text(attachment.get("id"))
        for event in events
        for attachment in js.records(event.get("attachments"))
    )


def _some(values: Sequence[str]) -> str:
    examples = ", ".join(repr(value) for value in values[:_NAMED_IN_A_FAULT])
    return examples if len(values) <= _NAMED_IN_A_FAULT else f"{examples} …"


def instant(value: object) -> datetime | None:
    """Return a timestamp in UTC, whole seconds; one without an offset is UTC (RSMF asks for it)."""
    try:
        moment = datetime.fromisoformat(js.text(value).strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


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
        (*_custodian(chat, record), *_custom(record)),
        conversation,
    )
    return replace(
        reading_of(shape, MANIFEST),
        children=partial(_attachments, chat, events),
        declared=len(file_ids(events)),
    )


def _custodian(chat: Chat, conversation: Mapping[str, object]) -> Iterator[str]:
    if who := chat.person(js.text(conversation.get("custodian"))):
        yield f"Custodian: {who}"


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
        sender=chat.person(js.text(event.get("participant"))) or UNKNOWN_SENDER,
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


def is_manifest(value: object) -> bool:
    """Say whether parsed JSON is a manifest, or a day's part of one."""
    content = js.record(value)
    lists = (content.get(name) for name in ("participants", "conversations", "events"))
    events = js.records(content.get("events"))
    named = all("conversation" in event and "timestamp" in event for event in events)
    return all(isinstance(entries, list) for entries in lists) and bool(events) and named


def lone(source: ByteSource, hint: Hint) -> Reading:
    """Read a manifest that came alone; one day of one conversation is that day itself."""
    reading = read_members({MANIFEST: source}, hint)
    inside = list(reading.children()) if reading.children is not None else []
    day = inside[0] if len(inside) == 1 else None
    if isinstance(day, Child) and day.reading is not None:
        return day.reading().with_faults(*reading.faults)
    return replace(reading, media_type="application/json")
