"""Days in the columns of a received volume: in the form its standard asks, or as they were written.

`check` says where a column is not in the standard's form; a reviewer wants the day all the same. A
form that cannot be mistaken is read wherever it stands. Whether 03/04 is in March or in April is
told by the whole column: where days above 12 stand first in some cells and second in none, days
stand first in all. Where they stand in both places, what could be either is read as no day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from forthwith.standards.loader import FormatRules
from forthwith.standards.moments import DateForm

#: Forms that mean one day whoever wrote them.
_PLAIN = tuple(
    DateForm.parse(form)
    for form in (
        "yyyy-mm-dd", "yyyy/mm/dd", "yyyy.mm.dd", "yyyymmdd", "dd-mmm-yyyy", "dd mmm yyyy",
        "dd/mmm/yyyy",
    )
)  # fmt: skip
#: Forms that mean two days to two people: (month first, day first).
_EITHER = tuple(
    (DateForm.parse(f"mm{mark}dd{mark}yyyy"), DateForm.parse(f"dd{mark}mm{mark}yyyy"))
    for mark in "/.-"
)
#: "March 14, 2023", "Mar 14 2023", "14 March 2023", behind a day of the week or not.
_IN_WORDS = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?:([A-Za-z]{3})[a-z]*\.?\s+(\d{1,2}),?|"
    r"(\d{1,2})\.?\s+([A-Za-z]{3})[a-z]*\.?,?)\s+(\d{4})(?!\S)"
)
_WORDED = DateForm.parse("dd-mmm-yyyy")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\S+")


@dataclass(frozen=True, slots=True)
class ReadDay:
    """What one cell says."""

    #: None where it says no day, or the day software writes when it knows none.
    day: date | None = None
    #: An instant that the cell has whole, with its zone.
    instant: datetime | None = None
    #: What keeps it from being read; "" where nothing does.
    fault: str = ""


@dataclass(frozen=True, slots=True)
class DayColumn:
    """How the days of one column are read."""

    rules: FormatRules
    #: True where days stand before months, False where after; None where both are seen.
    day_first: bool | None
    #: What cells said, those read so far.
    known: dict[str, ReadDay] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, rules: FormatRules, cells: Iterable[str]) -> DayColumn:
        """Tell by every cell of a column in which order its days are written."""
        own = rules.date.text.lower().startswith("d")
        seen = set[bool]()
        for cell in set(cells):
            for month_first, day_first in _either(cell):
                if (month_first is None) != (day_first is None):
                    seen.add(day_first is not None)
        if not seen:
            return cls(rules, own)
        return cls(rules, seen.pop() if len(seen) == 1 else None)

    def read(self, cell: str) -> ReadDay:
        """Read one cell."""
        cell = cell.strip()
        if (read := self.known.get(cell)) is None:
            # Days repeat: each cell is read once.
            read = self.known[cell] = self._read(cell)
        return read

    def _read(self, cell: str) -> ReadDay:
        if not cell or self._is_none(cell):
            return ReadDay()
        if _ISO.fullmatch(cell):
            try:
                instant = datetime.fromisoformat(cell)
            except ValueError:
                return ReadDay(fault="is no day that can be read")
            return ReadDay(instant.date(), instant)
        for form in _PLAIN:
            if (day := _begun(form, cell)) is not None:
                return ReadDay(day)
        either = {day for days in _either(cell) for day in days if day is not None}
        if len(either) > 1 and self.day_first is None:
            return ReadDay(fault="may be one of two days: others stand in both orders")
        if either:
            days = next(days for days in _either(cell) if any(days))
            return ReadDay(days[bool(self.day_first)] or days[not self.day_first])
        day = _in_words(cell) or _begun(self.rules.date, cell)
        return ReadDay(day) if day else ReadDay(fault="is no day that can be read")

    def _is_none(self, cell: str) -> bool:
        """Say whether a cell has what software writes when it knows no day."""
        return any(
            found is not None and form.parts(found) in self.rules.sentinels
            for form in (self.rules.date, *_PLAIN, *(form for pair in _EITHER for form in pair))
            for found in [_beginning(form, cell)]
        )


def _either(cell: str) -> Iterator[tuple[date | None, date | None]]:
    """Yield what a cell says by month first, and by day first, for each mark."""
    for month_first, day_first in _EITHER:
        yield _begun(month_first, cell), _begun(day_first, cell)


def _in_words(cell: str) -> date | None:
    """Return the day of a cell that has its month in words."""
    if (found := _IN_WORDS.match(cell)) is None:
        return None
    return _WORDED.read(f"{found[2] or found[3]}-{found[1] or found[4]}-{found[5]}")


def _beginning(form: DateForm, cell: str) -> str | None:
    found = re.match(rf"{form.pattern}(?!\S)", cell.strip())
    return found[0] if found else None


def _begun(form: DateForm, cell: str) -> date | None:
    """Return the day a cell begins with in a form."""
    found = _beginning(form, cell)
    return form.read(found) if found else None
