"""Two commands at once never hand out one number twice, on either database and past any lock."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from forthwith.domain.acts import Act
from forthwith.domain.items import Source
from forthwith.record import acts, control_numbers, journal, productions, sources
from forthwith.record.matter import Matter, MatterBusyError
from forthwith.record.productions import Overlay, Production
from forthwith.record.tables import DatabaseError, MatterChangedError
from forthwith.record.verify import verify
from forthwith.workflows.case_file import CaseFile


@pytest.fixture
def hosts(postgres: str, tmp_path: Path) -> Iterator[tuple[CaseFile, CaseFile]]:
    """Two copies of one matter's folder over one PostgreSQL database."""
    with sa.create_engine(postgres).begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    Matter.create(tmp_path / "one", name="Example").engine.dispose()
    text = (tmp_path / "one" / "matter.toml").read_text()
    text = text.replace('# database = "sqlite:///matter.db"', f'database = "{postgres}"')
    for name in ("one", "two"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "matter.toml").write_text(text)
    both = (CaseFile.open(tmp_path / "one"), CaseFile.open(tmp_path / "two"))
    yield both
    for case in both:
        case.matter.engine.dispose()


@pytest.fixture
def lying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[CaseFile, CaseFile]:
    """One matter opened twice on SQLite, where every file lock is granted to everyone."""
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    Matter.create(tmp_path / "m", name="Example")
    return CaseFile.open(tmp_path / "m"), CaseFile.open(tmp_path / "m")


def test_a_database_is_held_by_one_host_at_a_time(hosts: tuple[CaseFile, CaseFile]) -> None:
    first, second = hosts
    with first.alone(), pytest.raises(MatterBusyError), second.alone():
        pass
    with second.alone():
        pass


def test_a_host_that_dies_lets_go(hosts: tuple[CaseFile, CaseFile], postgres: str) -> None:
    """Its connection is ended as a killed machine's would be; nobody has to clear a lock."""
    first, second = hosts
    others = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    with first.alone():
        with sa.create_engine(postgres).begin() as connection:
            connection.execute(others)
        second.matter.engine.dispose()
        with second.alone():
            pass


def _asked(case: CaseFile) -> str:
    """Ask one question under the next key of those the case has read."""
    key = f"Q-{len(case.acts.of('question')) + 1:04d}"
    case.write([Act("question", key, {"by": case.folder.name})])
    return key


@pytest.mark.parametrize("database", ["hosts", "lying"])
def test_a_key_reckoned_from_what_is_old_is_not_written(
    request: pytest.FixtureRequest, database: str
) -> None:
    first, second = request.getfixturevalue(database)
    assert (len(list(first.acts)), len(list(second.acts))) == (0, 0)
    _asked(first)

    with pytest.raises(MatterChangedError):
        _asked(second)

    with second.alone():
        assert _asked(second) == "Q-0002"
        assert _asked(second) == "Q-0003"
    assert len(acts.read(first.matter).of("question")) == 3
    assert verify(first.matter).broken == ()


@pytest.mark.parametrize("database", ["hosts", "lying"])
def test_the_next_source_and_control_number_are_read_behind_the_other_writer(
    request: pytest.FixtureRequest, database: str
) -> None:
    """Each begins while the other is in the middle: the second waits, then counts on."""
    first, second = request.getfixturevalue(database)
    script = (
        "import sys; from pathlib import Path\n"
        "from forthwith.record import control_numbers, sources\n"
        "from forthwith.record.matter import Matter\n"
        "from forthwith.domain.items import Source\n"
        "with Matter.open(Path(sys.argv[1])).writing() as connection:\n"
        "    name = sources.next_source(connection)\n"
        "    sources.add(connection, Source(name, 'B', '/b', ''), [])\n"
        "    print(name, *control_numbers.assign(connection, 'FW', [('b', '')]).values())\n"
    )
    with first.matter.writing() as connection:
        name = sources.next_source(connection)
        command = [sys.executable, "-c", script, str(second.folder)]
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        sources.add(connection, Source(name, "A", "/a", ""), [])
        control_numbers.assign(connection, "FW", [("a", "")])
        with pytest.raises(subprocess.TimeoutExpired):
            other.communicate(timeout=1.5)
    out, _ = other.communicate(timeout=60)

    assert name == "S0001"
    assert out.split()[0] == "S0002"
    assert sorted(out.split()[1:]) == ["FW00000001", "FW00000002"]


def _production(volume: str) -> Production:
    return Production(volume, "sec/2021-08", "", "ABC00000001", "ABC00000001", 1, "", "0" * 64)


@pytest.mark.parametrize("database", ["hosts", "lying"])
def test_bates_numbers_are_sealed_once(request: pytest.FixtureRequest, database: str) -> None:
    """Both planned the first production of the matter; only one can be it."""
    first, second = request.getfixturevalue(database)
    first.seal(_production("VOL001"), [("FW00000001", "ABC00000001", "ABC00000001")], {})

    with pytest.raises(MatterChangedError):
        second.seal(_production("VOL002"), [("FW00000002", "ABC00000001", "ABC00000001")], {})

    with second.matter.engine.connect() as connection:
        assert [row.volume for row in productions.sealed(connection)] == ["VOL001"]
        assert [entry.action for entry in journal.entries(connection)].count("seal") == 1


def test_an_overlay_has_its_name_once(lying: tuple[CaseFile, CaseFile]) -> None:
    overlay = Overlay("VOL001-O1", "VOL001", "", "", "0" * 64, 1)
    lying[0].seal_overlay(overlay, {})

    with pytest.raises(MatterChangedError):
        lying[1].seal_overlay(overlay, {})


def test_a_server_that_ends_is_a_sentence(hosts: tuple[CaseFile, CaseFile], postgres: str) -> None:
    first, _ = hosts
    with first.matter.engine.connect() as connection:
        connection.execute(sa.text("SELECT 1"))
        own = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
        with sa.create_engine(postgres).begin() as other:
            other.execute(sa.text(f"SELECT pg_terminate_backend({own})"))
        with pytest.raises(DatabaseError, match="cannot be used"):
            connection.execute(sa.text("SELECT 1"))
