"""The tables of decisions: the only SQL schema, the same on SQLite and PostgreSQL.

Rows here are truth (journal, sources, items, control numbers, productions, Bates numbers);
what can be made again from the evidence lies in Parquet (`readings`, `documents`).
Migrations stand in `migrations/`; a fresh database is made by running them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from forthwith.domain.errors import ForthwithError

metadata = sa.MetaData()

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    #: Canonical JSON.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("custodian", sa.Text, nullable=False),
    #: As given on the command line, made absolute.
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("collected", sa.Text, nullable=False),
)

items = sa.Table(
    "items",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, sa.ForeignKey("sources.id"), nullable=False, index=True),
    #: Path under the source's origin, "/" separated, as found.
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("blob", sa.Text, nullable=False, index=True),
    sa.Column("sha1", sa.Text, nullable=False),
    sa.Column("md5", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified", sa.Text, nullable=False),
    #: "file"; or "bundle": a folder that is one export, its blob lists its members.
    sa.Column("shape", sa.Text, nullable=False),
    #: Why the bytes could not be collected; "" when they were.
    sa.Column("fault", sa.Text, nullable=False),
)

control_numbers = sa.Table(
    "control_numbers",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("item", sa.Text, nullable=False),
    sa.Column("locator", sa.Text, nullable=False),
    sa.UniqueConstraint("item", "locator"),
)

productions = sa.Table(
    "productions",
    metadata,
    sa.Column("volume", sa.Text, primary_key=True),
    sa.Column("standard", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("first_bates", sa.Text, nullable=False),
    sa.Column("last_bates", sa.Text, nullable=False),
    #: Which production of the matter it is, from 1.
    sa.Column("ordinal", sa.Integer, nullable=False, unique=True),
    #: The volume whose place it takes, under the same numbers; "" for a first production.
    sa.Column("replaces", sa.Text, nullable=False),
    sa.Column("manifest", sa.Text, nullable=False),
)

bates = sa.Table(
    "bates",
    metadata,
    sa.Column("control_number", sa.Text, primary_key=True),
    sa.Column("volume", sa.Text, sa.ForeignKey("productions.volume"), primary_key=True),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("last", sa.Text, nullable=False),
    sa.UniqueConstraint("volume", "first"),
)


class DatabaseError(ForthwithError):
    """The matter's database cannot be used."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            f"The matter's database {url} cannot be used: {why}. Check [storage] database in "
            "matter.toml; the evidence folder is untouched."
        )


def connect(url: str | sa.URL) -> sa.Engine:
    """Return an engine; SQLite is set to WAL and full synchronisation."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
        connection.execute(f"PRAGMA {pragma}")


def is_there(engine: sa.Engine) -> bool:
    """Return False for an SQLite file that is not there: to connect would make an empty one."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return True
    return Path(engine.url.database).is_file()


def has_entries(engine: sa.Engine) -> bool:
    """Return True when there is a journal with an entry. Raises DatabaseError."""
    try:
        if not sa.inspect(engine).has_table(journal.name):
            return False
        with engine.connect() as connection:
            return connection.execute(sa.select(journal.c.seq).limit(1)).first() is not None
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as failed:
        raise unusable(engine, failed) from failed


def lacking(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield each table that is gone or lacks a column, with what is wrong in words."""
    seen = sa.inspect(connection)
    for table in metadata.sorted_tables:
        if not seen.has_table(table.name):
            yield table.name, f"the table {table.name} is gone"
            continue
        there = {column["name"] for column in seen.get_columns(table.name)}
        if gone := [column.name for column in table.columns if column.name not in there]:
            yield table.name, f"the table {table.name} has lost its column {', '.join(gone)}"


def unusable(engine: sa.Engine, failed: Exception) -> DatabaseError:
    """Return the sentence for a database that did not answer."""
    why = failed.__cause__ or getattr(failed, "orig", None) or failed
    return DatabaseError(engine.url.render_as_string(), " ".join(str(why).split()))


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to this version. Raises DatabaseError."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.SQLAlchemyError as failed:
        raise unusable(engine, failed) from failed
