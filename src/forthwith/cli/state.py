"""`status` and `verify`: where a matter stands, and whether it is what it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from forthwith.cli import console, terminal
from forthwith.plain.counting import count
from forthwith.process.counts import Counts, Status
from forthwith.seals import register
from forthwith.workers import sandbox
from forthwith.workflows import matter_status, redacted_volumes, verification
from forthwith.workflows.case_file import CaseFile

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
    case = CaseFile.open(home)
    totals = matter_status.status(case)
    if as_json:
        key = register.in_use(case.acts)
        body = totals.as_json() | {
            "sealed_by": key.fingerprint if key else "",
            "without_sandbox": sandbox.lacking(),
            "redactions_to_replace": {
                lag.volume: list(lag.controls) for lag in redacted_volumes.lagging(case)
            },
        }
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    _print(case, totals, all_faults=all_faults)


def _print(case: CaseFile, totals: Status, *, all_faults: bool) -> None:
    console.say(f"{case.settings.name}  {case.settings.number}".rstrip())
    rows = [
        (line.source.id, line.source.custodian, *_cells(line.counts)) for line in totals.sources
    ]
    sides = totals.sides
    apart = [(name.capitalize(), "", *_cells(counts)) for name, counts in sides.items()]
    whole = [*(apart if "theirs" in sides else ()), ("All", "", *_cells(totals.total))]
    terminal.table(_HEADINGS, [*rows, *whole], 2)
    total = totals.total
    if total.unaccounted > 0:
        console.say(f"NOT ACCOUNTED FOR: {total.unaccounted:,} items that a container says it has.")
    elif total.unaccounted:
        words = count(-total.unaccounted, "item")
        console.say(f"NOT ACCOUNTED FOR: {words} more than the containers say they have.")
    elif totals.whole:
        console.say("Every item is accounted for: documents + faults = items.")
    else:
        console.say("Documents + faults = items; not all of it was read whole, as named below.")
    if total.set_aside:
        words = count(total.set_aside, "file")
        verb = "is" if total.set_aside == 1 else "are"
        console.say(
            f"{words} of systems, or known by their digests, {verb} set aside and counted apart: "
            "forthwith documents --set-aside"
        )
    if total.partly_read:
        console.say(f"{count(total.partly_read, 'document')} could be read only in part.")
    if total.container_faults:
        words = count(total.container_faults, "fault")
        console.say(f"{words} of containers: something of them may be missing, or is in doubt.")
    if totals.faults_by_reason:
        named = ", ".join(f"{number:,} {name}" for name, number in totals.faults_by_reason.items())
        console.say(f"Faults by reason: {named}.")
    if total.words_unread:
        words = count(total.words_unread, "document")
        verb = "shows" if total.words_unread == 1 else "show"
        console.say(
            f"{words} {verb} pictures whose words were not read, and no search finds them. "
            "To read them: pip install 'forthwith[ocr]', then forthwith process --again ocr"
        )
    if total.inline_images:
        words = count(total.inline_images, "inline image")
        console.say(f"{words} shown inside mails are counted apart, not as attachments.")
    _key(case)
    _without_sandbox()
    _containers(totals)
    _faults(case, totals, all_faults=all_faults)


def _without_sandbox() -> None:
    if lacking := sandbox.lacking():
        console.say(
            f"Files are read without the sandbox, because {lacking}: one made to attack a reader "
            "could do on this machine what you can."
        )


def _cells(line: Counts) -> tuple[str, ...]:
    numbers = (
        line.collected,
        line.items,
        line.documents,
        line.faults,
        line.families,
        line.duplicates,
        line.pages,
    )
    return tuple(f"{number:,}" for number in numbers)


def _key(case: CaseFile) -> None:
    for lag in redacted_volumes.lagging(case):
        console.say(lag.sentence)
    key = register.in_use(case.acts)
    if key is None:
        console.say("No key seals this matter: volumes go out unsigned (forthwith seal-key make).")
    else:
        console.say(f"Sealed with the {key.algorithm} key {key.fingerprint} of {key.name}.")


def _containers(totals: Status) -> None:
    lines = [line for source in totals.sources for line in source.containers]
    if not lines:
        return
    short = [
        line
        for line in lines
        if line.own_faults or (line.expected or 0) > line.emitted + line.faults
    ]
    console.say()
    console.say(f"{count(len(lines), 'container')} expanded: expected against emitted")
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
        rest = ", all as expected" if len(short) <= len(shown) else ""
        console.say(f"… and {len(lines) - len(shown):,} more{rest} (see --json).")


def _faults(case: CaseFile, totals: Status, *, all_faults: bool) -> None:
    if not (named := sum(totals.faults_by_reason.values())):
        return
    console.say()
    console.say("Not read, or not whole:")
    for place, line in enumerate(matter_status.faults(case)):
        if place == _SHOWN and not all_faults:
            console.say(f"… and {named - _SHOWN:,} more: forthwith status --faults")
            return
        what = line.control_number or "container "
        lost = "not read, " if line.control_number and line.fault.lost else ""
        detail = " ".join(line.fault.detail.split())
        console.say(f"{what}  {lost}{line.fault.reason}: {line.path}: {detail}")


@click.command()
@click.option(
    "--anchor",
    "noted",
    multiple=True,
    metavar="HEAD|FILE",
    help="A journal head noted elsewhere: its 64 hex digits, or a file that holds some.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def verify(home: Path, noted: tuple[str, ...], *, as_json: bool) -> None:
    """Prove that evidence, journal and sealed volumes are what they were.

    With --anchor, also that the journal still holds what was noted elsewhere of it: in a letter, a
    seal the other side has, a Git commit, a transparency log. Exit status 1 when anything was
    changed, is gone, or should not be there, with one line naming each thing; 2 when it could not
    be looked at.
    """
    verified = verification.verify(home, verification.noted(noted, home))
    record = verified.record
    if as_json:
        body = asdict(record) | {
            "broken": list(verified.broken),
            "seals": verified.seals,
            "stamps": verified.stamps,
            "known_by": dict(verified.known_by),
            "anchors": [asdict(held) for held in verified.anchors],
            "notes": list(verified.notes),
        }
        console.raw(json.dumps(body))
    else:
        for line in verification.lines(verified):
            console.say(line)
    raise SystemExit(console.FINDINGS if verified.broken else console.CLEAN)
