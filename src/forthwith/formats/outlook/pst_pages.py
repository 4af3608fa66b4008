"""What a PST is built of: its header and layout, its codec, and the two B-trees of its pages.

[MS-PST] 2.2.2.6: three layouts, ANSI (versions 14 and 15), Unicode (23), and the Unicode one with
4 kB pages that Outlook 2013 writes for OST (36), where blocks may also be deflated.

[MS-PST] 5.1 to 5.5: blocks are hidden by permutative or cyclic encoding and sealed by CRC and
signature. Neither encoding is encryption: the tables are fixed and no password takes part.

[MS-PST] 2.2.2.7.7: pages are read when asked for and a bounded number is kept. Where a tree has no
readable root (a copy that broke off) the file is searched for its leaf pages: each carries its
type, checksum and number, so what is left of the index can be used. Nodes and blocks are `pst_ndb`.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from forthwith.domain.evidence import ByteSource, FaultReason

MAGIC = b"!BDN"
#: Page types ([MS-PST] 2.2.2.7.1).
BLOCK_PAGE, NODE_PAGE = 0x80, 0x81
#: Pages kept parsed; at 512 bytes each some 4 MB.
_PAGES_KEPT = 4096
#: More levels than a tree over a whole 2^64 byte file could have.
_DEEPEST = 16
#: Bytes searched for leaf pages when a root is gone; more would take longer than an item may.
_SEARCHED = 4 * 2**30
_CHUNK = 4 * 2**20


class PstDamageError(Exception):
    """A structure of the file is not what it must be; caught where a child stands for it."""

    def __init__(self, detail: str, reason: FaultReason = FaultReason.CORRUPT) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes and shapes that differ between the layouts; all integers little-endian."""

    name: str
    page_size: int
    #: Where a B-tree page's entries end and its counts begin ([MS-PST] 2.2.2.7.7.1).
    counts_at: int
    #: Entries, most entries, entry size, level.
    counts: struct.Struct
    page_trailer: int
    #: Key, block id, offset of the page below.
    branch: struct.Struct
    #: Block id, offset, stored bytes, inflated bytes (0: not given).
    block_leaf: struct.Struct
    #: Node id, data block, subnode block, parent node.
    node_leaf: struct.Struct
    block_align: int
    block_trailer: int
    #: Block ids in a list ([MS-PST] 2.2.2.8.3.2) and entries of subnode pages (2.2.2.8.3.3).
    identifier: str
    subnode_leaf: struct.Struct
    subnode_branch: struct.Struct
    subnodes_at: int
    #: Bits of a heap id that give the allocation's index ([MS-PST] 2.3.1.1).
    heap_index_bits: int
    #: Row numbers in a table's row index ([MS-PST] 2.3.4.3.1).
    row_number: str

    @property
    def wide(self) -> bool:
        """True for both Unicode layouts."""
        return self.identifier == "Q"


ANSI = Layout(
    "ANSI",
    512,
    496,
    struct.Struct("<BBBB"),
    12,
    struct.Struct("<III"),
    struct.Struct("<IIHxx"),
    struct.Struct("<IIII"),
    64,
    12,
    "I",
    struct.Struct("<III"),
    struct.Struct("<II"),
    4,
    11,
    "H",
)
UNICODE = Layout(
    "Unicode",
    512,
    488,
    struct.Struct("<BBBB"),
    16,
    struct.Struct("<QQQ"),
    struct.Struct("<QQHxxxxxx"),
    struct.Struct("<QQQII"),
    64,
    16,
    "Q",
    struct.Struct("<QQQ"),
    struct.Struct("<QQ"),
    8,
    11,
    "I",
)
#: Not in [MS-PST]; the layout of Outlook 2013 offline stores, learned from such files.
UNICODE_4K = Layout(
    "Unicode 4k",
    4096,
    4056,
    struct.Struct("<HHBB"),
    24,
    struct.Struct("<QQQ"),
    struct.Struct("<QQHHxxxx"),
    struct.Struct("<QQQII"),
    512,
    24,
    "Q",
    struct.Struct("<QQQ"),
    struct.Struct("<QQ"),
    8,
    14,
    "I",
)


@dataclass(frozen=True, slots=True)
class Header:
    """What of the header a reader needs."""

    layout: Layout
    #: bCryptMethod: how blocks are encoded.
    encoding: int
    #: Offsets of the root pages of the node and the block B-tree.
    node_root: int
    block_root: int
    #: As the header says; a shorter file is truncated.
    file_end: int
    #: True for an offline store (OST), which keeps a copy of a mailbox on a server.
    offline: bool
    #: False when the header's checksum does not hold.
    sound: bool


def header_of(source: ByteSource) -> Header:
    """Read the header ([MS-PST] 2.2.2.6). Raises PstDamageError when it is none."""
    data = source.read(0, 564)
    if data[:4] != MAGIC or len(data) < 512:
        raise PstDamageError("the file does not begin with the header of an Outlook store")
    version = int.from_bytes(data[10:12], "little")
    if version in {14, 15}:
        return _header(data, ANSI, 188, 196, 168, 461)
    if len(data) < 564:
        raise PstDamageError("the header is cut off", FaultReason.TRUNCATED)
    if version >= 36:
        return _header(data, UNICODE_4K, 224, 240, 184, 513)
    if version in {20, 21, 23}:
        return _header(data, UNICODE, 224, 240, 184, 513)
    raise PstDamageError(f"version {version} of the format is not known", FaultReason.UNSUPPORTED)


def _header(data: bytes, layout: Layout, nodes: int, blocks: int, end: int, method: int) -> Header:
    size = 8 if layout.wide else 4

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + size], "little")

    encoding = data[method]
    if encoding not in {0, 1, 2}:
        # 0x10: the contents are bound to a Windows account (enterprise data protection).
        raise PstDamageError("the blocks are encrypted by Windows", FaultReason.ENCRYPTED)
    sound = checksum(data[8:479]) == int.from_bytes(data[4:8], "little")
    offline = data[8:10] == b"SO"
    return Header(layout, encoding, number(nodes), number(blocks), number(end), offline, sound)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: entries by key; below level 0 each leads to a page."""

    level: int
    keys: list[int]
    entries: list[tuple[int, ...]]


class Tree:
    """One B-tree; `note` is told of what is wrong and does not stop the reading."""

    def __init__(
        self,
        source: ByteSource,
        layout: Layout,
        root: int,
        kind: int,
        note: Callable[[str], None],
    ) -> None:
        self._source, self._layout, self._root, self._kind = source, layout, root, kind
        self._note = note
        self._pages: OrderedDict[int, Page] = OrderedDict()

    def open(self) -> None:
        """Read the root, or search for the leaves. Raises PstDamageError when there are none."""
        try:
            self._page(self._root)
        except PstDamageError as damage:
            leaves = self._searched()
            if not leaves:
                raise
            entries = [leaves[key] for key in sorted(leaves)]
            # The leaves found stand for the whole tree, as one page that is never let go.
            self._root = -1
            self._pages[-1] = Page(0, sorted(leaves), entries)
            kind = "node" if self._kind == NODE_PAGE else "block"
            self._note(
                f"the {kind} index has no root ({damage.detail}); "
                f"{len(leaves):,} entries were found by searching the file"
            )

    def find(self, key: int) -> tuple[int, ...] | None:
        """Return the entry of `key`, or None. Raises PstDamageError."""
        page = self._page(self._root)
        for _ in range(_DEEPEST):
            if page.level == 0:
                at = bisect_left(page.keys, key)
                same = at < len(page.keys) and page.keys[at] == key
                return page.entries[at] if same else None
            at = bisect_right(page.keys, key) - 1
            if at < 0:
                return None
            below = self._page(page.entries[at][2])
            if below.level >= page.level:
                raise PstDamageError("an index page refers to a level above its own")
            page = below
        raise PstDamageError("an index has more levels than any file needs")

    def leaves(self) -> Iterator[tuple[int, ...]]:
        """Yield the leaf entries; levels fall strictly, so no cycle is possible."""
        offsets: set[int] = set()
        stack: list[tuple[int, int]] = [(self._root, 256)]
        while stack:
            offset, above = stack.pop()
            try:
                page = self._page(offset)
            except PstDamageError as damage:
                self._note(f"{damage.detail}; whatever only it lists is missing")
                continue
            if page.level >= above or offset in offsets:
                self._note(
                    "an index page refers to a level above its own; whatever it lists is missing"
                )
                continue
            offsets.add(offset)
            if page.level:
                stack.extend((entry[2], page.level) for entry in reversed(page.entries))
            else:
                yield from page.entries

    def _page(self, offset: int) -> Page:
        if (known_page := self._pages.get(offset)) is not None:
            return known_page
        layout = self._layout
        raw = self._source.read(offset, layout.page_size)
        if len(raw) < layout.page_size:
            raise PstDamageError(f"the index page at {offset:,} lies past the end of the file")
        if not self._typed(raw):
            raise PstDamageError(f"there is no index page at {offset:,}")
        if not self._sealed(raw):
            self._note(f"the index page at {offset:,} does not match its checksum")
        page = self._pages[offset] = self._parsed(raw, offset)
        if len(self._pages) > _PAGES_KEPT:
            oldest = next(key for key in self._pages if key >= 0)
            del self._pages[oldest]
        return page

    def _typed(self, raw: bytes) -> bool:
        at = self._layout.page_size - self._layout.page_trailer
        return raw[at] == raw[at + 1] == self._kind

    def _sealed(self, raw: bytes) -> bool:
        trailer = self._layout.page_size - self._layout.page_trailer
        at = trailer + (4 if self._layout.wide else 8)
        return checksum(raw[:trailer]) == int.from_bytes(raw[at : at + 4], "little")

    def _parsed(self, raw: bytes, offset: int) -> Page:
        layout = self._layout
        count, _, size, level = layout.counts.unpack_from(raw, layout.counts_at)
        shape = layout.branch if level else self._leaf
        if size < shape.size or count * size > layout.counts_at:
            raise PstDamageError(
                f"the index page at {offset:,} claims more entries than it can hold"
            )
        entries = [shape.unpack_from(raw, at) for at in range(0, count * size, size)]
        if self._kind == BLOCK_PAGE and not level:
            entries = [(number & ~1, *rest) for number, *rest in entries]
        if any(low[0] > high[0] for low, high in pairwise(entries)):
            self._note(f"the index page at {offset:,} is out of order")
            entries.sort()
        return Page(level, [entry[0] for entry in entries], entries)

    @property
    def _leaf(self) -> struct.Struct:
        node = self._kind == NODE_PAGE
        return self._layout.node_leaf if node else self._layout.block_leaf

    # When the root is gone

    def _searched(self) -> dict[int, tuple[int, ...]]:
        """Return the entries of every sound leaf page in the file; of two, the newer page's."""
        newest: dict[int, tuple[int, tuple[int, ...]]] = {}
        for offset, raw in self._candidates():
            try:
                page = self._parsed(raw, offset)
            except PstDamageError:
                continue
            if page.level:
                continue
            age = self._number(raw)
            for entry in page.entries:
                if entry[0] not in newest or newest[entry[0]][0] < age:
                    newest[entry[0]] = (age, entry)
        return {key: entry for key, (_, entry) in newest.items()}

    def _candidates(self) -> Iterator[tuple[int, bytes]]:
        size = self._layout.page_size
        end = min(self._source.size, _SEARCHED)
        if end < self._source.size:
            self._note(f"only the first {end:,} bytes were searched for the index")
        for start in range(0, end, _CHUNK):
            chunk = self._source.read(start, _CHUNK)
            for at in range(0, len(chunk) - size + 1, size):
                raw = chunk[at : at + size]
                if self._typed(raw) and self._sealed(raw):
                    yield start + at, raw

    def _number(self, raw: bytes) -> int:
        """Return the page's own id: it grows with every page written."""
        trailer = self._layout.page_size - self._layout.page_trailer
        at, size = (trailer + 8, 8) if self._layout.wide else (trailer + 4, 4)
        return int.from_bytes(raw[at : at + size], "little")


# fmt: off
#: [MS-PST] 5.1, mpbbR: the encoding table.
ENCODE = bytes((
    65, 54, 19, 98, 168, 33, 110, 187, 244, 22, 204, 4, 127, 100, 232, 93,
    30, 242, 203, 42, 116, 197, 94, 53, 210, 149, 71, 158, 150, 45, 154, 136,
    76, 125, 132, 63, 219, 172, 49, 182, 72, 95, 246, 196, 216, 57, 139, 231,
    35, 59, 56, 142, 200, 193, 223, 37, 177, 32, 165, 70, 96, 78, 156, 251,
    170, 211, 86, 81, 69, 124, 85, 0, 7, 201, 43, 157, 133, 155, 9, 160,
    143, 173, 179, 15, 99, 171, 137, 75, 215, 167, 21, 90, 113, 102, 66, 191,
    38, 74, 107, 152, 250, 234, 119, 83, 178, 112, 5, 44, 253, 89, 58, 134,
    126, 206, 6, 235, 130, 120, 87, 199, 141, 67, 175, 180, 28, 212, 91, 205,
    226, 233, 39, 79, 195, 8, 114, 128, 207, 176, 239, 245, 40, 109, 190, 48,
    77, 52, 146, 213, 14, 60, 34, 50, 229, 228, 249, 159, 194, 209, 10, 129,
    18, 225, 238, 145, 131, 118, 227, 151, 230, 97, 138, 23, 121, 164, 183, 220,
    144, 122, 92, 140, 2, 166, 202, 105, 222, 80, 26, 17, 147, 185, 82, 135,
    88, 252, 237, 29, 55, 73, 27, 106, 224, 41, 51, 153, 189, 108, 217, 148,
    243, 64, 84, 111, 240, 198, 115, 184, 214, 62, 101, 24, 68, 31, 221, 103,
    16, 241, 12, 25, 236, 174, 3, 161, 20, 123, 169, 11, 255, 248, 163, 192,
    162, 1, 247, 46, 188, 36, 104, 117, 13, 254, 186, 47, 181, 208, 218, 61,
))
#: [MS-PST] 5.1, mpbbS: its own inverse, used by the cyclic encoding only.
_MIDDLE = bytes((
    20, 83, 15, 86, 179, 200, 122, 156, 235, 101, 72, 23, 22, 21, 159, 2,
    204, 84, 124, 131, 0, 13, 12, 11, 162, 98, 168, 118, 219, 217, 237, 199,
    197, 164, 220, 172, 133, 116, 214, 208, 167, 155, 174, 154, 150, 113, 102, 195,
    99, 153, 184, 221, 115, 146, 142, 132, 125, 165, 94, 209, 93, 147, 177, 87,
    81, 80, 128, 137, 82, 148, 79, 78, 10, 107, 188, 141, 127, 110, 71, 70,
    65, 64, 68, 1, 17, 203, 3, 63, 247, 244, 225, 169, 143, 60, 58, 249,
    251, 240, 25, 48, 130, 9, 46, 201, 157, 160, 134, 73, 238, 111, 77, 109,
    196, 45, 129, 52, 37, 135, 27, 136, 170, 252, 6, 161, 18, 56, 253, 76,
    66, 114, 100, 19, 55, 36, 106, 117, 119, 67, 255, 230, 180, 75, 54, 92,
    228, 216, 53, 61, 69, 185, 44, 236, 183, 49, 43, 41, 7, 104, 163, 14,
    105, 123, 24, 158, 33, 57, 190, 40, 26, 91, 120, 245, 35, 202, 42, 176,
    175, 62, 254, 4, 140, 231, 229, 152, 50, 149, 211, 246, 74, 232, 166, 234,
    233, 243, 213, 47, 112, 32, 242, 31, 5, 103, 173, 85, 16, 206, 205, 227,
    39, 59, 218, 186, 215, 194, 38, 212, 145, 29, 210, 28, 34, 51, 248, 250,
    241, 90, 239, 207, 144, 182, 139, 181, 189, 192, 191, 8, 151, 30, 108, 226,
    97, 224, 198, 193, 89, 171, 187, 88, 222, 95, 223, 96, 121, 126, 178, 138,
))
# fmt: on
#: [MS-PST] 5.1, mpbbI: the decoding table.
DECODE = bytes(ENCODE.index(value) for value in range(256))


class Encoding(IntEnum):
    """bCryptMethod of the header ([MS-PST] 2.2.2.6)."""

    NONE = 0
    PERMUTE = 1
    CYCLIC = 2


def decoded(data: bytes, method: int, block_id: int) -> bytes:
    """Return block data as written by the application; `method` 0 gives it back unchanged."""
    if method == Encoding.PERMUTE:
        return data.translate(DECODE)
    if method == Encoding.CYCLIC:
        return _cyclic(data, block_id)
    return data


def _cyclic(data: bytes, block_id: int) -> bytes:
    """Encode or decode: the cipher is its own inverse ([MS-PST] 5.2)."""
    key = (block_id ^ (block_id >> 16)) & 0xFFFF
    out = bytearray(len(data))
    for at, value in enumerate(data):
        word = key + at
        low, high = word & 0xFF, (word >> 8) & 0xFF
        value = ENCODE[(value + low) & 0xFF]
        value = _MIDDLE[(value + high) & 0xFF]
        out[at] = (DECODE[(value - high) & 0xFF] - low) & 0xFF
    return bytes(out)


def checksum(data: bytes) -> int:
    """Return the CRC of a page or block as stored ([MS-PST] 5.3): zlib's without its inversions."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def signature(offset: int, block_id: int) -> int:
    """Return the signature of the page or block `block_id` lying at `offset` ([MS-PST] 5.5)."""
    mixed = (offset ^ block_id) & 0xFFFFFFFF
    return (mixed >> 16) ^ (mixed & 0xFFFF)
