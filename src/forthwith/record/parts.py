"""Parts: which files of readings count, each by the SHA-256 taken while it was written.

`derived/` lies open to whoever may write to the matter, and what is sealed takes its text from
there. So a part counts only when the table `parts` has it and its bytes are those that were
written. A worker writes it under a name with a dot; the run puts its row into the table, then gives
it its name: so every file without a dot has a row, whenever a run is killed. The `process` entry of
the journal commits to the rows before it. What is changed, added or gone is read again from the
evidence.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from forthwith.domain.nodes import Node
from forthwith.record import journal, readings, tables
from forthwith.record.evidence import digest_of
from forthwith.record.matter import Matter
from forthwith.record.readings import Part

#: Parts were dropped, and no run has ended since: what was settled may lack its texts.
DROPPED = "readings"


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What lies among the readings and does not count, or counts and does not lie there."""

    #: Names of rows whose file is gone, changed, or of another version of the readers.
    rows: tuple[str, ...]
    #: Files that are not what was written, or that nobody wrote.
    files: tuple[Path, ...]
    #: Files of another version of the readers, as that version wrote them.
    stale: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one matter, as readers of `stage` wrote them. The caller holds the matter."""

    matter: Matter
    stage: str

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.matter.derived / "readings"

    def ready(self) -> None:
        """Make the folder, and the table where an older version made the matter."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # Older versions marked the version of their readers here.
        (self.matter.derived / "stage").unlink(missing_ok=True)
        if not sa.inspect(self.matter.engine).has_table(tables.parts.name):
            tables.bring_up(self.matter.engine)
            # Where somebody took them away, everything is read again; the schema is as it was.
            made = [tables.parts, tables.indexes]
            tables.metadata.create_all(self.matter.engine, tables=made)

    def doubtful(self) -> Doubtful:
        """Read every part through, and return what cannot be relied on."""
        with self.matter.engine.connect() as connection:
            known = {file_of(part): part for part in every(connection)}
        there = {path.name: path for path in self.folder.glob("*.parquet")}
        changed = [
            path
            for name, path in sorted(there.items())
            if name not in known or not as_written(path, known[name].digest)
        ]
        stale = [
            path
            for name, path in sorted(there.items())
            if path not in changed and known[name].stage != self.stage
        ]
        bad = {path.name for path in (*changed, *stale)} | (known.keys() - there.keys())
        rows = tuple(part.name for name, part in known.items() if name in bad)
        return Doubtful(rows, tuple(changed), tuple(stale))

    def drop(self, doubtful: Doubtful) -> None:
        """Take away what cannot be relied on; what it held is then read again."""
        self._forget(doubtful.rows)
        for path in (*doubtful.files, *doubtful.stale):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def keep(self, part: Part) -> None:
        """Let a part count that was just written."""
        with self.matter.writing() as connection:
            values = asdict(part)
            written = self.folder / values.pop("partial")
            connection.execute(sa.delete(tables.parts).where(tables.parts.c.name == part.name))
            row = {**values, "after": journal.last(connection)}
            connection.execute(sa.insert(tables.parts).values(row))
        written.replace(self.folder / file_of(part))

    def paths(self) -> list[Path]:
        """Return the files that count, in order of name."""
        with self.matter.engine.connect() as connection:
            return [self.folder / file_of(part) for part in every(connection)]

    def units(self) -> set[str]:
        """Return the units that are read."""
        return {unit for path in self.paths() for unit in readings.units_of(path)}

    def forget(self, units: Collection[str]) -> None:
        """Take these units out of the parts that hold them, so that they are read again."""
        for path in self.paths():
            kept = [unit for unit in readings.units_of(path) if unit not in units]
            if len(kept) == len(readings.units_of(path)):
                continue
            left = readings.rewrite(path, kept, self.stage) if kept else None
            # Whoever is interrupted between the two reads more again.
            self._forget([path.stem])
            path.unlink()
            if left is not None:
                self.keep(left)

    def put(self, units: Mapping[str, Sequence[Node]]) -> None:
        """Write a part of these units, and let it count."""
        self.keep(readings.write(self.folder, units, self.stage))

    def _forget(self, names: Collection[str]) -> None:
        if not names:
            return
        with self.matter.writing() as connection:
            entry = journal.last_of(connection, "process")
            before = committed(connection, entry.seq) if entry else []
            for name in names:
                connection.execute(sa.delete(tables.parts).where(tables.parts.c.name == name))
            if entry and (left := committed(connection, entry.seq)) != before:
                body = {"dropped": len(before) - len(left), "readings": digest(left)}
                journal.append(connection, DROPPED, body)


def file_of(part: Part) -> str:
    """Return the name of a part's file."""
    return f"{part.name}.parquet"


def every(connection: sa.Connection) -> list[Part]:
    """Return every part that counts, in order of name."""
    rows = connection.execute(sa.select(tables.parts))
    return sorted(map(_part, rows), key=lambda part: part.name)


def committed(connection: sa.Connection, before: int) -> list[Part]:
    """Return the parts read before a journal entry, in order of name."""
    rows = connection.execute(sa.select(tables.parts).where(tables.parts.c.after < before))
    return sorted(map(_part, rows), key=lambda part: part.name)


def _part(row: sa.Row[tuple[object, ...]]) -> Part:
    values = dict(row._mapping)  # noqa: SLF001 - a row as a mapping
    del values["after"]
    return Part(**values)


def digest(parts: Iterable[Part]) -> str:
    """Return the digest a `process` entry has of its parts: SHA-256 of their rows as JSON lines."""
    rows = (
        [part.name, part.stage, part.batch, part.units, part.rows, part.bytes, part.digest]
        for part in parts
    )
    lines = "".join(f"{journal.canonical(row)}\n" for row in rows)
    return hashlib.sha256(lines.encode()).hexdigest()


def as_written(path: Path, digest: str) -> bool:
    """Say whether a file is a plain file with these bytes; a link or a pipe is none of ours."""
    try:
        return stat.S_ISREG(path.lstat().st_mode) and digest_of(path) == digest
    except OSError:
        return False


def unknown(folder: Path, parts: Iterable[Part]) -> Iterator[Path]:
    """Yield the files among the readings that nobody wrote."""
    names = {file_of(part) for part in parts}
    yield from (path for path in sorted(folder.glob("*.parquet")) if path.name not in names)
