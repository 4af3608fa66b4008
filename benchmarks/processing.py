"""Processing complete: collect and process a mix of mail and documents, against two measures.

Complete means families, hashes, fields, text, duplicates and threads found and every table written,
from nothing, in a fresh matter. The peer, kreuzberg, gives text alone. The floor is reading the
same bytes and taking their SHA-256. Two workers are then set against one.
Run: python -m benchmarks.processing CORPORA
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import in_new_process, median

ROUNDS = 3
MAILS = 6000
DOCUMENTS = 450
MOST_BYTES = 5_000_000
_MAIL_FOLDERS = ("mail/spamassassin", "mail/enron-skilling")
_DOCUMENT_TYPES = frozenset(
    {
        ".pdf", ".docx", ".doc", ".rtf", ".html", ".htm", ".xlsx", ".xls", ".xlsb", ".pptx", ".ppt",
        ".odt", ".ods", ".odp", ".xml", ".csv", ".txt", ".md", ".epub",
    }
)  # fmt: skip
#: Most of these are short notes about other samples; a few are enough.
_TEXTS = 40


def lay(corpora: Path, folder: Path) -> None:
    """Copy the mix into a folder: the same files in the same order each time."""
    mails = [path for each in _MAIL_FOLDERS for path in _files(corpora / each)]
    for place, path in enumerate(_spread(mails, MAILS)):
        shutil.copyfile(path, folder / f"mail-{place:05d}.eml")
    for place, path in enumerate(_documents(corpora / "documents")):
        shutil.copyfile(path, folder / f"document-{place:05d}{path.suffix.lower()}")


def _documents(root: Path) -> list[Path]:
    typed = [path for path in _files(root) if path.suffix.lower() in _DOCUMENT_TYPES]
    small = [path for path in typed if 0 < path.stat().st_size <= MOST_BYTES]
    texts = [path for path in small if path.suffix.lower() == ".txt"]
    others = [path for path in small if path.suffix.lower() != ".txt"]
    few = _spread(texts, _TEXTS)
    return [*few, *_spread(others, DOCUMENTS - len(few))]


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def _spread(files: Sequence[Path], most: int) -> list[Path]:
    """Return up to `most` files, evenly from the whole."""
    count = min(most, len(files))
    return [files[place * len(files) // count] for place in range(count)]


def hashed(folder: Path) -> float:
    """Read every file and take its SHA-256; return seconds."""
    files = _files(folder)
    began = time.perf_counter()
    for path in files:
        hashlib.sha256(path.read_bytes())
    return time.perf_counter() - began


def ours(mix: Path, workers: int) -> dict[str, Any]:
    """Collect and process the mix into a matter that is thrown away; return what it took."""
    with tempfile.TemporaryDirectory() as folder:
        matter = str(Path(folder) / "matter")
        return in_new_process("benchmarks.one_run", matter, str(mix), str(workers))


def kreuzberg(mix: Path, python: str) -> dict[str, Any]:
    """Return what kreuzberg took for the text of the mix."""
    return in_new_process("benchmarks.kreuzberg_text", str(mix), python=python)


def python_of_kreuzberg() -> str:
    """Return a Python that has kreuzberg, or ""."""
    beside = Path(__file__).resolve().parent.parent / ".venv-bench/bin/python"
    for python in (os.environ.get("FORTHWITH_BENCH_PYTHON", ""), sys.executable, str(beside)):
        if python and Path(python).exists() and _has_kreuzberg(python):
            return python
    return ""


def _has_kreuzberg(python: str) -> bool:
    asked = subprocess.run([python, "-c", "import kreuzberg"], capture_output=True, check=False)
    return asked.returncode == 0


def run(corpora: Path) -> list[dict[str, Any]]:
    """Return the rows: against kreuzberg, against hashing, two workers against one."""
    peer = python_of_kreuzberg()
    one: list[dict[str, Any]] = []
    two: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    floor: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        mix = Path(folder)
        lay(corpora, mix)
        hashed(mix)
        for _ in range(ROUNDS):
            floor.append({"seconds": hashed(mix)})
            one.append(ours(mix, 1))
            two.append(ours(mix, 2))
            if peer:
                theirs.append(kreuzberg(mix, peer))
    return list(_rows(one, two, theirs, median(floor, "seconds")))


def _rows(
    one: list[dict[str, Any]],
    two: list[dict[str, Any]],
    theirs: list[dict[str, Any]],
    floor: float,
) -> Iterator[dict[str, Any]]:
    about = f"{one[0]['items']:,} files, {one[0]['bytes'] / 1e6:.0f} MB"
    for stage, name in (("process stage", "process"), ("collect and process", "seconds")):
        mine = median(one, name)
        limited = name == "process"
        seen: dict[str, Any] = {"ours": f"{mine:.2f} s, {one[0]['items'] / mine:.0f} files/s"}
        yield {**seen, "what": f"{stage}, text of kreuzberg ({about})"} | _beside(
            mine, theirs, limited=limited
        )
        yield {
            **seen,
            "what": f"{stage}, read and SHA-256 ({about})",
            "peer": f"read and SHA-256: {floor:.2f} s",
            "ratio": mine / floor,
            "limit": "<= 30x" if limited else "",
            "met": mine <= 30 * floor if limited else None,
        }
    for what, name, least in (
        ("two workers, process stage", "process", 1.7),
        ("two workers, collect and process", "seconds", None),
    ):
        single, double = median(one, name), median(two, name)
        yield {
            "what": what,
            "ours": f"two: {double:.2f} s",
            "peer": f"one: {single:.2f} s",
            "ratio": single / double,
            "limit": f">= {least}x" if least else "",
            "met": single >= least * double if least else None,
        }


def _beside(mine: float, theirs: list[dict[str, Any]], *, limited: bool) -> dict[str, Any]:
    """Return the columns of a row that has kreuzberg as its peer."""
    limit = ">= 1.0x" if limited else ""
    if not theirs:
        return {"peer": "kreuzberg: not installed", "ratio": None, "limit": limit, "met": None}
    other = median(theirs, "seconds")
    said = f"kreuzberg {theirs[0]['version']}: {other:.2f} s, {theirs[0]['errors']} errors"
    met = other >= mine if limited else None
    return {"peer": said, "ratio": other / mine, "limit": limit, "met": met}


if __name__ == "__main__":
    for row in run(Path(sys.argv[1])):
        print(row)
