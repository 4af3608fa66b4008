"""What wallets, platforms, clouds and HR systems export becomes rows of facts.

The rows go into a folder of tables or among the matter's facts. They are weighed together with
those already there; at a fault nothing is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import TABLES, Lifted, RowFault
from forthwith.exports.kinds import KINDS
from forthwith.exports.options import ImportOptions
from forthwith.exports.tables import csv as fact_csv
from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter
from forthwith.workflows.custody import workbooks
from forthwith.workflows.custody.facts import (
    FactFiles,
    NoFactsError,
    NoMatterFactsError,
    facts_and_faults,
    read_files,
    read_folder,
    read_matter,
)

#: An export past this is no export of settings, people or policies.
_LARGEST = 64 << 20
#: Files refused by one kind are tried as the others up to this size together.
_TRIED = 8 << 20
#: Of a row whose id another has (custody.facts.rows). Nobody renames the ids of an export.
_CLASH = "is there already and says something else"
_APART = (
    "If both are of one system at two times, keep one of them. If they are of two systems or "
    "accounts that use the same ids, import this one into a folder of its own, --into DIR, and "
    "ask of each alone"
)
#: Beginnings of the ids of accounts that a platform numbers by workspace.
_NUMBERED = ("vault:", "source:")
#: Stands for the first day where nobody gave one and nothing is kept.
_SOME_DAY = "2000-01-01"
#: Tables of whose rows an answer is made, the nearest to it first.
_NOTED = tuple(map(frozenset, (("wallets", "policies"), ("grants",), ("people", "means"))))


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
class ImportedExport:
    """What came of an import."""

    #: What was taken out of the export, and what no lift read.
    lifted: Lifted
    #: Where the tables lie; "" when nothing was written.
    place: str = ""
    #: File names, in the order of the tables.
    files: tuple[str, ...] = ()
    faults: tuple[RowFault, ...] = ()
    #: False when the very same tables were there.
    new: bool = True
    #: The tables as they are written, or would be, by file name.
    tables: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each table as written, in the order of tables."""
        return {} if self.faults else counts(self.lifted)


def take(
    home: Path,
    kind: str,
    paths: Sequence[Path],
    into: Path | None,
    options: ImportOptions,
    map_file: Path | None = None,
    *,
    dry_run: bool = False,
) -> ImportedExport:
    """Lift exports of one kind and keep their rows, in a folder or among the matter's facts.

    Several paths are pages or parts of one export. A dry run weighs the rows together with those
    that are there, where there are any, and writes nothing. Raises NotAnExportError,
    NowhereToImportError.
    """
    contents = [(_name(home, path, kind), _bytes(path)) for path in paths]
    is_matter = (home / "matter.toml").is_file()
    if map_file is not None:
        options = replace(options, map=(map_file.name, _bytes(map_file)))
    if into is None and not is_matter and not dry_run:
        raise NowhereToImportError(home)
    faulty: list[RowFault] = []
    if KINDS[kind].workbooks:
        contents, faulty = workbooks.opened(contents)
    lifted = Lifted((), faults=tuple(faulty)) if faulty else KINDS[kind].lift(contents, options)
    lifted = _noted(lifted)
    if lifted.faults or not lifted.rows:
        nothing = RowFault(
            paths[0].name, 0, "the export became no row at all", "Look whether it is whole"
        )
        faults = lifted.faults or (nothing,)
        return ImportedExport(
            lifted, faults=(*_as_another(kind, contents, options, faults), *faults)
        )
    label = f"{kind}-{label_of(paths[0])}"
    if dry_run:
        tables = _tables(lifted, label, lambda name, _: name)
        there = _there(home if is_matter else None, into)
        lifted = _numbered_alike(lifted, there)
        return ImportedExport(lifted, faults=_faults_of(there, tables), new=False, tables=tables)
    return keep(home, into, lifted, label)


def _as_another(
    kind: str,
    contents: Sequence[tuple[str, bytes]],
    options: ImportOptions,
    faults: Sequence[RowFault],
) -> Iterator[RowFault]:
    """Yield what says that the refused files are of another kind, where one reads them whole.

    Who names the wrong kind is told of every column or entry in turn, and not of the one mistake.
    """
    named = {fault.file for fault in faults}
    refused = [(name, data) for name, data in contents if name in named] or list(contents)
    if sum(len(data) for _, data in refused) > _TRIED:
        return
    stamp = replace(options.stamp, start=options.stamp.start or _SOME_DAY)
    for other, its in KINDS.items():
        if other == kind or "map" in its.options:
            continue
        lifted = its.lift(refused, replace(options, stamp=stamp))
        if lifted.rows and not lifted.faults:
            files = " ".join(name.rsplit("/", 1)[-1] for name, _ in refused[:3])
            more = " …" if len(refused) > 3 else ""
            do = f"Import it by that name: forthwith custody import {other} {files}{more}"
            yield RowFault(refused[0][0], 0, f"it is no {kind} but an export of kind {other}", do)
            return


def keep(home: Path, into: Path | None, lifted: Lifted, label: str) -> ImportedExport:
    """Keep rows as tables, `people.LABEL.csv`, in a folder or among the matter's facts.

    With a fault, also one that only shows beside the rows that are there, nothing is written.
    """
    if into is not None:
        return _to_folder(into, lifted, label)
    return _to_matter(home, lifted, label)


def _name(home: Path, path: Path, kind: str) -> str:
    """Return a file's name, with its folders where they say what the file is of."""
    if not KINDS[kind].folders or path.parent == home:
        return path.name
    inside = path.relative_to(home) if path.is_relative_to(home) else path
    return "/".join(inside.parts[-3:])


def _noted(lifted: Lifted) -> Lifted:
    """Write the notes of the import beside its rows: they must reach whoever reads an answer.

    That is each wallet and policy; else each grant; else each person and means.
    """
    tables = {row.table for row in lifted.rows}
    beside = next((names for names in _NOTED if tables & names), frozenset[str]())
    if not lifted.notes or not beside:
        return lifted
    rows = tuple(
        replace(row, cells={**row.cells, "note": " ".join(filter(None, (row["note"], *new)))})
        if row.table in beside
        and (new := [note for note in lifted.notes if note not in row["note"]])
        else row
        for row in lifted.rows
    )
    return replace(lifted, rows=rows)


def _bytes(path: Path) -> bytes:
    """Read one export. Raises NotAnExportError."""
    if not path.exists():
        raise NotAnExportError(path, "is not there")
    if not path.is_file():
        raise NotAnExportError(path, "is no file")
    if path.stat().st_size > _LARGEST:
        raise NotAnExportError(path, f"is larger than {_LARGEST >> 20} MB")
    return path.read_bytes()


def counts(lifted: Lifted) -> dict[str, int]:
    """Return the rows of each table, in the order of tables."""
    rows = Counter(row.table for row in lifted.rows)
    return {name: rows[name] for name in TABLES if rows[name]}


def label_of(path: Path) -> str:
    """Return a file's name as part of another's: "Q3 export (2).csv" is "q3-export-2"."""
    words = re.findall(r"[a-z0-9]+", path.name.rsplit(".", 1)[0].lower())
    return "-".join(words)[:60].strip("-") or "export"


def _to_folder(into: Path, lifted: Lifted, label: str) -> ImportedExport:
    """Write tables into a folder, each under a name that no file there has."""
    there = _there(None, into)
    tables = _tables(lifted, label, lambda name, data: _free(into, name, data))
    if faults := _faults_of(there, tables):
        return ImportedExport(lifted, faults=faults)
    into.mkdir(parents=True, exist_ok=True)
    new = [name for name in tables if not (into / name).exists()]
    for name in new:
        with (into / name).open("xb") as out:
            out.write(tables[name])
    lifted = _numbered_alike(lifted, there) if new else lifted
    return ImportedExport(lifted, str(into), tuple(tables), new=bool(new), tables=tables)


def _to_matter(home: Path, lifted: Lifted, label: str) -> ImportedExport:
    """Add tables to the matter's facts as one set."""
    matter = Matter.open(home)
    with matter.alone():
        there = _there(home, None)
        tables = _tables(lifted, label, lambda name, _: name)
        if faults := _faults_of(there, tables):
            return ImportedExport(lifted, faults=faults)
        added = fact_sets.add(matter, tables, replace=False)
        lifted = _numbered_alike(lifted, there) if added.new else lifted
    return ImportedExport(lifted, added.folder, tuple(tables), new=added.new, tables=tables)


def _numbered_alike(lifted: Lifted, there: FactFiles) -> Lifted:
    """Note accounts that another import has under the same number.

    Platforms number the accounts of each workspace from 0. A later state of one workspace belongs
    to the same rows; another workspace does not, and would silently become one with it.
    """
    here = {row["id"] for row in lifted.rows if row.table == "wallets"}
    both = dict.fromkeys(
        row["id"]
        for row in there.rows
        if row.table == "wallets" and row["id"] in here and row["id"].startswith(_NUMBERED)
    )
    if not both:
        return lifted
    some = ", ".join(list(both)[:3]) + (" …" if len(both) > 3 else "")
    note = (
        f"{some} {'was' if len(both) == 1 else 'were'} there already, and what both imports say "
        "is now said of one account. If they are of two workspaces that number alike, take this "
        "import out again and give it a folder of its own, --into DIR."
    )
    return replace(lifted, notes=(*lifted.notes, note))


def _there(matter: Path | None, folder: Path | None) -> FactFiles:
    """Return the tables that new ones come to lie beside; none where there are none."""
    try:
        if folder is not None:
            return read_folder(folder)
        if matter is not None:
            return read_matter(Matter.open(matter))
    except (NoFactsError, NoMatterFactsError):
        pass
    return FactFiles({}, (), ())


def _tables(lifted: Lifted, label: str, free: Callable[[str, bytes], str]) -> dict[str, bytes]:
    tables = {}
    for table in counts(lifted):
        data = fact_csv.write(table, [row for row in lifted.rows if row.table == table])
        tables[free(f"{table}.{label}.csv", data)] = data
    return tables


def _free(into: Path, name: str, data: bytes) -> str:
    """Return the name, numbered when another file has it; the same bytes are the same file."""
    stem, number = name.removesuffix(".csv"), 1
    while (into / name).exists() or (into / name).is_symlink():
        if (into / name).is_file() and (into / name).read_bytes() == data:
            return name
        number += 1
        name = f"{stem}-{number}.csv"
    return name


def _faults_of(there: FactFiles, tables: Mapping[str, bytes]) -> tuple[RowFault, ...]:
    """Return what is wrong with the new tables beside those that are there already."""
    new = read_files(tables.items())
    together = FactFiles({}, (*there.rows, *new.rows), new.faults)
    _, faults = facts_and_faults(together)
    # What was at fault before is not of this import's making, nor its to refuse.
    # Its cure may be another, now that more ids are known.
    before = {_what(fault) for fault in facts_and_faults(FactFiles({}, there.rows, ()))[1]}
    return tuple(
        replace(fault, do=_APART) if _CLASH in fault.what else fault
        for fault in faults
        if _what(fault) not in before
    )


def _what(fault: RowFault) -> tuple[str, int, str]:
    return fault.file, fault.line, fault.what
