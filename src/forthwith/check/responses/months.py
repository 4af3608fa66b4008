"""Is it all there: custodians by month with holes, and people nobody collected from.

Computed from delivered volumes alone. A hole is no proof: it is a month without a document between
months with some, and it is put as a question only where it is long for what else the custodian has.
Documents that others mention are `mentioned`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from forthwith.domain.months import CustodianMonths, Month, MonthMatrix
from forthwith.loadfiles.volume_rows import Row

#: Documents a hole would hold at the custodian's rate before it is asked about. At an even rate
#: three are missed by chance in one case of twenty (e^-3). As many must lie before it and after it:
#: one file with a late date is no end of a run.
EXPECTED = 3


def matrix(rows: Iterable[Row], period: tuple[date, date] | None = None) -> MonthMatrix:
    """Count documents by custodian and month, in `period` (both days in it) or in all there is.

    Within a period that was asked for, every run of empty months is a hole. Without one, only runs
    that would hold three documents at the custodian's rate, with three before and three after.
    """
    by_custodian: dict[str, Counter[Month]] = {}
    undated: Counter[str] = Counter()
    for row in rows:
        counted = by_custodian.setdefault(row.custodian, Counter())
        if row.day is None:
            undated[row.custodian] += 1
        elif period is None or period[0] <= row.day <= period[1]:
            counted[Month.of(row.day)] += 1
    months = _months(by_custodian, period)
    lines = []
    for name in sorted(by_custodian):
        counts = tuple(by_custodian[name][month] for month in months)
        holes = tuple(_holes(months, counts, asked=period is not None))
        lines.append(CustodianMonths(name, counts, holes))
    return MonthMatrix(months, tuple(lines), dict(undated))


def uncollected(custodians: Iterable[str], expected: Iterable[str]) -> list[str]:
    """Return the people expected of whom no volume has a document; order of names is no matter."""
    known = {_person(name) for name in custodians}
    return [name for name in dict.fromkeys(expected) if _person(name) not in known]


def words(hole: tuple[Month, Month]) -> str:
    """Return "2023-03", or "2023-03 to 2023-05"."""
    return str(hole[0]) if hole[0] == hole[1] else f"{hole[0]} to {hole[1]}"


def _months(
    by_custodian: dict[str, Counter[Month]], period: tuple[date, date] | None
) -> tuple[Month, ...]:
    known = {month for counted in by_custodian.values() for month in counted}
    if period is not None:
        known = {Month.of(period[0]), Month.of(period[1])}
    if not known:
        return ()
    months = [min(known)]
    while months[-1] < max(known):
        months.append(months[-1].next)
    return tuple(months)


def _holes(
    months: Sequence[Month], counts: Sequence[int], *, asked: bool
) -> Iterator[tuple[Month, Month]]:
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
