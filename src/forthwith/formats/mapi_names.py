"""The named-property map, as PST and MSG both keep it.

[MS-PST] 2.4.7 and [MS-OXMSG] 2.2.3: three streams, of GUIDs, entries and strings.
"""

from __future__ import annotations

import struct
import uuid

from forthwith.formats.mapi_properties import PS_MAPI, PS_PUBLIC_STRINGS, Name, Names

_ENTRY = struct.Struct("<IHH")


def names_of(guids: bytes, entries: bytes, strings: bytes) -> Names:
    """Return the map; an entry that points outside its streams is left out."""
    found: dict[Name, int] = {}
    whole = len(entries) - len(entries) % _ENTRY.size
    for value, owner, index in _ENTRY.iter_unpack(entries[:whole]):
        guid = _guid(guids, owner >> 1)
        name: int | str = _string(strings, value) if owner & 1 else value
        if guid and name != "":
            found.setdefault((guid, name), 0x8000 + index)
    return Names(found)


def _guid(guids: bytes, index: int) -> str:
    if index == 1:
        return PS_MAPI
    if index == 2:
        return PS_PUBLIC_STRINGS
    at = (index - 3) * 16
    if index < 3 or at + 16 > len(guids):
        return ""
    return str(uuid.UUID(bytes_le=guids[at : at + 16]))


def _string(strings: bytes, at: int) -> str:
    length = int.from_bytes(strings[at : at + 4], "little")
    if at + 4 + length > len(strings):
        return ""
    return strings[at + 4 : at + 4 + length].decode("utf-16-le", "replace").lower()
