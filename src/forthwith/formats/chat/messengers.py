"""Messengers that export JSON: Telegram, Discord, Facebook and Instagram, Teams and Skype.

Each function takes parsed JSON and returns an `Export`, or None when the JSON is another's. The
fields are those of Telegram Desktop's "machine-readable JSON", DiscordChatExporter, Meta's
"Download your information" (old form and that of encrypted chats), Microsoft Graph's chatMessage,
and the personal export of Teams and Skype.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.formats.chat.conversations import Conversation, Export, Post, as_json, json_part
from forthwith.formats.chat.transcript import (
    UNKNOWN_SENDER,
    ChatFile,
    Edit,
    Event,
    Reaction,
    unique,
    utc,
)
from forthwith.formats.pages.html import text_of_html
from forthwith.plain import json_values as js
from forthwith.plain.counting import count


def _iso(value: object) -> datetime | None:
    """Return an ISO 8601 instant in UTC to the second; None for one without a zone, or none."""
    try:
        moment = datetime.fromisoformat(js.text(value).strip())
        return moment.astimezone(UTC).replace(microsecond=0) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _without(content: Mapping[str, object], key: str) -> dict[str, object]:
    return {name: value for name, value in content.items() if name != key}


def _single(talk: Conversation, origin: str, entries: object, messages: Sequence[object]) -> Export:
    """Return an export of one conversation; entries of its list that are no messages are told."""
    odd = len(entries) - len(messages) if isinstance(entries, list) else 0
    detail = f"{count(odd, 'entry', 'entries')} of the list are no messages"
    faults = (Fault(FaultReason.CORRUPT, detail),) if odd else ()
    return Export((talk,), origin, faults, whole=not odd)


# Telegram

_NOT_THERE = "(File"
_MEDIA = ("file", "photo", "thumbnail")


def telegram(value: object) -> Export | None:
    """Return one chat's `result.json`, or all chats of one."""
    content = js.record(value)
    if _is_telegram(content) and js.records(content.get("messages")):
        return Export((_telegram_talk(content),), "telegram")
    lists = [js.record(content.get(key)) for key in ("chats", "left_chats")]
    talks = [talk for listed in lists for talk in js.records(listed.get("list"))]
    if not talks or not all(_is_telegram(talk) for talk in talks):
        return None
    # Contacts, sessions and the account itself stand beside the chats: the file comes out too.
    return Export(tuple(_telegram_talk(talk) for talk in talks), "telegram", whole=False)


def _is_telegram(talk: Mapping[str, object]) -> bool:
    named = isinstance(talk.get("type"), str) and "id" in talk
    entries = talk.get("messages")
    sound = all("date" in message and "type" in message for message in js.records(entries))
    return named and isinstance(entries, list) and sound


def _telegram_talk(talk: Mapping[str, object]) -> Conversation:
    messages = js.records(talk.get("messages"))
    zoned = all(js.text(message.get("date_unixtime")).isdecimal() for message in messages)
    part = partial(json_part, _without(talk, "messages"), "messages")
    name = js.text(talk.get("name")) or js.text(talk.get("type")).replace("_", " ")
    kind = js.text(talk.get("type")).replace("_", " ")
    posts = tuple(_telegram_post(message, zoned=zoned) for message in messages)
    return Conversation(
        "Telegram", name, posts, part, about=(f"Kind: {kind}",) if kind else (),
        number=js.text(talk.get("id")),
    )  # fmt: skip


def _telegram_post(message: Mapping[str, object], *, zoned: bool) -> Post:
    files, absent = [], []
    for key in _MEDIA:
        if not (path := js.text(message.get(key))):
            continue
        if path.startswith(_NOT_THERE):
            name = js.text(message.get("file_name")) or key
            absent.append(ChatFile(name, note=path.strip("()"), absent=True))
        else:
            files.append(path)
    stamp = js.text(message.get("date_unixtime"))
    edited = js.text(message.get("edited_unixtime"))
    changed = utc(int(edited)) if edited.isdecimal() and zoned else _bare(message.get("edited"))
    service = js.text(message.get("type")) != "message"
    event = Event(
        id=js.text(message.get("id")),
        sender=js.text(message.get("from")) or js.text(message.get("actor"))
        or js.text(message.get("from_id")) or UNKNOWN_SENDER,
        text=_telegram_words(message.get("text")),
        when=utc(int(stamp)) if zoned else _bare(message.get("date")),
        kind=_telegram_act(message) if service else "message",
        parent=js.text(message.get("reply_to_message_id")),
        edits=(Edit(changed, ""),) if changed else (),
        reactions=tuple(
            Reaction(js.text(r.get("emoji")) or "reaction",
                     tuple(js.text(who.get("from")) for who in js.records(r.get("recent"))),
                     js.number(r.get("count")))
            for r in js.records(message.get("reactions"))
        ),
        files=tuple(absent),
        notes=tuple(
            f"{key.replace('_', ' ').capitalize()}: {said}"
            for key in ("forwarded_from", "via_bot", "sticker_emoji", "media_type", "title",
                        "duration_seconds", "members", "contact_information",
                        "location_information", "poll")
            if (said := _said(message.get(key)))
        ),
    )  # fmt: skip
    return Post(event, message, unique(files))


def _telegram_act(message: Mapping[str, object]) -> str:
    return js.text(message.get("action")).replace("_", " ") or "service"


def _said(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return js.text(value)


def _telegram_words(value: object) -> str:
    if isinstance(value, str):
        return value
    pieces = []
    for piece in value if isinstance(value, list) else ():
        words = piece if isinstance(piece, str) else js.text(js.record(piece).get("text"))
        target = js.text(js.record(piece).get("href"))
        pieces.append(f"{words} ({target})" if target else words)
    return "".join(pieces)


def _bare(value: object) -> datetime | None:
    """Return wall time without a zone, as Telegram Desktop wrote it before it wrote both."""
    try:
        moment = datetime.fromisoformat(js.text(value).strip())
        return moment.replace(tzinfo=None, microsecond=0)
    except ValueError:
        return None


# Discord


def discord(value: object) -> Export | None:
    """Return one channel as DiscordChatExporter writes it."""
    content = js.record(value)
    channel, entries = js.record(content.get("channel")), content.get("messages")
    messages = js.records(entries)
    if "id" not in channel or not messages:
        return None
    if not all("author" in message and "timestamp" in message for message in messages):
        return None
    guild = js.text(js.record(content.get("guild")).get("name"))
    topic = js.text(channel.get("topic"))
    about = [f"Server: {guild}"] if guild else []
    about += [f"Topic: {topic}"] if topic else []
    posts = tuple(_discord_post(message) for message in messages)
    part = partial(json_part, _without(content, "messages"), "messages")
    name = js.text(channel.get("name"))
    number = js.text(channel.get("id"))
    talk = Conversation("Discord", name, posts, part, about=tuple(about), number=number)
    export = _single(talk, "discord", entries, messages)
    said = js.number(content.get("messageCount"))
    # A day of ours keeps the count of the whole channel: only fewer than it holds is a fault.
    if said and said < len(messages):
        detail = f"says it holds {said:,} messages and holds {len(messages):,}"
        fault = Fault(FaultReason.DISAGREEMENT, detail)
        return Export(export.conversations, export.origin, (*export.faults, fault), export.whole)
    return export


def _discord_name(author: Mapping[str, object]) -> str:
    nick, name = js.text(author.get("nickname")), js.text(author.get("name"))
    shown = f"{nick} ({name})" if nick and name and nick != name else nick or name
    return f"{shown} (bot)" if shown and author.get("isBot") is True else shown


def _discord_post(message: Mapping[str, object]) -> Post:
    files, elsewhere = [], []
    for attachment in js.records(message.get("attachments")):
        place, name = js.text(attachment.get("url")), js.text(attachment.get("fileName"))
        if "://" in place:
            size = js.number(attachment.get("fileSizeBytes"))
            note = f"{size:,} bytes" if size else ""
            elsewhere.append(ChatFile(name or place, place, note, absent=True))
        elif place or name:
            files.append(place or name)
    edited = _iso(message.get("timestampEdited"))
    kind = js.text(message.get("type"))
    words = [js.text(message.get("content"))]
    for embed in js.records(message.get("embeds")):
        words.extend(f"[Embed] {line}" for line in js.strings_below(embed, _EMBEDDED))
    reply = js.record(message.get("reference"))
    stickers = (f"Sticker: {js.text(s.get('name'))}" for s in js.records(message.get("stickers")))
    event = Event(
        id=js.text(message.get("id")),
        sender=_discord_name(js.record(message.get("author"))) or UNKNOWN_SENDER,
        text="\n".join(unique(words)),
        when=_iso(message.get("timestamp")),
        kind="message" if kind in ("Default", "Reply", "0", "19", "") else kind,
        parent=js.text(reply.get("messageId")),
        edits=(Edit(edited, ""),) if edited else (),
        reactions=tuple(
            Reaction(js.text(js.record(r.get("emoji")).get("name")),
                     tuple(_discord_name(user) for user in js.records(r.get("users"))),
                     js.number(r.get("count")))
            for r in js.records(message.get("reactions"))
        ),
        files=tuple(elsewhere),
        notes=(*(("Pinned",) if message.get("isPinned") is True else ()), *stickers),
    )  # fmt: skip
    return Post(event, message, unique(files))


_EMBEDDED = frozenset({"title", "description", "url", "name", "value", "text"})


# Facebook and Instagram

_SHARED = ("photos", "videos", "files", "audio_files", "gifs", "media")


def meta(value: object) -> Export | None:
    """Return one thread of Messenger or Instagram, in either of Meta's two forms."""
    content = js.record(value)
    entries = content.get("messages")
    messages = js.records(entries)
    sender = "senderName" if "threadName" in content else "sender_name"
    stamp = "timestamp" if "threadName" in content else "timestamp_ms"
    if not messages or "participants" not in content:
        return None
    if not all(sender in message and stamp in message for message in messages):
        return None
    mend = _mended if _is_mojibake(value) else str
    people = tuple(
        mend(js.text(js.record(person).get("name")) or js.text(person))
        for person in _list(content.get("participants"))
    )
    posts = tuple(_meta_post(message, sender, stamp, mend) for message in messages)
    title = js.text(content.get("title")) or js.text(content.get("threadName"))
    path = js.text(content.get("thread_path"))
    platform = "Instagram" if "instagram" in path.lower() else "Facebook Messenger"
    part = partial(json_part, _without(content, "messages"), "messages")
    name = mend(title) or ", ".join(people)
    talk = Conversation(platform, name, posts, part, unique(people), number=path)
    return _single(talk, "meta", entries, messages)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _strings(value: object) -> Iterator[str]:
    stack = [value]
    while stack:
        inner = stack.pop()
        if isinstance(inner, dict):
            stack.extend(inner.values())
        elif isinstance(inner, list):
            stack.extend(inner)
        elif isinstance(inner, str):
            yield inner


def _is_mojibake(value: object) -> bool:
    r"""Say whether every string is UTF-8 spelt as Latin-1 ("\u00c3\u00a9" for é), as Meta does."""
    odd = [text for text in _strings(value) if not text.isascii()]
    return bool(odd) and all(_mended(text) != text for text in odd)


def _mended(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _meta_post(
    message: Mapping[str, object], sender: str, stamp: str, mend: Callable[[str], str]
) -> Post:
    milliseconds = js.text(message.get(stamp))
    paths = [js.text(file.get("uri")) for key in _SHARED for file in js.records(message.get(key))]
    paths.append(js.text(js.record(message.get("sticker")).get("uri")))
    share = js.record(message.get("share"))
    notes = [
        f"Shared: {mend(said)}"
        for key in ("link", "share_text")
        if (said := js.text(share.get(key)))
    ]
    if message.get("call_duration") is not None:
        notes.append(f"Call of {js.text(message.get('call_duration'))} seconds")
    unsent = message.get("is_unsent") is True or message.get("isUnsent") is True
    event = Event(
        id="",
        sender=mend(js.text(message.get(sender))) or UNKNOWN_SENDER,
        text=mend(js.text(message.get("content")) or js.text(message.get("text"))),
        when=utc(int(milliseconds) // 1000) if milliseconds.isdecimal() else None,
        deleted=unsent,
        reactions=tuple(
            Reaction(mend(js.text(r.get("reaction"))), (mend(js.text(r.get("actor"))),), 1)
            for r in js.records(message.get("reactions"))
        ),
        notes=tuple(notes),
    )
    return Post(event, message, unique(path.removeprefix("./") for path in paths))


# Teams and Skype


def teams(value: object) -> Export | None:
    """Return chats of Microsoft Graph's chatMessage, or the personal export of Teams or Skype."""
    content = js.record(value)
    if talks := js.records(content.get("conversations")):
        return _skype(content, talks)
    entries = value if isinstance(value, list) else content.get("value")
    messages = js.records(entries)
    if not messages or not all(
        "createdDateTime" in m and "body" in m and "from" in m for m in messages
    ):
        return None
    talks_by: dict[str, list[dict[str, object]]] = {}
    for message in messages:
        talks_by.setdefault(_graph_place(message), []).append(message)
    rest = _without(content, "value")
    read = tuple(_graph_talk(place, own, rest) for place, own in talks_by.items())
    odd = len(entries) - len(messages) if isinstance(entries, list) else 0
    faults = (Fault(FaultReason.CORRUPT, f"{odd} entries are no messages"),) if odd else ()
    return Export(read, "teams", faults, whole=not odd)


def _graph_place(message: Mapping[str, object]) -> str:
    channel = js.record(message.get("channelIdentity"))
    return js.text(message.get("chatId")) or js.text(channel.get("channelId"))


def _graph_talk(
    place: str, messages: Sequence[Mapping[str, object]], rest: Mapping[str, object]
) -> Conversation:
    posts = tuple(_graph_post(message) for message in messages)
    people = unique(post.event.sender for post in posts)
    name = next(filter(None, (js.text(m.get("chatName")) or js.text(m.get("channelName"))
                              for m in messages)), "") or ", ".join(people)  # fmt: skip
    return Conversation(
        "Microsoft Teams", name, posts, partial(json_part, rest, "value"), number=place
    )


def _graph_post(message: Mapping[str, object]) -> Post:
    body, who = js.record(message.get("body")), js.record(message.get("from"))
    words = js.text(body.get("content"))
    if js.text(body.get("contentType")).lower() == "html":
        words = text_of_html(words).strip()
    names = (
        js.text(js.record(who.get(kind)).get("displayName"))
        for kind in ("user", "application", "device", "conversation")
    )
    edited = _iso(message.get("lastEditedDateTime"))
    kind = js.text(message.get("messageType"))
    files = tuple(
        ChatFile(js.text(file.get("name")) or "unnamed file", js.text(file.get("contentUrl")),
                 absent=bool(js.text(file.get("contentUrl"))))
        for file in js.records(message.get("attachments"))
        if js.text(file.get("contentType")) != "messageReference"
    )  # fmt: skip
    subject, importance = js.text(message.get("subject")), js.text(message.get("importance"))
    notes = [f"Subject: {subject}"] if subject else []
    notes += [f"Importance: {importance}"] if importance not in ("", "normal") else []
    return Post(
        Event(
            id=js.text(message.get("id")),
            sender=next(filter(None, names), UNKNOWN_SENDER),
            text=words,
            when=_iso(message.get("createdDateTime")),
            kind="message" if kind in ("", "message") else kind,
            parent=js.text(message.get("replyToId")),
            deleted=bool(message.get("deletedDateTime")),
            edits=(Edit(edited, ""),) if edited else (),
            reactions=tuple(
                Reaction(js.text(r.get("reactionType")),
                         (js.text(js.record(js.record(r.get("user")).get("user")).get("displayName")),),
                         1)
                for r in js.records(message.get("reactions"))
            ),
            files=files,
            notes=tuple(notes),
        ),
        message,
    )  # fmt: skip


def _skype(content: Mapping[str, object], talks: Sequence[Mapping[str, object]]) -> Export | None:
    if not all(isinstance(talk.get("MessageList"), list) for talk in talks):
        return None
    rest = _without(content, "conversations")
    return Export(tuple(_skype_talk(talk, rest) for talk in talks), "skype")


def _skype_talk(talk: Mapping[str, object], rest: Mapping[str, object]) -> Conversation:
    messages = js.records(talk.get("MessageList"))
    entries = _list(talk.get("MessageList"))
    detail = f"{len(entries) - len(messages)} entries of a conversation are no messages"
    faults = (Fault(FaultReason.CORRUPT, detail),) if len(entries) > len(messages) else ()
    number = js.text(talk.get("id"))
    name = js.text(talk.get("displayName")) or number
    platform = "Microsoft Teams" if "thread.v2" in number or "thread.tacv2" in number else "Skype"

    def part(posts: Sequence[Post]) -> bytes | Fault:
        own = {**talk, "MessageList": [post.raw for post in posts]}
        return as_json({**rest, "conversations": [own]})

    posts = tuple(_skype_post(message) for message in messages)
    return Conversation(platform, name, posts, part, number=number, faults=faults)


def _skype_post(message: Mapping[str, object]) -> Post:
    kind = js.text(message.get("messagetype"))
    words = js.text(message.get("content"))
    if kind.startswith("RichText") or "<" in words:
        words = text_of_html(words).strip()
    shown = js.text(message.get("displayName")) or js.text(message.get("from"))
    plain = kind in ("", "Text", "RichText", "RichText/Html")
    event = Event(
        id=js.text(message.get("id")),
        sender=shown.removeprefix("8:") or UNKNOWN_SENDER,
        text=words,
        when=_iso(message.get("originalarrivaltime")),
        kind="message" if plain else kind,
        deleted=bool(js.record(message.get("properties")).get("deletetime")),
    )
    return Post(event, message)
