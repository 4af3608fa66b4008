"""One volume as delivered: its rows by the roles of the standard's columns, its pages, its papers.

Only reads and aligns; what is wrong with it is for the checks. Columns are kept as columns, because
checks over a hundred thousand rows go column by column; so each Bates number of a column is one
integer. A series is one prefix and width; a page is its number plus a multiple of `SERIES`, so that
pages of one series are consecutive integers and pages of two series never meet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forthwith.check.folder import Folder
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError, UnreadableError
from forthwith.loadfiles import columns, dat, lfp, opt
from forthwith.loadfiles.columns import Columns
from forthwith.loadfiles.oddities import lenient
from forthwith.standards.loader import Standard

#: Series and number of one page in one integer.
Page = int
#: More than any number: a Bates number has at most 18 digits.
SERIES = 2**60


def same_series(page: Page, other: Page) -> bool:
    """Return True when both are of one prefix and width."""
    return page // SERIES == other // SERIES


@dataclass(slots=True)
class Numberer:
    """Gives each prefix and width a series, in the order met."""

    series: dict[tuple[str, int], int]

    def column(self, texts: Sequence[str]) -> list[Page | None]:
        """Read a column; None where a cell holds no number."""
        plain = self._plain(texts)
        return [self.one(text) for text in texts] if plain is None else plain

    def one(self, text: str) -> Page | None:
        """Read one number."""
        try:
            read = Bates.parse(text)
        except NotABatesNumberError:
            return None
        return self._series(read.prefix, read.width) * SERIES + read.number

    def text(self, page: Page) -> str:
        """Return a number as stamped."""
        prefix, width = next(key for key, value in self.series.items() if value == page // SERIES)
        return str(Bates(prefix, width, page % SERIES))

    def _series(self, prefix: str, width: int) -> int:
        return self.series.setdefault((prefix, width), len(self.series))

    def _plain(self, texts: Sequence[str]) -> list[Page | None] | None:
        """Read a column of one series in one sweep; None when it is not."""
        try:
            first = Bates.parse(texts[0]) if texts else None
        except NotABatesNumberError:
            return None
        if first is None:
            return []
        start, length = len(first.prefix), len(first.prefix) + first.width
        digits = [text[start:] for text in texts]
        joined = "".join(digits)
        # All texts hold the same prefix when the column, cut at it, is the column less its digits.
        if (
            set(map(len, texts)) != {length}
            or not (joined.isascii() and joined.isdigit())
            or first.prefix.join(("", *digits)) != "".join(texts)
        ):
            return None
        base = self._series(first.prefix, first.width) * SERIES
        return [base + number for number in map(int, digits)] if base else list(map(int, digits))


#: Papers that may stand beside the load files, by the end of their names.
_PAPERS = (
    "_transmittal.", "_exceptions.csv", "_manifest.json", "_changes.csv", "_clawback_notice.",
)  # fmt: skip


class VolumeUnreadableError(ForthwithError):
    """The folder cannot be taken for a volume at all."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The lines of the image pointer file, in step."""

    ids: Sequence[str]
    paths: Sequence[str]
    #: True where a document begins.
    firsts: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume, read."""

    name: str
    standard: Standard
    folder: Folder
    #: Paths of the load files found; the first of each kind is the one read.
    data_files: tuple[str, ...]
    pointer_files: tuple[str, ...]
    data: dat.DatFile
    pointer: opt.OptFile | lfp.LfpFile | None
    #: The standard's name of each column of the file, or "" for one it does not know.
    known: tuple[str, ...]
    #: Cells by the standard's column name, in step with the rows; absent columns are not here.
    columns: dict[str, Sequence[str]]
    #: The same cells by role; day and time apart where one column holds both.
    roles: dict[str, Sequence[str]]
    numberer: Numberer
    #: First and last numbers read, in step with the rows.
    first: list[Page | None]
    last: list[Page | None]
    pages: Pages
    #: Numbers the exceptions paper accounts for, with its reason.
    excepted: dict[str, str]

    def __len__(self) -> int:
        """Count the sound rows."""
        return len(self.data.numbers)

    @property
    def bates(self) -> Sequence[str]:
        """First numbers as found."""
        return self.roles["first_bates"]

    def has(self, *roles: str) -> bool:
        """Return True when the volume has a column of each of these roles."""
        return all(role in self.roles for role in roles)

    def cell(self, role: str, row: int) -> str:
        """Return one cell by the role of its column, stripped; "" when the column is absent."""
        cells = self.roles.get(role)
        return cells[row].strip() if cells is not None else ""

    def column(self, role: str) -> Sequence[str]:
        """Return the column of a role; blanks when it is absent."""
        return self.roles.get(role) or [""] * len(self)

    def called(self, role: str) -> str:
        """Return the standard's name of the column of a role, for a message."""
        return self.standard.called(role)


def is_paper(path: str) -> bool:
    """Return True for the papers that go with a volume's load files."""
    return any(mark in path.rpartition("/")[2].lower() for mark in _PAPERS)


def open_volume(root: Path, standard: Standard) -> Volume:
    """Read the load files of the volume at `root`. Raises VolumeUnreadableError."""
    if not root.is_dir():
        raise VolumeUnreadableError(f"{root} is not a folder. Give the folder of one volume.")
    folder = Folder.walk(root)
    data_files = _load_files(folder, root.name, ".dat")
    if not data_files:
        raise VolumeUnreadableError(
            f"There is no DAT in {root}. Give the folder of one volume, load files included."
        )
    data = _data(folder, data_files[0], standard)
    pointer_files = _load_files(folder, root.name, ".opt") or _load_files(folder, root.name, ".lfp")
    pointer = _pointer(folder, pointer_files[0]) if pointer_files else None
    roles, numberer = data.by_role, Numberer({})
    return Volume(
        name=Path(data_files[0]).stem or root.name,
        standard=standard,
        folder=folder,
        data_files=data_files,
        pointer_files=pointer_files,
        data=data.data,
        pointer=pointer,
        known=data.known,
        columns=data.by_name,
        roles=roles,
        numberer=numberer,
        first=numberer.column(roles.get("first_bates", ())),
        last=numberer.column(roles.get("last_bates", roles.get("first_bates", ()))),
        pages=_pages(pointer),
        excepted=_excepted(folder),
    )


def _load_files(folder: Folder, name: str, suffix: str) -> tuple[str, ...]:
    """Return load files of one kind, the likeliest first; natives of that kind are none."""

    def rank(path: str) -> tuple[bool, bool, int, str]:
        stem = Path(path).stem.lower()
        in_data = path.lower().startswith("data/") or "/" not in path
        return stem != name.lower(), not in_data, -folder.sizes[path], path

    files = [path for path in folder.with_suffix(suffix) if not _under_natives(path)]
    return tuple(sorted(files, key=rank))


def _under_natives(path: str) -> bool:
    tops = {part.rstrip("0123456789_") for part in path.lower().split("/")[:-1]}
    return bool(tops & {"native", "natives", "text", "texts", "image", "images"})


def _data(folder: Folder, path: str, standard: Standard) -> Columns:
    try:
        return columns.read(
            folder.read(path),
            standard.load_file,
            standard.all_columns,
            standard.formats.date.pattern,
        )
    except (OSError, UnreadableError) as error:
        raise VolumeUnreadableError(f"The load file {path} cannot be read: {error}.") from error


def _pointer(folder: Folder, path: str) -> opt.OptFile | lfp.LfpFile:
    try:
        data = folder.read(path)
    except OSError as error:
        raise VolumeUnreadableError(f"The load file {path} cannot be read: {error}.") from error
    return lfp.read(data) if path.lower().endswith(".lfp") else opt.read(data)


def _pages(pointer: opt.OptFile | lfp.LfpFile | None) -> Pages:
    if pointer is None:
        return Pages((), (), ())
    if isinstance(pointer, lfp.LfpFile):
        return Pages(
            [page.key for page in pointer.pages],
            [page.path for page in pointer.pages],
            [page.boundary != "" for page in pointer.pages],
        )
    firsts = [mark in {"Y", "y"} for mark in pointer.breaks]
    return Pages(pointer.pages, pointer.paths, firsts)


def _excepted(folder: Folder) -> dict[str, str]:
    """Read the exceptions papers: BATES, REASON, DETAIL."""
    reasons: dict[str, str] = {}
    for path in folder.with_suffix("_exceptions.csv"):
        try:
            text = lenient(folder.read(path)).removeprefix("\ufeff")
            for row in csv.DictReader(io.StringIO(text, newline="")):
                cells = {(name or "").strip().upper(): value for name, value in row.items()}
                number = cells.get("BATES")
                if isinstance(number, str) and number.strip():
                    reasons[number.strip()] = str(cells.get("REASON") or "").strip()
        except (OSError, csv.Error):
            continue
    return reasons
