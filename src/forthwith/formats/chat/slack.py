"""Slack exports: one document per channel and day, in a zip or in a folder.

An export is a few lists (users.json, channels.json …) and a folder per channel with a JSON file
per day. Each day becomes a CHAT child whose native is that file as it lies; files the export holds
become attachments of the day that speaks of them, files it only links become links. Whatever is
neither list nor day nor such a file comes out as an ordinary member, so nothing stays behind.

A message is an event, with people and channels named instead of numbered. Handled is what exports
really hold: joins, bots, files in both spellings, edits with or without the words before, deletions
as tombstones or as `message_deleted`, attachments and blocks. Slack's own reference is the guide:
api.slack.com/events/message.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
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
from forthwith.formats.chat.transcript import (
    UNKNOWN_SENDER,
    ChannelDay,
    ChatFile,
    Edit,
    Event,
    Reaction,
    clean,
    reading_of,
    stamp,
    unique,
    utc,
)
from forthwith.plain import json_values as js
from forthwith.plain.counting import count

_MARKUP = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_STAMP = re.compile(r"(\d{1,12})(?:\.\d*)?")
_LEAVES = frozenset({"channel_leave", "group_leave", "mpim_leave"})
_JOINS = frozenset({"channel_join", "group_join", "mpim_join", "bot_add"})
_GONE = frozenset({"tombstone", "message_deleted"})
_PLAIN = frozenset(
    {
        "",
        "bot_message",
        "file_share",
        "file_comment",
        "file_mention",
        "me_message",
        "thread_broadcast",
        "reply_broadcast",
        "message_changed",
        "message_replied",
    }
)
#: What Slack writes for an attachment made of blocks.
_NO_PREVIEW = "[no preview available]"
_BLOCK_WORDS = frozenset({"text", "alt_text", "title", "url", "fallback"})
_FILE_NOTES = {
    "tombstone": "the export says this file was deleted",
    "hidden_by_limit": "the export says this file is hidden by the plan's limit",
    "file_access": "the export says access to this file was denied",
    "external": "kept outside Slack",
}


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what the numbers of an export stand for."""

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)

    def person(self, number: str) -> str:
        """Return the person's name, or the number itself where the export does not know it."""
        return self.people.get(number, number)

    def words(self, text: str) -> str:
        """Return message text with Slack's markup (`<@U1>`, `<url|label>`) made readable."""
        return html.unescape(_MARKUP.sub(self._word, text))

    def _word(self, markup: re.Match[str]) -> str:
        target, label = markup[1], markup[2] or ""
        if target[0] == "@":
            return f"@{self.people.get(target[1:], label or target[1:])}"
        if target[0] == "#":
            return f"#{self.channels.get(target[1:], label or target[1:])}"
        if target[0] == "!":
            return label or f"@{target[1:].partition('^')[0]}"
        return f"{label} ({target})" if label and label != target else target


def instant(value: object) -> datetime | None:
    """Return a Slack `ts` ("1454957471.000024", seconds UTC; the fraction only makes it unique)."""
    shape = _STAMP.fullmatch(js.text(value).strip())
    return None if shape is None else utc(int(shape[1]))


def event_of(message: Mapping[str, object], names: Names, present: frozenset[str]) -> Event:
    """Return one message; files whose id is in `present` lie in the export, others are links."""
    subtype = js.text(message.get("subtype"))
    before = js.record(message.get("previous_message") or message.get("original"))
    current = js.record(message.get("message")) if subtype == "message_changed" else message
    current = current or message
    deleted = subtype in _GONE or current.get("deleted") is True
    wording = {**before, **message} if deleted and not current.get("text") and before else current
    sent = js.text(current.get("ts")) or js.text(message.get("ts"))
    text = js.text(wording.get("text")) or js.text(before.get("text") if deleted else "")
    thread = js.text(current.get("thread_ts"))
    return Event(
        id=sent,
        sender=_sender(wording, names) or _sender(before, names) or UNKNOWN_SENDER,
        text=_text(wording, names.words(text), names),
        when=instant(sent),
        kind=_kind(subtype),
        parent=thread if thread != sent else "",
        deleted=deleted,
        edits=_edits(current, {} if deleted else before, names),
        reactions=_reactions(current, names),
        files=tuple(_file(file, present) for file in files_of(message)),
        notes=tuple(_notes(message, names)),
    )


def files_of(message: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the files a message speaks of, its earlier wording included."""
    before = js.record(message.get("previous_message") or message.get("original"))
    return _files_of(message, js.record(message.get("message")), before)


def _files_of(*messages: Mapping[str, object]) -> list[dict[str, object]]:
    files: dict[str, dict[str, object]] = {}
    for message in messages:
        # A message passed on stands among the attachments, with the files it came with.
        shared = [
            file
            for attachment in js.records(message.get("attachments"))
            for file in js.records(attachment.get("files"))
        ]
        for file in [
            *js.records(message.get("files")),
            *js.records([message.get("file")]),
            *shared,
        ]:
            files.setdefault(js.text(file.get("id")) or f"#{len(files)}", file)
    return list(files.values())


def _link(file: Mapping[str, object]) -> str:
    """Return where the file can be fetched, as the export says; nothing ever asks there."""
    keys = ("url_private", "url_private_download", "external_url", "permalink")
    return next(filter(None, (js.text(file.get(key)) for key in keys)), "")


def _preview(file: Mapping[str, object]) -> str:
    """Return the words of a snippet, post or mail that the export keeps in the message itself."""
    words = js.text(file.get("plain_text")) or js.text(file.get("preview"))
    return words if words.strip() else ""


def _absent(file: Mapping[str, object], present: Collection[str]) -> Fault | None:
    """Return the fault of a file the export lists and does not hold; None for one it says is gone.

    Slack's own standard exports hold links only, so most files of such an export are so.
    """
    mode = js.text(file.get("mode"))
    if js.text(file.get("id")) in present or mode == "tombstone":
        return None
    name, size = _file_name(file), js.number(file.get("size"))
    known = [f"{size:,} bytes"] if size else []
    if link := _link(file):
        known.append(link)
    about = f" ({', '.join(known)})" if known else ""
    detail = f"the file {name!r}{about} is listed and not in the export"
    if note := "" if mode == "hosted" else _FILE_NOTES.get(mode, ""):
        detail += f": {note}"
    if _preview(file):
        short = file.get("preview_is_truncated") is True or js.number(file.get("lines_more")) > 0
        detail += f"; {'the first' if short else 'its'} words, kept in the message, are in the text"
    return Fault(FaultReason.MISSING, detail)


def _kind(subtype: str) -> str:
    if subtype in _JOINS:
        return "join"
    if subtype in _LEAVES:
        return "leave"
    return "message" if subtype in _PLAIN | _GONE else subtype.replace("_", " ")


def _sender(message: Mapping[str, object], names: Names) -> str:
    number = js.text(message.get("user")) or js.text(js.record(message.get("comment")).get("user"))
    if number:
        profile = js.record(message.get("user_profile"))
        return names.people.get(number) or js.text(profile.get("real_name")) or number
    bot = js.record(message.get("bot_profile"))
    number = js.text(message.get("bot_id"))
    name = js.text(message.get("username")) or js.text(bot.get("name")) or names.person(number)
    return f"{name} (bot)" if name else ""


def _text(message: Mapping[str, object], text: str, names: Names) -> str:
    """Return the words of a message and of what is built into it."""
    pieces = [text]
    for attachment in js.records(message.get("attachments")):
        pieces.extend(f"[Attached] {line}" for line in _attachment_lines(attachment, names))
    for file in _files_of(message):
        comment = js.text(js.record(file.get("initial_comment")).get("comment"))
        pieces.append(names.words(comment))
        if words := _preview(file):
            # Kept as it is: a snippet is a file, and no markup of Slack's.
            pieces.append(f"[Words of {_file_name(file)!r}, as the export keeps them]\n{words}")
    text_so_far = " ".join(" ".join(pieces).split())
    passed_on = [
        attachment.get(key)
        for attachment in js.records(message.get("attachments"))
        for key in ("blocks", "message_blocks")
    ]
    for words in js.strings_below([message.get("blocks"), passed_on], _BLOCK_WORDS):
        readable = names.words(words)
        if " ".join(readable.split()) not in text_so_far:
            pieces.append(f"[Block] {readable}")
    return "\n".join(unique(pieces))


def _attachment_lines(attachment: Mapping[str, object], names: Names) -> Iterator[str]:
    keys = ("pretext", "author_name", "title", "title_link", "text", "image_url", "footer")
    lines = [names.words(js.text(attachment.get(name))) for name in keys]
    lines += [
        names.words(f"{js.text(field_record.get('title'))}: {js.text(field_record.get('value'))}")
        for field_record in js.records(attachment.get("fields"))
    ]
    yield from unique(lines)
    # The plain form repeats the rest as a rule; what it alone says is not left out.
    plain = names.words(js.text(attachment.get("fallback")))
    said = set(re.findall(r"\w+", " ".join(lines)))
    if plain != _NO_PREVIEW and not said.issuperset(re.findall(r"\w+", plain)):
        yield plain if not any(lines) else f"[Plain form] {plain}"


def _edits(
    current: Mapping[str, object], before: Mapping[str, object], names: Names
) -> tuple[Edit, ...]:
    edited = js.record(current.get("edited"))
    if not edited and not before:
        return ()
    previous = names.words(js.text(before.get("text"))) if before else None
    by = js.text(edited.get("user"))
    return (Edit(instant(edited.get("ts")), names.person(by) if by else "", previous),)


def _reactions(message: Mapping[str, object], names: Names) -> tuple[Reaction, ...]:
    return tuple(
        Reaction(
            f":{js.text(reaction.get('name'))}:",
            tuple(names.person(user) for user in js.texts(reaction.get("users"))),
            js.number(reaction.get("count")),
        )
        for reaction in js.records(message.get("reactions"))
    )


def _file_name(file: Mapping[str, object]) -> str:
    keys = ("name", "title", "id")
    return next(filter(None, (js.text(file.get(key)) for key in keys)), "unnamed file")


def _file(file: Mapping[str, object], present: frozenset[str]) -> ChatFile:
    number = js.text(file.get("id"))
    name = _file_name(file)
    note = _FILE_NOTES.get(js.text(file.get("mode")), "")
    title = js.text(file.get("title"))
    if title and title != name:
        note = "; ".join(unique((f"titled {title!r}", note)))
    if number in present:
        return ChatFile(name, note="; ".join(unique((note, "in the export"))))
    link = _link(file)
    return ChatFile(name, link, note or ("" if link else "not in the export"))


def _notes(message: Mapping[str, object], names: Names) -> Iterator[str]:
    if message.get("hidden") is True:
        yield "Hidden in Slack"
    if message.get("pinned_to"):
        yield "Pinned"
    room = js.record(message.get("room"))
    if room:
        began, ended = instant(room.get("date_start")), instant(room.get("date_end"))
        people = [*js.texts(room.get("participant_history")), *js.texts(room.get("participants"))]
        name = js.text(room.get("name")) or "without a name"
        there = f"; with {', '.join(unique(map(names.person, people)))}" if people else ""
        yield f"Huddle {name}: from {stamp(began)} to {stamp(ended)}{there}"
    comment = js.record(message.get("comment"))
    if words := js.text(comment.get("comment")):
        yield f"File comment: {words}"


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
#: Writes for Slack itself in every workspace, and stands in no list.
_OWN_PEOPLE = {"USLACKBOT": "Slackbot"}
#: Files not in the export that a day lists as faults of their own.
_ABSENT_LISTED = 200
#: Between two entries of a JSON list.
_BETWEEN = re.compile(r"[\s,]*")
#: A file's number as it stands in the path of a file kept with the export.
_FILE_NUMBER = re.compile(r"(?:^|/)(F[A-Z0-9]+)(?=[-_./]|$)")


@dataclass(frozen=True, slots=True)
class _Channel:
    """What the lists say of one channel."""

    name: str
    sort: str
    members: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    number: str = ""


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
    people = dict(_OWN_PEOPLE)
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
    own_name, number = js.text(record.get("name")), js.text(record.get("id"))
    is_named = sort in ("public channel", "private channel") and own_name
    name = own_name if is_named else ", ".join(members)
    about = [f"Kind: {sort}"]
    stated = (
        (heading, js.text(js.record(record.get(heading)).get("value"))) for heading in _STATED
    )
    about += [f"{heading.title()}: {names.words(value)}" for heading, value in stated if value]
    return _Channel(name or own_name or number, sort, members, tuple(about), number)


@dataclass(frozen=True, slots=True)
class _Day:
    """The messages of one day's file, and what of the file is no sound message."""

    messages: list[object]
    #: The rest of a broken file, as it stands.
    rest: str = ""
    faults: tuple[Fault, ...] = ()


def _day_of(member: Member) -> _Day:
    data = member.load()
    value = parsed_json(data, member.path)
    if isinstance(value, list):
        return _Day(value)
    if isinstance(data, Fault):
        return _Day([])  # `load` says why for itself
    fault = value if isinstance(value, Fault) else None
    words = data.decode("utf-8-sig", "replace")
    messages, rest = _salvaged(words)
    if fault is None:
        detail = f"{member.path!r} is not a list of messages; its text is the file as it stands"
        return _Day([], words, (Fault(FaultReason.CORRUPT, detail),))
    read = f"{count(len(messages), 'message')} could be read, the rest is in the text as it stands"
    return _Day(messages, rest, (replace(fault, detail=f"{fault.detail}; {read}", lost=False),))


def _salvaged(words: str) -> tuple[list[object], str]:
    """Return the sound messages at the start of a broken list, and what follows them."""
    messages: list[object] = []
    decoder, at = json.JSONDecoder(), len(words) - len(words.lstrip())
    if not words.startswith("[", at):
        return [], words
    at += 1
    while True:
        start = _BETWEEN.match(words, at)
        at = start.end() if start else at
        try:
            value, at = decoder.raw_decode(words, at)
        except (ValueError, RecursionError):
            return messages, words[at:]
        messages.append(value)


def _mentioned_numbers(export: _Export) -> frozenset[str]:
    """Return the numbers of kept files that some message speaks of."""
    numbers: set[str] = set()
    if not export.files:
        return frozenset()
    for member in export.days.values():
        numbers |= _numbers(js.records(_day_of(member).messages))
    return frozenset(numbers)


def _numbers(messages: list[dict[str, object]]) -> set[str]:
    return {js.text(file.get("id")) for message in messages for file in files_of(message)}


def _children(export: _Export, others: list[Member]) -> Iterator[Child | Fault]:
    for place, member in export.days.items():
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
    loaded = _day_of(member)
    sound = js.records(loaded.messages)
    present = _numbers(sound) & export.files.keys()
    channel = export.channels.get(folder, _Channel(folder, ""))
    origin = f"slack:{folder}/{day}.json"
    reading = _reading_of_day(loaded, export.names, present, (channel, folder, day, origin))
    numbers = [number for number in export.files if number in present]
    return replace(reading, children=partial(_attachments, export, numbers), declared=len(numbers))


def _reading_of_day(
    loaded: _Day, names: Names, present: Collection[str], place: tuple[_Channel, str, str, str]
) -> Reading:
    """Return a day's reading; `place` is its channel, the channel's folder, the day, the origin."""
    channel, folder, day, origin = place
    faults, sound = list(loaded.faults), js.records(loaded.messages)
    if odd := len(loaded.messages) - len(sound):
        what = count(odd, "entry", "entries")
        faults.append(Fault(FaultReason.CORRUPT, f"{what} of the day are no messages"))
    events = tuple(event_of(record, names, frozenset(present)) for record in sound)
    undated = sum(event.when is None for event in events)
    if undated:
        what = count(undated, "message")
        faults.append(Fault(FaultReason.CORRUPT, f"{what} without a usable time"))
    files = (file for message in sound for file in files_of(message))
    absent = dict.fromkeys(filter(None, (_absent(file, present) for file in files)))
    faults += list(absent)[:_ABSENT_LISTED]
    if len(absent) > _ABSENT_LISTED:
        more = f"{len(absent) - _ABSENT_LISTED:,} more files are listed and not in the export"
        faults.append(Fault(FaultReason.MISSING, f"{more}; the text names each"))
    people = unique((*channel.members, *(event.sender for event in events)))
    number = channel.number or folder
    shape = ChannelDay("Slack", channel.name, day, people, events, channel.about, number)
    reading = reading_of(shape, origin).with_faults(*faults)
    if not loaded.rest.strip():
        return reading
    text = f"{reading.text}\n[The rest of the file is not sound JSON:]\n{clean(loaded.rest)}"
    return replace(reading, text=text)


def _attachments(export: _Export, numbers: list[str]) -> Iterator[Child | Fault]:
    for number in numbers:
        member = export.files[number]
        name = re.sub(rf"^{number}[-_]", "", member.path.rpartition("/")[2])
        step = f"file:{number}"
        yield child_of(member, export.hint, step, Relation.ATTACHMENT, name)


_A_STAMP = re.compile(r"\d{9,10}\.\d{1,6}")


def is_day(value: object) -> bool:
    """Say whether parsed JSON is a day of a channel: Slack messages and nothing else."""
    entries = value if isinstance(value, list) else []
    return bool(entries) and all(
        isinstance(entry, dict)
        and js.text(entry.get("type")) == "message"
        and _A_STAMP.fullmatch(js.text(entry.get("ts"))) is not None
        for entry in entries
    )


def lone_day(value: object) -> Reading:
    """Read one day without the lists of its export: people by what each message says of them."""
    messages = value if isinstance(value, list) else []
    stamps = sorted(filter(None, (instant(js.record(entry).get("ts")) for entry in messages)))
    day = f"{stamps[0]:%Y-%m-%d}" if stamps else "undated"
    place = (_Channel("", ""), "", day, "slack:day")
    return _reading_of_day(_Day(messages), Names(_OWN_PEOPLE), frozenset(), place)
