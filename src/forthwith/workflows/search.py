"""Documents by what they say, and lists of search terms measured."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.plain.csv_cells import as_text
from forthwith.review.search import term_report
from forthwith.review.search.highlights import highlights
from forthwith.review.search.search import QueryResult, Searcher
from forthwith.review.search.term_report import Comparison, Term, TermHits, TermReport
from forthwith.workflows.case_file import CaseFile

#: Documents looked up at once.
_AT_ONCE = 2000


class NoSuchDocumentError(ForthwithError):
    """A control number nobody has."""

    def __init__(self, control: str) -> None:
        super().__init__(
            f"There is no document {control}. `forthwith documents` lists control numbers."
        )


class NoTermFileError(ForthwithError):
    """A list of terms cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be read: {why}. Name a UTF-8 text file, one term a line.")


@dataclass(frozen=True, slots=True)
class HighlightedText:
    """One document's text, and where the query matches it."""

    control: str
    met: bool
    text: str
    #: First character, and the one after the last.
    matches: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TermMeasurement:
    """What each term of a list finds, and what changing an older list has cost."""

    report: TermReport
    compared: Comparison | None


def search(case: CaseFile, query: str, side: str = "") -> QueryResult:
    """Answer a query, of one side or of both.

    Raises QueryError, TooBroadError, TooManyWaysError, NotProcessedError.
    """
    return Searcher.of(case.matter, side).ask(query)


def chosen(case: CaseFile, where: str = "", query: str = "", side: str = "") -> Iterator[Document]:
    """Yield the documents that meet an SQL condition and a query; without either, every one.

    `side` is "ours", "theirs" or "" for both.

    Raises NotProcessedError, ConditionError and what a query may raise.
    """
    met = frozenset(search(case, query, side).controls()) if query else None
    for document in case.table.ask(where):
        if side and document.side != side:
            continue
        if met is None or document.control_number in met:
            yield document


def places(result: QueryResult, limit: int | None = None, *, family: bool = False) -> list[int]:
    """Return where in the index the first documents stand that meet a query; 0 is no limit."""
    every = np.flatnonzero(result.whole if family else result.met)
    return [int(place) for place in islice(every, limit or None)]


def documents_of(case: CaseFile, controls: Sequence[str]) -> Iterator[Document]:
    """Yield documents by control number, in order."""
    for start in range(0, len(controls), _AT_ONCE):
        listed = ", ".join(f"'{control}'" for control in controls[start : start + _AT_ONCE])
        yield from case.table.ask(f"control_number IN ({listed})")


def highlight(case: CaseFile, result: QueryResult, control: str) -> HighlightedText:
    """Return where a query matches one document. Raises NoSuchDocumentError."""
    place = result.index.place.get(control)
    if place is None or not case.table.shows(control):
        raise NoSuchDocumentError(control)
    text = case.text(control)
    return HighlightedText(control, bool(result.met[place]), text, highlights(result.node, text))


def measure(
    case: CaseFile, path: Path, against: Path | None = None, side: str = "ours"
) -> TermMeasurement:
    """Count what each term of a list finds; with an older list, what each change gains and loses.

    Terms are agreed about what is ours, so without a `side` that is counted alone.

    Raises NoTermFileError and what a query may raise.
    """
    # Both lists are read before anything is measured: a slip in one shows at once.
    terms = term_report.read(str(path), _text(path))
    earlier = term_report.read(str(against), _text(against)) if against else []
    searcher = Searcher.of(case.matter, side)
    now = TermHits(searcher, str(path), terms)
    report = now.report()
    if against is None:
        return TermMeasurement(report, None)
    return TermMeasurement(
        report, term_report.compare(TermHits(searcher, str(against), earlier), now)
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise NoTermFileError(path, "it is not UTF-8 text") from wrong
    except OSError as wrong:
        raise NoTermFileError(path, (wrong.strerror or "no such file").lower()) from wrong


def words_of(term: Term | None) -> str:
    """Return a term as it is written; "(none)" where a list has none in its place."""
    return term.text if term else "(none)"


def write_table(path: Path, measured: TermMeasurement) -> None:
    """Write what each term finds as a CSV for spreadsheets."""
    report, compared = measured.report, measured.compared
    names = sorted(report.custodians)
    rows: list[Iterable[object]] = [
        ["line", "term", "read_as", "documents", "with_family", "unique", *names]
    ]
    for line in report.lines:
        counts = [line.custodians.get(name, 0) for name in names]
        term = (line.term.line, line.term.text, line.term.read_as)
        rows.append([*term, line.documents, line.with_family, line.unique, *counts])
    if compared:
        rows += [[], ["old", "new", *asdict(compared.whole)]]
        rows += [
            [words_of(change.old), words_of(change.new), *asdict(change.cost).values()]
            for change in compared.changes
        ]
        rows.append(["All changes", "", *asdict(compared.whole).values()])
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(
            [as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
        )
