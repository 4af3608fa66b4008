"""`custody statements` prints each sentence with its answer, and its status means something."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.custody.load import load
from forthwith.cli.custody.statements import statements
from forthwith.record import productions
from forthwith.record.matter import Matter
from forthwith.workflows.custody.facts import FactsFaultyError, NoFactsError, NoMatterFactsError
from tests.builders.fact_folder import fact_folder, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fact_folder(tmp_path / "facts")


def typed(*words: str | Path, home: Path = Path()) -> Result:
    return CliRunner().invoke(
        statements, [str(word) for word in words], obj=home, catch_exceptions=False
    )


def answers(*words: str | Path, home: Path = Path()) -> dict[str, str]:
    data = json.loads(typed(*words, "--json", home=home).stdout)
    return {each["id"]: each["answer"] for each in data["statements"]}


def test_each_sentence_is_printed_with_its_answer(folder: Path) -> None:
    done = typed("--facts", folder)

    assert done.exit_code == 1
    assert "S1  SUPPORTED" in done.stdout
    assert "S2  CONTRADICTED from 2023-09-01 to 2023-10-01" in done.stdout
    assert "by: Tunde Adeyemi (adeyemi)" in done.stdout
    assert "possessions.csv:5: " in done.stdout
    assert "[NGT00000024]" in done.stdout
    assert "S3  UNSUPPORTED" in done.stdout
    assert "! It rests on what somebody else knows: 'My understanding'." in done.stdout
    assert "S1 and S4  CANNOT BOTH HOLD" in done.stdout
    assert "4 sentences: 2 supported, 1 contradicted, 1 unsupported; 2 pairs" in done.stdout


def test_json_is_one_object(folder: Path) -> None:
    data = json.loads(typed("--facts", folder, "--json").stdout)

    assert data.keys() == {"standing", "statements", "red", "tensions", "changed", "counts"}
    assert [each["answer"] for each in data["statements"]] == [
        "supported", "contradicted", "unsupported", "supported",
    ]  # fmt: skip
    assert data["statements"][0]["changes"] == {"on": "2023-09-01", "answer": "contradicted"}
    assert data["tensions"][0].keys() == {"first", "second", "kind", "why", "both_true_if"}
    assert data["counts"] == {
        "supported": 2, "contradicted": 1, "unsupported": 1, "tensions": 2, "changed": 0,
    }  # fmt: skip


def test_a_page_of_ours_that_nobody_can_look_up_is_red(folder: Path, tmp_path: Path) -> None:
    """In a matter with a sealed volume; its own pages only, and none where nothing is sealed."""
    home = Matter.create(tmp_path / "m", name="In re Northgate", prefix="NGT")
    shutil.copytree(folder, home.folder / "given")
    CliRunner().invoke(load, ["given"], obj=home.folder, catch_exceptions=False)
    assert "RED" not in typed(home=home.folder).stdout
    volume = productions.Production("VOL001", "sec/2021-08", "2023-06-17T00:00:00+00:00",
                                    "NGT00000001", "NGT00000009", 1, "", "0" * 64)  # fmt: skip
    with home.engine.begin() as connection:
        productions.seal(connection, volume, [("FW1", "NGT00000001", "NGT00000009")], {})
    done = typed(home=home.folder)

    assert "RED: NGT00000024 is in no sealed volume" in done.stdout
    red = json.loads(typed("--json", home=home.folder).stdout)["red"]
    assert any("NGT00000024" in lost for lost in red.values())
    assert "RED" not in typed("--facts", "given", home=home.folder).stdout


def test_status_is_0_when_every_sentence_is_supported_and_none_pulls(folder: Path) -> None:
    held = (folder / "statements.csv").read_text().splitlines(keepends=True)
    (folder / "statements.csv").write_text("".join(held[:2]))

    assert typed("--facts", folder).exit_code == 0
    (folder / "statements.csv").write_text(held[0])
    empty = typed("--facts", folder)
    assert empty.exit_code == 1
    assert "There are no statements" in empty.stdout


def test_statements_of_a_file_take_the_facts_beside_it(folder: Path) -> None:
    assert answers(folder / "statements.csv") == answers("--facts", folder)


def test_statements_of_a_file_of_any_name_replace_those_of_the_facts(
    folder: Path, tmp_path: Path
) -> None:
    other = write(
        tmp_path / "inbox" / "Roe letter.csv",
        "id,speaker,paper,sentence,claim,as_of,from,to,basis,standing,cites,disputed",
        "R1,ortega,,Nobody at Halden had it.,no_access(halden),2023-09-10,,,,sworn,,",
    )

    assert answers(other, "--facts", folder) == {"R1": "contradicted"}


def test_a_claim_that_does_not_read_is_told_with_its_row(folder: Path) -> None:
    path = folder / "statements.csv"
    path.write_text(path.read_text().replace("no_access(halden)", "no_acess(halden)"))

    done = typed("--facts", folder)

    assert "statements.csv:3: the claim of statement S2" in done.stdout
    assert "perhaps no_access" in done.stdout
    assert answers("--facts", folder)["S2"] == "unsupported"


def test_a_better_standing_supports_less(folder: Path) -> None:
    assert answers("--facts", folder, "--standing", "proved")["S1"] == "unsupported"


def test_earlier_facts_name_the_sentences_to_correct(folder: Path, tmp_path: Path) -> None:
    before = fact_folder(tmp_path / "before")
    rows = (before / "possessions.csv").read_text().splitlines(keepends=True)
    (before / "possessions.csv").write_text("".join(rows[:-1]))

    done = typed("--facts", folder, "--before", before)
    data = json.loads(typed("--facts", folder, "--before", before, "--json").stdout)

    assert "to correct or to supplement" in done.stdout
    assert [each["id"] for each in data["changed"]] == ["S1", "S2", "S4"]
    assert all(each["rows"] == ["possessions.csv:5"] for each in data["changed"])
    same = typed("--facts", folder, "--before", folder)
    assert "No sentence has another answer" in same.stdout


def test_what_cannot_be_read_is_told_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoFactsError):
        typed("--facts", tmp_path / "nothing")
    with pytest.raises(NoMatterFactsError):
        typed(home=tmp_path)
    with pytest.raises(FileNotFoundError):
        typed(folder / "missing.csv")
    broken = write(tmp_path / "b" / "statements.csv", "id,speaker", "S1,ortega")
    with pytest.raises(FactsFaultyError, match=r"statements\.csv"):
        typed(broken, "--facts", folder)
    binary = tmp_path / "statements.csv"
    binary.write_bytes(b"\x00\xff\xfe" * 100)
    with pytest.raises(FactsFaultyError):
        typed(binary, "--facts", folder)
