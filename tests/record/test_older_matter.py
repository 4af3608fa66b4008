"""A matter from before there was a room is read as it is, and brought up when it is written to."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.domain.acts import Act
from forthwith.record import acts, quarantine, tables
from forthwith.record.batches import Batches
from forthwith.record.codings import Codings
from forthwith.record.matter import Matter
from forthwith.record.sessions import Sessions
from forthwith.record.tables import DatabaseError
from forthwith.record.users import Users
from forthwith.record.verify import verify
from tests.record.test_codings import BY, save


def make_older(matter: Matter) -> Matter:
    """Return the matter as the version before would have left it."""
    later = [table for since in ("0003", "0004") for table in tables.SINCE[since]]
    tables.metadata.drop_all(matter.engine, tables=later)
    with matter.engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_journal_action"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0002'"))
    matter.engine.dispose()
    return Matter.open(matter.folder)


def _version(matter: Matter) -> str:
    with matter.engine.connect() as connection:
        return tables.version_of(connection)


def test_it_is_read_without_being_changed(matter: Matter) -> None:
    older = make_older(matter)
    users, codings, batches = Users(older), Codings(older), Batches(older)

    assert (users.every(), users.by_login("ortega"), users.grants("U0001")) == ((), None, ())
    assert (dict(codings.standing()), codings.history("FW1"), codings.forms()) == ({}, [], ())
    assert (codings.last_save("ortega"), list(codings.every())) == ([], [])
    assert (batches.every(), batches.documents("B0001"), batches.of("FW1")) == ((), (), ())
    assert (batches.samples(), batches.held_by("ortega")) == ((), None)
    assert Sessions(older, users).found("token") is None
    assert users.changes() == codings.changes() == batches.changes() == 0
    with older.engine.connect() as connection:
        assert quarantine.standing(connection) == {}
    assert verify(older).broken == ()
    assert _version(older) == "0002"


@pytest.mark.parametrize("how", ["act", "alone", "user", "coding"])
def test_whatever_writes_first_brings_it_up(matter: Matter, how: str) -> None:
    older = make_older(matter)
    if how == "act":
        acts.write(older, [Act("question", "Q-0001", {})])
    elif how == "alone":
        with older.alone():
            pass
    elif how == "user":
        Users(older).add("ortega", "", "human", BY)
    else:
        Codings(older).save([save("FW1")], BY)

    assert _version(older) == tables.VERSION
    assert [coding.control for coding in Codings(older).save([save("FW2")], BY)] == ["FW2"]
    assert verify(older).broken == ()


def test_many_who_write_first_bring_it_up_once(matter: Matter) -> None:
    make_older(matter).engine.dispose()
    opened = [Matter.open(matter.folder) for _ in range(6)]
    failures: list[BaseException] = []

    def add(number: int) -> None:
        try:
            Users(opened[number]).add(f"user{number}", "", "human", BY)
        except BaseException as failed:  # noqa: BLE001 - told to the test
            failures.append(failed)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(Users(matter).every()) == 6
    assert verify(matter).broken == ()


def test_a_matter_of_a_later_version_is_not_written_to(matter: Matter) -> None:
    with matter.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0099'"))
    matter.engine.dispose()
    later = Matter.open(matter.folder)

    with pytest.raises(DatabaseError, match="later version"):
        acts.write(later, [Act("question", "Q-0001", {})])
    assert not acts.read(later).of("question")


def test_this_version_is_the_one_its_migrations_lead_to() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(tables.__file__).with_name("migrations")))
    assert ScriptDirectory.from_config(config).get_current_head() == tables.VERSION


@pytest.mark.parametrize("how", ["migrated", "made"])
def test_the_schema_is_one_however_it_came_about(tmp_path: Path, how: str) -> None:
    made = Matter.create(tmp_path / "m", name="Example")
    if how == "migrated":
        made = make_older(made)
        with made.alone():
            pass
    with made.engine.connect() as connection:
        assert list(tables.lacking(connection)) == []
        indexes = {index["name"] for index in sa.inspect(connection).get_indexes("journal")}
    assert "ix_journal_action" in indexes
    shutil.rmtree(tmp_path / "m")
