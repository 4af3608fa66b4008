"""Processes that end with the one that needs them, however that one ends.

A pipe of which one end lies with whoever is needed, and nothing is ever written to it: its only
event is that end going away, by exit or by kill -9, and for that event Linux sends SIGKILL
(fcntl(2), F_SETSIG). The parent's death signal would not do: a worker's parent is the fork server,
and the children of a program would live on.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal

#: fcntl(2); Python names it from 3.12 on only.
_F_SETSIG = 10


def end_with(lifeline: int) -> None:
    """Have Linux kill this process when the other end of the pipe `lifeline` closes."""
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
    # It may have closed before anybody listened.
    if select.select([lifeline], [], [], 0)[0]:
        os.kill(os.getpid(), signal.SIGKILL)
