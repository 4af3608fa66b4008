"""The same bytes give the same words: no address in memory, no place, no order of sets."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from forthwith.domain.evidence import InMemory, Limits
from forthwith.process.walk import Walker
from tests.fuzz.seeds import Seed, seeds, seeds_beside

#: An address in memory, or a place on this machine.
PLACE = re.compile(r"at 0x[0-9a-f]{6,}|/tmp/|/home/|/proc/|site-packages")


def spoilt(data: bytes) -> tuple[bytes, ...]:
    """Return the bytes whole, cut short, with one stretch overwritten, and with one left out."""
    third, half = len(data) // 3, len(data) // 2
    return (
        data,
        data[:half],
        data[:third] + b"\xff" * 9 + data[third + 9 :],
        data[:half] + data[half + 5 :],
    )


def tell(given: str) -> None:
    """Print what is read of every seed, spoilt in the same places each time."""
    for name, data in pickle.loads(Path(given).read_bytes()):
        for number, variant in enumerate(spoilt(data)):
            nodes = Walker(Limits(seconds=20)).walk(InMemory(variant), name, ("m", "s", "b"))
            for node in nodes:
                sys.stdout.write(f"{name} {number} {node!a}\n")


def told(folder: Path, seed: str, given: Path) -> list[str]:
    """Return the lines of `tell` in a process of other surroundings."""
    for name in ("tmp", "here"):
        (folder / name).mkdir(parents=True)
    root = str(Path(__file__).resolve().parents[2])
    surroundings = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": os.pathsep.join((root, *sys.path)),
        "TZ": "Asia/Tokyo" if seed == "1" else "America/Lima",
        "LC_ALL": "C" if seed == "1" else "C.UTF-8",
    }
    code = f"from tests.process.test_determinism import tell; tell({str(given)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=surroundings,
        cwd=folder / "here",
        capture_output=True,
        text=True,
        check=True,
    )
    assert not list((folder / "tmp").iterdir())
    return done.stdout.splitlines()


def alike(tmp_path: Path, given: Iterable[Seed]) -> None:
    """Hold what is said of the seeds in two surroundings against each other."""
    kept = tmp_path / "seeds"
    # Made once: a mail of the standard library has another boundary each time.
    kept.write_bytes(pickle.dumps([(name, data) for kind, name, data in given if kind == "reader"]))
    one, two = (told(tmp_path / seed, seed, kept) for seed in ("1", "2"))
    assert len(one) > 100
    assert one == two
    faults = [line[line.index("faults=") :] for line in one if "Fault(" in line]
    assert [line for line in faults if PLACE.search(line)] == []


def test_the_same_bytes_give_the_same_words(tmp_path: Path) -> None:
    alike(tmp_path, seeds())


@pytest.mark.slow
@pytest.mark.corpus
def test_the_same_files_of_the_corpora_give_the_same_words(tmp_path: Path, corpora: Path) -> None:
    alike(tmp_path, seeds_beside())
