"""A matter on disk: its settings, and where its evidence, decisions and documents lie.

    matter.toml  matter.db  evidence/  derived/  volumes/

`evidence/`, the journal and the other tables of `matter.db` are truth; `derived/` may be deleted
and is made again by `forthwith process`. The database appears with its first entry in it: a matter
without one was begun and not finished, and whoever opens it next finishes it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import re
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Limits, Sandbox
from forthwith.plain import system_errors
from forthwith.record import interrupted, journal, settings_noted, tables
from forthwith.record.evidence import EvidenceStore
from forthwith.record.tables import DatabaseError

#: What SQLite says where it may not write, or has no room to.
_UNWRITABLE = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
    }
)
#: The lock of a PostgreSQL database that a writing command holds from its start to its end.
_HELD = 0x466F7275

_DATABASE = "matter.db"

_TEMPLATE = """\
# The settings of one matter. Lines that start with # show the default.

[matter]
name = {name}
number = {number}
# Zone to which mail is standardised in productions (IANA name).
time_zone = {time_zone}
standard = {standard}

# [[parties]]
# name = "Northgate Trading Ltd."
# side = "producing"                # or "receiving"
# role = "Defendant"                # as captions have it

[numbering]
control_prefix = "FW"
bates_prefix = {prefix}
bates_width = 8

[letter]
# requesting_staff = "Staff attorney, Division of Enforcement"
# producing_party = "Northgate Trading Ltd."
# signer = "Counsel for Northgate"
# Court papers; lines within one value are separated by ";".
# court = "United States District Court; for the District of Columbia"
# judge = "Hon. Amara Lindqvist"
# firm = "Reyes & Holm LLP"
# address = "12 Harbour Road; Washington, D.C. 20001"
# served_on = "Staff attorney; Division of Enforcement"
# confidentiality = "FOIA Confidential Treatment Requested"

[storage]
# An SQLAlchemy address; a relative SQLite file lies in this folder.
# database = "sqlite:///matter.db"

[seal]
# Where the key lies that seals, if no longer where `forthwith seal-key` made or found it, and a
# file that holds its password alone.
# key = "/media/stick/seal.pem"
# password_file = "/media/stick/password.txt"

[process]
# Whether files are read in processes that can touch nothing else: "when there" (where the machine
# has what it takes), or "required" (nothing is read without).
# sandbox = "when there"
# Worker processes: a number, or "auto": one a core, as many as there is memory for.
# workers = "auto"
# Memory of the command itself, such as "8 GB"; "auto": what the machine has, less a reserve.
# memory = "auto"

[limits]
{limits}
"""


class NoMatterError(ForthwithError):
    """A folder is not a matter."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is not a matter: it has no matter.toml. Make one with "
            "`forthwith init NAME`, or name one with -C DIR."
        )


class MatterExistsError(ForthwithError):
    """A folder already holds a matter."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} already holds a matter; nothing was changed.")


class SettingsGoneError(ForthwithError):
    """A folder holds a matter without its settings."""

    def __init__(self, folder: Path, there: str) -> None:
        super().__init__(
            f"{folder / 'matter.toml'} is gone, and {there} lies beside its place: this is a "
            "matter without its settings. Put matter.toml back from a copy; nothing was changed."
        )


class JournalLostError(ForthwithError):
    """What a journal tells of is there, and the journal is not."""

    def __init__(self, folder: Path, there: str) -> None:
        super().__init__(
            f"The journal of {folder} is gone or empty, and {there} holds what it told of: the "
            "database was lost, emptied or exchanged. Put it back from its copy; `forthwith "
            "verify` names what lies here. Nothing was changed."
        )


class SettingError(ForthwithError):
    """matter.toml says something that cannot be."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}. Mend the line and run the command again.")


class MatterBusyError(ForthwithError):
    """Another command is at work on the matter."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another forthwith command is at work on {folder}. Wait for it to end, then try again."
        )


class NotWritableError(ForthwithError):
    """The matter can be read and not be written to."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"The matter {folder} can be read and cannot be written to: {why}")


@dataclass(frozen=True, slots=True)
class Settings:
    """matter.toml, read and checked."""

    name: str
    number: str = ""
    time_zone: str = "UTC"
    standard: str = "sec/2021-08"
    parties: tuple[Mapping[str, str], ...] = ()
    control_prefix: str = "FW"
    bates_prefix: str = "DOC"
    bates_width: int = 8
    letter: Mapping[str, str] = field(default_factory=dict)
    database: str = "sqlite:///matter.db"
    limits: Limits = field(default_factory=Limits)
    sandbox: Sandbox = Sandbox.WHEN_THERE
    #: Worker processes; 0 for as many as the machine carries.
    workers: int = 0
    #: Bytes a command itself may take; 0 for what the machine has.
    memory: int = 0
    #: `key` and `password_file`: where the key that seals lies, and a file with its password.
    seal: Mapping[str, str] = field(default_factory=dict)
    #: How `forthwith room` is reached and entered: host, port, name, oidc_issuer … (docs/room.md).
    room: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matter:
    """An open matter."""

    folder: Path
    settings: Settings
    engine: sa.Engine
    #: Why it was opened for reading only; "" where it may be written to.
    read_only: str = ""
    #: matter.toml as it was read.
    toml: bytes = field(default=b"", repr=False)

    @classmethod
    def create(cls, folder: Path, **settings: str) -> Self:
        """Make a new matter in `folder`, or finish one whose making was interrupted.

        Raises MatterExistsError, SettingsGoneError, SettingError, MatterBusyError.
        """
        path = folder / "matter.toml"
        values = {"number": "", "time_zone": "UTC", "standard": "sec/2021-08", **settings}
        letters = re.sub(r"[^A-Z]", "", values["name"].upper())[:6]
        values.setdefault("prefix", letters or "DOC")
        text = _filled(**values)
        made = _settings(path, text)
        folder.mkdir(parents=True, exist_ok=True)
        with cls(folder, made, tables.connect(_address(made.database, folder))).locked():
            if path.exists() and path.stat().st_size:
                there = cls.seen(folder)
                if _beside(folder) or there.has_entries():
                    raise MatterExistsError(folder)
                if there.toml != _as_filled(there.settings):
                    # Somebody has edited it since.
                    text = there.toml.decode()
            elif gone := _beside(folder) or _more_than_begun(folder):
                raise SettingsGoneError(folder, gone)
            interrupted.write_whole(path, text.encode())
            cls.seen(folder).begin()
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the matter in `folder`, and put at its place what an interrupted command left.

        Raises NoMatterError, SettingsGoneError, SettingError, JournalLostError, DatabaseError.
        """
        matter = cls.seen(folder)
        if matter.has_entries():
            matter.settle()
            return matter
        if there := _beside(folder):
            raise JournalLostError(folder, there)
        with matter.locked():
            if not matter.has_entries():
                matter.begin()
        return matter

    def has_entries(self) -> bool:
        """Return True when there is a journal with an entry. Raises DatabaseError."""
        return tables.is_there(self.engine) and tables.has_entries(self.engine)

    def begin(self) -> None:
        """Make the database with the first entry of the journal: whole, or not at all."""
        url = self.engine.url
        if self.engine.dialect.name != "sqlite" or not url.database:
            self._first_entry()
            return
        place = Path(url.database)
        begun = place.with_name(f".{place.name}.begun")
        for left in (begun, *(Path(f"{begun}-{log}") for log in ("wal", "shm", "journal"))):
            left.unlink(missing_ok=True)
        aside = dataclasses.replace(self, engine=tables.connect(url.set(database=str(begun))))
        aside._first_entry()  # noqa: SLF001 - one's own kind
        # Closing folds the log of SQLite into its one file.
        aside.engine.dispose()
        self.engine.dispose()
        for log in ("wal", "shm", "journal"):
            Path(f"{place}-{log}").unlink(missing_ok=True)
        begun.replace(place)
        interrupted.sync(place.parent)

    def _first_entry(self) -> None:
        tables.migrate(self.engine)
        body = {"name": self.settings.name, "number": self.settings.number}
        with self.writing() as connection:
            journal.append(connection, "init", {**body, **settings_noted.noted(self.toml)})

    @classmethod
    def seen(cls, folder: Path) -> Self:
        """Return the matter as it lies there, without making anything that it lacks.

        Raises NoMatterError, SettingsGoneError, SettingError.
        """
        path = folder / "matter.toml"
        if not path.is_file():
            if (folder / _DATABASE).is_file() and (there := _beside(folder)):
                raise SettingsGoneError(folder, there)
            raise NoMatterError(folder)
        toml = path.read_bytes()
        settings = _settings(path, _text(path, toml))
        address = _address(settings.database, folder)
        engine, read_only = tables.connect(address), ""
        try:
            if tables.is_there(engine):
                sa.inspect(engine).has_table("journal")
        except DatabaseError as refused:
            if refused.code not in _UNWRITABLE or not Path(address.database or "").is_file():
                raise
            engine.dispose()
            engine, read_only = tables.connect_to_read(address), refused.short
        return cls(folder, settings, engine, read_only, toml)

    def settle(self) -> None:
        """Put at its place what the journal tells of and an interrupted command did not move.

        Does nothing where another command is at work, or where nothing can be written.
        """
        with self.engine.connect() as connection:
            waiting = interrupted.waiting(self.folder, connection)
        if waiting:
            unable = (MatterBusyError, NotWritableError, OSError)
            with contextlib.suppress(*unable), self.locked():
                self._settle()

    def _settle(self) -> None:
        with self.engine.connect() as connection:
            for left, place in interrupted.waiting(self.folder, connection):
                interrupted.move(left, place)

    @property
    def evidence(self) -> EvidenceStore:
        """The blobs as collected."""
        return EvidenceStore(self.folder / "evidence")

    @property
    def derived(self) -> Path:
        """What can be made again."""
        return self.folder / "derived"

    @property
    def volumes(self) -> Path:
        """Sealed volumes, one folder each."""
        return self.folder / "volumes"

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the matter for one writing command at a time.

        What an interrupted command left is finished first, and settings that were edited are noted.
        Raises MatterBusyError, NotWritableError.
        """
        with self.locked():
            self._settle()
            if self.toml:
                with self.writing() as connection:
                    settings_noted.note(connection, self.toml)
            yield

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the matter and leave everything as it is.

        On PostgreSQL the database is held as well, for several folders may share it; it lets go
        when the connection ends. Raises MatterBusyError, NotWritableError.
        """
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            handle = os.open(self.folder / ".lock", flags, 0o644)
        except OSError as refused:
            raise NotWritableError(self.folder, system_errors.said(refused)) from refused
        with contextlib.closing(os.fdopen(handle, "rb", buffering=0)):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as busy:
                raise MatterBusyError(self.folder) from busy
            if self.read_only:
                raise NotWritableError(self.folder, self.read_only)
            with self._held():
                yield

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        """Hold a PostgreSQL database. Raises MatterBusyError."""
        if self.engine.dialect.name != "postgresql":
            yield
            return
        with self.engine.connect() as connection:
            # Else a transaction would stand open as long as the command works.
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(_HELD))):
                raise MatterBusyError(self.folder)
            try:
                yield
            finally:
                # A connection that broke holds nothing any more.
                with contextlib.suppress(DatabaseError):
                    connection.scalar(sa.select(sa.func.pg_advisory_unlock(_HELD)))

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Begin a transaction that writes; what it reads no other writer can change until it ends.

        The next number of anything is read here. A database of an earlier version is brought to
        this one first. Raises DatabaseError, MatterChangedError.
        """
        tables.bring_up(self.engine)
        with self.engine.begin() as connection:
            tables.take_turns(connection)
            yield connection


def _filled(**values: str) -> str:
    """Return matter.toml as it is made."""
    limits = [f"# {limit.name} = {limit.default}" for limit in dataclasses.fields(Limits)]
    quoted = {name: _quoted(value) for name, value in values.items()}
    return _TEMPLATE.format(**quoted, limits="\n".join(limits))


def _as_filled(settings: Settings) -> bytes:
    """Return matter.toml as it was made with these settings, before anybody edited it."""
    return _filled(
        name=settings.name,
        number=settings.number,
        time_zone=settings.time_zone,
        standard=settings.standard,
        prefix=settings.bates_prefix,
    ).encode()


def _beside(folder: Path) -> str:
    """Return the first folder of a matter that holds what a journal tells of; "" for none.

    What lies there is looked at, for folders of these names are not ours alone.
    """
    holds = {
        "evidence": r"../[0-9a-f]{64}",
        "facts": r"\d{4}/.+",
        "books": r"\d{4}/.+",
        "volumes": r".+/DATA",
        "derived": r"readings/.+",
    }
    for name, ours in holds.items():
        paths = (path.relative_to(folder / name) for path in (folder / name).glob("*/*"))
        if any(re.fullmatch(ours, path.as_posix(), re.DOTALL) for path in paths):
            return f"{name}/"
    return ""


def _more_than_begun(folder: Path) -> str:
    """Return the name of a database that holds more than its first entry; "" for none."""
    place = folder / _DATABASE
    engine = tables.connect(_address(f"sqlite:///{_DATABASE}", folder))
    try:
        if not tables.is_there(engine) or not tables.has_entries(engine):
            return ""
        with engine.connect() as connection:
            entries = list(journal.entries(connection))
    finally:
        engine.dispose()
    return place.name if [entry.action for entry in entries] != ["init"] else ""


def _text(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise SettingError(path, f"not UTF-8 text: {wrong.reason}") from wrong


def _settings(path: Path, text: str) -> Settings:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise SettingError(path, f"not valid TOML: {wrong}") from wrong
    _known(path, data)
    matter, numbering = dict(data.get("matter", {})), data.get("numbering", {})
    try:
        settings = Settings(
            **matter,
            **numbering,
            parties=tuple(data.get("parties", ())),
            letter=data.get("letter", {}),
            seal=data.get("seal", {}),
            room=data.get("room", {}),
            limits=Limits(**data.get("limits", {})),
            **data.get("storage", {}),
            sandbox=_sandbox(path, data.get("process", {})),
            workers=_workers(path, data.get("process", {})),
            memory=_memory(path, data.get("process", {})),
        )
        ZoneInfo(settings.time_zone)
    except ZoneInfoNotFoundError as wrong:
        raise SettingError(path, f"time_zone {settings.time_zone!r} is no known zone") from wrong
    except (TypeError, ValueError, OSError) as wrong:
        raise SettingError(path, f"{wrong}") from wrong
    if not re.fullmatch(r"[A-Za-z0-9_]*[A-Za-z_]", settings.bates_prefix):
        raise SettingError(
            path, "bates_prefix takes letters, digits and _, and no digit at the end"
        )
    return settings


def _known(path: Path, data: Mapping[str, Any]) -> None:
    """Refuse a misspelt table or key: a limit that is not read protects nobody."""
    keys = {
        "matter": {"name", "number", "time_zone", "standard"},
        "numbering": {"control_prefix", "bates_prefix", "bates_width"},
        "storage": {"database"},
        "process": {"sandbox", "workers", "memory"},
        "seal": {"key", "password_file"},
        "room": set(_ROOM.split()),
        "limits": {limit.name for limit in dataclasses.fields(Limits)},
    }
    for table in data.keys() - keys.keys() - {"parties", "letter"}:
        raise SettingError(path, f"[{table}] is not a table forthwith knows")
    for table, known in keys.items():
        entries = data.get(table, {})
        if not isinstance(entries, dict):
            raise SettingError(path, f"{table} is a table: write [{table}] on a line of its own")
        for key, value in entries.items():
            if key not in known:
                what = f"[{table}] {key} is not a setting; it has {sorted(known)}"
                raise SettingError(path, what)
            if (table, key) not in _OWN_FORMS:
                _fits(path, table, key, value)


def _sandbox(path: Path, process: Mapping[str, str]) -> Sandbox:
    """Return when readers are shut in. Raises SettingError."""
    try:
        return Sandbox(process.get("sandbox", Sandbox.WHEN_THERE))
    except ValueError as wrong:
        words = ", ".join(f'"{mode}"' for mode in Sandbox)
        what = f"[process] sandbox is {process['sandbox']!r}; it takes one of {words}"
        raise SettingError(path, what) from wrong


#: Settings of [process] that are no plain text and no plain number.
_OWN_FORMS = frozenset({("process", "workers"), ("process", "memory")})
_ROOM = (
    "host port name tls_cert tls_key behind_proxy idle_minutes highlight "
    "oidc_issuer oidc_client oidc_secret_file oidc_login oidc_words"
)
#: Settings that are numbers, besides the limits.
_NUMBERS = frozenset({"bates_width", "port", "idle_minutes"})
_HIGHEST_PORT = 65_535
_MOST_WORKERS = 256
_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def _workers(path: Path, process: Mapping[str, Any]) -> int:
    """Return how many workers there are to be, 0 for "auto". Raises SettingError."""
    given = process.get("workers", "auto")
    if given == "auto":
        return 0
    if type(given) is not int or not 1 <= given <= _MOST_WORKERS:
        what = f'[process] workers is {given!r}; it takes "auto" or a number from 1 to 256'
        raise SettingError(path, what)
    return given


def _memory(path: Path, process: Mapping[str, Any]) -> int:
    """Return the bytes a command may take, 0 for "auto". Raises SettingError."""
    given = process.get("memory", "auto")
    if given == "auto":
        return 0
    size = re.fullmatch(rf"(\d+(?:\.\d+)?) ?({'|'.join(_UNITS)})", str(given))
    if size is None or not (number := int(float(size[1]) * _UNITS[size[2]])):
        what = f'[process] memory is {given!r}; it takes "auto" or a size such as "8 GB"'
        raise SettingError(path, what)
    return number


def _fits(path: Path, table: str, key: str, value: object) -> None:
    """Refuse a word where a number is due, and the other way round."""
    number = table == "limits" or key in _NUMBERS
    sound = isinstance(value, (int, float)) and value > 0 if number else isinstance(value, str)
    if key == "port" and isinstance(value, int) and value > _HIGHEST_PORT:
        raise SettingError(path, f"[{table}] port is {value}; it takes 1 to {_HIGHEST_PORT}")
    if table == "room" and isinstance(value, float):
        sound = False
    if not sound or isinstance(value, bool):
        what = "a number above 0" if number else "text in quotes"
        raise SettingError(path, f"[{table}] {key} is {value!r}; it takes {what}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(max(sign, " ") for sign in escaped)}"'


def _address(database: str, folder: Path) -> sa.URL:
    """Put a relative SQLite file into the matter's folder, whatever signs its name holds."""
    address = sa.make_url(database)
    if address.get_backend_name() != "sqlite" or not address.database:
        return address
    return address.set(database=str(folder.resolve() / address.database))
