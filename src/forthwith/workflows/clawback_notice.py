"""Notices that call documents back: which numbers a list names, in whatever form it came.

A notice is a table with columns of numbers, or a bare list of numbers and ranges. What cannot be
read as a number is no number; which numbers are documents here is for `quarantine`.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain import bates
from forthwith.domain.bates import Bates
from forthwith.domain.errors import ForthwithError
from forthwith.formats.served.privilege_log import HEADINGS
from forthwith.loadfiles import synonyms
from forthwith.plain import charset, csv_cells
from forthwith.plain.column_names import folded
from forthwith.plain.regular_files import read_regular

#: A longer file than this is no notice, bytes.
_LARGEST = 64 << 20
_SIGNS = ("\t", ";", "|", ",")
#: Headings of ours that a native's number stands under.
_MORE = frozenset({"nativefileof", "native", "nativeof", "fw", "documents", "ranges", "range"})


class NoNoticeError(ForthwithError):
    """The file of a notice cannot be read, or names nothing."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be taken for a claw-back notice: {why}. Give a CSV or a text of Bates "
            "numbers or ranges, one a line; nothing was put away."
        )


@dataclass(frozen=True, slots=True)
class Called:
    """One number or range as a notice names it."""

    first: Bates
    last: Bates
    #: As written.
    text: str


@dataclass(frozen=True, slots=True)
class ClawbackNotice:
    """A notice, read."""

    path: Path
    sha256: str
    called: tuple[Called, ...]
    #: Who sent it, as called in the matter; "" where it is not said.
    party: str = ""


def read(path: Path, party: str = "") -> ClawbackNotice:
    """Read a notice of a party. Raises NoNoticeError."""
    try:
        data = read_regular(path, _LARGEST)
    except OSError as refused:
        raise NoNoticeError(path, (refused.strerror or "no such file").lower()) from refused
    return of(data, path, party)


def of(data: bytes, path: Path, party: str = "") -> ClawbackNotice:
    """Read a notice as it came, of which `path` is the name. Raises NoNoticeError."""
    text = charset.decode(data).text.removeprefix("\ufeff")
    called = tuple(dict.fromkeys(_called(_rows(text))))
    if not called:
        raise NoNoticeError(path, "no number that ends in digits stands in it")
    return ClawbackNotice(path, hashlib.sha256(data).hexdigest(), called, party)


def _rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    head = lines[0] if lines else ""
    sign = max(_SIGNS, key=head.count)
    # A list of ranges on one line may part them by what also parts cells.
    if not head.count(sign):
        sign = "\t"
    rows = csv_cells.reader(io.StringIO(text, newline=""), delimiter=sign, strict=False)
    try:
        return [[csv_cells.as_written(cell.strip()) for cell in row] for row in rows if any(row)]
    except csv.Error:
        return [[line] for line in lines]


def _called(rows: Sequence[Sequence[str]]) -> Iterator[Called]:
    for start, row in enumerate(rows[:20]):
        if columns := _columns(row):
            yield from _of_table(rows[start + 1 :], columns)
            return
    for row in rows:
        for cell in row:
            yield from _of_cell(cell)


def _columns(row: Sequence[str]) -> dict[int, str]:
    """Return "first", "last" or "range" by place, of the cells that head columns of numbers."""
    found: dict[int, str] = {}
    for place, cell in enumerate(row):
        name, role = folded(cell), synonyms.table().meant.get(synonyms.bare(cell), ("", 0))[0]
        if role == "last_bates" or name in HEADINGS["last"]:
            found[place] = "last"
        elif role == "first_bates" or name in HEADINGS["pages"]:
            found[place] = "first"
        elif name in _MORE or role == "family_range":
            found[place] = "range"
    return found if {"first", "range"} & set(found.values()) else {}


def _of_table(rows: Sequence[Sequence[str]], columns: dict[int, str]) -> Iterator[Called]:
    for row in rows:
        cells = {place: row[place] for place in columns if place < len(row) and row[place]}
        firsts = [place for place in cells if columns[place] == "first"]
        lasts = [place for place in cells if columns[place] == "last"]
        whole = f"{cells[firsts[0]]} - {cells[lasts[0]]}" if firsts and lasts else ""
        read = list(_of_cell(whole)) if whole else []
        if len(read) == 1:
            yield read[0]
            firsts, lasts = firsts[1:], lasts[1:]
        for place in cells:
            if columns[place] == "range" or place in firsts or place in lasts:
                yield from _of_cell(cells[place])


def _of_cell(cell: str) -> Iterator[Called]:
    for first, last in bates.ranges(cell.replace("|", ";")):
        yield Called(first, last, str(first) if first == last else f"{first} - {last}")
