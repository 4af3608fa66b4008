"""Private folders for what is unpacked or decrypted to look at it, gone when that is done.

Only their owner can enter them. One whose command was killed lies there until the next command of
the same person that makes one: its lock, which died with its owner, tells that nobody uses it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

_PREFIX = "forthwith-check-"
_LOCK = ".in-use"


def folder(stack: ExitStack) -> Path:
    """Return a new folder, deleted with `stack`; those that killed runs left are deleted first."""
    _sweep()
    place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX)))
    lock = stack.enter_context((place / _LOCK).open("w"))
    with contextlib.suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return place


def _sweep() -> None:
    for place in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # A folder still without a lock was made this moment.
        with contextlib.suppress(OSError):
            if place.is_symlink() or place.stat().st_uid != os.getuid():
                continue
            with (place / _LOCK).open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
