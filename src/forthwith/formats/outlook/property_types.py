"""MAPI property types: the values behind a property tag, wherever they were stored.

[MS-OXCDATA] 2.11.1. Strings of eight bits stay bytes here: which code page they are in is known
only when the whole message is (`properties`).
"""

from __future__ import annotations

import struct
from codecs import utf_16_le_decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

#: A value as kept; PtypTime stays in units of 100 ns since 1601, PtypString8 stays bytes.
Value = int | float | bool | str | bytes | tuple["int | float | bool | str | bytes", ...] | None

INTEGER16: Final = 0x0002
INTEGER32: Final = 0x0003
FLOAT32: Final = 0x0004
ERROR: Final = 0x000A
BOOLEAN: Final = 0x000B
OBJECT: Final = 0x000D
STRING8: Final = 0x001E
STRING: Final = 0x001F
TIME: Final = 0x0040
GUID: Final = 0x0048
BINARY: Final = 0x0102
MULTIPLE: Final = 0x1000

#: Bytes a value of each fixed type takes.
FIXED: Final = {
    0x0002: 2, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 1,
    0x0014: 8, 0x0040: 8, 0x0048: 16,
}  # fmt: skip
VARIABLE: Final = frozenset({OBJECT, STRING8, STRING, BINARY})

_DAY: Final = 864_000_000_000
#: 1 January 4501, which Outlook shows as "None" ([MS-OXOCAL] 2.2.1.44.1 and elsewhere).
_NEVER: Final = 0x0CB34557A3DD4000
#: Zero, and the largest numbers: nothing was written.
_NO_DATES: Final = frozenset({0, 2**63 - 1, 2**64 - 1})


def _unpacker(shape: str) -> Callable[[bytes], Value]:
    size = struct.calcsize(shape)

    def unpack(data: bytes) -> Value:
        value: Value = struct.unpack(shape, data[:size].ljust(size, b"\0"))[0]
        return value

    return unpack


_DECODERS: Final[dict[int, Callable[[bytes], Value]]] = {
    0x0002: _unpacker("<h"), 0x0003: _unpacker("<i"), 0x0004: _unpacker("<f"),
    0x0005: _unpacker("<d"), 0x0006: _unpacker("<q"), 0x0007: _unpacker("<d"),
    0x000A: _unpacker("<I"), 0x000B: lambda data: data[:1] not in {b"", b"\0"},
    0x0014: _unpacker("<q"), 0x0040: lambda data: int.from_bytes(data[:8], "little"),
    STRING: lambda data: utf_16_le_decode(data, "replace")[0].rstrip("\0"),
    STRING8: lambda data: data.rstrip(b"\0"),
}  # fmt: skip


def decode(kind: int, data: bytes) -> Value:
    """Return one value of type `kind`; types without a shape of their own stay bytes."""
    decoder = _DECODERS.get(kind)
    return data if decoder is None else decoder(data)


def decode_multiple(kind: int, data: bytes) -> Value:
    """Return the values of a multiple-valued property as a store keeps it ([MS-PST] 2.3.3.4)."""
    single = kind & ~MULTIPLE
    if (size := FIXED.get(single)) is not None:
        pieces = [data[at : at + size] for at in range(0, len(data) - size + 1, size)]
    else:
        count = int.from_bytes(data[:4], "little")
        count = min(count, (len(data) - 4) // 4 if len(data) >= 4 else 0)
        starts = [*struct.unpack_from(f"<{count}I", data, 4), len(data)] if count else []
        pieces = [data[low:high] for low, high in pairwise(starts)]
    return tuple(
        value for piece in pieces if not isinstance(value := decode(single, piece), tuple | None)
    )


def instant(ticks: int) -> str:
    """Return a FILETIME (100 ns since 1601, UTC) as ISO 8601, or "" for none ([MS-DTYP] 2.3.3).

    A time after the year 4500 is none: it is a sentinel, or what damage left.
    """
    if not 0 < ticks < _NEVER - _DAY:
        return ""
    moment = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
    return moment.replace(microsecond=0).isoformat()


def is_no_date(ticks: int) -> bool:
    """Say whether Outlook writes this FILETIME where there is no date, in whichever zone."""
    return ticks in _NO_DATES or abs(ticks - _NEVER) <= _DAY
