"""`deficiency`: what a received production lacks, as a letter and a register; no matter needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.check import answer_options, held_against, read_options, read_otherwise
from forthwith.cli.console import DAY
from forthwith.plain import counting
from forthwith.standards import loader
from forthwith.workers.machine import default_workers
from forthwith.workflows import compare
from forthwith.workflows import deficiency as desk
from forthwith.workflows.deficiency import DeficiencyLetter
from forthwith.workflows.room import deficiency as points


@click.command()
@click.argument("volumes", nargs=-1, required=True, type=click.Path(path_type=Path))
@read_otherwise
@held_against
@click.option("--standard", default="sec/2021-08", show_default=True, help="What to hold it to.")
@click.option("--matter", default="", help="The matter's name, for the letter.")
@click.option("--to", default="", help="Whom the letter goes to.")
@click.option("--from", "sender", default="", help="Who sends it.")
@click.option("--day", type=DAY, help="Day of the letter; today without it.")
@click.option("--received", type=DAY, help="Day the volumes came.")
@click.option("--by", type=DAY, help="Day by which a cure is asked for.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder for the letter, its lists and deficiency.json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def deficiency(
    home: Path | None,
    /,
    volumes: tuple[Path, ...],
    standard: str,
    into: Path,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Say what the production in the folders VOLUMES lacks, and write the letter that asks for it.

    Checks every volume, counts it, compares it with requests, responses and privilege logs, and
    looks for months without a document, documents mentioned and not produced, and people nobody
    collected from.
    Exit status 1: there is any point.
    """
    home = home or Path()
    rules, options = loader.load(standard, home), answer_options(home, given)
    reading, folders = read_options(given, home), [home / volume for volume in volumes]
    with compare.compare(
        folders, rules, options, workers=default_workers(), reading=reading
    ) as compared:
        written = desk.write(
            compared,
            desk.LetterOptions(
                day=given["day"] or console.today(),
                into=home / into,
                matter=given["matter"],
                to=given["to"],
                sender=given["sender"],
                received=given["received"],
                by=given["by"],
                noted=points.noted(
                    home,
                    points.received_as(
                        home, [opened.volume for opened in compared.volumes], given["to"]
                    ),
                ),
            ),
        )
    items = written.facts.items
    if as_json:
        findings = {key: item.body() for key, item in items.items()}
        console.raw(json.dumps({**written.about, "findings": findings}, ensure_ascii=False))
    else:
        _tell(written)
    raise SystemExit(console.FINDINGS if items else console.CLEAN)


def _tell(written: DeficiencyLetter) -> None:
    facts = written.facts
    for key, item in facts.items.items():
        finding = item.finding
        where = f"{finding.code} {finding.where}".rstrip()
        console.say(f"{key} {where}: {finding.message}")
    for volume in facts.volumes:
        words = ", ".join(f"{number:,} {what}" for what, number in volume.counts.items())
        console.say(f"{volume.name}: {words}.")
    console.say(f"{counting.count(len(facts.items), 'point')}. Letter: {written.files[0]}")
