"""The tables of decisions: the only SQL schema, the same on SQLite and PostgreSQL.

Rows here are truth (journal, sources, items, control numbers, productions, Bates numbers);
what can be made again from the evidence lies in Parquet (`readings`, `documents`), and here its
digests, so that nothing else is taken for it.
Migrations stand in `migrations/`; a fresh database is made by running them.
"""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

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
    sa.Index("ix_journal_action", "action", "seq"),
    sa.Index("ix_journal_who", "who", "seq"),
    sa.Index("ix_journal_at", "at"),
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
    #: Why the bytes could not be collected, or not as one state of the file; "" when they were.
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
    sa.Index("ix_bates_first", "first"),
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

#: The folders under `derived/search/` and files under `derived/room/`, each with its digest.
indexes = sa.Table(
    "indexes",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
)


# The room: who works in it, what they decided, what was received and what may not be shown.

users = sa.Table(
    "users",
    metadata,
    #: "U0001".
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    #: "human" or "service".
    sa.Column("kind", sa.Text, nullable=False),
    #: Argon2 hash of the password, or of a service's token; "" where there is none.
    sa.Column("secret_hash", sa.Text, nullable=False),
    #: JSON list of WebAuthn credentials.
    sa.Column("passkeys", sa.Text, nullable=False),
    #: JSON object of the user's own settings: keys, view.
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("disabled_at", sa.Text, nullable=False),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False, index=True),
    #: A role, or "wall".
    sa.Column("role", sa.Text, nullable=False),
    #: JSON of a Scope.
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("granted_by", sa.Text, nullable=False),
    sa.Column("granted_at", sa.Text, nullable=False),
    #: "" while it stands.
    sa.Column("revoked_at", sa.Text, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    #: SHA-256 of the cookie: who reads this table cannot sign in with it.
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("known_by", sa.Text, nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
    #: Seconds since 1970, UTC.
    sa.Column("begun", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
)

forms = sa.Table(
    "forms",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    #: Canonical JSON of a Form.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

#: Append only.
codings = sa.Table(
    "codings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("control", sa.Text, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    #: Login.
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("pass", sa.Text, nullable=False),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("form_version", sa.Integer, nullable=False),
    #: Canonical JSON, mark -> value.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("previous", sa.Integer, nullable=False),
    #: Digest of the text that was read.
    sa.Column("read", sa.Text, nullable=False),
    #: The journal entry that commits to it.
    sa.Column("entry", sa.Integer, nullable=False),
    sa.Index("ix_codings_entry", "entry"),
    sa.UniqueConstraint("control", "version"),
)

#: What stands, made of `codings`: may be deleted and rebuilt.
coding_now = sa.Table(
    "coding_now",
    metadata,
    sa.Column("control", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("coding", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)

batches = sa.Table(
    "batches",
    metadata,
    #: "B0007".
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("pass", sa.Text, nullable=False),
    #: JSON of what it was cut by: query, sort, size, seed.
    sa.Column("rule", sa.Text, nullable=False),
    #: "open", "out" or "done".
    sa.Column("state", sa.Text, nullable=False),
    #: Login of who has it, or had it last; "" for nobody.
    sa.Column("holder", sa.Text, nullable=False),
    #: Logins who alone may take it, JSON list; [] for whoever may code its pass.
    sa.Column("offered", sa.Text, nullable=False),
    sa.Column("taken_at", sa.Text, nullable=False),
    #: When its holder last did something in it.
    sa.Column("touched_at", sa.Text, nullable=False),
)

batch_documents = sa.Table(
    "batch_documents",
    metadata,
    sa.Column("batch", sa.Text, sa.ForeignKey("batches.id"), primary_key=True),
    #: Order in which they are read, from 1.
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("control", sa.Text, nullable=False, index=True),
)

#: Random samples for quality control: drawn once, with the seed they can be drawn by again.
samples = sa.Table(
    "samples",
    metadata,
    #: "Q0001".
    sa.Column("id", sa.Text, primary_key=True),
    #: "qc" (second coding of what was coded) or "elusion" (of what is marked not responsive).
    sa.Column("kind", sa.Text, nullable=False),
    #: JSON: strata with population and drawn numbers, seed, bar, confidence.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    #: One row for each document it takes away, copies and near copies included.
    sa.Column("control", sa.Text, nullable=False, index=True),
    #: "named", "family", "copy" or "near copy" of `of`.
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("of", sa.Text, nullable=False),
    #: "N0001": rows of one notice have one name.
    sa.Column("notice", sa.Text, nullable=False),
    #: Login of the one person who is still shown it; "" for nobody.
    sa.Column("custodian", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    #: "" while it stands; else when it was lifted, returned or destroyed.
    sa.Column("ended", sa.Text, nullable=False),
    #: "", "lifted", "returned" or "destroyed".
    sa.Column("outcome", sa.Text, nullable=False),
)

#: Volumes received from another party, each reception of one a row.
received = sa.Table(
    "received",
    metadata,
    #: Name of the volume, as given: "VOL001".
    sa.Column("volume", sa.Text, primary_key=True),
    #: 1 for the first reception; an overlay or replacement is the next.
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("standard", sa.Text, nullable=False),
    #: The collection source that holds every delivered byte.
    sa.Column("source", sa.Text, nullable=False),
    #: "volume", "overlay" or "replacement".
    sa.Column("kind", sa.Text, nullable=False),
    #: JSON: counts by us and by the transmittal, findings by severity.
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
)

#: Numbers under which documents of the other side stand.
received_numbers = sa.Table(
    "received_numbers",
    metadata,
    sa.Column("control_number", sa.Text, primary_key=True),
    sa.Column("volume", sa.Text, primary_key=True),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("first", sa.Text, nullable=False),
    sa.Column("last", sa.Text, nullable=False),
    sa.Index("ix_received_numbers_first", "first"),
)

exhibits = sa.Table(
    "exhibits",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("control", sa.Text, nullable=False),
    #: JSON: pages, first and last number, title, stamp, and who made it when.
    sa.Column("body", sa.Text, nullable=False),
)

#: The chronology. A changed event is a new version; version 0 of none is ever shown.
events = sa.Table(
    "events",
    metadata,
    #: "E0001".
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    #: "2022", "2022-03" or "2022-03-14", as precise as `precision` says.
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("precision", sa.Text, nullable=False),
    sa.Column("sentence", sa.Text, nullable=False),
    #: JSON list of Bates pages.
    sa.Column("cites", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("removed", sa.Boolean, nullable=False),
)

#: Append only: a redaction is changed by a row that takes its place.
redactions = sa.Table(
    "redactions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("control", sa.Text, nullable=False, index=True),
    #: From 1; 0 for cells and seconds.
    sa.Column("page", sa.Integer, nullable=False),
    #: "box", "page", "inverse", "cells" or "seconds".
    sa.Column("shape", sa.Text, nullable=False),
    #: JSON: {"box": [x, y, w, h]}, {"span": "Sheet1!B2:D9"} or {}.
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    #: "proposed", "standing", "refused" or "removed".
    sa.Column("state", sa.Text, nullable=False),
    #: Digest of the page, or of the file, it was drawn on.
    sa.Column("drawn_on", sa.Text, nullable=False),
    #: Login.
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    #: The row it takes the place of; 0 for none.
    sa.Column("replaces", sa.Integer, nullable=False),
    #: The journal entry that commits to it.
    sa.Column("entry", sa.Integer, nullable=False),
)

#: Append only: what people decided of proposals of privilege.
privilege_decisions = sa.Table(
    "privilege_decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("control", sa.Text, nullable=False, index=True),
    #: "claimed" or "refused".
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("because", sa.Text, nullable=False),
    #: What was proposed when it was decided: tier, and canonical JSON of its reasons.
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("reasons", sa.Text, nullable=False),
    #: Digest of the text that was decided on.
    sa.Column("read", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    #: The decision it takes the place of; 0 for none.
    sa.Column("replaces", sa.Integer, nullable=False),
    sa.Column("entry", sa.Integer, nullable=False),
)

#: Rankings a team reads by. A changed one is a new version.
rankings = sa.Table(
    "rankings",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    #: JSON: mark and value, query of its set, seed, seeds, model, state.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("entry", sa.Integer, nullable=False),
)

#: Stops of ranked reviews: the sample drawn for one, and what it certified. Append only.
stops = sa.Table(
    "stops",
    metadata,
    #: "T0001".
    sa.Column("id", sa.Text, primary_key=True),
    #: 1 when the sample is drawn; the next when it is counted.
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("ranking", sa.Text, nullable=False),
    #: JSON: rule, target, alpha, try, found, unread, drawn, controls, seed, relevant, bound.
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("entry", sa.Integer, nullable=False),
)

#: Pages of a production that a named person looked at before it was sealed. Append only.
looks = sa.Table(
    "looks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    #: Digest of what was going out: documents, redactions, standard.
    sa.Column("draft", sa.Text, nullable=False, index=True),
    sa.Column("control", sa.Text, nullable=False),
    #: From 1.
    sa.Column("page", sa.Integer, nullable=False),
    #: Digest of the page as it was seen.
    sa.Column("seen", sa.Text, nullable=False),
    #: "good" or "bad".
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("entry", sa.Integer, nullable=False),
)

#: Tables by the migration that brought them: a matter of an earlier version has not lost them.
SINCE = {
    "0002": (parts, indexes),
    "0003": (
        users, grants, sessions, forms, codings, coding_now, batches, batch_documents, samples,
        quarantine, received, received_numbers, exhibits, events,
    ),
    "0004": (redactions, privilege_decisions, rankings, stops, looks),
}  # fmt: skip
#: The migration that makes this schema.
VERSION = max(SINCE)
#: Of a database that does not say which migration it stands at.
_UNSAID = "0000"
#: Engines whose database is known to stand at `VERSION`.
_CURRENT: weakref.WeakSet[sa.Engine] = weakref.WeakSet()
#: Alembic keeps what it works on in a module of its own: one migration at a time in a process.
_MIGRATING = threading.Lock()
#: PostgreSQL lets two writers read the same last entry; this lock makes them take turns.
_LOCK = 0x466F7274


class DatabaseError(ForthwithError):
    """The matter's database cannot be used."""

    def __init__(self, url: sa.URL, why: str, cure: str = "") -> None:
        cure = cure or "Check [storage] database in matter.toml; the evidence folder is untouched."
        super().__init__(
            f"The matter's database {url.render_as_string()} cannot be used: {why}. {cure}"
        )
        #: Why and what to do, without saying which database.
        self.short = f"{why}. {cure}"
        #: Of SQLite: its primary result code, 0 elsewhere.
        self.code = 0


class MatterChangedError(ForthwithError):
    """Two commands wrote to one matter at the same moment, past the lock that forbids it."""

    def __init__(self) -> None:
        super().__init__(
            "Another forthwith command wrote to the matter meanwhile, so nothing of this one was "
            "entered. Run it again: it starts from what is there now."
        )


_AGAIN = "Then run the same command again; what was entered before is kept."
_RESTORE = (
    "Put the database back from a copy, then run `forthwith verify`; the evidence is untouched."
)
#: By SQLite's primary result code (https://www.sqlite.org/rescode.html): why, and what to do.
_SQLITE = {
    sqlite3.SQLITE_FULL: ("the disk is full", f"Make room. {_AGAIN}"),
    sqlite3.SQLITE_READONLY: (
        "it can be read and not be written",
        "Ask its owner for access, or work on a copy of the matter.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        "See that the matter's folder is there and may be written to, or work on a copy of it.",
    ),
    sqlite3.SQLITE_BUSY: ("another program has it locked", f"Wait for it to end. {_AGAIN}"),
    sqlite3.SQLITE_LOCKED: ("another program has it locked", f"Wait for it to end. {_AGAIN}"),
    sqlite3.SQLITE_PERM: ("access is denied", "Ask its owner for access."),
    sqlite3.SQLITE_IOERR: (
        "its disk fails, or is full",
        f"Make room, or have the disk looked at. {_AGAIN}",
    ),
    sqlite3.SQLITE_NOLFS: ("it would be larger than may be written here", f"Make room. {_AGAIN}"),
    sqlite3.SQLITE_NOMEM: ("there is no memory left", f"Close other programs. {_AGAIN}"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", _RESTORE),
    sqlite3.SQLITE_NOTADB: ("it is no database", _RESTORE),
    sqlite3.SQLITE_ERROR: ("it has not the tables of a matter", _RESTORE),
}


#: Connections beyond the five that stay open.
_MOST_CONNECTIONS = 55


class _Connections(sa.pool.QueuePool):
    """The connections of an engine; that none became free is a sentence like any other refusal."""

    url: sa.URL

    def connect(self) -> sa.PoolProxiedConnection:
        """Return a connection. Raises DatabaseError."""
        try:
            return super().connect()
        except sa.exc.TimeoutError as late:
            why = "too many ask it at once"
            raise DatabaseError(self.url, why, f"Wait a moment. {_AGAIN}") from late

    def recreate(self) -> _Connections:
        """Return another pool of the same database."""
        fresh = super().recreate()
        assert isinstance(fresh, _Connections)  # noqa: S101 - for the type
        fresh.url = self.url
        return fresh


def connect(url: str | sa.URL) -> sa.Engine:
    """Return an engine; SQLite is set to WAL and full synchronisation.

    Whatever the database refuses is raised as DatabaseError or MatterChangedError.
    """
    # More than a room has threads (40): those that wait for a writer, up to a minute, must not keep
    # the readers from a connection.
    engine = sa.create_engine(url, poolclass=_Connections, max_overflow=_MOST_CONNECTIONS)
    assert isinstance(engine.pool, _Connections)  # noqa: S101 - for the type
    engine.pool.url = engine.url
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "handle_error", _said)
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
    if not sa.inspect(engine).has_table(journal.name):
        return False
    with engine.connect() as connection:
        return connection.execute(sa.select(journal.c.seq).limit(1)).first() is not None


def lacking(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield each table that is gone or lacks a column, with what is wrong in words.

    A table that the version which made the matter did not have is not gone.
    """
    seen = sa.inspect(connection)
    at = version_of(connection)
    later = {table for version, tables in SINCE.items() if version > at for table in tables}
    for table in metadata.sorted_tables:
        if table in later and not seen.has_table(table.name):
            # The next command that writes makes it.
            continue
        if not seen.has_table(table.name):
            yield table.name, f"the table {table.name} is gone"
            continue
        there = {column["name"] for column in seen.get_columns(table.name)}
        if gone := [column.name for column in table.columns if column.name not in there]:
            yield table.name, f"the table {table.name} has lost its column {', '.join(gone)}"


def _said(context: sa.engine.ExceptionContext) -> None:
    """Raise what the database refused as a sentence for a person."""
    failed = context.original_exception
    if isinstance(context.sqlalchemy_exception, sa.exc.IntegrityError):
        raise MatterChangedError from failed
    url = context.engine.url if context.engine else sa.make_url("sqlite://")
    raise refused(url, failed) from failed


def refused(url: sa.URL, failed: BaseException) -> DatabaseError:
    """Return what a database driver raised as a sentence with its cure."""
    first = str(failed).strip().partition("\n")[0].rstrip(".")
    code = getattr(failed, "sqlite_errorcode", 0) & 0xFF
    why, cure = _SQLITE.get(code, (first or type(failed).__name__, ""))
    error = DatabaseError(url, f"{why} ({first})" if code in _SQLITE and first else why, cure)
    error.code = code
    return error


def connect_to_read(url: sa.URL) -> sa.Engine:
    """Return an engine over an SQLite file that cannot be written, or lies where nothing can.

    What an interrupted command left beside it (a rollback journal, a write-ahead log) belongs to
    it: where SQLite cannot take that in on the spot, it does so in a copy, which goes when the
    engine does. Raises DatabaseError, OSError.
    """
    path = Path(url.database or "")
    left = [
        beside
        for beside in (path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal"))
        if beside.exists() and beside.stat().st_size
    ]
    engine = _reading(url, path, "mode=ro")
    try:
        sa.inspect(engine).has_table("journal")
    except DatabaseError as failed:
        if failed.code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise
        engine.dispose()
        if not left:
            return _reading(url, path, "mode=ro&immutable=1")
    else:
        return engine
    folder = Path(tempfile.mkdtemp(prefix="forthwith-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for file in (path, *left):
        # Their owner's rights would forbid SQLite to write to the copy.
        shutil.copyfile(file, folder / file.name)
    return connect(url.set(database=str(folder / path.name)))


def _reading(url: sa.URL, path: Path, how: str) -> sa.Engine:
    """Return an engine over a file opened by its URI (https://www.sqlite.org/uri.html)."""
    address = f"file:{quote(str(path))}?{how}"
    engine = sa.create_engine(
        url,
        creator=lambda: sqlite3.connect(address, uri=True, check_same_thread=False),
    )
    event.listen(engine, "handle_error", _said)
    return engine


def version_of(connection: sa.Connection) -> str:
    """Return which migration a database stands at; "0000" where it does not say."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return _UNSAID
    return str(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) or _UNSAID)


def holds(connection: sa.Connection, table: sa.Table) -> bool:
    """Say whether there is a table, which a matter of an earlier version may be without."""
    if connection.engine in _CURRENT:
        return True
    if version_of(connection) == VERSION:
        _CURRENT.add(connection.engine)
        return True
    return sa.inspect(connection).has_table(table.name)


def bring_up(engine: sa.Engine) -> None:
    """Bring a database of an earlier version to this one, before the first write.

    Costs nothing once it was asked of an engine. Raises DatabaseError.
    """
    if engine in _CURRENT:
        return
    with engine.connect() as connection:
        version = version_of(connection)
    if version > VERSION:
        raise DatabaseError(
            engine.url,
            f"a later version of forthwith made it (schema {version}, this one knows {VERSION})",
            "Write to it with that version; nothing was changed.",
        )
    if _UNSAID < version < VERSION:
        migrate(engine)
    if version != _UNSAID:
        _CURRENT.add(engine)


def take_turns(connection: sa.Connection) -> None:
    """Let no other writer read what this one adds to until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    elif not getattr(connection.connection.dbapi_connection, "in_transaction", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to this version, one writer at a time. Raises DatabaseError."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    try:
        with _MIGRATING, engine.begin() as connection:
            take_turns(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except sa.exc.SQLAlchemyError as failed:
        raise refused(engine.url, failed.__cause__ or failed) from failed
