"""`custody timeline` and `custody graph`: the two pictures of one wallet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.custody.common import DAY, facts_option, standing_option
from forthwith.custody.pictures.memo import Sheet
from forthwith.plain import counting
from forthwith.workflows.custody import pictures
from forthwith.workflows.custody.pictures import PictureOptions, Written

_PAPERS = {sheet.name.lower(): sheet for sheet in Sheet}
_FILE = click.Path(dir_okay=False, path_type=Path)


def _pictured(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options both pictures take."""
    for option in reversed(
        (
            click.option("--wallet", required=True, help="The wallet, by its id."),
            standing_option,
            click.option(
                "--accept-disputed", is_flag=True, help="Count disputed facts like others."
            ),
            facts_option,
            click.option("--html", "page", type=_FILE, help="Write a self-contained page."),
            click.option("--png", "picture", type=_FILE, help="Write a PNG, its tables beneath."),
            click.option(
                "--memo",
                "memos",
                type=_FILE,
                multiple=True,
                help="Write one page with question and answer: .pdf, .svg or .png; repeatable.",
            ),
            click.option(
                "--paper",
                type=click.Choice(sorted(_PAPERS)),
                default="a4",
                show_default=True,
                help="Paper of the memo and of the page in print, landscape.",
                callback=lambda _context, _option, name: _PAPERS[name],
            ),
        )
    ):
        command = option(command)
    return command


@click.command()
@_pictured
@click.option("--who", "groups", multiple=True, help="A band for this group; may be repeated.")
@click.option("--from", "start", type=DAY, help="First day drawn; default: the facts' first.")
@click.option("--to", "end", type=DAY, help="First day not drawn; default: past the facts' last.")
@click.pass_obj
def timeline(
    home: Path,
    /,
    *,
    folder: Path | None,
    groups: tuple[str, ...],
    start: date | None,
    end: date | None,
    **given: Any,
) -> None:
    """Draw who could move a wallet, day by day, and what changed when."""
    drawn, written = pictures.timeline(home, folder, PictureOptions(**given), groups, start, end)
    bands, facts = (
        counting.count(len(drawn.bands), "group"),
        counting.count(len(drawn.marks), "fact"),
    )
    _print(written, f"{bands}, {facts}", has_policy=drawn.has_policy)


@click.command()
@_pictured
@click.option("--on", "day", type=DAY, required=True, help="The day drawn.")
@click.pass_obj
def graph(home: Path, /, *, folder: Path | None, day: date, **given: Any) -> None:
    """Draw how a wallet could be moved on one day: people, means, counts, paths."""
    drawn, written = pictures.graph(home, folder, PictureOptions(**given), day)
    coalitions = counting.count(drawn.coalitions.count, "minimal coalition")
    _print(written, coalitions, has_policy=drawn.has_policy)


def _print(written: Written, what: str, *, has_policy: bool) -> None:
    for place, size in written:
        console.say(f"Wrote {place} ({size:,} bytes).")
    console.say(f"Drawn: {what}.")
    if not has_policy:
        console.say("No policy of this wallet is in the facts, so nothing about it is excluded.")
