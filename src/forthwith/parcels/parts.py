"""A file cut into parts of one size, `NAME.001`, `NAME.002` …, and the parts read as one file.

7-Zip opens the first part of a zip file cut so, and putting the parts one behind the other gives
the file, with `cat` or `copy /b`. The zip format's own way (`.z01`, APPNOTE 8) only cuts zip files,
so an encrypted parcel could not be cut by it, and Info-ZIP's `unzip` does not read it at all.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from forthwith.domain.receipts import DeliveredFile
from forthwith.parcels.errors import PartsError
from forthwith.plain.regular_files import open_regular

#: Parts at most: their names have three digits, by which every program sorts them.
MOST_PARTS = 999
_PART = re.compile(r"(?P<name>.+\.\w+)\.(?P<number>\d{3})")
_PIECE = 2**20


class TooManyPartsError(PartsError):
    """A parcel would be cut into more parts than can be counted in their names."""

    def __init__(self, size: int) -> None:
        super().__init__(
            f"--split {size:,} bytes would make more than {MOST_PARTS} parts. Take a larger size, "
            "as in --split 4GB."
        )


class PartsWriter:
    """Writes a file, or its parts; each is on the disk when the next is begun."""

    def __init__(self, folder: Path, name: str, size: int | None = None) -> None:
        self._folder, self._name, self._size = folder, name, size
        self._file: BinaryIO | None = None
        self._left = 0
        self._whole, self._total = hashlib.sha256(), 0
        self._digest = hashlib.sha256()
        self._parts: list[DeliveredFile] = []

    def write(self, data: bytes) -> int:
        """Write the next bytes. Raises TooManyPartsError."""
        self._whole.update(data)
        self._total += len(data)
        view = memoryview(data)
        while view:
            if self._file is None:
                self._begin()
            piece = view if self._size is None else view[: self._left]
            self._put(piece)
            view = view[len(piece) :]
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is written is on the disk when a part ends."""

    def _begin(self) -> None:
        number = len(self._parts) + 1
        if number > MOST_PARTS:
            raise TooManyPartsError(self._size or 0)
        name = self._name if self._size is None else f"{self._name}.{number:03}"
        self._file = (self._folder / name).open("xb")
        self._left = self._size or 0
        self._digest = hashlib.sha256()
        self._parts.append(DeliveredFile(name, 0, ""))

    def _put(self, piece: memoryview) -> None:
        if self._file is None:
            return
        self._file.write(piece)
        self._digest.update(piece)
        last = self._parts[-1]
        self._parts[-1] = DeliveredFile(last.name, last.size + len(piece), "")
        if self._size is not None:
            self._left -= len(piece)
            if not self._left:
                self._end()

    def _end(self) -> None:
        if self._file is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        last = self._parts[-1]
        self._parts[-1] = DeliveredFile(last.name, last.size, self._digest.hexdigest())

    def close(self) -> None:
        """Close what is open."""
        self._end()

    def finish(self) -> tuple[DeliveredFile, tuple[DeliveredFile, ...]]:
        """Return the whole file, and the parts it lies in; a single part is the file itself."""
        self._end()
        if self._size is not None and len(self._parts) == 1:
            [part] = self._parts
            (self._folder / part.name).rename(self._folder / self._name)
            self._parts = [DeliveredFile(self._name, part.size, part.sha256)]
        return DeliveredFile(self._name, self._total, self._whole.hexdigest()), tuple(self._parts)


def is_part(name: str) -> bool:
    """Return True for a name that parts have: "VOL001.zip.001"."""
    return _PART.fullmatch(name) is not None


def joined_name(name: str) -> str:
    """Return the name of the file that a part is of; other names as they are."""
    shape = _PART.fullmatch(name)
    return shape["name"] if shape else name


def parts_of(path: Path) -> tuple[Path, ...]:
    """Return all parts of the file that `path` is a part of, in their order; else `path` alone.

    The parts lie in one folder; any of them may be given. Raises PartsError where the row of
    numbers has a hole, where a part in the middle is of another size than the first, or where the
    last is larger. Whether the very last part came is for the encryption, or a receipt, to say.
    """
    shape = _PART.fullmatch(path.name)
    if shape is None:
        return (path,)
    found: dict[int, Path] = {}
    for entry in path.parent.iterdir():
        other = _PART.fullmatch(entry.name)
        if other is not None and other["name"] == shape["name"] and entry.is_file():
            found[int(other["number"])] = entry
    if 0 in found and 1 not in found:
        # Some programs count from .000.
        found = {number + 1: entry for number, entry in found.items()}
    for number in range(1, max(found) + 1):
        if number not in found:
            raise PartsError(
                f"{shape['name']} came in parts, and part .{number:03} is not in the folder. Put "
                "all its parts into one folder, and give the first."
            )
    ordered = [found[number] for number in sorted(found)]
    sizes = [entry.stat().st_size for entry in ordered]
    for entry, size in list(zip(ordered, sizes, strict=True))[1:]:
        last = entry == ordered[-1]
        if size > sizes[0] or (size != sizes[0] and not last) or not size:
            raise PartsError(
                f"{entry.name} has {size:,} bytes, but {ordered[0].name} has {sizes[0]:,}, and all "
                "parts but the last are of one size: it was not copied whole, or belongs to "
                "another delivery. Copy the parts again."
            )
    return tuple(ordered)


class JoinedFile:
    """A `ByteSource` over a regular file, or over its parts as over one file."""

    def __init__(self, *paths: Path) -> None:
        self._files: list[BinaryIO] = []
        self._starts: list[int] = []
        self.size = 0
        try:
            for path in paths:
                file = open_regular(path)
                self._files.append(file)
                self._starts.append(self.size)
                self.size += os.fstat(file.fileno()).st_size
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> JoinedFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every part."""
        for file in self._files:
            file.close()

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        pieces: list[bytes] = []
        ends = [*self._starts[1:], self.size]
        for file, start, end in zip(self._files, self._starts, ends, strict=True):
            if start <= offset < end and length > 0:
                file.seek(offset - start)
                piece = file.read(min(length, end - offset))
                pieces.append(piece)
                offset += len(piece)
                length -= len(piece)
        return b"".join(pieces)


def pieces_of(paths: Sequence[Path]) -> Iterator[bytes]:
    """Yield the bytes of files, one behind the other."""
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
