"""What load files of every kind have in common: rows set aside, oddities, and their encoding.

A row that does not fit is set aside with its place, never padded. What to think of an oddity is
`check`'s business; here it is only said. Source: reference §2.1, production.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


class OddityKind(StrEnum):
    """Ways in which a load file departs from the plain form."""

    MIXED_ENCODING = "mixed encodings"
    UNDECODABLE = "undecodable bytes"
    UNQUOTED = "unquoted cells"
    RAW_NEWLINE = "raw line break in a cell"
    DOUBLED_QUOTE = "doubled quote"
    NO_HEADER = "no header"
    MIXED_ENDS = "more than one kind of line end"
    TRAILING = "something after the last row"
    EXTRA_COLUMN = "more columns than the format has"
    SHORT_ROW = "fewer columns than the format has"
    UNKNOWN_LINE = "line of an unknown kind"
    TRAILING_DELIMITER = "delimiter after the last cell"
    REPEATED_HEADER = "header row again"
    QUOTED = "cells in quotes"
    OTHER_DELIMITER = "another delimiter"
    HEADER = "header row in a file that has none"


@dataclass(frozen=True, slots=True)
class Oddity:
    """One departure, and where."""

    kind: OddityKind
    #: 1-based data row; None when it is about the file.
    row: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row set aside because its cells cannot be told apart or are too few or too many."""

    #: 1-based data row, the header not counted.
    row: int
    #: Where it begins, bytes from the start of the file.
    offset: int
    #: Cells found; the header has another number.
    width: int
    #: Its beginning, for a person to find it by.
    start: str


def sniff_encoding(data: bytes) -> tuple[str, int]:
    """Return (encoding, length of the byte order mark) by the bytes at the start.

    Without a mark: C3 BE is a quote in UTF-8, FE 00 and 00 FE are one in UTF-16; anything else is
    "utf-8" where the whole file decodes as such, or else "cp1252".
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, len(mark)
    if data.startswith((b"\xfe\x00", b"\x00\xfe")):
        return ("utf-16-le" if data[0] else "utf-16-be"), 0
    if data[:256].count(0) * 3 > len(data[:256]):
        return ("utf-16-be" if data[0] == 0 else "utf-16-le"), 0
    if data.startswith(b"\xfe"):
        return "cp1252", 0
    return ("utf-8" if _decodes(data) else "cp1252"), 0


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def lenient(raw: bytes) -> str:
    """Decode one cell: UTF-8 where it is that, otherwise cp1252, its holes as Latin-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
