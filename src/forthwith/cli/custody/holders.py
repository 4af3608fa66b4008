"""`custody holders`: who held what when, and whose mail, chat and devices nobody collected."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.custody.common import facts_option, say
from forthwith.custody.holders import KINDS, SLACK, CollectionGap, Holder
from forthwith.custody.holders import holders as everybody
from forthwith.custody.statements.results import spoken
from forthwith.domain.period import Period
from forthwith.plain.counting import count
from forthwith.workflows.custody.facts import facts_of
from forthwith.workflows.custody.holders import uncollected_at

#: Reasons printed for one holder.
_SHOWN = 8


@click.command()
@click.option("--uncollected", is_flag=True, help="Only those whose data no source covers.")
@click.option(
    "--slack",
    default=SLACK,
    show_default=True,
    metavar="DAYS",
    help="Days without a document, at either end of a source, that are not called a hole.",
)
@facts_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def holders(
    home: Path, *, uncollected: bool, slack: int, folder: Path | None, as_json: bool
) -> None:
    """List everybody who held a means of control, approved transfers or swore to it.

    With --uncollected, only those whose mail, chat or devices no source of the matter covers, with
    the days. Status 1 when there is one.
    """
    facts = facts_of(home, folder)
    if not uncollected:
        _print_all(everybody(facts), as_json=as_json)
        return
    search = uncollected_at(home, facts, slack)
    if as_json:
        gaps = [gap.as_json() for gap in search.gaps]
        console.raw(json.dumps({"uncollected": gaps, "notes": search.notes}, ensure_ascii=False))
    else:
        _print_uncollected(search.gaps, slack)
        for note in search.notes:
            say(f"Note: {note}")
    raise SystemExit(console.FINDINGS if search.gaps else console.CLEAN)


def _print_all(people: Sequence[Holder], *, as_json: bool) -> None:
    if as_json:
        console.raw(
            json.dumps({"holders": [holder.as_json() for holder in people]}, ensure_ascii=False)
        )
        return
    for holder in people:
        _print_one(holder)
    say(f"{count(len(people), 'holder')}.")


def _print_one(holder: Holder) -> None:
    name = holder.name if holder.name == holder.id else f"{holder.name} ({holder.id})"
    say(name)
    for span in holder.spans[:_SHOWN]:
        cites = f"  [{'; '.join(span.cites)}]" if span.cites else ""
        when = spoken(span.period) if span.period else "on no day given"
        say(f"    {span.what}, {when}  ({span.place}){cites}")
    if len(holder.spans) > _SHOWN:
        say(f"    … and {len(holder.spans) - _SHOWN:,} more (see --json).")


def _print_uncollected(gaps: Sequence[CollectionGap], slack: int) -> None:
    for gap in gaps:
        _print_one(gap.holder)
        for kind in KINDS:
            if kind in gap.missing:
                say(f"    NOT COLLECTED: {kind} {_days(gap.missing[kind])}")
        if gap.perhaps:
            say(
                f"    perhaps collected as {' or '.join(gap.perhaps)}: the name is near, and "
                "nobody has said that it is the same person."
            )
        say()
    many = count(len(gaps), "holder")
    say(f"{many} with mail, chat or devices that no source covers.")
    say(f"Up to {slack} days at either end of what was collected are not counted.")


def _days(periods: Sequence[Period]) -> str:
    if not periods:
        return "at all; no day of holding is given"
    return " and ".join(spoken(period) for period in periods)
