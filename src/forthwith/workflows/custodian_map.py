"""Many custodians in one list: a table of folders and whose each is, read whole or refused whole.

Columns `folder` and `custodian`, in any order and letters, among any others; commas, semicolons,
tabs or bars between them; a folder is reckoned from the list's own. Every row that is wrong is
named at once, before anything is collected.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forthwith.collect.folder import NothingThereError, check_place
from forthwith.domain.errors import ForthwithError
from forthwith.plain import csv_cells
from forthwith.plain.charset import decode
from forthwith.workflows.case_file import CaseFile

_SEPARATORS = ",;\t|"
_FOLDER, _CUSTODIAN = ("folder", "path"), ("custodian",)
#: Rows named before the rest is only counted.
_NAMED = 50


class CustodianMapError(ForthwithError):
    """A list of folders and custodians cannot be used."""

    def __init__(self, path: Path, wrong: Sequence[str]) -> None:
        more = f"\n  … and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
        listed = "".join(f"\n  {line}" for line in wrong[:_NAMED])
        super().__init__(
            f"{path} cannot be used, and nothing was collected:{listed}{more}\n"
            "It is a table with the columns folder and custodian, a row for each folder or file; "
            "folders are reckoned from where the table lies."
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """One row: a place, and whose it is."""

    path: Path
    custodian: str


def custodian_map(case: CaseFile, path: Path) -> list[Assignment]:
    """Read a list for a matter. Raises CustodianMapError."""
    rows = _rows(path)
    heads = [cell.strip().casefold() for cell in rows[0][1]] if rows else []
    folder, custodian = (
        next((heads.index(name) for name in names if name in heads), None)
        for names in (_FOLDER, _CUSTODIAN)
    )
    if folder is None or custodian is None:
        raise CustodianMapError(path, ["its first row does not name the two columns"])
    if len(rows) < 2:
        raise CustodianMapError(path, ["no row stands under the names of its columns"])
    wrong: list[str] = []
    known: dict[Path, tuple[int, Assignment]] = {}
    #: Folder -> the first place known inside it.
    inside: dict[Path, Path] = {}
    for line, cells in rows[1:]:
        place, whose = (_cell(cells, at) for at in (folder, custodian))
        if not place or not whose:
            wrong.append(f"line {line} names no {'folder' if not place else 'custodian'}")
            continue
        assignment = Assignment(_place(path.parent, place), whose)
        if (why := _trouble(case, assignment, known, inside)) is not None:
            wrong.append(f"line {line}: {why}")
            continue
        own = assignment.path.resolve()
        known[own] = (line, assignment)
        for around in own.parents:
            inside.setdefault(around, own)
    if wrong:
        raise CustodianMapError(path, wrong)
    return [assignment for _, assignment in known.values()]


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of every row that is not blank. Raises CustodianMapError."""
    try:
        text = decode(path.read_bytes(), "").text.removeprefix("\ufeff")
    except OSError as refused:
        raise CustodianMapError(path, [(refused.strerror or "no such file").lower()]) from refused
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    reader = csv_cells.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows, began = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in csv_cells.bounded(cells)):
                rows.append((began, cells))
            began = reader.line_num + 1
    except csv.Error as wrong:
        raise CustodianMapError(path, [f"line {began} is not CSV: {wrong}"]) from wrong
    return rows


def _cell(cells: Sequence[str], at: int) -> str:
    return csv_cells.as_written(cells[at].strip()) if at < len(cells) else ""


def _place(home: Path, cell: str) -> Path:
    """Return the place a cell names; one written on Windows, where it is there with slashes."""
    path = home / cell
    if not os.path.lexists(path) and "\\" in cell:
        return home / cell.replace("\\", "/")
    return path


def _trouble(
    case: CaseFile,
    assignment: Assignment,
    known: Mapping[Path, tuple[int, Assignment]],
    inside: Mapping[Path, Path],
) -> str | None:
    """Return what is wrong with a row, given those before it; None for nothing."""
    try:
        check_place(case.matter, assignment.path)
    except NothingThereError:
        return f"{assignment.path} does not exist"
    except ForthwithError as refused:
        return str(refused)
    own = assignment.path.resolve()
    # No two places known lie inside one another: around this one is one of them at most.
    place = next((path for path in (own, *own.parents) if path in known), inside.get(own))
    if place is None:
        return None
    line, other = known[place]
    if own == place:
        whose = "" if other.custodian == assignment.custodian else f", of {other.custodian}"
        return f"{assignment.path} stands on line {line} already{whose}"
    return (
        f"{assignment.path} and {other.path} of line {line} lie inside one another: the "
        "same files would be collected twice"
    )
