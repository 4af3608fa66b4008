"""IPRO LFP: an image load file with commands, read and written.

`IM` is a page, `OF` a native; its boundary `C` is the only family mark in any image load file.
Lines are split from both ends: paths may hold the commas and semicolons that part the columns.
Source: reference §2.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles.oddities import BadRow, Oddity, OddityKind, lenient, sniff_encoding

_PAGE = re.compile(
    r"IM,(?P<key>[^,]*),(?P<boundary>[SBFDC ]?),(?P<offset>\d+),@(?P<volume>[^;]*);(?P<folder>.*);"
    r"(?P<file>[^;]*);(?P<type>\d+)(?:,(?P<rotate>\d))?"
)
_NATIVE = re.compile(
    r"OF,(?P<key>[^,]*),@(?P<volume>[^;]*);(?P<folder>.*);(?P<file>[^;]*?),(?P<type>\d+)"
)
_KNOWN = re.compile(r"(?:##|[A-Z]{2},)")


@dataclass(frozen=True, slots=True)
class LfpPage:
    """One `IM` line."""

    key: str
    #: "S" source, "B" box, "F" folder, "D" document, "C" child document, "" page.
    boundary: str
    #: 0 for a single-page file, else the page inside a multi-page one, from 1.
    offset: int
    volume: str
    folder: str
    file: str
    #: 2 TIFF, 4 colour JPEG, 5 black-and-white PDF, 6 colour PDF; 7 is met for PDF too.
    type: int = 2
    #: Quarter turns.
    rotate: int = 0

    @property
    def path(self) -> str:
        """Folder and file."""
        return f"{self.folder}\\{self.file}" if self.folder else self.file


@dataclass(frozen=True, slots=True)
class LfpNative:
    """One `OF` line."""

    key: str
    volume: str
    folder: str
    file: str

    @property
    def path(self) -> str:
        """Folder and file."""
        return f"{self.folder}\\{self.file}" if self.folder else self.file


@dataclass(frozen=True, slots=True)
class LfpFile:
    """One image load file, read."""

    encoding: str
    pages: tuple[LfpPage, ...]
    natives: tuple[LfpNative, ...]
    quarantined: tuple[BadRow, ...] = ()
    oddities: tuple[Oddity, ...] = ()


class NotInLfpError(ForthwithError):
    """A value holds what parts the columns."""

    def __init__(self, line: str) -> None:
        super().__init__(f"This line would not be read back as written: {line!r}. Rename the file.")


def read(data: bytes) -> LfpFile:
    """Read a whole LFP; lines of other known commands are passed over, and said."""
    encoding, mark = sniff_encoding(data)
    wide = encoding.startswith("utf-16")
    text = data[mark:].decode(encoding, errors="replace") if wide else lenient(data[mark:])
    pages: list[LfpPage] = []
    natives: list[LfpNative] = []
    bad: list[BadRow] = []
    odd: list[Oddity] = []
    offset = mark
    for number, line in enumerate(text.rstrip("\r\n\x1a\x00 ").split("\n"), 1):
        bare = line.rstrip("\r")
        if match := _PAGE.fullmatch(bare):
            pages.append(_page(match))
        elif match := _NATIVE.fullmatch(bare):
            natives.append(LfpNative(match["key"], match["volume"], match["folder"], match["file"]))
        elif _KNOWN.match(bare) and not bare.startswith(("IM,", "OF,")):
            odd.append(Oddity(OddityKind.UNKNOWN_LINE, number, f"command {bare[:2]} passed over"))
        elif bare.strip():
            bad.append(BadRow(number, offset, bare.count(",") + 1, bare[:120]))
        offset += len(line.encode(encoding, errors="replace")) + 1
    return LfpFile(encoding, tuple(pages), tuple(natives), tuple(bad), tuple(odd))


def _page(match: re.Match[str]) -> LfpPage:
    return LfpPage(
        key=match["key"],
        boundary=match["boundary"].strip(),
        offset=int(match["offset"][:9]),
        volume=match["volume"],
        folder=match["folder"],
        file=match["file"],
        type=int(match["type"][:9]),
        rotate=int(match["rotate"] or 0),
    )


def write(pages: Iterable[LfpPage], natives: Iterable[LfpNative] = ()) -> bytes:
    """Write an LFP: cp1252, CRLF. Raises NotInLfpError for a name that would not be read back."""
    lines = [
        (
            f"IM,{p.key},{p.boundary},{p.offset},@{p.volume};{p.folder};{p.file};{p.type},{p.rotate}",
            p,
        )
        for p in pages
    ]
    others = [(f"OF,{n.key},@{n.volume};{n.folder};{n.file},1", n) for n in natives]
    for line, meant in (*lines, *others):
        try:
            back = read(line.encode("cp1252"))
        except UnicodeEncodeError:
            raise NotInLfpError(line) from None
        if (*back.pages, *back.natives) != (meant,):
            raise NotInLfpError(line)
    return "".join(f"{line}\r\n" for line, _ in (*lines, *others)).encode("cp1252")
