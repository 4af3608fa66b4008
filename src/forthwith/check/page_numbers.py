"""Bates numbers of a whole column at once, each as one integer.

A series is one prefix and width. A page is its number plus a multiple of `SERIES`, so that pages of
one series are consecutive integers and pages of two series never meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.domain.bates import Bates, NotABatesNumberError

#: Series and number of one page in one integer.
Page = int
#: More than any number: a Bates number has at most 18 digits.
SERIES = 2**60


def same_series(one: Page, other: Page) -> bool:
    """Return True when both are of one prefix and width."""
    return one // SERIES == other // SERIES


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
