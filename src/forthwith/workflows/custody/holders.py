"""Holders of means of control whose mail, chat and devices no source of the matter covers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from forthwith.custody.facts.facts import Facts
from forthwith.custody.holders import SLACK, CollectionGap, Coverage
from forthwith.custody.holders import uncollected as find
from forthwith.domain.period import Period
from forthwith.record import sources
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter, NoMatterError

#: Each kind of document by what it is collected from; a loose file lay on somebody's device. One
#: that bears no date of its own is named by its item, which has the file system's.
_COLLECTED = """
    SELECT who, collected, CASE WHEN day = '' THEN item ELSE '' END AS undated, min(day), max(day)
    FROM (
        SELECT unnest(all_custodians) AS who, item,
            CASE WHEN top.kind IN ('email', 'calendar', 'contact') THEN 'mail'
                 WHEN top.kind = 'chat' THEN 'chat' ELSE 'device' END AS collected,
            substr(coalesce(nullif(sent, ''), nullif(received, ''), nullif(modified, ''),
                nullif(created, ''), sort_date, ''), 1, 10) AS day
        FROM documents AS top WHERE parent IS NULL AND NOT lost AND top.kind <> 'container'
    ) GROUP BY who, collected, undated ORDER BY who, collected, undated
"""

_ENDS = (
    "What is covered is taken from the first and the last dated document of each custodian; days "
    "between them may still have holes."
)


def uncollected_of(
    home: Path, facts: Facts, slack: int = SLACK
) -> tuple[Sequence[CollectionGap], list[str]]:
    """Return holders whose data no source of the matter covers, and what to know of the search."""
    notes, covered, until = _collected(home)
    return find(facts, covered, until=until, slack=slack), notes


def _collected(home: Path) -> tuple[list[str], list[Coverage], date | None]:
    """Return what the matter's sources cover, and the day after the last collection."""
    notes = [_ENDS]
    try:
        matter = Matter.open(home)
    except NoMatterError:
        return [f"There is no matter in {home}, so no source covers anybody."], [], None
    with matter.engine.connect() as connection:
        known = sources.sources(connection)
        modified = {each.id: each.modified for each in sources.items(connection)}
    days = [_day(each.collected) for each in known]
    last = max((each for each in days if each), default=None)
    until = last + timedelta(1) if last else None
    try:
        covered = _coverage(DocumentTable(matter.derived), modified)
    except NotProcessedError:
        notes.append("Nothing is processed yet, so no source covers anybody.")
        covered = []
    # A custodian from whom nothing was read is still somebody the sources name.
    names = {each.custodian for each in known} - {each.custodian for each in covered}
    if names:
        notes.append(f"Collected, and no document read: {', '.join(sorted(names))}.")
    return notes, covered, until


def _coverage(table: DocumentTable, modified: Mapping[str, str]) -> list[Coverage]:
    """Return the days from the first to the last document, by custodian and kind."""
    days: dict[tuple[str, str], list[date]] = defaultdict(list)
    for who, kind, undated, first, last in table.query(_COLLECTED):
        texts = [modified.get(undated, "")] if undated else [first, last]
        days[who, kind] += [each for each in map(_day, texts) if each]
    return [
        Coverage(who, kind, Period(min(found), max(found) + timedelta(1)) if found else None)
        for (who, kind), found in days.items()
    ]


def _day(text: str) -> date | None:
    """Return the day of an instant as kept; None where it is no day, or the last one there is."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if found < date.max else None
