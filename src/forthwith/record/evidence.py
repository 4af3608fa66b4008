"""The evidence store: bytes by SHA-256, written once, read-only ever after.

Blobs lie as collected under `evidence/ab/abcdef…`. What lies inside a container is never stored
here; it is a locator into its blob. Collecting the same bytes twice adds nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

from forthwith.domain.errors import ForthwithError
from forthwith.plain import counting
from forthwith.plain.folders import OURS

_CHUNK = 1 << 20
_ZEROS = bytes(_CHUNK)


class EvidenceMissingError(ForthwithError):
    """A blob the matter needs is not in its store."""

    def __init__(self, sha256: str) -> None:
        super().__init__(
            f"The evidence {sha256} is not in the matter's store. Run `forthwith verify` to see "
            "what else is missing, then restore the evidence folder from its copy."
        )


class SourceUnreadError(ForthwithError):
    """The bytes to be stored cannot be read to their end; whatever else fails is the store's."""

    def __init__(self, refused: OSError) -> None:
        super().__init__(refused.strerror or str(refused))


class NoRoomError(ForthwithError):
    """A byte stream is larger than what is left of the disk."""

    def __init__(self, needed: int, free: int, root: Path) -> None:
        super().__init__(
            f"A file of {counting.size(needed)} is larger than the {counting.size(free)} left on "
            f"the disk of {root}. Make room, then run the same command again."
        )


class Readable(Protocol):
    """Gives bytes from its start to its end."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none only at the end. Raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class Blob:
    """What one stored byte stream is."""

    sha256: str
    sha1: str
    md5: str
    size: int
    #: False when the store already held these bytes.
    new: bool


class FileBytes:
    """A `ByteSource` over an open file; reads by position, so one handle serves many readers."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._handle).st_size

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._size

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        length = min(length, self._size - offset)
        pieces = []
        while length > 0:
            piece = os.pread(self._handle, length, offset)
            if not piece:
                break
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._handle)

    def __enter__(self) -> FileBytes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class EvidenceStore:
    """The folder of blobs of one matter."""

    def __init__(self, root: Path) -> None:
        self.root = root
        #: SHA-256 of each blob this store has added, one behind the other.
        self._added = bytearray()

    def put(self, stream: Readable, expected: int = 0) -> Blob:
        """Store everything `stream` gives; the blob appears whole or not at all.

        `expected` are the bytes it is thought to take on the disk. Raises SourceUnreadError where
        the stream fails, NoRoomError and OSError where the store does.
        """
        first = _read(stream)
        more = _read(stream) if len(first) < _CHUNK else b""
        small = len(first) < _CHUNK and not more
        try:
            return (
                self._put_small(first) if small else self._put_large(stream, first + more, expected)
            )
        except OSError as refused:
            # What write(2) refuses has no name of its own.
            refused.filename = refused.filename or str(self.root)
            raise

    def _put_small(self, data: bytes) -> Blob:
        """Store what is in memory already; what the store holds is not written again."""
        digests = [hashlib.new(name, data).hexdigest() for name in ("sha256", "sha1", "md5")]
        place = self.path(digests[0])
        new = not place.exists()
        if new:
            # Beside its place: file systems are slow to move a file from folder to folder.
            partial = place.parent / f".new-{os.getpid()}"
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                partial.write_bytes(data)
                self._settle(partial, digests[0])
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        return Blob(digests[0], digests[1], digests[2], len(data), new)

    def _put_large(self, stream: Readable, first: bytes, expected: int) -> Blob:
        sha256, sha1, md5 = hashlib.sha256(), hashlib.sha1(), hashlib.md5()
        size = 0
        self.root.mkdir(parents=True, exist_ok=True)
        if expected > (free := shutil.disk_usage(self.root).free):
            raise NoRoomError(expected, free, self.root)
        with tempfile.NamedTemporaryFile(dir=self.root, prefix=".new-", delete=False) as partial:
            try:
                for chunk in chain((first,), iter(lambda: _read(stream), b"")):
                    for digest in (sha256, sha1, md5):
                        digest.update(chunk)
                    size += len(chunk)
                    if len(chunk) == _CHUNK and chunk == _ZEROS:
                        # A hole stays a hole: a sparse file takes no more room than it did.
                        partial.seek(_CHUNK, os.SEEK_CUR)
                    else:
                        partial.write(chunk)
                partial.flush()
                partial.truncate(size)
                new = self._settle(Path(partial.name), sha256.hexdigest())
            except BaseException:
                Path(partial.name).unlink(missing_ok=True)
                raise
        return Blob(sha256.hexdigest(), sha1.hexdigest(), md5.hexdigest(), size, new)

    def _settle(self, partial: Path, sha256: str) -> bool:
        place = self.path(sha256)
        if place.exists():
            partial.unlink()
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        partial.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        partial.replace(place)
        self._added += bytes.fromhex(sha256)
        return True

    def take_back(self) -> None:
        """Remove every blob this store has added: nothing is told of them yet."""
        for at in range(0, len(self._added), hashlib.sha256().digest_size):
            digest = self._added[at : at + hashlib.sha256().digest_size].hex()
            self.path(digest).unlink(missing_ok=True)
        self._added.clear()

    def path(self, sha256: str) -> Path:
        """Return where a blob lies, whether or not it is there."""
        return self.root / sha256[:2] / sha256

    def open(self, sha256: str) -> FileBytes:
        """Open a blob. Raises EvidenceMissingError."""
        try:
            return FileBytes(self.path(sha256))
        except FileNotFoundError as missing:
            raise EvidenceMissingError(sha256) from missing

    def blobs(self) -> Iterator[str]:
        """Yield every blob's name."""
        for folder in sorted(self.root.glob("??")):
            names = (path.name for path in folder.iterdir())
            yield from sorted(name for name in names if not name.startswith("."))

    def sweep(self) -> None:
        """Remove what an interrupted collection left half written."""
        for left in chain(self.root.glob(".new-*"), self.root.glob("??/.new-*")):
            left.unlink()

    def sync(self) -> None:
        """Return once everything written so far is on disk."""
        os.sync()


def _read(stream: Readable) -> bytes:
    try:
        return stream.read(_CHUNK)
    except OSError as refused:
        if refused.errno in OURS:
            raise
        raise SourceUnreadError(refused) from refused


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file on disk."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
