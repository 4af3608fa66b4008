"""The files of the books: a bare folder, or what a matter holds, by names that stay the same.

A folder may have folders in it; in answers and reports a file has its own name without them, so
that a bare folder and a matter into which it was loaded answer with the same words.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.plain import folders, system_errors
from forthwith.plain.counting import size
from forthwith.plain.folders import Kind
from forthwith.record import facts as fact_sets
from forthwith.record.facts import BOOKS
from forthwith.record.matter import Matter, NoMatterError

#: A file of Bitcoin blocks has 128 MiB; a disk image by mistake has more.
_LARGEST = 1 << 29


class NoBooksError(ForthwithError):
    """There is nothing to answer from."""

    def __init__(self, place: Path, *, matter: bool) -> None:
        what = (
            f"No books were loaded into the matter in {place}"
            if matter
            else (f"There is no matter in {place}")
        )
        super().__init__(
            f"{what}. Load a folder of tables and evidence with `forthwith books load DIR`, or "
            "work on one as it is with --books DIR."
        )


class NoBooksFolderError(ForthwithError):
    """The folder named is none, or holds nothing."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"{place} is no folder with tables, statements or blocks. Make the tables with "
            "`forthwith books template DIR`, put the bank's and the node's files beside them, and "
            "name that folder."
        )


@dataclass(frozen=True, slots=True)
class BookFiles:
    """Files by name, as they will be read."""

    files: Mapping[str, bytes]
    faults: tuple[RowFault, ...] = ()


def read_folder(folder: Path) -> BookFiles:
    """Read every file below a folder; links are not followed. Raises NoBooksFolderError."""
    if not folder.is_dir():
        raise NoBooksFolderError(folder)
    contents: dict[str, bytes] = {}
    faults: list[RowFault] = []
    for entry in folders.walk(folder, lambda inner: not inner.name.startswith(".")):
        hidden = any(part.startswith(".") for part in entry.path.split("/"))
        if hidden or entry.kind is Kind.FOLDER:
            continue
        if what := _refused(entry):
            faults.append(RowFault(entry.path, 0, what, "Put the file itself here, or take it out"))
            continue
        try:
            with os.fdopen(entry.open(), "rb") as stream:
                contents[entry.path] = stream.read()
        except OSError as refused:
            faults.append(
                RowFault(
                    entry.path, 0, system_errors.said(refused), "Make it readable, or take it out"
                )
            )
    if not contents and not faults:
        raise NoBooksFolderError(folder)
    names = flat_names(contents)
    return BookFiles({names[path]: data for path, data in contents.items()}, tuple(faults))


def _refused(entry: folders.Entry) -> str:
    """Return what keeps an entry from being read: one passed by would leave out what it holds."""
    if entry.kind is not Kind.FILE:
        return "it is a link, a pipe or a folder that cannot be opened, and was not read"
    if entry.about is not None and entry.about.st_size > _LARGEST:
        return f"it is larger than {size(_LARGEST)} and was not read"
    return ""


def flat_names(paths: Iterable[str]) -> dict[str, str]:
    """Return each path with a name of its own that holds no folder.

    Where two have one name, their folders stand after its first part: "places.2026-01.csv".
    """
    paths = sorted(paths)
    base = {path: path.rpartition("/")[2] for path in paths}
    often = Counter(base.values())
    names: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        name = base[path]
        if often[name] > 1:
            first, dot, rest = name.partition(".")
            above = path.rpartition("/")[0].replace("/", "-") or "top"
            name = f"{first}.{above}{dot}{rest}"
        while name in taken:
            first, dot, rest = name.partition(".")
            name = f"{first}.again{dot}{rest}"
        taken.add(name)
        names[path] = name
    return names


def read_matter(matter: Matter) -> BookFiles:
    """Read the books a matter holds; a later file of a name takes the place of an earlier one.

    Raises NoBooksError, FactsChangedError.
    """
    loaded = fact_sets.files(matter, BOOKS)
    if not loaded:
        raise NoBooksError(matter.folder, matter=True)
    return BookFiles({place.rpartition("/")[2]: data for place, data in loaded})


def read_home(home: Path, folder: Path | None) -> BookFiles:
    """Read a bare folder below `home`, or the books of the matter that lies there.

    Raises NoBooksFolderError, NoBooksError, FactsChangedError.
    """
    if folder is not None:
        return read_folder(home / folder)
    try:
        return read_matter(Matter.open(home))
    except NoMatterError as none:
        raise NoBooksError(home.resolve(), matter=False) from none
