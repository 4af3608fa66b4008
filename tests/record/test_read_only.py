"""A matter that cannot be written to is read all the same, with what lies beside its database."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from forthwith.collect.folder import collect
from forthwith.domain.acts import Act
from forthwith.record import acts, journal
from forthwith.record.matter import Matter, NotWritableError
from forthwith.record.tables import DatabaseError
from forthwith.record.verify import verify
from tests.builders import evidence
from tests.builders.disks import read_only


def _entries(matter: Matter) -> list[str]:
    with matter.engine.connect() as connection:
        return [entry.action for entry in journal.entries(connection)]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = evidence.write(tmp_path / "in", a_txt=b"one")
    matter = evidence.matter(tmp_path / "m", folder)
    matter.engine.dispose()
    return matter.folder


def test_a_read_only_matter_is_read_and_not_written(made: Path, tmp_path: Path) -> None:
    with read_only(made, tmp_path / "ro") as place:
        matter = Matter.open(place)

        assert _entries(matter) == ["init", "collect"]
        assert verify(matter).broken == ()
        with pytest.raises(NotWritableError, match="read-only"), matter.alone():
            pass
        with pytest.raises(DatabaseError, match="can be read and not be written"):
            acts.write(matter, [Act("question", "Q-0001", {})])
        matter.engine.dispose()


def test_what_a_killed_command_left_in_the_log_is_read_too(made: Path, tmp_path: Path) -> None:
    """The last act may lie only in the write-ahead log: without it the matter is older."""
    connection = sqlite3.connect(made / "matter.db")
    connection.execute("UPDATE journal SET who = 'changed' WHERE seq = 2")
    connection.commit()
    left = tmp_path / "left"
    shutil.copytree(made, left)
    connection.close()
    (left / "matter.db-shm").unlink()
    assert (left / "matter.db-wal").stat().st_size

    with read_only(left, tmp_path / "ro") as place:
        (broken,) = verify(Matter.open(place)).broken

    assert "entry 2 (collect" in broken


def test_a_hot_journal_is_rolled_back_in_a_copy(made: Path, tmp_path: Path) -> None:
    """Read without it, a database shows half of what was never committed."""
    connection = sqlite3.connect(made / "matter.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA cache_size=1")
    connection.execute("BEGIN")
    connection.execute("UPDATE journal SET who = 'half'")
    connection.execute("CREATE TABLE filler (x)")
    connection.executemany("INSERT INTO filler VALUES (?)", [("y" * 4000,)] * 200)
    left = tmp_path / "left"
    shutil.copytree(made, left)
    connection.close()
    assert (left / "matter.db-journal").stat().st_size

    with read_only(left, tmp_path / "ro") as place:
        assert verify(Matter.open(place)).broken == ()


@pytest.mark.parametrize(
    "spoil, says",
    [
        (lambda path: path.write_bytes(b"no database at all" * 100), "it is no database"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000] + bytes(9000)), "damaged"),
    ],
)
def test_a_spoilt_database_is_a_sentence(made: Path, spoil: object, says: str) -> None:
    spoil(made / "matter.db")  # type: ignore[operator]

    def read() -> None:
        verify(Matter.open(made))

    with pytest.raises(DatabaseError, match=says):
        read()


def test_a_database_without_its_tables_is_a_sentence(made: Path) -> None:
    with sqlite3.connect(made / "matter.db") as connection:
        connection.execute("DROP TABLE items")

    with pytest.raises(DatabaseError, match="no such table: items"):
        collect(Matter.open(made), made.parent / "in", "Ortega, Marisol")


def test_a_server_that_is_not_there_is_a_sentence(made: Path) -> None:
    settings = (made / "matter.toml").read_text()
    address = "postgresql+psycopg://forthwith:secret@127.0.0.1:1/nowhere"
    settings = settings.replace('# database = "sqlite:///matter.db"', f'database = "{address}"')
    (made / "matter.toml").write_text(settings)

    with pytest.raises(DatabaseError) as refused:
        Matter.open(made)

    assert "secret" not in str(refused.value)
    assert "127.0.0.1" in str(refused.value)
