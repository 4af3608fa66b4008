"""What the sweep for redacted words adds to a check: seconds of CPU with and without it.

The volume is that of `check_content`: messages with a file each, pages, texts, digests. Passages
that stand nowhere in it are looked for in every byte, natives opened to their last layer.
Run: python -m benchmarks.check_sweep
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import check_content
from forthwith.check.sweep.files import SweepJob, sweep_file
from forthwith.check.sweep.sought import Sought
from forthwith.domain.redactions import Passage, RedactedDocument

DOCUMENTS, PASSAGES = 1_000, 10_000
#: Seconds of CPU with the sweep over those without.
WANTED = 1.5


def _redacted() -> list[RedactedDocument]:
    """Return passages of two words and a number that stand nowhere."""
    chance = random.Random(7)
    passages = tuple(
        Passage(
            "FW00000001",
            place,
            "PII",
            f"Quillon {place} {chance.randrange(10**8):08d}",
            ("paid to", "on Monday"),
        )
        for place in range(PASSAGES)
    )
    return [RedactedDocument("ZZZ00000001", passages)]


def _seconds(root: Path) -> float:
    """Return the seconds of CPU of sweeping every file, in this process."""
    sought = Sought(_redacted())
    started = time.process_time()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            job = SweepJob(str(path), read="NATIVES" in path.parts)
            if sweep_file(job, sought).hits:
                raise SystemExit(f"{path} holds what stands nowhere")
    return time.process_time() - started


def run(_: Path | None = None) -> list[dict[str, Any]]:
    """Measure; one row."""
    with tempfile.TemporaryDirectory() as folder:
        root = check_content.write(Path(folder) / "volume", DOCUMENTS)
        without = sum(check_content.parts(root).values())
        sweep = _seconds(root)
    ratio = (without + sweep) / without
    return [
        {"what": f"check, swept for {PASSAGES:,} passages ({DOCUMENTS:,} documents)",
         "ours": f"{without + sweep:.1f} s of CPU", "peer": f"without, {without:.1f} s",
         "ratio": ratio, "limit": f"<= {WANTED}x", "met": ratio <= WANTED}
    ]  # fmt: skip


if __name__ == "__main__":
    for line in run():
        print(line)
