"""Slack exports: one document per channel and day, in a zip or in a folder.

An export is a few lists (users.json, channels.json …) and a folder per channel with a JSON file
per day. Each day becomes a CHAT child whose native is that file as it lies; files the export holds
become attachments of the day that speaks of them, files it only links become links. Whatever is
neither list nor day nor such a file comes out as an ordinary member, so nothing stays behind.
How one message reads is `slack_messages`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Reading,
    Relation,
)
from forthwith.formats.bytes.stream import within_budget
from forthwith.formats.chat.attachments import (
    Member,
    child_of,
    folder_members,
    parsed_json,
    zip_members,
)
from forthwith.formats.chat.slack_messages import Names, event_of, files_of
from forthwith.formats.chat.transcript import ChannelDay, reading_of, unique
from forthwith.plain import json_values as js

MEDIA_TYPES = frozenset({"application/x-slack-export+zip"})

_DAY = re.compile(r"(?P<channel>.+)/(?P<day>\d{4}-\d\d-\d\d)\.json")
_PEOPLE = ("users.json", "org_users.json")
_CHANNELS = {
    "channels.json": "public channel",
    "groups.json": "private channel",
    "mpims.json": "group conversation",
    "dms.json": "direct conversation",
}
_STATED = ("topic", "purpose")
#: A file's number as it stands in the path of a file kept with the export.
_FILE_NUMBER = re.compile(r"(?:^|/)(F[A-Z0-9]{5,})(?=[-_./]|$)")


@dataclass(frozen=True, slots=True)
class _Channel:
    """What the lists say of one channel."""

    name: str
    sort: str
    members: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(slots=True)
class _Export:
    """The export, taken apart."""

    hint: Hint
    days: dict[str, Member] = field(default_factory=dict)
    others: list[Member] = field(default_factory=list)
    #: File number to the member that holds the file.
    files: dict[str, Member] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    #: By folder name.
    channels: dict[str, _Channel] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read a zip export. Raises UnreadableError when it is no zip."""
    return _reading(zip_members(source, hint), hint)


def read_members(members: Mapping[str, ByteSource], hint: Hint) -> Reading:
    """Read an export lying as a folder: path inside the folder to its bytes."""
    return _reading(folder_members(members, hint), hint)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one child, or of one attachment of a day ("day:…/file:…")."""
    members = zip_members(source, hint)
    export = _export_of(members, hint)
    kind, _, key = step.partition(":")
    if kind == "day" and "/file:" in key:
        member = export.files.get(key.rpartition("/file:")[2])
    elif kind == "day":
        member = export.days.get(key)
    else:
        member = next((candidate for candidate in members if candidate.key == key), None)
    if member is None:
        return Fault(FaultReason.MISSING, f"the export holds nothing at {step!r}", lost=True)
    return within_budget(member.load, hint)()


def _reading(members: list[Member], hint: Hint) -> Reading:
    export = _export_of(members, hint)
    mentioned = _mentioned_numbers(export)
    unmentioned = [member for number, member in export.files.items() if number not in mentioned]
    others = [*export.others, *unmentioned]
    return Reading(
        Kind.CONTAINER,
        "application/x-slack-export+zip",
        faults=tuple(export.faults),
        children=partial(_children, export, others),
        declared=len(export.days) + len(others),
    )


def _export_of(members: list[Member], hint: Hint) -> _Export:
    export, root = _Export(hint), _root(members)
    lists: dict[str, Member] = {}
    for member in members:
        path = member.path.removeprefix(root)
        shape = _DAY.fullmatch(path)
        number = _FILE_NUMBER.search(path)
        if member.key == member.path and shape is not None:
            export.days[f"{shape['channel']}/{shape['day']}"] = member
        elif member.key == member.path and path in {*_PEOPLE, *_CHANNELS}:
            lists[path] = member
        elif number and number[1] not in export.files:
            export.files[number[1]] = member
        else:
            export.others.append(member)
    _read_lists(export, lists)
    return export


def _root(members: list[Member]) -> str:
    """Return the folder the whole export was zipped under, "" for none."""
    lists = (*_PEOPLE, *_CHANNELS)
    paths = [member.path for member in members if member.path.rpartition("/")[2] in lists]
    shallow = min(paths, key=lambda path: (path.count("/"), path), default="")
    folder, slash, _ = shallow.rpartition("/")
    return folder + slash


def _read_lists(export: _Export, lists: Mapping[str, Member]) -> None:
    people: dict[str, str] = {}
    for name in _PEOPLE:
        for record in _list(export, lists, name):
            people[js.text(record.get("id"))] = _person(record)
    export.names = Names(people)
    by_number: dict[str, str] = {}
    for name, sort in _CHANNELS.items():
        for record in _list(export, lists, name):
            channel, number = _channel(record, sort, export.names), js.text(record.get("id"))
            by_number[number] = channel.name
            # A direct conversation's folder carries its number, any other its name.
            for folder in unique((js.text(record.get("name")), number)):
                export.channels[folder] = channel
    export.names = Names(people, by_number)


def _list(export: _Export, lists: Mapping[str, Member], name: str) -> Iterator[dict[str, object]]:
    if (member := lists.get(name)) is None:
        return
    value = parsed_json(member.load(), member.path)
    if not isinstance(value, list):
        detail = "names and channels in it stay unresolved"
        why = value.detail if isinstance(value, Fault) else f"{member.path!r} is not a list"
        reason = value.reason if isinstance(value, Fault) else FaultReason.CORRUPT
        export.faults.append(Fault(reason, f"{why}; {detail}", step=f"member:{member.key}"))
        export.others.append(member)
        return
    yield from js.records(value)


def _person(user: Mapping[str, object]) -> str:
    profile = js.record(user.get("profile"))
    name = (
        js.text(profile.get("real_name"))
        or js.text(user.get("real_name"))
        or js.text(profile.get("display_name"))
        or js.text(user.get("name"))
        or js.text(user.get("id"))
    )
    return f"{name} (bot)" if user.get("is_bot") is True else name


def _channel(record: Mapping[str, object], sort: str, names: Names) -> _Channel:
    members = tuple(names.person(number) for number in js.texts(record.get("members")))
    own_name = js.text(record.get("name"))
    is_named = sort in ("public channel", "private channel") and own_name
    name = own_name if is_named else ", ".join(members)
    about = [f"Kind: {sort}"]
    stated = (
        (heading, js.text(js.record(record.get(heading)).get("value"))) for heading in _STATED
    )
    about += [f"{heading.title()}: {names.words(value)}" for heading, value in stated if value]
    return _Channel(name or own_name or js.text(record.get("id")), sort, members, tuple(about))


def _messages(member: Member) -> list[object] | Fault:
    value = parsed_json(member.load(), member.path)
    if isinstance(value, Fault | list):
        return value
    return Fault(FaultReason.CORRUPT, f"{member.path!r} is not a list of messages")


def _mentioned_numbers(export: _Export) -> frozenset[str]:
    """Return the numbers of kept files that some message speaks of."""
    numbers: set[str] = set()
    if not export.files:
        return frozenset()
    for member in export.days.values():
        messages = _messages(member)
        if not isinstance(messages, Fault):
            numbers |= _numbers(js.records(messages))
    return frozenset(numbers)


def _numbers(messages: list[dict[str, object]]) -> set[str]:
    return {js.text(file.get("id")) for message in messages for file in files_of(message)}


def _children(export: _Export, others: list[Member]) -> Iterator[Child | Fault]:
    for place, member in export.days.items():
        messages = _messages(member)
        if isinstance(messages, Fault):
            # The raw file comes out for the Fault's sake, to be read as the JSON or text it is.
            step = f"member:{member.key}"
            yield replace(messages, step=step, lost=False)
            yield child_of(member, export.hint, step, Relation.MEMBER)
            continue
        folder, _, day = place.rpartition("/")
        name = f"{export.channels[folder].name if folder in export.channels else folder} {day}.json"
        child = child_of(member, export.hint, f"day:{place}", Relation.DAY, name)
        yield replace(
            child,
            declared_type="application/json",
            reading=partial(_day_reading, export, member, folder, day),
        )
    for member in others:
        yield child_of(member, export.hint, f"member:{member.key}", Relation.MEMBER)


def _day_reading(export: _Export, member: Member, folder: str, day: str) -> Reading:
    loaded = _messages(member)
    messages = [] if isinstance(loaded, Fault) else loaded
    faults = [loaded] if isinstance(loaded, Fault) else []
    sound = js.records(messages)
    if len(sound) < len(messages):
        odd = len(messages) - len(sound)
        faults.append(Fault(FaultReason.CORRUPT, f"{odd} entries of the day are not messages"))
    present = _numbers(sound) & export.files.keys()
    events = tuple(event_of(record, export.names, frozenset(present)) for record in sound)
    undated = sum(event.when is None for event in events)
    if undated:
        faults.append(Fault(FaultReason.CORRUPT, f"{undated} messages have no usable time"))
    channel = export.channels.get(folder, _Channel(folder, ""))
    people = unique((*channel.members, *(event.sender for event in events)))
    shape = ChannelDay("Slack", channel.name, day, people, events, channel.about)
    reading = reading_of(shape, f"slack:{folder}/{day}.json").with_faults(*faults)
    numbers = [number for number in export.files if number in present]
    return replace(reading, children=partial(_attachments, export, numbers), declared=len(numbers))


def _attachments(export: _Export, numbers: list[str]) -> Iterator[Child | Fault]:
    for number in numbers:
        member = export.files[number]
        name = re.sub(rf"^{number}[-_]", "", member.path.rpartition("/")[2])
        step = f"file:{number}"
        yield child_of(member, export.hint, step, Relation.ATTACHMENT, name)
