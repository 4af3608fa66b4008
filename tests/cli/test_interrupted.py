"""A command that was killed needs no hands, and what went out is never touched, as typed."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from forthwith.record import interrupted, productions
from tests.builders import evidence
from tests.cli.conftest import Command

PRODUCE = ("produce", "VOL001", "--day", "2023-06-17", "--workers", "1")


def files(folder: Path) -> dict[str, str]:
    """Return path -> digest of everything below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in paths}  # fmt: skip


def _stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_seal_stopped_before_the_journal_is_made_anew(
    run: Command, matter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The volume lies in staging still: none the journal does not tell of ever lies with others."""
    with monkeypatch.context() as patch:
        patch.setattr(productions, "seal", _stopped)
        stopped = run("-C", matter, *PRODUCE)
    assert stopped.exit_code == 130, stopped.output
    staged = files(matter / "staging/VOL001")
    assert staged
    assert list((matter / "volumes").iterdir()) == []
    assert run("-C", matter, "verify").exit_code == 0

    assert run("-C", matter, *PRODUCE).exit_code == 0
    assert files(matter / "volumes/VOL001") == staged
    assert run("-C", matter, "verify").exit_code == 0


@pytest.mark.parametrize("after", ["verify", "status", "serve transmittal VOL001"])
def test_a_seal_stopped_behind_the_journal_is_finished_by_the_next_command(
    run: Command, matter: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(interrupted, "move", _stopped)
        stopped = run("-C", matter, *PRODUCE)
    assert stopped.exit_code == 130, stopped.output
    staged = files(matter / "staging/VOL001")
    assert list((matter / "volumes").iterdir()) == []

    done = run("-C", matter, *after.split())
    assert done.exit_code == 0, done.output
    assert files(matter / "volumes/VOL001") == staged
    assert not (matter / "staging/VOL001").exists()
    assert run("-C", matter, "verify").exit_code == 0


def test_what_cannot_be_moved_is_looked_at_where_it_lies(
    run: Command, matter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A matter that cannot be written is not said to have lost a volume it has."""

    def closed(*_: object) -> None:
        raise PermissionError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(interrupted, "move", _stopped)
        run("-C", matter, *PRODUCE)
    monkeypatch.setattr(interrupted, "move", closed)
    assert run("-C", matter, "verify").exit_code == 0

    text = next((matter / "staging/VOL001/TEXT").rglob("*.TXT"))
    text.chmod(0o644)
    text.write_text("Nothing was moved.")
    done = run("-C", matter, "verify")
    assert f"{text.name} was changed" in done.output


@pytest.fixture
def older(run: Command, matter: Path) -> Path:
    """A matter with a sealed volume, its matter.db put back from before the seal."""
    with (
        closing(sqlite3.connect(matter / "matter.db")) as database,
        closing(sqlite3.connect(matter.parent / "backup.db")) as backup,
    ):
        database.backup(backup)
    assert run("-C", matter, *PRODUCE).exit_code == 0
    for left in matter.glob("matter.db*"):
        left.unlink()
    shutil.copy(matter.parent / "backup.db", matter / "matter.db")
    return matter


@pytest.mark.parametrize("name", ["VOL001", "vol001", "VOL002"])
def test_a_volume_the_journal_does_not_tell_of_stops_every_seal(
    run: Command, older: Path, name: str
) -> None:
    """It went out, and a volume beside it would take the same Bates numbers under any name."""
    before = files(older / "volumes")

    done = run("-C", older, "verify", "--json")
    assert done.exit_code == 1
    (line,) = json.loads(done.stdout)["broken"]
    assert line.startswith("volumes/VOL001: no volume the journal tells of: a volume of Example, ")
    assert "EXAMPL00000001 to EXAMPL" in line
    done = run("-C", older, "produce", name, *PRODUCE[2:])
    assert done.exit_code == 2
    assert "volumes/VOL001, a volume of Example, EXAMPL00000001" in done.output
    assert "put the newer one back" in " ".join(done.output.split())
    if name == "VOL001":
        assert run("-C", older, "answer", *PRODUCE[2:4], "--json").exit_code in (0, 1)
    assert files(older / "volumes") == before
    assert not (older / "staging").exists() or not list((older / "staging").iterdir())


@pytest.mark.parametrize("words", ["status", "answer", "produce VOL001", "process", "documents"])
def test_without_its_database_nothing_is_begun_beside_a_volume(
    run: Command, older: Path, words: str
) -> None:
    before = files(older / "volumes")
    (older / "matter.db").unlink()

    done = run("-C", older, *words.split())
    assert done.exit_code == 2
    assert "The journal of" in done.output
    told = run("-C", older, "verify")
    assert told.exit_code == 1
    assert "matter.db: the database is gone" in told.output
    assert "volumes/VOL001: no volume the journal tells of: a volume of Example" in told.output
    assert not (older / "matter.db").exists()
    assert files(older / "volumes") == before


def test_whatever_has_the_name_of_a_volume_stays(run: Command, matter: Path) -> None:
    """No folder of the user's own, even an empty one, is taken for a leaving of ours."""
    (matter / "volumes/VOL001").mkdir(parents=True)
    evidence.write(matter / "volumes/notes", a_txt=b"mine")

    done = run("-C", matter, *PRODUCE)
    assert done.exit_code == 2
    assert "volumes/VOL001 is there" in done.output
    assert run("-C", matter, "produce", "VOL002", *PRODUCE[2:]).exit_code == 0
    assert (matter / "volumes/notes/a.txt").read_bytes() == b"mine"
    assert list((matter / "volumes/VOL001").iterdir()) == []


def test_a_link_in_staging_is_not_followed(run: Command, matter: Path) -> None:
    """What an attempt left is cleared away; what a link leads to is not ours."""
    mine = evidence.write(matter.parent / "mine", a_txt=b"mine")
    (matter / "staging").mkdir()
    (matter / "staging/VOL001").symlink_to(mine)

    assert run("-C", matter, *PRODUCE).exit_code == 0
    assert (mine / "a.txt").read_bytes() == b"mine"
