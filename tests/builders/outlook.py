"""Small sound Outlook files in memory: MSG, TNEF, compressed RTF, and a PST of one folder.

Written from the specifications, apart from the readers, so that a misreading shows. The compound
file under an MSG is written by `formats.ole.writer` and read back by olefile.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.formats.ole.writer import Storage, written

Value = int | bool | str | bytes
#: Property tag (id in the high half, type in the low) -> value.
Bag = Mapping[int, Value]

#: 2001-10-26 14:05:09 UTC as FILETIME.
SENT = (1004105109 + 11644473600) * 10_000_000
PEOPLE: tuple[Bag, ...] = (
    {0x0C150003: 1, 0x3001001F: "Dana Ortiz", 0x39FE001F: "dana@sample.example"},
    {0x0C150003: 2, 0x3001001F: "Kim, Lee", 0x3003001F: "/o=Sample/cn=kim", 0x3002001F: "EX"},
)
MEMO: Bag = {
    0x001A001F: "IPM.Note", 0x0037001F: "\x01\x05RE: Wallet list", 0x00390040: SENT,
    0x0E060040: SENT + 20_000_000, 0x0042001F: "Ada Winter", 0x5D02001F: "ada@sample.example",
    0x1035001F: "<memo-1@sample.example>", 0x1000001F: "The list is attached.\r\n",
    0x0E070003: 0x11, 0x00710102: b"\x01" * 22, 0x00170003: 2,
}  # fmt: skip


# Compound file: MSG ([MS-OXMSG])


@dataclass
class MsgBuilder:
    """One message; `attach` and `embed` add to it."""

    properties: Bag = field(default_factory=lambda: dict(MEMO))
    people: Sequence[Bag] = PEOPLE
    attachments: list[tuple[Bag, Storage | None]] = field(default_factory=list)

    def attach(self, name: str, data: bytes, **more: Value) -> MsgBuilder:
        bag: dict[int, Value] = {0x37050003: 1, 0x3707001F: name, 0x37010102: data}
        bag |= {int(tag[1:], 16): value for tag, value in more.items()}
        self.attachments.append((bag, None))
        return self

    def embed(self, message: MsgBuilder) -> MsgBuilder:
        self.attachments.append(({0x37050003: 5, 0x3001001F: "inside"}, message.storage(24)))
        return self

    def object(self, storage: Storage, name: str) -> MsgBuilder:
        self.attachments.append(({0x37050003: 6, 0x3707001F: name}, storage))
        return self

    def storage(self, header: int = 32) -> Storage:
        entries = _streams(self.properties, header, len(self.people), len(self.attachments))
        for index, person in enumerate(self.people):
            entries[f"__recip_version1.0_#{index:08X}"] = Storage(_streams(person, 8))
        for index, (bag, inside) in enumerate(self.attachments):
            row = _streams(bag, 8)
            if inside is not None:
                row["__substg1.0_3701000D"] = inside
            entries[f"__attach_version1.0_#{index:08X}"] = Storage(row)
        return Storage(entries)

    def build(self) -> bytes:
        top = self.storage()
        names: dict[str, bytes | Storage] = {
            f"__substg1.0_000{number}0102": b"" for number in (2, 3, 4)
        }
        return written(Storage({**top.entries, "__nameid_version1.0": Storage(names)}))


def _streams(
    bag: Bag, header: int, recipients: int = 0, attachments: int = 0
) -> dict[str, bytes | Storage]:
    counts = struct.pack("<8x4I", recipients, attachments, recipients, attachments)
    table = bytearray(counts.ljust(32, b"\0")[:header])
    entries: dict[str, bytes | Storage] = {}
    for tag, value in bag.items():
        data = encoded(tag & 0xFFFF, value)
        if tag & 0xFFFF in {0x1E, 0x1F, 0x102}:
            entries[f"__substg1.0_{tag:08X}"] = data
            data = struct.pack("<II", len(data), 0)
        table += struct.pack("<II8s", tag, 6, data)
    entries["__properties_version1.0"] = bytes(table)
    return entries


def encoded(kind: int, value: Value) -> bytes:
    """One value as its type is stored."""
    if isinstance(value, str):
        return value.encode("utf-16-le" if kind == 0x1F else "cp1252")
    if isinstance(value, bytes):
        return value
    size = {2: 2, 3: 4, 0xB: 1}.get(kind, 8)
    return int(value).to_bytes(size, "little", signed=value < 0)


# winmail.dat, as in [MS-OXTNEF]


def tnef(
    bag: Bag, people: Sequence[Bag] = (), attachments: Sequence[tuple[str, bytes, Bag]] = ()
) -> bytes:
    """A stream with one property list, recipients, and attachments (name, bytes, properties)."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    out += attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    out += attribute(1, 0x00069003, property_list(bag))
    if people:
        rows = struct.pack("<I", len(people)) + b"".join(map(property_list, people))
        out += attribute(1, 0x00069004, rows)
    for name, data, more in attachments:
        out += attribute(2, 0x00069002, bytes(14))
        out += attribute(2, 0x00018010, name.encode("cp1252") + b"\0")
        if data:
            out += attribute(2, 0x0006800F, data)
        out += attribute(2, 0x00069005, property_list(more))
    return out


def attribute(level: int, identifier: int, data: bytes) -> bytes:
    """One attribute with its checksum."""
    return (
        struct.pack("<BII", level, identifier, len(data))
        + data
        + struct.pack("<H", sum(data) & 0xFFFF)
    )


def property_list(bag: Bag) -> bytes:
    """MAPI properties as TNEF writes them."""
    out = struct.pack("<I", len(bag))
    for tag, value in bag.items():
        kind = tag & 0xFFFF
        data = encoded(kind, value)
        out += struct.pack("<HH", kind, tag >> 16)
        if kind in {0x0D, 0x1E, 0x1F, 0x102}:
            out += struct.pack("<II", 1, len(data))
        out += data.ljust(-(-len(data) // 4) * 4, b"\0")
    return out


# Compressed RTF ([MS-OXRTFCP])


def compressed_rtf(rtf: bytes) -> bytes:
    """RTF in the compressed wrapping, each byte a literal, with the mark of its end."""
    body = bytearray()
    written_bytes = 207
    for at in range(0, len(rtf), 8):
        piece = rtf[at : at + 8]
        written_bytes += len(piece)
        if len(piece) == 8:
            body += b"\0" + piece
        else:
            body += bytes((1 << len(piece),)) + piece + _end(written_bytes)
    if len(rtf) % 8 == 0:
        body += b"\x01" + _end(written_bytes)
    crc = zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return struct.pack("<IIII", len(body) + 12, len(rtf), 0x75465A4C, crc) + bytes(body)


def _end(position: int) -> bytes:
    return struct.pack(">H", (position % 4096) << 4)


# PST ([MS-PST]), Unicode, every structure in one page or block


@dataclass
class PstBuilder:
    """A store with one folder. `encoding`: 0 none, 1 permute, 2 cyclic."""

    messages: list[tuple[Bag, Sequence[Bag], Sequence[tuple[Bag, bytes]]]] = field(
        default_factory=list
    )
    folder: str = "Inbox"
    encoding: int = 0
    #: Messages in no contents table: indices into `messages`.
    orphans: frozenset[int] = frozenset()
    _out: bytearray = field(default_factory=lambda: bytearray(0x400))
    _blocks: list[tuple[int, int, int]] = field(default_factory=list)
    _nodes: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(
        self, bag: Bag, people: Sequence[Bag] = (), attachments: Sequence[tuple[Bag, bytes]] = ()
    ) -> PstBuilder:
        self.messages.append((bag, people, attachments))
        return self

    def build(self) -> bytes:
        root, folder = 0x122, 0x8022
        self._node(root, property_context({0x3001001F: ""}))
        self._node(root & ~0x1F | 0x0D, table([(folder, {0x3001001F: self.folder})]))
        self._node(folder, property_context({0x3001001F: self.folder}), parent=root)
        nids = [0x200004 + index * 0x20 for index in range(len(self.messages))]
        rows: list[tuple[int, Bag]] = [
            (nid, {}) for index, nid in enumerate(nids) if index not in self.orphans
        ]
        self._node(folder & ~0x1F | 0x0E, table(rows))
        for nid, message in zip(nids, self.messages, strict=True):
            self._message(nid, message, folder)
        return self._finished()

    def _message(
        self, nid: int, message: tuple[Bag, Sequence[Bag], Sequence[tuple[Bag, bytes]]], folder: int
    ) -> None:
        bag, people, attachments = message
        below = [(0x692, self._block(table(list(enumerate(people)))), 0)] if people else []
        listed: list[tuple[int, Bag]] = []
        for index, (properties, data) in enumerate(attachments):
            number = 0x8025 + index * 0x20
            listed.append((number, {}))
            held = {**properties, 0x37010102: data}
            below.append((number, self._block(property_context(held)), 0))
        if listed:
            below.append((0x671, self._block(table(listed)), 0))
        self._node(nid, property_context(bag), self._subnodes(below) if below else 0, folder)

    def _subnodes(self, below: list[tuple[int, int, int]]) -> int:
        entries = b"".join(struct.pack("<QQQ", *each) for each in sorted(below))
        return self._block(struct.pack("<BBHI", 2, 0, len(below), 0) + entries, internal=True)

    def _node(self, nid: int, data: bytes, below: int = 0, parent: int = 0) -> None:
        self._nodes.append((nid, self._block(data), below, parent))

    def _block(self, data: bytes, *, internal: bool = False) -> int:
        if len(data) > 8176:
            raise ValueError("this builder writes single blocks only")
        bid = 4 * (len(self._blocks) + 1) | (2 if internal else 0)
        offset = len(self._out)
        stored = data if internal else encode_block(data, self.encoding, bid)
        trailer = struct.pack("<HHIQ", len(stored), seal(offset, bid), crc_of(stored), bid)
        room = -(-(len(stored) + 16) // 64) * 64
        self._out += stored.ljust(room - 16, b"\0") + trailer
        self._blocks.append((bid, offset, len(stored)))
        return bid

    def _page(self, kind: int, entries: Sequence[bytes], bid: int) -> int:
        self._out += bytes(-len(self._out) % 512)
        offset = len(self._out)
        body = b"".join(entries)
        counts = struct.pack("<BBBB4x", len(entries), 488 // len(entries[0]), len(entries[0]), 0)
        page = body.ljust(488, b"\0") + counts
        self._out += page + struct.pack("<BBHIQ", kind, kind, seal(offset, bid), crc_of(page), bid)
        return offset

    def _finished(self) -> bytes:
        nodes = [
            struct.pack("<QQQII", nid, data, below, parent, 0)
            for nid, data, below, parent in sorted(self._nodes)
        ]
        blocks = [struct.pack("<QQHHI", *each, 2, 0) for each in sorted(self._blocks)]
        node_root, block_root = self._page(0x81, nodes, 0x101), self._page(0x80, blocks, 0x102)
        head = bytearray(564)
        struct.pack_into("<4s4x2sHHBB", head, 0, b"!BDN", b"SM", 23, 19, 1, 1)
        struct.pack_into("<Q", head, 184, len(self._out))
        struct.pack_into("<QQQQ", head, 216, 0x101, node_root, 0x102, block_root)
        head[512:514] = bytes((0x80, self.encoding))
        struct.pack_into("<I", head, 4, crc_of(bytes(head[8:479])))
        self._out[:564] = head
        return bytes(self._out)


def crc_of(data: bytes) -> int:
    """The checksum of [MS-PST] 5.3, bit by bit: slow, and independent of zlib's."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return crc


def seal(offset: int, bid: int) -> int:
    """The signature of [MS-PST] 5.5."""
    mixed = (offset ^ bid) & 0xFFFFFFFF
    return (mixed >> 16 ^ mixed) & 0xFFFF


def encode_block(data: bytes, method: int, bid: int) -> bytes:
    """Encode as the store would; cyclic is its own inverse."""
    from forthwith.formats.outlook.pst_pages import ENCODE, decoded

    return data.translate(ENCODE) if method == 1 else decoded(data, method, bid)


def heap(client: int, root: int, allocations: Sequence[bytes]) -> bytes:
    """A heap on one block; allocation N has the id N * 0x20 ([MS-PST] 2.3.1)."""
    body, ends = bytearray(12), [12]
    for each in allocations:
        body += each
        ends.append(len(body))
    body += bytes(len(body) % 2)
    struct.pack_into("<HBBII", body, 0, len(body), 0xEC, client, root, 0)
    return bytes(body) + struct.pack(f"<HH{len(ends)}H", len(allocations), 0, *ends)


def property_context(bag: Bag) -> bytes:
    """A property context: the records of a BTH, longer values behind them ([MS-PST] 2.3.3)."""
    values: list[bytes] = []
    records = b""
    for tag in sorted(bag):
        identifier, kind = tag >> 16, tag & 0xFFFF
        data = encoded(kind, bag[tag])
        if kind in {2, 3, 0xB}:
            held = int.from_bytes(data, "little")
        else:
            values.append(data)
            held = 0x20 * (2 + len(values)) if data else 0
            if not data:
                values.pop()
        records += struct.pack("<HHI", identifier, kind, held)
    head = struct.pack("<BBBBI", 0xB5, 2, 6, 0, 0x40)
    return heap(0xBC, 0x20, [head, records, *values])


def table(rows: Sequence[tuple[int, Bag]]) -> bytes:
    """A table context whose rows hold the row id and the given cells ([MS-PST] 2.3.4)."""
    tags = sorted({tag for _, bag in rows for tag in bag})
    columns = struct.pack("<IHBB", 0x67F20003, 0, 4, 0) + struct.pack("<IHBB", 0x67F30003, 4, 4, 1)
    columns += b"".join(
        struct.pack("<IHBB", tag, 8 + at * 4, 4, 2 + at) for at, tag in enumerate(tags)
    )
    values: list[bytes] = []
    matrix = b""
    bits_at = 8 + 4 * len(tags)
    size = bits_at + -(-(len(tags) + 2) // 8)
    for row_id, bag in rows:
        row = bytearray(size)
        struct.pack_into("<II", row, 0, row_id, 1)
        row[bits_at] |= 0xC0
        for at, tag in enumerate(tags):
            if tag in bag:
                row[bits_at + (at + 2) // 8] |= 0x80 >> (at + 2) % 8
                data = encoded(tag & 0xFFFF, bag[tag])
                if tag & 0xFFFF != 3:
                    values.append(data)
                    data = struct.pack("<I", 0x20 * (4 + len(values)))
                row[8 + at * 4 : 12 + at * 4] = data
        matrix += row
    head = struct.pack(
        "<BB4HIII", 0x7C, 2 + len(tags), bits_at, bits_at, bits_at, size,
        0x40, 0x80 if rows else 0, 0,
    )  # fmt: skip
    index = struct.pack("<BBBBI", 0xB5, 4, 4, 0, 0x60 if rows else 0)
    order = sorted((row_id, at) for at, (row_id, _) in enumerate(rows))
    records = b"".join(struct.pack("<II", *each) for each in order)
    return heap(0x7C, 0x20, [head + columns, index, records, matrix, *values])
