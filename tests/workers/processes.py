"""What runs on this machine, as /proc has it, for tests of what must not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def marked(mark: str) -> dict[int, str]:
    """Return id and command line of each process that has PYTHON_MARK=`mark` in its environment."""
    return dict(_marked(mark.encode()))


def _marked(mark: bytes) -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if b"PYTHON_MARK=" + mark in environment and state != "Z":
            yield int(folder.name), command


def kind(command: str) -> str:
    """Return what a process of ours is: "forkserver", "tracker" or "main"."""
    if "multiprocessing.forkserver" in command:
        return "forkserver"
    return "tracker" if "resource_tracker" in command else "main"


def parent(pid: int) -> int:
    """Return who started a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def until(true: Callable[[], object], seconds: float = 60.0) -> bool:
    """Wait until something is so; False where it is not after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return bool(true())
