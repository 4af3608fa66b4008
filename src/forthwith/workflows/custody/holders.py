"""Holders of means of control whose mail, chat and devices no source of the matter covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from forthwith.custody.facts.facts import Facts
from forthwith.custody.holders import SLACK, CollectionGap, Coverage, uncollected
from forthwith.domain.period import Period
from forthwith.record import received, sources
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter, NoMatterError

#: Each kind of document by what it is collected from; a loose file lay on somebody's device. One
#: that bears no date of its own is named by its item, which has the file system's. Copies are one
#: row: a row for each copy and each custodian would grow with their square.
_COLLECTED = """
    SELECT alike, collected, CASE WHEN day = '' THEN item ELSE '' END AS undated,
        min(day), max(day)
    FROM (
        SELECT coalesce(nullif(duplicate_group, ''), control_number) AS alike, item,
            CASE WHEN top.kind IN ('email', 'calendar', 'contact') THEN 'mail'
                 WHEN top.kind = 'chat' THEN 'chat' ELSE 'device' END AS collected,
            substr(coalesce(nullif(sent, ''), nullif(received, ''), nullif(modified, ''),
                nullif(created, ''), sort_date, ''), 1, 10) AS day
        FROM documents AS top WHERE parent IS NULL AND NOT lost AND top.kind <> 'container'
            AND side = 'ours'
    ) GROUP BY alike, collected, undated
"""
#: Whoever has a copy, lost or not.
_HELD_BY = """
    SELECT DISTINCT coalesce(nullif(duplicate_group, ''), control_number) AS alike, custodian
    FROM documents WHERE parent IS NULL AND side = 'ours'
"""

_ENDS = (
    "What is covered is taken from the first and the last dated document of each custodian; days "
    "between them may still have holes."
)


@dataclass(frozen=True, slots=True)
class UncollectedHolders:
    """Holders whose data no source covers, and what to know of the search."""

    gaps: Sequence[CollectionGap]
    notes: Sequence[str]


def uncollected_at(home: Path, facts: Facts, slack: int = SLACK) -> UncollectedHolders:
    """Look for holders whose data no source of the matter at `home` covers, if there is one."""
    try:
        matter = Matter.open(home)
    except NoMatterError:
        note = f"There is no matter in {home}, so no source covers anybody."
        return UncollectedHolders(uncollected(facts, [], until=None, slack=slack), [note])
    return uncollected_of(matter, facts, slack)


def uncollected_of(matter: Matter, facts: Facts, slack: int = SLACK) -> UncollectedHolders:
    """Look for holders whose data no source of a matter covers.

    `slack` is the days at either end of a source that may lack a document.
    """
    notes = [_ENDS]
    with matter.engine.connect() as connection:
        theirs = received.sources(connection)
        collected = [row for row in sources.sources(connection) if row.id not in theirs]
        modified = {item.id: item.modified for item in sources.items(connection)}
    days = [_day(source.collected) for source in collected]
    last = max((day for day in days if day), default=None)
    until = last + timedelta(1) if last else None
    try:
        covered = _coverage(DocumentTable(matter), modified)
    except NotProcessedError:
        notes.append("Nothing is processed yet, so no source covers anybody.")
        covered = []
    # A custodian from whom nothing was read is still somebody the sources name.
    names = {source.custodian for source in collected} - {each.custodian for each in covered}
    if names:
        notes.append(f"Collected, and no document read: {', '.join(sorted(names))}.")
    return UncollectedHolders(uncollected(facts, covered, until=until, slack=slack), notes)


def _coverage(table: DocumentTable, modified: Mapping[str, str]) -> list[Coverage]:
    """Return the days from the first to the last document, by custodian and kind."""
    custodians: dict[str, list[str]] = defaultdict(list)
    for alike, who in table.query(_HELD_BY, readings=False):
        custodians[alike].append(who)
    dated: dict[tuple[str, str], list[date]] = defaultdict(list)
    for alike, kind, undated, first, last in table.query(_COLLECTED):
        texts = [modified.get(undated, "")] if undated else [first, last]
        dated[alike, kind] += [day for day in map(_day, texts) if day]
    days: dict[tuple[str, str], list[date]] = defaultdict(list)
    for (alike, kind), there in dated.items():
        for who in custodians[alike]:
            days[who, kind] += [min(there), max(there)] if there else []
    return [
        Coverage(who, kind, Period(min(there), max(there) + timedelta(1)) if there else None)
        for (who, kind), there in sorted(days.items())
    ]


def _day(text: str) -> date | None:
    """Return the day of an instant as kept; None where it is no day, or the last one there is."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return day if day < date.max else None
