"""Days of an HR export's rows: from the first day in to the first day out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from forthwith.exports.hr.columns import ONE_DAY, Record, Sheet


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from `start` up to and without `end`; None: still."""

    start: date
    end: date | None = None

    def __bool__(self) -> bool:
        return self.end is None or self.start < self.end

    def __and__(self, other: Span) -> Span:
        ends = [end for end in (self.end, other.end) if end]
        return Span(max(self.start, other.start), min(ends, default=None))

    def without(self, others: Iterable[Span]) -> Iterator[Span]:
        """Yield the parts of it that no other covers."""
        here: date | None = self.start
        for other in sorted(others, key=lambda span: span.start):
            if here is None:
                return
            if (part := Span(here, other.start) & self) and other.start > here:
                yield part
            here = None if other.end is None else max(here, other.end)
        if here is not None and (rest := Span(here, self.end)):
            yield rest


def united(spans: Iterable[Span]) -> list[Span]:
    """Return the same days in as few spans as there can be."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        last = runs[-1] if runs else None
        if last is None or (last.end is not None and last.end < span.start):
            runs.append(span)
        elif last.end is not None:
            runs[-1] = Span(last.start, max(last.end, span.end) if span.end else None)
    return runs


def spans_of(sheet: Sheet, last: date | None) -> Mapping[int, Span]:
    """Return the days of each row, by its line; `last` ends what the export calls still so."""
    inclusive = _inclusive(sheet)
    return {
        row.line: _span(row, rows, last, inclusive=inclusive)
        for rows in by_person(sheet).values()
        for row in rows
    }


def by_person(sheet: Sheet) -> Mapping[str, Sequence[Record]]:
    """Return the rows of each person, in order of their first days."""
    by_id: dict[str, list[Record]] = {}
    for record in sheet.records:
        by_id.setdefault(record.id, []).append(record)
    return {person: sorted(rows, key=first_day) for person, rows in by_id.items()}


def first_day(record: Record) -> date:
    """Return the first day of a row; reading it has made sure that there is one."""
    return record.effective or record.start or date.max


def _span(record: Record, rows: Sequence[Record], last: date | None, *, inclusive: bool) -> Span:
    begin = first_day(record)
    ends = [record.end + ONE_DAY] if record.end else []
    if record.effective and record.until:
        ends.append(record.until + ONE_DAY if inclusive else record.until)
    elif record.effective:
        ends += [first_day(row) for row in rows if first_day(row) > begin][:1]
    return Span(begin, min(ends, default=last))


def _inclusive(sheet: Sheet) -> bool:
    """Find whether a row's last day is its own or the next row's first; say what was taken."""
    shared = apart = 0
    for rows in by_person(sheet).values():
        for earlier, other in pairwise(rows):
            if earlier.until and other.effective:
                shared += earlier.until == other.effective
                apart += earlier.until + ONE_DAY == other.effective
    if any(record.until for record in sheet.records):
        how = (
            "not part of it: the next row begins on that very day"
            if shared and not apart
            else "part of it"
        )
        sheet.notes.append(f"The 'effective to' day of a row was taken as {how}.")
    return not (shared and not apart)
