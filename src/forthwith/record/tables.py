"""The tables of decisions: the only SQL schema, the same on SQLite and PostgreSQL.

Rows here are truth (journal, sources, items, control numbers, productions, Bates numbers);
what can be made again from the evidence lies in Parquet (`readings`, `documents`), and here its
digests, so that nothing else is taken for it.
Migrations stand in `migrations/`; a fresh database is made by running them.
"""

from __future__ import annotations

import sqlite3
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

#: The files under `derived/readings/`: no other is read.
parts = sa.Table(
    "parts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    #: The version of the readers.
    sa.Column("stage", sa.Text, nullable=False),
    #: Digest of the names of the units read together.
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    #: SHA-256 of the file, taken while it was written.
    sa.Column("digest", sa.Text, nullable=False),
    #: The journal entry it was read after: the next `process` entry commits to it.
    sa.Column("after", sa.Integer, nullable=False),
)

#: The folders under `derived/search/`, each with a digest over its files.
indexes = sa.Table(
    "indexes",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
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
        raise DatabaseError(engine.url.render_as_string(), str(failed.__cause__)) from failed
