"""Write a compound file (OLE storage) from streams.

[MS-CFB] version 3. Outlook keeps an OLE attachment inside an MSG as a storage; written out as a
file of its own it can be read, digested and produced. The same tree gives the same bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_NONE = 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_IN_HEADER = 109


@dataclass(frozen=True, slots=True)
class Storage:
    """A storage: streams and storages by name."""

    entries: Mapping[str, bytes | Storage] = field(default_factory=dict)
    class_id: bytes = bytes(16)


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    class_id: bytes = bytes(16)
    data: bytes = b""
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = _END


def written(root: Storage) -> bytes:
    """Return the compound file."""
    entries = [_Entry("Root Entry", _ROOT, root.class_id)]
    _add(root, entries[0], entries)
    mini, mini_fat = _minis(entries)
    entries[0].data = mini
    sectors: list[bytes] = []
    fat: list[int] = []
    for entry in entries:
        if entry.kind == _ROOT or (entry.kind == _STREAM and len(entry.data) >= _CUTOFF):
            entry.start = _place(entry.data, sectors, fat)
    mini_start = _place(struct.pack(f"<{len(mini_fat)}I", *mini_fat), sectors, fat, 0xFF)
    directory = b"".join(map(_directory_entry, entries))
    directory += _directory_entry(_Entry("", 0)) * (-len(entries) % 4)
    directory_start = _place(directory, sectors, fat)
    mini_count = -(-len(mini_fat) * 4 // _SECTOR)
    return _assembled(sectors, fat, directory_start, (mini_start, mini_count))


def _add(storage: Storage, owner: _Entry, entries: list[_Entry]) -> None:
    """Append the entries of a storage and hang them under it as a balanced tree."""
    order = sorted(storage.entries, key=lambda name: (len(_utf16(name)), name.upper()))
    numbers: list[int] = []
    for name in order:
        child = storage.entries[name]
        if isinstance(child, Storage):
            entry = _Entry(name, _STORAGE, child.class_id)
            numbers.append(len(entries))
            entries.append(entry)
            _add(child, entry, entries)
        else:
            numbers.append(len(entries))
            entries.append(_Entry(name, _STREAM, data=child))
    owner.child = _tree(numbers, entries)


def _tree(numbers: Sequence[int], entries: list[_Entry]) -> int:
    if not numbers:
        return _NONE
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.left = _tree(numbers[:middle], entries)
    entry.right = _tree(numbers[middle + 1 :], entries)
    return numbers[middle]


def _minis(entries: Sequence[_Entry]) -> tuple[bytes, list[int]]:
    """Gather short streams into the mini stream ([MS-CFB] 2.4)."""
    out = bytearray()
    fat: list[int] = []
    for entry in entries:
        if entry.kind == _STREAM and 0 < len(entry.data) < _CUTOFF:
            entry.start = len(fat)
            count = -(-len(entry.data) // _MINI)
            fat += [*range(entry.start + 1, entry.start + count), _END]
            out += entry.data.ljust(count * _MINI, b"\0")
    return bytes(out), fat


def _place(data: bytes, sectors: list[bytes], fat: list[int], fill: int = 0) -> int:
    """Append data as a chain of sectors; return its first."""
    if not data:
        return _END
    start = len(sectors)
    for at in range(0, len(data), _SECTOR):
        sectors.append(data[at : at + _SECTOR].ljust(_SECTOR, bytes((fill,))))
        fat.append(len(sectors))
    fat[-1] = _END
    return start


def _assembled(
    sectors: list[bytes], fat: list[int], directory: int, mini: tuple[int, int]
) -> bytes:
    """Append the FAT and what finds it, and put the header before all ([MS-CFB] 2.2)."""
    per = _SECTOR // 4
    fats = difats = 0
    while (fats, difats) != (needed := _needed(len(fat) + fats + difats)):
        fats, difats = needed
    first = len(fat)
    places = list(range(first, first + fats))
    difat_start = first + fats if difats else _END
    table = [*fat, *[_FAT] * fats, *[_DIFAT] * difats]
    table += [_FREE] * (fats * per - len(table))
    sectors = [*sectors, struct.pack(f"<{len(table)}I", *table)]
    for at in range(difats):
        sector_numbers = places[_IN_HEADER + at * (per - 1) : _IN_HEADER + (at + 1) * (per - 1)]
        sector_numbers += [_FREE] * (per - 1 - len(sector_numbers))
        following = difat_start + at + 1 if at + 1 < difats else _END
        sectors.append(struct.pack(f"<{per}I", *sector_numbers, following))
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        bytes(16),
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        fats,
        directory,
        0,
        _CUTOFF,
        mini[0],
        mini[1],
        difat_start,
        difats,
        0,
    )[:76]
    in_header = places[:_IN_HEADER] + [_FREE] * (_IN_HEADER - min(fats, _IN_HEADER))
    return b"".join([head, struct.pack(f"<{_IN_HEADER}I", *in_header), *sectors])


def _needed(sectors: int) -> tuple[int, int]:
    """Return how many FAT and DIFAT sectors describe this many sectors."""
    fats = -(-sectors // (_SECTOR // 4))
    beyond = max(0, fats - _IN_HEADER)
    return fats, -(-beyond // (_SECTOR // 4 - 1))


def _directory_entry(entry: _Entry) -> bytes:
    """Return one entry of the directory ([MS-CFB] 2.6.1)."""
    name = _utf16(entry.name)[:62]
    length = len(name) + 2 if entry.kind else 0
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name,
        length,
        entry.kind,
        1,
        entry.left,
        entry.right,
        entry.child,
        entry.class_id,
        0,
        0,
        0,
        entry.start if entry.kind in {_STREAM, _ROOT} else 0,
        len(entry.data),
    )


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-le", "surrogatepass")
