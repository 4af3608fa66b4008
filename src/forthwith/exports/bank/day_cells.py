"""Days of a CSV file's columns: the order of day and month is decided by the file as a whole.

Times behind a day are left out: a bank books on the day it writes. What could be two days is asked
for, never guessed. Days parted by dots begin with the day, in every country that writes them so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from forthwith.exports.bank.layouts import YEAR_FIRST
from forthwith.plain import day_order
from forthwith.plain.day_order import DAY_FIRST, MONTH_FIRST, NoDayError

_TIME = re.compile(
    r"(?:[T ,]\s*|\s+)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*"
    r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_SHORT = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{2})", re.ASCII)
_SHORT_NAMED = re.compile(r"(\d{1,2})[- /]([A-Za-z]{3})[- /](\d{2})", re.ASCII)
_DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}", re.ASCII)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE)
#: Days between the first and the last entry of a file: what one may have, and what none has.
_NEAR, _FAR = 800, 3_000
#: Cells that are kept with their days: files repeat them.
_KEPT = 20_000


class Days:
    """How one file writes days. Raises NoDayError where its days contradict each other."""

    def __init__(self, cells: Iterable[str], order: str = "") -> None:
        bare = [text for cell in dict.fromkeys(cells) if (text := without_time(cell))]
        self._known: dict[str, date] = {}
        short = [shape for text in bare if (shape := _SHORT.fullmatch(text))]
        self._order = order
        self._short_order = order or _short_order(short)
        full = [text for text in bare if not _DOTTED.fullmatch(text) and not _SHORT.fullmatch(text)]
        if order != YEAR_FIRST:
            found = day_order.order_of(full, order)
            self._order = found.order
            if found.order and not self._short_order:
                self._short_order = found.order
            if not found.order and self._short_order in (DAY_FIRST, MONTH_FIRST) and short:
                self._order = self._short_order

    def day(self, cell: str) -> date:
        """Return the day of a cell. Raises NoDayError."""
        found = self._known.get(cell)
        if found is None:
            found = self._read(cell)
            if len(self._known) < _KEPT:
                self._known[cell] = found
        return found

    def _read(self, cell: str) -> date:
        text = without_time(cell)
        if (shape := _SHORT.fullmatch(text)) is not None:
            return self._short(text, shape)
        if (named := _SHORT_NAMED.fullmatch(text)) is not None:
            text = f"{named[1]} {named[2]} 20{named[3]}"
        order = DAY_FIRST if _DOTTED.fullmatch(text) else self._order
        found = day_order.day(text, "" if order == YEAR_FIRST else order)
        if found is None:
            raise NoDayError(f"{cell[:30]!r} is no day on which a bank books")
        return found

    def _short(self, text: str, shape: re.Match[str]) -> date:
        order = DAY_FIRST if shape[2] == "." and not self._short_order else self._short_order
        if not order:
            raise NoDayError(f"{text!r} could be several days")
        found = _parts(shape, order)
        if found is None:
            raise NoDayError(f"{text!r} is no day of the calendar")
        return found


def without_time(cell: str) -> str:
    """Return a cell without the time of day, and the name of the weekday, beside its day."""
    text = _WEEKDAY.sub("", cell.strip(), count=1)
    match = _TIME.search(text)
    return text[: match.start()].strip() if match and match.end() == len(text) else text


def _short_order(shapes: Sequence[re.Match[str]]) -> str:
    """Return the only order in which all days of six figures are days; "" for several."""
    if not shapes:
        return ""
    if all(shape[2] == "." for shape in shapes) and all(_parts(s, DAY_FIRST) for s in shapes):
        return DAY_FIRST
    possible = [
        order
        for order in (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)
        if all(_parts(shape, order) for shape in shapes)
    ]
    if len(possible) > 1:
        # Read in a wrong order, the days of a few months are strewn over decades.
        spans = {order: _span(shapes, order) for order in possible}
        near = [order for order in possible if spans[order] <= _NEAR]
        if len(near) == 1 and all(spans[order] > _FAR for order in possible if order != near[0]):
            return near[0]
    return possible[0] if len(possible) == 1 else ""


def _span(shapes: Sequence[re.Match[str]], order: str) -> int:
    days = [day for shape in shapes if (day := _parts(shape, order)) is not None]
    return (max(days) - min(days)).days


def _parts(shape: re.Match[str], order: str) -> date | None:
    first, second, third = int(shape[1]), int(shape[3]), int(shape[4])
    year, month, day = {
        DAY_FIRST: (third, second, first),
        MONTH_FIRST: (third, first, second),
        YEAR_FIRST: (first, second, third),
    }[order]
    try:
        return date(2000 + year, month, day)
    except ValueError:
        return None
