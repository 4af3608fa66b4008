"""`status` and `verify`: where a matter stands, and whether it is what it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from forthwith.cli import console, terminal
from forthwith.plain import counting
from forthwith.process.counts import Counts, Status
from forthwith.process.counts import status as count_all
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.verify import verify as look

_HEADINGS = (
    "Source", "Custodian", "Files", "Items", "Documents", "Faults", "Families", "Copies", "Pages",
)  # fmt: skip
#: Fault lines shown before the rest is only counted.
_SHOWN = 25


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--faults", "all_faults", is_flag=True, help="Name every fault, not the first few.")
@click.pass_obj
def status(home: Path, *, as_json: bool, all_faults: bool) -> None:
    """Count items, documents, families, pages, duplicates and faults, per custodian and source."""
    matter = Matter.open(home)
    found = count_all(matter)
    if as_json:
        console.raw(json.dumps(found.as_json(), ensure_ascii=False))
        return
    _print(matter, found, all_faults=all_faults)


def _print(matter: Matter, found: Status, *, all_faults: bool) -> None:
    console.say(f"{matter.settings.name}  {matter.settings.number}".rstrip())
    rows = [(each.source.id, each.source.custodian, *_cells(each.counts)) for each in found.sources]
    terminal.table(_HEADINGS, [*rows, ("All", "", *_cells(found.total))], 2)
    total = found.total
    if total.unaccounted:
        console.say(f"NOT ACCOUNTED FOR: {total.unaccounted:,} items that a container says it has.")
    else:
        console.say("Every item is accounted for: documents + faults = items.")
    if total.partly_read:
        words = counting.count(total.partly_read, "document")
        console.say(f"{words} could be read only in part (named in `forthwith documents`).")
    if total.inline_images:
        words = counting.count(total.inline_images, "inline image")
        console.say(f"{words} shown inside mails are counted apart, not as attachments.")
    _containers(found)
    _faults(matter, total, all_faults=all_faults)


def _cells(counts: Counts) -> tuple[str, ...]:
    numbers = (
        counts.collected,
        counts.items,
        counts.documents,
        counts.faults,
        counts.families,
        counts.duplicates,
        counts.pages,
    )
    return tuple(f"{number:,}" for number in numbers)


def _containers(found: Status) -> None:
    lines = [line for each in found.sources for line in each.containers]
    if not lines:
        return
    short = [line for line in lines if (line.expected or 0) > line.emitted + line.faults]
    console.say()
    console.say(f"{counting.count(len(lines), 'container')} expanded: expected against emitted")
    shown = (short or lines)[:15]
    rows = [
        (
            line.path,
            "not said" if line.expected is None else f"{line.expected:,}",
            f"{line.emitted:,}",
            f"{line.faults:,}",
        )
        for line in shown
    ]
    terminal.table(("Container", "Expected", "Emitted", "Faults"), rows, 1)
    if len(lines) > len(shown):
        console.say(f"… and {len(lines) - len(shown):,} more, all as expected (see --json).")


def _faults(matter: Matter, total: Counts, *, all_faults: bool) -> None:
    if not total.faults:
        return
    console.say()
    console.say(f"{counting.count(total.faults, 'item')} could not be read:")
    lost = DocumentTable(matter.derived).ask("lost")
    for place, document in enumerate(lost):
        if place == _SHOWN and not all_faults:
            console.say(f"… and {total.faults - _SHOWN:,} more: forthwith status --faults")
            return
        fault = next(each for each in document.faults if each.lost)
        console.say(f"{document.control_number}  {fault.reason}: {document.path}: {fault.detail}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def verify(home: Path, *, as_json: bool) -> None:
    """Prove that evidence, journal and sealed volumes are what they were.

    Exit status 1 when anything was changed, with one line naming each thing.
    """
    found = look(Matter.open(home))
    if as_json:
        console.raw(json.dumps(asdict(found)))
    else:
        for line in found.broken:
            console.say(line)
        what = (
            f"{counting.count(found.entries, 'journal entry', 'journal entries')}, "
            f"{counting.count(found.blobs, 'blob')} of evidence, "
            f"{counting.count(found.volumes, 'sealed volume')}"
        )
        if found.broken:
            console.say(f"{what}: {counting.count(len(found.broken), 'thing')} not as it was.")
        else:
            console.say(f"{what}: intact. Journal head {found.head}")
    raise SystemExit(console.FINDINGS if found.broken else console.CLEAN)
