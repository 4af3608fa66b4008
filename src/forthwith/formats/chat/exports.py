"""Chat exports told by what they hold: JSON and text of messengers, alone, in a zip or a folder.

A file is an export when the whole of it has a messenger's shape; a name alone decides nothing but
where to look. What has the shape of an export nobody here can take apart is read as the file it
is, with a Fault that names it, so that no chat passes for an ordinary file in silence.

In a zip, and in a folder collected as one, files that lie beside an export become attachments of
the day that names them. Slack and RSMF have modules of their own; their single days are known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Reading,
    Relation,
)
from forthwith.formats.archives import zip as archives_zip
from forthwith.formats.archives.zip_directory import find_directory
from forthwith.formats.bytes.stream import whole
from forthwith.formats.chat import google, messengers, recognised, rsmf, slack, whatsapp
from forthwith.formats.chat.attachments import Member, folder_members, is_chat_name, parsed_json
from forthwith.formats.chat.conversations import Export, reading_of_export
from forthwith.formats.pages import plain
from forthwith.plain import json_values as js
from forthwith.plain.charset import decode

ZIP = "application/x-chat-export+zip"
MEDIA_TYPES = frozenset({ZIP, "application/json", "text/plain", "text/csv", "text/xml"})

_JSON_READERS: tuple[Callable[[object], Export | None], ...] = (
    google.hangouts,
    messengers.telegram,
    messengers.discord,
    messengers.meta,
    messengers.teams,
)
#: Quoted names of which each of those has one: most JSON is none, and need not be parsed twice.
_WORTH_PARSING = re.compile(
    rb'"(?:messages|conversations|conversation_state|createdDateTime|events|ts|roomId|timestamp|'
    rb'date|time|sent_at|created_at|createdAt)"'
)
_GROUP = "group_info.json"
_WHATSAPP_NAME = re.compile(r"_chat\.txt|.*whatsapp.*\.txt", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What lies in the folder of an export: its paths from there, each with its bytes."""

    members: Mapping[str, Member]

    def group(self) -> dict[str, object]:
        """Return what Google Chat says of the conversation; {} where nothing does."""
        member = self.members.get(_GROUP)
        return {} if member is None else js.record(parsed_json(member.load(), member.path))


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read an export, or else the JSON, text or table the file is. Raises UnreadableError."""
    if hint.media_type == ZIP:
        return _read_zip(source, hint)
    reading = plain.read(source, hint)
    data = whole(source, hint)
    if hint.media_type == "application/json" and _WORTH_PARSING.search(data):
        return _read_json(data, reading, hint)
    # A loose file has the name that WhatsApp gave it, where nobody gave it another.
    last = hint.name.replace("\\", "/").rpartition("/")[2]
    name = last if _WHATSAPP_NAME.fullmatch(whatsapp.normal_name(last)) else ""
    export = whatsapp.export(reading.text, name) if hint.media_type == "text/plain" else None
    if export is not None:
        return reading_of_export(export, hint, {}, None).with_faults(*reading.faults)
    fault = recognised.kind_of(reading.text, hint.media_type)
    return reading if fault is None else reading.with_faults(fault)


def _read_json(data: bytes, reading: Reading, hint: Hint) -> Reading:
    value = parsed_json(data, "the file")
    if isinstance(value, Fault):
        return reading
    if (export := _of_json(value, {})) is not None:
        return reading_of_export(export, hint, {}, None)
    if slack.is_day(value):
        return slack.lone_day(value)
    if rsmf.is_manifest(value):
        return rsmf.lone(InMemory(data), hint)
    fault = recognised.json_kind_of(value)
    return reading if fault is None else reading.with_faults(fault)


def _of_json(value: object, group: Mapping[str, object]) -> Export | None:
    if (export := google.google_chat(value, group)) is not None:
        return export
    return next(filter(None, (reader(value) for reader in _JSON_READERS)), None)


def _export_of(path: str, data: bytes, beside: _Beside) -> Export | None:
    """Return the export a file holds, or None; its name only says whom a chat is with."""
    name = path.rpartition("/")[2]
    if name.lower().endswith(".json"):
        value = parsed_json(data, name)
        return None if isinstance(value, Fault) else _of_json(value, beside.group())
    return whatsapp.export(decode(data, "").text, name)


# A zip


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return the bytes of one child."""
    if hint.media_type == ZIP:
        return archives_zip.open_step(source, step, hint)
    reading = read(source, hint)
    for child in reading.children() if reading.children is not None else ():
        if isinstance(child, Child) and child.step == step:
            return child.load()
    return Fault(FaultReason.MISSING, f"the chat has no part {step!r}", lost=True, step=step)


def holds_days(source: ByteSource, step: str) -> bool:
    """Say whether the member of a zip at `step` may be an export, known to the zip's reading."""
    directory = find_directory(source)
    return directory is not None and any(
        entry.step == step and is_chat_name(entry.path.rpartition("/")[2])
        for entry in directory.entries()
    )


def _read_zip(source: ByteSource, hint: Hint) -> Reading:
    archive = archives_zip.read(source, hint)
    inside = [c for c in (archive.children or tuple)() if isinstance(c, Child)]
    members = {_path(child): _member(child) for child in inside}
    chats: dict[str, Callable[[], Reading]] = {}
    joined: set[str] = set()
    for child in inside:
        if not is_chat_name(child.name):
            continue
        beside = _folder_of(_path(child), members)
        data = child.load()
        export = None if isinstance(data, Fault) else _export_of(child.name, data, beside)
        if export is None:
            if _WHATSAPP_NAME.fullmatch(child.name):
                chats[child.step] = partial(_unread_whatsapp, child, hint)
            continue
        named = _named(export, beside)
        joined.update(member.key for member in named.values())
        if _GROUP in beside.members and export.origin == "google-chat":
            joined.add(beside.members[_GROUP].key)
        chats[child.step] = partial(reading_of_export, export, hint, named, _member(child))
    if not chats:
        return replace(archive, media_type="application/zip")
    return replace(
        archive,
        media_type=ZIP,
        children=partial(_zip_children, archive, chats, joined),
        declared=None if archive.declared is None else archive.declared - len(joined),
    )


def _zip_children(
    archive: Reading, chats: Mapping[str, Callable[[], Reading]], joined: Collection[str]
) -> Iterator[Child | Fault]:
    """Yield what the archive holds, save the files that are attachments of a chat in it."""
    for child in (archive.children or tuple)():
        if isinstance(child, Fault):
            yield child
        elif child.step in chats:
            yield replace(child, reading=chats[child.step])
        elif child.step not in joined:
            yield child


def _path(child: Child) -> str:
    return f"{child.folder}/{child.name}" if child.folder else child.name


def _member(child: Child) -> Member:
    return Member(_path(child), child.step, 0, child.load)


def _folder_of(path: str, members: Mapping[str, Member]) -> _Beside:
    """Return what lies in the folder of `path` and below it."""
    folder = path.rpartition("/")[0]
    start = f"{folder}/" if folder else ""
    return _Beside(
        {
            name.removeprefix(start): member
            for name, member in members.items()
            if name.startswith(start) and name != path
        }
    )


def _named(export: Export, beside: _Beside) -> dict[str, Member]:
    """Return the files beside an export that its messages name, by the name they use."""
    by_plain: dict[str, Member] = {}
    for path, member in beside.members.items():
        by_plain.setdefault(whatsapp.normal_name(path), member)
    named: dict[str, Member] = {}
    taken: set[str] = set()
    for talk in export.conversations:
        for post in talk.posts:
            for name in post.files:
                found = _at(name, by_plain)
                if found is not None and name not in named and found.key not in taken:
                    named[name] = found
                    taken.add(found.key)
    return named


def _at(name: str, by_path: Mapping[str, Member]) -> Member | None:
    """Return the member under a path; one from higher up by its end (Meta counts from the top)."""
    parts = whatsapp.normal_name(name).split("/")
    paths = ("/".join(parts[place:]) for place in range(len(parts)))
    return next((by_path[path] for path in paths if path in by_path), None)


def _unread_whatsapp(child: Child, hint: Hint) -> Reading:
    data = child.load()
    source = InMemory(b"" if isinstance(data, Fault) else data)
    reading = plain.read(source, Hint(child.name, "text/plain", hint.budget, hint.depth))
    return reading.with_faults(recognised.unread("WhatsApp (a text)"))


# A folder


def is_export(name: str, data: bytes) -> bool:
    """Say whether a file of this name is a chat export."""
    return _export_of(name, data, _Beside({})) is not None


def bundle_of(names: Sequence[str], name: str, data: bytes) -> tuple[str, ...]:
    """Return the files that are collected with a chat export as one: itself, then what it names.

    `names` are the paths in and below its folder, `data` its own bytes. () where it is no export,
    or one that names nothing there and so is whole by itself.
    """
    placed = {path: Member(path, path, 0, bytes) for path in names if path != name}
    beside = {path: member for path, member in placed.items() if path != _GROUP}
    export = _export_of(name, data, _Beside(beside))
    if export is None:
        return ()
    joined = {member.path for member in _named(export, _Beside(beside)).values()}
    if export.origin == "google-chat" and _GROUP in placed:
        joined.add(_GROUP)
    # Only its name says whom a WhatsApp chat is with, and inside a bundle names are known.
    if not joined and export.origin != "whatsapp":
        return ()
    return (name, *sorted(joined))


def read_members(members: Mapping[str, ByteSource], hint: Hint) -> Reading:
    """Read an export collected with the files it names: the first file with such a name is it."""
    files = {member.path: member for member in folder_members(members, hint)}
    for path, member in files.items():
        data = member.load() if is_chat_name(path) else b""
        others = {name: other for name, other in files.items() if name != path}
        beside = _Beside(others)
        export = None if isinstance(data, Fault) else _export_of(path, data, beside)
        if not data or export is None:
            continue
        named = _named(export, beside)
        taken = {file.key for file in named.values()}
        if export.origin == "google-chat":
            taken.add(_GROUP)
        strays = {name: other for name, other in others.items() if other.key not in taken}
        return reading_of_export(export, hint, {**named, **strays}, member)
    return Reading(Kind.CONTAINER, ZIP, children=partial(_loose, list(files.values())))


def _loose(files: Sequence[Member]) -> Iterator[Child | Fault]:
    for member in files:
        name = member.path.rpartition("/")[2]
        yield Child(f"member:{member.key}", name, Relation.MEMBER, member.load)
