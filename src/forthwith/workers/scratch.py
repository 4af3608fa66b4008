"""Private folders for what is worked on and thrown away, gone when that is done.

Only their owner can enter them. One whose command was killed lies there until the next command of
the same person that makes one of its kind: its lock, which died with its owner, tells that nobody
uses it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_LOCK = ".in-use"


@contextlib.contextmanager
def folder(prefix: str) -> Iterator[Path]:
    """Lend a folder that only this user can open, removed at the end.

    What runs that were killed have left of its kind is removed first.
    """
    above = Path(tempfile.gettempdir())
    _sweep(above, prefix)
    place, lock = _locked(above, prefix)
    try:
        yield place
    finally:
        os.close(lock)
        shutil.rmtree(place, ignore_errors=True)


def _locked(above: Path, prefix: str) -> tuple[Path, int]:
    """Return a new folder and the lock on it, held as long as this process lives."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=prefix, dir=above))
        lock = -1
        # Another run may take it for one left behind, and sweep it, until it is locked: before its
        # lock is made, and while that is waited for.
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(lock), (place / _LOCK).stat()):
                return place, lock
        if lock >= 0:
            os.close(lock)


def _sweep(above: Path, prefix: str) -> None:
    """Remove what killed runs of this user have left; somebody else's folder is not touched."""
    for place in above.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            about = place.lstat()
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid():
                continue
            lock = os.open(place / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(lock)
