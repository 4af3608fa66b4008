"""Indexes: which folders under `derived/search/` and stores under `derived/room/` may be asked.

What a search finds and a store says is produced and reported, so each is asked only when it is what
was written, by a digest of its files.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

import sqlalchemy as sa

from forthwith.record import journal, tables
from forthwith.record.evidence import digest_of
from forthwith.record.matter import Matter

#: How the name of a store of rows ends, which is one file.
STORE = ".db"
#: How the name of a file of rows to rank by ends; it lies beside the store.
RANKED = ".npz"


def place_of(matter: Matter, name: str) -> Path:
    """Return where the index or store of a name lies."""
    return matter.derived / ("room" if name.endswith((STORE, RANKED)) else "search") / name


def digest_of_index(folder: Path) -> str:
    """Return SHA-256 over the paths and digests of a folder's files, or of one file.

    "" where something is no file.
    """
    if folder.is_file() and not folder.is_symlink():
        return digest_of(folder)
    rows = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            return ""
        if path.is_file():
            rows.append([path.relative_to(folder).as_posix(), digest_of(path)])
    return hashlib.sha256(journal.canonical(rows).encode()).hexdigest()


def is_sound(matter: Matter, folder: Path) -> bool:
    """Say whether an index is what was written."""
    with matter.engine.connect() as connection:
        kept = digests(connection).get(folder.name)
    return kept is not None and folder.exists() and digest_of_index(folder) == kept


def keep(matter: Matter, name: str, written: Path) -> None:
    """Note the digest of an index just written, which is to have this name."""
    digest = digest_of_index(written)
    with matter.writing() as connection:
        connection.execute(sa.delete(tables.indexes).where(tables.indexes.c.name == name))
        connection.execute(sa.insert(tables.indexes).values(name=name, digest=digest))


class Hold:
    """An index or store is in use for as long as this is kept.

    Whoever makes a newer one leaves it there meanwhile, since what was not read yet is read later.
    Does nothing where the file is gone, or its file system has no such locks.
    """

    def __init__(self, path: Path) -> None:
        self._file = -1
        with contextlib.suppress(OSError):
            self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)


def take_away(path: Path, held: Path) -> None:
    """Take away an index or store that nobody has in use, by the file of it that is held."""
    with contextlib.suppress(OSError):
        if held.exists():
            with held.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
        else:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink()


def digests(connection: sa.Connection) -> dict[str, str]:
    """Return the digest of each index and store by its name."""
    if not sa.inspect(connection).has_table(tables.indexes.name):
        return {}
    return {row.name: row.digest for row in connection.execute(sa.select(tables.indexes))}
