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
from forthwith.workflows.custody.load import FactsLoad

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
    loaded = loading.load(home, folder, anew=anew)
    if as_json:
        console.raw(json.dumps(loaded.as_json(), ensure_ascii=False))
    else:
        _print(loaded)
    raise SystemExit(console.FINDINGS if loaded.faults else console.CLEAN)


def _print(loaded: FactsLoad) -> None:
    if loaded.faults:
        _print_faults(loaded.faults)
        return
    counts = loading.counts(loaded.tables.rows)
    if counts:
        terminal.table(("Table", "Rows"), [(name, f"{rows:,}") for name, rows in counts.items()], 1)
    rows = count(sum(counts.values()), "row")
    files = count(len(loaded.tables.files), "file")
    if loaded.stored is None:
        console.say(f"{rows} in {files}, none at fault. There is no matter here, so they were")
        console.say("only checked: forthwith -C MATTER custody load keeps them.")
    elif loaded.stored.new:
        how = ", in the place of all loaded before" if loaded.stored.replaces else ""
        kept = count(len(loaded.stored.files), "file")
        console.say(
            f"{rows} in {files}, none at fault. {kept} kept in {loaded.stored.folder}{how}."
        )
    else:
        console.say(
            f"{rows} in {files}: the matter holds these very files already. Nothing changed."
        )
    _print_notes((*loaded.tables.notes, *loaded.notes))
    _print_touched(loaded.touched)


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


def _print_touched(touched: Sequence[AffectedSentence]) -> None:
    if not touched:
        return
    console.say()
    console.say(f"{count(len(touched), 'sentence')} to look at again:")
    for sentence in touched[:_SHOWN]:
        console.say(f"  {sentence.id}: {sentence.sentence}")
        console.say(f"      {sentence.why}")
    if len(touched) > _SHOWN:
        console.say(f"  … and {len(touched) - _SHOWN:,} more (see --json).")
