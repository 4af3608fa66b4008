"""`reply`: the producing side's answer to a register of findings, item by item."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.console import DAY, FileAtHome
from forthwith.domain.tracked_finding import State
from forthwith.respond.deficiency.reply import Answer
from forthwith.workflows import deficiency_reply as desk


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
@click.option("--day", type=DAY, help="Day of the reply; today without it.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the reply and the register; beside FILE without it.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def reply(
    home: Path | None,
    file: Path,
    given: tuple[tuple[str, str], ...],
    standard: str,
    day: date | None,
    into: Path | None,
    *,
    as_json: bool,
) -> None:
    """Answer the findings in FILE, a deficiency.json, and write the reply letter.

    A cure is looked for in the volume, or the privilege log, it is said to be in; one that is not
    seen there stays "cured", is not verified, and says why. Exit status 1: a point is still open,
    or a cure is not verified.
    """
    answers = [Answer.read(id_, text) for id_, text in given]
    home = home or Path()
    written = desk.write(
        file,
        answers,
        standard,
        day or console.today(),
        home=home,
        into=home / into if into else file.parent,
    )
    items = written.register.items
    if as_json:
        findings = {key: item.body() for key, item in items.items()}
        console.raw(json.dumps({"counts": written.register.counts(), "findings": findings}))
    else:
        for key, item in items.items():
            console.say(f"{key} {item.state}: {item.because or item.finding.message}")
        console.say(f"Reply: {written.files[0]}")
    waiting = {State.OPEN, State.CURED} & {item.state for item in items.values()}
    raise SystemExit(console.FINDINGS if waiting else console.CLEAN)
