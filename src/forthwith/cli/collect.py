"""`init`, `collect`, `process`: from nothing to documents."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.console import FileAtHome
from forthwith.cli.password_file import passwords_in
from forthwith.collect.folder import Collection
from forthwith.plain.counting import count, size
from forthwith.workers import machine
from forthwith.workflows import evidence
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.custodian_map import Assignment, custodian_map
from forthwith.workflows.evidence import MatterOptions


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the matter; the folder's name when not given.")
@click.option("--number", default="", help="Its number, such as 1:23-cv-01599.")
@click.option("--time-zone", default="UTC", show_default=True, help="Zone for mail in productions.")
@click.option("--prefix", default="", help="Bates prefix; made from the name when not given.")
@click.pass_obj
def init(home: Path, /, folder: Path, **given: Any) -> None:
    """Make a new matter in FOLDER: its settings, an empty journal, nothing else."""
    case = evidence.begin(home / folder, MatterOptions(**given))
    console.say(f"{case.folder}: matter {case.settings.name!r} made. Settings are in matter.toml.")
    console.say("Next: forthwith collect PATH --custodian NAME")


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--custodian", default="", help='Whose files these are, as in the load file: "Ortega, Ana".'
)
@click.option(
    "--map",
    "listed",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A table instead: the columns folder and custodian, a row for each place.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a path.")
@click.pass_obj
def collect(
    home: Path, paths: tuple[Path, ...], custodian: str, listed: Path | None, *, as_json: bool
) -> None:
    """Take files, folders, mailboxes, archives and exports into evidence, once and as they are.

    Either PATHS of one custodian, or --map for the places of many.
    """
    if listed is not None and (paths or custodian):
        raise click.UsageError("--map names folders and custodians: give no PATHS, no --custodian.")
    if listed is None and not (paths and custodian.strip()):
        what = "PATHS" if not paths else "--custodian"
        raise click.UsageError(f"Missing {what}. Name what to collect and whose it is, or --map.")
    with CaseFile.open(home).alone() as case:
        places = [Assignment(home / path, custodian) for path in paths]
        if listed is not None:
            places = custodian_map(case, home / listed)
        for place in places:
            label = f"Collecting {place.path.name}"
            with terminal.Steps(label, "bytes", quiet=as_json) as steps:
                taken = evidence.collect(case, place.path, place.custodian, steps)
            if as_json:
                source = asdict(taken.source) if taken.source else None
                console.raw(json.dumps(asdict(taken) | {"source": source}))
            else:
                whose = f" ({place.custodian})" if listed is not None else ""
                _print(f"{_shown(place.path, home)}{whose}", taken)
    if not as_json:
        console.say("Next: forthwith process")


def _shown(path: Path, home: Path) -> Path:
    """Return a place as it was typed: reckoned from where the command was started."""
    return path.relative_to(home) if home != Path() and path.is_relative_to(home) else path


def _print(place: str, taken: Collection) -> None:
    words = f"{place}: {count(taken.items, 'item')} collected, {size(taken.bytes)}"
    if taken.known:
        words += f"; {taken.known:,} already held, not stored again"
    if lost := taken.faults - taken.changed:
        words += f"; {lost:,} could not be collected (see `forthwith status`)"
    if taken.changed:
        words += f"; {taken.changed:,} changed meanwhile (see `forthwith status`)"
    console.say(words + ".")


@click.command()
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Processes; as many as the machine carries by default.",
)
@click.option(
    "--known-files",
    "known",
    metavar="LIST",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Set aside the files a list of digests has (NSRL); several may be given.",
)
@click.option(
    "--again",
    default="",
    metavar="REASON",
    help="Read anew what has a fault of this reason, such as ocr or encrypted; faults: all whose "
    "reader crashed or was ended.",
)
@click.option(
    "--passwords",
    "password_file",
    type=FileAtHome(pipe=True),
    metavar="FILE",
    help="Try these on what is encrypted, one a line; none is printed or kept.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def process(
    home: Path,
    workers: int | None,
    known: tuple[Path, ...],
    again: str,
    password_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Read everything collected: families, fields, text, hashes, duplicates, threads, faults.

    What systems leave in folders (Thumbs.db, .DS_Store, locks of open files) is set aside: listed,
    and not numbered.
    """
    passwords = passwords_in(password_file)
    case = CaseFile.open(home)
    lists = [home / path for path in known]
    count_of = workers or case.settings.workers or machine.default_workers()
    if not as_json and (words := machine.too_much(count_of, case.settings.limits.memory)):
        console.complain(f"forthwith: {words}")
    with case.alone(), terminal.Steps("Processing", "items", quiet=as_json) as steps:
        done = evidence.process(case, workers, steps, again=again, known=lists, passwords=passwords)
    if as_json:
        console.raw(json.dumps(asdict(done)))
        return
    before = f", {done.known:,} read before" if done.known else ""
    console.say(f"{count(done.read, 'item')} read{before}.")
    words = count(done.containers, "container")
    console.say(f"{count(done.documents, 'document')} in all; {words} expanded.")
    if done.set_aside:
        words = count(done.set_aside, "file")
        console.say(f"{words} set aside: forthwith documents --set-aside")
    if passwords:
        verb = "was" if done.opened == 1 else "were"
        console.say(
            f"{count(done.opened, 'document or container', 'documents and containers')} {verb} "
            "opened with a password. Give the same file to `forthwith produce --passwords`."
        )
    if done.doubtful:
        words = count(done.doubtful, "file")
        console.say(
            f"{words} of derived/ {'was' if done.doubtful == 1 else 'were'} not as this version "
            "writes them (changed, added, or older); nothing was taken from there, and what was "
            "held there is read again from the evidence."
        )
    if done.kept:
        words = f"{done.kept:,} item stays" if done.kept == 1 else f"{done.kept:,} items stay"
        console.say(
            f"{words} as an earlier list opened them, because this one does not open all of it: "
            "give both lists as one file."
        )
    console.say("Next: forthwith status, forthwith documents, forthwith produce VOL001")
