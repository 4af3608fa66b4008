"""The journal holds on SQLite and PostgreSQL alike."""

from __future__ import annotations

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
