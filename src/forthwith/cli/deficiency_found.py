"""Everything `deficiency` finds: what was typed is opened, and each room is asked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from forthwith.cli import deficiency_papers as papers
from forthwith.cli.custody.common import facts_of
from forthwith.cli.deficiency_volumes import Received
from forthwith.cli.named_file import Named
from forthwith.custody.holders import holders
from forthwith.respond import completeness, deficiencies, delivered, holdings, references
from forthwith.respond.answered_sets import Answered
from forthwith.respond.completeness import Matrix
from forthwith.respond.delivered import Row
from forthwith.respond.register import Item


@dataclass(frozen=True, slots=True)
class Asking:
    """What is held against the volumes."""

    requests: tuple[Named, ...] = ()
    responses: tuple[Named, ...] = ()
    #: People whose documents are due, and people who held means of control.
    custodians: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    #: A folder of tables that say who held what, and when.
    facts: Path | None = None
    #: First and last day asked for.
    period: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Findings, checks of the volumes first, and what the letter says beside them."""

    items: list[Item]
    matrix: Matrix
    sets: Sequence[Answered] = ()
    #: What could not be looked into.
    notes: list[str] = field(default_factory=list)


def found(received: Sequence[Received], asking: Asking) -> Found:
    """Compare the volumes with everything that was given.

    Raises what `deficiency_papers.sets` raises, FactsFaultyError and NoFactsError.
    """
    sets = papers.sets(asking.requests, asking.responses)
    rows = [row for each in received for row in each.rows]
    matrix = completeness.matrix(rows, asking.period)
    made = Found([*_checked(received)], matrix, sets)
    made.items.extend(_of_requests(sets, rows))
    held = {each for row in rows for each in row.people}
    made.items.extend(deficiencies.of_custodians(asking.custodians, held))
    made.items.extend(_of_holders(asking, rows, made.notes))
    made.items.extend(deficiencies.of_months(matrix))
    texts = itertools.chain.from_iterable(each.texts() for each in received)
    made.items.extend(deficiencies.of_references(references.references(rows, texts)))
    made.notes[:0] = [*(note for each in received for note in each.report.notes), *_strays(sets)]
    return made


def _checked(received: Sequence[Received]) -> Iterator[Item]:
    for each in received:
        for finding in each.report.findings:
            yield Item.of(finding, each.report.volume)


def _of_requests(sets: Sequence[Answered], rows: Sequence[Row]) -> Iterator[Item]:
    held = delivered.spans(rows)
    for each in sets:
        yield from deficiencies.of_requests(each.requests, each.responses, each.kind)
        yield from deficiencies.of_pages(each.requests, each.responses, held)


def _of_holders(asking: Asking, rows: Sequence[Row], notes: list[str]) -> list[Item]:
    """Return holders the facts name, then those typed of whom the facts say nothing."""
    told: list[Item] = []
    if asking.facts is not None:
        facts = facts_of(Path(), asking.facts)
        notes.extend(each.rstrip(".") for each in facts.notes)
        told = [*holdings.of_holdings(holders(facts), rows, asking.period)]
    typed = completeness.uncollected([each.about[0] for each in told], asking.holders)
    held = {each for row in rows for each in row.people}
    return [*told, *deficiencies.of_holders(typed, held)]


def _strays(sets: Sequence[Answered]) -> Iterator[str]:
    for each in sets:
        if each.strays:
            numbers = ", ".join(each.strays)
            yield f"responses under {each.name} to numbers that none of its requests has: {numbers}"
