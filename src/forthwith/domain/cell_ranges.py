"""Ranges of cells and stretches of time, as a redaction names them: "Sheet1!B2:D9", "12-31.5"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forthwith.domain.errors import ForthwithError

#: The last row and column of a sheet (ECMA-376-1, 18.3.1.73; Excel's own limits).
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_RANGE = re.compile(r"\$?([A-Za-z]{0,3})\$?([0-9]{0,7})(?::\$?([A-Za-z]{0,3})\$?([0-9]{0,7}))?")
_SHEET = re.compile(r"'((?:[^']|'')+)'!(.*)|([^'!]+)!(.*)", re.DOTALL)
_PLAIN_SHEET = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_SECONDS = re.compile(r"([0-9:]+(?:\.[0-9]{1,3})?)\s*(?:-|–)\s*([0-9:]+(?:\.[0-9]{1,3})?)")


class SpanError(ForthwithError):
    """What should be a range of cells or a stretch of time is none."""


@dataclass(frozen=True, slots=True, order=True)
class CellRange:
    """A rectangle of cells of one sheet; rows and columns from 1, all included."""

    sheet: str
    top: int
    left: int
    bottom: int
    right: int

    @classmethod
    def read(cls, text: str) -> CellRange:
        """Read "Sheet1!B2:D9", "'Fees 2022'!C4", "Sheet1!B:D" or "Sheet1!2:9". Raises SpanError.

        Whole columns and whole rows run to the last row or column there can be.
        """
        named = _SHEET.fullmatch(text.strip())
        if named is None:
            raise SpanError(
                f"{text!r} names no sheet. Write the sheet, an exclamation mark and the cells: "
                "Sheet1!B2:D9, or 'Fees 2022'!C4."
            )
        quoted, of_quoted, plain, of_plain = named.groups()
        sheet = quoted.replace("''", "'") if quoted else plain.strip()
        cells = (of_quoted if quoted else of_plain).strip()
        found = _RANGE.fullmatch(cells)
        if found is None or not any(found.groups()):
            raise SpanError(f"{cells!r} is no range of cells. Write B2:D9, C4, B:D or 2:9.")
        left, top, right, bottom = found.groups()
        if right is None:
            right, bottom = left, bottom or top
        if bool(left) != bool(right) or bool(top) != bool(bottom) or (":" not in cells and not
                                                                     (left and top)):  # fmt: skip
            raise SpanError(f"{cells!r} is no range of cells. Write B2:D9, C4, B:D or 2:9.")
        across = sorted((_number(left) if left else 1, _number(right) if left else LAST_COLUMN))
        down = sorted((int(top) if top else 1, int(bottom) if top else LAST_ROW))
        if not (down[0] >= 1 and down[1] <= LAST_ROW and across[1] <= LAST_COLUMN):
            raise SpanError(f"{cells!r} lies outside of any sheet: the last cell is XFD1048576.")
        return cls(sheet, down[0], across[0], down[1], across[1])

    @property
    def text(self) -> str:
        """The range as it is written: "'Fees 2022'!B2:D9", "Sheet1!C4"."""
        first, last = f"{_letters(self.left)}{self.top}", f"{_letters(self.right)}{self.bottom}"
        name = self.sheet
        if not _PLAIN_SHEET.fullmatch(name):
            name = "'" + name.replace("'", "''") + "'"
        return f"{name}!{first}" if first == last else f"{name}!{first}:{last}"

    def holds(self, row: int, column: int) -> bool:
        """Say whether a cell lies in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def seconds(text: str) -> tuple[float, float]:
    """Return begin and end of a stretch: "12-31.5", "1:02-1:10". Raises SpanError."""
    found = _SECONDS.fullmatch(text.strip())
    try:
        first, last = (_clock(part) for part in found.groups()) if found else (0.0, 0.0)
    except ValueError:
        first = last = 0.0
    if first >= last:
        raise SpanError(
            f"{text!r} is no stretch of time. Write from when to when, in seconds or as a clock "
            "shows it: 12-31, 12.5-31, 1:02-1:10."
        )
    return first, last


def seconds_text(first: float, last: float) -> str:
    """Return a stretch as it is kept: "12-31.5"."""
    return f"{first:.3f}".rstrip("0").rstrip(".") + "-" + f"{last:.3f}".rstrip("0").rstrip(".")


def _clock(text: str) -> float:
    """Return the seconds of "62", "1:02" or "1:01:02.5". Raises ValueError."""
    parts = text.split(":")
    if len(parts) > 3 or any(float(part) >= 60 for part in parts[1:]):
        raise ValueError(text)
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return total


def _number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
