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


def test_long_keys_are_short_in_sentences_and_whole_in_json(tmp_path: Path) -> None:
    """Ids of means hold 64 hexadecimals where no origin names the key."""
    key = "key:" + "4fe5c9ea6d88ca428e16327cac881d3237be63926219ad04ee37cab934280e3d"
    (tmp_path / "facts.yaml").write_text(
        f"""
people: [{{id: ann, name: Ann Veldman, standing: document, cites: E1}}]
entities: [{{id: veld, name: Veld, standing: document, cites: E1}}]
affiliations: [{{person: ann, entity: veld, kind: employer, from: 2023-01-01, standing: document}}]
means: [{{id: "{key}", kind: key, standing: document}}]
wallets: [{{id: old, asset: BTC, standing: document}}]
policies: [{{wallet: old, path: signing, formula: "{key}", from: 2023-01-01, standing: document}}]
possessions: [{{person: ann, means: "{key}", from: 2023-01-01, standing: document, cites: E2}}]
""",
        encoding="utf-8",
    )
    asked = ["--who", "tie=veld", "--facts", str(tmp_path), "--from", "2023-02-01"]
    asked += ["--to", "2023-03-01"]
    said = CliRunner().invoke(ask, asked, obj=tmp_path, catch_exceptions=False).stdout
    assert "Answer: shown" in said
    assert "key:4fe5c9ea…280e3d" in said
    assert key not in said
    assert key in CliRunner().invoke(ask, [*asked, "--json"], obj=tmp_path).stdout
