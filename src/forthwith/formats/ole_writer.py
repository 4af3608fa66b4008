"""Write an OLE compound file ([MS-CFB]) in memory: a storage of one file as a file of its own.

Objects embedded in old Office files are storages; as children they need to be files again. The same
streams give the same bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _DIFAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC, 0xFFFFFFFF
_PER = _SECTOR // 4
_IN_HEADER = 109


@dataclass(slots=True)
class _Entry:
    name: str
    data: bytes | None = None
    clsid: bytes = bytes(16)
    kids: dict[str, _Entry] = field(default_factory=dict)
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = _END
    size: int = 0


def compound(streams: dict[tuple[str, ...], bytes], clsid: bytes = bytes(16)) -> bytes:
    """Return a compound file with these streams by path; `clsid` is the root's class."""
    root = _Entry("Root Entry", clsid=clsid)
    for path, data in streams.items():
        at = root
        for part in path[:-1]:
            at = at.kids.setdefault(part, _Entry(part))
        at.kids[path[-1]] = _Entry(path[-1], data)
    entries = [root]
    root.child = _tree(_sorted(root), entries)
    return _laid_out(entries)


def _sorted(storage: _Entry) -> list[_Entry]:
    return sorted(storage.kids.values(), key=lambda each: (len(each.name), each.name.upper()))


def _tree(kids: list[_Entry], entries: list[_Entry]) -> int:
    """Lay a sorted list of siblings out as a balanced tree; return the index of its top."""
    if not kids:
        return _NONE
    middle = len(kids) // 2
    top = kids[middle]
    index = len(entries)
    entries.append(top)
    top.left = _tree(kids[:middle], entries)
    top.right = _tree(kids[middle + 1 :], entries)
    if top.data is None:
        top.child = _tree(_sorted(top), entries)
    return index


def _laid_out(entries: list[_Entry]) -> bytes:
    body: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        """Append sectors for `data`, chained; return the first."""
        count = -(-len(data) // _SECTOR)
        if not count:
            return _END
        first = len(fat)
        fat.extend([*range(first + 1, first + count), _END])
        body.append(data.ljust(count * _SECTOR, b"\0"))
        return first

    small, mini_fat = bytearray(), list[int]()
    for entry in entries:
        if entry.data is not None:
            entry.size = len(entry.data)
            if entry.size >= _CUTOFF:
                entry.start = put(entry.data)
            elif entry.size:
                count = -(-entry.size // _MINI)
                entry.start = len(mini_fat)
                mini_fat += [*range(entry.start + 1, entry.start + count), _END]
                small += entry.data.ljust(count * _MINI, b"\0")
    entries[0].start, entries[0].size = put(bytes(small)), len(small)
    mini_start = put(_numbers(mini_fat))
    directory = put(b"".join(_record(entry, first=not i) for i, entry in enumerate(entries)))
    return _finished(body, fat, directory, mini_start, -(-len(mini_fat) // _PER))


def _numbers(values: list[int]) -> bytes:
    padded = values + [_FREE] * (-len(values) % _PER)
    return struct.pack(f"<{len(padded)}I", *padded)


def _finished(
    body: list[bytes], fat: list[int], directory: int, mini_start: int, mini_count: int
) -> bytes:
    """Add the allocation table, which counts its own sectors too, and the header."""
    fats = difats = 0
    while True:
        wanted = -(-(len(fat) + fats + difats) // _PER)
        wanted_difats = max(0, -(-(wanted - _IN_HEADER) // (_PER - 1)))
        if (wanted, wanted_difats) == (fats, difats):
            break
        fats, difats = wanted, wanted_difats
    first_fat = len(fat)
    first_difat = first_fat + fats
    fat = fat + [_FAT] * fats + [_DIFAT] * difats
    places = list(range(first_fat, first_fat + fats))
    beyond = b""
    for index in range(difats):
        at = _IN_HEADER + index * (_PER - 1)
        row = places[at : at + _PER - 1]
        row += [_FREE] * (_PER - 1 - len(row))
        beyond += struct.pack(
            f"<{_PER}I", *row, first_difat + index + 1 if index + 1 < difats else _END
        )
    header = struct.pack(
        "<8s16s5H6x9I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, fats,
        directory, 0, _CUTOFF, mini_start, mini_count, first_difat if difats else _END, difats,
    )  # fmt: skip
    shown = (places + [_FREE] * _IN_HEADER)[:_IN_HEADER]
    table = struct.pack(f"<{_IN_HEADER}I", *shown)
    return b"".join([header, table, *body, _numbers(fat), beyond])


def _record(entry: _Entry, *, first: bool) -> bytes:
    name = entry.name.encode("utf-16-le")[:62]
    kind = 5 if first else 1 if entry.data is None else 2
    start = entry.start if kind != 1 else 0
    return struct.pack(
        "<64sHBB3I16sI16xIQ",
        name, len(name) + 2, kind, 1, entry.left, entry.right, entry.child, entry.clsid, 0,
        start, entry.size,
    )  # fmt: skip
