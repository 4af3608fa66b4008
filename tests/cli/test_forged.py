"""Words forged in what was read never lie in a sealed volume."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from forthwith.cli.main import main
from tests.builders import evidence


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(home), *words], catch_exceptions=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = evidence.write(tmp_path / "in", note_txt=b"The keys are in the safe.")
    evidence.matter(tmp_path / "m", folder)
    assert run(tmp_path / "m", "process").exit_code == 0
    return tmp_path / "m"


def forge(home: Path) -> None:
    (path,) = (home / "derived" / "readings").glob("*.parquet")
    table = pq.read_table(path)
    forged = pa.array([text.replace("safe", "sofa") for text in table["text"].to_pylist()])
    at = table.schema.get_field_index("text")
    pq.write_table(table.set_column(at, "text", forged), path)


def test_forged_text_stops_the_volume_and_is_read_again(home: Path) -> None:
    """It was once sealed, with the natives as collected, and verify and check were clean."""
    forge(home)

    for words in (
        ("produce", "VOL001", "--day", "2023-06-17"),
        ("documents",),
        ("documents", "--json"),
        ("search", "sofa"),
        ("privilege", "check"),
    ):
        refused = run(home, *words)
        assert refused.exit_code == 2, words
        assert "was changed, so nothing is taken from derived/" in refused.output + refused.stderr
    assert "it was changed" in run(home, "verify").output

    said = run(home, "process").output
    assert "1 file of derived/ was not as this version writes them" in said
    assert "1 item read" in said
    assert run(home, "produce", "VOL001", "--day", "2023-06-17").exit_code == 0
    (text,) = (home / "volumes" / "VOL001" / "TEXT").rglob("*.*")
    assert "safe" in text.read_text(encoding="utf-8-sig")
    assert run(home, "verify").exit_code == 0


def test_forged_text_after_the_index_was_made_finds_nothing(home: Path) -> None:
    """The words a search counts are those that are produced."""
    assert run(home, "search", "safe", "--count").exit_code == 0
    forge(home)

    assert run(home, "search", "sofa", "--count").exit_code in (0, 1)
    assert "1 document" not in run(home, "search", "sofa", "--count").output
