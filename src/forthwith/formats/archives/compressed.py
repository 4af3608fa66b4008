"""Files compressed alone: gzip, bzip2, xz, lzma, zstd, compress, lz4, lzip.

Each is a container of one child, named as the file inside says it is or by the name without its
last extension; a tar inside is read as a tar by whoever walks on.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Reading,
)
from forthwith.formats.archives.inflate import (
    DECODER_ERRORS,
    PIECE,
    BrokenDataError,
    Decoder,
    Deflate,
    MemberData,
    gather,
    pieces_of,
)
from forthwith.formats.archives.libarchive_stream import filtered
from forthwith.formats.archives.members import Member, children, modified_at, text_of

_STEP = "member:0"
_GZIP_NAME, _GZIP_EXTRA = 8, 4

_DECODERS: dict[str, Callable[[], Decoder]] = {
    "application/gzip": lambda: Deflate(16 + zlib.MAX_WBITS),
    "application/zlib": lambda: Deflate(zlib.MAX_WBITS),
    "application/x-bzip2": bz2.BZ2Decompressor,
    "application/x-xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2**30),
    "application/x-lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=2**30),
}
_FILTERS = {
    "application/zstd": "zstd",
    "application/x-compress": "compress",
    "application/x-lz4": "lz4",
    "application/x-lzip": "lzip",
}
MEDIA_TYPES = frozenset({*_DECODERS, *_FILTERS})

#: Extensions that stand for two, and what is left of them once decompressed.
_SHORT = {
    "tgz": ".tar", "tbz": ".tar", "tbz2": ".tar", "tb2": ".tar", "txz": ".tar", "tlz": ".tar",
    "taz": ".tar", "tzst": ".tar", "tz": ".tar", "svgz": ".svg", "emz": ".emf", "wmz": ".wmf",
}  # fmt: skip
_EXTENSIONS = {"gz", "z", "bz2", "bz", "xz", "lzma", "zst", "zstd", "lz4", "lz"}


@dataclass(frozen=True, slots=True)
class _GzipHeader:
    """The header of the first gzip member (RFC 1952, 2.3)."""

    name: str = ""
    modified: int = 0


def read(source: ByteSource, hint: Hint) -> Reading:
    """Return a container of one child; what is wrong with the data is said when it is decoded."""
    return Reading(
        Kind.CONTAINER,
        hint.media_type,
        children=lambda: children(iter((_member(source, hint),)), hint),
        declared=1,
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode the one child, "member:0"."""
    if step != _STEP:
        return Fault(FaultReason.MISSING, f"the file has no part {step!r}", lost=True, step=step)
    return _unpack(source, hint).data


def _member(source: ByteSource, hint: Hint) -> Member:
    header = _gzip_header(source) if hint.media_type == "application/gzip" else _GzipHeader()
    name = header.name.rpartition("/")[2] or stem(hint.name)
    modified = modified_at(header.modified or None, "gzip:mtime")
    return Member(_STEP, name, lambda: _unpack(source, hint), modified)


def stem(name: str) -> str:
    """Return a compressed file's name without what compressing added."""
    base, _, extension = name.rpartition(".")
    if extension.lower() in _SHORT:
        return base + _SHORT[extension.lower()]
    return base if base and extension.lower() in _EXTENSIONS else name


def _gzip_header(source: ByteSource) -> _GzipHeader:
    head = source.read(0, 4096)
    if len(head) < 10:
        return _GzipHeader()
    flags, modified, at = head[3], int.from_bytes(head[4:8], "little"), 10
    if flags & _GZIP_EXTRA:
        at += 2 + int.from_bytes(head[at : at + 2], "little")
    end = head.find(b"\0", at)
    has_name = flags & _GZIP_NAME and end >= 0
    return _GzipHeader(text_of(head[at:end], "latin-1") if has_name else "", modified)


def _unpack(source: ByteSource, hint: Hint) -> MemberData:
    if hint.media_type in _FILTERS:
        pieces = filtered(source, _FILTERS[hint.media_type])
    else:
        pieces = _streams(_DECODERS[hint.media_type], source)
    return gather(pieces, source.size, hint.budget, _STEP)


def _streams(make: Callable[[], Decoder], source: ByteSource) -> Iterator[bytes]:
    """Decode one stream after another; zeros between them are padding, anything else is said."""
    stored = pieces_of(source, 0, source.size)
    decoder, data, count = make(), b"", 0
    while True:
        try:
            if decoder.eof:
                count += 1
                rest = (decoder.unused_data or b"").lstrip(b"\0")
                data = rest or next((p for piece in stored if (p := piece.lstrip(b"\0"))), b"")
                if not data:
                    return
                decoder = make()
            elif decoder.needs_input and not (data := data or next(stored, b"")):
                raise BrokenDataError(Fault(FaultReason.TRUNCATED, "the data ends too early"))
            yield decoder.decompress(data, PIECE)
            data = b""
        except DECODER_ERRORS as error:
            detail = (
                "what follows the end of the compressed data is something else"
                if count
                else f"is damaged ({error})"
            )
            raise BrokenDataError(Fault(FaultReason.CORRUPT, detail)) from error
