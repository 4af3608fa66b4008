"""Conversations of any chat export, cut into days: what the readers of all platforms share.

A platform's reader takes an export apart into `Conversation`s; here each becomes CHAT documents, a
day each, whose native is that day's part of the export. An export that holds one day of one
conversation is that document itself. Files that lie beside the export are attachments of the day
that names them; a file it names that is not there is a fault of its day.

Days are UTC where the export says an instant. Where it says wall time without a zone (WhatsApp),
the day is its own and stays without a zone: nothing is added to what the source knows.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from forthwith.domain.evidence import (
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
)
from forthwith.formats.bytes.stream import within_budget
from forthwith.formats.chat.attachments import Member, child_of
from forthwith.formats.chat.transcript import (
    ChannelDay,
    ChatFile,
    Event,
    clean,
    reading_of,
    unique,
)
from forthwith.plain.counting import count

#: Files that are not there, listed one by one for a day; the text names each.
_LISTED = 200


@dataclass(frozen=True, slots=True)
class Post:
    """One message as the export has it, and as an event."""

    event: Event
    #: The JSON record, or the lines of text, as they stand.
    raw: object
    #: Names under which the message's files should lie beside the export; those of `event.files`
    #: are others: files elsewhere, and files the export says it left out.
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything an export holds of one conversation."""

    platform: str
    channel: str
    posts: tuple[Post, ...]
    #: Returns these posts as a file of the export's own shape: the native of their day.
    part: Callable[[Sequence[Post]], bytes | Fault]
    participants: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    #: The source's own number; "" where it has none.
    number: str = ""
    extension: str = ".json"
    media_type: str = "application/json"
    #: Of the conversation as a whole: its times cannot be told, entries that are no messages.
    faults: tuple[Fault, ...] = ()
    fields: tuple[FieldValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Export:
    """What one reader made of one file."""

    conversations: tuple[Conversation, ...]
    #: Where the facts were read: "google-chat", "whatsapp".
    origin: str
    faults: tuple[Fault, ...] = ()
    #: False when the file holds what is in no conversation: then it comes out beside its days.
    whole: bool = True
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class _Day:
    conversation: Conversation
    name: str
    posts: tuple[Post, ...]


@dataclass(slots=True)
class _Files:
    """The files beside an export, each an attachment of the first day that names it."""

    present: Mapping[str, Member]
    hint: Hint
    owner: dict[str, str] = field(default_factory=dict)


def reading_of_export(
    export: Export, hint: Hint, present: Mapping[str, Member], itself: Member | None
) -> Reading:
    """Return the reading of an export; `present` are the files beside it by name.

    `itself` is the export's own file where that is not the item read: it comes out beside its days
    if they do not hold it all. Where the file is the item and holds one day, it is that document.
    """
    days = [
        (f"day:{at}/{day.name}", day)
        for at, conversation in enumerate(export.conversations)
        for day in _days(conversation)
    ]
    files = _Files(present, hint)
    for step, day in days:
        for post in day.posts:
            for name in post.files:
                if name in present:
                    files.owner.setdefault(name, step)
    strays = [member for name, member in present.items() if name not in files.owner]
    faults = (*export.faults, *(f for talk in export.conversations for f in talk.faults))
    if len(days) == 1 and export.whole and not strays and itself is None:
        step, day = days[0]
        reading = _day_reading(day, step, export.origin, files)
        return replace(reading, media_type=export.media_type).with_faults(*faults)
    others = [*strays, *([itself] if itself is not None and not (days and export.whole) else [])]
    return Reading(
        Kind.CONTAINER,
        export.media_type,
        faults=faults,
        children=partial(_children, days, export, files, others),
        declared=len(days) + len(others),
    )


def _days(conversation: Conversation) -> Iterator[_Day]:
    days: dict[str, list[Post]] = {}
    for post in conversation.posts:
        when = post.event.when
        days.setdefault("undated" if when is None else f"{when:%Y-%m-%d}", []).append(post)
    for name in sorted(days):
        yield _Day(conversation, name, tuple(days[name]))


def _children(
    days: Sequence[tuple[str, _Day]], export: Export, files: _Files, others: Iterable[Member]
) -> Iterator[Child | Fault]:
    for step, day in days:
        talk = day.conversation
        yield Child(
            step,
            clean(f"{talk.channel or talk.platform} {day.name}{talk.extension}"),
            Relation.DAY,
            within_budget(partial(talk.part, day.posts), files.hint),
            declared_type=talk.media_type,
            reading=partial(_day_reading, day, step, export.origin, files),
        )
    for member in others:
        yield child_of(member, files.hint, f"member:{member.key}", Relation.MEMBER)


def _day_reading(day: _Day, step: str, origin: str, files: _Files) -> Reading:
    talk = day.conversation
    events = tuple(_placed(post, files) for post in day.posts)
    people = unique((*talk.participants, *(event.sender for event in events)))
    shape = ChannelDay(
        talk.platform, talk.channel, day.name, people, events, talk.about, talk.number
    )
    named = unique(name for post in day.posts for name in post.files)
    here = [name for name in named if files.owner.get(name) == step]
    gone = Counter(_gone(file) for event in events for file in event.files if file.absent)
    faults = [
        Fault(FaultReason.MISSING, detail if times == 1 else f"{detail} ({times:,} times)")
        for detail, times in list(gone.items())[:_LISTED]
    ]
    if len(gone) > _LISTED:
        more = count(len(gone) - _LISTED, "more file")
        faults.append(Fault(FaultReason.MISSING, f"{more} did not come with the chat; see text"))
    undated = sum(event.when is None for event in events)
    if undated:
        faults.append(Fault(FaultReason.MISSING, f"{count(undated, 'message')} without a time"))
    reading = reading_of(shape, origin).with_faults(*faults)
    return replace(
        reading,
        media_type=talk.media_type,
        fields=(*reading.fields, *talk.fields),
        children=partial(_attachments, here, files) if here else None,
        declared=len(here) if here else None,
    )


def _gone(file: ChatFile) -> str:
    known = "; ".join(unique((file.note, file.link)))
    return f"the file {file.name!r} did not come with the chat{f' ({known})' if known else ''}"


def _placed(post: Post, files: _Files) -> Event:
    """Return the event with a word on each file: whether it lies beside the export."""
    if not post.files:
        return post.event
    noted = []
    for name in post.files:
        absent = name not in files.present
        noted.append(ChatFile(name, note="" if absent else "in the export", absent=absent))
    return replace(post.event, files=(*post.event.files, *noted))


def _attachments(names: Sequence[str], files: _Files) -> Iterator[Child | Fault]:
    for name in names:
        step = f"file:{clean(name)}"
        yield child_of(files.present[name], files.hint, step, Relation.ATTACHMENT)


def json_part(head: Mapping[str, object], key: str, posts: Sequence[Post]) -> bytes | Fault:
    """Return an object with its `key` cut down to these posts, as JSON."""
    return as_json({**head, key: [post.raw for post in posts]})


def as_json(value: object) -> bytes | Fault:
    """Return JSON in ASCII, the same for ever; a Fault where it nests too deeply."""
    try:
        return json.dumps(value, indent=1).encode()
    except (RecursionError, ValueError) as error:
        detail = f"this day cannot be written as JSON: {error}"
        return Fault(FaultReason.TOO_DEEP, detail, lost=True)
