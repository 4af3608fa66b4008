"""Opticon OPT: the image pointer file, one line a page, read and written by one grammar.

Seven columns, no header, no quoting: page, volume, path, document break, folder break, box break,
page count. Vendors swap folder and box, so those are kept as found and never interpreted. The
reader keeps columns, not row objects: a volume has more pages than anything else.
Source: SEC Data Delivery Standards 8/2021, I.2; reference §2.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles.oddities import BadRow, Oddity, OddityKind, lenient, sniff_encoding

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
            OptRow(page, volume, path, mark.upper() == "Y", folder, box, _count(count))
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
    # One split for the whole file: where each line end is every eighth cell, all lines have seven.
    flat = text.replace("\n", ",\n,").split(",")
    ends = flat[_COLUMNS :: _COLUMNS + 1]
    if (len(flat) + 1) % (_COLUMNS + 1) == 0 and len(ends) == ends.count("\n") == text.count("\n"):
        return _file(encoding, [flat[place :: _COLUMNS + 1] for place in range(_COLUMNS)])
    return _uneven(text.split("\n"), encoding, mark)


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
