"""The data of one zip member, decoded: methods, checksums and what is wrong with them.

Finding members is `zip_directory`, what they are to a family is `zip`.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint
from forthwith.formats.archives import libarchive_stream, zip_encryption
from forthwith.formats.archives.inflate import (
    BrokenDataError,
    Decoder,
    Deflate,
    MemberData,
    decoded,
    gather,
    pieces_of,
)
from forthwith.formats.archives.zip_directory import Entry, LocalHeader, local_header
from forthwith.formats.bytes.passwords import Trial

#: APPNOTE 4.4.5, for the sentence in a Fault.
METHODS = {
    0: "stored", 1: "shrunk", 2: "reduced", 3: "reduced", 4: "reduced", 5: "reduced",
    6: "imploded", 8: "Deflate", 9: "Deflate64", 10: "PKWARE imploded", 12: "BZip2", 14: "LZMA",
    16: "IBM CMPSC", 18: "IBM TERSE", 19: "IBM LZ77", 20: "Zstandard", 93: "Zstandard", 94: "MP3",
    95: "XZ", 96: "Jpeg", 97: "WavPack", 98: "PPMd", 99: "AES",
}  # fmt: skip

#: How a member is delivered that came out of an encrypted archive.
_OUT_OF_ARCHIVE = "it came out of an encrypted archive and is delivered without encryption"

_DECODERS: dict[int, Callable[[], Decoder]] = {
    8: lambda: Deflate(-zlib.MAX_WBITS),
    12: bz2.BZ2Decompressor,
    95: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ),
}


def beginning(source: ByteSource, entry: Entry, length: int) -> bytes:
    """Return the first bytes of a member; fewer, or none, where it cannot be decoded."""
    header = None if entry.encrypted else local_header(source, entry.offset)
    parts: list[bytes] = []
    try:
        stored = pieces_of(source, header.data, entry.stored) if header is not None else iter(())
        for piece in _pieces(entry, stored) if header is not None else ():
            parts.append(piece)
            if (length := length - len(piece)) <= 0:
                break
    except BrokenDataError:
        pass  # whoever reads the member says what is wrong with it
    return b"".join(parts)


def unpack(source: ByteSource, entry: Entry, hint: Hint) -> MemberData:
    """Decode a member and compare it with its checksum and size."""
    if entry.encrypted and not hint.passwords:
        detail = f"{entry.path!r} is encrypted"
        return MemberData(Fault(FaultReason.ENCRYPTED, detail, lost=True, step=entry.step))
    header = local_header(source, entry.offset)
    if header is None:
        detail = f"no data of {entry.path!r} is where the archive says"
        return MemberData(Fault(FaultReason.CORRUPT, detail, lost=True, step=entry.step))
    if entry.encrypted:
        return _opened(source, entry, header, hint)
    pieces = _pieces(entry, pieces_of(source, header.data, entry.stored))
    unpacked = gather(pieces, entry.stored, hint.budget, entry.step)
    if isinstance(unpacked.data, Fault) or unpacked.trouble is not None:
        return unpacked
    return MemberData(unpacked.data, _mismatch(entry, header, unpacked.data))


def _opened(source: ByteSource, entry: Entry, header: LocalHeader, hint: Hint) -> MemberData:
    """Decode an encrypted member by the passwords there are: the first that gives it whole."""
    trial, expanded = Trial(hint), hint.budget.expanded
    damaged = None
    try:
        for plain in zip_encryption.decrypted(source, entry, header, trial):
            inside = replace(
                entry, method=plain.method, stored=plain.stored, flags=entry.flags & ~1
            )
            pieces = _to_the_end(_pieces(inside, plain.pieces), plain.pieces)
            unpacked = gather(pieces, entry.stored, hint.budget, entry.step)
            if isinstance(unpacked.data, Fault):
                if unpacked.data.reason is FaultReason.TOO_LARGE:
                    return unpacked
            elif unpacked.trouble is None and not (
                plain.checksum and _mismatch(inside, header, unpacked.data)
            ):
                return MemberData(unpacked.data, trial.opened(_OUT_OF_ARCHIVE, entry.step))
            # The code at the end of AES is of the member's stored bytes: two bytes of the key fit
            # by chance once in 65,536 times, so damage is likelier than a wrong password.
            if entry.method == 99 and damaged is None:
                damaged = unpacked
            hint.budget.expanded = expanded
    except BrokenDataError as error:
        return MemberData(replace(error.fault, lost=True, step=entry.step))
    if damaged is not None:
        return damaged
    detail = f"{entry.path!r} is encrypted{trial.closed()}"
    return MemberData(Fault(FaultReason.ENCRYPTED, detail, lost=True, step=entry.step))


def streamed(source: ByteSource, entry: Entry, hint: Hint) -> Iterator[bytes]:
    """Yield a member piece by piece, for one that is larger than the memory.

    Of the passwords the first whose first bytes fit is taken. Raises BrokenDataError at the end
    where the whole is not what the archive says, and before it where the data breaks or the budget
    of the item is spent.
    """
    header = local_header(source, entry.offset)
    if header is None:
        raise BrokenDataError(Fault(FaultReason.CORRUPT, f"no data of {entry.path!r} is there"))
    inside, stored, checksum = entry, pieces_of(source, header.data, entry.stored), True
    if entry.encrypted:
        plain = next(zip_encryption.decrypted(source, entry, header, hint.passwords), None)
        if plain is None:
            raise BrokenDataError(Fault(FaultReason.ENCRYPTED, f"{entry.path!r} is encrypted"))
        inside = replace(entry, method=plain.method, stored=plain.stored, flags=entry.flags & ~1)
        stored, checksum = plain.pieces, plain.checksum
    size = crc = 0
    for piece in _to_the_end(_pieces(inside, stored), stored):
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        if size > hint.budget.limits.ratio * max(1, inside.stored):
            detail = (
                f"{entry.path!r} expands to more than {hint.budget.limits.ratio} times its size"
            )
            raise BrokenDataError(Fault(FaultReason.TOO_LARGE, detail))
        if (over := hint.budget.spend(len(piece))) is not None:
            raise BrokenDataError(over)
        yield piece
    if size != entry.size or (checksum and crc != entry.crc):
        raise BrokenDataError(
            Fault(FaultReason.CORRUPT, f"{entry.path!r} does not match its size or checksum")
        )


def _to_the_end(pieces: Iterator[bytes], decrypted: Iterator[bytes]) -> Iterator[bytes]:
    """Yield pieces, and then take what is left behind the end mark of their compression.

    The code at the end of AES is compared only when all before it was read, and AE-2 has no other.
    """
    yield from pieces
    for _ in decrypted:
        pass


def _mismatch(entry: Entry, header: LocalHeader, data: bytes) -> Fault | None:
    if entry.step.startswith("offset") and header.entry.flags & 8:
        return None  # checksum and size of such a member stand after it, or nowhere
    detail = ""
    if len(data) != entry.size:
        detail = f"{entry.path!r} has {len(data):,} bytes; the archive says {entry.size:,}"
    elif zlib.crc32(data) != entry.crc:
        detail = f"{entry.path!r} does not match its checksum"
    return Fault(FaultReason.CORRUPT, detail, step=entry.step) if detail else None


def _pieces(entry: Entry, stored: Iterator[bytes]) -> Iterator[bytes]:
    if entry.method == 0:
        return _stored(stored, entry)
    if entry.method == 14:
        return _lzma(stored, entry)
    if entry.method in _DECODERS:
        return decoded(_DECODERS[entry.method](), stored)
    return libarchive_stream.zip_member(stored, entry.method, entry.crc, entry.stored, entry.size)


def _stored(pieces: Iterator[bytes], entry: Entry) -> Iterator[bytes]:
    missing = entry.stored
    for piece in pieces:
        yield piece
        missing -= len(piece)
    if missing:
        raise BrokenDataError(Fault(FaultReason.TRUNCATED, f"{entry.path!r} is cut short"))


def _lzma(pieces: Iterator[bytes], entry: Entry) -> Iterator[bytes]:
    """Decode LZMA as zip keeps it (APPNOTE 5.8.8): version, length of properties, properties."""
    first = next(pieces, b"")
    length = int.from_bytes(first[2:4], "little")
    properties = first[4 : 4 + length]
    if len(properties) != 5:
        raise BrokenDataError(Fault(FaultReason.CORRUPT, f"{entry.path!r} has no LZMA properties"))
    ends = b"\xff" * 8 if entry.flags & 2 else entry.size.to_bytes(8, "little")
    decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=512 * 2**20)

    def rest() -> Iterator[bytes]:
        yield properties + ends + first[4 + length :]
        yield from pieces

    return (yield from decoded(decoder, rest()))
