"""What was read of a matter is, after each write, what reading it anew would say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from forthwith.domain.acts import Act
from forthwith.domain.conference import Letter
from forthwith.domain.documents import ControlNumber
from forthwith.process.run import process
from forthwith.record import acts, journal, productions
from forthwith.record.matter import Matter
from forthwith.record.productions import Production
from forthwith.respond.registers.requests import imported
from forthwith.review.privilege.claims import Basis, Claim
from forthwith.workflows.case_file import CaseFile, VolumeChangedError
from forthwith.workflows.produce import ProductionOptions, produce
from forthwith.workflows.progress import SILENT
from tests.builders import answered, evidence

RANGES = (("FW1", "ABC0001", "ABC0004"), ("FW2", "ABC0005", "ABC0009"))


def volume(name: str = "VOL001", replaces: str = "", ordinal: int = 1) -> Production:
    sealed = "2023-06-17T00:00:00+00:00"
    return Production(
        name, "sec/2021-08", sealed, "ABC0001", "ABC0009", ordinal, replaces, "0" * 64
    )


@pytest.fixture
def case(tmp_path: Path) -> CaseFile:
    return CaseFile(Matter.create(tmp_path / "m", name="Example", prefix="ABC"))


@pytest.fixture(scope="module")
def produced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter with one small sealed volume."""
    place = tmp_path_factory.mktemp("produced")
    loose = evidence.write(place / "in", a_txt=b"First.\n", b_txt=b"Second.\n")
    matter = evidence.matter(place / "m", loose)
    process(matter, workers=1)
    options = ProductionOptions("VOL001", date(2023, 6, 17), workers=1)
    assert produce(CaseFile(matter), options, SILENT).sealed
    return matter.folder


def test_what_is_written_is_read_without_reading_the_journal_again(
    case: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.write(imported(case.requests, answered.made(), answered.TEXTS))
    reads: list[object] = []
    entries = journal.entries

    def counting(connection: object) -> Iterator[journal.Entry]:
        reads.append(connection)
        return entries(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "entries", counting)
    case.write([case.dealings.wrote(Letter(date(2023, 8, 1), "Staff", "Counsel", "gaps"))])

    assert list(case.requests.sets) == [answered.SET]
    assert list(case.dealings.letters) == ["L-0001"]
    assert reads == []
    assert list(case.acts) == list(acts.read(case.matter))


def test_a_write_that_fails_leaves_what_was_read(
    case: CaseFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(case.acts)

    def refuse(*_given: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(journal, "append", refuse)
    with pytest.raises(OSError, match="disk is full"):
        case.write([Act("letter", "L-0001", {})])

    assert list(case.acts) == before == list(acts.read(case.matter))


def test_a_sealed_volume_joins_the_others(case: CaseFile) -> None:
    """As the tables say, a replacement's numbers in the place of those it replaces."""
    case.seal(volume(), RANGES, {})
    before = case.pages
    assert (len(case.sealed), len(case.ever_sealed)) == (1, 2)
    case.seal(volume("VOL001_R1", "VOL001", 2), [("FW1", "ABC0001", "ABC0003")], {})

    with case.matter.engine.connect() as connection:
        assert list(case.sealed.values()) == productions.sealed(connection)
        assert case.numbers == productions.numbers(connection)
        assert case.ever_sealed == productions.ever_sealed(connection)
    assert [pages.volume for pages in case.pages.volume("VOL001_R1")] == ["VOL001_R1"]
    assert before.volume("VOL001_R1") == []
    assert ("ABC0001", "ABC0003") in case.citable.ever


def test_what_another_command_wrote_is_seen_once_the_matter_is_held(case: CaseFile) -> None:
    assert case.requests.sets == {}
    CaseFile.open(case.folder).write(imported(case.requests, answered.made(), answered.TEXTS))

    assert case.requests.sets == {}
    with case.alone():
        assert list(case.requests.sets) == [answered.SET]


def test_documents_are_read_anew_after_processing(produced: Path, tmp_path: Path) -> None:
    case = CaseFile.open(Path(shutil.copytree(produced, tmp_path / "m")))
    assert len(case.documents) == 2
    evidence.collect(case.matter, evidence.write(tmp_path / "more", c_txt=b"Third.\n"), "Lee")
    process(case.matter, workers=1)
    case.documents_changed()

    assert len(case.documents) == 3


def test_a_volume_that_was_read_is_refused_once_it_has_changed(
    produced: Path, tmp_path: Path
) -> None:
    case = CaseFile.open(Path(shutil.copytree(produced, tmp_path / "m")))
    assert len(case.received("VOL001").rows) == 2
    text = next((case.matter.volumes / "VOL001" / "TEXT").rglob("*.TXT"))
    text.chmod(0o644)
    text.write_text("Something else.")

    with pytest.raises(VolumeChangedError, match="was changed"):
        case.received("VOL001")


def test_a_volume_whose_folder_is_gone_withholds_nothing_that_anybody_could_see(
    case: CaseFile,
) -> None:
    """What is claimed in it counts as out in the open, so no paper may cite it."""
    case.seal(volume(), RANGES, {})
    claim = Claim(ControlNumber("FW1"), (Basis.ATTORNEY_CLIENT,), "Advice")
    case.write([claim.act()])

    assert case.pages.loose == {"FW1"}
