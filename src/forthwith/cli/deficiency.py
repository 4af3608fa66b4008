"""`deficiency`: what a received production lacks, as a letter and a register; no matter needed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forthwith.cli import console
from forthwith.cli.named_file import FileAtHome, NamedFile

if TYPE_CHECKING:
    from forthwith.respond.deficiency.findings import FindingRegister
    from forthwith.respond.deficiency.letter import Facts
    from forthwith.workflows.deficiency import DeficiencyOptions, Found
    from forthwith.workflows.received import Received

_DAY = click.DateTime(["%Y-%m-%d"])
REGISTER = "deficiency.json"


@click.command()
@click.argument("volumes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--requests", multiple=True, type=NamedFile(),
              help="Requests as served: DOCX, PDF, TXT, CSV; FILE, or SET=FILE.")  # fmt: skip
@click.option("--responses", multiple=True, type=NamedFile(),
              help="Written responses, as JSON; FILE, or SET=FILE.")  # fmt: skip
@click.option("--privilege-log", "logs", multiple=True, type=FileAtHome(),
              help="A privilege log as served: CSV or XLSX, ours or anybody's.")  # fmt: skip
@click.option("--attorneys", type=FileAtHome(), metavar="FILE",
              help="CSV of attorneys, as for `privilege attorneys`.")  # fmt: skip
@click.option("--side-domain", "domains", multiple=True,
              help="A mail domain of the producing side.")  # fmt: skip
@click.option("--custodian", "custodians", multiple=True, help="Somebody whose documents are due.")
@click.option("--holder", "holders", multiple=True, help="Somebody who held means of control.")
@click.option("--facts", type=click.Path(path_type=Path), metavar="DIR",
              help="Tables that say who held what, and when.")  # fmt: skip
@click.option("--period", nargs=2, type=_DAY, help="First and last day asked for.")
@click.option("--standard", default="sec/2021-08", show_default=True, help="What to hold it to.")
@click.option("--matter", default="", help="The matter's name, for the letter.")
@click.option("--to", default="", help="Whom the letter goes to.")
@click.option("--from", "sender", default="", help="Who sends it.")
@click.option("--day", type=_DAY, help="Day of the letter; today without it.")
@click.option("--received", type=_DAY, help="Day the volumes came.")
@click.option("--by", type=_DAY, help="Day by which a cure is asked for.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), default=Path(),
              help="Folder for the letter, its lists and deficiency.json.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def deficiency(home: Path | None, /, volumes: tuple[Path, ...], into: Path, **options: Any) -> None:
    """Say what the production in the folders VOLUMES lacks, and write the letter that asks for it.

    Checks every volume, counts it, compares it with requests, responses and privilege logs, and
    looks for months without a document, documents mentioned and not produced, and people nobody
    collected from.
    Exit status 1: there is any point.
    """
    from forthwith.respond import register_file
    from forthwith.respond.deficiency import letter
    from forthwith.standards import loader
    from forthwith.workflows import deficiency as deficiency_found
    from forthwith.workflows import received as deficiency_volumes

    home = home or Path()
    rules = loader.load(options["standard"], home)
    given = deficiency_found.opened(_asking(home, options))
    received = [deficiency_volumes.receive(home / each, rules) for each in volumes]
    found = deficiency_found.found(received, given)
    day = _day(options["day"]) or datetime.now().astimezone().date()
    kept = _register(home / into / REGISTER)
    register = kept.after(kept.added(found.items), at=day.isoformat())
    facts = _facts(received, register, found, day, options)
    about = _about(facts)
    text = register_file.write(register_file.RegisterFile(register, about))
    more = [*letter.lists(facts).items(), (REGISTER, text.encode())]
    files = deficiency_volumes.write(letter.compose(facts), home / into, "deficiency", more)
    if options["as_json"]:
        items = {key: item.body() for key, item in facts.items.items()}
        console.raw(json.dumps({**about, "findings": items}, ensure_ascii=False))
    else:
        _tell(facts, files)
    raise SystemExit(console.FINDINGS if facts.items else console.CLEAN)


def _asking(home: Path, options: dict[str, Any]) -> DeficiencyOptions:
    from forthwith.workflows.deficiency import DeficiencyOptions

    period = options["period"]
    return DeficiencyOptions(
        requests=options["requests"],
        responses=options["responses"],
        logs=options["logs"],
        attorneys=options["attorneys"],
        domains=options["domains"],
        custodians=options["custodians"],
        holders=options["holders"],
        facts=home / options["facts"] if options["facts"] else None,
        period=(period[0].date(), period[1].date()) if period else None,
    )


def _register(path: Path) -> FindingRegister:
    """Return the register kept there, so that ids go on; an empty one when there is none."""
    from forthwith.domain.acts import Acts
    from forthwith.respond import register_file
    from forthwith.respond.deficiency.findings import FindingRegister

    if not path.exists():
        return FindingRegister(Acts())
    return register_file.read(path.read_text(encoding="utf-8"), str(path)).register


def _facts(
    received: Sequence[Received],
    register: FindingRegister,
    found: Found,
    day: date,
    options: dict[str, Any],
) -> Facts:
    from forthwith.respond.deficiency.findings import State
    from forthwith.respond.deficiency.letter import Facts
    from forthwith.workflows import received as opened

    settled = {State.VERIFIED, State.CLOSED}
    return Facts(
        volumes=tuple(each.seen for each in received),
        items={key: each for key, each in register.items.items() if each.state not in settled},
        titles=opened.titles(received[0].volume.standard),
        says=opened.says(received[0].volume.standard),
        matrix=found.matrix,
        day=day,
        made_with=f"forthwith {version('forthwith')}",
        matter=options["matter"],
        to=options["to"],
        sender=options["sender"],
        received=_day(options["received"]),
        by=_day(options["by"]),
        sets=tuple((each.name, len(each.requests), each.served) for each in found.sets),
        logs=tuple((each.log.name, len(each.log.entries), each.digest) for each in found.logs),
        notes=tuple(found.notes),
    )


def _about(facts: Facts) -> dict[str, object]:
    return {
        "matter": facts.matter,
        "day": facts.day.isoformat(),
        "from": facts.sender,
        "to": facts.to,
        "volumes": [each.as_json() for each in facts.volumes],
    }


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _tell(facts: Facts, files: Sequence[Path]) -> None:
    for key, item in facts.items.items():
        console.say(f"{key} {item.code} {item.where}: {item.message}".replace(" :", ":"))
    for each in facts.volumes:
        words = ", ".join(f"{number:,} {what}" for what, number in each.counts.items())
        console.say(f"{each.name}: {words}.")
    console.say(f"{console.count(len(facts.items), 'point')}. Letter: {files[0]}")
