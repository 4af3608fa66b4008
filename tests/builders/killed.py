"""An act killed at each step it takes on disk, one after the other."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

#: Calls by which anything reaches the disk.
STEPS = frozenset(
    {"open", "write", "fsync", "rename", "replace", "link", "unlink", "mkdir", "rmdir", "chmod",
     "commit", "execute"}
)  # fmt: skip


def at(step: int, act: Callable[[], object], steps: frozenset[str] = STEPS) -> bool:
    """Do `act` in a process of its own, killed before its step `step`; False when it got through.

    An act that fails in another way than by being killed fails the test.
    """
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    taken = 0

    def count(_frame: FrameType, event: str, function: Any) -> None:
        nonlocal taken
        if event == "c_call" and function.__name__ in steps:
            taken += 1
            if taken == step:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(count)
        act()
        sys.setprofile(None)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing of the parent may run on here
        os._exit(1)
