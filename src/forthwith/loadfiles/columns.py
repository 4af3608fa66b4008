"""Columns of a data load file by what they are for, whatever their names: the grammar of its rows.

Names come from the rules the file was written by, first as they are there, then by the names
others give the same column. Who writes, checks or reads a file asks for a column by its role; what
its cells should hold is for them to judge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from forthwith.loadfiles import dat
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


def read(data: bytes, rules: dat.Rules, columns: Sequence[Column], day: str) -> Columns:
    """Read a data load file whose `columns` are known, those agreed in a letter last.

    `day` is a regular expression that finds a day, without anchors and groups. Raises
    UnreadableError.
    """
    names = {name.lower() for column in columns for name in (column.name, *column.aliases)}
    file = _with_header(dat.read(data, rules, names), rules, columns)
    known = _known(file.header, columns)
    by_name: dict[str, Sequence[str]] = {}
    for name, cells in zip(known, file.columns, strict=True):
        if name:
            by_name.setdefault(name, cells)
    return Columns(file, known, by_name, _by_role(by_name, columns, day))


def _with_header(file: DatFile, rules: dat.Rules, columns: Sequence[Column]) -> DatFile:
    """Name the columns of a file that came without a header, where the rules want none."""
    if rules.header or all(odd.kind != OddityKind.NO_HEADER for odd in file.oddities):
        return file
    # Columns agreed in the letter may be left out; without names only their order tells.
    for named in (columns, [column for column in columns if not column.extra]):
        if len(named) == len(file.header):
            return replace(file, header=tuple(column.name for column in named))
    return file


def _known(header: Sequence[str], columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the rules' name of each column, by its own name first, then by an alias."""
    own = {column.name.upper(): column.name for column in columns}
    aliases = {alias: column.name for column in columns for alias in column.aliases}
    taken = {own[name.upper()] for name in header if name.upper() in own}
    known = []
    for name in header:
        meant = own.get(name.upper()) or aliases.get(name.upper(), "")
        if meant in taken and name.upper() not in own:
            meant = ""
        taken.add(meant)
        known.append(meant)
    return tuple(known)


def _by_role(
    by_name: dict[str, Sequence[str]], columns: Sequence[Column], day: str
) -> dict[str, Sequence[str]]:
    """Return the known columns by role; a day and its time are taken apart."""
    by_role: dict[str, Sequence[str]] = {}
    begins = re.compile(rf"\s*({day})(?:[\sT,]+|$)(.*)", re.DOTALL)
    for column in columns:
        cells = by_name.get(column.name)
        if cells is None or not column.role:
            continue
        by_role[column.role] = cells
        if column.type == "date and time":
            instant = column.role.removeprefix("datetime_")
            parted = [
                match.groups() if (match := begins.match(cell)) else (cell, "") for cell in cells
            ]
            by_role.setdefault(f"date_{instant}", [date for date, _ in parted])
            by_role.setdefault(f"time_{instant}", [time for _, time in parted])
    return by_role
