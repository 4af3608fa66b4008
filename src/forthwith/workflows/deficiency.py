"""Everything `deficiency` finds: what was typed is opened, and each room is asked."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forthwith.check.privilege_log import documents_named
from forthwith.check.privilege_log.elements import Stranger
from forthwith.check.responses import (
    holders as holdings,
)
from forthwith.check.responses import (
    mentioned,
)
from forthwith.check.responses import (
    months as completeness,
)
from forthwith.check.responses import (
    requests as deficiencies,
)
from forthwith.check.responses.answered_requests import Answered
from forthwith.check.responses.months import Matrix
from forthwith.custody.holders import Holder, holders
from forthwith.loadfiles import volume_rows
from forthwith.loadfiles.volume_rows import Row
from forthwith.respond.deficiency.findings import TrackedFinding
from forthwith.workflows import deficiency_papers as papers
from forthwith.workflows import privilege_logs as logs
from forthwith.workflows.custody.facts import facts_of
from forthwith.workflows.named_file import Named
from forthwith.workflows.privilege_logs import Opened
from forthwith.workflows.received import Received


@dataclass(frozen=True, slots=True)
class DeficiencyOptions:
    """What is held against the volumes."""

    requests: tuple[Named, ...] = ()
    responses: tuple[Named, ...] = ()
    #: Privilege logs as served; whose mailboxes keep a privilege.
    logs: tuple[Path, ...] = ()
    attorneys: Path | None = None
    domains: tuple[str, ...] = ()
    #: People whose documents are due, and people who held means of control.
    custodians: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    #: A folder of tables that say who held what, and when.
    facts: Path | None = None
    #: First and last day asked for.
    period: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class ReceivedPapers:
    """All of it opened, before any volume is: what cannot be read stops nobody for long."""

    asking: DeficiencyOptions
    sets: Sequence[Answered]
    logs: Sequence[Opened]
    holders: Sequence[Holder]
    stranger: Stranger | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Findings, checks of the volumes first, and what the letter says beside them."""

    items: list[TrackedFinding]
    matrix: Matrix
    sets: Sequence[Answered] = ()
    logs: Sequence[Opened] = ()
    #: What could not be looked into.
    notes: Sequence[str] = ()


def opened(asking: DeficiencyOptions) -> ReceivedPapers:
    """Open what the volumes are held against.

    Raises what `deficiency_papers.sets` raises, UnreadableLogError, AttorneyListError,
    FactsFaultyError and NoFactsError.
    """
    sets, served = papers.sets(asking.requests, asking.responses), logs.read(asking.logs)
    stranger, why = logs.stranger(asking.attorneys, asking.domains)
    facts = None if asking.facts is None else facts_of(Path(), asking.facts)
    held = () if facts is None else holders(facts)
    read = () if facts is None else tuple(each.rstrip(".") for each in facts.notes)
    return ReceivedPapers(asking, sets, served, held, stranger, (*_strays(sets), *why, *read))


def found(received: Sequence[Received], given: ReceivedPapers) -> Found:
    """Compare the volumes with everything that was given."""
    asking, rows = given.asking, [row for each in received for row in each.rows]
    against = logs.compared(given.logs, rows, [*_checked(received)], given.stranger)
    rows = documents_named.dated(rows, against.entries)
    matrix = completeness.matrix(rows, asking.period)
    held = {each for row in rows for each in row.people}
    items = [*against.checked, *against.items, *_of_requests(given.sets, rows)]
    items.extend(deficiencies.of_custodians(asking.custodians, held))
    items.extend(_of_holders(given, rows, held))
    items.extend(deficiencies.of_months(matrix))
    texts = itertools.chain.from_iterable(each.texts() for each in received)
    titles = [each.entry.title for each in against.entries if each.entry.title]
    items.extend(deficiencies.of_references(mentioned.references(rows, texts, titles)))
    checked = [note for each in received for note in each.report.notes]
    notes = [*checked, *given.notes, *against.notes]
    return Found(items, matrix, given.sets, given.logs, notes)


def _checked(received: Sequence[Received]) -> Iterator[TrackedFinding]:
    for each in received:
        for finding in each.report.findings:
            yield TrackedFinding.of(finding, each.report.volume)


def _of_requests(sets: Sequence[Answered], rows: Sequence[Row]) -> Iterator[TrackedFinding]:
    held = volume_rows.spans(rows)
    for each in sets:
        yield from deficiencies.of_requests(each.requests, each.responses, each.kind)
        yield from deficiencies.of_pages(each.requests, each.responses, held)


def _of_holders(
    given: ReceivedPapers, rows: Sequence[Row], held: Collection[str]
) -> Iterator[TrackedFinding]:
    """Yield holders the facts name, then those typed of whom the facts say nothing."""
    told = [*holdings.of_holdings(given.holders, rows, given.asking.period)]
    yield from told
    typed = completeness.uncollected([each.about[0] for each in told], given.asking.holders)
    yield from deficiencies.of_holders(typed, held)


def _strays(sets: Sequence[Answered]) -> Iterator[str]:
    for each in sets:
        if each.strays:
            numbers = ", ".join(each.strays)
            yield f"responses under {each.name} to numbers that none of its requests has: {numbers}"
