"""Is it all there: custodians by month with holes, and people nobody collected from.

Computed from delivered volumes alone. A hole is no proof: it is a month without a document between
months with some, and it is put as a question only where it is long for what else the custodian has.
Documents that others mention are `references`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.loadfiles.volume_rows import Row

#: Documents a hole would hold at the custodian's rate before it is asked about. At an even rate
#: three are missed by chance in one case of twenty (e^-3). As many must lie before it and after it:
#: one file with a late date is no end of a run.
EXPECTED = 3


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month of the calendar."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month a day lies in."""
        return cls(day.year, day.month)

    @property
    def next(self) -> Month:
        """Return the month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class Line:
    """One custodian's documents by month."""

    custodian: str
    #: In step with the months of the matrix.
    counts: tuple[int, ...]
    #: Runs of months without a document that are long for what else there is.
    holes: tuple[tuple[Month, Month], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Custodian by month; a document counts under the day of its family."""

    months: tuple[Month, ...]
    lines: tuple[Line, ...]
    #: Documents of no month, by custodian: a load file that leaves dates out has many.
    undated: dict[str, int]


def matrix(rows: Iterable[Row], period: tuple[date, date] | None = None) -> Matrix:
    """Count documents by custodian and month, in `period` (both days in it) or in all there is.

    Within a period that was asked for, every run of empty months is a hole. Without one, only runs
    that would hold three documents at the custodian's rate, with three before and three after.
    """
    held: dict[str, Counter[Month]] = {}
    undated: Counter[str] = Counter()
    for row in rows:
        counted = held.setdefault(row.custodian, Counter())
        if row.day is None:
            undated[row.custodian] += 1
        elif period is None or period[0] <= row.day <= period[1]:
            counted[Month.of(row.day)] += 1
    months = _months(held, period)
    lines = []
    for name in sorted(held):
        counts = tuple(held[name][month] for month in months)
        lines.append(Line(name, counts, tuple(_holes(months, counts, asked=period is not None))))
    return Matrix(months, tuple(lines), dict(undated))


def uncollected(custodians: Iterable[str], expected: Iterable[str]) -> list[str]:
    """Return the people expected of whom no volume has a document; order of names is no matter."""
    held = {_person(name) for name in custodians}
    return [name for name in dict.fromkeys(expected) if _person(name) not in held]


def words(hole: tuple[Month, Month]) -> str:
    """Return "2023-03", or "2023-03 to 2023-05"."""
    return str(hole[0]) if hole[0] == hole[1] else f"{hole[0]} to {hole[1]}"


def _months(held: dict[str, Counter[Month]], period: tuple[date, date] | None) -> tuple[Month, ...]:
    seen = {month for counted in held.values() for month in counted}
    if period is not None:
        seen = {Month.of(period[0]), Month.of(period[1])}
    if not seen:
        return ()
    months = [min(seen)]
    while months[-1] < max(seen):
        months.append(months[-1].next)
    return tuple(months)


def _holes(
    months: Sequence[Month], counts: Sequence[int], *, asked: bool
) -> Iterable[tuple[Month, Month]]:
    filled = [place for place, count in enumerate(counts) if count]
    if not asked and not filled:
        return
    first, last = (0, len(counts) - 1) if asked else (filled[0], filled[-1])
    rate = sum(counts) / (last - first + 1)
    start = None
    for place in range(first, last + 2):
        empty = place <= last and not counts[place]
        if empty and start is None:
            start = place
        elif not empty and start is not None:
            beside = min(sum(counts[:start]), sum(counts[place:]))
            if asked or (rate * (place - start) >= EXPECTED and beside >= EXPECTED):
                yield months[start], months[place - 1]
            start = None


def _person(name: str) -> frozenset[str]:
    """Return the words of a name: "Ortega, Marisol" is "Marisol Ortega"."""
    return frozenset(re.findall(r"\w+", name.casefold()))
