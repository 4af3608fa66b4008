"""The bytes of a `ByteSource` as readers want them: whole in memory, or as a seekable file.

Every length is bounded. `whole` refuses an item larger than `limits.item_bytes`; a `SourceFile`
gives at most `LARGEST_READ` bytes at a time, so that a hostile size asked of a library never
becomes an allocation. `within_budget` counts what a child's bytes take of the item's budget.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import ByteSource, Fault, FaultReason, Hint, InMemory

#: Most bytes one read of a `SourceFile` gives; a library that asks for more follows a lie
#: in the file.
LARGEST_READ = 64 * 2**20


def whole(source: ByteSource, hint: Hint) -> bytes:
    """Return every byte of `source`. Raises UnreadableError past `limits.item_bytes`."""
    limit = hint.budget.limits.item_bytes
    if source.size > limit:
        detail = (
            f"{source.size:,} bytes; a reader that needs the whole item takes at most "
            f"{limit:,} (limits.item_bytes in matter.toml)"
        )
        raise UnreadableError(Fault(FaultReason.TOO_LARGE, detail, lost=True))
    if isinstance(source, InMemory):
        return source.data
    return source.read(0, source.size)


def within_budget(load: Callable[[], bytes | Fault], hint: Hint) -> Callable[[], bytes | Fault]:
    """Return `load` with what it decodes counted towards the item's budget, which may refuse it."""

    def loaded() -> bytes | Fault:
        data = load()
        if isinstance(data, Fault):
            return data
        return hint.budget.spend(len(data)) or data

    return loaded


@dataclass(frozen=True, slots=True)
class Tail:
    """A `ByteSource` without its first bytes: what a self-extracting program carries."""

    source: ByteSource
    start: int

    @property
    def size(self) -> int:
        """Length in bytes."""
        return max(0, self.source.size - self.start)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`."""
        return self.source.read(self.start + offset, length)


class SourceFile(io.RawIOBase):
    """Read-only file over `source`. Reads without a length raise OSError."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; a position before the start is an OSError, one past the end reads nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise OSError("a position before the start of the file")
        self._at = base + offset
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes. Raises OSError without a size or past LARGEST_READ."""
        if size is None or size < 0 or size > LARGEST_READ:
            raise OSError("a read of unbounded length")
        data = self._source.read(self._at, size)
        self._at += len(data)
        return data

    def readall(self) -> bytes:
        """Refuse: every read names its length."""
        raise OSError("a read of unbounded length")

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as bytes go."""
        data = self._source.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
