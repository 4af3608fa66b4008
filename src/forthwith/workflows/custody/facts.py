"""Facts of custody, from a folder of tables or from the matter: read, checked, or refused."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from forthwith.custody.answers.index import whole
from forthwith.custody.facts import rows as fact_rows
from forthwith.custody.facts.facts import Facts
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import TABLES, FactRow, RowFault
from forthwith.domain.period import Period
from forthwith.exports.tables import csv as fact_csv
from forthwith.exports.tables import yaml as fact_yaml
from forthwith.plain.table_names import SEVERAL, named
from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter, NoMatterError
from forthwith.workflows.custody import template
from forthwith.workflows.custody.proofs import proven

#: Faults printed before the rest is only counted.
SHOWN = 20
#: A table of a million rows is far below it; a disk image by mistake is not.
_LARGEST = 1 << 28
#: What tables are kept in before they are saved as CSV.
_SHEETS = frozenset(("csv", "tsv", "txt", "yaml", "yml", "json", "xls", "xlsx", "ods", "numbers"))


class FactsFaultyError(ForthwithError):
    """Rows are at fault, so no answer is given."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        rest = f"\n… and {len(faults) - SHOWN:,} more." if len(faults) > SHOWN else ""
        lines = "\n".join(map(str, faults[:SHOWN]))
        super().__init__(
            "The facts are at fault, so nothing is answered from them. Mend these and ask again:"
            f"\n{lines}{rest}"
        )
        self.faults = tuple(faults)


class NoFactsError(ForthwithError):
    """There is not one table: to answer from nothing would say something."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} holds no tables of facts. Make them with `forthwith custody template DIR`, "
            "or name their folder with --facts DIR."
        )


class NoMatterFactsError(ForthwithError):
    """A matter is open and no facts were loaded into it, or no matter is open at all."""

    def __init__(self, place: Path, *, matter: bool) -> None:
        what = "No facts were loaded into this matter" if matter else "There is no matter here"
        super().__init__(
            f"{what} ({place.resolve()}). Load a folder of tables with `forthwith custody load "
            "DIR`, or work on one as it is with --facts DIR."
        )


class EmptyPeriodError(ForthwithError):
    """--to is not after --from."""

    def __init__(self, start: date, end: date) -> None:
        super().__init__(
            f"There is no day from {start} to {end}: --to is the first day that is not asked "
            "about, so it must be later than --from."
        )


@dataclass(frozen=True, slots=True)
class FactFiles:
    """Files of facts and the rows they hold."""

    files: Mapping[str, bytes]
    rows: tuple[FactRow, ...]
    faults: tuple[RowFault, ...]
    #: Sentences: what lies beside the tables and was not read.
    notes: tuple[str, ...] = ()


def read_folder(folder: Path) -> FactFiles:
    """Read every table of a folder. Raises NoFactsError where there is not one."""
    files: dict[str, bytes] = {}
    faults: list[RowFault] = []
    notes: list[str] = []
    if not folder.is_dir():
        raise NoFactsError(folder)
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if what := _unreadable(entry):
            faults.append(RowFault(entry.name, 0, what[0], what[1]))
        elif named(entry.name):
            files[entry.name] = Path(entry.path).read_bytes()
        else:
            notes.append(f"{entry.name} is not a table of facts and was not read.")
    if not files and not faults:
        raise NoFactsError(folder)
    read = read_files(files.items())
    notes += _commented(files)
    return FactFiles(files, read.rows, (*faults, *read.faults), tuple(notes))


@cache
def _template(table: str) -> frozenset[str]:
    return frozenset(template.text(TABLES[table]).splitlines())


def _commented(files: Mapping[str, bytes]) -> Iterator[str]:
    """Tell of rows that stand behind a `#`, those of templates left out: an id may begin so."""
    places = [
        f"{name}:{line}"
        for name, data in files.items()
        if (known := named(name)) and known.kind == "csv"
        for line, text in fact_csv.passed_over(data, name)
        if text not in _template(known.table)
    ]
    if places:
        more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
        yield (
            f"Rows that begin with # were passed over as comments: {', '.join(places[:SHOWN])}"
            f"{more}. An id that begins so stands in quotes."
        )


def _unreadable(entry: os.DirEntry[str]) -> tuple[str, str] | None:
    """Return what keeps a table from being read: one passed by would exclude too much."""
    if named(entry.name):
        if not entry.is_file(follow_symlinks=False):
            return "it has a table's name and is a link, a folder or a pipe", "Put the file here"
        if entry.stat(follow_symlinks=False).st_size > _LARGEST:
            return f"it is larger than {_LARGEST >> 20} MiB", "Split it: people.1.csv, people.2.csv"
        return None
    first, _, rest = entry.name.lower().partition(".")
    near = get_close_matches(first, (*TABLES, SEVERAL), 1, 0.75)
    if near and rest.rpartition(".")[2] in _SHEETS:
        kind = "yaml" if near[0] == SEVERAL else "csv"
        do = f"Save it as {near[0]}.{kind}, or take it out of the folder"
        return f"it looks like a table ({near[0]}) and cannot be read as one", do
    return None


def read_files(files: Iterable[tuple[str, bytes]]) -> FactFiles:
    """Read files by their names, which must be those of tables."""
    contents = dict(files)
    rows: list[FactRow] = []
    faults: list[RowFault] = []
    with _no_circles():
        for name, data in contents.items():
            table = named(name)
            reader = fact_yaml if table and table.kind == "yaml" else fact_csv
            more, wrong = reader.read(data, name)
            rows += more
            faults += wrong
    return FactFiles(contents, tuple(rows), tuple(faults))


def read_matter(matter: Matter) -> FactFiles:
    """Read the facts a matter holds. Raises NoMatterFactsError, FactsChangedError."""
    if not (files := fact_sets.files(matter)):
        raise NoMatterFactsError(matter.folder, matter=True)
    return read_files(files)


def read_home(home: Path, folder: Path | None = None) -> FactFiles:
    """Read a bare folder below `home`, or the facts of the matter that lies there.

    Raises NoFactsError, NoMatterFactsError, FactsChangedError.
    """
    if folder is not None:
        return read_folder(home / folder)
    try:
        return read_matter(Matter.open(home))
    except NoMatterError as none:
        raise NoMatterFactsError(home, matter=False) from none


def facts_of(home: Path, folder: Path | None) -> Facts:
    """Return the facts of a bare folder, or those of the matter.

    Raises FactsFaultyError, NoFactsError, NoMatterFactsError, FactsChangedError.
    """
    return facts_from(read_home(home, folder))


def facts_from(tables: FactFiles) -> Facts:
    """Return the facts in tables, with notes of what was not read. Raises FactsFaultyError."""
    facts, faults = facts_and_faults(tables)
    if faults:
        raise FactsFaultyError(faults)
    return replace(facts, notes=(*facts.notes, *tables.notes))


def facts_and_faults(tables: FactFiles) -> tuple[Facts, tuple[RowFault, ...]]:
    """Return the facts, and the faults of files and rows together.

    Where a file cannot be read, what its rows would have named is not complained of.
    """
    if tables.faults:
        return Facts(), tables.faults
    with _no_circles():
        facts, faults = fact_rows.facts(tables.rows)
    return (facts, faults) if faults else proven(facts)


@contextmanager
def _no_circles() -> Iterator[None]:
    """Leave out the search for circular rubbish: a million rows are values, and it takes half."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def period_of(facts: Facts, start: date | None, end: date | None) -> Period:
    """Return the days asked about; a bound not given is the facts' own first or last."""
    period = whole(facts, Period(start or whole(facts, None).start, end))
    if period.empty:
        raise EmptyPeriodError(period.start, period.end or period.start)
    return period
