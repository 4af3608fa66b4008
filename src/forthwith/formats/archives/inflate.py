"""Decompressing in pieces, within the limits: what every archive reader shares.

A piece is at most `PIECE` bytes, and the limits are asked after each, so that a bomb costs one
piece too many and never the memory of the machine. What came out before the data broke is kept,
beside the Fault that says where it broke: half a letter is evidence too.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from forthwith.domain.evidence import Budget, ByteSource, Fault, FaultReason

#: Bytes read or decoded at a time.
PIECE = 256 * 1024
#: The ratio limit is asked only of members larger than this ("over 10 MB").
RATIO_FROM = 10 * 2**20

#: What decoders of the standard library raise at bad data.
DECODER_ERRORS = (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError)


class BrokenDataError(Exception):
    """Raised by an iterator of pieces when the data cannot be decoded any further."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


class Decoder(Protocol):
    """The shape of `bz2.BZ2Decompressor`."""

    @property
    def eof(self) -> bool:
        """True once the end mark was decoded."""
        ...

    @property
    def needs_input(self) -> bool:
        """True when no output is left in it."""
        ...

    @property
    def unused_data(self) -> bytes:
        """Bytes after the end mark."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Decode; at most `max_length` bytes."""
        ...


class Deflate:
    """`zlib.decompressobj` in the shape of `Decoder`."""

    def __init__(self, window_bits: int) -> None:
        self._zlib = zlib.decompressobj(window_bits)
        self._full = False

    @property
    def eof(self) -> bool:
        """True once the end mark was decoded."""
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        """True when nothing is held back, neither input nor a full piece of output."""
        return not self._zlib.unconsumed_tail and not self._full

    @property
    def unused_data(self) -> bytes:
        """Bytes after the end mark."""
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Decode what was held back and `data`."""
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max(0, max_length))
        self._full = len(out) == max_length
        return out


@dataclass(frozen=True, slots=True)
class MemberData:
    """What came of one member."""

    #: All bytes, or as many as could be had, or the Fault that stands for them.
    data: bytes | Fault
    #: What is amiss although there are bytes.
    trouble: Fault | None = None


def pieces_of(source: ByteSource, start: int, length: int) -> Iterator[bytes]:
    """Yield the bytes of a range; fewer where the source ends early."""
    end = start + length
    while start < end and (piece := source.read(start, min(PIECE, end - start))):
        yield piece
        start += len(piece)


def decoded(decoder: Decoder, stored: Iterator[bytes]) -> Iterator[bytes]:
    """Yield decoded pieces up to the end mark. Raises BrokenDataError."""
    try:
        while not decoder.eof:
            data = b""
            if decoder.needs_input and not (data := next(stored, b"")):
                raise BrokenDataError(Fault(FaultReason.TRUNCATED, "the data ends too early"))
            yield decoder.decompress(data, PIECE)
    except DECODER_ERRORS as error:
        raise BrokenDataError(
            Fault(FaultReason.CORRUPT, f"the data is damaged ({error})")
        ) from error


def gather(pieces: Iterator[bytes], stored: int, budget: Budget, step: str) -> MemberData:
    """Join pieces under the limits; `stored` is the compressed size, for the ratio."""
    parts: list[bytes] = []
    total = 0
    try:
        for piece in pieces:
            total += len(piece)
            parts.append(piece)
            if (over := _over(total, len(piece), stored, budget)) is not None:
                return MemberData(replace(over, step=step, lost=True))
    except BrokenDataError as error:
        return _broken(b"".join(parts), replace(error.fault, step=step))
    return MemberData(b"".join(parts))


def _over(total: int, piece: int, stored: int, budget: Budget) -> Fault | None:
    limits = budget.limits
    if total > limits.item_bytes:
        detail = f"expands to more than {limits.item_bytes:,} bytes (limits.item_bytes)"
        return Fault(FaultReason.TOO_LARGE, detail)
    if total > RATIO_FROM and total > limits.ratio * max(stored, 1):
        detail = f"expands to more than {limits.ratio} times its stored size (limits.ratio)"
        return Fault(FaultReason.TOO_LARGE, detail)
    return budget.spend(piece)


def _broken(data: bytes, fault: Fault) -> MemberData:
    if not data:
        return MemberData(replace(fault, lost=True))
    detail = f"{fault.detail}; the first {len(data):,} bytes were kept"
    return MemberData(data, replace(fault, detail=detail, lost=False))
