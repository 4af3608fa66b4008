"""Walk a folder of any depth without following a link and without recursing.

Folders may lie deeper than Python's stack and paths may be longer than the system takes in one call
(PATH_MAX, 4,096 bytes on Linux), so every step is taken from an open folder (openat(2)).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    #: Nobody may say: the folder cannot be listed, or the entry is gone.
    CLOSED = "closed"


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
    #: The open folder it lies in.
    within: int = -1

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def open(self) -> int:
        """Open a file for reading; never follows a link, never waits for a pipe. Raises OSError."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.open(self.name, flags, dir_fd=self.within)

    def leads_to(self) -> str:
        """Return what a link says. Raises OSError."""
        return os.readlink(self.name, dir_fd=self.within)


@dataclass(slots=True)
class _Level:
    """A folder the walk stands in."""

    name: str
    identity: tuple[int, int]
    #: Names still to come, the next one last.
    waiting: list[str]
    #: -1 while it is closed to spare handles.
    handle: int


def walk(top: Path, into: Callable[[Entry], bool] | None = None) -> Iterator[Entry]:
    """Yield `top`, then everything below it, a folder before what it holds, sorted by bytes.

    `into` says of a folder whether its insides are walked. What cannot be listed is one entry of
    kind CLOSED. Raises OSError for `top` itself, and where the machine is short of handles.
    """
    levels: list[_Level] = []
    try:
        yield from _walk(top, into or (lambda _: True), levels)
    finally:
        for level in levels:
            if level.handle >= 0:
                os.close(level.handle)


def _walk(top: Path, into: Callable[[Entry], bool], levels: list[_Level]) -> Iterator[Entry]:
    first = _level(os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), "")
    levels.append(first)
    path = ""
    if not into(entry := _folder(first, "", -1)):
        first.waiting.clear()
    yield entry
    while levels:
        level = levels[-1]
        if not level.waiting:
            path = path.rpartition("/")[0]
            if (refused := _up(top, levels)) is not None:
                yield Entry(path, Kind.CLOSED, refused=refused)
            continue
        name = level.waiting.pop()
        place = f"{path}/{name}" if path else name
        entry = _entry(name, place, level.handle)
        if entry.kind is not Kind.FOLDER:
            yield entry
            continue
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
            inner = _level(os.open(name, flags, dir_fd=level.handle), name)
        except OSError as refused:
            if refused.errno in OURS:
                raise
            yield Entry(place, Kind.CLOSED, entry.about, refused=refused, within=level.handle)
            continue
        levels.append(inner)
        entry = _folder(inner, place, level.handle, entry.about)
        walked = into(entry)
        yield entry
        if not walked:
            os.close(levels.pop().handle)
            continue
        path = place
        if len(levels) > _KEPT_OPEN:
            os.close(level.handle)
            level.handle = -1


def _level(handle: int, name: str) -> _Level:
    try:
        about = os.fstat(handle)
        names = sorted(os.listdir(handle), key=os.fsencode, reverse=True)
    except OSError:
        os.close(handle)
        raise
    return _Level(name, (about.st_dev, about.st_ino), names, handle)


def _folder(level: _Level, path: str, within: int, about: os.stat_result | None = None) -> Entry:
    return Entry(path, Kind.FOLDER, about, tuple(reversed(level.waiting)), None, within)


def _entry(name: str, path: str, within: int) -> Entry:
    try:
        about = os.stat(name, dir_fd=within, follow_symlinks=False)
    except OSError as refused:
        if refused.errno in OURS:
            raise
        return Entry(path, Kind.CLOSED, refused=refused, within=within)
    mode = about.st_mode
    kind = (
        Kind.FILE if stat.S_ISREG(mode)
        else Kind.FOLDER if stat.S_ISDIR(mode)
        else Kind.LINK if stat.S_ISLNK(mode)
        else Kind.OTHER
    )  # fmt: skip
    return Entry(path, kind, about, within=within)


def _up(top: Path, levels: list[_Level]) -> OSError | None:
    """Leave the lowest folder; the one above is opened again where it was closed.

    Returns why it cannot be, where it was taken away meanwhile and names in it were still to come.
    """
    left = levels.pop()
    try:
        if levels and levels[-1].handle < 0 and levels[-1].waiting:
            levels[-1].handle = _again(top, levels, left.handle)
    except OSError as refused:
        if refused.errno in OURS:
            raise
        levels[-1].waiting.clear()
        return refused
    finally:
        if left.handle >= 0:
            os.close(left.handle)
    return None


def _again(top: Path, levels: list[_Level], below: int) -> int:
    """Open the last of `levels` from the folder below it; from the top where that was moved."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
    if below >= 0:
        handle = os.open("..", flags, dir_fd=below)
        about = os.fstat(handle)
        if (about.st_dev, about.st_ino) == levels[-1].identity:
            return handle
        os.close(handle)
    return open_below(top, "/".join(level.name for level in levels[1:]), flags)


def open_below(top: Path, path: str, flags: int = os.O_RDONLY | os.O_NOFOLLOW) -> int:
    """Open `path` under `top`, however long it is. Raises OSError."""
    rest = os.fsencode(path)
    handle = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    while len(rest) > _LONGEST:
        cut = rest.rfind(b"/", 0, _LONGEST)
        piece, rest = rest[:cut], rest[cut + 1 :]
        try:
            lower = os.open(piece, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=handle)
        finally:
            os.close(handle)
        handle = lower
    try:
        return os.open(rest or b".", flags | os.O_CLOEXEC, dir_fd=handle)
    finally:
        os.close(handle)
