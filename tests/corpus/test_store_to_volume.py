"""A real Outlook store all the way: to a sealed volume that is clean to its receiver.

In CI some of its families; the whole is `slow`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.test_end_to_end import made

pytestmark = pytest.mark.corpus

STORE = Path("outlook/enron-pst/example/testdata/enron.pst")
#: Pictures are in it, and OCR is not everywhere.
PRODUCE = ("produce", "VOL001", "--day", "2023-06-17", "--without-text", "--json")
#: About half of the families, whole; by digest, so always the same ones.
SOME = "left(family_hash, 1) < '8'"


def sealed_and_clean(store: Path, place: Path, *where: str) -> None:
    matter = place / "m"
    matter.mkdir()
    made(place, "init", "m", "--name", "Store")
    made(matter, "collect", str(store), "--custodian", "Roe, Ana")
    made(matter, "process")
    total = json.loads(made(matter, "status", "--json"))["total"]
    assert total["documents"] + total["faults"] == total["items"]
    assert total["unaccounted"] == 0

    done = json.loads(made(matter, *PRODUCE, *where))
    assert done["sealed"]
    assert done["check"]["findings"] == []
    assert where or done["counts"]["documents"] == total["items"]

    copied = shutil.copytree(matter / "volumes" / "VOL001", place / "received")
    again = json.loads(made(matter, "check", str(copied), "--json"))
    assert again["counts"] == done["check"]["counts"]
    assert again["counts"]["documents"] > 20
    made(matter, "verify")


@pytest.mark.parametrize(
    "store",
    ["documents/hoover/data/pst/flags_jane_doe.pst", "documents/tika/microsoft/testPST.pst"],
)
def test_a_small_store_is_sealed(corpora: Path, tmp_path: Path, store: str) -> None:
    """Mail that was sent keeps its Message-ID in the headers alone; the row must have it too."""
    made(tmp_path, "init", "m", "--name", "Store")
    made(tmp_path / "m", "collect", str(corpora / store), "--custodian", "Roe, Ana")
    made(tmp_path / "m", "process")

    done = json.loads(made(tmp_path / "m", *PRODUCE))

    assert done["sealed"]
    assert done["check"]["findings"] == []


def test_families_of_a_store_make_a_clean_volume(corpora: Path, tmp_path: Path) -> None:
    sealed_and_clean(corpora / STORE, tmp_path, "--where", SOME)


@pytest.mark.slow
def test_a_whole_store_makes_a_clean_volume(corpora: Path, tmp_path: Path) -> None:
    sealed_and_clean(corpora / STORE, tmp_path)
