"""A second pair of eyes on a PST or OST: what libpff sees, held against what we see.

`libpff-python` is an optional extra; without it there is nothing to compare and `summaries` says so
with None. Where the two differ, neither is believed: the difference is a Fault for a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import IOBase
from types import ModuleType
from typing import Any, BinaryIO, cast

from forthwith.domain.evidence import ByteSource, Fault, FaultReason
from forthwith.formats.bytes.stream import SourceFile

try:
    import pypff as _module

    _PYPFF: ModuleType | None = _module
except ImportError:
    _PYPFF = None

#: Faults named one by one; past it one Fault counts the rest.
_MOST_NAMED = 200
#: Folders within folders followed.
_DEEPEST = 256
#: Orphans lie in no folder; the name is that of the first reader.
_ORPHANED = "[orphaned]"
#: FILETIME of 1970: submit times are compared to the second.
_UNIX, _TICKS = 11_644_473_600, 10_000_000


@dataclass(frozen=True, slots=True, order=True)
class MessageSummary:
    """What one reader says of one message, for comparison."""

    folder: str
    subject: str
    #: Seconds since 1970; 0 when there is no submit time.
    submitted: int
    attachments: int


def available() -> bool:
    """Say whether the second reader is installed."""
    return _PYPFF is not None


def summaries(source: ByteSource | str | BinaryIO) -> tuple[MessageSummary, ...] | None:
    """Return every message libpff sees, or None when it is not installed or cannot open the file.

    `source` is a path, a binary file or a `ByteSource`.
    """
    if _PYPFF is None:
        return None
    store = _PYPFF.file()
    try:
        if isinstance(source, str):
            store.open(source)
        else:
            file = source if isinstance(source, IOBase) else SourceFile(cast("ByteSource", source))
            store.open_file_object(file)
    except (OSError, RuntimeError, ValueError):
        return None
    try:
        return tuple(_all(store))
    finally:
        store.close()


def _all(store: Any) -> Iterator[MessageSummary]:
    stack = [(store.get_root_folder(), "", 0)]
    while stack:
        folder, path, depth = stack.pop()
        yield from _messages(folder, path)
        for index in range(_number(folder, "number_of_sub_folders") if depth < _DEEPEST else 0):
            subfolder = _got(folder.get_sub_folder, index)
            if subfolder is not None:
                name = _got(subfolder.get_name) or f"folder {subfolder.get_identifier():#x}"
                name = name.replace("/", "∕")
                stack.append((subfolder, f"{path}/{name}" if path else name, depth + 1))
    for index in range(_number(store, "number_of_orphan_items")):
        item = _got(store.get_orphan_item, index)
        if item is not None and hasattr(item, "get_subject"):
            yield _summary(item, _ORPHANED)


def _messages(folder: Any, path: str) -> Iterator[MessageSummary]:
    for index in range(_number(folder, "number_of_sub_messages")):
        message = _got(folder.get_sub_message, index)
        if message is not None:
            yield _summary(message, path)


def _summary(message: Any, path: str) -> MessageSummary:
    ticks = _got(message.get_client_submit_time_as_integer) or 0
    submitted = ticks // _TICKS - _UNIX if ticks else 0
    subject = _got(message.get_subject) or ""
    subject = subject[2:] if subject[:1] == "\x01" else subject
    return MessageSummary(path, subject, submitted, _number(message, "number_of_attachments"))


def _number(owner: Any, name: str) -> int:
    return _got(getattr(owner, f"get_{name}")) or 0


def _got(act: Any, *arguments: int) -> Any:
    """Return what libpff gives, None where it gives up on one thing."""
    try:
        return act(*arguments)
    except (OSError, RuntimeError, ValueError, OverflowError, MemoryError):
        return None


def reconcile(
    ours: Iterable[MessageSummary], theirs: Iterable[MessageSummary]
) -> tuple[Fault, ...]:
    """Return a Fault for each message that only one reader saw, or saw otherwise."""
    our_counts, their_counts = Counter(map(_key, ours)), Counter(map(_key, theirs))
    faults = [
        *_differences(our_counts - their_counts, "only by forthwith, not by libpff"),
        *_differences(their_counts - our_counts, "only by libpff, not by forthwith"),
    ]
    if len(faults) <= _MOST_NAMED:
        return tuple(faults)
    rest = len(faults) - _MOST_NAMED
    detail = f"{rest:,} more messages were seen by one reader only"
    return (*faults[:_MOST_NAMED], Fault(FaultReason.DISAGREEMENT, detail))


def _key(message: MessageSummary) -> MessageSummary:
    return MessageSummary(
        message.folder, " ".join(message.subject.split()), message.submitted, message.attachments
    )


def _differences(counts: Mapping[MessageSummary, int], who: str) -> Iterator[Fault]:
    for message in sorted(counts):
        many = f" ({counts[message]} times)" if counts[message] > 1 else ""
        detail = (
            f"the message {message.subject!r} with {message.attachments} attachments "
            f"in {message.folder or 'the root'!r} was seen {who}{many}"
        )
        yield Fault(FaultReason.DISAGREEMENT, detail)
