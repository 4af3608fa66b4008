"""A matter stays within its folder and answers from there, whatever the folder is called."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.process.run import process
from forthwith.record import journal
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import (
    JournalLostError,
    Matter,
    MatterExistsError,
    SettingError,
    SettingsGoneError,
)
from forthwith.record.verify import verify
from tests.builders import evidence, killed


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


def actions(matter: Matter) -> list[str]:
    with matter.engine.connect() as connection:
        return [entry.action for entry in journal.entries(connection)]


def _whole(folder: Path, name: str) -> None:
    """`folder` holds one whole new matter and nothing else."""
    matter = Matter.open(folder)
    with matter.engine.connect() as connection:
        (entry,) = journal.entries(connection)
    assert (entry.action, entry.facts()["name"]) == ("init", name)
    assert verify(matter).broken == verify(matter).notes == ()
    there = {path.name for path in folder.iterdir()}
    assert there - {"matter.db-wal", "matter.db-shm"} == {".lock", "matter.db", "matter.toml"}


def test_a_matter_whose_making_was_killed_is_made_by_the_next_init(tmp_path: Path) -> None:
    """Killed before anything that reaches the disk, it is no matter yet, or a whole one."""
    step = 1

    def make() -> Matter:
        return Matter.create(tmp_path / str(step), name="Roe")

    while killed.at(step, make):
        folder = tmp_path / str(step)
        if (folder / "matter.db").exists():
            with pytest.raises(MatterExistsError):
                Matter.create(folder, name="Doe")
            _whole(folder, "Roe")
        elif (folder / "matter.toml").exists() and step % 2:
            _whole(folder, "Roe")
        else:
            Matter.create(folder, name="Doe")
            _whole(folder, "Doe")
        step += 1
    assert step > 5
    _whole(tmp_path / str(step), "Roe")


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace on this machine")
@pytest.mark.parametrize("nth", [18, 73])
def test_init_killed_at_a_write_is_finished_by_init(tmp_path: Path, nth: int) -> None:
    """As above, inside SQLite as well: each write of the process is a place to be killed at."""
    calls = "write,pwrite64"
    init = [sys.executable, "-m", "forthwith", "init", str(tmp_path / "m")]
    strace = ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}", "-e"]
    kill = [*strace, f"inject={calls}:signal=SIGKILL:when={nth}", *init]
    assert subprocess.run(kill, capture_output=True, check=False).returncode
    subprocess.run(init, capture_output=True, check=True)

    _whole(tmp_path / "m", "m")


def test_a_matter_with_settings_and_no_entry_is_finished(tmp_path: Path) -> None:
    """Settings that somebody edited meanwhile stay."""
    whole = Matter.create(tmp_path / "m", name="Roe").folder
    (whole / "matter.db").unlink()
    with (whole / "matter.toml").open("a") as settings:
        settings.write("# mine\n")

    assert actions(Matter.create(whole, name="Doe")) == ["init"]
    assert Matter.open(whole).settings.name == "Roe"


@pytest.fixture
def collected(tmp_path: Path) -> Matter:
    return evidence.matter(tmp_path / "m", evidence.write(tmp_path / "in", a_txt=b"one"))


def _gone(database: Path) -> None:
    database.unlink()


def _empty(database: Path) -> None:
    database.unlink()
    database.touch()


def _without_journal(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE journal")


def _without_entries(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM journal")


@pytest.mark.parametrize("lose", [_gone, _empty, _without_journal, _without_entries])
def test_a_lost_journal_beside_evidence_is_never_begun_anew(
    collected: Matter, lose: object
) -> None:
    """A new journal would say of the evidence that nobody collected it, and number from 1 again."""
    collected.engine.dispose()
    database = collected.folder / "matter.db"
    lose(database)  # type: ignore[operator]

    with pytest.raises(JournalLostError, match="evidence/"):
        Matter.open(collected.folder)
    verification = verify(Matter.seen(collected.folder))
    assert verification.broken[0].startswith("matter.db: the database ")
    assert "evidence/: 1 blob that no journal tells of" in verification.broken
    assert database.exists() == (lose is not _gone)


def test_lost_settings_are_said_and_not_written_anew(collected: Matter) -> None:
    (collected.folder / "matter.toml").unlink()

    for act in (Matter.open, lambda folder: Matter.create(folder, name="Roe")):
        with pytest.raises(SettingsGoneError, match=r"matter\.toml is gone"):
            act(collected.folder)


def test_a_folder_of_like_names_is_no_matter(tmp_path: Path) -> None:
    """Whoever keeps files in `evidence/` or `papers/` may begin a matter beside them."""
    for name in ("evidence", "papers", "volumes"):
        evidence.write(tmp_path / name, a_txt=b"mine")

    assert Matter.create(tmp_path, name="Roe").folder == tmp_path


def test_edited_settings_are_noted_by_whoever_writes_next(collected: Matter) -> None:
    """The journal commits to matter.toml: what was changed is named, and by which entry."""
    path = collected.folder / "matter.toml"
    text = path.read_text().replace("# signer =", "signer =")
    path.write_text(text.replace("# database =", "database ="))
    edited = Matter.open(collected.folder)
    (line,) = verify(edited).broken
    assert line.startswith("matter.toml: it was changed (letter.signer, storage.database)")

    with edited.alone(), edited.engine.connect() as connection:
        entry = list(journal.entries(connection))[-1]
    with edited.alone():
        pass
    assert entry.facts()["changed"] == ["letter.signer", "storage.database"]
    assert verify(edited).broken == ()
    assert actions(edited) == ["init", "collect", "settings"]


def test_no_password_of_a_database_is_noted(tmp_path: Path) -> None:
    """Not even as a digest: two addresses that differ in it alone are noted alike."""
    from forthwith.record.settings_noted import changed, noted

    one, two = (
        noted(f'[storage]\ndatabase = "postgresql://a:{word}@h/d?sslpassword={word}"'.encode())
        for word in ("first", "second")
    )
    assert one["settings"] != two["settings"]
    assert changed(one, two) == []


@pytest.mark.parametrize(
    ("line", "workers", "memory"),
    [
        ('workers = "auto"', 0, 0), ("workers = 3", 3, 0), ('memory = "auto"', 0, 0),
        ('memory = "8 GB"', 0, 8 * 10**9), ('memory = "512MiB"', 0, 512 * 2**20),
        ('memory = "1.5 GB"', 0, 1_500_000_000),
    ],
)  # fmt: skip
def test_workers_and_memory_of_a_command_are_set_in_words(
    tmp_path: Path, line: str, workers: int, memory: int
) -> None:
    Matter.create(tmp_path, name="N")
    path = tmp_path / "matter.toml"
    path.write_text(path.read_text().replace("[process]", f"[process]\n{line}"))

    settings = Matter.open(tmp_path).settings

    assert (settings.workers, settings.memory) == (workers, memory)


@pytest.mark.parametrize(
    "line",
    ["workers = 0", "workers = 257", 'workers = "many"', "workers = true", "workers = 2.5",
     "memory = 8", 'memory = "8"', 'memory = "0 GB"', 'memory = "all"', 'memory = "-1 GB"'],
)  # fmt: skip
def test_workers_and_memory_that_cannot_be_are_refused(tmp_path: Path, line: str) -> None:
    Matter.create(tmp_path, name="N")
    path = tmp_path / "matter.toml"
    path.write_text(path.read_text().replace("[process]", f"[process]\n{line}"))

    with pytest.raises(SettingError, match=r"\[process\] (workers|memory) is .*it takes \"auto\""):
        Matter.open(tmp_path)
