"""A matter on disk: its settings, and where its evidence, decisions and documents lie.

    matter.toml  matter.db  evidence/  derived/  volumes/

`evidence/`, the journal and the other tables of `matter.db` are truth; `derived/` may be deleted
and is made again by `forthwith process`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Limits
from forthwith.record import journal, tables
from forthwith.record.evidence import EvidenceStore

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
    #: `key` and `password_file`: where the key that seals lies, and a file with its password.
    seal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matter:
    """An open matter."""

    folder: Path
    settings: Settings
    engine: sa.Engine

    @classmethod
    def create(cls, folder: Path, **settings: str) -> Self:
        """Make a new matter in `folder`. Raises MatterExistsError, SettingError."""
        path = folder / "matter.toml"
        if path.exists():
            raise MatterExistsError(folder)
        folder.mkdir(parents=True, exist_ok=True)
        values = {"number": "", "time_zone": "UTC", "standard": "sec/2021-08", **settings}
        letters = re.sub(r"[^A-Z]", "", values["name"].upper())[:6]
        values.setdefault("prefix", letters or "DOC")
        limits = [f"# {limit.name} = {limit.default}" for limit in dataclasses.fields(Limits)]
        text = _TEMPLATE.format(
            **{name: _quoted(value) for name, value in values.items()}, limits="\n".join(limits)
        )
        _settings(path, text)
        path.write_text(text, encoding="utf-8")
        matter = cls.open(folder)
        with matter.engine.begin() as connection:
            journal.append(connection, "init", {"name": values["name"], "number": values["number"]})
        return matter

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the matter in `folder`. Raises NoMatterError, SettingError, DatabaseError."""
        path = folder / "matter.toml"
        if not path.is_file():
            raise NoMatterError(folder)
        settings = _settings(path, _text(path))
        engine = tables.connect(_address(settings.database, folder))
        if not sa.inspect(engine).has_table("journal"):
            tables.migrate(engine)
        return cls(folder, settings, engine)

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
        """Hold the matter for one writing command at a time. Raises MatterBusyError."""
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            os.close(handle)
            raise MatterBusyError(self.folder) from busy
        try:
            yield
        finally:
            os.close(handle)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
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
            limits=Limits(**data.get("limits", {})),
            **data.get("storage", {}),
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
        "seal": {"key", "password_file"},
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
            _fits(path, table, key, value)


def _fits(path: Path, table: str, key: str, value: object) -> None:
    """Refuse a word where a number is due, and the other way round."""
    number = table == "limits" or key == "bates_width"
    sound = isinstance(value, (int, float)) and value > 0 if number else isinstance(value, str)
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
