"""A bag of MAPI properties: typed values by id, and by name through the named-property map.

Independent of where they were stored: `pst`, `msg` and `tnef` fill it, the other modules read it.
PST and MSG keep the map of names in the same three streams, of GUIDs, entries and strings
([MS-PST] 2.4.7, [MS-OXMSG] 2.2.3).
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from forthwith.formats.outlook.property_types import STRING8, TIME, Value, instant
from forthwith.plain.charset import decode, encodable

#: Property id -> (type, value).
Values = dict[int, tuple[int, Value]]
#: A property's name: its set's GUID, and a number or a string ([MS-OXPROPS] 1.3.2).
Name = tuple[str, "int | str"]
# Property sets ([MS-OXPROPS] 1.3.2).
PS_PUBLIC_STRINGS = "00020329-0000-0000-c000-000000000046"
PS_MAPI = "00020328-0000-0000-c000-000000000046"
PSETID_APPOINTMENT = "00062002-0000-0000-c000-000000000046"
PSETID_TASK = "00062003-0000-0000-c000-000000000046"
PSETID_ADDRESS = "00062004-0000-0000-c000-000000000046"
PSETID_LOG = "0006200a-0000-0000-c000-000000000046"
#: PidTagInternetCodepage, PidTagMessageCodepage, PidTagMessageLocaleId ([MS-OXPROPS] 2.737, 2.780).
INTERNET_CODE_PAGE, MESSAGE_CODE_PAGE = 0x3FDE, 0x3FFD
_ENTRY = struct.Struct("<IHH")


@dataclass(frozen=True, slots=True)
class Names:
    """The named-property map of one store, file or message."""

    ids: Mapping[Name, int] = field(default_factory=dict)

    def id_of(self, name: Name) -> int:
        """Return the id a name has here; 0, which no property has, when it has none."""
        return self.ids.get(name, 0)

    def of_set(self, guid: str) -> Iterator[tuple[int | str, int]]:
        """Yield each name of one property set with its id."""
        for (owner, name), identifier in self.ids.items():
            if owner == guid:
                yield name, identifier


@dataclass(frozen=True, slots=True)
class Properties:
    """Properties of one object (message, recipient, attachment)."""

    values: Values
    names: Names = field(default_factory=Names)
    #: Charset of eight-bit strings; "" when nothing says it.
    charset: str = ""

    def __contains__(self, identifier: int) -> bool:
        return identifier in self.values

    def text(self, *identifiers: int) -> str:
        """Return the first of these that holds words, or ""."""
        for identifier in identifiers:
            if (text := self._text(self.values.get(identifier))) != "":
                return text
        return ""

    def _text(self, typed: tuple[int, Value] | None) -> str:
        if typed is None:
            return ""
        kind, value = typed
        if isinstance(value, str):
            return encodable(value).replace("\0", "")
        if isinstance(value, bytes) and kind == STRING8:
            return decode(value, self.charset).text.replace("\0", "")
        return ""

    def texts(self, identifier: int) -> tuple[str, ...]:
        """Return the strings of a multiple-valued property, or one."""
        kind, value = self.values.get(identifier, (0, None))
        if not isinstance(value, tuple):
            text = self.text(identifier)
            return (text,) if text else ()
        single = kind & 0xFFF
        return tuple(words for item in value if (words := self._text((single, item))))

    def number(self, identifier: int, default: int = 0) -> int:
        """Return an integer or boolean property as a number."""
        value = self.values.get(identifier, (0, None))[1]
        return int(value) if isinstance(value, int) else default

    def binary(self, identifier: int) -> bytes:
        """Return a property's bytes (binary, or eight-bit text undecoded), or b""."""
        value = self.values.get(identifier, (0, None))[1]
        return value if isinstance(value, bytes) else b""

    def stored_size(self, *without: int) -> int:
        """Return about how many bytes the properties take in a store, less those in `without`."""
        return sum(
            _stored_size(kind, value)
            for identifier, (kind, value) in self.values.items()
            if identifier not in without
        )

    def instant(self, identifier: int) -> str:
        """Return a time as ISO 8601 in UTC, or ""."""
        kind, value = self.values.get(identifier, (0, None))
        return instant(value) if kind == TIME and isinstance(value, int) else ""

    def named_id(self, guid: str, name: int | str) -> int:
        """Return the id of a named property, 0 when the map does not have it."""
        return self.names.id_of((guid, name))


def _stored_size(kind: int, value: Value) -> int:
    if isinstance(value, tuple):
        return sum(_stored_size(kind, item) for item in value)
    if isinstance(value, str):
        return 2 * len(value)
    return len(value) if isinstance(value, bytes) else 8


def names_of(guids: bytes, entries: bytes, strings: bytes) -> Names:
    """Return the map; an entry that points outside its streams is left out."""
    owners = _owners(guids)
    ids: dict[Name, int] = {}
    end = len(entries) - len(entries) % _ENTRY.size
    for value, owner, index in _ENTRY.iter_unpack(entries[:end]):
        number = owner >> 1
        guid = owners[number] if number < len(owners) else ""
        name: int | str = _string(strings, value) if owner & 1 else value
        if guid and name != "":
            ids.setdefault((guid, name), 0x8000 + index)
    return Names(ids)


def _owners(guids: bytes) -> list[str]:
    """Return the property sets by index: none, two known ones, then those of the stream."""
    places = range(0, len(guids) - len(guids) % 16, 16)
    sets = [str(uuid.UUID(bytes_le=guids[at : at + 16])) for at in places]
    return ["", PS_MAPI, PS_PUBLIC_STRINGS, *sets]


def _string(strings: bytes, at: int) -> str:
    length = int.from_bytes(strings[at : at + 4], "little")
    if at + 4 + length > len(strings):
        return ""
    return strings[at + 4 : at + 4 + length].decode("utf-16-le", "replace").lower()
