"""Indexes of words: which folders under `derived/search/` may be asked, by a digest of their files.

What a search finds is produced and reported, so an index is asked only when it is what was written.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import sqlalchemy as sa

from forthwith.record import journal, tables
from forthwith.record.evidence import digest_of
from forthwith.record.matter import Matter


def digest_of_folder(folder: Path) -> str:
    """Return SHA-256 over the paths and digests of a folder's files; "" where one is no file."""
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
    return kept is not None and folder.is_dir() and digest_of_folder(folder) == kept


def keep(matter: Matter, name: str, written: Path) -> None:
    """Note the digest of an index just written, which is to have this name."""
    digest = digest_of_folder(written)
    with matter.writing() as connection:
        connection.execute(sa.delete(tables.indexes).where(tables.indexes.c.name == name))
        connection.execute(sa.insert(tables.indexes).values(name=name, digest=digest))


def digests(connection: sa.Connection) -> dict[str, str]:
    """Return the digest of each index by its name."""
    if not sa.inspect(connection).has_table(tables.indexes.name):
        return {}
    return {row.name: row.digest for row in connection.execute(sa.select(tables.indexes))}
