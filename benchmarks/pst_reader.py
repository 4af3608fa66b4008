"""Outlook stores: our reader against libpff doing the same work in the same process.

Both visit every message of every folder and take all its properties, its bodies (RTF decompressed
where it is the only one), its recipients and the bytes of each attachment.
Run: python -m benchmarks.pst_reader CORPORA
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypff

from forthwith.domain.evidence import Fault, Limits
from forthwith.formats.outlook.body import bodies_of
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.pst import Store

ROUNDS = 7
FOLDERS = ("outlook", "documents")
#: What libpff raises where a message has no such part.
_ABSENT = (OSError, RuntimeError)


def run(corpora: Path) -> list[dict[str, Any]]:
    """Return one row for each store: medians of seconds, and libpff's over ours."""
    rows = [_compared(path) for path in _stores(corpora)]
    ours = sum(row["ours"] for row in rows)
    theirs = sum(row["libpff"] for row in rows)
    total = {"what": "PST: all stores", "ours": ours, "libpff": theirs, "ratio": theirs / ours}
    return [*rows, total] if rows else []


def _stores(corpora: Path) -> list[Path]:
    found = (
        path
        for folder in FOLDERS
        for path in sorted((corpora / folder).rglob("*"))
        if path.is_file() and path.stat().st_size > 1024
    )
    return [path for path in found if path.open("rb").read(4) == b"!BDN"]


def _compared(path: Path) -> dict[str, Any]:
    mine, other = _ours(path), _theirs(path)
    ours, theirs = _timed(path)
    return {
        "what": f"PST: {path.name}",
        "messages": mine[0],
        "attachments": mine[1],
        "same": mine[:2] == other[:2],
        "properties": (mine[3], other[3]),
        "ours": ours,
        "libpff": theirs,
        "ratio": theirs / ours,
    }


def _timed(path: Path) -> tuple[float, float]:
    """Time both turn by turn, so that a busy machine slows them alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for act, taken in zip((_ours, _theirs), times, strict=True):
            start = time.process_time()
            act(path)
            taken.append(time.process_time() - start)
    return statistics.median(times[0]), statistics.median(times[1])


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """A `ByteSource` over an open file."""

    handle: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self.handle, length, offset)


def _ours(path: Path) -> tuple[int, int, int, int]:
    """Return messages, attachments, bytes of attachments, properties."""
    totals = [0, 0, 0, 0]
    with path.open("rb") as file:
        store = Store(_OnDisk(file.fileno(), path.stat().st_size), Limits())
        for entry in store.entries():
            _take(store.message(entry), totals)
    return totals[0], totals[1], totals[2], totals[3]


def _take(message: Message, totals: list[int]) -> None:
    totals[0] += 1
    totals[3] += len(message.properties.values)
    totals[3] += sum(len(each.values) for each in message.recipients)
    bodies = bodies_of(message)
    _ = message.subject, bodies.stored_html, bodies.plain, bodies.rtf_source
    for each in message.attachments:
        totals[1] += 1
        if isinstance(each, Fault):
            continue
        totals[3] += len(each.properties.values)
        if each.message is not None:
            each.message()
        elif not isinstance(held := each.data(), Fault):
            totals[2] += len(held)


def _theirs(path: Path) -> tuple[int, int, int, int]:
    store = pypff.file()
    store.open(str(path))
    totals = [0, 0, 0, 0]
    stack = [store.get_root_folder()]
    while stack:
        folder = stack.pop()
        stack += [folder.get_sub_folder(at) for at in range(folder.get_number_of_sub_folders())]
        for at in range(folder.get_number_of_sub_messages()):
            _take_theirs(folder.get_sub_message(at), totals)
    store.close()
    return totals[0], totals[1], totals[2], totals[3]


def _take_theirs(message: Any, totals: list[int]) -> None:
    totals[0] += 1
    totals[3] += _properties(message)
    if (recipients := _or_none(lambda: message.recipients)) is not None:
        totals[3] += _properties(recipients)
    for body in (message.get_plain_text_body, message.get_html_body, message.get_rtf_body):
        _or_none(body)
    for at in range(_or_none(message.get_number_of_attachments) or 0):
        totals[1] += 1
        attachment = message.get_attachment(at)
        totals[3] += _properties(attachment)
        if size := _or_none(attachment.get_size):
            totals[2] += len(attachment.read_buffer(size))


def _properties(item: Any) -> int:
    count = 0
    for number in range(item.get_number_of_record_sets()):
        held = item.get_record_set(number)
        for at in range(held.get_number_of_entries()):
            _ = held.get_entry(at).data
            count += 1
    return count


def _or_none(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except _ABSENT:
        return None


if __name__ == "__main__":
    for row in run(Path(sys.argv[1])):
        print(row)
