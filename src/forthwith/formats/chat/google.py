"""Google's chats as Takeout exports them: Google Chat, a folder a conversation, and Hangouts.

Google Chat: `messages.json` beside `group_info.json` and the attached files. Times are English
sentences in UTC ("Tuesday, November 17, 2020 at 6:43:53 PM UTC", with U+202F before PM in newer
exports). Hangouts: one `Hangouts.json` for all conversations, microseconds since 1970 UTC. Google
publishes neither form; the fields read are those seen in public exports and their readers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from urllib.parse import unquote, urlsplit

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
from forthwith.plain import json_values as js
from forthwith.plain.counting import count

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_SENTENCE = re.compile(
    r"(?:\w+, )?(?P<month>[A-Z][a-z]+) (?P<day>\d{1,2}), (?P<year>\d{4})(?: at|,)? "
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))? (?P<half>[AP]M) UTC"
)
_LINKED = frozenset(
    {"title", "snippet", "url", "private_do_not_access_or_else_safe_url_wrapped_value"}
)


def instant(value: object) -> datetime | None:
    """Return a time of Google Chat in UTC; None for one in words of another language."""
    shape = _SENTENCE.fullmatch(" ".join(js.text(value).split()))
    if shape is None or shape["month"] not in _MONTHS:
        return None
    hour = int(shape["hour"]) % 12 + 12 * (shape["half"] == "PM")
    numbers = (int(shape["year"]), _MONTHS.index(shape["month"]) + 1, int(shape["day"]), hour)
    try:
        return datetime(*numbers, int(shape["minute"]), int(shape["second"] or 0), tzinfo=UTC)
    except ValueError:
        return None


def google_chat(value: object, group: Mapping[str, object]) -> Export | None:
    """Return the conversation of a `messages.json`, or None when it is none; `group` may be {}."""
    content = js.record(value)
    entries = content.get("messages")
    messages = js.records(entries)
    if not isinstance(entries, list) or not messages:
        return None
    if not all(
        isinstance(message.get("creator"), dict) and isinstance(message.get("created_date"), str)
        for message in messages
    ):
        return None
    members = tuple(_person(member) for member in js.records(group.get("members")))
    people = unique((*members, *(_person(js.record(m.get("creator"))) for m in messages)))
    name = js.text(group.get("name")) or ", ".join(people)
    first = js.text(messages[0].get("message_id"))
    number = first.split("/")[0] if first.count("/") else ""
    posts = tuple(_chat_post(message) for message in messages)
    faults = []
    if odd := len(entries) - len(messages):
        detail = f"{count(odd, 'entry', 'entries')} of {len(entries):,} are no messages"
        faults.append(Fault(FaultReason.CORRUPT, detail))
    part = partial(json_part, {k: v for k, v in content.items() if k != "messages"}, "messages")
    talk = Conversation("Google Chat", name, posts, part, members, number=number)
    return Export((talk,), "google-chat", tuple(faults), whole=not odd)


def _person(record: Mapping[str, object]) -> str:
    name, mail = js.text(record.get("name")), js.text(record.get("email"))
    shown = f"{name} <{mail}>" if name and mail else name or mail
    return f"{shown} (bot)" if shown and js.text(record.get("user_type")) == "Bot" else shown


def _chat_post(message: Mapping[str, object]) -> Post:
    number, topic = js.text(message.get("message_id")), js.text(message.get("topic_id"))
    parts = number.split("/")
    # space/topic/message: the first message of a topic bears the topic's own number.
    parent = (
        "/".join((*parts[:-1], topic)) if topic and len(parts) == 3 and parts[-1] != topic else ""
    )
    deleted = js.text(message.get("message_state")) == "DELETED" or bool(
        message.get("deletion_metadata")
    )
    attached = js.records(message.get("attached_files"))
    files = (js.text(f.get("export_name")) or js.text(f.get("original_name")) for f in attached)
    event = Event(
        id=number,
        sender=_person(js.record(message.get("creator"))) or UNKNOWN_SENDER,
        text=js.text(message.get("text")),
        when=instant(message.get("created_date")),
        parent=parent,
        deleted=deleted,
        edits=tuple(_edits(message)),
        reactions=tuple(_reactions(message)),
        files=tuple(_drive_files(message)),
        notes=tuple(_notes(message)),
    )
    return Post(event, message, unique(files))


def _edits(message: Mapping[str, object]) -> Iterator[Edit]:
    versions = js.records(message.get("previous_message_versions"))
    for version in versions:
        yield Edit(instant(version.get("created_date")), "", js.text(version.get("text")))
    if not versions and (changed := js.text(message.get("updated_date"))):
        yield Edit(instant(changed), "")


def _reactions(message: Mapping[str, object]) -> Iterator[Reaction]:
    for reaction in js.records(message.get("reactions")):
        people = js.texts(reaction.get("reactor_emails"))
        emoji = js.record(reaction.get("emoji"))
        value = js.text(emoji.get("unicode")) or next(js.strings_below(emoji, _EMOJI), "?")
        yield Reaction(value, people, len(people))


_EMOJI = frozenset({"shortcode", "name"})


def _drive_files(message: Mapping[str, object]) -> Iterator[ChatFile]:
    for annotation in js.records(message.get("annotations")):
        if drive := js.record(annotation.get("drive_metadata")):
            name = js.text(drive.get("title")) or "unnamed file"
            where = f"kept in Google Drive as {js.text(drive.get('id')) or 'an unsaid id'}"
            yield ChatFile(name, note=where, absent=True)


def _notes(message: Mapping[str, object]) -> Iterator[str]:
    quoted = js.record(message.get("quoted_message_metadata"))
    if quoted:
        who = _person(js.record(quoted.get("creator"))) or UNKNOWN_SENDER
        yield f"In answer to {who}: {' '.join(js.text(quoted.get('text')).split())}"
    for attached in js.records(message.get("attached_files")):
        own, given = js.text(attached.get("original_name")), js.text(attached.get("export_name"))
        if own and given and own != given:
            yield f"{given} was attached as {own}"
    said = js.text(message.get("text"))
    for annotation in js.records(message.get("annotations")):
        words = unique(js.strings_below(annotation, _LINKED))
        if fresh := [word for word in words if word not in said]:
            yield f"Linked: {' | '.join(' '.join(word.split()) for word in fresh)}"
    if call := js.text(js.record(message.get("video_call_metadata")).get("meeting_space")):
        yield f"Call: {call}"


def hangouts(value: object) -> Export | None:
    """Return the conversations of a `Hangouts.json`, of either age; None when it is none."""
    content = js.record(value)
    if js.records(content.get("conversations")):
        key, talks = "conversations", js.records(content.get("conversations"))
    else:
        key, talks = "conversation_state", js.records(content.get("conversation_state"))
    if not talks or not all(_state_of(talk)[0] for talk in talks):
        return None
    rest = {name: part for name, part in content.items() if name != key}
    faults = []
    listed = content[key]
    if odd := len(listed) - len(talks) if isinstance(listed, list) else 0:
        detail = f"{count(odd, 'entry', 'entries')} of the list are no conversations"
        faults.append(Fault(FaultReason.CORRUPT, detail))
    read = tuple(_hangout(talk, key, rest) for talk in talks)
    return Export(
        read, "hangouts", tuple(faults), whole=not odd and all(not t.faults for t in read)
    )


def _state_of(talk: Mapping[str, object]) -> tuple[dict[str, object], object, str]:
    """Return what is said of a conversation, its list of events, and that list's name."""
    inner = js.record(talk.get("conversation_state")) or js.record(talk.get("conversation"))
    about = js.record(inner.get("conversation"))
    known = about if "participant_data" in about or "id" in about else {}
    name = "event" if "event" in inner else "events"
    return known, inner.get("event", talk.get("events")), name


def _hangout(talk: Mapping[str, object], key: str, rest: Mapping[str, object]) -> Conversation:
    about, listed, _ = _state_of(talk)
    people = {}
    for person in js.records(about.get("participant_data")):
        number = js.record(person.get("id"))
        shown = js.text(person.get("fallback_name")) or js.text(number.get("gaia_id"))
        for kind in ("gaia_id", "chat_id"):
            people[js.text(number.get(kind))] = shown
    people.pop("", None)
    events = js.records(listed)
    entries = listed if isinstance(listed, list) else []
    faults = []
    if odd := len(entries) - len(events):
        faults.append(Fault(FaultReason.CORRUPT, f"{count(odd, 'entry', 'entries')} are no events"))
    names = unique(people.values())
    own = js.text(js.record(about.get("id")).get("id"))
    channel = js.text(about.get("name")) or ", ".join(names) or own
    return Conversation(
        "Google Hangouts",
        channel,
        tuple(_hangout_post(event, people) for event in events),
        partial(_hangout_part, talk, key, rest),
        names,
        number=own,
        faults=tuple(faults),
    )


def _hangout_part(
    talk: Mapping[str, object], key: str, rest: Mapping[str, object], posts: Sequence[Post]
) -> bytes | Fault:
    raw = [post.raw for post in posts]
    inner = js.record(talk.get("conversation_state"))
    cut = {**talk, "events": raw}
    if "event" in inner:
        cut = {**talk, "conversation_state": {**inner, "event": raw}}
    return as_json({**rest, key: [cut]})


def _hangout_post(event: Mapping[str, object], people: Mapping[str, str]) -> Post:
    sender = js.record(event.get("sender_id"))
    number = js.text(sender.get("gaia_id")) or js.text(sender.get("chat_id"))
    content = js.record(js.record(event.get("chat_message")).get("message_content"))
    words = "".join(_segment(segment) for segment in js.records(content.get("segment")))
    links = [link for item in js.records(content.get("attachment")) for link in _links(item)]
    stamp = js.text(event.get("timestamp"))
    kind, notes = _act(event, people)
    files = tuple(_file_name(link) for link in links)
    return Post(
        Event(
            id=js.text(event.get("event_id")),
            sender=people.get(number, number) or UNKNOWN_SENDER,
            text=words,
            when=utc(int(stamp) // 10**6) if stamp.isdecimal() and len(stamp) < 20 else None,
            kind=kind,
            notes=(*(f"Picture: {link}" for link in links), *notes),
        ),
        event,
        unique(files),
    )


def _segment(segment: Mapping[str, object]) -> str:
    if js.text(segment.get("type")) == "LINE_BREAK":
        return "\n"
    words = js.text(segment.get("text"))
    target = js.text(js.record(segment.get("link_data")).get("link_target"))
    return f"{words} ({target})" if target and words and words not in target else words or target


def _links(item: Mapping[str, object]) -> Iterator[str]:
    embed = js.record(item.get("embed_item"))
    for key in ("plus_photo", "embeds.PlusPhoto.plus_photo"):
        if url := js.text(js.record(embed.get(key)).get("url")):
            yield url


def _file_name(link: str) -> str:
    """Return the name under which Takeout lays a picture beside the list: the end of its link."""
    try:
        return unquote(urlsplit(link).path).rpartition("/")[2] or link
    except ValueError:
        return link


def _act(event: Mapping[str, object], people: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Return what kind of event it is and what there is to say of it."""
    change = js.record(event.get("membership_change"))
    if change:
        numbers = (js.text(who.get("gaia_id")) for who in js.records(change.get("participant_id")))
        who = ", ".join(people.get(number, number) for number in numbers)
        return js.text(change.get("type")).lower() or "membership", (f"Of: {who}",) if who else ()
    rename = js.record(event.get("conversation_rename"))
    if rename:
        old, new = js.text(rename.get("old_name")), js.text(rename.get("new_name"))
        return "rename", (f"From {old!r} to {new!r}",)
    call = js.record(event.get("hangout_event"))
    if call:
        return js.text(call.get("event_type")).lower().replace("_", " ") or "call", ()
    if "chat_message" in event:
        return "message", ()
    return js.text(event.get("event_type")).lower().replace("_", " ") or "unknown", ()
