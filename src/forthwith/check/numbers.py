"""Bates numbers of a whole column at once, as (series, number) pairs of integers.

A series is one prefix and width; numbers of two series are never compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.domain.bates import Bates, NotABatesNumberError

#: Series and number of one page.
Page = tuple[int, int]


@dataclass(slots=True)
class Numberer:
    """Gives each prefix and width a series, in the order met."""

    series: dict[tuple[str, int], int]

    def column(self, texts: Sequence[str]) -> list[Page | None]:
        """Read a column; None where a cell holds no number."""
        return self._plain(texts) or [self.one(text) for text in texts]

    def one(self, text: str) -> Page | None:
        """Read one number."""
        try:
            read = Bates.parse(text)
        except NotABatesNumberError:
            return None
        return self._series(read.prefix, read.width), read.number

    def text(self, page: Page) -> str:
        """Return a number as stamped."""
        prefix, width = next(key for key, value in self.series.items() if value == page[0])
        return str(Bates(prefix, width, page[1]))

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
        if (
            set(map(len, texts)) != {length}
            or not (joined.isascii() and joined.isdigit())
            or not all(text.startswith(first.prefix) for text in texts)
        ):
            return None
        series = self._series(first.prefix, first.width)
        return [(series, number) for number in map(int, digits)]
