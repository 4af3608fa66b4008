"""The matter's facts and books: sets of files as loaded, byte for byte, committed to the journal.

    facts/0001/people.csv  facts/0001/possessions.csv  facts/0002/possessions.ceremony.csv
    books/0001/places.csv  books/0001/fbo-2026-01.camt053.xml

A set never changes. A later one adds to those before it, or takes the place of all of them. What
is in force is every file since the last that replaced. A set is written as `facts/.new-0002`, told
of in the journal, then renamed: one left under that name by an interrupted load is finished by the
next command where the journal tells of it, and thrown away by the next load where it does not.
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
from forthwith.plain import regular_files
from forthwith.record import interrupted, journal, tables
from forthwith.record.matter import Matter


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where sets of one kind lie: a folder of the matter, and a kind of entry of the journal."""

    name: str
    #: The command that loads one anew.
    command: str


FACTS = Shelf("facts", "forthwith custody load FACTS/ --replace")
BOOKS = Shelf("books", "forthwith books load BOOKS/ --replace")
SHELVES = (FACTS, BOOKS)


class FactsChangedError(ForthwithError):
    """A file of facts or of the books is not what was loaded."""

    def __init__(self, name: str, what: str, shelf: Shelf = FACTS) -> None:
        self.what = what
        super().__init__(
            f"{name} {what} since the {shelf.name} were loaded; nothing is computed from it. "
            "Restore it from a copy (`forthwith verify` names everything that is not as it was), "
            f"or load the {shelf.name} anew: {shelf.command}"
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
    shelf: Shelf = FACTS

    @property
    def folder(self) -> str:
        """Return its folder below the matter's: "facts/0002"."""
        return f"{self.shelf.name}/{self.number:04d}"


def add(
    matter: Matter, files: Mapping[str, bytes], *, replace: bool, shelf: Shelf = FACTS
) -> FactSet:
    """Store files and their journal entry; files in force already are not stored again.

    The caller holds the matter (`Matter.alone`). Raises BadFactsNameError.
    """
    described = [_described(name, data) for name, data in sorted(files.items())]
    with matter.writing() as connection:
        fact_sets = sets(connection, shelf)
        sound = set(_sound(matter, in_force(fact_sets)))
        fresh = tuple(file for file in described if replace or file not in sound)
        if not fresh or (replace and sound == set(described)):
            return FactSet(fact_sets[-1].number if fact_sets else 0, (), replace, False, shelf)
        number = _next(matter, fact_sets, fresh, shelf)
        fact_set = FactSet(number, fresh, replace, shelf=shelf)
        place = matter.folder / fact_set.folder
        left = place.with_name(f"{interrupted.NEW_FACTS}{place.name}")
        _sweep(place.parent, {old.number for old in fact_sets})
        taken = os.path.lexists(place)
        if not taken:
            _write(left, {file.name: files[file.name] for file in fresh})
        rows = [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in fresh]
        body = {"set": fact_set.number, "files": rows, "replaces": replace}
        journal.append(connection, shelf.name, body)
    if not taken:
        interrupted.move(left, place)
    return fact_set


def files(matter: Matter, shelf: Shelf = FACTS) -> list[tuple[str, bytes]]:
    """Return ("facts/0002/people.csv", bytes) for every file in force, in the order loaded.

    Raises FactsChangedError before any byte that is not what was loaded is handed out.
    """
    with matter.engine.connect() as connection:
        fact_sets = sets(connection, shelf)
    return [
        (f"{fact_set.folder}/{file.name}", _as_loaded(matter.folder, fact_set, file))
        for fact_set in in_force(fact_sets)
        for file in fact_set.files
    ]


def sets(connection: sa.Connection, shelf: Shelf = FACTS) -> list[FactSet]:
    """Return every set in the journal, in the order loaded. Raises FactsChangedError."""
    rows = connection.execute(
        sa.select(tables.journal)
        .where(tables.journal.c.action == shelf.name)
        .order_by(tables.journal.c.seq)
    )
    return [_set(journal.Entry(**row._mapping), shelf) for row in rows]  # noqa: SLF001 - a row as a mapping


def in_force(fact_sets: list[FactSet]) -> list[FactSet]:
    """Return the last set that replaced and those after it."""
    last = max((place for place, fact_set in enumerate(fact_sets) if fact_set.replaces), default=0)
    return fact_sets[last:]


def broken(matter: Matter, connection: sa.Connection, shelf: Shelf = FACTS) -> Iterator[str]:
    """Yield one sentence for each file of a shelf that is not as the journal says."""
    try:
        by_folder = {Path(fact_set.folder).name: fact_set for fact_set in sets(connection, shelf)}
    except FactsChangedError as changed:
        yield str(changed)
        return
    for fact_set in by_folder.values():
        folder = _place(matter.folder, fact_set)
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            yield f"{fact_set.folder}: a link or a file lies in the place of the folder loaded"
            continue
        for file in fact_set.files:
            if what := _wrong(matter.folder, fact_set, file):
                yield f"{fact_set.folder}/{file.name}: the file {what}"
        for path in sorted(_below(folder) - {file.name for file in fact_set.files}):
            yield f"{fact_set.folder}/{path}: it was added; the journal does not name it"
    facts = matter.folder / shelf.name
    for name in sorted(_below(facts) - by_folder.keys()):
        if not _is_left(facts / name):
            yield (
                f"{shelf.name}/{name}: no journal entry names it; it is not read. It was put here "
                "by hand, or belongs to a later state of matter.db"
            )


def left_over(matter: Matter) -> Iterator[str]:
    """Yield a sentence for each set that an interrupted load left: the next one throws it away."""
    for shelf in SHELVES:
        folder = matter.folder / shelf.name
        for name in sorted(_below(folder)):
            if _is_left(folder / name):
                yield f"{shelf.name}/{name}: left by an interrupted load; the next one removes it"


def _is_left(path: Path) -> bool:
    return path.name.startswith(interrupted.NEW_FACTS) and path.is_dir() and not path.is_symlink()


def _sweep(facts: Path, known: set[int]) -> None:
    """Remove what interrupted loads left and the journal does not tell of."""
    for left in facts.glob(f"{interrupted.NEW_FACTS}*"):
        number = left.name.removeprefix(interrupted.NEW_FACTS)
        if _is_left(left) and not (number.isdecimal() and int(number) in known):
            shutil.rmtree(left)


def _sound(matter: Matter, fact_sets: list[FactSet]) -> Iterator[FactFile]:
    """Yield the files that are there as loaded: one that was spoilt can be loaded again."""
    for fact_set in fact_sets:
        for file in fact_set.files:
            if _wrong(matter.folder, fact_set, file) is None:
                yield file


def _described(name: str, data: bytes) -> FactFile:
    if not name or name.startswith(".") or set("/\\\0") & set(name):
        raise BadFactsNameError(name)
    return FactFile(name, hashlib.sha256(data).hexdigest(), len(data))


def _set(entry: journal.Entry, shelf: Shelf) -> FactSet:
    try:
        body = entry.facts()
        rows = tuple(FactFile(row["name"], row["sha256"], row["size"]) for row in body["files"])
        return FactSet(body["set"], rows, body["replaces"], shelf=shelf)
    except (ValueError, KeyError, TypeError) as wrong:
        raise FactsChangedError(f"Journal entry {entry.seq}", "was changed", shelf) from wrong


def _next(
    matter: Matter, fact_sets: list[FactSet], fresh: tuple[FactFile, ...], shelf: Shelf
) -> int:
    """Return the number after every set of the journal and every folder there.

    A folder the journal does not tell of that holds these very files is the set to be loaded.
    """
    facts = matter.folder / shelf.name
    there = [int(name) for name in _below(facts) if name.isdecimal()]
    last = max((fact_set.number for fact_set in fact_sets), default=0)
    taken = FactSet(last + 1, fresh, replaces=False, shelf=shelf)
    folder = matter.folder / taken.folder
    if (
        _below(folder) == {file.name for file in fresh}
        and not folder.is_symlink()
        and all(_wrong(matter.folder, taken, file) is None for file in fresh)
    ):
        return taken.number
    return max([last, *there]) + 1


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write a folder of read-only files, all of them on disk afterwards."""
    folder.mkdir(parents=True)
    try:
        for name, data in contents.items():
            interrupted.write_new(folder / name, data)
            (folder / name).chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        interrupted.sync(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _place(home: Path, fact_set: FactSet) -> Path:
    """Return where a set lies: under the name it was written with until it is renamed."""
    place = home / fact_set.folder
    left = place.with_name(f"{interrupted.NEW_FACTS}{place.name}")
    return left if not os.path.lexists(place) and left.is_dir() else place


def _as_loaded(home: Path, fact_set: FactSet, file: FactFile) -> bytes:
    place = _place(home, fact_set) / file.name
    name, shelf = f"{fact_set.folder}/{file.name}", fact_set.shelf
    try:
        with regular_files.open_regular(place) as stream:
            data = stream.read(file.size + 1)
    except PermissionError as refused:
        raise FactsChangedError(
            f"{fact_set.folder}/{file.name}", "cannot be read", fact_set.shelf
        ) from refused
    except OSError as missing:
        raise FactsChangedError(
            f"{fact_set.folder}/{file.name}", "went missing", fact_set.shelf
        ) from missing
    if len(data) != file.size or hashlib.sha256(data).hexdigest() != file.sha256:
        raise FactsChangedError(name, "was changed", shelf)
    return data


def _wrong(home: Path, fact_set: FactSet, file: FactFile) -> str | None:
    try:
        _as_loaded(home, fact_set, file)
    except FactsChangedError as changed:
        return changed.what
    return None


def _below(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
