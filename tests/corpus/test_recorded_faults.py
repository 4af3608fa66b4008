"""Every fault recorded on real evidence is shown in status, documents, log and letter.

In CI a fixed part of each folder; the whole is `slow`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.process.run import process
from forthwith.record.matter import Matter
from tests.builders.shown_faults import shown_everywhere
from tests.corpus.test_corpora import sample

pytestmark = pytest.mark.corpus

#: Folder -> (every how many files one is taken, and none larger than this many bytes), for CI.
SAMPLED = {
    "mail": (300, 2**18),
    "documents": (300, 2**18),
    "chat": (5, 2**20),
    "hostile": (300, 2**17),
}


def told_in_full(evidence: Path, place: Path) -> None:
    matter = Matter.create(place / "m", name="Corpus")
    collect(matter, evidence, "Roe, Ana")
    process(matter, workers=2)
    shown_everywhere(matter.folder)


@pytest.mark.parametrize("name", SAMPLED)
def test_every_fault_of_the_sample_is_shown(corpora: Path, tmp_path: Path, name: str) -> None:
    told_in_full(sample(corpora / name, tmp_path / "in", *SAMPLED[name]), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*SAMPLED, "outlook"])
def test_every_fault_of_the_whole_is_shown(corpora: Path, tmp_path: Path, name: str) -> None:
    told_in_full(corpora / name, tmp_path)
