"""`custody holders`: who held what when, and whose mail, chat and devices nobody collected."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.custody.common import facts_of, facts_option
from forthwith.custody.facts.facts import Facts
from forthwith.custody.holders import KINDS, SLACK, CollectionGap, Coverage, Holder
from forthwith.custody.holders import holders as everybody
from forthwith.custody.holders import uncollected as find
from forthwith.custody.statements.results import spoken
from forthwith.domain.period import Period
from forthwith.record import sources
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter, NoMatterError

#: Reasons printed for one holder.
_SHOWN = 8
#: Each kind of document by what it is collected from; a loose file lay on somebody's device. One
#: that bears no date of its own is named by its item, which has the file system's.
_COLLECTED = """
    SELECT who, collected, CASE WHEN day = '' THEN item ELSE '' END AS undated, min(day), max(day)
    FROM (
        SELECT unnest(all_custodians) AS who, item,
            CASE WHEN top.kind IN ('email', 'calendar', 'contact') THEN 'mail'
                 WHEN top.kind = 'chat' THEN 'chat' ELSE 'device' END AS collected,
            substr(coalesce(nullif(sent, ''), nullif(received, ''), nullif(modified, ''),
                nullif(created, ''), sort_date, ''), 1, 10) AS day
        FROM documents AS top WHERE parent IS NULL AND NOT lost AND top.kind <> 'container'
    ) GROUP BY who, collected, undated ORDER BY who, collected, undated
"""

_ENDS = (
    "What is covered is taken from the first and the last dated document of each custodian; days "
    "between them may still have holes."
)


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
    found, notes = uncollected_of(home, facts, slack)
    if as_json:
        body = {"uncollected": [each.as_json() for each in found], "notes": notes}
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        _print_uncollected(found, slack)
        for note in notes:
            console.say(f"Note: {note}")
    raise SystemExit(console.FINDINGS if found else console.CLEAN)


def uncollected_of(
    home: Path, facts: Facts, slack: int = SLACK
) -> tuple[Sequence[CollectionGap], list[str]]:
    """Return holders whose data no source of the matter covers, and what to know of the search."""
    notes, covered, until = _collected(home)
    return find(facts, covered, until=until, slack=slack), notes


def _collected(home: Path) -> tuple[list[str], list[Coverage], date | None]:
    """Return what the matter's sources cover, and the day after the last collection."""
    notes = [_ENDS]
    try:
        matter = Matter.open(home)
    except NoMatterError:
        return [f"There is no matter in {home}, so no source covers anybody."], [], None
    with matter.engine.connect() as connection:
        known = sources.sources(connection)
        modified = {each.id: each.modified for each in sources.items(connection)}
    days = [_day(each.collected) for each in known]
    last = max((each for each in days if each), default=None)
    until = last + timedelta(1) if last else None
    try:
        covered = _coverage(DocumentTable(matter.derived), modified)
    except NotProcessedError:
        notes.append("Nothing is processed yet, so no source covers anybody.")
        covered = []
    # A custodian from whom nothing was read is still somebody the sources name.
    names = {each.custodian for each in known} - {each.custodian for each in covered}
    if names:
        notes.append(f"Collected, and no document read: {', '.join(sorted(names))}.")
    return notes, covered, until


def _coverage(table: DocumentTable, modified: Mapping[str, str]) -> list[Coverage]:
    """Return the days from the first to the last document, by custodian and kind."""
    days: dict[tuple[str, str], list[date]] = defaultdict(list)
    for who, kind, undated, first, last in table.query(_COLLECTED):
        texts = [modified.get(undated, "")] if undated else [first, last]
        days[who, kind] += [each for each in map(_day, texts) if each]
    return [
        Coverage(who, kind, Period(min(found), max(found) + timedelta(1)) if found else None)
        for (who, kind), found in days.items()
    ]


def _day(text: str) -> date | None:
    """Return the day of an instant as kept; None where it is no day, or the last one there is."""
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if found < date.max else None


def _print_all(found: Sequence[Holder], *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps({"holders": [each.as_json() for each in found]}, ensure_ascii=False))
        return
    for each in found:
        _print_one(each)
    console.say(f"{console.count(len(found), 'holder')}.")


def _print_one(each: Holder) -> None:
    name = each.name if each.name == each.id else f"{each.name} ({each.id})"
    console.say(name)
    for span in each.spans[:_SHOWN]:
        cites = f"  [{'; '.join(span.cites)}]" if span.cites else ""
        when = spoken(span.period) if span.period else "on no day given"
        console.say(f"    {span.what}, {when}  ({span.place}){cites}")
    if len(each.spans) > _SHOWN:
        console.say(f"    … and {len(each.spans) - _SHOWN:,} more (see --json).")


def _print_uncollected(found: Sequence[CollectionGap], slack: int) -> None:
    for each in found:
        _print_one(each.holder)
        for kind in KINDS:
            if kind in each.missing:
                console.say(f"    NOT COLLECTED: {kind} {_days(each.missing[kind])}")
        if each.perhaps:
            console.say(
                f"    perhaps collected as {' or '.join(each.perhaps)}: the name is near, and "
                "nobody has said that it is the same person."
            )
        console.say()
    many = console.count(len(found), "holder")
    console.say(f"{many} with mail, chat or devices that no source covers.")
    console.say(f"Up to {slack} days at either end of what was collected are not counted.")


def _days(periods: Sequence[Period]) -> str:
    if not periods:
        return "at all; no day of holding is given"
    return " and ".join(spoken(each) for each in periods)
