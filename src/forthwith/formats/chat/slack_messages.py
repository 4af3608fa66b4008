"""One Slack message as an event, with people and channels named instead of numbered.

Handles what exports really hold: joins, bots, files in both spellings, edits with or without the
words before, deletions as tombstones or as `message_deleted`, attachments and blocks.
Slack's own reference is the guide: api.slack.com/events/message.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from forthwith.formats.chat.transcript import ChatFile, Edit, Event, Reaction, unique, utc
from forthwith.plain import json_values as js

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
    stamp = js.text(current.get("ts")) or js.text(message.get("ts"))
    text = js.text(wording.get("text")) or js.text(before.get("text") if deleted else "")
    thread = js.text(current.get("thread_ts"))
    return Event(
        id=stamp,
        sender=_sender(wording, names) or _sender(before, names) or "unknown sender",
        text=_text(wording, names.words(text), names),
        when=instant(stamp),
        kind=_kind(subtype),
        parent=thread if thread != stamp else "",
        deleted=deleted,
        edits=_edits(current, {} if deleted else before, names),
        reactions=_reactions(current, names),
        files=tuple(_file(file, present) for file in files_of(message)),
        notes=tuple(_notes(message)),
    )


def files_of(message: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the files a message speaks of, its earlier wording included."""
    before = js.record(message.get("previous_message") or message.get("original"))
    return _files_of(message, js.record(message.get("message")), before)


def _files_of(*messages: Mapping[str, object]) -> list[dict[str, object]]:
    files: dict[str, dict[str, object]] = {}
    for message in messages:
        for file in [*js.records(message.get("files")), *js.records([message.get("file")])]:
            files.setdefault(js.text(file.get("id")) or f"#{len(files)}", file)
    return list(files.values())


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
    text_so_far = " ".join(" ".join(pieces).split())
    for words in js.strings_below(message.get("blocks"), _BLOCK_WORDS):
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
    if not any(lines):
        lines = [names.words(js.text(attachment.get("fallback")))]
    yield from unique(lines)


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


def _file(file: Mapping[str, object], present: frozenset[str]) -> ChatFile:
    number = js.text(file.get("id"))
    name = js.text(file.get("name")) or js.text(file.get("title")) or number or "unnamed file"
    note = _FILE_NOTES.get(js.text(file.get("mode")), "")
    if number in present:
        return ChatFile(name, note=note or "in the export")
    link = (
        js.text(file.get("url_private"))
        or js.text(file.get("external_url"))
        or js.text(file.get("permalink"))
    )
    return ChatFile(name, link, note or ("" if link else "not in the export"))


def _notes(message: Mapping[str, object]) -> Iterator[str]:
    if message.get("hidden") is True:
        yield "Hidden in Slack"
    if message.get("pinned_to"):
        yield "Pinned"
    comment = js.record(message.get("comment"))
    if words := js.text(comment.get("comment")):
        yield f"File comment: {words}"
