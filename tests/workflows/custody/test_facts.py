"""Facts from a folder: no table is passed by, and nothing is answered from faulty ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter
from forthwith.workflows.custody.facts import (
    FactsFaultyError,
    NoFactsError,
    NoMatterFactsError,
    facts_of,
    read_folder,
    read_home,
)
from tests.builders import facts_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return facts_folder.example(tmp_path / "F")


def complaint(folder: Path) -> str:
    (fault,) = read_folder(folder).faults
    return str(fault)


def test_what_is_no_table_is_a_note(folder: Path) -> None:
    """A letter may lie beside the tables; whoever asks is told that it was not read."""
    (folder / "read me.txt").write_text("x")
    (folder / "scans").mkdir()

    assert facts_of(folder, Path()).notes == (
        "read me.txt is not a table of facts and was not read.",
        "scans is not a table of facts and was not read.",
    )


@pytest.mark.parametrize(
    "name",
    ["possession.csv", "posessions.csv", "Possessions.xlsx", "fact.yaml", "policys.2023.csv"],
)
def test_what_looks_like_a_table_is_not_passed_by(folder: Path, name: str) -> None:
    """Possessions left out beside a completeness row would exclude whom they show."""
    (folder / name).write_bytes(b"")

    assert complaint(folder).startswith(f"{name}: it looks like a table")


def _link(place: Path) -> None:
    place.with_name("elsewhere").write_bytes(b"id,name,standing\n")
    place.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, _link], ids=["pipe", "folder", "link"])
def test_a_table_that_is_no_file_is_a_fault_and_not_opened(folder: Path, make: object) -> None:
    """A pipe would wait for ever; a link may lead anywhere."""
    assert callable(make)
    make(folder / "people.more.csv")

    assert "it has a table's name and is a link, a folder or a pipe" in complaint(folder)


def test_a_file_past_all_size_is_a_fault_and_not_read(folder: Path) -> None:
    with (folder / "people.huge.csv").open("wb") as out:
        out.truncate(1 << 40)

    assert complaint(folder).startswith("people.huge.csv: it is larger than 256 MiB")


def test_a_folder_without_tables_is_an_error(tmp_path: Path) -> None:
    """Empty facts would be an answer."""
    (tmp_path / "letter.pdf").write_bytes(b"")

    for place in (tmp_path, tmp_path / "nowhere", tmp_path / "letter.pdf"):
        with pytest.raises(NoFactsError, match="holds no tables"):
            facts_of(tmp_path, place)


def test_without_a_folder_the_matter_is_asked(tmp_path: Path, folder: Path) -> None:
    """No matter, no facts in it, facts in it."""
    with pytest.raises(NoMatterFactsError, match="no matter here"):
        facts_of(tmp_path, None)
    matter = Matter.create(tmp_path / "m", name="Example")
    with pytest.raises(NoMatterFactsError, match="No facts were loaded"):
        facts_of(matter.folder, None)
    fact_sets.add(matter, read_folder(folder).files, replace=False)

    found = facts_of(matter.folder, None)
    assert found.people[0].place.startswith("facts/0001/people.csv:")
    assert len(read_home(matter.folder).rows) == len(read_home(folder, Path()).rows)


def test_faulty_facts_answer_nothing(folder: Path) -> None:
    """The first faults are shown, the rest is counted."""
    with (folder / "people.csv").open("a") as out:
        out.writelines(f"p{i},,sworn,,,\n" for i in range(25))

    with pytest.raises(FactsFaultyError) as raised:
        facts_of(folder, Path())
    lines = str(raised.value).splitlines()
    assert len(raised.value.faults) == 25
    assert len(lines) == 22
    assert lines[-1] == "… and 5 more."


def test_a_row_behind_a_number_sign_is_told(folder: Path) -> None:
    """Employee #12 is somebody, and a spreadsheet writes no quotes around him."""
    with (folder / "people.csv").open("a") as out:
        out.write(
            "# a remark, with, several, commas, in, it\n"
            '#12,Ann Lee,sworn,HC1,,\n"#13",Bo,sworn,,,\n'
        )

    facts = facts_of(folder, Path())
    assert facts.people[-1].id == "#13"
    line = len((folder / "people.csv").read_text().splitlines()) - 1
    (note,) = facts.notes
    assert note.startswith(
        f"Rows that begin with # were passed over as comments: people.csv:{line}."
    )
