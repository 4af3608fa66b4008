"""What wallets, platforms, clouds and HR systems export becomes rows of facts.

The rows go into a folder of tables or among the matter's facts. They are weighed together with
those already there; at a fault nothing is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import TABLES, Lifted, RowFault
from forthwith.exports.kinds import KINDS
from forthwith.exports.options import ImportOptions
from forthwith.exports.tables import csv as fact_csv
from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter
from forthwith.workflows.custody.facts import (
    Gathered,
    NoFactsError,
    NoMatterFactsError,
    checked,
    gathered,
    of_matter,
    read_files,
)

#: An export past this is no export of settings, people or policies.
_LARGEST = 64 << 20


class NotAnExportError(ForthwithError):
    """A file cannot be read as an export at all."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} {what}. Nothing was imported; name the exported file itself.")


class NowhereToImportError(ForthwithError):
    """There is no matter, and no folder was named."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"There is no matter in {place} to import into. Name a folder with --into DIR, or a "
            "matter with -C DIR."
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an import."""

    #: Where the tables lie; "" when nothing was written.
    place: str
    #: File names, in the order of the tables.
    files: tuple[str, ...]
    faults: tuple[RowFault, ...]
    new: bool = True


def take(
    home: Path, kind: str, paths: Sequence[Path], into: Path | None, options: ImportOptions
) -> tuple[Lifted, Done]:
    """Lift exports of one kind and keep their rows; what nobody took is in the first.

    Several paths are pages or parts of one export. Raises NotAnExportError, NowhereToImportError.
    """
    contents = [(path.name, _bytes(path)) for path in paths]
    if into is None and not (home / "matter.toml").is_file():
        raise NowhereToImportError(home)
    lifted = KINDS[kind].lift(contents, options)
    if lifted.faults or not lifted.rows:
        return lifted, Done("", (), lifted.faults or (_nothing(paths[0]),))
    label = f"{kind}-{label_of(paths[0])}"
    if into is not None:
        return lifted, to_folder(into, lifted, label)
    return lifted, to_matter(home, lifted, label)


def _bytes(path: Path) -> bytes:
    """Read one export. Raises NotAnExportError."""
    if not path.exists():
        raise NotAnExportError(path, "is not there")
    if not path.is_file():
        raise NotAnExportError(path, "is no file")
    if path.stat().st_size > _LARGEST:
        raise NotAnExportError(path, f"is larger than {_LARGEST >> 20} MB")
    return path.read_bytes()


def _nothing(path: Path) -> RowFault:
    return RowFault(path.name, 0, "the export became no row at all", "Look whether it is whole")


def counts(lifted: Lifted) -> dict[str, int]:
    """Return the rows of each table, in the order of tables."""
    found = Counter(row.table for row in lifted.rows)
    return {name: found[name] for name in TABLES if found[name]}


def label_of(path: Path) -> str:
    """Return a file's name as part of another's: "Q3 export (2).csv" is "q3-export-2"."""
    words = re.findall(r"[a-z0-9]+", path.name.rsplit(".", 1)[0].lower())
    return "-".join(words)[:60].strip("-") or "export"


def to_folder(into: Path, lifted: Lifted, label: str) -> Done:
    """Write tables into a folder, each under a name that no file there has."""
    try:
        there = gathered(into)
    except NoFactsError:
        there = Gathered({}, (), ())
    made = _tables(lifted, label, lambda name, data: _free(into, name, data))
    if faults := _faults_of(there, made):
        return Done("", (), faults)
    into.mkdir(parents=True, exist_ok=True)
    new = [name for name in made if not (into / name).exists()]
    for name in new:
        with (into / name).open("xb") as out:
            out.write(made[name])
    return Done(str(into), tuple(made), (), bool(new))


def to_matter(home: Path, lifted: Lifted, label: str) -> Done:
    """Add tables to the matter's facts as one set."""
    matter = Matter.open(home)
    with matter.alone():
        try:
            there = of_matter(matter)
        except NoMatterFactsError:
            there = Gathered({}, (), ())
        made = _tables(lifted, label, lambda name, _: name)
        if faults := _faults_of(there, made):
            return Done("", (), faults)
        added = fact_sets.add(matter, made, replace=False)
    return Done(added.folder, tuple(made), (), added.new)


def _tables(lifted: Lifted, label: str, free: Callable[[str, bytes], str]) -> dict[str, bytes]:
    made = {}
    for table in counts(lifted):
        data = fact_csv.write(table, [row for row in lifted.rows if row.table == table])
        made[free(f"{table}.{label}.csv", data)] = data
    return made


def _free(into: Path, name: str, data: bytes) -> str:
    """Return the name, numbered when another file has it; the same bytes are the same file."""
    stem, number, given = name.removesuffix(".csv"), 1, name
    while (into / given).exists() or (into / given).is_symlink():
        if (into / given).is_file() and (into / given).read_bytes() == data:
            return given
        number += 1
        given = f"{stem}-{number}.csv"
    return given


def _faults_of(there: Gathered, made: Mapping[str, bytes]) -> tuple[RowFault, ...]:
    """Return what is wrong with the new tables beside those that are there already."""
    new = read_files(made.items())
    together = Gathered({}, (*there.rows, *new.rows), new.faults)
    _, faults = checked(together)
    # What was at fault before is not of this import's making, nor its to refuse.
    before = set(checked(Gathered({}, there.rows, ()))[1])
    return tuple(each for each in faults if each not in before)
