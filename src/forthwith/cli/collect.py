"""`init`, `collect`, `process`: from nothing to documents."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from forthwith.cli import console, terminal
from forthwith.plain.counting import count, size
from forthwith.record.matter import Matter


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the matter; the folder's name when not given.")
@click.option("--number", default="", help="Its number, such as 1:23-cv-01599.")
@click.option("--time-zone", default="UTC", show_default=True, help="Zone for mail in productions.")
@click.option("--prefix", default="", help="Bates prefix; made from the name when not given.")
@click.pass_obj
def init(home: Path, folder: Path, name: str, number: str, time_zone: str, prefix: str) -> None:
    """Make a new matter in FOLDER: its settings, an empty journal, nothing else."""
    place = home / folder
    given = {"name": name or place.resolve().name, "number": number, "time_zone": time_zone}
    if prefix:
        given["prefix"] = prefix
    matter = Matter.create(place, **given)
    console.say(f"{place}: matter {matter.settings.name!r} made. Settings are in matter.toml.")
    console.say("Next: forthwith collect PATH --custodian NAME")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--custodian", required=True, help='Whose files these are, as in the load file: "Ortega, Ana".'
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a path.")
@click.pass_obj
def collect(home: Path, paths: tuple[Path, ...], custodian: str, *, as_json: bool) -> None:
    """Take files, folders, mailboxes, archives and exports into evidence, once and as they are."""
    from forthwith.collect.folder import collect as take

    matter = Matter.open(home)
    with matter.alone():
        for path in paths:
            with terminal.Steps(f"Collecting {path.name}", "bytes", quiet=as_json) as steps:
                seen = [0]

                def tick(size: int, seen: list[int] = seen, steps: terminal.Steps = steps) -> None:
                    seen[0] += size
                    steps(seen[0], seen[0])

                done = take(matter, home / path, custodian.strip(), tick)
            if as_json:
                source = asdict(done.source) if done.source else None
                console.raw(json.dumps(asdict(done) | {"source": source}))
                continue
            _tell(path, done.items, done.known, done.bytes, done.faults)
    if not as_json:
        console.say("Next: forthwith process")


def _tell(path: Path, items: int, known: int, stored: int, faults: int) -> None:
    words = f"{path}: {count(items, 'item')} collected, {size(stored)}"
    if known:
        words += f"; {known:,} already held, not stored again"
    if faults:
        words += f"; {faults:,} could not be collected (see `forthwith status`)"
    console.say(words + ".")


@click.command()
@click.option("--workers", type=click.IntRange(1, 256), help="Processes; one a core by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def process(home: Path, workers: int | None, *, as_json: bool) -> None:
    """Read everything collected: families, fields, text, hashes, duplicates, threads, faults."""
    from forthwith.process import run

    matter = Matter.open(home)
    with matter.alone(), terminal.Steps("Processing", "items", quiet=as_json) as steps:
        done = run.process(matter, workers=workers, watch=steps)
    if as_json:
        console.raw(json.dumps(asdict(done)))
        return
    again = f", {done.known:,} read before" if done.known else ""
    console.say(f"{count(done.read, 'item')} read{again}.")
    words = count(done.containers, "container")
    console.say(f"{count(done.documents, 'document')} in all; {words} expanded.")
    console.say("Next: forthwith status, forthwith documents, forthwith produce VOL001")
