"""The journal holds on SQLite and PostgreSQL alike."""

from __future__ import annotations

import os
import pwd
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.record import journal, tables


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        engine = tables.connect(f"sqlite:///{tmp_path / 'm.db'}")
    else:
        engine = tables.connect(request.getfixturevalue("postgres"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    tables.migrate(engine)
    yield engine
    engine.dispose()


def test_entries_are_chained(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        first = journal.append(connection, "init", {"name": "Example"})
        second = journal.append(connection, "collect", {"id": "S0001"})

    assert first.previous == journal.GENESIS
    assert second.previous == first.digest
    with engine.connect() as connection:
        assert list(journal.entries(connection)) == [first, second]
        assert list(journal.broken(connection)) == []


def test_an_act_that_fails_leaves_no_entry(engine: sa.Engine) -> None:
    def act() -> None:
        with engine.begin() as connection:
            journal.append(connection, "init", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()

    with engine.connect() as connection:
        assert list(journal.entries(connection)) == []


def test_the_migrated_schema_is_the_declared_one(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)

    for table in tables.metadata.sorted_tables:
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        assert columns == {column.name for column in table.columns}


def test_canonical_json_is_one_text() -> None:
    assert journal.canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'


def test_writers_at_once_take_turns(engine: sa.Engine) -> None:
    def work() -> None:
        for _ in range(5):
            with engine.begin() as connection:
                journal.append(connection, "act", {})

    writers = [threading.Thread(target=work) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with engine.connect() as connection:
        assert len(list(journal.entries(connection))) == 20
        assert list(journal.broken(connection)) == []


def test_who_acts_is_the_account_not_what_the_environment_says(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOGNAME is set by whoever types the command."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "mallory")
    with engine.begin() as connection:
        entry = journal.append(connection, "act", {})

    assert entry.who == pwd.getpwuid(os.getuid()).pw_name
    assert entry.known_by == f"local login (uid {os.getuid()})"


def test_a_name_that_only_the_environment_has_is_told_as_that(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In some containers no account has the number a process runs under."""

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", nobody)
    monkeypatch.setenv("LOGNAME", "ortega")
    with engine.begin() as connection:
        entry = journal.append(connection, "act", {})

    assert (entry.who, entry.known_by.split(" (")[0]) == ("ortega", "environment")


def test_entries_of_older_programs_keep_their_digests() -> None:
    """They do not say how a name is known, and stand as they were written."""
    body, at = journal.canonical({"name": "Acme", "number": ""}), "2024-01-02T03:04:05+00:00"
    entry = journal.Entry(1, at, "ortega", "init", body, journal.GENESIS, "")

    assert entry.known_by == ""
    assert entry.seal() == "56265781d76361091bf3af374d27739352bc5fba352a9720fb178e90cf05dbd3"
