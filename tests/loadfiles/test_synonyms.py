"""Names that other systems give the columns: one meaning each, and a page that says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.loadfiles import columns, dat, synonyms
from forthwith.standards import loader, roles

STANDARD = loader.load()
ROOT = Path(__file__).parents[2]


def test_every_name_means_one_role_and_every_role_is_known() -> None:
    table = synonyms.table()
    names = [synonyms.bare(name) for known in table.names.values() for name in known]

    assert len(names) == len(set(names))
    assert set(table.names) <= set(roles.BY_NAME)


def test_the_page_is_what_the_table_says() -> None:
    """After a change: python -m forthwith.loadfiles.synonyms > docs/columns.md."""
    assert (ROOT / "docs/columns.md").read_text(encoding="utf-8") == synonyms.docs()


@pytest.mark.parametrize(
    "name", ["Production::Begin Bates", "BEGDOC#", "beg_bates", "Begin  Bates.", "UPI", "Prod-Beg"]
)
def test_case_marks_and_owners_do_not_matter(name: str) -> None:
    assert synonyms.table().meant[synonyms.bare(name)][0] == "first_bates"


def read(header: list[str], row: list[str], **named: list[str]) -> columns.Columns:
    data = b"".join(dat.write(header, [row]))
    day = STANDARD.formats.date.pattern
    return columns.read(data, STANDARD.load_file, STANDARD.all_columns, day, named)


def test_of_several_names_for_the_key_the_surest_is_taken() -> None:
    """A platform's own number often stands before the number of the production."""
    found = read(["Control Number", "Doc ID", "Prod Beg Bates"], ["REL1", "D1", "N0001"])

    assert found.by_role["first_bates"] == ["N0001"]


def test_a_name_given_by_hand_goes_before_all() -> None:
    found = read(["FIRSTBATES", "Own"], ["N0001", "M0001"], first_bates=["Own"])

    assert found.by_role["first_bates"] == ["M0001"]
    assert found.known == ("", "FIRSTBATES")


def test_a_column_may_be_given_by_its_place_and_by_several_names() -> None:
    found = read(["Mood", "Own"], ["glad", "M0001"], first_bates=["Absent", "2"])

    assert found.by_role["first_bates"] == ["M0001"]
    with pytest.raises(columns.NoSuchColumnError, match="Mood, Own"):
        read(["Mood", "Own"], ["glad", "M0001"], first_bates=["Absent"])


def test_a_name_that_may_mean_two_columns_takes_the_one_that_is_free() -> None:
    """FILE_PATH is the native where nothing else is, and where the file lay where something is."""
    found = read(["FIRSTBATES", "LINK", "FILE_PATH"], ["N1", "NATIVES\\N1.TXT", "J:\\a.txt"])

    assert found.by_role["native_path"] == ["NATIVES\\N1.TXT"]
    assert found.by_role["path"] == ["J:\\a.txt"]
