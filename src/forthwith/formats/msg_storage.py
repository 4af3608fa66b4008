"""The compound file of an MSG as a tree, and the properties in one of its storages.

[MS-OXMSG] 2.1 to 2.4. Names are compared without case. What a stream lacks is a note, never a
crash: `olefile` finds the bytes, nothing here trusts a length.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile

from forthwith.formats.office.ole_objects import OLE_ERRORS
from forthwith.formats.office.ole_writer import Storage as Written
from forthwith.formats.outlook.properties import Values
from forthwith.formats.outlook.property_types import FIXED, MULTIPLE, Value, decode, decode_multiple

PROPERTIES = "__properties_version1.0"
_STREAM = re.compile(r"__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})")
_ENTRY = struct.Struct("<HHI8s")
#: Storages inside storages followed.
_DEEPEST = 64


@dataclass(slots=True)
class Storage:
    """One storage: what lies in it, by name in lower case."""

    ole: olefile.OleFileIO[str]
    path: tuple[str, ...]
    #: Shared by every storage of the file: what could not be read.
    notes: list[str]
    streams: dict[str, tuple[str, ...]] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    def stream(self, name: str) -> bytes | None:
        """Return a stream's bytes, or None when it is absent or cannot be read (noted)."""
        path = self.streams.get(name)
        if path is None:
            return None
        try:
            return bytes(self.ole.openstream(list(path)).read())
        except OLE_ERRORS as error:
            self.notes.append(f"stream {path[-1]!r} cannot be read: {error}")
            return None

    def written(self, depth: int = 0) -> Written:
        """Return the storage with all beneath it, to be written as a file of its own."""
        entries: dict[str, bytes | Written] = {}
        for name, path in self.streams.items():
            entries[path[-1]] = self.stream(name) or b""
        for below in self.storages.values():
            if depth < _DEEPEST:
                entries[below.path[-1]] = below.written(depth + 1)
        return Written(entries, self._class_id())

    def _class_id(self) -> bytes:
        try:
            text = self.ole.getclsid(list(self.path))
        except OLE_ERRORS:
            return bytes(16)
        digits = text.replace("-", "")
        if not re.fullmatch("[0-9A-Fa-f]{32}", digits):
            return bytes(16)
        raw = bytes.fromhex(digits)
        return raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]


def tree(ole: olefile.OleFileIO[str], notes: list[str]) -> Storage:
    """Return the root storage with everything beneath it."""
    root = Storage(ole, (), notes)
    for path in ole.listdir(streams=False, storages=True):
        _storage(root, tuple(path))
    for path in ole.listdir(streams=True, storages=False):
        _storage(root, tuple(path[:-1])).streams.setdefault(path[-1].lower(), tuple(path))
    return root


def _storage(root: Storage, path: tuple[str, ...]) -> Storage:
    here = root
    for depth, name in enumerate(path[:_DEEPEST], 1):
        below = Storage(root.ole, path[:depth], root.notes)
        here = here.storages.setdefault(name.lower(), below)
    return here


def values_of(storage: Storage, header: int) -> Values:
    """Return the properties of a storage ([MS-OXMSG] 2.4), `header` bytes into its stream.

    Streams the property stream does not list are taken too.
    """
    values: Values = {}
    table = storage.stream(PROPERTIES) or b""
    end = len(table) - (len(table) - header) % _ENTRY.size if len(table) > header else header
    for kind, identifier, _, held in _ENTRY.iter_unpack(table[header:end]):
        if (FIXED.get(kind, 99)) <= 8:
            values[identifier] = (kind, decode(kind, held))
    for kind, identifier, value in _streams(storage):
        values[identifier] = (kind, value)
    return values


def _streams(storage: Storage) -> Iterator[tuple[int, int, Value]]:
    for name in storage.streams:
        if (found := _STREAM.fullmatch(name)) is None:
            continue
        identifier, kind = int(found[1], 16), int(found[2], 16)
        data = storage.stream(name)
        if data is None:
            continue
        if not kind & MULTIPLE:
            yield kind, identifier, decode(kind, data)
        elif (kind & ~MULTIPLE) in FIXED:
            yield kind, identifier, decode_multiple(kind, data)
        else:
            yield kind, identifier, tuple(_pieces(storage, name, kind, len(data)))


def _pieces(storage: Storage, name: str, kind: int, room: int) -> Iterator[str | bytes]:
    """Yield the values of a multiple-valued property, a stream each ([MS-OXMSG] 2.1.4)."""
    for index in range(room // 4):
        data = storage.stream(f"{name}-{index:08x}")
        if data is None:
            return
        value = decode(kind & ~MULTIPLE, data)
        if isinstance(value, str | bytes):
            yield value
