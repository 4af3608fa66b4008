"""`journal`: who did what, when, to which documents."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.chronology import as_login
from forthwith.cli.console import DAY
from forthwith.workflows.room import journal as desk
from forthwith.workflows.room.journal import Filter
from forthwith.workflows.room.room import Room


@click.command()
@click.option("--who", default="", help="Only what this person did.")
@click.option("--action", default="", help='Only one kind of act: "code", "seal" …')
@click.option("--from", "since", type=DAY, help="Only on this day or later.")
@click.option("--to", "until", type=DAY, help="Only on this day or earlier.")
@click.option("--document", default="", help="Only what names this document.")
@click.option(
    "--last", "most", type=click.IntRange(1, 10_000), default=100, show_default=True,
    help="How many entries, the latest first.",
)  # fmt: skip
@as_login
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def journal(
    home: Path,
    who: str,
    action: str,
    since: date | None,
    until: date | None,
    document: str,
    most: int,
    login: str,
    *,
    as_json: bool,
) -> None:
    """Show what was done on the matter, the latest first.

    An entry that names documents is shown with those of them that you are shown.
    """
    room = Room.open(home)
    asked = Filter(
        who,
        action,
        since.isoformat() if since else "",
        until.isoformat() if until else "",
        document,
    )
    page = desk.page(room, room.local_seer(login), asked, most=most)
    for line in page.lines:
        if as_json:
            console.raw(json.dumps(line.as_json(), ensure_ascii=False))
            continue
        documents = ", ".join(line.documents)
        more = f" and {line.more:,} more" if line.more else ""
        details = "; ".join(f"{name} {value}" for name, value in line.details.items())
        words = [f"{line.at}  {line.who}  {line.did}", f"{documents}{more}", details]
        console.say("  ".join(filter(None, words)))
    if page.older and not as_json:
        console.say(f"There is more; --last takes more than {most:,} entries.")
