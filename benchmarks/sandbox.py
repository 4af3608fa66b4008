"""What the sandbox costs: CPU of process, produce and check with it and without, side by side.

Each run is a command of its own on a fresh copy of a matter, in turns, and all its processes count:
the fork server and the workers come back to this process when their command has ended.
Run: python -m benchmarks.sandbox
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measuring import in_new_process

SAMPLES = ("documents/freelaw-doctor", "chat/rsmf-slack")
ROUNDS = 3
#: CPU with the sandbox over CPU without.
WANTED = 1.03
_SUBREAPER = 36


def run(corpora: Path) -> Iterator[dict[str, Any]]:
    """Yield a row for each command."""
    if not all((corpora / name).is_dir() for name in SAMPLES):
        return
    measured = in_new_process("benchmarks.sandbox", str(corpora))
    for command, (shut_in, free) in measured.items():
        ratio = shut_in / free
        yield {
            "what": f"the sandbox: {command}, median of {ROUNDS}",
            "ours": f"{shut_in:.2f} s of CPU",
            "peer": f"without it: {free:.2f} s",
            "ratio": ratio,
            "limit": f"<= {WANTED:.2f}x",
            "met": ratio <= WANTED,
        }


def main(corpora: Path) -> None:
    """Measure each command in turns, and print [with, without] by command as JSON."""
    with tempfile.TemporaryDirectory(prefix="forthwith-bench-") as above:
        matters = _matters(Path(above), corpora)
        print(json.dumps({name: _both(*given) for name, given in matters.items()}))


def _matters(above: Path, corpora: Path) -> dict[str, tuple[Path, list[str]]]:
    """Return command -> the matter to copy for it, and its words."""
    collected, processed, produced = (above / name for name in ("collected", "processed", "made"))
    _forthwith(above, "init", "collected")
    for name in SAMPLES:
        _forthwith(collected, "collect", str(corpora / name), "--custodian", "Okafor, Ngozi")
    shutil.copytree(collected, processed)
    _forthwith(processed, "process")
    shutil.copytree(processed, produced)
    produce = ["produce", "VOL001", "--without-text", "--where", "size < 5000"]
    _forthwith(produced, *produce)
    volume = next(place for place in produced.glob("*/VOL001") if place.is_dir())
    return {
        "process": (collected, ["process"]),
        "produce": (processed, produce),
        "check": (produced, ["check", str(volume.relative_to(produced))]),
    }


def _both(matter: Path, words: list[str]) -> tuple[float, float]:
    """Return the median seconds of CPU with the sandbox and without."""
    taken: dict[str, list[float]] = {"": [], "off": []}
    for turn in range(ROUNDS * 2):
        switch = ("", "off")[turn % 2]
        copy = matter.with_name("copy")
        shutil.copytree(matter, copy)
        taken[switch].append(_forthwith(copy, *words, switch=switch))
        shutil.rmtree(copy)
    return statistics.median(taken[""]), statistics.median(taken["off"])


def _forthwith(folder: Path, *words: str, switch: str = "") -> float:
    """Run one command and return the seconds of CPU of all its processes."""
    before = _cpu()
    command = [sys.executable, "-m", "forthwith", *words]
    environment = {**os.environ, "FORTHWITH_SANDBOX": switch}
    # A check with findings, or a volume that cannot be sealed for one, ends with 1.
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode not in {0, 1}:
        raise RuntimeError(done.stderr.decode())
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    # Whatever a command leaves behind becomes a child of this process, and is counted.
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "shared/corpora")
