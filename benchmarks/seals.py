"""What a signed seal costs: signing beside the produce, verifying beside the check of a volume.

A volume of generated mail is produced and checked by the real commands, with an Ed25519 key; then
signing and verifying are timed by themselves, for two runs of either differ by more than a seal
costs. Neither grows with the volume, but for the digest of the manifest. A time stamp is not
counted: it waits for somebody else's machine.
Run: python -m benchmarks.seals
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import check_content
from forthwith.check import manifest, seals
from forthwith.check.context import CheckContext
from forthwith.check.volume import open_volume
from forthwith.seals import envelope, keys, statement
from forthwith.standards import loader

DOCUMENTS, TIMES = 100, 50
#: Part of the work a seal may cost.
WANTED = 0.01


def _cpu(*words: str | Path) -> float:
    """Run a command; return its seconds of CPU, its processes included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "forthwith", *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(after[:2]) - sum(before[:2])


def _each(work: Callable[[], Any]) -> float:
    """Return the seconds of CPU one time takes, of many."""
    work()
    start = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - start) / TIMES


def _verified(root: Path) -> None:
    seen = CheckContext(open_volume(root, loader.load()))
    findings = list(seals.judged(seen, manifest.Papers()))
    if findings or not seen.seals:
        raise SystemExit(f"the seal of the generated volume does not hold: {findings}")


def run(_: Path | None = None) -> list[dict[str, Any]]:
    """Measure; a row for signing, one for verifying."""
    with tempfile.TemporaryDirectory() as folder:
        home, mails, key_file = (Path(folder) / name for name in ("m", "in", "key.pem"))
        mails.mkdir()
        for document in check_content.documents(DOCUMENTS):
            if document.extension == "EML":
                (mails / f"{document.number}.eml").write_bytes(document.native)
        _cpu("init", home, "--name", "Bench")
        _cpu("-C", home, "collect", mails, "--custodian", "Ortega, Marisol")
        _cpu("-C", home, "process", "--workers", "1")
        _cpu("-C", home, "seal-key", "make", "--name", "R", "--key", key_file, "--no-password")
        produced = _cpu("-C", home, "produce", "VOL001", "--workers", "1")
        root = home / "volumes" / "VOL001"
        checked = _cpu("check", root, "--workers", "1")
        opened = envelope.opened((root / "DATA" / "VOL001_SEAL.JSON").read_bytes())
        said = statement.read(opened.payload) if isinstance(opened, envelope.Envelope) else None
        if not isinstance(said, statement.Statement):
            raise SystemExit("the generated volume is not signed")
        signing = _each(lambda: envelope.signed(statement.written(said), keys.load(key_file)))
        loaded = _each(lambda: open_volume(root, loader.load()))
        verifying = _each(lambda: _verified(root)) - loaded
    return [
        {"what": f"{what} of {DOCUMENTS:,} documents", "ours": f"{1000 * cost:.2f} ms of CPU",
         "peer": f"the whole: {work:.1f} s of CPU", "ratio": cost / work,
         "limit": f"<= {WANTED}x", "met": cost / work <= WANTED}
        for what, cost, work in (
            ("signing, in a produce", signing, produced),
            ("verifying, in a check", verifying, checked),
        )
    ]  # fmt: skip


if __name__ == "__main__":
    for line in run():
        print(line)
