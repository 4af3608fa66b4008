"""The books of the example: a quarter loaded, its nine hidden days found, reported and checked.

What the engine says is held against the truth of what was played; the demo stops where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forthwith.example import books as played
from forthwith.record.matter import Matter
from forthwith.workflows.books import ask, report, trace
from forthwith.workflows.books.files import read_folder
from forthwith.workflows.books.load import into_matter
from forthwith.workflows.books.options import BooksOptions
from forthwith.workflows.books.report import ReportOptions

#: Files the demo leaves.
COVERAGE, STAKES, TRACE = "coverage.html", "stakes.html", "trace.html"
#: Place whose stakes are drawn, and the sum that is followed.
_MIXED, CLAIM = "op", "K1"


@dataclass(frozen=True, slots=True)
class QuarterPlayed:
    """What the demo prints of the books."""

    rows: int
    files: int
    truth: dict[str, Any]
    coverage: dict[str, Any]
    commingling: dict[str, Any]
    trace: dict[str, Any]
    reports: tuple[report.Made, ...]
    checks: tuple[report.ReportCheck, ...]

    @property
    def hidden(self) -> Iterator[dict[str, Any]]:
        """Shortfalls that lie between two month ends, so that no month end shows them."""
        for row in self.coverage["shortfalls"]:
            if row["from"][:7] == row["to"][:7]:
                yield row


def play(home: Path, place: Path) -> QuarterPlayed:
    """Write the quarter's files into `place`/books, load them into the matter, and answer."""
    # What a desk writes lies below the matter unless its place is whole.
    place = place.resolve()
    folder = place / "books"
    truth = played.make(folder)
    matter = Matter.open(home)
    with matter.alone():
        loaded = into_matter(matter, read_folder(folder))
    if loaded.faults:
        raise AssertionError(str(loaded.faults[0]))
    floors = tuple(truth["floors"].items())
    options = BooksOptions(floors=floors)
    coverage, _ = ask.coverage(home, options, None, None, place / COVERAGE)
    mixed, _ = ask.commingling(home, options, _MIXED, page=place / STAKES)
    traced, _ = trace.trace(home, options, CLAIM, page=place / TRACE)
    made, checks = [], []
    for month in truth["reports"]:
        into = place / f"books-{month}"
        made.append(report.make(home, options, month, ReportOptions("Marisol Ortega", into)))
        checks.append(report.check(into, made[-2].folder if len(made) > 1 else None))
    return QuarterPlayed(
        len(loaded.books.ledger) + len(loaded.books.place_ledger),
        len(loaded.books.files),
        truth,
        coverage,
        mixed,
        traced,
        tuple(made),
        tuple(checks),
    )


def failure(found: QuarterPlayed) -> str:
    """Return in what the books did not end as what was played; "" where they did."""
    keys = ("asset", "from", "to", "most", "days_touched", "days_at_end_of_day")

    def shown(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return sorted(tuple(row[key] for key in keys) for row in rows)

    if shown(found.coverage["shortfalls"]) != shown(found.truth["shortfalls"]["receipt"]):
        return "the shortfalls of the books are not those that were played"
    if not any(row["days_touched"] >= 9 for row in found.hidden):
        return "no shortfall of nine days lies between two month ends"
    if not found.commingling["intervals"]:
        return f"nothing was mixed in {_MIXED}"
    for check in found.checks:
        if check.findings:
            first = check.findings[0]
            return f"the check of {check.folder.name} has {first.code} at {first.where}"
    return ""
