"""`custody load`: a folder of tables into the matter's facts, or every fault in it named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from forthwith.cli import console, terminal
from forthwith.custody.statements.affected import AffectedSentence
from forthwith.domain.fact_tables import RowFault
from forthwith.plain.counting import count
from forthwith.workflows.custody import load as loading
from forthwith.workflows.custody.load import Loaded

#: Lines of one kind printed before the rest is only counted.
_SHOWN = 100
_NOTES = 20


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
    done = loading.load(home, folder, anew=anew)
    if as_json:
        console.raw(json.dumps(done.as_json(), ensure_ascii=False))
    else:
        _print(done)
    raise SystemExit(console.FINDINGS if done.faults else console.CLEAN)


def _print(done: Loaded) -> None:
    if done.faults:
        _print_faults(done.faults)
        return
    counts = loading.counts(done.given.rows)
    if counts:
        terminal.table(("Table", "Rows"), [(name, f"{each:,}") for name, each in counts.items()], 1)
    rows = count(sum(counts.values()), "row")
    files = count(len(done.given.files), "file")
    if done.stored is None:
        console.say(f"{rows} in {files}, none at fault. There is no matter here, so they were")
        console.say("only checked: forthwith -C MATTER custody load keeps them.")
    elif done.stored.new:
        how = ", in the place of all loaded before" if done.stored.replaces else ""
        kept = count(len(done.stored.files), "file")
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
    console.say(f"{count(len(faults), 'fault')}. Nothing was loaded.")
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
    console.say(f"{count(len(found), 'sentence')} to look at again:")
    for each in found[:_SHOWN]:
        console.say(f"  {each.id}: {each.sentence}")
        console.say(f"      {each.why}")
    if len(found) > _SHOWN:
        console.say(f"  … and {len(found) - _SHOWN:,} more (see --json).")
