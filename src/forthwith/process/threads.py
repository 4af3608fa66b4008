"""Conversations: which messages belong together, and how that is known.

(1) by references: Message-ID, In-Reply-To and References (RFC 5322 §3.6.4), joined by union-find;
(2) by conversation index: its first 22 bytes are those of the first message (MS-OXOMSG §2.2.1.3);
(3) inferred: a reply subject, the same words, a shared correspondent, at most 45 days apart; always
    marked as such.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_REPLY = re.compile(r"^\s*((re|fw|fwd|aw|wg|sv|tr|antw|rv)(\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_WITHIN = timedelta(days=45)


@dataclass(frozen=True, slots=True)
class Message:
    """What threading needs to know of one message."""

    control_number: str
    message_id: str
    references: tuple[str, ...]
    conversation_index: str
    subject: str
    sent: str
    people: frozenset[str]


def chats(messages: Sequence[Message]) -> dict[str, tuple[str, str]]:
    """Return control number -> (thread, basis) for every chat item that is not alone.

    The source's own number of the conversation decides. An item without one belongs to the
    conversation of the same people where there is only one such ("inferred").
    """
    numbered: dict[str, list[Message]] = defaultdict(list)
    unnumbered: dict[frozenset[str], list[Message]] = defaultdict(list)
    numbers: dict[frozenset[str], set[str]] = defaultdict(set)
    for message in messages:
        if message.conversation_index:
            numbered[message.conversation_index].append(message)
            numbers[message.people].add(message.conversation_index)
        elif len(message.people) > 1:
            unnumbered[message.people].append(message)
    for people, group in unnumbered.items():
        among = numbers.get(people, set())
        if len(among) <= 1:
            numbered[next(iter(among), "\0".join(sorted(people)))] += group
    thread_of = {}
    for group in numbered.values():
        if len(group) > 1:
            first = min(group, key=lambda message: (_when(message.sent), message.control_number))
            for message in group:
                basis = "index" if message.conversation_index else "inferred"
                thread_of[message.control_number] = (first.control_number, basis)
    return thread_of


class _Sets:
    """Union-find over names."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def root(self, name: str) -> str:
        """Return the name that stands for `name`'s set."""
        above = self._above.setdefault(name, name)
        while above != self._above[above]:
            self._above[above] = self._above[self._above[above]]
            above = self._above[above]
        self._above[name] = above
        return above

    def join(self, name: str, other: str) -> None:
        """Make one set of two."""
        self._above[self.root(name)] = self.root(other)


def threads(messages: Sequence[Message]) -> dict[str, tuple[str, str]]:
    """Return control number -> (thread, basis) for every message that is not alone.

    A thread is named for the control number of its first message.
    """
    sets = _Sets()
    basis: dict[str, str] = {}
    for name, keys in (("references", _by_reference), ("index", _by_index)):
        _join(sets, basis, keys(messages), name)
    _join(sets, basis, _by_subject(messages, basis), "inferred")
    grouped: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        grouped[sets.root(message.control_number)].append(message)
    thread_of = {}
    for group in grouped.values():
        if len(group) > 1:
            first = min(group, key=lambda message: (_when(message.sent), message.control_number))
            for message in group:
                thread_of[message.control_number] = (
                    first.control_number,
                    basis.get(message.control_number, "references"),
                )
    return thread_of


def _join(sets: _Sets, basis: dict[str, str], groups: Iterable[Sequence[str]], name: str) -> None:
    for group in groups:
        for number in group:
            sets.join(number, group[0])
            basis.setdefault(number, name)


def _by_reference(messages: Sequence[Message]) -> Iterable[Sequence[str]]:
    """Yield the messages under one root of the reference graph."""
    ids = _Sets()
    for message in messages:
        own = message.message_id or message.control_number
        for reference in message.references:
            ids.join(own, reference)
    groups: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        if message.message_id or message.references:
            groups[ids.root(message.message_id or message.control_number)].append(
                message.control_number
            )
    return [group for group in groups.values() if len(group) > 1]


def _by_index(messages: Sequence[Message]) -> Iterable[Sequence[str]]:
    groups: dict[bytes, list[str]] = defaultdict(list)
    for message in messages:
        try:
            index = base64.b64decode(message.conversation_index)
        except (binascii.Error, ValueError):
            continue
        if len(index) >= 22:
            groups[index[:22]].append(message.control_number)
    return [group for group in groups.values() if len(group) > 1]


def _by_subject(messages: Sequence[Message], known: dict[str, str]) -> Iterable[Sequence[str]]:
    groups: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        topic = _SPACE.sub(" ", _REPLY.sub("", message.subject)).strip().casefold()
        groups[topic].append(message)
    for topic, group in groups.items():
        if len(topic) < 4:
            continue
        group.sort(key=lambda message: (_when(message.sent), message.control_number))
        for before, after in itertools.pairwise(group):
            if after.control_number not in known and _answers(before, after):
                yield (before.control_number, after.control_number)


def _answers(before: Message, after: Message) -> bool:
    close = _when(after.sent) - _when(before.sent) <= _WITHIN
    return close and bool(_REPLY.match(after.subject)) and bool(before.people & after.people)


def _when(instant: str) -> datetime:
    try:
        when = datetime.fromisoformat(instant)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
