"""A large mailbox: memory and time of collect and process on generated mbox files of three sizes.

The mailbox is written as a stream, the same bytes each time: mails of 2 kB to 2 MB, two in three of
them small, the rest with one to three attachments (tables, text, binary data, archives).
Memory is the sum of the peaks of the parent and of every process beneath it.
Run: python -m benchmarks.large_mailbox [GIGABYTES]; 0.2 is a quick trial of the same shape.
"""

from __future__ import annotations

import base64
import io
import os
import random
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measuring import watched

GIGABYTES = float(os.environ.get("FORTHWITH_BENCH_GIGABYTES", "5"))
#: Largest sum of peaks, bytes.
MEMORY = 1_500_000_000
#: The costliest gigabyte may take this much longer than the cheapest.
LINEAR = 1.25
_GB = 1_000_000_000
_SENTENCE = (
    "the custody of customer assets was reviewed by the committee and wallet keys were moved to "
    "cold storage under dual approval before the quarter ended with transfers booked each day"
)
_WORDS = _SENTENCE.split()
_PEOPLE = ("ana", "bola", "chidi", "dmitri", "elif", "farid", "greta", "hana", "ivo", "jun")


def write(path: Path, size: int) -> int:
    """Write a mailbox of about `size` bytes; return the number of mails."""
    chance = random.Random(20210801)
    pool = _Pool(chance)
    written = count = 0
    with path.open("wb", buffering=1 << 20) as stream:
        while written < size:
            for piece in _mail(chance, pool, count):
                written += stream.write(piece)
            count += 1
    return count


class _Pool:
    """Material to cut bodies and attachments from, made once."""

    def __init__(self, chance: random.Random) -> None:
        words = chance.choices(_WORDS, k=400_000)
        lines = (" ".join(words[start : start + 12]) for start in range(0, len(words), 12))
        self.text = "\n".join(lines).encode()
        self.noise = base64.encodebytes(chance.randbytes(4 << 20))
        self.table = base64.encodebytes(
            "".join(
                f"{row},{chance.random():.6f},{chance.choice(_WORDS)}\r\n" for row in range(90_000)
            ).encode()
        )
        self.archive = base64.encodebytes(_archive(self.text[:60_000]))


def _archive(text: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("one.txt", "two.txt"):
            archive.writestr(zipfile.ZipInfo(name), text)
    return held.getvalue()


def _mail(chance: random.Random, pool: _Pool, number: int) -> Iterator[bytes]:
    sender, receiver = chance.sample(_PEOPLE, 2)
    day, hour = number // 600 % 28 + 1, number % 24
    attached = 0 if chance.random() < 0.66 else chance.randint(1, 3)
    yield (
        f"From {sender}@example.com Mon Jan {day:02d} {hour:02d}:00:00 2023\n"
        f"From: {sender}@example.com\nTo: {receiver}@example.org\n"
        f"Date: Mon, {day:02d} Jan 2023 {hour:02d}:{number % 60:02d}:00 +0000\n"
        f"Message-ID: <{number}@example.com>\nSubject: Note {number} on custody\n"
        f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=edge{number}\n\n"
        f"--edge{number}\nContent-Type: text/plain; charset=utf-8\n\n"
    ).encode()
    yield _lines(chance, pool.text, chance.randint(1_500, 9_000))
    for place in range(attached):
        yield from _attachment(chance, pool, number, place)
    yield f"\n--edge{number}--\n\n".encode()


def _attachment(chance: random.Random, pool: _Pool, number: int, place: int) -> Iterator[bytes]:
    kind, name, material = chance.choice(
        (
            ("text/csv", "table.csv", pool.table),
            ("text/plain", "notes.txt", pool.text),
            ("application/octet-stream", "data.bin", pool.noise),
            ("application/zip", "archive.zip", pool.archive),
        )
    )
    coding = "7bit" if material is pool.text else "base64"
    yield (
        f"\n--edge{number}\nContent-Type: {kind}; name={name}\n"
        f"Content-Transfer-Encoding: {coding}\n"
        f'Content-Disposition: attachment; filename="{place}-{name}"\n\n'
    ).encode()
    # Sizes spread as mail's do: many small, few large, none past 2 MB with its neighbours.
    wanted = int(min(660_000, 4_000 * 2 ** (chance.expovariate(0.3))))
    yield material if material is pool.archive else _lines(chance, material, wanted)


def _lines(chance: random.Random, material: bytes, wanted: int) -> bytes:
    """Return whole lines of about `wanted` bytes from somewhere in the material."""
    start = chance.randrange(max(1, len(material) - wanted))
    start = material.find(b"\n", start) + 1
    end = material.rfind(b"\n", start, start + wanted) + 1
    return material[start : end or None] if end else material[start : start + wanted]


def measure(size: int) -> dict[str, Any]:
    """Return seconds, documents and peaks for a mailbox of this size; everything is deleted."""
    with tempfile.TemporaryDirectory() as folder:
        box = Path(folder) / "evidence" / "box.mbox"
        box.parent.mkdir()
        mails = write(box, size)
        workers = str(len(os.sched_getaffinity(0)))
        matter = str(Path(folder) / "matter")
        taken, peaks = watched("benchmarks.one_run", matter, str(box.parent), workers)
    return {**taken, "mails": mails, "peaks": peaks, "memory": sum(peaks.values())}


def run(_corpora: Path | None = None) -> list[dict[str, Any]]:
    """Return a row for memory and a row for linear time. The corpora are not needed."""
    largest = GIGABYTES
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < largest * 2.4 * _GB:
        what = f"large mailbox, {largest:g} GB"
        peer = f"not run: needs {largest * 2.4:.0f} GB of disk, {free / _GB:.0f} GB are free"
        return [{"what": what, "ours": "", "peer": peer, "ratio": None, "limit": "", "met": None}]
    made = {part * largest: measure(int(part * largest * _GB)) for part in (0.2, 0.5, 1.0)}
    return [_memory_row(largest, made[largest]), _time_row(made)]


def _memory_row(size: float, taken: dict[str, Any]) -> dict[str, Any]:
    used = taken["memory"]
    shown = ", ".join(f"{peak / 1e6:.0f}" for peak in sorted(taken["peaks"].values(), reverse=True))
    return {
        "what": f"mailbox of {size:g} GB, {taken['mails']:,} mails: memory",
        "ours": f"{used / _GB:.2f} GB (by process, MB: {shown})",
        "peer": f"{taken['documents']:,} documents",
        "ratio": used / MEMORY,
        "limit": "< 1.5 GB",
        "met": used < MEMORY,
    }


def _time_row(made: dict[float, dict[str, Any]]) -> dict[str, Any]:
    rates = {size: taken["seconds"] / size for size, taken in made.items()}
    sizes = "/".join(f"{size:g}" for size in made)
    return {
        "what": f"mailbox of {sizes} GB: seconds a GB, costliest over cheapest",
        "ours": " / ".join(f"{rate:.1f}" for rate in rates.values()),
        "peer": "linear in size",
        "ratio": max(rates.values()) / min(rates.values()),
        "limit": f"<= {LINEAR}x",
        "met": max(rates.values()) <= LINEAR * min(rates.values()),
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        GIGABYTES = float(sys.argv[1])
    for row in run():
        print(row)
