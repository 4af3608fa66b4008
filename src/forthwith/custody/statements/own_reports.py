"""Sentences held against the monthly reports that the same side printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from forthwith.custody.facts.words import fold
from forthwith.custody.statements.results import Flag, StatementResult
from forthwith.domain.period import Period


@dataclass(frozen=True, slots=True)
class PrintedShortfall:
    """An interval in which a report says that an asset was short."""

    #: "2026-01, version 1"
    report: str
    asset: str
    days: Period


def against(
    results: Iterable[StatementResult], printed: Sequence[PrintedShortfall]
) -> tuple[StatementResult, ...]:
    """Return the results with a flag where one's own report prints a shortfall of those days.

    Whoever says that an asset was fully backed, and printed that it was short, has said both.
    """
    return tuple(_against(result, printed) for result in results)


def _against(result: StatementResult, printed: Sequence[PrintedShortfall]) -> StatementResult:
    claim, days = result.claim, result.statement.days
    if claim is None or claim.name != "fully_backed":
        return result
    flags = [
        Flag(
            "own report",
            f"The report of {row.report} prints that {row.asset} was short from "
            f"{row.days.start} to {row.days.to_text or 'its end'}.",
        )
        for row in printed
        if fold(row.asset) == fold(claim.of[0]) and (days is None or days.meets(row.days))
    ]
    return replace(result, flags=(*result.flags, *flags))
