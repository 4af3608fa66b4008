"""The node database of a PST: nodes and blocks found by number.

[MS-PST] 2.2.2.8: blocks with trailers, data trees and subnode trees, found through the two B-trees
of `pst_pages`. Reads the source piece by piece, so the size of the file does not matter. What the
bytes of a node mean is `pst_ltp`. A broken seal (checksum, signature) is noted and the bytes are
used; a broken structure raises PstDamageError.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.domain.evidence import ByteSource
from forthwith.formats.outlook.pst_pages import (
    BLOCK_PAGE,
    NODE_PAGE,
    Header,
    Layout,
    PstDamageError,
    Tree,
    checksum,
    decoded,
    header_of,
    signature,
)

#: Largest block, inflated ([MS-PST] 2.2.2.8; 4k stores use up to 64 kB).
_LARGEST_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of the node B-tree or of a subnode tree."""

    nid: int
    data: int
    subnodes: int
    parent: int = 0


class Ndb:
    """Nodes and blocks of one file. Keeps notes of broken seals until they are taken."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.header: Header = header_of(source)
        self.layout: Layout = self.header.layout
        self._notes: dict[str, None] = {}
        header, layout = self.header, self.layout
        self._node_tree = Tree(source, layout, header.node_root, NODE_PAGE, self.note)
        self._block_tree = Tree(source, layout, header.block_root, BLOCK_PAGE, self.note)

    # Notes

    def note(self, text: str) -> None:
        """Remember something wrong that did not stop the reading."""
        if len(self._notes) < 100:
            self._notes[text] = None

    def take_notes(self) -> tuple[str, ...]:
        """Return the notes since the last call."""
        notes = tuple(self._notes)
        self._notes.clear()
        return notes

    # Nodes

    def node(self, nid: int) -> Node | None:
        """Return the node `nid`, or None. Raises PstDamageError."""
        entry = self._node_tree.find(nid)
        return None if entry is None else Node(nid, entry[1], entry[2], entry[3])

    def open(self) -> tuple[str, ...]:
        """Open both trees; return what had to be done for it. Raises PstDamageError."""
        self._node_tree.open()
        self._block_tree.open()
        return self.take_notes()

    def nodes(self) -> Iterator[Node]:
        """Yield every node in order of number; unreadable pages are noted and passed over."""
        for entry in self._node_tree.leaves():
            yield Node(entry[0] & 0xFFFFFFFF, entry[1], entry[2], entry[3])

    def subnodes(self, bid: int) -> dict[int, Node]:
        """Return the subnodes under block `bid`, by number ([MS-PST] 2.2.2.8.3.3)."""
        if not bid:
            return {}
        nodes: dict[int, Node] = {}
        raw = self._block(bid)
        if _kind(raw) == (2, 1):
            for _, below in self._entries(raw, self.layout.subnode_branch):
                self._subnode_leaf(self._block(below), nodes)
        else:
            self._subnode_leaf(raw, nodes)
        return nodes

    def _subnode_leaf(self, raw: bytes, nodes: dict[int, Node]) -> None:
        if _kind(raw) != (2, 0):
            raise PstDamageError("a block that should list subnodes does not")
        for nid, data, below in self._entries(raw, self.layout.subnode_leaf):
            nodes.setdefault(nid & 0xFFFFFFFF, Node(nid & 0xFFFFFFFF, data, below))

    def _entries(self, raw: bytes, shape: struct.Struct) -> Iterator[tuple[int, ...]]:
        count = int.from_bytes(raw[2:4], "little")
        start = self.layout.subnodes_at
        room = (len(raw) - start) // shape.size
        if count > room:
            raise PstDamageError("a list of subnodes is longer than its block")
        return shape.iter_unpack(raw[start : start + count * shape.size])

    # Data

    def blocks(self, bid: int, limit: int) -> list[bytes]:
        """Return the data under block `bid`, block by block ([MS-PST] 2.2.2.8.3.2).

        Raises PstDamageError, also past `limit` bytes.
        """
        if not bid:
            return []
        raw = self._block(bid)
        if not bid & 2:
            return [raw]
        out: list[bytes] = []
        self._gather(raw, limit, out)
        return out

    def _gather(self, raw: bytes, limit: int, out: list[bytes]) -> None:
        kind, level = _kind(raw)
        if kind != 1 or level not in {1, 2}:
            raise PstDamageError("a block that should list data blocks does not")
        total = int.from_bytes(raw[4:8], "little")
        size = 0
        for below in self._identifiers(raw):
            if level == 2:
                before = sum(map(len, out))
                self._gather_below(below, limit - size, out)
                size += sum(map(len, out)) - before
                continue
            block = self._block(below)
            if below & 2:
                raise PstDamageError("a data block is a list of blocks")
            size += len(block)
            if size > limit:
                raise PstDamageError(f"the data is larger than {limit:,} bytes")
            out.append(block)
        if size != total:
            self.note(f"{size:,} bytes of data where the list of blocks says {total:,}")

    def _gather_below(self, bid: int, limit: int, out: list[bytes]) -> None:
        raw = self._block(bid)
        if _kind(raw) != (1, 1):
            raise PstDamageError("a block that should list lists of data blocks does not")
        self._gather(raw, limit, out)

    def _identifiers(self, raw: bytes) -> tuple[int, ...]:
        count = int.from_bytes(raw[2:4], "little")
        size = 8 if self.layout.wide else 4
        if 8 + count * size > len(raw):
            raise PstDamageError("a list of data blocks is longer than its block")
        return struct.unpack_from(f"<{count}{self.layout.identifier}", raw, 8)

    def _block(self, bid: int) -> bytes:
        """Return one block, decoded; internal blocks are not encoded ([MS-PST] 2.2.2.8)."""
        entry = self._block_tree.find(bid & ~1)
        if entry is None:
            raise PstDamageError(f"block {bid:#x} is in no index")
        offset, stored = entry[1], entry[2]
        inflated = entry[3] if len(entry) > 3 else stored
        layout = self.layout
        length = stored + layout.block_trailer
        length += -length % layout.block_align
        raw = self._source.read(offset, length)
        if len(raw) < stored:
            raise PstDamageError(f"block {bid:#x} lies past the end of the file")
        data = raw[:stored]
        self._check_block(bid, offset, data, raw[length - layout.block_trailer :])
        if not bid & 2:
            return self._decoded(data, bid, inflated, stored)
        return _inflated(data, inflated) if inflated > stored else data

    def _decoded(self, data: bytes, bid: int, inflated: int, stored: int) -> bytes:
        method = self.header.encoding
        if inflated <= stored:
            return decoded(data, method, bid)
        # Which comes first is not written down anywhere: a zlib head tells.
        if data[:1] == b"\x78":
            return decoded(_inflated(data, inflated), method, bid)
        return _inflated(decoded(data, method, bid), inflated)

    def _check_block(self, bid: int, offset: int, data: bytes, trailer: bytes) -> None:
        """Note a broken seal ([MS-PST] 2.2.2.8.1)."""
        if len(trailer) < self.layout.block_trailer:
            self.note(f"block {bid:#x} is cut off before its checksum")
            return
        size, seal = struct.unpack_from("<HH", trailer)
        if self.layout.wide:
            crc, own = struct.unpack_from("<IQ", trailer, 4)
        else:
            own, crc = struct.unpack_from("<II", trailer, 4)
        if crc != checksum(data):
            self.note(f"block {bid:#x} does not match its checksum")
        if own & ~1 != bid & ~1 or size != len(data) or seal != signature(offset, own):
            self.note(f"block {bid:#x} does not carry its own number, size and signature")


def _kind(raw: bytes) -> tuple[int, int]:
    """Return type and level of an internal block."""
    return (raw[0], raw[1]) if len(raw) >= 8 else (0, 0)


def _inflated(data: bytes, size: int) -> bytes:
    """Inflate a block of a 4k store, never beyond the largest block there is."""
    try:
        out = zlib.decompressobj().decompress(data, min(size, _LARGEST_BLOCK) + 1)
    except zlib.error as error:
        raise PstDamageError(f"a compressed block cannot be decompressed: {error}") from error
    if len(out) != size:
        raise PstDamageError("a compressed block does not have the length its index states")
    return out
