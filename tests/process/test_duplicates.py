"""Equal documents: who holds them and where is kept and told once for each group."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from forthwith.cli.main import main
from forthwith.domain.documents import LONG_LIST
from forthwith.process import run
from forthwith.record.documents import DocumentTable
from tests.builders import evidence


def printed(home: Path, *words: str) -> str:
    done = CliRunner().invoke(main, ["-C", str(home), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def matter_of(home: Path, count: int) -> Path:
    """Return a matter of so many empty files, as packages of programs hold them."""
    for number in range(count):
        evidence.write(home.parent / "in" / f"package{number:04}", empty_py=b"")
    run.process(evidence.matter(home, home.parent / "in"), workers=1)
    return home


def test_copies_share_one_list_of_paths(tmp_path: Path) -> None:
    """A list on each of 50,000 empty files has taken 200 GB."""
    home = matter_of(tmp_path / "m", 50)

    documents = list(DocumentTable(evidence.Matter.open(home)).ask())

    assert len(documents) == 50
    assert len({id(document.all_paths) for document in documents}) == 1
    assert len(documents[0].all_paths) == 50


def test_documents_grow_with_the_files_and_lose_no_path(tmp_path: Path) -> None:
    few, many = matter_of(tmp_path / "a" / "m", 100), matter_of(tmp_path / "b" / "m", 200)

    sizes = [len(printed(home, "documents", "--json")) for home in (few, many)]

    assert sizes[1] < 2.1 * sizes[0]
    rows = [json.loads(line) for line in printed(many, "documents", "--json").splitlines()]
    first, *others = rows
    assert first["copies_in"] is None
    assert sorted(first["all_paths"]) == sorted(row["path"] for row in rows)
    for row in others:
        assert (row["copies_in"], row["all_paths"]) == (first["control_number"], [row["path"]])
        assert row["all_custodians"] == first["all_custodians"]


def test_a_condition_still_knows_the_places_of_all_copies(tmp_path: Path) -> None:
    """The first line printed has the lists, be it the first of the group or not."""
    home = matter_of(tmp_path / "m", 40)

    where = "list_contains(all_paths, 'package0003/empty.py') AND control_number > 'FW00000010'"
    rows = [
        json.loads(line)
        for line in printed(home, "documents", "--json", "--where", where).splitlines()
    ]

    assert len(rows) == 30
    assert [len(row["all_paths"]) for row in rows] == [40] + [1] * 29


def test_short_lists_stand_on_every_copy(tmp_path: Path) -> None:
    home = matter_of(tmp_path / "m", LONG_LIST)

    rows = [json.loads(line) for line in printed(home, "documents", "--json").splitlines()]

    assert {(len(row["all_paths"]), row["copies_in"]) for row in rows} == {(LONG_LIST, None)}


def test_a_load_file_grows_with_the_files_and_its_letter_says_how(tmp_path: Path) -> None:
    home = matter_of(tmp_path / "m", 40)

    printed(home, "produce", "VOL001", "--day", "2023-06-17")

    folder = home / "volumes" / "VOL001"
    (path,) = (folder / "DATA").glob("*.DAT")
    lengths = [line.count("empty.py") for line in path.read_text(encoding="utf-8-sig").splitlines()]
    assert max(lengths) >= 40
    assert sum(length >= 40 for length in lengths) == 1
    letter = " ".join(
        " ".join(file.read_text(encoding="utf-8-sig").split())
        for file in (folder / "DATA").glob("*_TRANSMITTAL.TXT")
    )
    assert f"Where there are more than {LONG_LIST} of them" in letter
