"""`custody holders` names everybody who held, and with --uncollected what nobody collected."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.custody.holders import holders
from forthwith.record import journal
from forthwith.record.documents import DocumentTable
from forthwith.record.parts import digest
from tests.builders import evidence
from tests.builders.fact_folder import fact_folder, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return fact_folder(tmp_path / "facts")


def typed(*words: str | Path, home: Path = Path()) -> Result:
    return CliRunner().invoke(
        holders, [str(word) for word in words], obj=home, catch_exceptions=False
    )


def test_everybody_who_held_or_swore_is_listed(folder: Path) -> None:
    done = typed("--facts", folder)

    assert done.exit_code == 0
    assert "Tunde Adeyemi (adeyemi)" in done.stdout
    assert "had k1 (key), from 2023-09-01 to 2023-10-01  (possessions.csv:5)" in done.stdout
    assert "swore statement S1, on 2023-06-12" in done.stdout
    assert "3 holders." in done.stdout


def test_json_lists_holders_with_their_days(folder: Path) -> None:
    data = json.loads(typed("--facts", folder, "--json").stdout)

    assert [each["person"] for each in data["holders"]] == ["ortega", "lindqvist", "adeyemi"]
    assert data["holders"][2]["spans"][1] == {
        "what": "had k1 (key)",
        "days": {"from": "2023-09-01", "to": "2023-10-01"},
        "fact": "possessions.csv:5",
        "cites": ["NGT00000024"],
    }


def test_without_a_matter_nothing_covers_anybody(folder: Path, tmp_path: Path) -> None:
    done = typed("--facts", folder, "--uncollected", home=tmp_path)

    assert done.exit_code == 1
    assert "There is no matter" in done.stdout
    assert done.stdout.count("NOT COLLECTED: mail") == 3


def matter_with(home: Path, *documents: dict[str, object]) -> Path:
    """Return a matter that has collected one undated file of Per Lindqvist and read these."""
    note = write(home.parent / "in" / "note.txt", "A note.")
    os.utime(note, (1_672_531_200, 1_672_531_200))
    made = evidence.matter(home, note.parent, custodian="Lindqvist, Per")
    made.derived.mkdir(exist_ok=True)
    sound = {"lost": False, "custodian": "Ortega, Marisol", "kind": "email"}
    table = DocumentTable(made)
    table.write(iter([{**sound, **each} for each in documents]), [], [], [])
    with made.engine.begin() as connection:
        body = {"settled": table.written, "readings": digest([])}
        journal.append(connection, "process", body)
    table.publish()
    return home


def uncollected(folder: Path, home: Path, *words: str) -> dict[str, dict[str, list]]:
    """Return what is missing by person."""
    done = typed("--facts", folder, "--uncollected", "--json", *words, home=home)
    return {each["person"]: each["missing"] for each in json.loads(done.stdout)["uncollected"]}


def test_a_custodian_of_the_matter_covers_the_kinds_and_days_it_has(
    folder: Path, tmp_path: Path
) -> None:
    home = matter_with(
        tmp_path / "m",
        {"sort_date": "2023-01-05T09:00:00Z"},
        {"sort_date": "2023-05-31T09:00:00Z"},
        {"sort_date": "2023-12-31T09:00:00Z", "lost": True},
        {"sort_date": "2023-01-01T09:00:00Z", "kind": "container"},
        {"sort_date": "2023-02-01", "kind": "chat", "custodian": "Adeyemi, Tunde"},
    )

    missing = uncollected(folder, home)

    today = missing["ortega"]["mail"][0]["to"]
    assert missing["ortega"]["mail"] == [{"from": "2023-06-01", "to": today}]
    assert missing["ortega"]["device"] == [{"from": "2023-01-01", "to": today}]
    assert missing["adeyemi"]["chat"][-1] == {"from": "2023-02-02", "to": today}
    # A holding that still goes on ends with the last collection.
    assert today


def test_a_file_without_a_date_has_the_one_of_its_item(folder: Path, tmp_path: Path) -> None:
    loose = {"kind": "edoc", "item": "S0001/000001", "custodian": "Lindqvist, Per"}

    missing = uncollected(folder, matter_with(tmp_path / "m", loose))

    assert missing["lindqvist"]["device"][0]["from"] == "2023-01-02"


def test_a_near_name_and_a_source_nobody_read_are_told(folder: Path, tmp_path: Path) -> None:
    home = matter_with(tmp_path / "m", {"custodian": "M. Ortega"})

    done = typed("--facts", folder, "--uncollected", home=home)

    assert "perhaps collected as M. Ortega" in done.stdout
    assert "Collected, and no document read: Lindqvist, Per." in done.stdout


def test_a_matter_that_is_not_processed_covers_nobody(folder: Path, tmp_path: Path) -> None:
    home = evidence.matter(tmp_path / "m").folder

    done = typed("--facts", folder, "--uncollected", home=home)

    assert "Nothing is processed yet" in done.stdout
    assert done.exit_code == 1


def test_every_custodian_of_a_copy_has_the_days_of_all_copies(folder: Path, tmp_path: Path) -> None:
    """A lost copy and a dated one of the same group speak for both who have one, and no other."""
    copy = {"duplicate_group": "N1", "sort_date": "2023-01-01T00:00:00Z"}
    home = matter_with(
        tmp_path / "matter",
        {**copy, "control_number": "N1"},
        {**copy, "control_number": "N2", "sort_date": "2024-06-30T00:00:00Z"},
        {**copy, "control_number": "N3", "custodian": "Adeyemi, Tunde", "lost": True},
        {"control_number": "N4", "custodian": "Adeyemi, Tunde", "parent": "N1"},
    )

    missing = uncollected(folder, home)

    for person in ("adeyemi", "ortega"):
        assert [days["from"] for days in missing[person]["mail"]] == ["2024-07-01"]
