"""Real evidence through collect and process: the run ends and nothing is lost.

In CI a fixed part of each folder; the whole is `slow`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.domain.documents import Document
from forthwith.process import counts, run
from forthwith.process.reopen import Reopener
from forthwith.record import sources
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter

pytestmark = pytest.mark.corpus

#: Folder -> (every how many files one is taken, and none larger than this many bytes), for CI.
SAMPLED = {
    "mail": (8, 2**20),
    "outlook": (1, 2**24),
    "documents": (12, 2**20),
    "chat": (1, 2**23),
    "hostile": (40, 2**18),
}
WHOLE = tuple(SAMPLED)


def sample(folder: Path, place: Path, step: int, largest: int) -> Path:
    """Copy a fixed part of the files of a folder, in its sorted order, keeping their places."""
    small = (each for each in sorted(folder.rglob("*")) if each.is_file())
    for path in [each for each in small if each.stat().st_size <= largest][::step]:
        target = place / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return place


def files(folder: Path) -> set[str]:
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}


def nothing_is_lost(place: Path, evidence: Path) -> None:
    """Collect and process `evidence` in `place`, and hold the account against the files."""
    place.mkdir(exist_ok=True)
    matter = Matter.create(place / "m", name="Corpus")
    collect(matter, evidence, "Roe, Ana")
    before = {each for each in files(place) if not each.startswith("m/")}
    run.process(matter, workers=2)

    total = counts.status(matter).total
    assert total.unaccounted == 0
    assert total.documents + total.faults == total.items
    assert {each for each in files(place) if not each.startswith("m/")} == before
    _every_file_is_there(matter, evidence)
    _bytes_come_back(matter)


def _every_file_is_there(matter: Matter, evidence: Path) -> None:
    """Each file is a document, a container with an account of what it gave, or set aside."""
    with matter.engine.connect() as connection:
        items = list(sources.items(connection))
    table = DocumentTable(matter)
    seen = {each.item for each in table.ask()} | {each["item"] for each in table.containers()}
    seen |= {each.item for each in table.aside()}
    assert not {each.path for each in items if each.id not in seen}
    bundles = sum(each.shape is not each.shape.FILE for each in items)
    assert bundles or len(items) >= len(files(evidence))


def _bytes_come_back(matter: Matter) -> None:
    """Every so many documents, from all kinds of places, are decoded again to the same digest."""
    reopener = Reopener(matter.evidence.root, matter.settings.limits)
    had = [each for each in DocumentTable(matter).ask() if each.sha256]
    for document in _spread(sorted(had, key=lambda each: each.locator), 150):
        data = reopener.open(document.blob, document.path, document.locator, document.sha256)
        assert isinstance(data, bytes), (document.path, data)
        assert hashlib.md5(data).hexdigest() == document.md5


def _spread(found: list[Document], most: int) -> Iterator[Document]:
    yield from found[:: max(1, len(found) // most)]


@pytest.mark.parametrize("name", SAMPLED)
def test_nothing_of_the_sample_is_lost(corpora: Path, tmp_path: Path, name: str) -> None:
    evidence = sample(corpora / name, tmp_path / "in", *SAMPLED[name])
    nothing_is_lost(tmp_path / "work", evidence)


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_nothing_of_the_whole_is_lost(corpora: Path, tmp_path: Path, name: str) -> None:
    nothing_is_lost(tmp_path / "work", corpora / name)
