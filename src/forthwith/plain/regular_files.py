"""Open what must be a plain file: a link is not followed, a pipe or a device is not waited for."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class NotAFileError(OSError):
    """Something else lies where a file should."""


def opened(path: Path | str, within: int | None = None) -> int:
    """Return a handle on a plain file, by its name in the open folder `within` if one is given.

    Raises NotAFileError, OSError.
    """
    try:
        handle = os.open(path, _FLAGS, dir_fd=within)
    except OSError as refused:
        if refused.errno in (errno.ELOOP, errno.ENXIO):
            raise NotAFileError(refused.errno, "no plain file", str(path)) from refused
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotAFileError(errno.EINVAL, "no plain file", str(path))
    return handle


def digest(path: Path | str, within: int | None = None) -> str:
    """Return the SHA-256 of a plain file. Raises NotAFileError, OSError."""
    with open(opened(path, within), "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read(path: Path | str, within: int | None = None, most: int = -1) -> bytes:
    """Return the first `most` bytes of a plain file, or all. Raises NotAFileError, OSError."""
    with open(opened(path, within), "rb") as stream:
        return stream.read(most)
