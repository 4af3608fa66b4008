"""Archives cut into volumes: tell from one volume that others belong to it.

Joining volumes is not done: each is collected as an item of its own, and what spans two of them
cannot be read. The Fault says so.
"""

from __future__ import annotations

import re
import struct
import zlib

from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint

_NUMBERED = re.compile(r"\.(?:part\d+\.rar|r\d\d|z\d\d|\d{3})$", re.IGNORECASE)


def volume_fault(source: ByteSource, hint: Hint) -> Fault | None:
    """Return the Fault of an item that is one volume of a set; None for a whole archive."""
    head = source.read(0, 64)
    if not (_flagged(head) or _reaches_past(head, source.size) or _NUMBERED.search(hint.name)):
        return None
    detail = "is one volume of a set; members that continue in another volume are incomplete"
    return Fault(FaultReason.MISSING, detail)


def _flagged(head: bytes) -> bool:
    if head.startswith(b"Rar!\x1a\x07\x00") and len(head) >= 12:
        return head[9] == 0x73 and bool(head[10] & 1)
    if head.startswith(b"Rar!\x1a\x07\x01\x00"):
        return _rar5_volume(head)
    return head.startswith(b"MSCF") and len(head) > 30 and bool(head[30] & 3)


def _rar5_volume(head: bytes) -> bool:
    """Read the main header: CRC, then size, type, flags, extra size, archive flags as varints."""
    numbers: list[int] = []
    value, shift = 0, 0
    for byte in head[12:]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value, shift = 0, 0
    if len(numbers) < 5 or numbers[1] != 1:
        return False
    return bool(numbers[4 if numbers[2] & 1 else 3] & 1)


def _reaches_past(head: bytes, size: int) -> bool:
    """Tell whether a sound 7z start header points past the end of the file: parts are missing."""
    if not head.startswith(b"7z\xbc\xaf\x27\x1c") or len(head) < 32:
        return False
    crc, offset, length = struct.unpack_from("<IQQ", head, 8)
    return bool(zlib.crc32(head[12:32]) == crc and 32 + offset + length > size)
