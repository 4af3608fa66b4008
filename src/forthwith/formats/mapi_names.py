"""The named-property map, as PST and MSG both keep it.

[MS-PST] 2.4.7 and [MS-OXMSG] 2.2.3: three streams, of GUIDs, entries and strings.
"""

from __future__ import annotations

import struct
import uuid

from forthwith.formats.outlook.properties import PS_MAPI, PS_PUBLIC_STRINGS, Name, Names

_ENTRY = struct.Struct("<IHH")


def names_of(guids: bytes, entries: bytes, strings: bytes) -> Names:
    """Return the map; an entry that points outside its streams is left out."""
    owners = _owners(guids)
    found: dict[Name, int] = {}
    whole = len(entries) - len(entries) % _ENTRY.size
    for value, owner, index in _ENTRY.iter_unpack(entries[:whole]):
        number = owner >> 1
        guid = owners[number] if number < len(owners) else ""
        name: int | str = _string(strings, value) if owner & 1 else value
        if guid and name != "":
            found.setdefault((guid, name), 0x8000 + index)
    return Names(found)


def _owners(guids: bytes) -> list[str]:
    """Return the property sets by index: none, two known ones, then those of the stream."""
    whole = range(0, len(guids) - len(guids) % 16, 16)
    listed = [str(uuid.UUID(bytes_le=guids[at : at + 16])) for at in whole]
    return ["", PS_MAPI, PS_PUBLIC_STRINGS, *listed]


def _string(strings: bytes, at: int) -> str:
    length = int.from_bytes(strings[at : at + 4], "little")
    if at + 4 + length > len(strings):
        return ""
    return strings[at + 4 : at + 4 + length].decode("utf-16-le", "replace").lower()
