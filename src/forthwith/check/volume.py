"""One volume as delivered: its rows by the roles of the standard's columns, its pages, its papers.

Only reads and aligns; what is wrong with it is for the checks. Columns are kept as columns, because
checks over a hundred thousand rows go column by column; so each Bates number of a column is one
integer. A series is one prefix and width; a page is its number plus a multiple of `SERIES`, so that
pages of one series are consecutive integers and pages of two series never meet.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forthwith.check import dialects
from forthwith.check.dialects import Dialect, Pages
from forthwith.check.folder import Folder
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.errors import ForthwithError, UnreadableError
from forthwith.loadfiles import columns, dat, lfp, opt
from forthwith.loadfiles.columns import Columns, NoSuchColumnError
from forthwith.loadfiles.oddities import OddityKind, lenient
from forthwith.seals.seen import WantedSeal
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
    "_seal.json", "_seal.tsr",
)  # fmt: skip


class VolumeUnreadableError(ForthwithError):
    """The folder cannot be taken for a volume at all."""


class UnknownKeyError(VolumeUnreadableError):
    """No column of the load file is known to hold the number of a document."""

    def __init__(self, path: str, header: Sequence[str], likely: str) -> None:
        super().__init__(
            f"The load file {path} has no column known for the first number of each document, so "
            f"its documents cannot be told apart. Its columns are: {', '.join(header)}. Name the "
            f"one that holds it, as in --column first_bates={_quoted(likely)}."
        )


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


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
    #: Numbers each row says are attached, in step with the rows.
    children: Sequence[tuple[str, ...]] = ()
    #: What is written otherwise than the standard has it, and was understood.
    dialects: tuple[Dialect, ...] = ()
    #: Names of columns that were passed over for another of the same purpose.
    passed_over: frozenset[str] = frozenset()
    #: Files that overlays brought, by their way from here, with their path in the overlay.
    laid: Mapping[str, str] = field(default_factory=dict)
    #: Folders of the overlays laid on it.
    overlays: tuple[Path, ...] = ()
    #: Own files whose place they took.
    displaced: frozenset[str] = frozenset()
    #: What whoever checks expects of its seal.
    wanted_seal: WantedSeal = field(default_factory=WantedSeal)

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


def open_volume(
    root: Path, standard: Standard, named: Mapping[str, Sequence[str]] | None = None
) -> Volume:
    """Read the load files of the volume at `root`.

    `named` says which columns have a role, by their own names. Raises VolumeUnreadableError.
    """
    if not root.is_dir():
        raise VolumeUnreadableError(f"{root} is not a folder. Give the folder of one volume.")
    folder = Folder.walk(root)
    data_files, read = _data_files(folder, root, standard, named)
    pointer_files = load_files(folder, root.name, ".opt") or load_files(folder, root.name, ".lfp")
    pointer_files = pointer_files or _other_pointers(folder, root.name, data_files)
    pointer = _pointer(folder, pointer_files[0]) if pointer_files else None
    return _understood(
        _Opened(root, standard, folder, data_files, pointer_files, pointer, read, named or {})
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    """The load files of a volume as they stand."""

    root: Path
    standard: Standard
    folder: Folder
    data_files: tuple[str, ...]
    pointer_files: tuple[str, ...]
    pointer: opt.OptFile | lfp.LfpFile | None
    read: Columns
    named: Mapping[str, Sequence[str]]


def _understood(opened: _Opened) -> Volume:
    """Return the volume with its dialects understood."""
    read, path, told = opened.read, opened.data_files[0], list[Dialect]()
    roles, by_name, known = dict(read.by_role), dict(read.by_name), list(read.known)
    if not path.lower().endswith(".dat"):
        told.append(Dialect("LF19", f"the data load file is {path}, not a DAT", path))
    told += [
        Dialect("LF20", f"{name} holds the day and the time; they were taken apart", path)
        for name in read.joined
    ]
    _files_columns(opened, roles, by_name, known, told)
    firsts = roles.get("first_bates", ())
    pages = dialects.pages_of(opened.pointer)
    pointer_file = opened.pointer_files[0] if opened.pointer_files else ""
    if "last_bates" not in roles:
        # Where pages are counted within documents, those have no last number of their own.
        counts = roles.get("page_count", [""] * len(firsts))
        roles["last_bates"], _ = dialects.last_numbers(firsts, counts, pages)
    pages, more = dialects.numbered(
        pages,
        opened.pointer.counts if isinstance(opened.pointer, opt.OptFile) else (),
        firsts,
        roles["last_bates"],
        pointer_file,
    )
    told += more
    if pointer_file and not pointer_file.lower().endswith((".opt", ".lfp")):
        named = f"the image pointer file is {pointer_file}, not an OPT"
        told.append(Dialect("LF19", named, pointer_file))
    cells = roles.get("children", [""] * len(firsts))
    children, sign = dialects.several(cells, opened.standard.load_file.multi_value, firsts)
    if sign:
        name = _called(opened, "children")
        told.append(Dialect("LF17", f"the numbers of {name} are parted by {sign!r}", path))
    numberer = Numberer({})
    return Volume(
        name=Path(path).stem or opened.root.name,
        standard=opened.standard,
        folder=opened.folder,
        data_files=opened.data_files,
        pointer_files=opened.pointer_files,
        data=read.data,
        pointer=opened.pointer,
        known=tuple(known),
        columns=by_name,
        roles=roles,
        numberer=numberer,
        first=numberer.column(firsts),
        last=numberer.column(roles["last_bates"]),
        pages=pages,
        excepted=_excepted(opened.folder),
        children=children,
        dialects=tuple(told),
        passed_over=frozenset(
            read.data.header[place]
            for role in ("native_path", "text_path")
            for place in read.candidates.get(role, ())
            if any(dialect.code == "LF18" for dialect in told) and not known[place]
        ),
    )


def _called(opened: _Opened, role: str) -> str:
    """Return what the file itself calls the column of a role."""
    name = opened.standard.called(role)
    places = [place for place, known in enumerate(opened.read.known) if known == name]
    return opened.read.data.header[places[0]] if places else name


def _files_columns(
    opened: _Opened,
    roles: dict[str, Sequence[str]],
    by_name: dict[str, Sequence[str]],
    known: list[str],
    told: list[Dialect],
) -> None:
    """Take for natives and texts the columns whose paths lead to files."""
    read, standard, path = opened.read, opened.standard, opened.data_files[0]
    for role in ("native_path", "text_path"):
        if role in opened.named or not standard.has(role):
            continue
        name = standard.called(role)
        taken = frozenset(place for place, meant in enumerate(known) if meant and meant != name)
        place, why = dialects.leading(role, read, opened.folder, taken)
        if place is not None:
            before = [spot for spot, meant in enumerate(known) if meant == name and spot != place]
            for spot in before if known[place] != name else ():
                known[spot] = ""
            known[place] = name
            roles[role] = by_name[name] = read.data.columns[place]
            told += [Dialect("LF18", why, path)] if why else []
        elif role == "text_path" and dialects.inline(
            roles.get(role, ()), standard.load_file.newline
        ):
            roles[role] = by_name[name] = [""] * len(read.data.numbers)
            column = _called(opened, role)
            told.append(
                Dialect(
                    "LF21",
                    f"{column!r}, which is for {name}, holds the texts themselves, not their paths",
                    path,
                )
            )


def _key_by_values(read: Columns) -> bool:
    """Give the role of the key to the first column of a nameless file that must be it."""
    if not any(odd.kind is OddityKind.NO_HEADER for odd in read.data.oddities):
        return False
    for cells in read.data.columns:
        distinct = {cell.strip() for cell in cells}
        # A row may have been copied.
        if distinct and len(distinct) >= 0.9 * len(cells) and all(map(_KEY.fullmatch, distinct)):
            read.by_role["first_bates"] = cells
            return True
    return False


#: A number with a prefix: what nothing else in a load file looks like.
_KEY = re.compile(r"[A-Za-z][\w.&-]*\d{3,}")


def _likely(read: Columns) -> str:
    """Return the header's name of the column likeliest to hold the key."""
    for name, cells in zip(read.data.header, read.data.columns, strict=True):
        distinct = {cell.strip() for cell in cells}
        if cells and len(distinct) == len(cells) and all(cell[-1:].isdigit() for cell in distinct):
            return name
    return read.data.header[0]


def _data_files(
    folder: Folder, root: Path, standard: Standard, named: Mapping[str, Sequence[str]] | None
) -> tuple[tuple[str, ...], Columns]:
    """Return the data load files, the one to be read first, and it read."""
    if files := load_files(folder, root.name, ".dat"):
        return _first_known(folder, files, standard, named)
    for path in load_files(folder, root.name, ".csv", ".txt", ".tsv"):
        if is_paper(path):
            continue
        try:
            read = _data(folder, path, standard, named)
        except VolumeUnreadableError:
            continue
        if "first_bates" in read.by_role and len(read.data.header) > 1:
            return (path,), read
    for path, what in folder.irregular.items():
        if path.lower().endswith(".dat"):
            raise VolumeUnreadableError(
                f"The load file {path!r} of {root} is {what}, which is not opened. Ask for the "
                "volume with the file itself in that place."
            )
    others = [path for path in folder.sizes if path.lower().endswith(tuple(_OTHER_KINDS))]
    if others:
        kind = _OTHER_KINDS[Path(others[0]).suffix.lower()]
        raise VolumeUnreadableError(
            f"There is no DAT in {root}, only {others[0]}, {kind}, which is not read here. Ask for "
            "the volume with a Concordance DAT, or export one from it."
        )
    raise VolumeUnreadableError(
        f"There is no DAT in {root}. Give the folder of one volume, load files included."
    )


def _first_known(
    folder: Folder,
    files: tuple[str, ...],
    standard: Standard,
    named: Mapping[str, Sequence[str]] | None,
) -> tuple[tuple[str, ...], Columns]:
    """Return the files with the first of them in front whose key is known, and it read.

    Raises UnknownKeyError where no file's is, VolumeUnreadableError where the first cannot be read.
    """
    nameless: list[tuple[str, Columns]] = []
    wrong: VolumeUnreadableError | None = None
    for path in files:
        try:
            read = _data(folder, path, standard, named)
        except VolumeUnreadableError as error:
            wrong = wrong or error
            continue
        if "first_bates" in read.by_role:
            return (path, *(other for other in files if other != path)), read
        nameless.append((path, read))
    for path, read in nameless:
        if _key_by_values(read):
            return (path, *(other for other in files if other != path)), read
    if wrong is not None:
        raise wrong
    path, read = nameless[0]
    raise UnknownKeyError(path, read.data.header, _likely(read))


#: Load files that are known by their names and not read.
_OTHER_KINDS = {
    ".dii": "a Summation load file",
    ".xml": "an XML file, as EDRM and Vault exports have",
    ".lfp": "an IPRO image load file",
    ".opt": "an Opticon image load file",
    ".mdb": "an Access database, as Ringtail exports have",
}


def _other_pointers(folder: Folder, name: str, used: Sequence[str]) -> tuple[str, ...]:
    """Return the first file under another name that is an Opticon image load file within."""
    for path in load_files(folder, name, ".log", ".txt", ".csv"):
        if path not in used and not is_paper(path):
            try:
                read = opt.read(folder.read_load_file(path))
            except OSError:
                continue
            found = sum(folder.resolve(image) is not None for image in read.paths[:_LOOKED_AT])
            if 2 * found > len(read.paths[:_LOOKED_AT]):
                return (path,)
    return ()


#: Longest paper beside the load files that is read, bytes.
_LARGEST_PAPER = 64 * 2**20
#: Lines looked at to tell a pointer file by its paths.
_LOOKED_AT = 50


def load_files(folder: Folder, name: str, *suffixes: str) -> tuple[str, ...]:
    """Return load files of one kind, the likeliest first; natives of that kind are none."""

    def rank(path: str) -> tuple[bool, bool, int, str]:
        stem = Path(path).stem.lower()
        in_data = path.lower().startswith("data/") or "/" not in path
        return stem != name.lower(), not in_data, -folder.sizes[path], path

    files = [path for path in folder.with_suffix(*suffixes) if not _under_natives(path)]
    return tuple(sorted(files, key=rank))


def _under_natives(path: str) -> bool:
    tops = {part.rstrip("0123456789_") for part in path.lower().split("/")[:-1]}
    return bool(tops & {"native", "natives", "text", "texts", "image", "images"})


def _data(
    folder: Folder, path: str, standard: Standard, named: Mapping[str, Sequence[str]] | None
) -> Columns:
    try:
        return columns.read(
            folder.read_load_file(path),
            standard.load_file,
            standard.all_columns,
            standard.formats.date.pattern,
            named,
        )
    except NoSuchColumnError as error:
        raise VolumeUnreadableError(f"{path}: {error}") from error
    except (OSError, UnreadableError) as error:
        raise VolumeUnreadableError(f"The load file {path} cannot be read: {error}.") from error


def _pointer(folder: Folder, path: str) -> opt.OptFile | lfp.LfpFile:
    try:
        data = folder.read_load_file(path)
    except OSError as error:
        raise VolumeUnreadableError(f"The load file {path} cannot be read: {error}.") from error
    return lfp.read(data) if path.lower().endswith(".lfp") else opt.read(data)


def _excepted(folder: Folder) -> dict[str, str]:
    """Read the exceptions papers: BATES, REASON, DETAIL."""
    reasons: dict[str, str] = {}
    for path in folder.with_suffix("_exceptions.csv"):
        try:
            text = lenient(folder.read(path, _LARGEST_PAPER)).removeprefix("\ufeff")
            for row in csv.DictReader(io.StringIO(text, newline="")):
                cells = {(name or "").strip().upper(): value for name, value in row.items()}
                number = cells.get("BATES")
                if isinstance(number, str) and number.strip():
                    reasons[number.strip()] = str(cells.get("REASON") or "").strip()
        except (OSError, csv.Error):
            continue
    return reasons
