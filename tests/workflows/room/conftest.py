"""A received volume, its matter, and rooms on copies of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.workflows import receive
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room.room import Room
from tests.builders.volume import LOOSE, LUNCH, withholding


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
