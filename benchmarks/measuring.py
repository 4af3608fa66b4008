"""What the measurements share: a new process for each run, medians, the memory of a process tree.

Each timed run of ours starts in a new interpreter, so that nothing warmed by the run before (the
fork server, caches) makes the next one look faster than a first run is.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


def in_new_process(module: str, *arguments: str, python: str = sys.executable) -> dict[str, Any]:
    """Run `python -m MODULE ARGUMENTS` and return the JSON object of its last line."""
    command = [python, "-m", module, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_root())
    return _last_line(done.stdout)


def watched(module: str, *arguments: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Run as `in_new_process`; return its object, and the peak resident bytes of every process.

    The peaks are the kernel's own high-water marks, read while the process lives; shared pages
    count once for each process that has them.
    """
    command = [sys.executable, "-m", module, *arguments]
    peaks: dict[str, int] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_root()) as running:
        while running.poll() is None:
            for each in _tree(running.pid):
                name, peak = _peak(each)
                label = f"{each} {name}"
                peaks[label] = max(peaks.get(label, 0), peak)
            time.sleep(0.1)
        said = running.stdout.read() if running.stdout else ""
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command)
    return _last_line(said), {name: peak for name, peak in peaks.items() if peak}


def median(rows: Sequence[dict[str, Any]], name: str) -> float:
    """Return the median of one number over rows."""
    return statistics.median(float(row[name]) for row in rows)


def _root() -> Path:
    return Path(__file__).resolve().parent.parent


def _last_line(said: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return found


def _tree(top: int) -> Iterator[int]:
    """Yield a process and all beneath it, as they are now."""
    parents: dict[int, list[int]] = {}
    for name in (each.name for each in Path("/proc").iterdir()):
        if name.isdigit() and (parent := _parent(int(name))):
            parents.setdefault(parent, []).append(int(name))
    waiting = [top]
    while waiting:
        waiting += parents.get(waiting[0], [])
        yield waiting.pop(0)


def _parent(process: int) -> int:
    try:
        # The name may hold spaces and brackets; the fields after the last bracket do not.
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _peak(process: int) -> tuple[str, int]:
    """Return what a process is, and its high-water mark in bytes."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return "", 0
    held = dict(line.split(":", 1) for line in lines if ":" in line)
    return held["Name"].strip(), int(held.get("VmHWM", "0 kB").split()[0]) * 1024
