"""One run of a desk reads the journal once, a sealed DAT once, and the documents at most twice.

Counted by wrapping the readers, on a matter in which everything happened: time says little on a
small one, and nothing on somebody else's machine.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forthwith.cli.main import main
from forthwith.loadfiles import dat
from forthwith.record import facts, journal
from forthwith.record.documents import DocumentTable
from forthwith.workflows import answer, status_report
from forthwith.workflows.answer import AnswerOptions, AnswerResult
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.progress import SILENT
from forthwith.workflows.status_report import StatusOptions
from tests.builders import typed_matter

DAY, SINCE = date(2023, 8, 1), date(2023, 6, 1)
#: What is asked for all of them, or for all of ours.
ASKED = {"": "documents", "side = 'ours'": "documents"}
OPTIONS = AnswerOptions(
    DAY, declarants=("ortega",), place=typed_matter.PLACE, since=SINCE, workers=1
)


def typed(*words: str) -> None:
    done = CliRunner().invoke(main, list(words), catch_exceptions=False)
    assert done.exit_code in (0, 1), done.output


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter with drafts, claims, duties, questions and facts; nothing is produced yet."""
    return typed_matter.draft(tmp_path_factory.mktemp("typed"), typed)


@pytest.fixture(scope="module")
def sealed(drafted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two sealed volumes and every paper printed once."""
    home = tmp_path_factory.mktemp("sealed") / "m"
    shutil.copytree(drafted, home)
    answered(home)
    typed("-C", str(home), "produce", "VOL002", "--day", "2023-08-01", "--workers", "1")
    return home


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each reader was called since; a DAT counts under the SHA-256 of its bytes."""
    counted: Counter[str] = Counter()

    def wrap(where: Any, name: str, label: Callable[..., str]) -> None:
        reader = getattr(where, name)

        def counting(*given: Any, **more: Any) -> Any:
            counted[label(*given)] += 1
            return reader(*given, **more)

        monkeypatch.setattr(where, name, counting)

    wrap(journal, "entries", lambda *_given: "journal")
    wrap(facts, "sets", lambda _connection, shelf=facts.FACTS: f"sets of {shelf.name}")
    wrap(DocumentTable, "ask", lambda _table, where="": ASKED.get(where, "some"))
    wrap(dat, "read", lambda data, *_rules: hashlib.sha256(data).hexdigest())
    return counted


def answered(home: Path) -> AnswerResult:
    with CaseFile.open(home).alone() as case:
        return answer.answer(case, OPTIONS, SILENT, lambda _line: None)


def digest(home: Path, volume: str) -> str:
    data = (home / "volumes" / volume / "DATA" / f"{volume}.DAT").read_bytes()
    return hashlib.sha256(data).hexdigest()


def test_an_answer_that_seals_a_volume_reads_everything_once(
    drafted: Path, tmp_path: Path, reads: Counter[str]
) -> None:
    """It makes the index, searches, seals, cites, swears, reports, and prints every paper."""
    home = Path(shutil.copytree(drafted, tmp_path / "m"))
    shutil.rmtree(home / "derived" / "search")
    done = answered(home)

    assert done.sealed == "VOL001"
    assert len(done.papers) >= 6, done.decisions
    assert reads["journal"] == reads["sets of facts"] == 1
    # The index of the search is made of their texts alone.
    assert reads["documents"] == 1
    # Once as staged, by the check that stands before the seal, and once as sealed.
    assert reads[digest(home, "VOL001")] == 2


def test_an_answer_from_what_stands_reads_everything_once(
    sealed: Path, tmp_path: Path, reads: Counter[str]
) -> None:
    home = Path(shutil.copytree(sealed, tmp_path / "m"))
    answered(home)

    assert reads["journal"] == reads["sets of facts"] == reads["documents"] == 1
    assert [reads[digest(home, name)] for name in ("VOL001", "VOL002")] == [1, 1]


def test_a_status_report_reads_everything_once(
    sealed: Path, tmp_path: Path, reads: Counter[str]
) -> None:
    home = Path(shutil.copytree(sealed, tmp_path / "m"))
    with CaseFile.open(home).alone() as case:
        done = status_report.status(case, StatusOptions(SINCE, DAY))

    assert done.published is not None
    assert reads["journal"] == reads["documents"] == 1
    assert [reads[digest(home, name)] for name in ("VOL001", "VOL002")] == [1, 1]
