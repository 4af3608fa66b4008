"""Bundles: what was collected as a folder (Slack, RSMF, a received volume), read as the one thing
it is.
"""

from __future__ import annotations

import json
from typing import cast

from forthwith.domain.evidence import (
    Budget,
    ByteSource,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Limits,
    Reading,
)
from forthwith.formats.chat import exports, rsmf, slack
from forthwith.formats.chat.attachments import is_slack
from forthwith.process import received
from forthwith.record.evidence import EvidenceStore

#: How a bundle's list begins; the collector writes it, and nothing else looks like it.
MARK = b'{"forthwith-bundle":'


class _Blob:
    """A blob opened only while it is read: an export may hold more files than may be open."""

    def __init__(self, store: EvidenceStore, sha256: str) -> None:
        self._store = store
        self._sha256 = sha256

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._store.path(self._sha256).stat().st_size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        with self._store.open(self._sha256) as source:
            return source.read(offset, length)


def members(store: EvidenceStore, source: ByteSource) -> tuple[dict[str, ByteSource], list[Fault]]:
    """Return a bundle's files by path, and a Fault for each not collected, or not as one state."""
    listed = json.loads(source.read(0, source.size))["members"]
    files = {
        row["path"]: cast("ByteSource", _Blob(store, row["blob"])) for row in listed if row["blob"]
    }
    faults = [
        Fault(FaultReason.MISSING, f"{row['path']}: {row['fault']}", lost=True, step=row["path"])
        for row in listed
        if not row["blob"]
    ]
    faults += [
        Fault(FaultReason.CHANGED, f"{row['path']}: {row['fault']}")
        for row in listed
        if row["blob"] and row["fault"]
    ]
    return files, faults


def reading(
    store: EvidenceStore,
    source: ByteSource,
    limits: Limits,
    passwords: tuple[str, ...] = (),
    guard: received.Guard = received.unguarded,
) -> Reading:
    """Read a bundle; `guard` does one act of a reader, whose failure is then a Fault."""
    if received.is_received(source):
        return received.reading(store, source, limits, passwords, guard)
    files, faults = members(store, source)
    hint = Hint(budget=Budget(limits))
    read = exports.read_members
    if "rsmf_manifest.json" in files:
        read = rsmf.read_members
    elif is_slack(files.keys()):
        read = slack.read_members
    return read(files, hint).with_faults(*faults)


def member(store: EvidenceStore, source: ByteSource, path: str) -> ByteSource:
    """Return one file of a bundle."""
    return members(store, source)[0].get(path, InMemory(b""))
