"""The matter's facts: sets of files as loaded, byte for byte, each committed to the journal.

    facts/0001/people.csv  facts/0001/possessions.csv  facts/0002/possessions.ceremony.csv

A set never changes. A later one adds to those before it, or takes the place of all of them. What
is in force is every file since the last that replaced. A folder that the journal does not name was
left by an interrupted load; it is not read, and `verify` names it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.record import journal, tables
from forthwith.record.matter import Matter

_ACTION = "facts"
_PARTIAL = ".new-"


class FactsChangedError(ForthwithError):
    """A file of facts is not what was loaded."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(
            f"{name} {what} since the facts were loaded; nothing is computed from it. Restore it "
            "from a copy (`forthwith verify` names everything that is not as it was), or load the "
            "facts anew: forthwith custody load FACTS/ --replace"
        )


class BadFactsNameError(ForthwithError):
    """A file cannot lie in the matter under its name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not a plain file name; rename the file and load it again.")


@dataclass(frozen=True, slots=True)
class FactFile:
    """One file of a set."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class FactSet:
    """Files loaded together."""

    number: int
    files: tuple[FactFile, ...]
    #: Whether it took the place of all sets before it.
    replaces: bool
    #: False when the matter held these very files already and nothing was written.
    new: bool = True

    @property
    def folder(self) -> str:
        """Return its folder below the matter's: "facts/0002"."""
        return f"facts/{self.number:04d}"


def add(matter: Matter, files: Mapping[str, bytes], *, replace: bool) -> FactSet:
    """Store files and their journal entry; files in force already are not stored again.

    The caller holds the matter (`Matter.alone`). Raises BadFactsNameError.
    """
    described = [_described(name, data) for name, data in sorted(files.items())]
    with matter.writing() as connection:
        fact_sets = sets(connection)
        sound = set(_sound(matter, in_force(fact_sets)))
        fresh = tuple(file for file in described if replace or file not in sound)
        if not fresh or (replace and sound == set(described)):
            return FactSet(fact_sets[-1].number if fact_sets else 0, (), replace, new=False)
        fact_set = FactSet(_next(matter, fact_sets), fresh, replace)
        _write(matter.folder / fact_set.folder, {file.name: files[file.name] for file in fresh})
        rows = [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in fresh]
        body = {"set": fact_set.number, "files": rows, "replaces": replace}
        # Last: until the journal names it, the folder is left over, and nothing reads it.
        journal.append(connection, _ACTION, body)
    return fact_set


def files(matter: Matter) -> list[tuple[str, bytes]]:
    """Return ("facts/0002/people.csv", bytes) for every file in force, in the order loaded.

    Raises FactsChangedError before any byte that is not what was loaded is handed out.
    """
    with matter.engine.connect() as connection:
        fact_sets = sets(connection)
    return [
        (f"{fact_set.folder}/{file.name}", _as_loaded(matter.folder / fact_set.folder, file))
        for fact_set in in_force(fact_sets)
        for file in fact_set.files
    ]


def sets(connection: sa.Connection) -> list[FactSet]:
    """Return every set in the journal, in the order loaded. Raises FactsChangedError."""
    rows = connection.execute(
        sa.select(tables.journal)
        .where(tables.journal.c.action == _ACTION)
        .order_by(tables.journal.c.seq)
    )
    return [_set(journal.Entry(**row._mapping)) for row in rows]  # noqa: SLF001 - a row as a mapping


def in_force(fact_sets: list[FactSet]) -> list[FactSet]:
    """Return the last set that replaced and those after it."""
    last = max((place for place, fact_set in enumerate(fact_sets) if fact_set.replaces), default=0)
    return fact_sets[last:]


def broken(matter: Matter, connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each file of facts that is not as the journal says."""
    try:
        by_folder = {Path(fact_set.folder).name: fact_set for fact_set in sets(connection)}
    except FactsChangedError as changed:
        yield str(changed)
        return
    for fact_set in by_folder.values():
        folder = matter.folder / fact_set.folder
        for file in fact_set.files:
            if what := _wrong(folder, file):
                yield f"{fact_set.folder}/{file.name}: the file {what}"
        for path in sorted(_below(folder) - {file.name for file in fact_set.files}):
            yield f"{fact_set.folder}/{path}: it was added; the journal does not name it"
    for name in sorted(_below(matter.folder / "facts") - by_folder.keys()):
        yield f"facts/{name}: no journal entry names it (an interrupted load?); it is not read"


def _sound(matter: Matter, fact_sets: list[FactSet]) -> Iterator[FactFile]:
    """Yield the files that are there as loaded: one that was spoilt can be loaded again."""
    for fact_set in fact_sets:
        for file in fact_set.files:
            if _wrong(matter.folder / fact_set.folder, file) is None:
                yield file


def _described(name: str, data: bytes) -> FactFile:
    if not name or name.startswith(".") or set("/\\\0") & set(name):
        raise BadFactsNameError(name)
    return FactFile(name, hashlib.sha256(data).hexdigest(), len(data))


def _set(entry: journal.Entry) -> FactSet:
    try:
        body = entry.facts()
        rows = tuple(FactFile(row["name"], row["sha256"], row["size"]) for row in body["files"])
        return FactSet(body["set"], rows, body["replaces"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise FactsChangedError(f"Journal entry {entry.seq}", "was changed") from wrong


def _next(matter: Matter, fact_sets: list[FactSet]) -> int:
    """Return the number after every set in the journal and every folder left behind."""
    there = [int(name) for name in _below(matter.folder / "facts") if name.isdecimal()]
    return max([0, *there, *(fact_set.number for fact_set in fact_sets)]) + 1


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write a folder of read-only files; it appears whole or not at all."""
    folder.parent.mkdir(exist_ok=True)
    for left in folder.parent.glob(_PARTIAL + "*"):
        shutil.rmtree(left)
    partial = folder.parent / f"{_PARTIAL}{os.getpid()}"
    partial.mkdir()
    try:
        for name, data in contents.items():
            with (partial / name).open("xb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            (partial / name).chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    handle = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _as_loaded(folder: Path, file: FactFile) -> bytes:
    if (what := _absent(folder, file)) is None:
        data = (folder / file.name).read_bytes()
        if hashlib.sha256(data).hexdigest() == file.sha256:
            return data
        what = "was changed"
    raise FactsChangedError(f"facts/{folder.name}/{file.name}", what)


def _wrong(folder: Path, file: FactFile) -> str | None:
    try:
        _as_loaded(folder, file)
    except FactsChangedError:
        return _absent(folder, file) or "was changed"
    return None


def _absent(folder: Path, file: FactFile) -> str | None:
    """Return what is wrong with a file before its bytes are read: never a pipe, never a link."""
    path = folder / file.name
    if path.is_symlink() or not path.is_file():
        return "went missing"
    return None if path.stat().st_size == file.size else "was changed"


def _below(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
