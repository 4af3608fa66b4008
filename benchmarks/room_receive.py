"""Receiving a volume against checking, then collecting and processing the same bytes as evidence.

`receive` checks, keeps every byte by digest, and makes each row a document; the peer is the three
commands that do as much to the same folder, one after another, in one run with it: `check`,
`collect`, `process`. CPU seconds of all processes; the bar is half as much again.
Run: python -m benchmarks.room_receive [FAMILIES]
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from benchmarks.measuring import in_new_process, median

FAMILIES, ROUNDS = 400, 3
WANTED = 1.5


def lay(folder: Path, families: int) -> Path:
    """Write a sound volume of mail with two files each, natives, texts and pages; returns it."""
    from tests.builders import dialects

    return dialects.sound(families).write(folder)


def run(_: Path | None = None, families: int = FAMILIES) -> list[dict[str, Any]]:
    """Measure both ways in turn; a row with the median of each."""
    receive: list[dict[str, Any]] = []
    apart: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        volume = lay(Path(scratch) / "in", families)
        for turn in range(ROUNDS):
            for way, runs in (("receive", receive), ("apart", apart)):
                home = Path(scratch) / f"{way}-{turn}"
                words = ("--one", way, str(home), str(volume))
                runs.append(in_new_process("benchmarks.room_receive", *words))
    ours, peer = median(receive, "cpu"), median(apart, "cpu")
    documents = int(receive[0]["documents"])
    return [
        {
            "what": f"a volume of {documents:,} documents received",
            "ours": f"receive: {ours:.1f} CPU s",
            "peer": f"check, collect, process: {peer:.1f} CPU s",
            "ratio": ours / peer,
            "limit": f"<= {WANTED}x",
            "met": ours / peer <= WANTED,
        }
    ]


def _one(way: str, home: str, volume: str) -> None:
    # Here, as in the command line: a worker imports this module again, and needs none of these.
    from forthwith import check
    from forthwith.check.workers import PRELOAD as CHECK_PRELOAD
    from forthwith.collect.folder import collect
    from forthwith.process.run import PRELOAD, process
    from forthwith.record.matter import Matter
    from forthwith.standards import loader
    from forthwith.workers.supervisor import make_ready
    from forthwith.workflows import receive
    from forthwith.workflows.case_file import CaseFile

    matter = Matter.create(Path(home), name="Benchmark")
    if way == "receive":
        place = [Path(volume)]
        done = receive.receive(CaseFile(matter), place, "Northgate", loader.load(), workers=1)
        documents = done.documents
    else:
        # One fork server for both, as `receive` has it.
        make_ready((*PRELOAD, *CHECK_PRELOAD))
        check.run(Path(volume), loader.load(), workers=1)
        collect(matter, Path(volume), "Northgate")
        documents = process(matter, workers=1).documents
    # The fork server ends, and is waited for, so that its workers' CPU counts too.
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # noqa: SLF001
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(part.ru_utime + part.ru_stime for part in usage)
    print(json.dumps({"cpu": cpu, "documents": documents}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _one(*sys.argv[2:])
    else:
        for row in run(None, int(sys.argv[1]) if len(sys.argv) > 1 else FAMILIES):
            print(row)
