"""What an RSMF manifest says, sorted into conversations and days, and where it contradicts itself.

The published schema leaves references, ids and times unchecked; the checks here say so as Faults
and never stop the reading. Turning events into text and children is `rsmf`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from forthwith.domain.evidence import Fault, FaultReason, Hint
from forthwith.formats.chat.attachments import Member, parsed_json
from forthwith.formats.chat.transcript import unique
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
