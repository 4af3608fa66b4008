"""`custody import`: what wallets, platforms, clouds and HR systems export becomes rows of facts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.custody.common import DAY
from forthwith.custody.facts.facts import ProofLevel
from forthwith.domain.fact_tables import STANDINGS, Stamp
from forthwith.exports.kinds import KINDS
from forthwith.exports.options import ImportOptions
from forthwith.plain.counting import count
from forthwith.plain.places import UNKNOWN, folded, is_code
from forthwith.workflows.custody.facts import SHOWN
from forthwith.workflows.custody.imports import ImportedExport, take

_SPLIT = re.compile(r"[.:]\s*(?=[^.:]+$)")


@click.command("import")
@click.argument("kind", type=click.Choice(tuple(KINDS)))
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@click.option("--into", metavar="DIR", type=click.Path(path_type=Path), help="Write tables here.")
@click.option("--from", "start", type=DAY, help="First day for which the export holds.")
@click.option("--to", "end", type=DAY, help="First day for which it no longer does.")
@click.option("--standing", default="system record", show_default=True, help="Of every row.")
@click.option("--cites", default="", help="What every row cites: Bates numbers, digests.")
@click.option("--wallet", default="", help="Id of the wallet (shamir: of the key) it is about.")
@click.option("--complete", is_flag=True, help="hr: all ties of its people; directory: all ways.")
@click.option(
    "--days", "order", default="", type=click.Choice(("", "day-first", "month-first")),
    help="hr: what 03/04/2023 means.",
)  # fmt: skip
@click.option(
    "--domain", "domains", multiple=True, metavar="DOMAIN=ENTITY", help="hr, directory: whose mail."
)
@click.option(
    "--location",
    "places",
    multiple=True,
    metavar="OFFICE=CODE",
    help="hr, directory: ISO 3166 code of an office (US-NY), or unknown.",
)
@click.option("--dry-run", is_flag=True, help="Print the rows and write nothing.")
@click.option(
    "--map", metavar="FILE", type=click.Path(path_type=Path),
    help="platform: YAML that says which field is what.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def import_(ctx: click.Context, /, kind: str, files: tuple[Path, ...], **given: Any) -> None:
    """Turn exports into rows of facts, into the matter or into a folder of tables.

    Several FILEs are pages or parts of one export. Nothing is written while anything in them is at
    fault, and then the status is 1; what nobody read is named.
    """
    home: Path = ctx.obj or Path()
    into = home / given["into"] if given["into"] else None
    options, dry_run = _options(kind, files, given), given["dry_run"]
    paths = [home / file for file in files]
    map_file = home / given["map"] if given["map"] else None
    taken = take(home, kind, paths, into, options, map_file, dry_run=dry_run)
    if given["as_json"]:
        body = _as_json(kind, taken) | ({"tables": _rows_json(taken)} if dry_run else {})
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        _print(taken, given["into"], dry_run=dry_run)
    ctx.exit(console.FINDINGS if taken.faults else console.CLEAN)


def _options(kind: str, files: Sequence[Path], given: Mapping[str, Any]) -> ImportOptions:
    """Check the options together. Raises click.UsageError."""
    options = {"--wallet": "wallet", "--complete": "complete", "--days": "order"}
    several = {"--domain": "domains", "--location": "places", "--map": "map"}
    for option, name in {**options, **several}.items():
        if given[name] and name not in KINDS[kind].options:
            raise click.UsageError(f"{option} means nothing for {kind}; leave it out.")
    start, end = given["start"], given["end"]
    if start is None and KINDS[kind].needs_day([file.name for file in files]):
        raise click.UsageError(
            f"{kind} exports carry no days: say --from, the first day for which this one holds."
        )
    if start is not None and end is not None and end <= start:
        raise click.UsageError(f"--to {end} is not after --from {start}.")
    try:
        standing = str(ProofLevel.parse(given["standing"]))
    except ValueError as wrong:
        known = ", ".join(STANDINGS)
        raise click.UsageError(f"--standing takes one of {known}.") from wrong
    stamp = Stamp(str(start or ""), str(end or ""), standing, given["cites"])
    domains = dict(_domain(text) for text in given["domains"])
    offices = dict(_location(text) for text in given["places"])
    return ImportOptions(
        stamp, given["wallet"], given["complete"], given["order"], domains, places=offices
    )


def _domain(text: str) -> tuple[str, str]:
    domain, sign, entity = text.partition("=")
    if not sign or not domain.strip() or not entity.strip():
        raise click.UsageError(f"--domain {text!r} is not DOMAIN=ENTITY, as bramble.example=BHL.")
    return domain.strip().lower().lstrip("@"), entity.strip()


def _location(text: str) -> tuple[str, str]:
    # An office's name may hold "="; a code never does.
    office, sign, code = text.rpartition("=")
    code = code.strip()
    if not sign or not office.strip() or not (code == UNKNOWN or is_code(code.upper())):
        raise click.UsageError(
            f'--location {text!r} is not OFFICE=CODE with a code of ISO 3166, as "Zug office=CH" '
            'or "New York, NY=US-NY"; OFFICE=unknown says that nobody knows.'
        )
    return folded(office), code if code == UNKNOWN else code.upper()


def _print(taken: ImportedExport, given_into: Path | None, *, dry_run: bool) -> None:
    if dry_run:
        for name, data in taken.tables.items():
            console.say(f"{name}:\n{data.decode()}")
    for fault in taken.faults[:SHOWN]:
        console.say(str(fault))
    if len(taken.faults) > SHOWN:
        console.say(f"… and {len(taken.faults) - SHOWN:,} more.")
    for table, rows in taken.rows.items():
        console.say(f"{table}: {count(rows, 'row')}")
    _print_unread(taken.lifted.unread)
    for note in taken.lifted.notes:
        console.say(f"Note: {note}")
    if taken.faults:
        console.say("Nothing was written.")
    elif dry_run:
        console.say("A dry run: nothing was written.")
    elif taken.new:
        console.say(f"Written to {taken.place}: {', '.join(taken.files)}.")
        facts = f" --facts {given_into}" if given_into else ""
        # Accounts of an export are nobody's until somebody says whose they are.
        first = f"forthwith custody people{facts}, then " if "people" in taken.rows else ""
        console.say(f"Next: {first}forthwith custody ask{facts} or coalitions{facts}")
    else:
        console.say(f"Already there, nothing written: {', '.join(taken.files)}.")


def _print_unread(unread: Sequence[str]) -> None:
    """Print every part nobody took; those alike in their last word stand on one line."""
    alike: dict[str, list[str]] = {}
    for part in unread:
        alike.setdefault(_SPLIT.split(part)[-1], []).append(part)
    for last, parts in alike.items():
        if len(parts) > 3:
            console.say(f"Not read: {last}, {len(parts):,} times, first {parts[0]}")
        else:
            for part in parts:
                console.say(f"Not read: {part}")


def _rows_json(taken: ImportedExport) -> dict[str, list[dict[str, str]]]:
    """Return the rows by table, each with the cells that hold something."""
    rows: dict[str, list[dict[str, str]]] = {}
    for row in taken.lifted.rows if not taken.lifted.faults else ():
        rows.setdefault(row.table, []).append({name: row[name] for name in row.cells if row[name]})
    return rows


def _as_json(kind: str, taken: ImportedExport) -> dict[str, Any]:
    faults = [
        {"file": fault.file, "line": fault.line, "what": fault.what, "do": fault.do}
        for fault in taken.faults
    ]
    return {
        "kind": kind,
        "rows": taken.rows,
        "place": taken.place,
        "files": list(taken.files),
        "new": taken.new and not taken.faults,
        "unread": list(taken.lifted.unread),
        "notes": list(taken.lifted.notes),
        "faults": faults,
    }
