"""Sworn sentences held against the facts, and the pages they cite looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.statements.affected import AffectedSentence, affected
from forthwith.custody.statements.contradictions import Tension, tensions
from forthwith.custody.statements.own_reports import PrintedShortfall, against
from forthwith.custody.statements.results import Result, StatementResult
from forthwith.custody.statements.statements import check
from forthwith.domain.period import Period
from forthwith.plain.table_names import named
from forthwith.record.book_reports import NotedReport
from forthwith.record.matter import NoMatterError
from forthwith.respond.registers.citations import UnresolvedCitation
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.custody.facts import (
    FactFiles,
    NoFactsError,
    NoMatterFactsError,
    facts_from,
    facts_of,
    read_files,
    read_folder,
    read_matter,
)


@dataclass(frozen=True, slots=True)
class StatementsOptions:
    """Which sentences are checked, against which facts."""

    #: A table of statements; None takes those among the facts.
    file: Path | None = None
    #: A bare folder of tables; None takes what lies beside the file, else the matter's facts.
    folder: Path | None = None
    #: The worst evidence that is accepted.
    standing: ProofLevel = ProofLevel.SWORN
    #: Earlier facts, to find the sentences whose answer is another by now.
    before: Path | None = None


@dataclass(frozen=True, slots=True)
class StatementChecks:
    """Every sentence with its answer, and what follows from it."""

    facts: Facts
    results: Sequence[StatementResult]
    #: Pairs that cannot both hold, or pull against each other.
    tensions: Sequence[Tension]
    #: By sentence, pages that it, or what the facts say to it, cites and nobody can look up.
    unresolved: Mapping[str, Sequence[UnresolvedCitation]]
    #: Sentences whose answer is not what it was; None where nobody asked.
    affected: Sequence[AffectedSentence] | None

    @property
    def clean(self) -> bool:
        """Whether there are sentences, every one supported, and nothing stands against any."""
        supported = all(result.result is Result.SUPPORTED for result in self.results)
        against = self.tensions or self.unresolved or self.affected
        return bool(self.results) and supported and not against


def statements(home: Path, options: StatementsOptions) -> StatementChecks:
    """Check each sentence against the facts.

    Raises FactsFaultyError, NoFactsError, NoMatterFactsError, FactsChangedError.
    """
    case = _case(home) if options.folder is None else None
    facts = _facts(home, case, options)
    books = None if case is None else case.books_judge(facts)
    results = check(facts, standing=options.standing, books=books)
    if case is not None:
        results = against(results, _shortfalls(case.book_reports))
    changed = None
    if options.before is not None:
        earlier = replace(facts_of(home, options.before), statements=facts.statements)
        changed = affected(earlier, facts, standing=options.standing)
    lost = {} if case is None else unresolved(case, results)
    return StatementChecks(facts, results, tensions(facts), lost, changed)


def _shortfalls(reports: Sequence[NotedReport]) -> list[PrintedShortfall]:
    """Return what the matter's reports print, in whole days."""
    return [
        PrintedShortfall(f"{report.month}, version {report.version}", asset, _days(first, last))
        for report in reports
        for asset, first, last in report.short
    ]


def _days(first: str, last: str) -> Period:
    after = date.fromordinal(date.fromisoformat(last).toordinal() + 1)
    return Period(date.fromisoformat(first), after)


def unresolved(
    case: CaseFile, results: Sequence[StatementResult]
) -> dict[str, list[UnresolvedCitation]]:
    """Return by sentence the pages it, or what the facts say to it, cites and nobody can look up.

    Nothing in a matter without sealed volumes: there are no pages yet.
    """
    if not case.ever_sealed:
        return {}
    cites = {
        result.statement.id: dict.fromkeys(
            (*result.statement.cites, *(c for fact in result.judgement.cited for c in fact.cites))
        )
        for result in results
    }
    return {key: lost for key, pages in cites.items() if (lost := case.citable.unresolved(pages))}


def _case(home: Path) -> CaseFile | None:
    try:
        return CaseFile.open(home)
    except NoMatterError:
        return None


def _facts(home: Path, case: CaseFile | None, options: StatementsOptions) -> Facts:
    """Return the facts, with the statements of one file for theirs where one is named."""
    if options.file is None:
        folder = options.folder
        return facts_from(_of_case(home, case) if folder is None else read_folder(home / folder))
    file = home / options.file
    name = file.name if named(file.name) else f"statements.{file.stem.replace('.', '-')}.csv"
    stated = read_files([(name, file.read_bytes())])
    base = _beside(home, case, file, options.folder)
    rows = (
        *(row for row in base.rows if row.table != "statements"),
        *(row for row in stated.rows if row.table == "statements"),
    )
    return facts_from(FactFiles({}, rows, (*base.faults, *stated.faults), base.notes))


def _of_case(home: Path, case: CaseFile | None) -> FactFiles:
    if case is None:
        raise NoMatterFactsError(home, matter=False)
    return read_matter(case.matter)


def _beside(home: Path, case: CaseFile | None, file: Path, folder: Path | None) -> FactFiles:
    """Return the facts to check against: as named, else beside the file, else the matter's."""
    if folder is not None:
        return read_folder(home / folder)
    try:
        beside = read_folder(file.parent)
    except NoFactsError:
        return _of_case(home, case)
    alone = not beside.faults and all(row.table == "statements" for row in beside.rows)
    return _of_case(home, case) if alone else beside
