"""Pictures whose words nobody read go out only when counsel says so, and the letter tells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forthwith.process import run
from forthwith.record import journal
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.produce import ProductionOptions, WordsUnreadError, produce
from forthwith.workflows.progress import SILENT
from tests.builders import evidence, pages
from tests.builders.pdf import covered

DAY = date(2023, 6, 17)


@pytest.fixture
def case(tmp_path: Path) -> CaseFile:
    place = evidence.write(tmp_path / "in", a_txt=b"one", scan_png=pages.picture(size=(90, 90)))
    matter = evidence.matter(tmp_path / "m", place)
    run.process(matter, workers=1)
    return CaseFile(matter)


def test_a_volume_with_unread_pictures_is_refused(case: CaseFile) -> None:
    """Empty text would pass for a picture without words."""
    with pytest.raises(WordsUnreadError, match="1 document shows pictures whose words nobody read"):
        produce(case, ProductionOptions("VOL001", DAY, workers=1), SILENT)


def test_with_leave_it_is_sealed_and_letter_and_journal_say_so(case: CaseFile) -> None:
    options = ProductionOptions("VOL001", DAY, without_text=True, workers=1)
    done = produce(case, options, SILENT)

    assert done.sealed, done.report.findings
    letter = " ".join((done.folder / "DATA/VOL001_TRANSMITTAL.TXT").read_text().split())
    assert "1 document consists in whole or in part of pictures or scanned pages off which no" in (
        letter
    )
    assert "a search of that text will not find them" in letter
    with case.matter.engine.connect() as connection:
        bodies = [str(entry.body) for entry in journal.entries(connection)]
    assert any('"without_text":1' in body for body in bodies)


def test_what_is_withheld_or_left_out_needs_no_leave(case: CaseFile) -> None:
    options = ProductionOptions("VOL001", DAY, where="name = 'a.txt'", workers=1)

    assert produce(case, options, SILENT).sealed


def test_a_redaction_that_does_not_redact_stops_the_seal(tmp_path: Path) -> None:
    """What goes out cannot be called back; counsel accepts it only as the truth of the evidence."""
    place = evidence.write(tmp_path / "in", a_pdf=covered())
    matter = evidence.matter(tmp_path / "m", place)
    run.process(matter, workers=1)
    done = produce(CaseFile(matter), ProductionOptions("VOL001", DAY, workers=1), SILENT)

    assert not done.sealed
    assert [finding.code for finding in done.report.findings] == ["NT08"]
    assert "4471" not in done.report.findings[0].message
    number = done.report.findings[0].bates
    options = ProductionOptions(
        "VOL001", DAY, workers=1, accept=(f"NT08@{number}",), reason="as the custodian has it"
    )
    assert produce(CaseFile(matter), options, SILENT).sealed
