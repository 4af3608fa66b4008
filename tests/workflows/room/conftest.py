"""A received volume, its matter, and rooms on copies of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.workflows import receive
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room.room import Room
from tests.builders import served_log
from tests.builders.volume import LEDGER, LOOSE, LUNCH, MEMO, withholding


@pytest.fixture(scope="session")
def northgate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter with a volume of theirs in which two documents are withheld."""
    place = tmp_path_factory.mktemp("northgate")
    case = CaseFile(Matter.create(place / "m", name="Halden"))
    folder = withholding((LOOSE, "P-1"), (LUNCH, "P-9")).write(place)
    receive.receive(case, [folder], "Northgate", loader.load(), workers=1)
    case.matter.engine.dispose()
    return place / "m"


def opened(folder: Path, place: Path) -> Iterator[Room]:
    """Open a room on a copy of a matter."""
    shutil.copytree(folder, place / "m")
    room = Room.open(place / "m")
    yield room
    room.close()


@pytest.fixture
def room(northgate: Path, tmp_path: Path) -> Iterator[Room]:
    """A room on the matter of one party."""
    yield from opened(northgate, tmp_path)


@pytest.fixture(scope="session")
def both(northgate: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a volume of another party under the same numbers, their logs within it."""
    place = tmp_path_factory.mktemp("both")
    shutil.copytree(northgate, place / "m")
    volume = withholding((LOOSE, "P-1"), (MEMO, "P-2"))
    # A number on two rows: which of the two documents is meant nobody can tell.
    twice = replace(volume.row(LEDGER), cells=dict(volume.row(LEDGER).cells) | {"FILENAME": "b"})
    volume.rows.append(twice)
    folder = volume.write(place)
    papers = folder / "PRIVILEGE"
    papers.mkdir()
    rows = (
        served_log.entry("P-1", LOOSE, description="Advice of Reyes & Holm on the quorum."),
        served_log.entry("P-2", MEMO),
        served_log.entry("P-3", LEDGER),
    )
    (papers / "a.csv").write_bytes(served_log.as_csv(*rows))
    (papers / "a.xlsx").write_bytes(served_log.as_xlsx(served_log.HEADER, *rows))
    (papers / "Privilege Log.pdf").write_bytes(b"%PDF-1.7 scanned")
    (papers / "index.csv").write_text("Begin Bates,Date,From,To\n1,2,3,4\n")
    (papers / "broken.xlsx").write_bytes(b"PK\x03\x04 and no more")
    case = CaseFile(Matter.open(place / "m"))
    receive.receive(case, [folder], "Reyes & Holm", loader.load(), workers=1)
    case.matter.engine.dispose()
    return place / "m"


@pytest.fixture
def two(both: Path, tmp_path: Path) -> Iterator[Room]:
    """A room on the matter of two parties."""
    yield from opened(both, tmp_path)
