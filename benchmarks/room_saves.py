"""What saving a coding costs with twenty reviewers at once: one writer against each for itself.

Twenty threads save through one `Codings`, as they do in a room, without a pause between; then
twenty processes save with one writer of their own each, as twenty commands would. Every document
is its reviewer's own, so none is late. Afterwards nothing may be lost and the journal be whole.
Run: python -m benchmarks.room_saves [SECONDS]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forthwith.domain.coding import Pass
from forthwith.record.codings import Codings, Save
from forthwith.record.matter import Matter
from forthwith.record.verify import verify

REVIEWERS, SECONDS = 20, 10.0
#: Saves a second, and milliseconds of the slowest in a hundred.
WANTED_RATE, WANTED_SLOWEST = 1_000, 100
_BODY = {"responsive": "yes", "issues": ("custody", "wallets"), "hot": True}


def _saves(codings: Codings, reviewer: int, until: float) -> list[float]:
    """Save one document after the other until it is time; returns the seconds of each."""
    took, number = [], 0
    while time.monotonic() < until:
        number += 1
        save = Save(f"FW{reviewer:02d}{number:06d}", 0, Pass.FIRST, "", "ours", 1, _BODY)
        start = time.monotonic()
        codings.save([save], (f"reviewer{reviewer}", "password"))
        took.append(time.monotonic() - start)
    return took


def _in_threads(home: Path, seconds: float) -> list[list[float]]:
    codings = Codings(Matter.open(home))
    codings.save([Save("FW00", 0, Pass.FIRST, "", "ours", 1, _BODY)], ("lead", "password"))
    took: list[list[float]] = [[] for _ in range(REVIEWERS)]
    until = time.monotonic() + seconds

    def work(reviewer: int) -> None:
        took[reviewer] = _saves(codings, reviewer, until)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(REVIEWERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codings.close()
    return took


def _in_processes(home: Path, seconds: float) -> list[list[float]]:
    """Start a process for each reviewer; all begin at one moment, once each has opened."""
    begin = time.time() + 15
    command = [sys.executable, "-m", "benchmarks.room_saves", "--one", str(home), str(begin)]
    running = [
        subprocess.Popen([*command, str(seconds), str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(REVIEWERS)
    ]
    return [json.loads(one.communicate()[0]) for one in running]


def _one(home: str, begin: str, seconds: str, reviewer: str) -> None:
    codings = Codings(Matter.open(Path(home)))
    codings.standing()
    time.sleep(max(0.0, float(begin) - time.time()))
    print(json.dumps(_saves(codings, int(reviewer), time.monotonic() + float(seconds))))


def _row(name: str, home: Path, took: Sequence[Sequence[float]], seconds: float) -> dict[str, Any]:
    """Return what was reached; ends the run where a save was lost or the journal is not whole."""
    every = sorted(second for of_one in took for second in of_one)
    matter = Matter.open(home)
    kept = sum(1 for coding in Codings(matter).every() if coding.control != "FW00")
    broken = verify(matter).broken
    if kept != len(every) or broken:
        raise SystemExit(f"{name}: {kept} of {len(every)} saves are there; {broken[:1]}")
    return {
        "a_second": len(every) / seconds,
        "p99": every[int(len(every) * 0.99)] * 1000,
    }


def run(_: Path | None = None, seconds: float = SECONDS) -> list[dict[str, Any]]:
    """Measure both ways on SQLite; a row of saves a second, one of the slowest in a hundred."""
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for name, work in (("one writer", _in_threads), ("each for itself", _in_processes)):
            home = Path(folder) / name.replace(" ", "-")
            Matter.create(home, name="Bench").engine.dispose()
            rows.append(_row(name, home, work(home, seconds), seconds))
    one, alone = rows
    rate, slow = one["a_second"], one["p99"]
    return [
        {
            "what": "saves of 20 reviewers at once",
            "ours": f"one writer: {rate:,.0f} saves/s",
            "peer": f"20 processes, each for itself: {alone['a_second']:,.0f} saves/s",
            "ratio": rate / alone["a_second"],
            "limit": ">= 1,000 saves/s",
            "met": rate >= WANTED_RATE,
        },
        {
            "what": "saves of 20 reviewers at once, the slowest in a hundred",
            "ours": f"one writer: {slow:.0f} ms",
            "peer": f"20 processes, each for itself: {alone['p99']:,.0f} ms",
            "ratio": alone["p99"] / slow,
            "limit": "< 100 ms",
            "met": slow < WANTED_SLOWEST,
        },
    ]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(*sys.argv[2:])
    else:
        for row in run(None, float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS):
            print(row)
