"""What libarchive does not say of RAR and 7z files: where they start, what is encrypted.

Self-extracting programs carry an archive behind a program; RAR 5 marks encrypted members in their
headers, which older libarchives pass over. RAR 5 layout: rarlab's technote.
"""

from __future__ import annotations

import struct
import zlib

from forthwith.domain.evidence import ByteSource

SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
RAR = b"Rar!\x1a\x07"
RAR5 = RAR + b"\x01\x00"
#: Programs before an archive are searched this far, bytes.
_PROGRAM = 2 * 2**20
_HEADERS = 1_000_000
_FILE, _EXTRA, _DATA = 2, 1, 2


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
    at, index, found = 8, 0, set[int]()
    for _ in range(_HEADERS):
        header = _header(source, at)
        if header is None:
            break
        kind, extra, at = header
        if kind == _FILE:
            if _has_record(extra, 1):
                found.add(index)
            index += 1
    return frozenset(found)


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


def _has_record(extra: bytes, wanted: int) -> bool:
    at = 0
    while at < len(extra):
        size, start = _number(extra, at)
        if size and _number(extra, start)[0] == wanted:
            return True
        at = start + size
    return False
