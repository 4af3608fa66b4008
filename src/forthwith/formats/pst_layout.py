"""The three layouts of a PST or OST, and its header.

[MS-PST] 2.2.2.6: ANSI (versions 14 and 15), Unicode (23), and the Unicode layout with 4 kB pages
that Outlook 2013 writes for OST (36), where blocks may also be deflated. What the numbers lead to
is read by `pst_ndb`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from forthwith.domain.evidence import ByteSource, FaultReason
from forthwith.formats.pst_codec import checksum

MAGIC = b"!BDN"


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
    "ANSI", 512, 496, struct.Struct("<BBBB"), 12,
    struct.Struct("<III"), struct.Struct("<IIHxx"), struct.Struct("<IIII"),
    64, 12, "I", struct.Struct("<III"), struct.Struct("<II"), 4, 11, "H",
)  # fmt: skip
UNICODE = Layout(
    "Unicode", 512, 488, struct.Struct("<BBBB"), 16,
    struct.Struct("<QQQ"), struct.Struct("<QQHxxxxxx"), struct.Struct("<QQQII"),
    64, 16, "Q", struct.Struct("<QQQ"), struct.Struct("<QQ"), 8, 11, "I",
)  # fmt: skip
#: Not in [MS-PST]; the layout of Outlook 2013 offline stores, learned from such files.
UNICODE_4K = Layout(
    "Unicode 4k", 4096, 4056, struct.Struct("<HHBB"), 24,
    struct.Struct("<QQQ"), struct.Struct("<QQHHxxxx"), struct.Struct("<QQQII"),
    512, 24, "Q", struct.Struct("<QQQ"), struct.Struct("<QQ"), 8, 14, "I",
)  # fmt: skip


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
