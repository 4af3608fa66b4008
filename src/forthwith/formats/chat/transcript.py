"""One channel and day of chat as a common shape, and how it reads as text.

Slack exports and RSMF files both come down to this. A deleted or edited message stays visible and
is marked; a reply stands indented under the message it answers. Where the facts come from is the
business of `slack` and `rsmf`; this module neither parses nor fetches anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from forthwith.domain import fields as names
from forthwith.domain.evidence import FieldValue, Kind, Reading, TextMethod

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: Stands where the source names nobody; such a one is no correspondent.
UNKNOWN_SENDER = "unknown sender"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change to a message after it was sent."""

    #: None where the source does not say when.
    when: datetime | None
    by: str
    #: The words before; None where the source did not keep them.
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji under a message."""

    value: str
    by: tuple[str, ...] = ()
    #: As the source counts; may exceed the names it gives.
    count: int = 0


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file a message speaks of."""

    name: str
    #: Where it can be fetched; "" when the file lies in the export itself.
    link: str = ""
    #: What the source says of it: "deleted before the export".
    note: str = ""
    #: True where its bytes should have come with the chat and did not: a fault of the day.
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One message, or one join, leave or other act in the channel."""

    #: The source's own name for the event; replies point to it.
    id: str
    sender: str
    text: str
    #: None where the source gives no usable time; such events come last. Without a zone where the
    #: source shows wall time and names none; the events of one day are all of one sort.
    when: datetime | None
    #: "message", or what happened: "join", "leave", "topic" …
    kind: str = "message"
    #: Id of the message it replies to; "" at the top of a thread.
    parent: str = ""
    deleted: bool = False
    edits: tuple[Edit, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    files: tuple[ChatFile, ...] = ()
    #: Anything else worth a line: importance, direction, read receipts, custom values.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """What was said in one channel on one day."""

    platform: str
    channel: str
    #: "2023-05-04", or "undated".
    day: str
    participants: tuple[str, ...]
    events: tuple[Event, ...]
    #: Lines for the head of the text: topic, purpose, kind of channel.
    about: tuple[str, ...] = ()
    #: The source's own number of the conversation, the same on all its days; "" without one.
    conversation: str = ""


def utc(seconds: float) -> datetime | None:
    """Return the instant `seconds` after 1970 (UTC), or None outside the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
    except (OverflowError, ValueError, OSError):
        return None


def clean(text: str) -> str:
    """Return `text` with lone surrogates, which JSON may hold and UTF-8 may not, as U+FFFD."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def reading_of(day: ChannelDay, origin: str) -> Reading:
    """Return the day as a CHAT reading; `origin` says where its facts were read."""
    return Reading(
        Kind.CHAT,
        "application/json",
        text=text_of(day),
        text_method=TextMethod.EXTRACTED,
        fields=tuple(_fields(day, origin)),
    )


def _fields(day: ChannelDay, origin: str) -> Iterator[FieldValue]:
    instants = sorted(event.when for event in day.events if event.when is not None)
    links = tuple(file.link for event in day.events for file in event.files if file.link)
    yield FieldValue(names.PLATFORM, clean(day.platform), origin)
    yield FieldValue(names.CHANNEL, clean(day.channel), origin)
    yield FieldValue(names.SUBJECT, clean(day.channel), origin)
    index = clean(day.conversation or day.channel)
    yield FieldValue(names.CONVERSATION_INDEX, index, origin)
    writers, readers = _people(day)
    if writers:
        yield FieldValue(names.FROM, "; ".join(map(clean, writers)), origin)
    if readers:
        yield FieldValue(names.TO, tuple(map(clean, readers)), origin)
    if day.participants:
        yield FieldValue(names.PARTICIPANTS, tuple(map(clean, day.participants)), origin)
    yield FieldValue(names.EVENTS, str(len(day.events)), "computed")
    if instants:
        yield FieldValue(names.SENT, instants[0].isoformat(), origin)
        yield FieldValue(names.STARTS, instants[0].isoformat(), origin)
        yield FieldValue(names.ENDS, instants[-1].isoformat(), origin)
    elif _DAY.fullmatch(day.day):
        # No message has a time, and the export still says which day it is.
        yield FieldValue(names.SENT, day.day, origin)
    if links:
        yield FieldValue(names.LINKS, tuple(dict.fromkeys(map(clean, links))), origin)


def _people(day: ChannelDay) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who wrote that day, in order of first words, and before whom another wrote.

    Each message goes from its writer to everybody else, and the day is all its messages: so with
    one writer he is no recipient, and with two or more everybody is. Joins and the like count as
    writing only on a day without words.
    """
    known = [event for event in _by_time(day.events) if event.sender not in ("", UNKNOWN_SENDER)]
    worded = [event for event in known if event.kind == "message"] or known
    writers = unique(event.sender for event in worded)
    people = unique((*day.participants, *writers))
    readers = (name for name in people if name != UNKNOWN_SENDER and set(writers) - {name})
    return writers, tuple(readers)


def text_of(day: ChannelDay) -> str:
    """Return the day as a person reads it; every event once, replies under what they answer."""
    instants = [event.when for event in day.events if event.when is not None]
    times = "times are UTC"
    if day.events and not instants:
        times = "no times"
    elif any(instant.tzinfo is None for instant in instants):
        times = "times are as exported, their zone is not said"
    head = [f"{day.platform}: {day.channel}, {day.day} ({times})"]
    if day.participants:
        head.append(f"Participants: {', '.join(day.participants)}")
    lines = [*head, *day.about, ""]
    for event, depth, parent_shown in _threaded(day.events):
        lines.extend(
            "    " * depth + line for line in _event_lines(event, parent_shown=parent_shown)
        )
    return clean("\n".join(lines).rstrip() + "\n")


def _threaded(events: Sequence[Event]) -> Iterator[tuple[Event, int, bool]]:
    """Yield (event, depth, whether its parent is shown above it), oldest thread first."""
    ordered = _by_time(events)
    threads = {event.id for event in ordered if event.id and not event.parent}
    replies: dict[str, list[Event]] = {}
    for event in ordered:
        if event.parent in threads and event.parent != event.id:
            replies.setdefault(event.parent, []).append(event)
    for event in ordered:
        if event.parent and event.parent != event.id and event.parent in threads:
            continue
        yield event, 0, False
        # A repeated id shows its replies once, under the first.
        for reply in replies.pop(event.id, ()) if not event.parent else ():
            yield reply, 1, True


def _by_time(events: Iterable[Event]) -> list[Event]:
    """Return events as they happened, those without a time last; equal times as they came."""
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(events, key=lambda event: (event.when is None, event.when or last))


def _event_lines(event: Event, *, parent_shown: bool) -> Iterator[str]:
    words = event.text.splitlines() or [""]
    mark = "".join(_marks(event, parent_shown=parent_shown))
    act = "" if event.kind == "message" else f" [{event.kind}]"
    who = f"{event.sender}{act}".strip()
    yield f"[{stamp(event.when)}] {who}: {mark}{words[0]}".rstrip()
    yield from (f"    {line}" for line in words[1:])
    yield from (f"    {line}" for line in _below(event))


def _marks(event: Event, *, parent_shown: bool) -> Iterator[str]:
    if event.deleted:
        yield "[Deleted message] "
    if event.edits:
        yield "[Edited] "
    if event.parent and event.parent != event.id and not parent_shown:
        yield f"[Reply to message {event.parent}] "


def _below(event: Event) -> Iterator[str]:
    """Yield the lines under a message: its history, its files, who reacted."""
    for edit in event.edits:
        before = "" if edit.previous is None else f"; before: {' '.join(edit.previous.split())!r}"
        by = f" by {edit.by}" if edit.by else ""
        yield f"[Edited{by} at {stamp(edit.when)}{before}]"
    for file in event.files:
        words = f"Linked file: {file.name} {file.link}" if file.link else f"File: {file.name}"
        yield f"[{words}{f' ({file.note})' if file.note else ''}]"
    yield from (f"[Reaction {reaction.value}{_whose(reaction)}]" for reaction in event.reactions)
    yield from (f"[{note}]" for note in event.notes)


def _whose(reaction: Reaction) -> str:
    unnamed = max(0, reaction.count - len(reaction.by))
    people = [*reaction.by, *([f"{unnamed} more"] if unnamed and reaction.by else [])]
    if not people:
        return f" × {reaction.count}" if reaction.count else ""
    return f" by {', '.join(people)}"


def stamp(when: datetime | None) -> str:
    """Return an instant as shown in text: "2023-05-04 09:12:03 UTC"; wall time without a zone."""
    if when is None:
        return "no time"
    if when.tzinfo is None:
        return f"{when:%Y-%m-%d %H:%M:%S}"
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return the values that are not blank, each once, in first order."""
    return tuple(dict.fromkeys(value for value in values if value))
