"""Volumes held against what they answer: requests, responses, privilege logs, people, months.

Finds what the checks of one volume cannot see. Everything is a value here; whoever asks opens the
files (`workflows.compare`).
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.check import folding
from forthwith.check.privilege_log import comparison, documents_named
from forthwith.check.privilege_log.elements import Stranger
from forthwith.check.received import ReceivedVolume
from forthwith.check.responses import holders, mentioned, months, requests
from forthwith.check.responses.answered_requests import Answered
from forthwith.custody.holders import Holder
from forthwith.domain.finding import Finding
from forthwith.domain.months import MonthMatrix
from forthwith.domain.privilege_logs import ServedLog
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Row


@dataclass(frozen=True, slots=True)
class Answers:
    """What volumes are held against."""

    #: Sets of requests with their responses.
    sets: Sequence[Answered] = ()
    #: Privilege logs as served.
    logs: Sequence[ServedLog] = ()
    #: Who is an outsider to the privilege; None where that is not known.
    stranger: Stranger | None = None
    #: People whose documents are due.
    custodians: Sequence[str] = ()
    #: People who held means of control: as named, and as custody facts have them.
    named_holders: Sequence[str] = ()
    holders: Sequence[Holder] = ()
    #: First and last day asked for.
    period: tuple[date, date] | None = None
    #: What of all this could not be read, in phrases.
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ProductionFindings:
    """What was found, the gravest first, the checks of the volumes before the rest."""

    findings: list[Finding]
    #: Documents by custodian and month.
    matrix: MonthMatrix
    #: What could not be looked into, and why.
    notes: list[str]


def compared(
    volumes: Sequence[ReceivedVolume], answers: Answers, joint: Sequence[Finding] = ()
) -> ProductionFindings:
    """Compare volumes with all they answer; `joint` is what only all volumes together show."""
    rows = [row for volume in volumes for row in volume.rows]
    checked = [finding for volume in volumes for finding in volume.report.findings]
    checked += joint
    logs = comparison.compared(answers.logs, rows, checked, answers.stranger)
    rows = documents_named.dated(rows, logs.entries)
    matrix = months.matrix(rows, answers.period)
    custodians = {name for row in rows for name in row.people}
    findings = [*logs.checked, *logs.added, *_of_requests(answers.sets, rows)]
    findings.extend(requests.of_custodians(answers.custodians, custodians))
    findings.extend(_of_holders(answers, rows, custodians))
    findings.extend(requests.of_months(matrix))
    texts = itertools.chain.from_iterable(volume.texts() for volume in volumes)
    titles = [placed.entry.title for placed in logs.entries if placed.entry.title]
    findings.extend(requests.of_references(mentioned.references(rows, texts, titles)))
    notes = [note for volume in volumes for note in volume.report.notes]
    notes += [*_strays(answers.sets), *answers.notes, *logs.notes]
    return ProductionFindings(folding.ordered(findings), matrix, notes)


def _of_requests(sets: Sequence[Answered], rows: Sequence[Row]) -> Iterator[Finding]:
    received = volume_rows.spans(rows)
    for asked in sets:
        yield from requests.of_requests(asked.requests, asked.responses, asked.kind)
        yield from requests.of_pages(asked.requests, asked.responses, received)


def _of_holders(
    answers: Answers, rows: Sequence[Row], custodians: Collection[str]
) -> Iterator[Finding]:
    """Yield holders the facts name, then those named of whom the facts say nothing."""
    findings = [*holders.of_holdings(answers.holders, rows, answers.period)]
    yield from findings
    known = [finding.about[0] for finding in findings]
    left = months.uncollected(known, answers.named_holders)
    yield from requests.of_holders(left, custodians)


def _strays(sets: Sequence[Answered]) -> Iterator[str]:
    for asked in sets:
        if asked.strays:
            numbers = ", ".join(asked.strays)
            yield (
                f"responses under {asked.name} to numbers that none of its requests has: {numbers}"
            )
