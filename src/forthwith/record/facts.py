"""The matter's facts: sets of files as loaded, byte for byte, each committed to the journal.

    facts/0001/people.csv  facts/0001/possessions.csv  facts/0002/possessions.ceremony.csv

A set never changes. A later one adds to those before it, or takes the place of all of them. What
is in force is every file since the last that replaced; a folder the journal does not tell of is
the leaving of an interrupted load, is not read, and is named by `verify`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    given = [_described(name, data) for name, data in sorted(files.items())]
    with matter.engine.begin() as connection:
        told = sets(connection)
        held = set(_sound(matter, in_force(told)))
        wanted = tuple(each for each in given if replace or each not in held)
        if not wanted or (replace and held == set(given)):
            return FactSet(told[-1].number if told else 0, (), replace, new=False)
        made = FactSet(_next(matter, told), wanted, replace)
        _write(matter.folder / made.folder, {each.name: files[each.name] for each in wanted})
        # Last: until it is told, the folder is a leaving that nothing reads.
        journal.append(connection, _ACTION, _body(made))
    return made


def files(matter: Matter) -> list[tuple[str, bytes]]:
    """Return ("facts/0002/people.csv", bytes) for every file in force, in the order loaded.

    Raises FactsChangedError before any byte that is not what was loaded is handed out.
    """
    with matter.engine.connect() as connection:
        told = sets(connection)
    return [
        (f"{one.folder}/{each.name}", _as_loaded(matter.folder / one.folder, each))
        for one in in_force(told)
        for each in one.files
    ]


def sets(connection: sa.Connection) -> list[FactSet]:
    """Return every set the journal tells of, in the order loaded. Raises FactsChangedError."""
    rows = connection.execute(
        sa.select(tables.journal)
        .where(tables.journal.c.action == _ACTION)
        .order_by(tables.journal.c.seq)
    )
    return [_set(journal.Entry(**row._mapping)) for row in rows]  # noqa: SLF001 - a row as a mapping


def in_force(told: list[FactSet]) -> list[FactSet]:
    """Return the last set that replaced and those after it."""
    last = max((place for place, one in enumerate(told) if one.replaces), default=0)
    return told[last:]


def broken(matter: Matter, connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each file of facts that is not as the journal says."""
    try:
        told = {Path(one.folder).name: one for one in sets(connection)}
    except FactsChangedError as changed:
        yield str(changed)
        return
    for one in told.values():
        folder = matter.folder / one.folder
        for each in one.files:
            if what := _wrong(folder, each):
                yield f"{one.folder}/{each.name}: the file {what}"
        for path in sorted(_below(folder) - {each.name for each in one.files}):
            yield f"{one.folder}/{path}: it was added; the journal does not tell of it"
    for name in sorted(_below(matter.folder / "facts") - told.keys()):
        yield f"facts/{name}: no journal entry tells of it (an interrupted load?); it is not read"


def _sound(matter: Matter, told: list[FactSet]) -> Iterator[FactFile]:
    """Yield the files that are there as loaded: one that was spoilt can be loaded again."""
    for one in told:
        for each in one.files:
            if _wrong(matter.folder / one.folder, each) is None:
                yield each


def _described(name: str, data: bytes) -> FactFile:
    if not name or name.startswith(".") or set("/\\\0") & set(name):
        raise BadFactsNameError(name)
    return FactFile(name, hashlib.sha256(data).hexdigest(), len(data))


def _body(made: FactSet) -> dict[str, Any]:
    rows = [{"name": each.name, "sha256": each.sha256, "size": each.size} for each in made.files]
    return {"set": made.number, "files": rows, "replaces": made.replaces}


def _set(entry: journal.Entry) -> FactSet:
    try:
        body = entry.facts()
        rows = tuple(FactFile(row["name"], row["sha256"], row["size"]) for row in body["files"])
        return FactSet(body["set"], rows, body["replaces"])
    except (ValueError, KeyError, TypeError) as wrong:
        raise FactsChangedError(f"Journal entry {entry.seq}", "was changed") from wrong


def _next(matter: Matter, told: list[FactSet]) -> int:
    """Return the number after every set told of and every folder left behind."""
    there = [int(name) for name in _below(matter.folder / "facts") if name.isdecimal()]
    return max([0, *there, *(one.number for one in told)]) + 1


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


def _as_loaded(folder: Path, each: FactFile) -> bytes:
    if (what := _absent(folder, each)) is None:
        data = (folder / each.name).read_bytes()
        if hashlib.sha256(data).hexdigest() == each.sha256:
            return data
        what = "was changed"
    raise FactsChangedError(f"facts/{folder.name}/{each.name}", what)


def _wrong(folder: Path, each: FactFile) -> str | None:
    try:
        _as_loaded(folder, each)
    except FactsChangedError:
        return _absent(folder, each) or "was changed"
    return None


def _absent(folder: Path, each: FactFile) -> str | None:
    """Return what is wrong with a file before its bytes are read: never a pipe, never a link."""
    path = folder / each.name
    if path.is_symlink() or not path.is_file():
        return "went missing"
    return None if path.stat().st_size == each.size else "was changed"


def _below(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
