"""Nothing true stops the seal: what the evidence holds is produced as it is, and checked clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import evidence
from tests.cli.conftest import Command
from tests.formats.mail.test_web_archive import BLINK, WORD


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param("page.mhtml", BLINK, id="a page a browser saved"),
        pytest.param("page.mht", WORD, id="a page Word saved"),
        pytest.param("page.eml", BLINK, id="a page under the name of a mail"),
    ],
)
def test_what_is_true_of_the_evidence_seals(
    run: Command, tmp_path: Path, name: str, data: bytes
) -> None:
    loose = tmp_path / "in"
    loose.mkdir()
    (loose / name).write_bytes(data)
    home = evidence.matter(tmp_path / "m", loose).folder
    assert run("-C", home, "process", "--workers", "1").exit_code == 0
    done = run("-C", home, "produce", "VOL001", "--day", "2023-07-01", "--workers", "1")

    assert done.exit_code == 0, done.output
