"""`books template`, `books load`, `books import`: what the books are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from forthwith.cli import console, terminal
from forthwith.domain.fact_tables import RowFault
from forthwith.plain.counting import count
from forthwith.workflows.books import load as loading
from forthwith.workflows.books.imports import KINDS, take
from forthwith.workflows.books.template import TEMPLATES

#: Lines of one kind printed before the rest is only counted.
_SHOWN = 100
_NOTES = 20


@click.command()
@click.argument("folder", metavar="BOOKS", type=click.Path(path_type=Path))
@click.pass_obj
def template(home: Path, folder: Path) -> None:
    """Write the tables of the books into BOOKS, empty, each with comments and an example row."""
    written = TEMPLATES.write(home / folder)
    console.say(f"{folder}: {count(written, 'table')} written, each with comments.")
    console.say("Fill in what you know; take away the tables you do not need. Put the bank's and")
    console.say("the node's files beside them, as they are.")
    console.say(f"Next: forthwith books load {folder}")


@click.command()
@click.argument("folder", metavar="BOOKS", type=click.Path(path_type=Path))
@click.option("--replace", "anew", is_flag=True, help="Take the place of all books loaded before.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def load(home: Path, folder: Path, *, anew: bool, as_json: bool) -> None:
    """Check the tables and the evidence in BOOKS and keep them as the matter's books.

    Where a row of a table is at fault, or a file gives nothing, every fault is named and nothing
    changes. What is wrong within evidence is told, and it is kept: what rests on it is not shown.
    Exit status 1 for both. With no matter open the files are only checked.
    """
    with terminal.Steps("Reading", "files", quiet=as_json) as steps:
        loaded = loading.load(home, folder, anew=anew, progress=steps)
    if as_json:
        console.raw(json.dumps(loaded.as_json(), ensure_ascii=False))
    elif loaded.faults:
        _print_faults(loaded.faults)
        console.say(f"{count(len(loaded.faults), 'fault')}. Nothing was loaded.")
    else:
        _print_counts(loading.counts(loaded.books))
        files = count(len(loaded.books.files), "file")
        if loaded.stored is None:
            console.say(f"{files}, none at fault. There is no matter here, so they were only")
            console.say("checked: forthwith -C MATTER books load keeps them.")
        elif loaded.stored.new:
            how = ", in the place of all loaded before" if loaded.stored.replaces else ""
            kept = count(len(loaded.stored.files), "file")
            console.say(f"{files}, none at fault. {kept} kept in {loaded.stored.folder}{how}.")
        else:
            console.say(f"{files}: the matter holds these very files already. Nothing changed.")
        _print_notes(loaded.books.notes)
        if doubts := loaded.books.doubts:
            told = count(len(doubts), "fault")
            console.say(f"{told} in evidence, named above: what rests on them is not shown.")
        console.say("Next: forthwith books position, books coverage, books breaks")
    wrong = loaded.faults or loaded.books.doubts
    raise SystemExit(console.FINDINGS if wrong else console.CLEAN)


@click.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("--into", metavar="DIR", type=click.Path(path_type=Path), help="Keep them here.")
@click.option(
    "--map", "mapping", metavar="FILE", type=click.Path(path_type=Path),
    help="bank-csv, exchange-csv: YAML that says which column is what.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Read, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def import_(
    home: Path,
    kind: str,
    files: tuple[Path, ...],
    into: Path | None,
    mapping: Path | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Read evidence of one KIND and keep it with the books, byte for byte.

    Nothing is written while anything in it is at fault, and then the status is 1.
    """
    if mapping and kind not in ("bank-csv", "exchange-csv"):
        raise click.UsageError(f"--map means nothing for {kind}; leave it out.")
    with terminal.Steps("Reading", "files", quiet=as_json) as steps:
        taken = take(home, kind, files, into, mapping, dry_run=dry_run, progress=steps)
    if as_json:
        console.raw(json.dumps(taken.as_json(), ensure_ascii=False))
    else:
        _print_faults(taken.faults)
        _print_counts(loading.counts(taken.books))
        _print_notes(taken.books.notes)
        if taken.faults:
            console.say(f"{count(len(taken.faults), 'fault')}. Nothing was written.")
        elif dry_run:
            console.say("A dry run: nothing was written.")
        else:
            console.say(f"Kept in {taken.place or 'the matter'}: {', '.join(taken.files)}.")
    wrong = taken.faults or taken.books.doubts
    raise SystemExit(console.FINDINGS if wrong else console.CLEAN)


def _print_counts(counts: Mapping[str, int]) -> None:
    if counts:
        terminal.table(("What", "Count"), [(name, f"{rows:,}") for name, rows in counts.items()], 1)


def _print_faults(faults: Sequence[RowFault]) -> None:
    for fault in faults[:_SHOWN]:
        console.say(str(fault))
    if len(faults) > _SHOWN:
        console.say(f"… and {len(faults) - _SHOWN:,} more (see --json).")


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes[:_NOTES]:
        console.say(f"Note: {note}.".replace("..", "."))
    if len(notes) > _NOTES:
        console.say(f"… and {len(notes) - _NOTES:,} notes more (see --json).")
