"""`conflicts`: where codings contradict one another, and how each goes away."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.as_login import asks, opened
from forthwith.plain.counting import count
from forthwith.review.coding.conflicts import ConflictKind
from forthwith.workflows.room import conflicts as desk

_WIDTH, _SHOWN = 98, 50


@click.command()
@click.option(
    "--kind", type=click.Choice([kind.value for kind in ConflictKind]), help="Of one kind alone."
)
@click.option("--limit", type=click.IntRange(1), default=_SHOWN, show_default=True, metavar="N")
@asks
@click.pass_obj
def conflicts(home: Path, kind: str | None, limit: int, as_login: str, *, as_json: bool) -> None:
    """List open conflicts, each with its cure.

    Exit status 1: there are any. Those of the first three kinds stop `produce`.
    """
    with opened(home, as_login) as (room, seer):
        found = desk.listed(room, seer, [ConflictKind(kind)] if kind else (), 0, limit)
    if as_json:
        body = {
            "total": found.total,
            "kinds": [
                {"kind": kind.value, "stops": kind.stops, "open": found.counts.get(kind, 0)}
                for kind in ConflictKind
            ],
            "conflicts": [
                {
                    "kind": row.kind.value,
                    "documents": list(row.documents),
                    "marks": list(row.marks),
                    "message": row.message,
                    "cure": row.cure,
                }
                for row in found.rows
            ],
        }
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        before = None
        for row in found.rows:
            if row.kind is not before:
                stops = ", stops a production" if row.kind.stops else ""
                console.say(f"{row.kind.value.capitalize()} ({found.counts[row.kind]:,}{stops})")
                before = row.kind
            for text, indent in ((row.message, "  "), (row.cure, "    ")):
                for line in textwrap.wrap(text, _WIDTH - len(indent), break_on_hyphens=False):
                    console.say(indent + line)
        rest = found.total - len(found.rows)
        more = f" {rest:,} more are not listed: --limit {found.total}." if rest else ""
        console.say(f"{count(found.total, 'open conflict')}.{more}")
    raise SystemExit(console.FINDINGS if found.total else console.CLEAN)
