"""Documents of received volumes: one for each row of the table that came with the bundle.

A bundle of a received volume lists delivered files, and one table of what was understood of the
rows they belong to (`loadfiles.received_table`); nothing here knows load files. Each row is a
document with the fields of its row, the delivered text and, where it came, its native; what lies in
the native is read as in any other document. How rows come together over bundles and volumes, which
version of a row counts, is `received_families`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, TypeVar

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    InMemory,
    Kind,
    Limits,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats import readers
from forthwith.formats.sniff import media_type as sniff
from forthwith.loadfiles import received_table
from forthwith.loadfiles.received_table import ReceivedRow
from forthwith.plain import charset
from forthwith.record.evidence import EvidenceStore

MEDIA_TYPE = "application/x-forthwith-received-volume"
#: A list of a bundle that has this key is one of a received volume; its value is the table's blob.
TABLE = "received"
#: A delivered text begins with the header lines of a mail when two of these stand at its top.
_HEADED = re.compile(r"^\s*(?:from|to|sent|date|subject|cc)\s*:", re.IGNORECASE | re.MULTILINE)
_TOP = 600

_T = TypeVar("_T")
#: Does one act of a reader.
Guard = Callable[[Callable[[], Any]], Any]


def unguarded(act: Callable[[], _T]) -> _T | Fault:
    """Do one act of a reader that is known to read what it is given."""
    try:
        return act()
    except UnreadableError as unreadable:
        return unreadable.fault


@dataclass(frozen=True, slots=True)
class DeliveredPage:
    """One page image as delivered."""

    #: SHA-256 of the delivered file, which lies in the evidence store.
    blob: str
    #: Its extension, lower case: "tif", "jpg", "pdf".
    kind: str
    #: Which frame or page of the file, from 0.
    frame: int
    #: Its key in the pointer file, as found: "BTS00000013".
    key: str


@dataclass(frozen=True, slots=True)
class _Bundle:
    """One bundle opened."""

    store: EvidenceStore
    #: Blob of each delivered file by its path.
    files: Mapping[str, str]
    table: bytes

    @classmethod
    def of(cls, store: EvidenceStore, source: ByteSource) -> _Bundle:
        listed = json.loads(source.read(0, source.size))
        files = {row["path"]: row["blob"] for row in listed["members"] if row["blob"]}
        return cls(store, files, _bytes(store, listed[TABLE]))

    def bytes_of(self, path: str) -> bytes:
        """Return one delivered file."""
        return _bytes(self.store, self.files[path])


def _bytes(store: EvidenceStore, blob: str) -> bytes:
    with store.open(blob) as source:
        return source.read(0, source.size)


def is_received(source: ByteSource) -> bool:
    """Say whether a bundle is of a received volume; the list has its keys in order."""
    return source.size < _LONGEST and TABLE in json.loads(source.read(0, source.size))


#: A longer list than this is none of a received volume, whose bundles are small.
_LONGEST = 64 << 20


def reading(
    store: EvidenceStore,
    source: ByteSource,
    limits: Limits,
    passwords: tuple[str, ...] = (),
    guard: Guard = unguarded,
) -> Reading:
    """Read the bundle of a received volume: a container with a child for each row."""
    bundle = _Bundle.of(store, source)
    declared = len(received_table.head(bundle.table).rows)

    def children() -> Iterator[Child | Fault]:
        for row in received_table.rows(bundle.table):
            yield _child(bundle, row, Hint(budget=Budget(limits), passwords=passwords), guard)
            for fault in row.faults:
                yield replace(fault, step=row.head.step, lost=False)

    return Reading(Kind.CONTAINER, MEDIA_TYPE, children=children, declared=declared)


def _child(bundle: _Bundle, row: ReceivedRow, hint: Hint, guard: Guard) -> Child:
    relation = Relation.ATTACHMENT if row.head.parent else Relation.MEMBER
    native = row.native in bundle.files
    return Child(
        row.head.step,
        row.name,
        relation,
        lambda: bundle.bytes_of(row.native) if native else b"",
        folder=row.head.number,
        reading=lambda: _document(bundle, row, hint, guard),
        bare=not native,
    )


def _document(bundle: _Bundle, row: ReceivedRow, hint: Hint, guard: Guard) -> Reading:
    """Return what one row's document says: the row first, then its text, then its native."""
    read = Reading(Kind(row.kind), "")
    if row.native in bundle.files:
        outcome = guard(lambda: _native(bundle, row, hint))
        if isinstance(outcome, Fault):
            what = f"its native {row.native} could not be read: {outcome.detail}"
            read = read.with_faults(Fault(outcome.reason, what))
        else:
            # A row is a document, also where its native is an archive.
            kind = Kind(row.kind) if outcome.kind is Kind.CONTAINER else outcome.kind
            read = replace(outcome, kind=kind)
    stated = {datum.name for datum in row.fields}
    known = (*row.fields, *(datum for datum in read.fields if datum.name not in stated))
    if row.text in bundle.files:
        text = charset.decode(bundle.bytes_of(row.text)).text
        headed = len(_HEADED.findall(text[:_TOP])) > 1
        method = TextMethod.EXTRACTED if text.strip() else TextMethod.NONE
        read = replace(read, text=text, text_method=method, headed=headed)
        origin = FieldValue(fields.TEXT_FROM, "the delivered text", f"text:{row.text}")
    elif read.text:
        origin = FieldValue(fields.TEXT_FROM, "its native", f"native:{row.native}")
    else:
        return replace(read, fields=known)
    return replace(read, fields=(*known, origin))


def _native(bundle: _Bundle, row: ReceivedRow, hint: Hint) -> Reading:
    source = InMemory(bundle.bytes_of(row.native))
    name = f"item{PurePosixPath(row.native).suffix.lower()}"
    media_type = sniff.media_type(source, name)
    read = readers.read(source, replace(hint, name=name, media_type=media_type))
    wrong = sniff.mislabelled(read.media_type, row.native)
    return read.with_faults(wrong) if wrong else read


def native(store: EvidenceStore, source: ByteSource, step: str) -> bytes | Fault:
    """Return the native of one row again, or the Fault that says why there is none."""
    bundle = _Bundle.of(store, source)
    row = received_table.row(bundle.table, step)
    if row is None or row.native not in bundle.files:
        detail = "no native was delivered" if row else f"the volume has no {step}"
        return Fault(FaultReason.MISSING, detail, lost=True, step=step)
    return bundle.bytes_of(row.native)


def pages(store: EvidenceStore, blob: str, step: str) -> tuple[DeliveredPage, ...]:
    """Return the page images of one row in order, those absent left out.

    `blob` is that of the document's item, `step` the first step of its locator; what lies inside a
    native has no pages of its own. Raises EvidenceMissingError.
    """
    with store.open(blob) as source:
        bundle = _Bundle.of(store, source)
    row = received_table.row(bundle.table, step)
    return tuple(
        DeliveredPage(
            bundle.files[path], PurePosixPath(path).suffix.lower().lstrip("."), frame, key
        )
        for path, key, frame in (row.pages if row else ())
        if path in bundle.files
    )


def head_of(store: EvidenceStore, blob: str) -> received_table.TableHead:
    """Return what the table of a bundle says of its rows."""
    with store.open(blob) as source:
        listed = json.loads(source.read(0, source.size))
    with store.open(listed[TABLE]) as table:
        data = table.read(0, table.size)
    return received_table.head(data)


def table_of(store: EvidenceStore, blob: str) -> tuple[bytes, Mapping[str, str]]:
    """Return the table of a bundle, and the blob of each delivered file by its path."""
    with store.open(blob) as source:
        bundle = _Bundle.of(store, source)
    return bundle.table, bundle.files
