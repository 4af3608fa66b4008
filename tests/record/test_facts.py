"""Sets of facts: kept as loaded, told of in the journal, and never read when they are not so."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.record import facts, interrupted, journal, tables
from forthwith.record.facts import BadFactsNameError, FactsChangedError
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from tests.builders import killed

PEOPLE = b"id,name,standing\nana,Ana Ortega,sworn\n"
MEANS = b"id,kind,standing\ns1,share,sworn\n"


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    """A matter with one set of two files."""
    made = Matter.create(tmp_path / "m", name="Example")
    facts.add(made, {"people.csv": PEOPLE, "means.csv": MEANS}, replace=False)
    return made


def names(matter: Matter) -> list[str]:
    return [name for name, _ in facts.files(matter)]


def test_files_come_back_byte_for_byte_and_read_only(matter: Matter) -> None:
    assert facts.files(matter) == [
        ("facts/0001/means.csv", MEANS),
        ("facts/0001/people.csv", PEOPLE),
    ]
    mode = (matter.folder / "facts/0001/people.csv").stat().st_mode
    assert not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)


def test_the_journal_tells_of_each_file_by_digest(matter: Matter) -> None:
    with matter.engine.connect() as connection:
        entry = list(journal.entries(connection))[-1]

    assert entry.action == "facts"
    assert entry.facts()["files"][1] == {
        "name": "people.csv", "size": len(PEOPLE), "sha256": hashlib.sha256(PEOPLE).hexdigest(),
    }  # fmt: skip
    assert verify(matter).broken == ()


def test_a_later_set_adds_and_one_that_replaces_stands_alone(matter: Matter) -> None:
    facts.add(matter, {"people.csv": PEOPLE + b"bo,Bo,sworn\n"}, replace=False)
    assert names(matter) == [
        "facts/0001/means.csv", "facts/0001/people.csv", "facts/0002/people.csv",
    ]  # fmt: skip

    facts.add(matter, {"means.csv": MEANS}, replace=True)
    assert names(matter) == ["facts/0003/means.csv"]
    assert verify(matter).broken == ()


def test_the_same_bytes_are_not_stored_again(matter: Matter) -> None:
    again = facts.add(matter, {"people.csv": PEOPLE}, replace=False)
    assert not again.new
    assert not facts.add(matter, {"people.csv": PEOPLE, "means.csv": MEANS}, replace=True).new
    assert verify(matter).entries == 2

    more = facts.add(matter, {"people.csv": PEOPLE, "means.b.csv": MEANS}, replace=False)
    assert [file.name for file in more.files] == ["means.b.csv"]


def test_what_was_replaced_may_come_again(matter: Matter) -> None:
    """Bytes known from a set no longer in force are new to the facts in force."""
    facts.add(matter, {"means.csv": MEANS}, replace=True)

    assert facts.add(matter, {"people.csv": PEOPLE}, replace=False).new
    assert names(matter) == ["facts/0002/means.csv", "facts/0003/people.csv"]


def _rewrite(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(PEOPLE.replace(b"Ana", b"Eva"))


def _lengthen(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(PEOPLE + b"x")


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("spoil", "what"),
    [(_rewrite, "changed"), (_lengthen, "changed"), (Path.unlink, "missing"), (_link, "missing"),
     (_pipe, "missing")],
)  # fmt: skip
def test_a_file_that_is_not_as_loaded_is_named_and_not_read(
    matter: Matter, spoil: Callable[[Path], None], what: str
) -> None:
    spoil(matter.folder / "facts/0001/people.csv")

    with pytest.raises(FactsChangedError, match=f"facts/0001/people.csv .*{what}"):
        facts.files(matter)
    line = verify(matter).broken[0]
    assert line.startswith("facts/0001/people.csv: ")
    assert what in line


def test_what_was_spoilt_can_be_loaded_again(matter: Matter) -> None:
    _rewrite(matter.folder / "facts/0001/people.csv")

    assert facts.add(matter, {"people.csv": PEOPLE, "means.csv": MEANS}, replace=True).new
    assert names(matter) == ["facts/0002/means.csv", "facts/0002/people.csv"]


def test_an_added_file_is_named_and_not_read(matter: Matter) -> None:
    (matter.folder / "facts/0001/grants.csv").write_bytes(b"")

    (line,) = verify(matter).broken
    assert line.startswith("facts/0001/grants.csv: it was added")
    assert names(matter) == ["facts/0001/means.csv", "facts/0001/people.csv"]


def test_a_changed_journal_entry_is_a_sentence(matter: Matter) -> None:
    with matter.engine.begin() as connection:
        connection.execute(
            sa.update(tables.journal).where(tables.journal.c.seq == 2).values(body="{}")
        )

    with pytest.raises(FactsChangedError, match="Journal entry 2 was changed"):
        facts.files(matter)
    assert any("Journal entry 2" in line for line in verify(matter).broken)


def test_a_load_that_broke_off_leaves_nothing_in_force(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry is not there: nothing of it is read, and the next load has its number."""

    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(journal, "append", broken_off)
        with pytest.raises(KeyboardInterrupt):
            facts.add(matter, {"grants.csv": b"g"}, replace=False)

    assert "facts/0002/grants.csv" not in names(matter)
    assert verify(matter).broken == ()
    assert facts.add(matter, {"grants.csv": b"g"}, replace=False).folder == "facts/0002"


def test_a_load_killed_at_any_step_needs_no_hands(matter: Matter, tmp_path: Path) -> None:
    """The same load again ends as one that nothing disturbed, whatever step it was killed at."""
    step, load = 1, {"grants.csv": b"g", "people.csv": b"p"}

    def add(folder: Path) -> None:
        opened = Matter.open(folder)
        with opened.alone():
            facts.add(opened, load, replace=False)

    matter.engine.dispose()
    while True:
        folder = shutil.copytree(matter.folder, tmp_path / str(step))
        alive = not killed.at(step, lambda: add(folder))  # noqa: B023 - called before the next
        assert verify(Matter.seen(folder)).broken == ()
        add(folder)
        again = Matter.open(folder)
        assert verify(again).broken == verify(again).notes == ()
        assert dict(facts.files(again))["facts/0002/grants.csv"] == b"g"
        assert sorted(path.name for path in (folder / "facts").iterdir()) == ["0001", "0002"]
        if alive:
            break
        step += 1
    assert step > 5


def test_a_set_told_of_and_not_renamed_is_read_where_it_lies(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed behind the journal: also where nothing can be written, the facts are whole."""
    with monkeypatch.context() as patch:
        patch.setattr(interrupted, "move", lambda *_: None)
        facts.add(matter, {"grants.csv": b"g"}, replace=False)

    assert dict(facts.files(matter))["facts/0002/grants.csv"] == b"g"
    assert verify(matter).broken == ()
    assert (Matter.open(matter.folder).folder / "facts/0002/grants.csv").read_bytes() == b"g"


def test_a_set_the_journal_does_not_tell_of_is_taken_up_or_passed_by(matter: Matter) -> None:
    """Earlier versions left such; with an older matter.db it is a set of the newer one."""
    left = matter.folder / "facts/0002"
    left.mkdir()
    (left / "grants.csv").write_bytes(b"g")

    (line,) = verify(matter).broken
    assert line.startswith("facts/0002: no journal entry names it")
    assert facts.add(matter, {"grants.csv": b"h"}, replace=False).folder == "facts/0003"
    assert (left / "grants.csv").read_bytes() == b"g"


def test_the_very_set_that_lies_there_is_taken_up(matter: Matter) -> None:
    left = matter.folder / "facts/0002"
    left.mkdir()
    (left / "grants.csv").write_bytes(b"g")

    assert facts.add(matter, {"grants.csv": b"g"}, replace=False).folder == "facts/0002"
    assert verify(matter).broken == ()


def test_half_a_folder_is_swept_by_the_next_load(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up, or a power cut that no handler sees."""
    (matter.folder / "facts/.new-123").mkdir()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            facts.add(matter, {"grants.csv": b"g"}, replace=False)
    facts.add(matter, {"grants.csv": b"g"}, replace=False)

    assert sorted(path.name for path in (matter.folder / "facts").iterdir()) == ["0001", "0002"]
    assert verify(matter).broken == ()


@pytest.mark.parametrize("name", ["", "../people.csv", "a/b.csv", ".people.csv", "a\\b.csv", "a\0"])
def test_a_name_that_leaves_the_folder_is_refused(matter: Matter, name: str) -> None:
    with pytest.raises(BadFactsNameError):
        facts.add(matter, {name: b""}, replace=False)


def test_a_matter_without_facts_has_none(tmp_path: Path) -> None:
    matter = Matter.create(tmp_path / "m", name="Example")

    assert facts.files(matter) == []
    assert not facts.add(matter, {}, replace=True).new
    assert verify(matter).broken == ()
