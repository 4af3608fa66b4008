"""Pages that facts cite: those that look produced and that no sealed volume holds."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from forthwith.domain.bates import Bates
from forthwith.domain.fact_tables import FactRow
from forthwith.record import tables
from forthwith.record.matter import Matter

#: Numbers of one prefix and width, and the first and last number of each run held.
_Runs = dict[tuple[str, int], list[tuple[int, int]]]


def unheld(matter: Matter, rows: Iterable[FactRow]) -> list[tuple[str, str]]:
    """Return (Bates number, place of the row) for each page cited that was never produced.

    A matter without sealed volumes says nothing: the numbers may still be handed out.
    """
    held = _held(matter)
    if not held:
        return []
    prefix = re.escape(matter.settings.bates_prefix)
    shape = re.compile(rf"(?<![A-Za-z0-9_]){prefix}\d{{1,18}}(?!\d)")
    missing: dict[str, str] = {}
    for row in rows:
        for number in shape.findall(row["cites"]):
            if number not in missing and not _within(held, Bates.parse(number)):
                missing[number] = row.place
    return list(missing.items())


def _held(matter: Matter) -> _Runs:
    runs: _Runs = defaultdict(list)
    with matter.engine.connect() as connection:
        for row in connection.execute(sa.select(tables.bates.c.first, tables.bates.c.last)):
            first, last = Bates.parse(row.first), Bates.parse(row.last)
            runs[first.prefix, first.width].append((first.number, last.number))
    return {key: sorted(pairs) for key, pairs in runs.items()}


def _within(held: _Runs, page: Bates) -> bool:
    runs = held.get((page.prefix, page.width), [])
    at = bisect_right(runs, (page.number, 1 << 62))
    return at > 0 and page.number <= runs[at - 1][1]
