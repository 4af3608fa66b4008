"""One run of collect and process into a fresh matter, timed; the thing the other modules time.

Run: python -m benchmarks.one_run MATTER EVIDENCE WORKERS; prints seconds and counts as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path


def main(folder: str, evidence: str, workers: int) -> None:
    """Collect, process, and print what it took."""
    # Here, as in the command line: a worker imports this module again, and needs none of these.
    from forthwith.collect.folder import collect
    from forthwith.process.run import process
    from forthwith.record.matter import Matter

    began = time.perf_counter()
    matter = Matter.create(Path(folder), name="Benchmark")
    taken = collect(matter, Path(evidence), "Okafor, Ngozi")
    collected = time.perf_counter()
    done = process(matter, workers=workers)
    ended = time.perf_counter()
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(
        json.dumps(
            {
                "collect": collected - began,
                "process": ended - collected,
                "seconds": ended - began,
                "cpu": sum(each.ru_utime + each.ru_stime for each in usage),
                "items": taken.items,
                "bytes": taken.bytes,
                "documents": done.documents,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
