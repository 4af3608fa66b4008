"""Open files that a stranger named or laid down: regular ones, within a length, or not at all.

A link is never followed at the last step, a pipe is never waited for, a device is never read. That
no folder on the way is a link is known from the walk that found the file (`folders`).
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from pathlib import Path

#: Where a system has them: follow no link, wait for no writer of a pipe, change no line ends.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
#: Files of lines up to this length are read as they are, bytes.
_SHORT = 64 * 2**20
#: Longest line of a longer one, bytes: a load file may hold whole texts in its cells.
_LONGEST_LINE = 256 * 2**20
_BLOCK = 2**20


class FileRefusedError(OSError):
    """A file that is not opened, or not read, whatever it holds; says why."""

    def __init__(self, why: str, number: int = errno.EINVAL) -> None:
        super().__init__(number, why)

    def __str__(self) -> str:
        return str(self.strerror)


def what_it_is(mode: int) -> str:
    """Return what a thing of this `st_mode` is, in words; "a file" for a regular one."""
    for test, words in (
        (stat.S_ISREG, "a file"),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return words
    return "a device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "no file"


def open_regular(path: str | Path, within: int | None = None) -> io.BufferedReader:
    """Open a regular file for reading; by its name in the open folder `within`, if one is given.

    Raises FileRefusedError for anything else, OSError where the system refuses.
    """
    try:
        handle = os.open(path, _FLAGS, dir_fd=within)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EMLINK} and _is_link(path, within):
            raise FileRefusedError("it is a link, and links are not followed") from error
        if error.errno in {errno.ENXIO, errno.EOPNOTSUPP}:
            raise FileRefusedError("it is no regular file") from error
        raise
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise FileRefusedError(f"it is {what_it_is(mode)}, no regular file")
    return os.fdopen(handle, "rb")


def _is_link(path: str | Path, within: int | None) -> bool:
    return stat.S_ISLNK(os.stat(path, dir_fd=within, follow_symlinks=False).st_mode)


def digest_regular(path: str | Path, within: int | None = None) -> str:
    """Return the SHA-256 of a regular file, opened as `open_regular` does. Raises as that does."""
    with open_regular(path, within) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_regular(path: str | Path, most: int) -> bytes:
    """Return the bytes of a regular file, as many as it had when it was opened.

    Raises FileRefusedError, also where it is longer than `most` bytes, and OSError.
    """
    with open_regular(path) as file:
        return file.read(_length(file, most))


def read_lines_of(path: str | Path, most: int) -> bytes:
    """Return the bytes of a regular file of lines, like `read_regular`.

    Raises FileRefusedError also for a long file that is one endless line, or blank for a long way:
    what a hole in a disk file reads as would fill the memory many times over once it is decoded.
    """
    with open_regular(path) as file:
        size = _length(file, most)
        if size > _SHORT:
            _refuse_endless(file)
            file.seek(0)
        return file.read(size)


def _length(file: io.BufferedReader, most: int) -> int:
    size = os.fstat(file.fileno()).st_size
    if size > most:
        why = f"it has {size:,} bytes, and files over {most:,} are not read"
        raise FileRefusedError(why, errno.EFBIG)
    return size


def _refuse_endless(file: io.BufferedReader) -> None:
    line = 0
    while block := file.read(_BLOCK):
        if block.count(0) == len(block):
            raise FileRefusedError(f"{len(block):,} bytes of it together are zero", errno.EFBIG)
        ends = [block.find(b"\n"), block.find(b"\r")]
        first = min((end for end in ends if end >= 0), default=-1)
        line += len(block) if first < 0 else first
        if line > _LONGEST_LINE:
            why = f"a line of it has more than {_LONGEST_LINE:,} bytes"
            raise FileRefusedError(why, errno.EFBIG)
        if first >= 0:
            line = len(block) - 1 - max(block.rfind(b"\n"), block.rfind(b"\r"))
