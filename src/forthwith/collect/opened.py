"""Take the bytes of one open file as it was when it was opened, and say where it changed meanwhile.

Logs grow while they are read, and mailboxes are written to. What is kept ends where the file ended
when it was opened, so a file that grows without end is collected all the same.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from io import FileIO

from forthwith.plain.folders import Entry, look
from forthwith.record.evidence import Blob, EvidenceStore, SourceUnreadError

#: A file that says it holds nothing may give bytes all the same (proc(5), some shares): so many.
_SAYS_NOTHING = 64 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What was kept of a file."""

    blob: Blob
    #: The file system's time when it was opened, seconds since 1970.
    modified: float
    #: Why the bytes may not be what the file holds; "" where they are.
    fault: str


def take(store: EvidenceStore, stream: FileIO, entry: Entry) -> Taken | str:
    """Store an open file; return why not where it cannot be read.

    Raises OSError and ForthwithError where the store fails.
    """
    before = os.fstat(stream.fileno())
    if not stat.S_ISREG(before.st_mode):
        return "not a file any more when it was opened"
    part = _Part(stream, before.st_size or _SAYS_NOTHING)
    try:
        # A sparse file takes less of the disk than it is long; the store keeps its holes.
        blob = store.put(part, min(before.st_size, before.st_blocks * 512))
    except SourceUnreadError as unread:
        return f"not readable: {unread}"
    fault = _changed(before, os.fstat(stream.fileno()), part, look(entry.handle, entry.path))
    return Taken(blob, before.st_mtime, fault)


def _changed(before: os.stat_result, after: os.stat_result, part: _Part, now: Entry) -> str:
    """Return what happened to a file while it was read; "" for nothing."""
    what = ""
    if after.st_size > before.st_size:
        what = (
            f"it had {before.st_size:,} bytes when it was opened and {after.st_size:,} when it "
            f"was closed; its first {part.given:,} are kept"
        )
    elif after.st_size < before.st_size:
        what = (
            f"it had {before.st_size:,} bytes when it was opened and {after.st_size:,} when it "
            f"was closed; the {part.given:,} that could be read are kept"
        )
    elif after.st_mtime_ns != before.st_mtime_ns:
        what = "it was written to; what is kept may be old in one part and new in another"
    elif now.about is None or (now.about.st_dev, now.about.st_ino) != (after.st_dev, after.st_ino):
        what = "it was moved or another was put in its place; the one that lay there first is kept"
    if what:
        return f"changed while it was collected: {what}"
    if part.given != before.st_size:
        return (
            f"its folder says that it has {before.st_size:,} bytes, and it gave {part.given:,}; "
            "what it gave is kept"
        )
    return ""


@dataclass(slots=True)
class _Part:
    """The first bytes of a file."""

    stream: FileIO
    left: int
    given: int = field(default=0, init=False)

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, all of them where the file has them."""
        pieces = []
        while size > 0 and self.left > 0:
            piece = self.stream.read(min(size, self.left))
            if not piece:
                self.left = 0
                break
            pieces.append(piece)
            size -= len(piece)
            self.left -= len(piece)
            self.given += len(piece)
        return b"".join(pieces)
