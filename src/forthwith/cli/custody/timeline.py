"""`custody timeline` and `custody graph`: the two pictures of one wallet.

A picture is written whole or not at all: beside its place first, then moved there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.custody.common import facts_of, facts_option, standing_option
from forthwith.cli.custody.days import DAY, EmptyPeriodError
from forthwith.custody.answers.index import whole
from forthwith.custody.answers.wallet_facts import facts_of_wallet, wallet_of
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.custody.questions.groups import parse
from forthwith.domain.errors import ForthwithError
from forthwith.domain.period import Period

_FILE = click.Path(dir_okay=False, path_type=Path)


class NoPictureError(ForthwithError):
    """Neither --html nor --png was given."""

    def __init__(self) -> None:
        super().__init__("Name the picture to write: --html FILE, --png FILE, or both.")


class NotWrittenError(ForthwithError):
    """A picture could not be written."""

    def __init__(self, place: Path, why: OSError) -> None:
        reason = why.strerror or str(why)
        super().__init__(
            f"{place} could not be written: {reason}. Name a file in a folder that is there and "
            "may be written to."
        )


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
    *,
    wallet: str,
    groups: tuple[str, ...],
    start: date | None,
    end: date | None,
    standing: ProofLevel,
    accept_disputed: bool,
    folder: Path | None,
    page: Path | None,
    picture: Path | None,
) -> None:
    """Draw who could move a wallet, day by day, and what changed when."""
    from forthwith.custody.pictures import timeline as drawn
    from forthwith.workflows import picture_pages

    _wanted(page, picture)
    bands = [drawn.Group(text, parse(text)) for text in groups]
    facts = facts_of(home, folder)
    made = drawn.timeline(
        facts,
        wallet,
        bands,
        _period(facts, wallet, start, end),
        standing,
        accept_disputed=accept_disputed,
    )
    if page:
        _write(home / page, picture_pages.timeline_page(made).encode("utf-8"))
    if picture:
        _write(home / picture, picture_pages.timeline_png(made))
    _tell(
        f"{console.count(len(made.bands), 'group')}, {console.count(len(made.marks), 'fact')}",
        made.has_policy,
    )


@click.command()
@_pictured
@click.option("--on", "day", type=DAY, required=True, help="The day drawn.")
@click.pass_obj
def graph(
    home: Path,
    *,
    wallet: str,
    day: date,
    standing: ProofLevel,
    accept_disputed: bool,
    folder: Path | None,
    page: Path | None,
    picture: Path | None,
) -> None:
    """Draw how a wallet could be moved on one day: people, means, counts, paths."""
    from forthwith.custody.pictures import graph as drawn
    from forthwith.workflows import picture_pages

    _wanted(page, picture)
    facts = facts_of(home, folder)
    made = drawn.graph(facts, wallet, day, standing, accept_disputed=accept_disputed)
    if page:
        _write(home / page, picture_pages.graph_page(made).encode("utf-8"))
    if picture:
        _write(home / picture, picture_pages.graph_png(made))
    _tell(console.count(made.coalitions.count, "minimal coalition"), made.has_policy)


def _wanted(page: Path | None, picture: Path | None) -> None:
    if page is None and picture is None:
        raise NoPictureError


def _period(facts: Facts, wallet: str, start: date | None, end: date | None) -> Period | None:
    """Return the days asked for; None or an open end is for the timeline to choose."""
    wallet_of(facts, wallet)
    if start is None and end is None:
        return None
    period = Period(start or whole(facts_of_wallet(facts, wallet), None).start, end)
    if period.empty:
        raise EmptyPeriodError(period.start, period.end or period.start)
    return period


def _write(place: Path, data: bytes) -> None:
    """Write beside the place, then move there: nobody finds half a picture."""
    beside = place.with_name(f".{place.name[:40]}-{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(place)
    except OSError as why:
        with suppress(OSError):
            beside.unlink()
        raise NotWrittenError(place, why) from why
    console.say(f"Wrote {place} ({len(data):,} bytes).")


def _tell(what: str, has_policy: bool) -> None:  # noqa: FBT001
    console.say(f"Drawn: {what}.")
    if not has_policy:
        console.say("No policy of this wallet is in the facts, so nothing about it is excluded.")
