"""`reply`: the producing side's answer to a register of findings, item by item."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forthwith.cli import console
from forthwith.cli.named_file import FileAtHome
from forthwith.domain.errors import ForthwithError

if TYPE_CHECKING:
    from forthwith.check.cures import Shipped
    from forthwith.respond import register_file
    from forthwith.respond.deficiency import reply as room
    from forthwith.respond.deficiency.findings import FindingRegister
    from forthwith.standards.loader import Standard

_DAY = click.DateTime(["%Y-%m-%d"])


class NoSuchVolumeError(ForthwithError):
    """A cure is said to be in a volume that is not there."""

    def __init__(self, name: str, looked: Path) -> None:
        super().__init__(
            f"There is no volume {name!r} to look for the cure in: {looked} is no folder and no "
            "file. Give the volume's folder, its name where forthwith sealed it, or the file of "
            "an amended privilege log (CSV, XLSX)."
        )


class _Joined(click.Command):
    """Takes `--set F-0003 cured VOL002` typed as three words."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put "cured" and its volume together."""
        typed = list(args)
        joined: list[str] = []
        while typed:
            word = typed.pop(0)
            cured = len(joined) > 1 and joined[-2] == "--set" and word.lower() == "cured"
            joined.append(f"{word} {typed.pop(0)}" if cured and typed else word)
        return super().parse_args(ctx, joined)


@click.command(cls=_Joined)
@click.argument("file", type=FileAtHome(), metavar="FILE")
@click.option("--set", "given", nargs=2, multiple=True, metavar="ID ANSWER",
              help='"cured VOLUME|LOG" or "not a deficiency|withheld because …".')  # fmt: skip
@click.option("--standard", default="sec/2021-08", show_default=True, help="What to check by.")
@click.option("--day", type=_DAY, help="Day of the reply; today without it.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the reply and the register; beside FILE without it.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def reply(
    home: Path | None,
    file: Path,
    given: tuple[tuple[str, str], ...],
    standard: str,
    day: datetime | None,
    into: Path | None,
    *,
    as_json: bool,
) -> None:
    """Answer the findings in FILE, a deficiency.json, and write the reply letter.

    A cure is looked for in the volume, or the privilege log, it is said to be in; one that is not
    seen there stays "cured", is not verified, and says why. Exit status 1: a point is still open,
    or a cure is not verified.
    """
    from forthwith.cli.deficiency import REGISTER
    from forthwith.respond import register_file
    from forthwith.respond.deficiency import reply as room
    from forthwith.respond.deficiency.findings import State
    from forthwith.workflows import received as opened

    home = home or Path()
    made = day.date() if day else datetime.now().astimezone().date()
    kept = register_file.read(file.read_text(encoding="utf-8"), str(file))
    answers = [room.Answer.read(id_, text) for id_, text in given]
    answered = _answered(home, kept, answers, standard, made)
    about = kept.about
    facts = room.ReplyFacts(
        answered.items,
        made,
        str(about.get("matter", "")),
        str(about.get("day", "")),
        str(about.get("from", "")),
        str(about.get("to", "")),
    )
    text = register_file.write(register_file.RegisterFile(answered, about))
    target = home / into if into else file.parent
    files = opened.write(room.compose(facts), target, "reply", [(REGISTER, text.encode())])
    if as_json:
        found = {key: item.body() for key, item in answered.items.items()}
        console.raw(json.dumps({"counts": answered.counts(), "findings": found}))
    else:
        for key, item in answered.items.items():
            console.say(f"{key} {item.state}: {item.because or item.message}")
        console.say(f"Reply: {files[0]}")
    waiting = {State.OPEN, State.CURED} & {each.state for each in answered.items.values()}
    raise SystemExit(console.FINDINGS if waiting else console.CLEAN)


def _answered(
    home: Path,
    kept: register_file.RegisterFile,
    answers: list[room.Answer],
    standard: str,
    day: date,
) -> FindingRegister:
    """Return the register after all answers, each cure looked for where it is said to be."""
    from forthwith.check import cures
    from forthwith.respond.deficiency import reply as room
    from forthwith.standards import loader

    register = kept.register
    shipped: dict[str, Shipped] = {}
    was = {str(each["name"]): (each["first"], each["last"]) for each in kept.about["volumes"]}
    for answer in answers:
        outcome = None
        if answer.volume and answer.id in register.items:
            if answer.volume not in shipped:
                place = _place(home, answer.volume)
                shipped[answer.volume] = _shipped(place, loader.load(standard, home))
            item = register.items[answer.id]
            outcome = cures.look(item, shipped[answer.volume], was.get(item.volume))
        register = register.after(room.acts(register, answer, outcome), at=day.isoformat())
    return register


def _shipped(place: Path, standard: Standard) -> Shipped:
    """Open a volume, or a privilege log. Raises VolumeUnreadableError, UnreadableLogError."""
    from forthwith.check.cures import Shipped
    from forthwith.workflows import privilege_logs, received

    if place.is_dir():
        return received.receive(place, standard).shipped
    [opened] = privilege_logs.read([place])
    return Shipped(opened.log.name, (), log=opened.log)


def _place(home: Path, name: str) -> Path:
    """Return the folder of a volume, as given or among those sealed in the matter; or a file."""
    for place in (home / name, home / "volumes" / name):
        if place.is_dir():
            return place
    if (home / name).is_file():
        return home / name
    raise NoSuchVolumeError(name, home / name)
