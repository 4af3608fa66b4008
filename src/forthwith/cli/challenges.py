"""`challenges`: the other side's privilege log beside its slip-sheets, and what is put to it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.as_login import asks, opened
from forthwith.plain.counting import count
from forthwith.workflows.room import challenges as desk
from forthwith.workflows.room import received_logs
from forthwith.workflows.room.challenges import Challenge


@click.group()
def challenges() -> None:
    """Challenge entries of the other side's privilege log."""


@challenges.command("list")
@click.option(
    "--log",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A log (CSV or XLSX) to keep first.",
)
@click.option("--volume", default="", help="The received volume that log belongs to.")
@asks
@click.pass_obj
def listed(home: Path, path: Path | None, volume: str, as_login: str, *, as_json: bool) -> None:
    """List entries with their slip-sheets, slip-sheets without an entry, and challenges."""
    with opened(home, as_login) as (room, seer):
        if path is not None:
            desk.keep(room, seer, path.name, received_logs.given(home / path), volume)
        view = desk.shown(room, seer)
    if as_json:
        console.raw(
            json.dumps(
                {
                    "entries": [row.as_json() for row in view.entries],
                    "without_entry": [
                        {"slip_sheet": sheet.number, "document": sheet.control, "volume": name}
                        for name, sheet in view.without_entry
                    ],
                    "challenges": [challenge.as_json() for challenge in view.challenges],
                    "logs": [log.as_json() for log in view.logs],
                    "notes": list(view.notes),
                },
                ensure_ascii=False,
            )
        )
        return
    for row in view.entries:
        console.say(f"{row.volume}  {row.entry.name}  {row.sheet}  {row.entry.description}")
        for finding in row.findings:
            console.say(f"    {finding.code} {finding.message}")
    for name, sheet in view.without_entry:
        console.say(f"{name}  slip-sheet {sheet.number} has no entry")
    for challenge in view.challenges:
        _say(challenge)
    for log in view.logs:
        where = f"lies in {log.volume} as {log.path}" if log.path else f"given for {log.volume}"
        console.say(f"{log.name} {where}, {count(log.entries, 'entry', 'entries')}")
    for note in view.notes:
        console.say(f"note: {note}")
    console.say(
        f"{count(len(view.entries), 'entry', 'entries')}, "
        f"{count(len(view.without_entry), 'slip-sheet')} without one, "
        f"{count(len(view.challenges), 'challenge')}."
    )


@challenges.command("add")
@click.argument("entry")
@click.argument("ground", type=click.Choice(tuple(desk.GROUNDS)))
@click.argument("words", default="")
@click.option("--volume", default="", help="Of which volume, where several have such an entry.")
@asks
@click.pass_obj
def add(
    home: Path, entry: str, ground: str, words: str, volume: str, as_login: str, *, as_json: bool
) -> None:
    """Challenge ENTRY, by its log number or a Bates number, on GROUND, in WORDS of your own."""
    with opened(home, as_login) as (room, seer):
        _done(desk.add(room, seer, entry, ground, words, volume), as_json=as_json)


@challenges.command("withdraw")
@click.argument("challenge")
@click.option("--because", default="", help="Why.")
@asks
@click.pass_obj
def withdraw(home: Path, challenge: str, because: str, as_login: str, *, as_json: bool) -> None:
    """Withdraw CHALLENGE (F-0007); it stays in the register."""
    with opened(home, as_login) as (room, seer):
        _done(desk.withdraw(room, seer, challenge, because), as_json=as_json)


def _done(challenge: Challenge, *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(challenge.as_json(), ensure_ascii=False))
    else:
        _say(challenge)


def _say(challenge: Challenge) -> None:
    console.say(f"{challenge.key}  {challenge.state}  {challenge.message}")
