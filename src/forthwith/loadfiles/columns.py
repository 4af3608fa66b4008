"""Columns of a data load file by what they are for, whatever their names: the grammar of its rows.

Names come from the rules the file was written by, first as they are there, then by the names
others give the same column: the rules' own aliases, then `synonyms`. Who writes, checks or reads a
file asks for a column by its role; what its cells should hold is for them to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles import dat, synonyms
from forthwith.loadfiles.dat import DatFile
from forthwith.loadfiles.oddities import OddityKind


class Column(Protocol):
    """One column of the rules."""

    @property
    def name(self) -> str:
        """The name the rules give it."""
        ...

    @property
    def role(self) -> str:
        """What it is for: "first_bates"; "" for a column nobody asks for."""
        ...

    @property
    def type(self) -> str:
        """The kind of its values; "date and time" where one column holds both."""
        ...

    @property
    def aliases(self) -> Sequence[str]:
        """Names others give it, upper case."""
        ...

    @property
    def extra(self) -> bool:
        """Whether it was agreed in a letter, beyond the rules' own list."""
        ...


@dataclass(frozen=True, slots=True)
class Columns:
    """One file with its columns known."""

    data: DatFile
    #: The rules' name of each column of the file, or "" for one they do not know.
    known: tuple[str, ...]
    #: Cells by the rules' name of their column, in step with the rows; absent ones are not here.
    by_name: dict[str, Sequence[str]]
    #: The same cells by role; day and time apart where one column holds both.
    by_role: dict[str, Sequence[str]]
    #: Places of all columns whose names may mean a role, the surest first.
    candidates: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    #: Names of the rules' columns of days that hold the time too, where the file has no other.
    joined: tuple[str, ...] = ()


class NoSuchColumnError(ForthwithError):
    """A column was named that the load file does not have."""

    def __init__(self, name: str, role: str, header: Sequence[str]) -> None:
        super().__init__(
            f"The load file has no column {name!r} to take for {role}. It has: "
            f"{', '.join(header)}. Name one of these."
        )


def read(
    data: bytes,
    rules: dat.Rules,
    columns: Sequence[Column],
    day: str,
    named: Mapping[str, Sequence[str]] | None = None,
) -> Columns:
    """Read a data load file whose `columns` are known, those agreed in a letter last.

    `day` is a regular expression that finds a day, without anchors and groups. `named` says which
    column has a role, by the file's own names or its place from 1; of several the first that is
    there. Raises UnreadableError and NoSuchColumnError.
    """
    names = {name.lower() for column in columns for name in (column.name, *column.aliases)}
    names.update(name.lower() for known in synonyms.table().names.values() for name in known)
    file = _with_header(dat.read(data, rules, names), rules, columns)
    given = _given(file.header, named or {})
    known, candidates = _known(file.header, columns, given)
    by_name: dict[str, Sequence[str]] = {}
    for name, cells in zip(known, file.columns, strict=True):
        if name:
            by_name.setdefault(name, cells)
    by_role, joined = _by_role(by_name, columns, day)
    for role, place in given.items():
        by_role[role] = file.columns[place]
    return Columns(file, known, by_name, by_role, candidates, joined)


def _with_header(file: DatFile, rules: dat.Rules, columns: Sequence[Column]) -> DatFile:
    """Name the columns of a file that came without a header, where its width tells."""
    if all(odd.kind != OddityKind.NO_HEADER for odd in file.oddities):
        return file
    # Columns agreed in the letter may be left out; without names only their order tells.
    for named in (columns, [column for column in columns if not column.extra]):
        if len(named) == len(file.header) and (not rules.header or len(named) > _WIDE):
            return replace(file, header=tuple(column.name for column in named))
    return file


#: A file with more columns than this that has as many as the rules is taken for theirs.
_WIDE = 10


def _given(header: Sequence[str], named: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the place of each column that was named for a role. Raises NoSuchColumnError."""
    places = {name.strip().casefold(): place for place, name in reversed(list(enumerate(header)))}
    places.update({str(place + 1): place for place in range(len(header))} | dict(places))
    given = {}
    for role, names in named.items():
        there = [places[key] for name in names if (key := name.strip().casefold()) in places]
        if not there:
            raise NoSuchColumnError(names[0], role, header)
        given[role] = there[0]
    return given


def _known(
    header: Sequence[str], columns: Sequence[Column], given: Mapping[str, int]
) -> tuple[tuple[str, ...], dict[str, tuple[int, ...]]]:
    """Return the rules' name of each column, and which places may mean each role.

    What was named by hand goes before all, then a column's own name, then the surest of the names
    that the rules and other systems give it.
    """
    of_role = {column.role: column for column in columns if column.role}
    meanings = sorted(_meanings(header, columns, of_role))
    known = ["" for _ in header]
    by_hand = {of_role[role].name: place for role, place in given.items() if role in of_role}
    for name, place in by_hand.items():
        known[place] = name
    taken = set(by_hand)
    candidates: dict[str, list[int]] = {}
    for rank, place, name, role in meanings:
        if role:
            candidates.setdefault(role, []).append(place)
        # A name that stands twice as the rules have it means the same column twice.
        if known[place] or (name in taken and (rank[0] or name in by_hand)):
            continue
        known[place] = name
        taken.add(name)
    return tuple(known), {role: tuple(dict.fromkeys(places)) for role, places in candidates.items()}


def _meanings(
    header: Sequence[str], columns: Sequence[Column], of_role: Mapping[str, Column]
) -> Iterable[tuple[tuple[int, int], int, str, str]]:
    """Yield (rank, place, the rules' name, role) of all that each column may mean."""
    own = {column.name.upper(): column for column in columns}
    aliases: dict[str, tuple[int, Column]] = {}
    for column in columns:
        for rank, alias in enumerate((column.name, *column.aliases)):
            aliases.setdefault(synonyms.bare(alias), (rank, column))
    table = synonyms.table().meant
    for place, name in enumerate(header):
        bare = synonyms.bare(name)
        if name.upper() in own:
            yield (0, 0), place, own[name.upper()].name, own[name.upper()].role
        elif bare in aliases:
            order, known = aliases[bare]
            # An alias that others use as well is as sure as the table has it.
            shared = bare in table and table[bare][0] == known.role
            sure = table[bare][1] if shared else order - _MANY
            yield (1, sure), place, known.name, known.role
        if bare in table:
            role, rank = table[bare]
            if role in of_role:
                yield (1, rank), place, of_role[role].name, role


#: More than any column has aliases.
_MANY = 1_000


def _by_role(
    by_name: dict[str, Sequence[str]], columns: Sequence[Column], day: str
) -> tuple[dict[str, Sequence[str]], tuple[str, ...]]:
    """Return the known columns by role; a day and its time are taken apart.

    Where most cells of a day hold its time too and the file has no column for that, they are taken
    apart in `by_name` as well; such columns come second.
    """
    by_role: dict[str, Sequence[str]] = {}
    joined = []
    begins = re.compile(rf"\s*({day})(?:[\sT,]+|$)(.*)", re.DOTALL)
    names = {column.role: column.name for column in columns}
    for column in columns:
        cells = by_name.get(column.name)
        if cells is None or not column.role:
            continue
        by_role[column.role] = cells
        instant = column.role.removeprefix("datetime_").removeprefix("date_")
        timed = names.get(f"time_{instant}", "")
        alone = column.type == "date" and timed and timed not in by_name
        if column.type != "date and time" and not alone:
            continue
        parted = [match.groups() if (match := begins.match(cell)) else (cell, "") for cell in cells]
        if alone:
            filled = [time for cell, (_, time) in zip(cells, parted, strict=True) if cell.strip()]
            if 2 * sum(map(bool, filled)) <= len(filled):
                continue
            joined.append(column.name)
            by_role[column.role] = by_name[column.name] = [date for date, _ in parted]
            by_name[timed] = [time for _, time in parted]
        by_role.setdefault(f"date_{instant}", [date for date, _ in parted])
        by_role.setdefault(f"time_{instant}", [time for _, time in parted])
    return by_role, tuple(joined)
