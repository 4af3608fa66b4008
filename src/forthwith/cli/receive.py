"""`receive`: volumes of another party into the matter, checked, as documents of theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.check import read_options, read_otherwise
from forthwith.cli.quarantine import put_away
from forthwith.plain.counting import count
from forthwith.standards import loader
from forthwith.workers import machine
from forthwith.workflows import receive as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.receive import Received, Reception

#: What some reasons of faults mean of a row.
_WHY = {
    "readers disagree": "tied to no row, or to two",
    "tool not installed": "without words read",
    "expected but absent": "named with a file that did not come",
    "unsupported": "with something in a form not read",
    "corrupt": "damaged",
    "encrypted": "locked with a password",
}
_WORDS = (("rows", "row"), ("families", "family"), ("pages", "page"), ("natives", "native"))


@click.command()
@click.argument("places", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--from", "party", default="", help='Whose volume it is: "Northgate".')
@click.option(
    "--standard", default="sec/2021-08", show_default=True, help="What it is read and checked by."
)
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Processes; 0: one a core.")
@click.option("--custodian", default="", help="Login of whoever deals with what is put away.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@read_otherwise
@click.pass_obj
def receive(
    home: Path,
    /,
    places: tuple[Path, ...],
    party: str,
    standard: str,
    workers: int,
    custodian: str,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Take the volumes in PLACES, of another party, into the matter, checked as `check` does.

    PLACES are folders, a folder of several, or archives of them. Whatever is found, the volume is
    received, the findings go into the register, and each row becomes a document of the side
    "theirs", with its pages as delivered. Received again, a volume adds nothing; with numbers that
    came before it is an overlay or a replacement, and makes new versions of those documents.
    What looks like a redaction or a slip-sheet that failed is put away at once, shown to
    --custodian alone, by default to you. `receive clawback NOTICE` is `quarantine NOTICE`. Exit
    status: 0 clean, 1 findings, 2 nothing there can be taken for a volume.
    """
    if places[0] == Path("clawback") and not (home / places[0]).exists():
        # One act under two names: whoever receives a notice looks for it here.
        put_away(home, places[1:], custodian, party, as_json=as_json)
        return
    options = read_options(given, home)
    case = CaseFile.open(home)
    rules = loader.load(standard, case.folder)
    volumes = [home / place for place in places]
    with terminal.Steps("Receiving", "files", quiet=as_json) as steps:
        done = desk.receive(
            case,
            volumes,
            party,
            rules,
            options=options,
            workers=workers or machine.default_workers(),
            progress=steps,
            custodian=custodian,
        )
    if as_json:
        console.raw(json.dumps(_json(done), ensure_ascii=False))
    else:
        _tell(done)
    raise SystemExit(console.FINDINGS if done.report.findings else console.CLEAN)


def _json(done: Received) -> dict[str, Any]:
    return {
        "volumes": [
            {
                "volume": one.volume.volume,
                "version": one.volume.version,
                "party": one.volume.party,
                "kind": one.volume.kind,
                "source": one.volume.source,
                "known": one.known,
                "counted": dict(one.counted),
                "stated": dict(one.stated),
                "findings": one.severities,
                "unread": dict(one.unread),
                "replaced": one.replaced,
                "others": one.others,
                "checked_alone": one.checked_alone,
            }
            for one in done.receptions
        ],
        "findings": [finding.as_json() for finding in done.report.folded],
        "put_away": [
            {
                "notice": away.notice,
                "custodian": away.custodian,
                "documents": [row.control for row in away.rows],
            }
            for away in done.put_away
        ],
        "entered": done.entered,
        "documents": done.documents,
    }


def _tell(done: Received) -> None:
    for reception in done.receptions:
        for line in verdict(reception):
            console.say(line)
    for away in done.put_away:
        many = len(away.rows)
        console.say(
            f"{away.notice}: {count(many, 'document')} put away, shown to {away.custodian} alone: "
            f"{'it shows' if many == 1 else 'they show'} what somebody meant to hide, or "
            f"{'is' if many == 1 else 'are'} kin of what does. Do not read on; tell the other side "
            "and wait (Fed. R. Civ. P. 26(b)(5)(B), ABA Model Rule 4.4(b)). To end it: "
            f"forthwith quarantine {away.notice} --return, --lift or --destroy"
        )
    if done.entered:
        console.say(
            f"{count(done.entered, 'finding')} entered into the register: forthwith status, or "
            "forthwith check FOLDER for the list."
        )
    console.say("Next: forthwith documents --where \"side = 'theirs'\", forthwith search")


def verdict(reception: Reception) -> list[str]:
    """Return the three lines that say what came: counts, findings, what cannot be reviewed."""
    volume = reception.volume
    if reception.known:
        return [f"{volume.volume} of {volume.party}: all of it was received before; nothing added."]
    parts = []
    for name, one in _WORDS:
        counted, stated = reception.counted.get(name, 0), reception.stated.get(name)
        words = count(counted, one, name)
        if stated is not None and stated != counted:
            words += f" (its papers say {stated:,})"
        parts.append(words)
    what = "" if volume.kind == "volume" else f", {volume.kind}"
    first = f"{volume.volume} of {volume.party}{what}: {', '.join(parts)}"
    if not reception.stated:
        first += "; no paper with it states counts"
    found = ", ".join(f"{number:,} {name}" for name, number in reception.severities.items())
    unread = ", ".join(
        f"{number:,} {_WHY.get(why, why)}" for why, number in reception.unread.items()
    )
    if reception.replaced:
        first += (
            f"; {count(reception.replaced, 'document')} received before under the same "
            f"{'number' if reception.replaced == 1 else 'numbers'} set aside for "
            f"{'it' if reception.replaced == 1 else 'these'}"
        )
    if reception.others:
        one_of_them = reception.others == 1
        first += (
            f"; {count(reception.others, 'document')} under "
            f"{'a number' if one_of_them else 'numbers'} of before "
            f"{'is another document' if one_of_them else 'are other documents'}: "
            f"{'both stand' if one_of_them else 'all stand'}, and nothing coded is taken over"
        )
    alone = (
        ", checked without the volume it changes and so not entered in the register; give both "
        "folders to one `forthwith receive`"
        if reception.checked_alone and found
        else ""
    )
    return [
        f"{first}.",
        f"Findings: {found or 'none'}{alone}.",
        f"Cannot be reviewed as delivered: {unread or 'nothing'}.",
    ]
