"""A folder of tables into the matter's facts, or every fault in it named."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forthwith.custody.facts.facts import Facts
from forthwith.custody.statements.affected import AffectedSentence, affected
from forthwith.custody.statements.claims import claim_of
from forthwith.domain.bates import Bates
from forthwith.domain.fact_tables import TABLES, FactRow, RowFault
from forthwith.record import facts as fact_sets
from forthwith.record import productions
from forthwith.record.facts import FactsChangedError, FactSet
from forthwith.record.matter import Matter, NoMatterError
from forthwith.workflows.custody.facts import FactFiles, facts_and_faults, read_files, read_folder

#: Numbers of one prefix and width, and the first and last number of each run held.
_Runs = dict[tuple[str, int], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class FactsLoad:
    """What a load did."""

    tables: FactFiles
    faults: tuple[RowFault, ...] = ()
    #: None: nothing was stored, for there are faults or there is no matter.
    stored: FactSet | None = None
    notes: tuple[str, ...] = ()
    touched: tuple[AffectedSentence, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "set": self.stored.folder if self.stored and self.stored.new else "",
            "files": [file.name for file in self.stored.files] if self.stored else [],
            "rows": counts(self.tables.rows),
            "faults": [
                {"file": fault.file, "line": fault.line, "what": fault.what, "do": fault.do}
                for fault in self.faults
            ],
            "notes": [*self.tables.notes, *self.notes],
            "touched": [sentence.as_json() for sentence in self.touched],
        }


def load(home: Path, folder: Path, *, anew: bool) -> FactsLoad:
    """Check tables and keep them as the matter's; with no matter there they are only checked."""
    tables = read_folder(home / folder)
    try:
        matter = Matter.open(home)
    except NoMatterError:
        return FactsLoad(tables, checked_with_claims(tables)[1])
    with matter.alone():
        return into_matter(matter, tables, anew=anew)


def into_matter(matter: Matter, tables: FactFiles, *, anew: bool) -> FactsLoad:
    """Check the tables together with what the matter holds, then store them."""
    before, notes = _before(matter, anew=anew)
    union = tables
    if not anew:
        rows, faults = (*before.rows, *tables.rows), (*before.faults, *tables.faults)
        union = replace(tables, rows=rows, faults=faults)
    facts, faults = checked_with_claims(union)
    if faults:
        return FactsLoad(tables, faults)
    stored = fact_sets.add(matter, tables.files, replace=anew)
    notes += [
        f"{place} cites {number}, which no sealed volume of this matter holds."
        for number, place in unheld(matter, tables.rows)
    ]
    touched = _touched(before, facts) if stored.new else ()
    return FactsLoad(tables, (), stored, tuple(notes), touched)


def checked_with_claims(tables: FactFiles) -> tuple[Facts, tuple[RowFault, ...]]:
    """Check claims as well: who asks for no statement can do without, who loads one cannot."""
    facts, faults = facts_and_faults(tables)
    claims = map(claim_of, facts.statements)
    return facts, (*faults, *(claim for claim in claims if isinstance(claim, RowFault)))


def _before(matter: Matter, *, anew: bool) -> tuple[FactFiles, list[str]]:
    """Return the facts in force; what is to be replaced may be spoilt."""
    try:
        return read_files(fact_sets.files(matter)), []
    except FactsChangedError as spoilt:
        if not anew:
            raise
        return FactFiles({}, (), ()), [f"The facts loaded before were not looked at. {spoilt}"]


def _touched(before: FactFiles, after: Facts) -> tuple[AffectedSentence, ...]:
    """Return the sentences whose answer this load changes."""
    was, faults = facts_and_faults(before)
    if faults or not was.statements or not after.statements:
        return ()
    return affected(was, after)


def counts(rows: Iterable[FactRow]) -> dict[str, int]:
    """Return the rows of each table that has any, in the order of TABLES."""
    counted = Counter(row.table for row in rows)
    return {name: counted[name] for name in TABLES if counted[name]}


def unheld(matter: Matter, rows: Iterable[FactRow]) -> list[tuple[str, str]]:
    """Return (Bates number, place of the row) for each page cited that was never produced.

    A matter without sealed volumes says nothing: the numbers may still be handed out.
    """
    runs = _sealed_runs(matter)
    if not runs:
        return []
    prefix = re.escape(matter.settings.bates_prefix)
    shape = re.compile(rf"(?<![A-Za-z0-9_]){prefix}\d{{1,18}}(?!\d)")
    missing: dict[str, str] = {}
    for row in rows:
        for number in shape.findall(row["cites"]):
            if number not in missing and not _within(runs, Bates.parse(number)):
                missing[number] = row.place
    return list(missing.items())


def _sealed_runs(matter: Matter) -> _Runs:
    runs: _Runs = defaultdict(list)
    with matter.engine.connect() as connection:
        for pair in productions.ever_sealed(connection):
            first, last = map(Bates.parse, pair)
            runs[first.prefix, first.width].append((first.number, last.number))
    return {key: sorted(pairs) for key, pairs in runs.items()}


def _within(runs: _Runs, page: Bates) -> bool:
    pairs = runs.get((page.prefix, page.width), [])
    at = bisect_right(pairs, (page.number, 1 << 62))
    return at > 0 and page.number <= pairs[at - 1][1]
