"""Folders deeper than Python's stack or the longest path of the system; they go as they came."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY


@contextmanager
def chain(
    top: Path, depth: int, files: Sequence[str] = (), name: str = "d"
) -> Iterator[tuple[str, ...]]:
    """Make `depth` folders one in another, each holding `files` whose bytes are their names."""
    handle = os.open(top, _FOLDER)
    for _ in range(depth):
        os.mkdir(name, dir_fd=handle)
        handle = _exchange(handle, os.open(name, _FOLDER, dir_fd=handle))
        for file in files:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, dir_fd=handle), "wb") as stream:
                stream.write(file.encode())
    os.close(handle)
    try:
        yield (name,) * depth
    finally:
        _remove(top, name, files)


def _exchange(left: int, taken: int) -> int:
    os.close(left)
    return taken


def _remove(top: Path, name: str, files: Sequence[str]) -> None:
    """Take the chain away from below: the clearing of temporary folders may recurse."""
    handle, deep = os.open(top, _FOLDER), 0
    while os.access(name, os.F_OK, dir_fd=handle):
        handle, deep = _exchange(handle, os.open(name, _FOLDER, dir_fd=handle)), deep + 1
    for _ in range(deep):
        for file in files:
            os.unlink(file, dir_fd=handle)
        handle = _exchange(handle, os.open("..", _FOLDER, dir_fd=handle))
        os.rmdir(name, dir_fd=handle)
    os.close(handle)
