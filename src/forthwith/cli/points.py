"""`points`: what was found in received volumes, and what is put to the other side about them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.as_login import asks, opened
from forthwith.plain.counting import count
from forthwith.workflows.room import deficiency as desk
from forthwith.workflows.room import received
from forthwith.workflows.room.deficiency import DraftPoint


@click.group()
def points() -> None:
    """Put points to the other side about documents of theirs; see what stands in the register."""


@points.command("list")
@click.argument("volume", default="")
@click.option("--severity", type=click.Choice(["fatal", "major", "minor"]), help="Of one alone.")
@asks
@click.pass_obj
def listed(home: Path, volume: str, severity: str | None, as_login: str, *, as_json: bool) -> None:
    """List the findings and points about VOLUME; without one, the volumes received."""
    with opened(home, as_login) as (room, seer):
        if volume:
            _volume(received.one(room, seer, volume, severity or ""), as_json=as_json)
            return
        rows = received.listed(room, seer)
    if as_json:
        volumes = [
            {
                "volume": row.volume.volume,
                "from": row.volume.party,
                "kind": row.volume.kind,
                "documents": row.documents,
                "severities": dict(row.severities),
            }
            for row in rows
        ]
        console.raw(json.dumps({"volumes": volumes}, ensure_ascii=False))
        return
    for row in rows:
        found = ", ".join(f"{many:,} {name}" for name, many in row.severities.items())
        console.say(
            f"{row.volume.volume}  from {row.volume.party}  {count(row.documents, 'document')}  "
            f"{found or 'no finding'}"
        )
    if not rows:
        console.say(
            'Nothing received yet. `forthwith receive FOLDER --from "Northgate"` takes a volume in.'
        )


def _volume(shown: received.VolumeShown, *, as_json: bool) -> None:
    if as_json:
        findings = [
            {
                "key": row.key,
                "document": row.control,
                "state": row.state,
                "request": row.finding.request,
                **row.finding.as_json(),
            }
            for row in shown.findings
        ]
        body = {
            "volume": shown.volume.volume,
            "from": shown.volume.party,
            "standard": shown.volume.standard,
            "severities": dict(shown.counts),
            "more": shown.more,
            "register": findings,
        }
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    for row in shown.findings:
        where = f"{row.finding.code} {row.finding.where}".rstrip()
        console.say(f"{row.key}  {row.state}  {where}: {row.finding.message}")
    if shown.more:
        console.say(f"… and {shown.more:,} more: `forthwith check` lists each.")
    words = ", ".join(f"{many:,} {name}" for name, many in shown.counts.items())
    console.say(f"{shown.volume.volume}: {words or 'no finding'}.")


@points.command("add")
@click.argument("selection")
@click.argument("words")
@click.option("--request", default="", help="The request they fall under: First RFPs/3.")
@click.option("--search", is_flag=True, help="SELECTION is a search, whatever it looks like.")
@asks
@click.pass_obj
def add(
    home: Path,
    selection: str,
    words: str,
    request: str,
    as_login: str,
    *,
    search: bool,
    as_json: bool,
) -> None:
    """Note in WORDS what the documents of SELECTION lack.

    SELECTION are numbers as stamped, separated by semicolons, or a search; documents of ours among
    them are left out. One point is entered for each volume they are in.
    """
    with opened(home, as_login) as (room, seer):
        noted = desk.note(room, seer, DraftPoint(selection, words, request, search=search))
    if not as_json:
        console.say(desk.sentence(noted))
        return
    entered = [
        {
            "key": key,
            "volume": item.finding.volume,
            "documents": len(item.finding.about),
            "message": item.finding.message,
        }
        for key, item in noted
    ]
    console.raw(json.dumps({"points": entered}, ensure_ascii=False))
