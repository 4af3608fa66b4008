"""The sum tree of liabilities: all levels to disk, beside bare hashing of the same nodes.

Each side runs in a new process; seconds are CPU, memory is the process's own high-water mark. The
bare side hashes as many messages of the same lengths out of one buffer, and keeps each digest: no
sums, no order, no file. What making the rows and their salts takes is measured alone and taken off:
salts are a line of their own, an HMAC an account, beside the library's.
Run: python -m benchmarks.sum_tree [ACCOUNTS]; 200000 is a quick trial of the same shape.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measuring import in_new_process
from forthwith.books.liabilities.tree import salting
from forthwith.workflows.books import liabilities

ACCOUNTS = 10_000_000
ASSET, AS_OF, AT = "TRN", "2026-03-31T23:59:59Z", 1_775_001_599
KEY = bytes(range(32))
WANTED, GIGABYTES, PROOF = 2.5, 2.0, 0.010


def owed(accounts: int) -> Iterator[tuple[str, int]]:
    """Yield accounts in order, with amounts that need more than 64 bits now and then."""
    draw = random.Random(1)
    for number in range(accounts):
        yield f"C{number:08}", draw.getrandbits(80)


def _spent() -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"cpu": time.process_time(), "gigabytes": peak * 1024 / 1e9}


def bare(accounts: int) -> dict[str, float]:
    """Hash what the tree hashes, and nothing else."""
    leaf = 1 + len("forthwith/pol/1") + 2 + len(ASSET) + 2 + 9 + 32 + 16
    sha, spent = hashlib.sha256, time.process_time()
    for size in (leaf, 97):
        buffer = memoryview(random.Random(2).randbytes(size * 1000))
        for _ in range(accounts // 1000):
            b"".join([sha(buffer[at : at + size]).digest() for at in range(0, len(buffer), size)])
    return {"cpu": time.process_time() - spent}


def salts(accounts: int) -> dict[str, float]:
    """Make every salt, ours and the library's way, out of rows as they come to the tree."""
    salt, spent = salting(KEY, ASSET, AS_OF), []
    for make in (salt, lambda name: hmac.digest(KEY, name.encode().ljust(60), "sha256")):
        start = time.process_time()
        for name, _ in owed(accounts):
            make(name)
        spent.append(time.process_time() - start)
    rows = leaves(accounts)["cpu"]
    return {"ours": spent[0] - rows, "library": spent[1] - rows}


def leaves(accounts: int) -> dict[str, float]:
    """Make the rows alone: what the tree's process spends before any tree."""
    spent = time.process_time()
    for _ in owed(accounts):
        pass
    return {"cpu": time.process_time() - spent}


def tree(accounts: int, folder: str) -> dict[str, float]:
    """Make the tree, write its levels, then prove accounts from disk."""
    spent = time.process_time()
    liabilities.grow(Path(folder), KEY, ASSET, AS_OF, owed(accounts))
    took = time.process_time() - spent
    memory = _spent()["gigabytes"]
    wanted = set(random.Random(3).sample(range(accounts), 50))
    rows = [row for number, row in enumerate(owed(accounts)) if number in wanted]
    proofs = []
    for name, amount in rows:
        start = time.perf_counter()
        liabilities.proof(Path(folder), KEY, ASSET, AT, name, amount)
        proofs.append(time.perf_counter() - start)
    return {
        "cpu": took,
        "gigabytes": memory,
        "proof": statistics.median(proofs),
        "worst": max(proofs),
    }


def run(_: Path | None = None, accounts: int = ACCOUNTS) -> list[dict[str, Any]]:
    """Measure; rows for time, memory, one proof and the salts."""

    def ran(what: str, *more: str) -> dict[str, Any]:
        return in_new_process("benchmarks.sum_tree", what, str(accounts), *more)

    with tempfile.TemporaryDirectory() as folder:
        plain, rows, whole, salted = ran("bare"), ran("leaves"), ran("tree", folder), ran("salts")
    took = whole["cpu"] - rows["cpu"] - salted["ours"]
    ratio = took / plain["cpu"]
    what = f"sum tree of {accounts:,} accounts, levels on disk"
    return [
        {"what": what, "ours": f"{took:.1f} s of CPU",
         "peer": f"bare hashing: {plain['cpu']:.1f} s", "ratio": ratio,
         "limit": f"<= {WANTED}x", "met": ratio <= WANTED},
        {"what": f"{what}: memory", "ours": f"{whole['gigabytes']:.2f} GB", "peer": "",
         "ratio": None, "limit": f"<= {GIGABYTES} GB", "met": whole["gigabytes"] <= GIGABYTES},
        {"what": f"{what}: a proof, median and worst of 50",
         "ours": f"{whole['proof'] * 1000:.1f} ms, {whole['worst'] * 1000:.1f} ms", "peer": "",
         "ratio": None, "limit": f"< {PROOF * 1000:.0f} ms", "met": whole["proof"] < PROOF},
        {"what": f"salts of {accounts:,} accounts", "ours": f"{salted['ours']:.1f} s of CPU",
         "peer": f"hmac.digest: {salted['library']:.1f} s",
         "ratio": salted["ours"] / salted["library"], "limit": "", "met": None},
    ]  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 2:
        work = {"bare": bare, "tree": tree, "salts": salts, "leaves": leaves}[sys.argv[1]]
        print(json.dumps(work(int(sys.argv[2]), *sys.argv[3:])))  # type: ignore[operator]
    else:
        count = int(sys.argv[1]) if len(sys.argv) > 1 else ACCOUNTS
        for row in run(accounts=count):
            print(json.dumps(row))
