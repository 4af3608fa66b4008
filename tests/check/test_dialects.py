"""A sound volume in anybody's dialect: counted right, told once, and nothing else found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forthwith import check
from forthwith.check import Report, received
from forthwith.check.volume import open_volume
from forthwith.standards import loader
from tests.builders import dialects
from tests.builders.dialects import MUTATIONS, Mutation

STANDARD = loader.load()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """The volume as it was, and its check."""
    root = dialects.sound().write(tmp_path_factory.mktemp("sound"))
    return root, check.run(root, STANDARD)


def test_the_volume_is_sound(whole: tuple[Path, Report]) -> None:
    assert whole[1].findings == ()
    assert whole[1].counts["documents"] == 65


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_dialect_is_understood_and_told_once(
    mutation: Mutation, whole: tuple[Path, Report], tmp_path: Path
) -> None:
    """Right counts show that every other check was done on all 65 documents."""
    root = tmp_path / "VOL001"
    shutil.copytree(whole[0], root)
    mutation.write(root)

    report = check.run(root, STANDARD)

    assert report.counts == whole[1].counts
    assert sorted(finding.code for finding in report.findings) == sorted(mutation.codes)


@pytest.mark.parametrize("mutation", MUTATIONS[:20], ids=lambda mutation: mutation.name)
def test_whoever_receives_it_reads_the_same_documents(
    mutation: Mutation, whole: tuple[Path, Report], tmp_path: Path
) -> None:
    """`compare` and `deficiency` open volumes by the same reader: families, ranges and names."""
    root = tmp_path / "VOL001"
    shutil.copytree(whole[0], root)
    mutation.write(root)

    theirs, ours = (received.documents(open_volume(place, STANDARD)) for place in (root, whole[0]))

    assert [(row.first, row.last, row.parent, row.subject) for row in theirs] == [
        (row.first, row.last, row.parent, row.subject) for row in ours
    ]
