"""MAPI property lists as TNEF writes them.

[MS-OXTNEF] 2.1.3.4 (MsgPropertyList). Every count and length is held against the bytes there are:
nothing is allocated from a number in the file, and a list that breaks off keeps what came before.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from forthwith.formats.outlook.properties import Name, Names, Values
from forthwith.formats.outlook.property_types import FIXED, MULTIPLE, VARIABLE, Value, decode


class TnefDamageError(Exception):
    """The bytes end, or say something no property list can say."""


@dataclass(slots=True)
class Bytes:
    """A place in some bytes; taking more than there is raises TnefDamageError."""

    data: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        if count > len(self.data) - self.at:
            raise TnefDamageError("a length points past the end")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, size: int = 4) -> int:
        """Return the next unsigned number."""
        return int.from_bytes(self.take(size), "little")

    def padded(self, count: int) -> bytes:
        """Return `count` bytes and pass over the padding to four."""
        found = self.take(count)
        self.at = min(self.at + -count % 4, len(self.data))
        return found


@dataclass(slots=True)
class PropertyList:
    """Properties read so far, and the names among them."""

    values: Values = field(default_factory=dict)
    names: dict[Name, int] = field(default_factory=dict)
    #: Said when the list broke off.
    notes: list[str] = field(default_factory=list)

    @property
    def named(self) -> Names:
        """The named-property map of this list alone: ids mean nothing beyond it."""
        return Names(self.names)


def property_list(data: Bytes) -> PropertyList:
    """Read one list."""
    found = PropertyList()
    try:
        for _ in range(data.number()):
            _property(data, found)
    except TnefDamageError as damage:
        found.notes.append(f"a list of properties breaks off: {damage}")
    return found


def _property(data: Bytes, found: PropertyList) -> None:
    kind, identifier = data.number(2), data.number(2)
    if identifier >= 0x8000:
        found.names.setdefault(_name(data), identifier)
    single = kind & ~MULTIPLE
    if kind & MULTIPLE or single in VARIABLE:
        values = [_one(data, single) for _ in _counted(data)]
        if kind & MULTIPLE:
            kept = tuple(value for value in values if not isinstance(value, tuple | None))
            found.values[identifier] = (kind, kept)
        elif values:
            found.values[identifier] = (kind, values[0])
    else:
        found.values[identifier] = (kind, _one(data, single))


def _counted(data: Bytes) -> range:
    """Return the count of values: each takes four bytes at least."""
    count = data.number()
    if count > (len(data.data) - data.at) // 4:
        raise TnefDamageError("a property has more values than bytes")
    return range(count)


def _one(data: Bytes, kind: int) -> Value:
    if kind in VARIABLE:
        return decode(kind, data.padded(data.number()))
    size = FIXED.get(kind)
    if size is None:
        raise TnefDamageError(f"property type {kind:#06x} is not known")
    return decode(kind, data.padded(size))


def _name(data: Bytes) -> Name:
    guid = str(uuid.UUID(bytes_le=data.take(16)))
    if data.number() == 0:
        return guid, data.number()
    return guid, data.padded(data.number()).decode("utf-16-le", "replace").rstrip("\0").lower()
