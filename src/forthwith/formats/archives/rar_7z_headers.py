"""What libarchive does not say of RAR, 7z and CAB files: their start, encryption and volumes.

Self-extracting programs carry an archive behind a program; RAR 5 marks encrypted members in their
headers, which older libarchives pass over. Volumes of a set are not joined: each is collected as
an item of its own, and the Fault says that what spans two of them cannot be read. RAR 5 layout:
rarlab's technote.
"""

from __future__ import annotations

import re
import struct
import zlib

from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint

SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
RAR = b"Rar!\x1a\x07"
RAR5 = RAR + b"\x01\x00"
#: Programs before an archive are searched this far, bytes.
_PROGRAM = 2 * 2**20
_HEADERS = 1_000_000
_FILE, _EXTRA, _DATA = 2, 1, 2
_NUMBERED = re.compile(r"\.(?:part\d+\.rar|r\d\d|z\d\d|\d{3})$", re.IGNORECASE)


def archive_start(source: ByteSource) -> tuple[str, int] | None:
    """Return type and place of the 7z or RAR archive in a file; None when it holds none."""
    start = source.read(0, _PROGRAM)
    for mark, media_type in (
        (SEVEN_ZIP, "application/x-7z-compressed"),
        (RAR, "application/vnd.rar"),
    ):
        at = start.find(mark)
        while at >= 0:
            if _sound(start[at : at + 32]):
                return media_type, at
            at = start.find(mark, at + 1)
    return None


def _sound(head: bytes) -> bool:
    """Tell a real start of an archive from the same bytes in the program that makes such."""
    if head.startswith(SEVEN_ZIP):
        return len(head) == 32 and zlib.crc32(head[12:]) == struct.unpack_from("<I", head, 8)[0]
    return head.startswith(RAR5) or (head[6:7] == b"\0" and head[9:10] == b"\x73")


def encrypted_members(source: ByteSource) -> frozenset[int]:
    """Return which files of a RAR 5 archive are encrypted, by place; none of other archives."""
    if source.read(0, 8) != RAR5:
        return frozenset()
    at, index, places = 8, 0, set[int]()
    for _ in range(_HEADERS):
        header = _header(source, at)
        if header is None:
            break
        kind, extra, at = header
        if kind == _FILE:
            if _has_record(extra, 1):
                places.add(index)
            index += 1
    return frozenset(places)


def _header(source: ByteSource, at: int) -> tuple[int, bytes, int] | None:
    """Read one block header: its type, its extra area, and where the next one starts."""
    head = source.read(at, 4 + 3 + 2**16)
    if len(head) < 7:
        return None
    length, start = _number(head, 4)
    end = start + length
    kind, place = _number(head, start)
    flags, place = _number(head, place)
    extra_length, data_length = 0, 0
    if flags & _EXTRA:
        extra_length, place = _number(head, place)
    if flags & _DATA:
        data_length, place = _number(head, place)
    if not length or place > end:
        return None
    extra = head[max(place, end - extra_length) : end]
    return kind, extra, at + end + data_length


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Read a variable-length number; returns it and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at] if at < len(data) else 0
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            break
    return value, at


def _has_record(extra: bytes, kind: int) -> bool:
    at = 0
    while at < len(extra):
        size, start = _number(extra, at)
        if size and _number(extra, start)[0] == kind:
            return True
        at = start + size
    return False


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
