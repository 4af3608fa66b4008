"""Walk a folder of any depth without following a link and without recursing.

Folders may lie deeper than Python's stack and paths may be longer than the system takes in one call
(PATH_MAX, 4,096 bytes on Linux), so every step is taken from an open folder (openat(2)).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

#: What the system says when the fault lies with this machine or program, not with what is read.
OURS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EROFS}
)
#: Folders on the way down that stay open, so that going back up costs nothing.
_KEPT_OPEN = 64
#: Bytes of a path given to the system at once; it takes 4,095.
_LONGEST = 4000


class Kind(Enum):
    """What lies at a place, itself and not what a link leads to."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    #: A device, a pipe or a socket.
    OTHER = "other"
    #: A folder that cannot be listed.
    CLOSED = "closed"
    #: Nobody may look at it, or it is gone.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a walked folder; it can be opened only until the walk goes on."""

    #: Under the folder walked, "/" between the names; "" for that folder itself. Bytes that are no
    #: UTF-8 are surrogates, as `os.fsdecode` has them.
    path: str
    kind: Kind
    #: As lstat has it; None where that was refused.
    about: os.stat_result | None = None
    #: Names in a folder, sorted by their bytes.
    names: tuple[str, ...] = ()
    #: Why a folder cannot be listed, or an entry not be looked at.
    refused: OSError | None = None
    #: Open: of a folder itself, else of the folder it lies in.
    handle: int = -1

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def open(self) -> int:
        """Open a file for reading; never follows a link, never waits for a pipe. Raises OSError."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.open(self.name, flags, dir_fd=self.handle)

    def leads_to(self) -> str:
        """Return what a link says. Raises OSError."""
        return os.readlink(self.name, dir_fd=self.handle)


@dataclass(slots=True)
class _Level:
    """A folder the walk stands in."""

    name: str
    identity: tuple[int, int]
    #: Names still to come, the next one last.
    waiting: list[str]
    #: -1 while it is closed to spare handles.
    handle: int


def walk(top: Path | int, into: Callable[[Entry], bool] | None = None) -> Iterator[Entry]:
    """Yield `top`, then everything below it, a folder before what it holds, sorted by bytes.

    `top` is a folder or the open handle of one, which stays the caller's.
    `into` says of a folder whether its insides are walked. What cannot be listed, `top` too, is
    one entry of kind CLOSED. Raises OSError where the machine is short of handles or memory.
    """
    at = _Walk(top, into or (lambda _: True))
    try:
        yield from at.start()
        while at.levels:
            yield from at.step()
    finally:
        for level in at.levels:
            if level.handle >= 0:
                os.close(level.handle)


@dataclass(slots=True)
class _Walk:
    """Where a walk stands."""

    top: Path | int
    into: Callable[[Entry], bool]
    #: From the top to where it stands.
    levels: list[_Level] = field(default_factory=list)
    path: str = ""

    def start(self) -> Iterator[Entry]:
        """Yield the top."""
        try:
            level = _level(_open(self.top), "")
        except OSError as refused:
            yield _closed("", None, refused)
            return
        yield from self._enter(level, "", None)

    def step(self) -> Iterator[Entry]:
        """Yield what comes next where the walk stands, or leave the folder."""
        level = self.levels[-1]
        if not level.waiting:
            self.path = self.path.rpartition("/")[0]
            yield from self._leave()
            return
        name = level.waiting.pop()
        place = f"{self.path}/{name}" if self.path else name
        entry = look(level.handle, place)
        if entry.kind is not Kind.FOLDER:
            yield entry
            return
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
            inner = _level(os.open(name, flags, dir_fd=level.handle), name)
        except OSError as refused:
            yield _closed(place, entry.about, refused)
            return
        yield from self._enter(inner, place, entry.about)

    def _enter(self, level: _Level, path: str, about: os.stat_result | None) -> Iterator[Entry]:
        above = self.levels[-1] if self.levels else None
        self.levels.append(level)
        names = tuple(reversed(level.waiting))
        entry = Entry(path, Kind.FOLDER, about, names, None, level.handle)
        walked = self.into(entry)
        yield entry
        if not walked:
            os.close(self.levels.pop().handle)
            return
        self.path = path
        if above is not None and len(self.levels) > _KEPT_OPEN:
            os.close(above.handle)
            above.handle = -1

    def _leave(self) -> Iterator[Entry]:
        """Leave the lowest folder; the one above is opened again where it was closed.

        Yields that one where it was taken away meanwhile and names in it were still to come.
        """
        left = self.levels.pop()
        above = self.levels[-1] if self.levels else None
        try:
            if above is not None and above.handle < 0 and above.waiting:
                above.handle = self._again(above, left.handle)
        except OSError as refused:
            if above is not None:
                above.waiting.clear()
            yield _closed(self.path, None, refused)
        finally:
            if left.handle >= 0:
                os.close(left.handle)

    def _again(self, level: _Level, below: int) -> int:
        """Open a folder from the one below it; from the top where that was moved."""
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
        if below >= 0:
            handle = os.open("..", flags, dir_fd=below)
            about = os.fstat(handle)
            if (about.st_dev, about.st_ino) == level.identity:
                return handle
            os.close(handle)
        return open_below(self.top, "/".join(above.name for above in self.levels[1:]), flags)


def _closed(path: str, about: os.stat_result | None, refused: OSError) -> Entry:
    """Return a folder that cannot be listed. Raises what is no fault of the folder."""
    if refused.errno in OURS:
        raise refused
    return Entry(path, Kind.CLOSED, about, refused=refused)


def _level(handle: int, name: str) -> _Level:
    try:
        about = os.fstat(handle)
        names = sorted(os.listdir(handle), key=os.fsencode, reverse=True)
    except OSError:
        os.close(handle)
        raise
    return _Level(name, (about.st_dev, about.st_ino), names, handle)


def look(handle: int, path: str) -> Entry:
    """Return what lies in an open folder under the last name of `path`."""
    try:
        about = os.stat(path.rpartition("/")[2], dir_fd=handle, follow_symlinks=False)
    except OSError as refused:
        if refused.errno in OURS:
            raise
        return Entry(path, Kind.UNKNOWN, refused=refused, handle=handle)
    mode = about.st_mode
    kind = (
        Kind.FILE if stat.S_ISREG(mode)
        else Kind.FOLDER if stat.S_ISDIR(mode)
        else Kind.LINK if stat.S_ISLNK(mode)
        else Kind.OTHER
    )  # fmt: skip
    return Entry(path, kind, about, handle=handle)


def open_below(top: Path | int, path: str, flags: int = os.O_RDONLY | os.O_NOFOLLOW) -> int:
    """Open `path` under `top`, however long it is. Raises OSError."""
    rest = os.fsencode(path)
    handle = _open(top)
    while len(rest) > _LONGEST:
        cut = rest.rfind(b"/", 0, _LONGEST)
        piece, rest = rest[:cut], rest[cut + 1 :]
        try:
            lower = _open(handle, piece)
        finally:
            os.close(handle)
        handle = lower
    try:
        return os.open(rest or b".", flags | os.O_CLOEXEC, dir_fd=handle)
    finally:
        os.close(handle)


def _open(top: Path | int, path: bytes = b".") -> int:
    """Open a folder, or one below the handle of one."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    return os.open(path, flags, dir_fd=top) if isinstance(top, int) else os.open(top, flags)
