"""Tar archives, as they come: long names, sparse files, ends cut off, archives one after another.

`tarfile` stops without a word at the first header it cannot read; here the rest is searched for
the next good header, and what was passed over is said. A step is the place of a member's header, so
that one member can be had again without reading those before it. Links and devices are named, never
followed.
"""

from __future__ import annotations

import tarfile
from collections.abc import Generator, Iterator
from typing import IO, cast

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    Hint,
    Kind,
    Reading,
)
from forthwith.formats.archives.inflate import PIECE, BrokenDataError, MemberData, gather, pieces_of
from forthwith.formats.archives.members import Member, children, guessed_name, modified_at
from forthwith.formats.bytes.stream import SourceFile
from forthwith.plain.name_charset import WIDE, name_of

MEDIA_TYPES = frozenset({"application/x-tar"})

_BLOCK = 512
_SEARCHED = 2**20
#: What `tarfile` raises at hostile headers.
_ERRORS = (tarfile.TarError, OSError, ValueError, EOFError, OverflowError, RecursionError, KeyError)


def read(source: ByteSource, hint: Hint) -> Reading:
    """List a tar's members. Raises UnreadableError when it has no header that can be read."""
    first = next(_members(source, hint), None)
    if isinstance(first, Fault) and next_header(source, 0) is None:
        raise UnreadableError(Fault(FaultReason.CORRUPT, "no tar header can be read", lost=True))
    return Reading(
        Kind.CONTAINER,
        hint.media_type or "application/x-tar",
        children=lambda: children(_members(source, hint), hint),
    )


def open_step(source: ByteSource, step: str, hint: Hint) -> bytes | Fault:
    """Decode one member, "offset:N" of its header."""
    kind, _, number = step.partition(":")
    if kind == "offset" and number.isdecimal() and int(number) < source.size:
        try:
            archive = _open_at(source, int(number))
            info = archive.next()
        except _ERRORS:
            info = None
        if info is not None:
            return _unpack(source, archive, info, step, hint).data
    return Fault(FaultReason.MISSING, f"the archive has no member {step!r}", lost=True, step=step)


def _open_at(source: ByteSource, offset: int) -> tarfile.TarFile:
    file = SourceFile(source)
    file.seek(offset)
    return tarfile.TarFile(
        fileobj=cast("IO[bytes]", file), mode="r", errors="surrogateescape", encoding="utf-8"
    )


def _members(source: ByteSource, hint: Hint) -> Iterator[Member | Fault]:
    """Yield members run by run; a run ends where `tarfile` stops, and the next is searched for."""
    start: int | None = 0
    while start is not None:
        end = yield from _run(source, start, hint)
        following = next_header(source, end)
        yield from _between(source, end, following)
        start = following if following is None or following > start else None


def _run(source: ByteSource, start: int, hint: Hint) -> Generator[Member | Fault, None, int]:
    """Yield members from one header on; return where reading stopped."""
    at = start
    try:
        archive = _open_at(source, start)
        while (info := archive.next()) is not None:
            vars(archive)["members"] = []  # one header at a time, however many there are
            if archive.offset <= at or info.size < 0:
                return _aligned(at + _BLOCK)
            if not info.isdir():
                yield _member(source, archive, info, hint)
            at = archive.offset
    except _ERRORS:
        return max(at, start + _BLOCK) if at == start else at
    return at


def _aligned(offset: int) -> int:
    return (offset + _BLOCK - 1) // _BLOCK * _BLOCK


def next_header(source: ByteSource, offset: int) -> int | None:
    """Return the place of the next block that is a header by its checksum."""
    at = _aligned(offset)
    while at < source.size:
        piece = source.read(at, _SEARCHED)
        for block in range(0, len(piece) - _BLOCK + 1, _BLOCK):
            if is_header(piece[block : block + _BLOCK]):
                return at + block
        at += _SEARCHED
    return None


def is_header(block: bytes) -> bool:
    """Tell whether a block is a tar header: named, and right by either checksum ever used."""
    if len(block) < _BLOCK or not block[0] or block[148:156].isspace():
        return False
    try:
        stated = int(block[148:156].strip(b" \0").split(b"\0")[0] or b"x", 8)
    except ValueError:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    total = sum(rest)
    return stated in (total, total - 256 * sum(byte > 127 for byte in rest))


def _between(source: ByteSource, end: int, following: int | None) -> Iterator[Fault]:
    """Say what lies between the end of a run and the next: an end mark, damage, or nothing."""
    mark = source.read(end, _BLOCK)
    if following is not None:
        if following > end:
            what = "past the archive's end mark" if mark == bytes(_BLOCK) else "past damaged bytes"
            yield Fault(
                FaultReason.CORRUPT, f"members from byte {following:,} on were found {what}"
            )
        return
    if len(mark) < _BLOCK:
        yield Fault(
            FaultReason.TRUNCATED, "the archive ends without its end mark; it may be cut short"
        )
    elif mark != bytes(_BLOCK):
        unread_bytes = source.size - end
        yield Fault(
            FaultReason.CORRUPT, f"the last {unread_bytes:,} bytes of the archive cannot be read"
        )


def _member(
    source: ByteSource, archive: tarfile.TarFile, info: tarfile.TarInfo, hint: Hint
) -> Member | Fault:
    raw = info.name.encode("utf-8", "surrogateescape")
    path, charset = _named(raw)
    step = f"offset:{info.offset}"
    if (what := _special(info)) is not None:
        return Fault(FaultReason.UNSUPPORTED, f"{path!r} is {what}", step=step)
    return Member(
        step,
        path,
        lambda: _unpack(source, archive, info, step, hint),
        modified_at(info.mtime, "tar:mtime"),
        (guessed_name(path, charset, raw, step),) if charset else (),
    )


def _special(info: tarfile.TarInfo) -> str | None:
    """Say what a member without bytes of its own is; None for a file."""
    if info.issym() or info.islnk():
        return f"a link to {_readable(info.linkname)!r}, which was not followed"
    if info.isdev():
        return "a device or pipe and holds nothing"
    return None


def _readable(name: str) -> str:
    return _named(name.encode("utf-8", "surrogateescape"))[0]


def _named(raw: bytes) -> tuple[str, str]:
    """Return a name, and the charset guessed for it: one of East Asia, else Latin-1 as on Unix."""
    path, charset = name_of(raw)
    return (path, charset) if not charset or charset in WIDE else (raw.decode("latin-1"), "latin-1")


def _unpack(
    source: ByteSource, archive: tarfile.TarFile, info: tarfile.TarInfo, step: str, hint: Hint
) -> MemberData:
    stored = min(info.size, max(0, source.size - info.offset_data))
    return gather(_pieces(source, archive, info), stored, hint.budget, step)


def _pieces(source: ByteSource, archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    if info.issparse():
        yield from _sparse(archive, info)
        return
    missing = info.size
    for piece in pieces_of(source, info.offset_data, info.size):
        yield piece
        missing -= len(piece)
    if missing:
        raise BrokenDataError(Fault(FaultReason.TRUNCATED, "the data ends too early"))


def _sparse(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    """Yield a file with its holes filled in."""
    try:
        file = archive.extractfile(info)
        while file is not None and (piece := file.read(PIECE)):
            yield piece
    except _ERRORS as error:
        detail = "the data ends too early"
        raise BrokenDataError(Fault(FaultReason.TRUNCATED, detail)) from error
