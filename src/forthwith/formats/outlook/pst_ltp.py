"""Lists, tables and properties of a PST node.

[MS-PST] 2.3: the heap on a node (HN), the B-tree on a heap (BTH), property contexts (PC) and table
contexts (TC). Where the node's bytes lie is `pst_ndb`; what the properties say is `reading`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from forthwith.formats.outlook.properties import Values
from forthwith.formats.outlook.property_types import (
    BOOLEAN,
    ERROR,
    FIXED,
    FLOAT32,
    INTEGER16,
    INTEGER32,
    MULTIPLE,
    OBJECT,
    VARIABLE,
    Value,
    decode,
    decode_multiple,
)
from forthwith.formats.outlook.pst_ndb import Ndb, Node
from forthwith.formats.outlook.pst_pages import PstDamageError

_HEAP, _BTH, _TABLE = 0xEC, 0xB5, 0x7C
_PROPERTY = struct.Struct("<HHI")
_COLUMN = struct.Struct("<IHBB")
#: A BTH holds two-byte keys at most in one property context: no sound tree is deeper.
_DEEPEST = 8
#: Most entries of one BTH; a row index of a folder is the largest there is.
_MOST_ENTRIES = 20_000_000


class Heap:
    """A node's data as a heap ([MS-PST] 2.3.1), with the subnodes its ids may point to."""

    def __init__(self, ndb: Ndb, node: Node, limit: int) -> None:
        self.ndb, self.node, self._limit = ndb, node, limit
        self._blocks = ndb.blocks(node.data, limit)
        if not self._blocks or len(self._blocks[0]) < 12 or self._blocks[0][2] != _HEAP:
            raise PstDamageError(f"node {node.nid:#x} holds no heap")
        #: hidUserRoot
        self.root = int.from_bytes(self._blocks[0][4:8], "little")
        self.client = self._blocks[0][3]
        self._maps: dict[int, tuple[int, ...]] = {}
        bits = ndb.layout.heap_index_bits
        self._index_mask, self._block_shift = (1 << bits) - 1, 5 + bits
        self._subnodes: dict[int, Node] | None = None

    @property
    def subnodes(self) -> Mapping[int, Node]:
        """The node's subnodes, by number."""
        if self._subnodes is None:
            self._subnodes = self.ndb.subnodes(self.node.subnodes)
        return self._subnodes

    def allocation(self, hid: int) -> bytes:
        """Return the bytes of one allocation ([MS-PST] 2.3.1.1 HID)."""
        if not hid:
            return b""
        index, block = (hid >> 5) & self._index_mask, hid >> self._block_shift
        offsets = self._maps.get(block) or self._map(block)
        if not 0 < index < len(offsets):
            raise PstDamageError(f"heap id {hid:#x} names no allocation")
        return self._blocks[block][offsets[index - 1] : offsets[index]]

    def _map(self, block: int) -> tuple[int, ...]:
        """Read the page map of one block ([MS-PST] 2.3.1.5)."""
        if block >= len(self._blocks):
            raise PstDamageError(f"there is no heap block {block}")
        data = self._blocks[block]
        at = int.from_bytes(data[:2], "little")
        count = int.from_bytes(data[at : at + 2], "little") + 1
        if at + 4 + 2 * count > len(data):
            raise PstDamageError("the map of a heap block runs past its end")
        offsets = self._maps[block] = struct.unpack_from(f"<{count}H", data, at + 4)
        return offsets

    def value(self, hnid: int) -> bytes:
        """Return what a HNID names: an allocation or a subnode's data ([MS-PST] 2.3.3.2)."""
        if not hnid & 0x1F:
            return self.allocation(hnid)
        return b"".join(self.value_blocks(hnid))

    def value_blocks(self, hnid: int) -> list[bytes]:
        """Return the same, block by block: rows of a table do not cross blocks."""
        if not hnid & 0x1F:
            return [self.allocation(hnid)] if hnid else []
        node = self.subnodes.get(hnid)
        if node is None:
            raise PstDamageError(f"subnode {hnid:#x} is referred to but is not in the store")
        return self.ndb.blocks(node.data, self._limit)

    def tree(self, hid: int, key: int, entry: int) -> Iterator[bytes]:
        """Yield runs of BTH records, key and value together ([MS-PST] 2.3.2)."""
        head = self.allocation(hid)
        if len(head) < 8 or head[0] != _BTH or (head[1], head[2]) != (key, entry):
            raise PstDamageError("a B-tree on the heap does not begin with its header")
        if head[3] > _DEEPEST:
            raise PstDamageError("a B-tree on the heap has more levels than is possible")
        root, size, count = int.from_bytes(head[4:8], "little"), key + entry, 0
        for records in self._leaves(root, head[3], key, set()):
            count += len(records) // size
            if count > _MOST_ENTRIES:
                raise PstDamageError("a B-tree on the heap never ends")
            yield records[: len(records) - len(records) % size]

    def _leaves(self, hid: int, level: int, key: int, passed: set[int]) -> Iterator[bytes]:
        if hid in passed:
            raise PstDamageError("a B-tree on the heap refers to one of its own upper levels")
        passed.add(hid)
        records = self.allocation(hid)
        if not level:
            yield records
            return
        for at in range(0, len(records) - key - 3, key + 4):
            below = int.from_bytes(records[at + key : at + key + 4], "little")
            yield from self._leaves(below, level - 1, key, passed)


def property_context(
    heap: Heap, unwanted: frozenset[int] = frozenset()
) -> tuple[Values, dict[int, tuple[int, int]]]:
    """Return a node's properties; of the `unwanted` only type and HNID ([MS-PST] 2.3.3).

    A single property that cannot be read is noted and left out.
    """
    values: Values = {}
    unread: dict[int, tuple[int, int]] = {}
    for records in heap.tree(heap.root, 2, 6):
        for identifier, kind, raw in _PROPERTY.iter_unpack(records):
            if identifier in unwanted:
                unread[identifier] = (kind, raw)
            elif (inline := _INLINE.get(kind)) is not None:
                values[identifier] = (kind, inline(raw))
            else:
                try:
                    data = heap.value(raw)
                    multiple = kind & MULTIPLE
                    value = decode_multiple(kind, data) if multiple else decode(kind, data)
                    values[identifier] = (kind, value)
                except PstDamageError as damage:
                    heap.ndb.note(f"property {identifier:#06x} cannot be read: {damage.detail}")
    return values, unread


#: Types whose value stands in the record itself ([MS-PST] 2.3.3.3).
_INLINE: Final[dict[int, Callable[[int], Value]]] = {
    INTEGER16: lambda raw: (raw & 0xFFFF ^ 0x8000) - 0x8000,
    INTEGER32: lambda raw: (raw ^ 0x80000000) - 0x80000000,
    BOOLEAN: lambda raw: bool(raw & 0xFF),
    FLOAT32: lambda raw: decode(FLOAT32, raw.to_bytes(4, "little")),
    ERROR: lambda raw: raw,
}


class Table:
    """A table context ([MS-PST] 2.3.4)."""

    def __init__(self, heap: Heap) -> None:
        self._heap = heap
        head = heap.allocation(heap.root)
        if len(head) < 22 or head[0] != _TABLE:
            raise PstDamageError(f"node {heap.node.nid:#x} holds no table")
        ends = struct.unpack_from("<4H", head, 2)
        self._row_index, self._rows = struct.unpack_from("<II", head, 10)
        count = min(head[1], (len(head) - 22) // _COLUMN.size)
        self._columns = [_COLUMN.unpack_from(head, 22 + at * 8) for at in range(count)]
        #: Where the cell existence bits begin, and the length of a row.
        self._bits, self._size = ends[2], ends[3]
        if self._size < 4 or self._bits > self._size:
            raise PstDamageError("a table's rows have no size")

    def row_ids(self) -> list[int]:
        """Return the row ids in the order of the rows (RowIndex, [MS-PST] 2.3.4.3)."""
        size = 4 if self._heap.ndb.layout.row_number == "I" else 2
        shape = struct.Struct("<I" + self._heap.ndb.layout.row_number)
        if not self._row_index:
            return []
        runs = self._heap.tree(self._row_index, 4, size)
        pairs = [pair for run in runs for pair in shape.iter_unpack(run)]
        return [row_id for row_id, _ in sorted(pairs, key=lambda pair: pair[1])]

    def rows(self) -> Iterator[tuple[int, Values]]:
        """Yield each row's id and cells ([MS-PST] 2.3.4.4)."""
        for block in self._heap.value_blocks(self._rows):
            for at in range(0, len(block) - self._size + 1, self._size):
                row = block[at : at + self._size]
                yield int.from_bytes(row[:4], "little"), self._cells(row)

    def _cells(self, row: bytes) -> Values:
        bits = row[self._bits :]
        cells: Values = {}
        for tag, at, size, bit in self._columns:
            if bit // 8 >= len(bits) or not bits[bit // 8] & (0x80 >> bit % 8):
                continue
            kind, identifier = tag & 0xFFFF, tag >> 16
            raw = row[at : at + size]
            try:
                cells[identifier] = (kind, self._cell(kind, raw))
            except PstDamageError as damage:
                self._heap.ndb.note(f"a table cell cannot be read: {damage.detail}")
        return cells

    def _cell(self, kind: int, raw: bytes) -> Value:
        if kind & MULTIPLE:
            return decode_multiple(kind, self._heap.value(int.from_bytes(raw, "little")))
        if kind in VARIABLE or FIXED.get(kind, 0) > 8 or (kind not in FIXED and kind != OBJECT):
            return decode(kind, self._heap.value(int.from_bytes(raw[:4], "little")))
        return decode(kind, raw)
