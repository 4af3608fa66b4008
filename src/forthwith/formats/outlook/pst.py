"""Outlook stores: PST and OST. Each message of each folder is a child.

A message is read straight from its properties; its native is the EML made of them (`mapi_eml`).
Steps are "node:NID", with "/att:N" behind it for what the message holds. Layers: `pst_ndb` (where
bytes lie), `pst_ltp` (properties and tables), `pst_messaging` (folders and messages).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Reading,
    Relation,
)
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook import reading as mapi_reading
from forthwith.formats.outlook.libpff import Seen
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.pst_messaging import Entry, Store
from forthwith.formats.outlook.pst_pages import PstDamageError

MEDIA_TYPES = frozenset({"application/vnd.ms-outlook-pst"})
#: Messages in one slice.
_SLICE = 500


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read a store. Raises UnreadableError when its header or its index cannot be read."""
    store = _opened(source, hint)
    entries = store.entries()
    return Reading(
        kind=Kind.CONTAINER,
        media_type="application/vnd.ms-outlook-pst",
        faults=(*_store_faults(store, source), *store.faults),
        children=lambda: _children(store, entries, hint),
        declared=len(entries),
    )


def slices(source: ByteSource, hint: Hint) -> Iterator[str]:
    """Yield index ranges over the messages, "0-500": the end is not included."""
    count = len(_opened(source, hint).entries())
    for start in range(0, count, _SLICE):
        yield f"{start}-{min(start + _SLICE, count)}"


def slice_children(source: ByteSource, hint: Hint, part: str) -> Iterator[Child | Fault]:
    """Yield the children of one slice; all slices in order give what `children` gives."""
    start, _, end = part.partition("-")
    store = _opened(source, hint)
    yield from _children(store, store.entries()[int(start) : int(end)], hint)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return a message's EML ("node:NID") or what it holds ("node:NID/att:N")."""
    steps = step.split("/")
    scheme, _, number = steps[0].partition(":")
    if scheme != "node" or not number.isdecimal():
        return Fault(FaultReason.MISSING, f"a store has no part {step!r}", lost=True, step=step)
    found = _message(_opened(source, hint), Entry(int(number), ""))
    if isinstance(found, Fault):
        return found
    return mapi_reading.opened(found, steps[1:], hint)


def _opened(source: ByteSource, hint: Hint) -> Store:
    try:
        store = Store(source, hint.budget.limits)
        store.opened()
    except PstDamageError as damage:
        detail = f"the Outlook store cannot be opened: {damage.detail}"
        raise UnreadableError(Fault(damage.reason, detail, lost=True)) from damage
    return store


def _store_faults(store: Store, source: ByteSource) -> Iterator[Fault]:
    header = store.ndb.header
    if source.size < header.file_end:
        detail = (
            f"the file ends after {source.size:,} of the {header.file_end:,} bytes its header names"
        )
        yield Fault(FaultReason.TRUNCATED, detail)
    if not header.sound:
        yield Fault(FaultReason.CORRUPT, "the store's header does not match its checksum")
    if hidden := store.hidden():
        detail = f"{hidden:,} hidden items (views, rules, forms) hold text and are no documents"
        yield Fault(FaultReason.UNSUPPORTED, detail)


def _children(store: Store, entries: Sequence[Entry], hint: Hint) -> Iterator[Child | Fault]:
    for entry in entries:
        found = _message(store, entry)
        if isinstance(found, Fault):
            yield found
        else:
            yield mapi_reading.message_child(_step(entry), found, hint, Relation.MESSAGE)


def _message(store: Store, entry: Entry) -> Message | Fault:
    try:
        return store.message(entry)
    except PstDamageError as damage:
        where = f" of folder {entry.folder!r}" if entry.folder else ""
        detail = f"a message{where} cannot be read: {damage.detail}"
        return Fault(damage.reason, detail, lost=True, step=_step(entry))


def _step(entry: Entry) -> str:
    return f"node:{entry.nid}"


def seen(source: ByteSource, hint: Hint) -> Iterator[Seen]:
    """Yield every message as the second reader lists it, for `outlook_second_reader.reconcile`."""
    store = _opened(source, hint)
    for entry in store.entries():
        found = _message(store, entry)
        if isinstance(found, Message):
            sent = found.properties.values.get(mapi.SUBMIT_TIME, (0, 0))[1]
            ticks = sent if isinstance(sent, int) else 0
            seconds = ticks // 10_000_000 - 11_644_473_600 if ticks else 0
            yield Seen(entry.folder, found.subject, seconds, len(found.attachments))
