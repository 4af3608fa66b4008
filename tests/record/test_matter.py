"""A matter stays within its folder and answers from there, whatever the folder is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.process.run import process
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter


@pytest.mark.parametrize("name", ["O'Brien", "Roe [2023]", "Re?", "all*", "100%", 'so-called "A"'])
def test_a_matter_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "note.txt").write_text("of no account")
    matter = Matter.create(tmp_path / "matters" / name, name=name)
    collect(matter, tmp_path / "note.txt", "Roe")
    process(matter, workers=1)
    assert [document.name for document in DocumentTable(matter).ask("size > 1")] == ["note.txt"]
    assert [path.name for path in (tmp_path / "matters").iterdir()] == [name]


def test_a_matter_where_nothing_could_be_read_still_lists_it(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    matter = Matter.create(tmp_path / "matter", name="Roe")
    collect(matter, tmp_path / "link", "Roe")
    process(matter, workers=1)
    assert [document.lost for document in DocumentTable(matter).ask()] == [True]
