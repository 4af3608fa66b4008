"""`deficiency`: what a received production lacks, as a letter and a register; no matter needed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forthwith.cli import console
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import Request, Response

if TYPE_CHECKING:
    from forthwith.cli.deficiency_volumes import Received
    from forthwith.respond.completeness import Matrix
    from forthwith.respond.deficiency import Facts
    from forthwith.respond.register import Item, Register

_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
REGISTER = "deficiency.json"


class ResponsesUnreadableError(ForthwithError):
    """The file of responses is not one."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read as responses: {why}. Give JSON of responses by request: "
            '{"12": {"text": "…", "objections": [{"ground": "…", "withheld": false}]}}.'
        )


@click.command()
@click.argument("volumes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--requests", "served", type=_FILE, help="The requests as served: DOCX, PDF, TXT, CSV."
)
@click.option("--responses", type=_FILE, help="The written responses, as JSON.")
@click.option("--custodian", "custodians", multiple=True, help="Somebody whose documents are due.")
@click.option("--holder", "holders", multiple=True, help="Somebody who held means of control.")
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
def deficiency(
    home: Path | None, /, volumes: tuple[Path, ...], into: Path, **options: object
) -> None:
    """Say what the production in the folders VOLUMES lacks, and write the letter that asks for it.

    Checks every volume, counts it, compares it with requests and responses, and looks for months
    without a document and documents mentioned and not produced. Exit status 1: there is any point.
    """
    from forthwith.cli import deficiency_volumes as opened
    from forthwith.respond import deficiency as letter
    from forthwith.respond import register_file
    from forthwith.standards import loader

    home = home or Path()
    rules = loader.load(str(options["standard"]))
    received = [opened.receive(home / each, rules) for each in volumes]
    day = _day(options["day"]) or datetime.now().astimezone().date()
    items, matrix = _items(received, options)
    kept = _register(home / into / REGISTER)
    register = kept.after(kept.added(items), at=day.isoformat())
    facts = _facts(received, register, matrix, day, options)
    about = _about(facts)
    text = register_file.write(register_file.Kept(register, about))
    more = [*letter.lists(facts).items(), (REGISTER, text.encode())]
    files = opened.write(letter.compose(facts), home / into, "deficiency", more)
    if options["as_json"]:
        found = {key: item.body() for key, item in facts.items.items()}
        console.raw(json.dumps({**about, "findings": found}, ensure_ascii=False))
    else:
        _tell(facts, files)
    raise SystemExit(console.FINDINGS if facts.items else console.CLEAN)


def _items(received: Sequence[Received], options: dict[str, object]) -> tuple[list[Item], Matrix]:
    """Gather every finding, of checks first."""
    from forthwith.respond import completeness, deficiencies, references
    from forthwith.respond.register import Item

    rows = [row for each in received for row in each.rows]
    held = {row.custodian for row in rows}
    period = options["period"]
    asked = (period[0].date(), period[1].date()) if isinstance(period, tuple) and period else None
    matrix = completeness.matrix(rows, asked)
    texts = itertools.chain.from_iterable(each.texts() for each in received)
    found = [
        Item.of(finding, each.report.volume)
        for each in received
        for finding in each.report.findings
    ]
    if options["served"] is not None:
        found += deficiencies.of_requests(_requests(options), _responses(options))
    found += deficiencies.of_custodians(_names(options["custodians"]), held)
    found += deficiencies.of_holders(_names(options["holders"]), held)
    found += deficiencies.of_months(matrix)
    found += deficiencies.of_references(references.references(rows, texts))
    return found, matrix


def _names(given: object) -> tuple[str, ...]:
    return tuple(given) if isinstance(given, tuple) else ()


def _requests(options: dict[str, object]) -> Iterator[Request]:
    from forthwith.formats import requests_served

    path = Path(str(options["served"]))
    for number, text in requests_served.read(path.name, path.read_bytes()).requests:
        yield Request(path.stem, number, text)


def _responses(options: dict[str, object]) -> dict[str, Response]:
    """Read responses by request, or by number."""
    if options["responses"] is None:
        return {}
    path = Path(str(options["responses"]))
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise ResponsesUnreadableError(path, f"it is not JSON ({wrong})") from wrong
    if not isinstance(whole, dict):
        raise ResponsesUnreadableError(path, "it is not a table of responses")
    return {key: Response.from_body(key, body) for key, body in whole.items()}


def _register(path: Path) -> Register:
    """Return the register kept there, so that ids go on; an empty one when there is none."""
    from forthwith.domain.ledger import Ledger
    from forthwith.respond import register_file
    from forthwith.respond.register import Register

    if not path.exists():
        return Register(Ledger())
    return register_file.read(path.read_text(encoding="utf-8"), str(path)).register


def _facts(
    received: Sequence[Received], register: Register, matrix: Matrix, day: date,
    options: dict[str, object],
) -> Facts:  # fmt: skip
    from forthwith.cli import deficiency_volumes as opened
    from forthwith.respond.deficiency import Facts
    from forthwith.respond.register import State

    settled = {State.VERIFIED, State.CLOSED}
    return Facts(
        volumes=tuple(each.seen for each in received),
        items={key: each for key, each in register.items.items() if each.state not in settled},
        titles=opened.titles(),
        says=opened.says(),
        matrix=matrix,
        day=day,
        made_with=f"forthwith {version('forthwith')}",
        matter=str(options["matter"]),
        to=str(options["to"]),
        sender=str(options["sender"]),
        received=_day(options["received"]),
        by=_day(options["by"]),
        with_requests=options["served"] is not None,
        with_responses=options["responses"] is not None,
        notes=tuple(note for each in received for note in each.report.notes),
    )


def _about(facts: Facts) -> dict[str, object]:
    return {
        "matter": facts.matter,
        "day": facts.day.isoformat(),
        "from": facts.sender,
        "to": facts.to,
        "volumes": [each.as_json() for each in facts.volumes],
    }


def _day(given: object) -> date | None:
    return given.date() if isinstance(given, datetime) else None


def _tell(facts: Facts, files: Sequence[Path]) -> None:
    for key, item in facts.items.items():
        where = item.bates or item.request or item.file or item.volume
        console.say(f"{key} {item.code} {where}: {item.message}".replace(" :", ":"))
    for each in facts.volumes:
        words = ", ".join(f"{number:,} {what}" for what, number in each.counts.items())
        console.say(f"{each.name}: {words}.")
    console.say(f"{console.count(len(facts.items), 'point')}. Letter: {files[0]}")
