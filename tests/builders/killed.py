"""An act killed at each step it takes on disk, one after the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from forthwith.record import journal

#: Calls by which anything gets or loses a name, or is on disk for good; the journal between them.
_CALLS = ("fsync", "rename", "replace", "link", "unlink", "mkdir", "rmdir", "chmod")


def at(step: int, act: Callable[[], object]) -> bool:
    """Do `act` in a process of its own, killed before its step `step`; False when it got through.

    An act that fails in another way than by being killed fails the test.
    """
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    left = step

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given, **named)

        return call

    try:
        for name in _CALLS:
            setattr(os, name, counted(getattr(os, name)))
        journal.append = counted(journal.append)
        act()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - nothing of the parent may run on here
        os._exit(1)
