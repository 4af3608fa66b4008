"""The documents of the volumes, found by the pages and numbers that entries of a log name.

Where a log can be joined to nothing, that is a note and nothing is concluded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.loadfiles.volume_rows import Row

#: A series of numbers: prefix and width.
Series = tuple[str, int]
#: First and last page of a run.
Run = tuple[Bates, Bates]


@dataclass(frozen=True, slots=True)
class Placed:
    """One entry with the documents of the volumes that it names."""

    log: ServedLog
    entry: LogEntry
    documents: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbered:
    """A document and the pages it takes in its series."""

    first: int
    last: int
    row: Row


class DocumentsByPage:
    """The documents of all volumes, to be found by page and by log number.

    Of two documents with one number the later given stands: a replacement volume is the last word.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = {row.first: row for row in rows}
        self._by_log: dict[str, list[Row]] = {}
        series: dict[Series, list[Numbered]] = {}
        for row in self.rows.values():
            if row.log:
                self._by_log.setdefault(_folded(row.log), []).append(row)
            if (placed_number := _numbered(row)) is not None:
                series.setdefault(placed_number[0], []).append(placed_number[1])
        self._series = {
            key: sorted(documents, key=lambda numbered: numbered.first)
            for key, documents in series.items()
        }
        self._kinds = {_kind(number) for number in self._by_log}
        self._redacting = {row.volume for row in self.rows.values() if row.redacted}
        self._starts = {
            key: [numbered.first for numbered in documents]
            for key, documents in self._series.items()
        }

    @property
    def withheld(self) -> list[Row]:
        """Return what slip-sheets stand for, in order."""
        return [row for row in self.rows.values() if row.withheld]

    def at(self, number: str) -> Row | None:
        """Return the document that has a page; None where none has."""
        try:
            page = Bates.parse(number)
        except NotABatesNumberError:
            return self.rows.get(number)
        return next(self._on(page, page), None)

    def bearing(self, number: str) -> list[Row]:
        """Return what slip-sheets with a log number stand for."""
        return self._by_log.get(_folded(number), [])

    def named_by(self, entry: LogEntry) -> tuple[Row, ...]:
        """Return the documents an entry names."""
        rows = {row.first: row for pages in entry.pages for row in self._on(*pages)}
        for number in entry.numbers:
            rows |= {row.first: row for row in self.bearing(number)}
        return tuple(rows.values())

    def _on(self, first: Bates, last: Bates) -> Iterator[Row]:
        """Yield the documents that have a page of a run."""
        key = (first.prefix, first.width)
        documents = self._series.get(key, [])
        for place in range(bisect_right(self._starts.get(key, []), last.number) - 1, -1, -1):
            if documents[place].last < first.number:
                return
            yield documents[place].row

    def knows(self, entry: LogEntry) -> bool:
        """Tell whether an entry's pages are of a series of the volumes, in them or not."""
        return any((first.prefix, first.width) in self._series for first, _ in entry.pages)

    def lacking(self, entry: LogEntry, absent: Sequence[Run] = ()) -> list[Run]:
        """Return runs of an entry that no document has, though they fall among those there are.

        Runs that meet an `absent` one count as well; before and after the volumes nothing is known.
        """
        return [
            run
            for run in entry.pages
            if not any(True for _ in self._on(*run))
            and (self._between(*run) or any(meet(run, missed) for missed in absent))
        ]

    def _between(self, first: Bates, last: Bates) -> bool:
        documents = self._series.get((first.prefix, first.width))
        if not documents:
            return False
        return documents[0].first <= last.number and first.number <= documents[-1].last

    def unborne(self, entry: LogEntry) -> list[str]:
        """Return the numbers of an entry that no slip-sheet bears, where sheets bear such ones."""
        return [
            number
            for number in (entry.stands_for or entry.numbers)
            if _kind(_folded(number)) in self._kinds and _folded(number) not in self._by_log
        ]

    def redacts(self, volume: str) -> bool:
        """Tell whether a volume's rows say which documents are redacted."""
        return volume in self._redacting

    def numbers_like(self, entry: LogEntry) -> bool:
        """Tell whether slip-sheets bear numbers of the kind an entry has."""
        return any(_kind(_folded(number)) in self._kinds for number in entry.numbers)


def placed(logs: Iterable[ServedLog], shelf: DocumentsByPage) -> list[Placed]:
    """Return every entry with the documents it names."""
    return [Placed(log, entry, shelf.named_by(entry)) for log in logs for entry in log.entries]


def dated(rows: Iterable[Row], entries: Sequence[Placed]) -> list[Row]:
    """Return the rows, withheld ones under the day their entry has: slip-sheets bear none."""
    days = {
        row.first: placed.entry.day
        for placed in entries
        for row in placed.documents
        if row.withheld and placed.entry.day is not None
    }
    return [
        replace(row, day=days[row.first])
        if row.withheld and row.day is None and row.first in days
        else row
        for row in rows
    ]


def unjoined(
    logs: Iterable[ServedLog], entries: Sequence[Placed], shelf: DocumentsByPage
) -> list[ServedLog]:
    """Return the logs that name nothing by a number that the volumes have; an empty log is none."""
    joined = {
        placed.log.name
        for placed in entries
        if placed.documents or shelf.knows(placed.entry) or shelf.numbers_like(placed.entry)
    }
    return [log for log in logs if log.entries and log.name not in joined]


def in_full(row: Row, shelf: DocumentsByPage) -> bool:
    """Tell whether a document is certainly there in full: an image may have redactions in it."""
    return not row.withheld and not row.redacted and (row.native or shelf.redacts(row.volume))


def notes(
    logs: Sequence[ServedLog],
    entries: Sequence[Placed],
    shelf: DocumentsByPage,
    absent: Sequence[Run] = (),
) -> Iterator[str]:
    """Yield what of the logs was not read or could not be compared."""
    for log in logs:
        yield from log.notes
    for log in unjoined(logs, entries, shelf):
        yield (
            f"whether the entries of {log.name} are those withheld from the volumes: it names no "
            "document by a number that is in them"
        )
    for log in logs:
        own = [placed for placed in entries if placed.log is log]
        if unsure := sum(any(not _known(row, shelf) for row in placed.documents) for placed in own):
            yield (
                f"whether the documents of {_entries(unsure)} of {log.name} are redacted: they are "
                "delivered as images, and the load file does not say"
            )
        bare = [
            placed.entry for placed in own if not placed.documents and shelf.knows(placed.entry)
        ]
        if outside := sum(not shelf.lacking(entry, absent) for entry in bare):
            yield f"{_entries(outside)} of {log.name} for pages before or after those received"


def _entries(count: int) -> str:
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def _known(row: Row, shelf: DocumentsByPage) -> bool:
    return row.withheld or bool(row.redacted) or in_full(row, shelf)


def _numbered(row: Row) -> tuple[Series, Numbered] | None:
    try:
        first, last = Bates.parse(row.first), Bates.parse(row.last or row.first)
    except NotABatesNumberError:
        return None
    end = last.number if first.pages_to(last) else first.number
    return (first.prefix, first.width), Numbered(first.number, end, row)


def _folded(number: str) -> str:
    return " ".join(number.split()).casefold()


def _kind(number: str) -> str:
    """Return a number without its figures: "priv-0001" and "priv-0017" are of one kind."""
    return re.sub(r"\d+", "0", number)


def meet(run: Run, other: Run) -> bool:
    """Tell whether two runs share a page."""
    return all(a.pages_to(b) is not None for a, b in ((run[0], other[1]), (other[0], run[1])))
