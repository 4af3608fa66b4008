"""`chronology`: what happened when, each sentence resting on pages that can be looked up."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.console import DAY
from forthwith.plain.counting import count
from forthwith.workflows import publish
from forthwith.workflows.room import chronology as desk
from forthwith.workflows.room.chronology import Asked, Draft, ShownEvent
from forthwith.workflows.room.room import Room

as_login = click.option(
    "--as", "login", default="", metavar="LOGIN", help="Who you are in the room, if not your login."
)


@click.group(invoke_without_command=True)
@click.option("--words", default="", help="Only events whose sentence has these words.")
@click.option("--from", "since", type=DAY, help="Only events on this day or later.")
@click.option("--to", "until", type=DAY, help="Only events on this day or earlier.")
@click.option("--document", default="", help="Only events that cite this document.")
@click.option("--query", default="", help="Only events that cite what a search finds.")
@click.option(
    "--print",
    "into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write them into this folder, as DOCX, PDF and TXT.",
)
@as_login
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def chronology(
    ctx: click.Context,
    words: str,
    since: date | None,
    until: date | None,
    document: str,
    query: str,
    into: Path | None,
    login: str,
    *,
    as_json: bool,
) -> None:
    """List the events of the chronology, in the order they happened.

    An event is shown to whoever is shown a page it cites.
    """
    if ctx.invoked_subcommand is not None:
        return
    room = Room.open(ctx.obj)
    seer = room.local_seer(login)
    found = desk.found(room, seer, query) if query else None
    asked = Asked(
        words,
        since.isoformat() if since else "",
        until.isoformat() if until else "",
        document,
        found,
    )
    events = desk.listed(room, seer, asked)
    if into is not None:
        paper = desk.paper(room, events, asked, room.today())
        for path in publish.write_letter(paper, ctx.obj / into, "chronology", ()):
            console.say(str(path))
    for event in events if into is None else ():
        _say(event, as_json=as_json)
    if not as_json:
        console.say(f"{count(len(events), 'event')}.")


@chronology.command("add")
@click.argument("when")
@click.argument("sentence")
@click.option("--cite", "cites", multiple=True, required=True, help="A page, or a range of pages.")
@as_login
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def add(
    home: Path, when: str, sentence: str, cites: tuple[str, ...], login: str, *, as_json: bool
) -> None:
    """Add that at WHEN happened what SENTENCE says, as the cited pages show.

    WHEN is a year, a month (2022-03), a day, or a time (2022-03-14 09:30).
    """
    room = Room.open(home)
    draft = Draft(when, sentence, ";".join(cites))
    _say(desk.write(room, room.local_seer(login), draft), as_json=as_json)


@chronology.command("change")
@click.argument("event")
@click.option("--when", help="When it happened.")
@click.option("--sentence", help="What happened.")
@click.option("--cite", "cites", multiple=True, help="Pages, in place of those cited so far.")
@as_login
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def change(
    home: Path,
    event: str,
    when: str | None,
    sentence: str | None,
    cites: tuple[str, ...],
    login: str,
    *,
    as_json: bool,
) -> None:
    """Change EVENT; what is not given stays, and the earlier version is kept."""
    room = Room.open(home)
    seer = room.local_seer(login)
    before = desk.one(room, seer, event)
    draft = Draft(
        before.event.moment.text if when is None else when,
        before.event.sentence if sentence is None else sentence,
        ";".join(cites or (cite.text for cite in before.cites)),
    )
    _say(desk.write(room, seer, draft, event, before.event.version), as_json=as_json)


@chronology.command("remove")
@click.argument("event")
@as_login
@click.pass_obj
def remove(home: Path, event: str, login: str) -> None:
    """Take EVENT out of the chronology; its versions are kept."""
    room = Room.open(home)
    seer = room.local_seer(login)
    desk.remove(room, seer, event, desk.one(room, seer, event).event.version)
    console.say(f"{event} is out of the chronology; `chronology history {event}` still shows it.")


@chronology.command("history")
@click.argument("event")
@as_login
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_obj
def history(home: Path, event: str, login: str, *, as_json: bool) -> None:
    """Show every version of EVENT."""
    room = Room.open(home)
    for version in desk.history(room, room.local_seer(login), event):
        if not as_json:
            what = "removed" if version.event.removed else f"version {version.event.version}"
            console.say(f"{what}, {version.event.who}, {version.event.at}")
        _say(version, as_json=as_json)


def _say(shown: ShownEvent, *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(shown.as_json(), ensure_ascii=False))
        return
    cites = "; ".join(cite.text for cite in shown.cites)
    console.say(f"{shown.id}  {shown.when}: {shown.event.sentence}  [{cites}]")
