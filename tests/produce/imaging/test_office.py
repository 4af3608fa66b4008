"""LibreOffice as it may be found: not there, there in part, or stuck; never a fault of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.domain.evidence import FaultReason, Limits
from forthwith.produce import imaging
from forthwith.produce.imaging import office

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def soffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return what puts a program of that name, and nothing else, on the path."""

    def install(script: str) -> None:
        program = tmp_path / "soffice"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return install


def test_no_pdf_is_not_said_to_be_a_corrupt_document(soffice) -> None:
    """As where Writer is installed and Calc is not."""
    soffice("exit 0")
    pages = imaging._office(b"PK", WORD, Limits())

    (fault,) = pages.faults
    assert fault.reason is FaultReason.UNSUPPORTED
    assert "not installed whole" in fault.detail


def test_a_pdf_that_was_made_is_returned(soffice) -> None:
    """The program's last words name the folder and the document."""
    soffice('for last; do :; done; printf "%s" "%PDF-1.4" > "$(dirname "$last")/document.pdf"')

    assert office.as_pdf(b"PK", WORD) == b"%PDF-1.4"


def test_one_that_hangs_is_stopped(soffice) -> None:
    soffice("sleep 60")

    with pytest.raises(office.ConversionError, match="longer than"):
        office.as_pdf(b"PK", WORD, seconds=0.3)
