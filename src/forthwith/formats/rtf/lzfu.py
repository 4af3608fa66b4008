"""Decompress the RTF of an Outlook message (LZFu).

[MS-OXRTFCP] 2.1 and 3.1. The header's sizes are compared, never trusted: the output ends where the
stream says it ends or where the input does, and each two bytes of input give at most 17 of output.
"""

from __future__ import annotations

import struct
import zlib

from forthwith.domain.evidence import Fault, FaultReason

_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
#: [MS-OXRTFCP] 2.1.2: what the dictionary holds before the first byte.
_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_SIZE = 4096


def decompressed(data: bytes) -> tuple[bytes, tuple[Fault, ...]]:
    """Return the RTF and what was wrong with its wrapping."""
    if data[:5] == rb"{\rtf":
        return data, ()
    if len(data) < 16:
        return b"", (_fault("the compressed RTF body is cut off", FaultReason.TRUNCATED),)
    size, raw_size, kind, crc = struct.unpack_from("<IIII", data)
    body = data[16 : 4 + size] if 12 < size <= len(data) - 4 else data[16:]
    if kind == _PLAIN:
        return body[:raw_size], ()
    if kind != _COMPRESSED:
        return b"", (_fault("the compressed RTF body is of no known kind"),)
    out, complete = _expanded(body)
    faults = []
    if not complete and len(out) < raw_size:
        detail = f"the RTF body ends after {len(out):,} of {raw_size:,} bytes"
        faults.append(_fault(detail, FaultReason.TRUNCATED))
    if (zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF) != crc:
        faults.append(_fault("the compressed RTF body does not match its checksum"))
    # Writers pad the last run; the header's size says where the text ends.
    return bytes(out[:raw_size] if complete and raw_size else out), tuple(faults)


def _expanded(body: bytes) -> tuple[bytearray, bool]:
    """Expand; True when the stream ended by its own mark ([MS-OXRTFCP] 3.1.3.2)."""
    # The dictionary is a ring of 4096 bytes; keeping the whole output behind the
    # start makes a match a slice of it.
    start = len(_START)
    window = bytearray(_START)
    at, end = 0, len(body)
    while at < end:
        control = body[at]
        at += 1
        if control == 0:
            window += body[at : at + 8]
            at += 8
            continue
        for bit in range(8):
            if not control >> bit & 1:
                window += body[at : at + 1]
                at += 1
                continue
            if at + 2 > end:
                return window[start:], False
            reference = body[at] << 8 | body[at + 1]
            at += 2
            position = len(window)
            distance = (position - (reference >> 4)) % _SIZE
            if distance == 0:
                return window[start:], True
            _copy(window, position - distance, (reference & 15) + 2)
    return window[start:], False


def _copy(window: bytearray, source: int, length: int) -> None:
    """Append `length` bytes from `source`; a match may run into what it is writing."""
    if source < 0:
        # Places of the ring never written yet hold zeros.
        blank = min(-source, length)
        window += bytes(blank)
        source, length = 0, length - blank
    piece = window[source : source + length]
    while len(piece) < length:
        piece += piece[: length - len(piece)]
    window += piece


def _fault(detail: str, reason: FaultReason = FaultReason.CORRUPT) -> Fault:
    return Fault(reason, detail)
