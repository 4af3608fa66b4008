"""Outlook stores: PST and OST. Each message of each folder is a child.

[MS-PST] 2.4. Folders are those of the hierarchy tables and any folder node they do not name;
messages are those of the contents tables and any message node they do not name ("[orphaned]").
Search folders hold no messages of their own. Hidden items (associated contents) are counted only.

A message is read straight from its properties; its native is the EML made of them (`as_eml`).
Steps are "node:NID", with "/att:N" behind it for what the message holds. The layers beneath are
`pst_ndb` (where bytes lie) and `pst_ltp` (properties and tables).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Limits,
    Reading,
    Relation,
)
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook import reading
from forthwith.formats.outlook.eight_bit import charset_of_message
from forthwith.formats.outlook.libpff import MessageSummary
from forthwith.formats.outlook.message import Attachment, Message
from forthwith.formats.outlook.properties import (
    Names,
    Properties,
    Values,
    names_of,
)
from forthwith.formats.outlook.property_types import OBJECT
from forthwith.formats.outlook.pst_ltp import Heap, Table, property_context
from forthwith.formats.outlook.pst_ndb import Ndb, Node
from forthwith.formats.outlook.pst_pages import PstDamageError

MEDIA_TYPES = frozenset({"application/vnd.ms-outlook-pst"})
#: Messages in one slice.
_SLICE = 500

# Node types ([MS-PST] 2.2.2.1) and nodes with a number of their own (2.4.1).
_FOLDER, _MESSAGE, _ATTACHMENT, _ASSOCIATED = 0x02, 0x04, 0x05, 0x08
_HIERARCHY, _CONTENTS = 0x0D, 0x0E
_ROOT_FOLDER, _NAMES, _ATTACHMENT_TABLE, _RECIPIENT_TABLE = 0x122, 0x61, 0x671, 0x692
ORPHANED = "[orphaned]"
#: Bodies, in whichever form, and the flag for attachments: what makes a hidden item readable.
_READABLE = (mapi.BODY, mapi.HTML, mapi.RTF)
_DEEPEST_FOLDER = 256
#: Bytes of what stands for an object: its node and its size ([MS-PST] 2.3.3.5).
_POINTER = 8
_HIDDEN_LOOKED_AT = 2000


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read a store. Raises UnreadableError when its header or its index cannot be read."""
    store = _store_of(source, hint)
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
    count = len(_store_of(source, hint).entries())
    for start in range(0, count, _SLICE):
        yield f"{start}-{min(start + _SLICE, count)}"


def slice_children(source: ByteSource, hint: Hint, part: str) -> Iterator[Child | Fault]:
    """Yield the children of one slice; all slices in order give what `children` gives."""
    start, _, end = part.partition("-")
    store = _store_of(source, hint)
    yield from _children(store, store.entries()[int(start) : int(end)], hint)


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Return a message's EML ("node:NID") or what it holds ("node:NID/att:N")."""
    steps = step.split("/")
    scheme, _, number = steps[0].partition(":")
    if scheme != "node" or not number.isdecimal():
        return Fault(FaultReason.MISSING, f"a store has no part {step!r}", lost=True, step=step)
    message = _message(_store_of(source, hint), Entry(int(number), ""))
    if isinstance(message, Fault):
        return message
    return reading.bytes_at(message, steps[1:], hint)


def _store_of(source: ByteSource, hint: Hint) -> Store:
    try:
        store = Store(source, hint.budget.limits)
        store.open()
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
        message = _message(store, entry)
        if isinstance(message, Fault):
            yield message
        else:
            yield reading.message_child(_step(entry), message, hint, Relation.MESSAGE)


def _message(store: Store, entry: Entry) -> Message | Fault:
    try:
        return store.message(entry)
    except PstDamageError as damage:
        where = f" of folder {entry.folder!r}" if entry.folder else ""
        detail = f"a message{where} cannot be read: {damage.detail}"
        return Fault(damage.reason, detail, lost=True, step=_step(entry))


def _step(entry: Entry) -> str:
    return f"node:{entry.nid}"


def summaries(source: ByteSource, hint: Hint) -> Iterator[MessageSummary]:
    """Yield every message as the second reader lists it, for `libpff.reconcile`."""
    store = _store_of(source, hint)
    for entry in store.entries():
        message = _message(store, entry)
        if isinstance(message, Message):
            submitted = message.properties.values.get(mapi.SUBMIT_TIME, (0, 0))[1]
            ticks = submitted if isinstance(submitted, int) else 0
            seconds = ticks // 10_000_000 - 11_644_473_600 if ticks else 0
            yield MessageSummary(entry.folder, message.subject, seconds, len(message.attachments))


@dataclass(frozen=True, slots=True)
class Entry:
    """One message and the folder it lies in."""

    nid: int
    folder: str


class Store:
    """One PST or OST. Raises PstDamageError when even its header or roots cannot be read."""

    def __init__(self, source: ByteSource, limits: Limits) -> None:
        self.ndb = Ndb(source)
        self._limit = limits.item_bytes
        self._names: Names | None = None
        #: What is wrong with the store itself, filled by `open` and `entries`.
        self.faults: list[Fault] = []
        self._opening: tuple[Fault, ...] = ()

    def open(self) -> None:
        """Open the indexes. Raises PstDamageError when nothing of them can be found."""
        self._opening = tuple(Fault(FaultReason.CORRUPT, note) for note in self.ndb.open())

    # Folders

    def entries(self) -> list[Entry]:
        """Return every message in the order of folders and rows, orphans last."""
        self.faults = [*self._opening]
        entries: list[Entry] = []
        paths: dict[int, str] = {}
        folders: set[int] = set()
        for nid, path in self._folders(folders):
            for row in self._rows(nid, _CONTENTS, path):
                if row in paths:
                    first = paths[row]
                    detail = f"a message listed in folder {path!r} was already listed in {first!r}"
                    self.faults.append(Fault(FaultReason.DISAGREEMENT, detail))
                elif row & 0x1F == _MESSAGE:
                    paths[row] = path
                    entries.append(Entry(row, path))
        orphans = [node.nid for node in self.ndb.nodes() if _is(node, _MESSAGE, paths)]
        entries += [Entry(nid, ORPHANED) for nid in orphans]
        self.faults += [
            Fault(FaultReason.CORRUPT, f"the store's index: {note}")
            for note in self.ndb.take_notes()
        ]
        return entries

    def _folders(self, passed: set[int]) -> Iterator[tuple[int, str]]:
        """Yield each folder and its path: the tree first, then what hangs in no tree."""
        yield from self._below(_ROOT_FOLDER, "", passed)
        for node in list(self.ndb.nodes()):
            if _is(node, _FOLDER, passed):
                path = ORPHANED + "/" + (self._folder_name(node.nid) or f"folder {node.nid:#x}")
                yield node.nid, path
                yield from self._below(node.nid, path, passed)

    def _below(self, top: int, top_path: str, passed: set[int]) -> Iterator[tuple[int, str]]:
        """Yield the root's own place (its path is "") and every folder beneath."""
        passed.add(top)
        if top == _ROOT_FOLDER:
            yield top, top_path
        stack = [(top, top_path, 0)]
        while stack:
            nid, path, depth = stack.pop()
            subfolders = []
            for row in self._rows(nid, _HIERARCHY, path):
                if row & 0x1F != _FOLDER or row in passed:
                    continue
                passed.add(row)
                name = self._folder_name(row) or f"folder {row:#x}"
                subfolders.append((row, f"{path}/{name}" if path else name, depth + 1))
            for row, where, _ in subfolders:
                yield row, where
            stack.extend(
                reversed([subfolder for subfolder in subfolders if subfolder[2] < _DEEPEST_FOLDER])
            )

    def _rows(self, folder: int, kind: int, path: str) -> list[int]:
        """Return the rows of a folder's table; a table that cannot be read is a Fault."""
        try:
            node = self.ndb.node(folder & ~0x1F | kind)
            if node is None or not node.data:
                return []
            return Table(Heap(self.ndb, node, self._limit)).row_ids()
        except PstDamageError as damage:
            what = "subfolders" if kind == _HIERARCHY else "messages"
            detail = f"the list of {what} of folder {path or 'root'!r}: {damage.detail}"
            self.faults.append(Fault(damage.reason, detail))
            return []

    def _folder_name(self, nid: int) -> str:
        try:
            node = self.ndb.node(nid)
            if node is None:
                return ""
            values, _ = property_context(Heap(self.ndb, node, self._limit))
        except PstDamageError:
            return ""
        return Properties(values).text(mapi.DISPLAY_NAME).replace("/", "∕")

    def hidden(self) -> int:
        """Count hidden items (views, rules, forms) that hold a body, up to a bound."""
        count = 0
        nodes = [node for node in self.ndb.nodes() if node.nid & 0x1F == _ASSOCIATED]
        for node in nodes[:_HIDDEN_LOOKED_AT]:
            try:
                values, _ = property_context(Heap(self.ndb, node, self._limit))
                count += any(identifier in values for identifier in _READABLE)
            except PstDamageError as damage:
                self.ndb.note(f"hidden item {node.nid:#x}: {damage.detail}")
        return count

    # Messages

    @property
    def names(self) -> Names:
        """The named-property map ([MS-PST] 2.4.7); empty when it cannot be read."""
        if self._names is None:
            self._names = self._read_names()
        return self._names

    def _read_names(self) -> Names:
        try:
            node = self.ndb.node(_NAMES)
            values = {} if node is None else property_context(Heap(self.ndb, node, self._limit))[0]
        except PstDamageError as damage:
            self.ndb.note(f"the names of named properties: {damage.detail}")
            values = {}
        properties = Properties(values)
        return names_of(properties.binary(2), properties.binary(3), properties.binary(4))

    def message(self, entry: Entry) -> Message:
        """Return one message. Raises PstDamageError when its node cannot be read."""
        names = self.names
        self.ndb.take_notes()
        node = self.ndb.node(entry.nid)
        if node is None:
            raise PstDamageError(
                "it is listed in its folder but is not in the store", FaultReason.MISSING
            )
        return self._message(node, names, entry.folder, 0)

    def _message(self, node: Node, names: Names, folder: str, depth: int) -> Message:
        heap = Heap(self.ndb, node, self._limit)
        values, _ = property_context(heap)
        subnodes = self._subnodes(heap)
        rows = self._table_rows(subnodes, _RECIPIENT_TABLE, "recipients")
        charset = charset_of_message(values, *rows)
        recipients = tuple(Properties(row, names, charset) for row in rows)
        attachments = tuple(self._attachments(subnodes, names, charset, depth))
        faults = tuple(Fault(FaultReason.CORRUPT, note) for note in self.ndb.take_notes())
        return Message(Properties(values, names, charset), recipients, attachments, folder, faults)

    def _subnodes(self, heap: Heap) -> dict[int, Node]:
        try:
            return dict(heap.subnodes)
        except PstDamageError as damage:
            self.ndb.note(f"attachments and recipients may be missing: {damage.detail}")
            return {}

    def _table_rows(self, subnodes: dict[int, Node], nid: int, what: str) -> list[Values]:
        node = subnodes.get(nid)
        if node is None or not node.data:
            return []
        out: list[Values] = []
        try:
            out.extend(cells for _, cells in Table(Heap(self.ndb, node, self._limit)).rows())
        except PstDamageError as damage:
            self.ndb.note(f"the table of {what}: {damage.detail}")
        return out

    def _attachments(
        self, subnodes: dict[int, Node], names: Names, charset: str, depth: int
    ) -> Iterator[Attachment | Fault]:
        """Yield what the attachment table lists, then attachment nodes it does not list."""
        row_ids: list[int] = []
        cells: dict[int, Values] = {}
        table = subnodes.get(_ATTACHMENT_TABLE)
        try:
            if table is not None and table.data:
                rows = Table(Heap(self.ndb, table, self._limit))
                row_ids = rows.row_ids()
                cells = dict(rows.rows())
        except PstDamageError as damage:
            self.ndb.note(f"the table of attachments: {damage.detail}")
        unlisted = [
            nid for nid in subnodes if nid & 0x1F == _ATTACHMENT and nid not in set(row_ids)
        ]
        for index, nid in enumerate([*row_ids, *unlisted]):
            step = f"att:{index}"
            node, listed = subnodes.get(nid), cells.get(nid, {})
            lost = Fault(
                FaultReason.MISSING,
                "an attachment is listed in its message but is not in the store",
                lost=True,
                step=step,
            )
            try:
                if node is not None:
                    yield self._attachment(node, step, listed, names, charset, depth)
                    continue
            except PstDamageError as damage:
                lost = Fault(damage.reason, f"an attachment: {damage.detail}", lost=True, step=step)
            # What the table says of it (its name, its size) is all there is.
            said = Properties(listed, names, charset)
            yield Attachment(step, said, partial(_given, lost)) if listed else lost

    def _attachment(
        self, node: Node, step: str, listed: Values, names: Names, charset: str, depth: int
    ) -> Attachment:
        heap = Heap(self.ndb, node, self._limit)
        values, unread = property_context(heap, frozenset({mapi.ATTACH_DATA}))
        if mapi.ATTACH_SIZE in listed:
            values.setdefault(mapi.ATTACH_SIZE, listed[mapi.ATTACH_SIZE])
        properties = Properties(values, names, charset or charset_of_message(values))
        kind, hnid = unread.get(mapi.ATTACH_DATA, (0, 0))
        embedded = properties.number(mapi.ATTACH_METHOD) == mapi.EMBEDDED_MESSAGE

        def data() -> bytes | Fault:
            try:
                return self._object(heap, hnid) if kind == OBJECT else heap.value(hnid)
            except PstDamageError as damage:
                return Fault(damage.reason, f"an attachment: {damage.detail}", lost=True, step=step)

        def message() -> Message | Fault:
            try:
                return self._embedded(heap, hnid, names, depth)
            except PstDamageError as damage:
                detail = f"an attached message: {damage.detail}"
                return Fault(damage.reason, detail, lost=True, step=step)

        return Attachment(
            step,
            properties,
            data,
            message if embedded else None,
            has_data=mapi.ATTACH_DATA in unread,
        )

    def _object(self, heap: Heap, hnid: int) -> bytes:
        """Return the object a property points to: an OLE storage ([MS-PST] 2.3.3.5)."""
        pointer = heap.value(hnid)
        nid = int.from_bytes(pointer[:4], "little")
        if len(pointer) != _POINTER or nid not in heap.subnodes:
            # Some writers keep the storage itself where the pointer should be.
            return pointer if len(pointer) > _POINTER else b""
        return heap.value(nid)

    def _embedded(self, heap: Heap, hnid: int, names: Names, depth: int) -> Message:
        """Return the message an object property points to ([MS-PST] 2.3.3.5)."""
        if depth >= mapi.DEEPEST:
            raise PstDamageError("messages are nested too deeply", FaultReason.TOO_DEEP)
        pointer = heap.value(hnid)
        nid = int.from_bytes(pointer[:4], "little")
        node = heap.subnodes.get(nid)
        if node is None:
            raise PstDamageError("it is referred to but is not in the store", FaultReason.MISSING)
        return self._message(node, names, "", depth + 1)


def _given(fault: Fault) -> Fault:
    return fault


def _is(node: Node, kind: int, passed: dict[int, str] | set[int]) -> bool:
    return node.nid & 0x1F == kind and node.nid not in passed and bool(node.data)
