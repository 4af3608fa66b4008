"""`custody ask` refuses what it cannot be asked, in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from forthwith.cli.custody.ask import ask
from tests.builders.fact_folder import fact_folder


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "9999-12-31"), "9999-12-31 lies outside the years 1900 to 2199"),
        (("--to", "0001-01-01"), "0001-01-01 lies outside the years 1900 to 2199"),
        (("--limit", "-1"), "-1 is not in the range x>=0"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, words: tuple[str, str], told: str) -> None:
    """No day after the last of the calendar, and no list of less than nothing."""
    folder = fact_folder(tmp_path / "facts")

    asked = ["--who", "everyone", "--facts", str(folder), *words]
    done = CliRunner().invoke(ask, asked, obj=tmp_path, catch_exceptions=False)
    assert done.exit_code == 2
    assert told in done.stderr
