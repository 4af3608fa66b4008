"""A zip file made as it is read, piece by piece, the same bytes for the same files.

Members keep the order they come in and bear one time. Sizes and checksums follow the data
(APPNOTE 4.3.9), for nothing is read twice; zip64 where a member, the whole or their number asks
for it. Everything is Deflate, which every program opens; what does not shrink is Deflate's own
stored blocks, because programs that read a zip file front to back cannot find the end of a stored
member. With a password each member is encrypted by WinZip's AES-256 (AE-2): names, sizes and
times stay readable to everybody.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forthwith.parcels.errors import LibraryMissingError

#: Bytes looked at to see whether a member shrinks; between which shares of them the rest is tried.
#: What shrinks more, as zeros do, receivers (`check` among them) would take for a bomb.
_TRIED, _LEAST, _MOST = 256 * 1024, 1 / 500, 0.97
_LEVEL = 6
#: APPNOTE 4.4.6 counts years from 1980 to 2107.
_FIRST, _LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Member:
    """One file to be packed."""

    #: Its path in the archive, "/" separated.
    path: str
    #: Bytes that will come.
    size: int
    pieces: Callable[[], Iterator[bytes]]


class _Sink(io.RawIOBase):
    """Where a zip file is written, front to back; what lies in it is taken out again at once."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def packed(members: Iterable[Member], moment: datetime, password: str = "") -> Iterator[bytes]:
    """Yield a zip file of `members`, each dated `moment` in UTC.

    What a member's pieces raise goes through. Raises LibraryMissingError.
    """
    sink = _Sink()
    with _archive(sink, password) as archive:
        for member in members:
            yield from _member(archive, member, moment, sink)
    yield sink.take()


def _archive(sink: _Sink, password: str) -> Any:
    """Return a zip file to write to, of the standard library or of `pyzipper`."""
    if not password:
        return zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED)
    try:
        import pyzipper
    except ImportError:
        raise LibraryMissingError("pyzipper") from None
    archive = pyzipper.AESZipFile(
        sink, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    )
    archive.setpassword(password.encode())
    return archive


def _member(archive: Any, member: Member, moment: datetime, sink: _Sink) -> Iterator[bytes]:
    clock = min(max(moment.astimezone(UTC), _FIRST), _LAST).timetuple()[:6]
    kind = getattr(archive, "zipinfo_cls", zipfile.ZipInfo)
    about = kind(member.path, clock)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.create_system = 3
    about.external_attr = 0o100644 << 16
    about.file_size = member.size
    pieces = member.pieces()
    first = b""
    while len(first) < _TRIED and (piece := next(pieces, None)) is not None:
        first += piece
    # Its name is another one from Python 3.13 on.
    level = "compress_level" if hasattr(about, "compress_level") else "_compresslevel"
    setattr(about, level, _LEVEL if _shrinks(first[:_TRIED]) else 0)
    with archive.open(about, "w") as out:
        out.write(first)
        yield sink.take()
        for piece in pieces:
            out.write(piece)
            yield sink.take()


def _shrinks(beginning: bytes) -> bool:
    packed = len(zlib.compress(beginning, _LEVEL))
    return _LEAST * len(beginning) < packed < _MOST * len(beginning)
