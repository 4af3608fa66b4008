"""A second pair of eyes on a PST or OST: what libpff sees, held against what we see.

`libpff-python` is an optional extra; without it there is nothing to compare and `listed` says so
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
class Seen:
    """One message as a reader saw it."""

    folder: str
    subject: str
    #: Seconds since 1970; 0 when there is no submit time.
    submitted: int
    attachments: int


def available() -> bool:
    """Say whether the second reader is installed."""
    return _PYPFF is not None


def listed(source: ByteSource | str | BinaryIO) -> tuple[Seen, ...] | None:
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
            store.open_file_object(_as_file(source))
    except (OSError, RuntimeError, ValueError):
        return None
    try:
        return tuple(_all(store))
    finally:
        store.close()


def _as_file(source: ByteSource | BinaryIO) -> Any:
    return source if isinstance(source, IOBase) else SourceFile(cast("ByteSource", source))


def _all(store: Any) -> Iterator[Seen]:
    stack = [(store.get_root_folder(), "", 0)]
    while stack:
        folder, path, depth = stack.pop()
        yield from _messages(folder, path)
        for index in range(_number(folder, "number_of_sub_folders") if depth < _DEEPEST else 0):
            below = _got(folder.get_sub_folder, index)
            if below is not None:
                name = _got(below.get_name) or f"folder {below.get_identifier():#x}"
                name = name.replace("/", "∕")
                stack.append((below, f"{path}/{name}" if path else name, depth + 1))
    for index in range(_number(store, "number_of_orphan_items")):
        item = _got(store.get_orphan_item, index)
        if item is not None and hasattr(item, "get_subject"):
            yield _seen(item, _ORPHANED)


def _messages(folder: Any, path: str) -> Iterator[Seen]:
    for index in range(_number(folder, "number_of_sub_messages")):
        message = _got(folder.get_sub_message, index)
        if message is not None:
            yield _seen(message, path)


def _seen(message: Any, path: str) -> Seen:
    ticks = _got(message.get_client_submit_time_as_integer) or 0
    submitted = ticks // _TICKS - _UNIX if ticks else 0
    attachments = _number(message, "number_of_attachments")
    return Seen(path, _subject(_got(message.get_subject) or ""), submitted, attachments)


def _subject(text: str) -> str:
    return text[2:] if text[:1] == "\x01" else text


def _number(owner: Any, name: str) -> int:
    return _got(getattr(owner, f"get_{name}")) or 0


def _got(act: Any, *arguments: int) -> Any:
    """Return what libpff gives, None where it gives up on one thing."""
    try:
        return act(*arguments)
    except (OSError, RuntimeError, ValueError, OverflowError, MemoryError):
        return None


def reconcile(ours: Iterable[Seen], theirs: Iterable[Seen]) -> tuple[Fault, ...]:
    """Return a Fault for each message that only one reader saw, or saw otherwise."""
    mine, other = Counter(map(_key, ours)), Counter(map(_key, theirs))
    faults = [
        *_differences(mine - other, "only by forthwith, not by libpff"),
        *_differences(other - mine, "only by libpff, not by forthwith"),
    ]
    if len(faults) <= _MOST_NAMED:
        return tuple(faults)
    rest = len(faults) - _MOST_NAMED
    detail = f"{rest:,} more messages were seen by one reader only"
    return (*faults[:_MOST_NAMED], Fault(FaultReason.DISAGREEMENT, detail))


def _key(seen: Seen) -> Seen:
    return Seen(seen.folder, " ".join(seen.subject.split()), seen.submitted, seen.attachments)


def _differences(counts: Mapping[Seen, int], who: str) -> Iterator[Fault]:
    for seen in sorted(counts):
        many = f" ({counts[seen]} times)" if counts[seen] > 1 else ""
        detail = (
            f"the message {seen.subject!r} with {seen.attachments} attachments "
            f"in {seen.folder or 'the root'!r} was seen {who}{many}"
        )
        yield Fault(FaultReason.DISAGREEMENT, detail)
