"""Where `custody import` puts its rows: a folder of tables, or the matter's facts.

The new rows are weighed together with those already there; at a fault nothing is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from forthwith.cli.custody.common import (
    Gathered,
    NoFactsError,
    NoMatterFactsError,
    checked,
    gathered,
    of_matter,
    read_files,
)
from forthwith.domain.fact_tables import TABLES, Lifted, RowFault
from forthwith.exports.tables import csv as fact_csv
from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an import."""

    #: Where the tables lie; "" when nothing was written.
    place: str
    #: File names, in the order of the tables.
    files: tuple[str, ...]
    faults: tuple[RowFault, ...]
    new: bool = True


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
            there = of_matter(home)
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
