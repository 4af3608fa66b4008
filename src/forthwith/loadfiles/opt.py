"""Opticon OPT: the image pointer file, one line a page, read and written by one grammar.

Seven columns, no header, no quoting: page, volume, path, document break, folder break, box break,
page count. Vendors swap folder and box, so those are kept as found and never interpreted. Cells in
quotes, a header, other signs between cells and signs after the last one are read, and said once.
The reader keeps columns, not row objects: a volume has more pages than anything else.
Source: SEC Data Delivery Standards 8/2021, I.2; reference §2.2.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles.oddities import BadRow, Oddity, OddityKind, lenient, sniff_encoding
from forthwith.plain import csv_cells

_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class OptRow:
    """One page."""

    #: The page's Bates number; on a first page the document's first.
    page: str
    volume: str
    path: str
    #: True on the first page of a document.
    first: bool
    folder: str = ""
    box: str = ""
    #: Pages of the document, on its first page; None elsewhere.
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class OptFile:
    """One image pointer file, read; the columns are in step."""

    encoding: str
    pages: Sequence[str]
    volumes: Sequence[str]
    paths: Sequence[str]
    #: "Y" or "y" where a document begins, as found.
    breaks: Sequence[str]
    folders: Sequence[str]
    boxes: Sequence[str]
    counts: Sequence[str]
    #: The 1-based line of each page.
    numbers: Sequence[int]
    quarantined: tuple[BadRow, ...] = ()
    oddities: tuple[Oddity, ...] = ()

    def rows(self) -> list[OptRow]:
        """Return the pages as rows."""
        return [
            OptRow(page, volume, path, begins(mark), folder, box, _count(count))
            for page, volume, path, mark, folder, box, count in zip(
                self.pages, self.volumes, self.paths, self.breaks, self.folders, self.boxes,
                self.counts, strict=True,
            )
        ]  # fmt: skip


class NotAsciiError(ForthwithError):
    """An image pointer file may hold only ASCII, and no comma or line break inside a value."""

    def __init__(self, row: OptRow) -> None:
        super().__init__(
            f"The line for page {row.page!r} cannot be written: the image pointer file takes only "
            "ASCII without commas and line breaks. Rename the page's file or folder."
        )


def read(data: bytes) -> OptFile:
    """Read a whole image pointer file; an empty one has no pages."""
    encoding, mark = sniff_encoding(data)
    if encoding.startswith("utf-16"):
        text = data[mark:].decode(encoding, errors="replace")
    else:
        text = lenient(data[mark:])
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n\x1a\x00 ")
    if not text:
        return OptFile(encoding, (), (), (), (), (), (), (), ())
    text, odd = _plain(text)
    # One split for the whole file: where each line end is every eighth cell, all lines have seven.
    flat = text.replace("\n", ",\n,").split(",")
    ends = flat[_COLUMNS :: _COLUMNS + 1]
    if (len(flat) + 1) % (_COLUMNS + 1) == 0 and len(ends) == ends.count("\n") == text.count("\n"):
        file = _file(encoding, [flat[place :: _COLUMNS + 1] for place in range(_COLUMNS)])
    else:
        file = _uneven(text.split("\n"), encoding, mark)
    return _without_header(replace(file, oddities=(*odd, *file.oddities)) if odd else file)


def _plain(text: str) -> tuple[str, list[Oddity]]:
    """Return the text with commas between bare cells, and what it was instead, once each."""
    odd: list[Oddity] = []
    first = text.partition("\n")[0]
    field = max(",\t;|", key=first.count)
    if text.startswith(('"', "'", "þ", "^")) and first.count(text[0]) > 2:
        quote = text[0]
        between = first.partition(quote)[2].partition(quote)[2]
        field = between[:1] if between[:1] in set(",\t;|\x14") else field
        rows = list(
            csv_cells.reader(io.StringIO(text, newline=""), delimiter=field, quotechar=quote)
        )
        odd.append(Oddity(OddityKind.QUOTED, None, f"the cells stand between {quote} and {quote}"))
        lines = [
            ",".join(cell.replace("\n", " ").replace(",", _COMMA) for cell in row) for row in rows
        ]
        return "\n".join(filter(None, lines)), odd
    if field != ",":
        odd.append(
            Oddity(OddityKind.OTHER_DELIMITER, None, f"cells are parted by {field!r}, not a comma")
        )
        text = text.replace(",", _COMMA).replace(field, ",")
    surplus = [line for line in text.split("\n") if line.count(",") >= _COLUMNS]
    if surplus and (all(map(_blank_beyond, surplus)) or all(map(_more_at_end, surplus))):
        blank = all(map(_blank_beyond, surplus))
        text = "\n".join(",".join(line.split(",")[:_COLUMNS]) for line in text.split("\n"))
        detail = "end with a delimiter" if blank else "have more columns after the seventh"
        odd.append(Oddity(OddityKind.TRAILING_DELIMITER, None, f"{len(surplus):,} lines {detail}"))
    return text, odd


def _blank_beyond(line: str) -> bool:
    return not line.split(",", _COLUMNS)[_COLUMNS].strip(", ")


def _more_at_end(line: str) -> bool:
    """Return True where the columns too many stand after the seventh, not in a path's commas."""
    cells = [cell.strip() for cell in line.split(",")]
    marked = not cells[3] or begins(cells[3])
    return marked and (not cells[6] or cells[6].isdecimal()) and "." in cells[2]


#: Stands for a comma inside a cell of a file whose cells are parted otherwise.
_COMMA = "\ue02c"


def _without_header(file: OptFile) -> OptFile:
    """Leave out a first line that names the columns."""
    if not file.pages:
        return file
    path, mark, count = file.paths[0].strip(), file.breaks[0].strip(), file.counts[0].strip()
    names = mark.isalpha() and mark.upper() not in _BREAKS and len(mark) > 1
    if not names or "." in path or "\\" in path or count.isdecimal():
        return file
    odd = Oddity(OddityKind.HEADER, None, "the first line has the names of the columns")
    return replace(
        file,
        pages=file.pages[1:],
        volumes=file.volumes[1:],
        paths=file.paths[1:],
        breaks=file.breaks[1:],
        folders=file.folders[1:],
        boxes=file.boxes[1:],
        counts=file.counts[1:],
        numbers=file.numbers[1:],
        oddities=(odd, *file.oddities),
    )


#: What marks the first page of a document, upper case.
_BREAKS = frozenset({"Y", "YES", "T", "TRUE", "1", "X", "D"})


def begins(mark: str) -> bool:
    """Return True where the cell for breaks says that a document begins."""
    return mark.strip().upper() in _BREAKS


def _uneven(lines: list[str], encoding: str, offset: int) -> OptFile:
    """Read lines of differing width: rejoin a path with commas, fill a short line, or set aside."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    bad: list[BadRow] = []
    odd: list[Oddity] = []
    for number, line in enumerate(lines, 1):
        cells = line.split(",")
        if len(cells) < 4:
            if line.strip():
                bad.append(BadRow(number, offset, len(cells), line[:120]))
        else:
            if len(cells) != _COLUMNS:
                long = len(cells) > _COLUMNS
                kind = OddityKind.EXTRA_COLUMN if long else OddityKind.SHORT_ROW
                odd.append(Oddity(kind, number, f"{len(cells)} columns"))
            rows.append(_seven(cells))
            numbers.append(number)
        offset += len(line.encode(encoding, errors="replace")) + 2
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * _COLUMNS
    file = _file(encoding, columns)
    return replace(file, numbers=numbers, quarantined=tuple(bad), oddities=tuple(odd))


def _file(encoding: str, columns: Sequence[Sequence[str]]) -> OptFile:
    if any(_COMMA in "".join(column) for column in columns):
        columns = [[cell.replace(_COMMA, ",") for cell in column] for column in columns]
    pages, volumes, paths, breaks, folders, boxes, counts = columns
    numbers = range(1, len(pages) + 1)
    return OptFile(encoding, pages, volumes, paths, breaks, folders, boxes, counts, numbers)


def _seven(cells: list[str]) -> list[str]:
    extra = len(cells) - _COLUMNS
    if extra > 0:  # a path with commas: the last four columns are counted from the end
        return [*cells[:2], ",".join(cells[2 : 3 + extra]), *cells[3 + extra :]]
    return [*cells, *[""] * -extra]


def _count(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None


def write(rows: Iterable[OptRow]) -> bytes:
    """Write an image pointer file: ASCII, CRLF, no mark. Raises NotAsciiError."""
    lines = []
    for row in rows:
        count = "" if row.pages is None else str(row.pages)
        cells = (
            row.page,
            row.volume,
            row.path,
            "Y" if row.first else "",
            row.folder,
            row.box,
            count,
        )
        line = ",".join(cells)
        if not line.isascii() or line.count(",") != _COLUMNS - 1 or "\n" in line or "\r" in line:
            raise NotAsciiError(row)
        lines.append(line + "\r\n")
    return "".join(lines).encode("ascii")
