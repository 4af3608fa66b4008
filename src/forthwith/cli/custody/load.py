"""`custody load`: a folder of tables into the matter's facts, or every fault in it named."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forthwith.cli import console
from forthwith.cli.custody.cited_pages import unheld
from forthwith.cli.custody.common import Gathered, checked, gathered, read_files
from forthwith.custody.facts.facts import Facts
from forthwith.custody.statements.claims import claim_of
from forthwith.domain.fact_tables import TABLES, FactRow, RowFault
from forthwith.record import facts as fact_sets
from forthwith.record.facts import FactsChangedError, FactSet
from forthwith.record.matter import Matter, NoMatterError

if TYPE_CHECKING:
    from forthwith.custody.statements.affected import AffectedSentence

#: Lines of one kind printed before the rest is only counted.
_SHOWN = 100
_NOTES = 20


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What a load did."""

    given: Gathered
    faults: tuple[RowFault, ...] = ()
    #: None: nothing was stored, for there are faults or there is no matter.
    stored: FactSet | None = None
    notes: tuple[str, ...] = ()
    touched: tuple[AffectedSentence, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "set": self.stored.folder if self.stored and self.stored.new else "",
            "files": [each.name for each in self.stored.files] if self.stored else [],
            "rows": _counts(self.given.rows),
            "faults": [
                {"file": each.file, "line": each.line, "what": each.what, "do": each.do}
                for each in self.faults
            ],
            "notes": [*self.given.notes, *self.notes],
            "touched": [each.as_json() for each in self.touched],
        }


@click.command()
@click.argument("folder", metavar="FACTS", type=click.Path(path_type=Path))
@click.option("--replace", "anew", is_flag=True, help="Take the place of all facts loaded before.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def load(home: Path, folder: Path, *, anew: bool, as_json: bool) -> None:
    """Check the tables in FACTS and keep them as the matter's facts.

    Where anything is at fault, every fault is named, nothing changes, and the exit status is 1.
    With no matter open the tables are only checked.
    """
    given = gathered(home / folder)
    try:
        matter = Matter.open(home)
    except NoMatterError:
        done = _Loaded(given, _checked(given)[1])
    else:
        with matter.alone():
            done = _load(matter, given, anew=anew)
    if as_json:
        console.raw(json.dumps(done.as_json(), ensure_ascii=False))
    else:
        _print(done)
    raise SystemExit(console.FINDINGS if done.faults else console.CLEAN)


def _load(matter: Matter, given: Gathered, *, anew: bool) -> _Loaded:
    """Check the tables together with what the matter holds, then store them."""
    before, notes = _before(matter, anew=anew)
    union = given
    if not anew:
        union = replace(
            given, rows=(*before.rows, *given.rows), faults=(*before.faults, *given.faults)
        )
    facts, faults = _checked(union)
    if faults:
        return _Loaded(given, faults)
    stored = fact_sets.add(matter, given.files, replace=anew)
    notes += [
        f"{place} cites {number}, which no sealed volume of this matter holds."
        for number, place in unheld(matter, given.rows)
    ]
    found = _touched(before, facts) if stored.new else ()
    return _Loaded(given, (), stored, tuple(notes), found)


def _checked(found: Gathered) -> tuple[Facts, tuple[RowFault, ...]]:
    """Check claims as well: who asks for no statement can do without, who loads one cannot."""
    facts, faults = checked(found)
    claims = (claim_of(each) for each in facts.statements)
    return facts, (*faults, *(each for each in claims if isinstance(each, RowFault)))


def _before(matter: Matter, *, anew: bool) -> tuple[Gathered, list[str]]:
    """Return the facts in force; what is to be replaced may be spoilt."""
    try:
        return read_files(fact_sets.files(matter)), []
    except FactsChangedError as spoilt:
        if not anew:
            raise
        return Gathered({}, (), ()), [f"The facts loaded before were not looked at. {spoilt}"]


def _touched(before: Gathered, after: Facts) -> tuple[AffectedSentence, ...]:
    """Return the sentences whose answer this load changes."""
    from forthwith.custody.statements.affected import affected

    was, faults = checked(before)
    if faults or not was.statements or not after.statements:
        return ()
    return affected(was, after)


def _counts(rows: Iterable[FactRow]) -> dict[str, int]:
    """Return the rows of each table that has any, in the order of TABLES."""
    counted = Counter(row.table for row in rows)
    return {name: counted[name] for name in TABLES if counted[name]}


def _print(done: _Loaded) -> None:
    if done.faults:
        _print_faults(done.faults)
        return
    counts = _counts(done.given.rows)
    if counts:
        console.table(("Table", "Rows"), [(name, f"{each:,}") for name, each in counts.items()], 1)
    rows = console.count(sum(counts.values()), "row")
    files = console.count(len(done.given.files), "file")
    if done.stored is None:
        console.say(f"{rows} in {files}, none at fault. There is no matter here, so they were")
        console.say("only checked: forthwith -C MATTER custody load keeps them.")
    elif done.stored.new:
        how = ", in the place of all loaded before" if done.stored.replaces else ""
        kept = console.count(len(done.stored.files), "file")
        console.say(f"{rows} in {files}, none at fault. {kept} kept in {done.stored.folder}{how}.")
    else:
        console.say(
            f"{rows} in {files}: the matter holds these very files already. Nothing changed."
        )
    _print_notes((*done.given.notes, *done.notes))
    _print_touched(done.touched)


def _print_faults(faults: Sequence[RowFault]) -> None:
    for fault in faults[:_SHOWN]:
        console.say(str(fault))
    if len(faults) > _SHOWN:
        console.say(f"… and {len(faults) - _SHOWN:,} more (see --json).")
    console.say(f"{console.count(len(faults), 'fault')}. Nothing was loaded.")
    if any("is there already" in fault.what for fault in faults):
        console.say("To put these tables in the place of all loaded before, add --replace.")


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes[:_NOTES]:
        console.say(f"Note: {note}")
    if len(notes) > _NOTES:
        console.say(f"… and {len(notes) - _NOTES:,} notes more (see --json).")


def _print_touched(found: Sequence[AffectedSentence]) -> None:
    if not found:
        return
    console.say()
    console.say(f"{console.count(len(found), 'sentence')} to look at again:")
    for each in found[:_SHOWN]:
        console.say(f"  {each.id}: {each.sentence}")
        console.say(f"      {each.why}")
    if len(found) > _SHOWN:
        console.say(f"  … and {len(found) - _SHOWN:,} more (see --json).")
