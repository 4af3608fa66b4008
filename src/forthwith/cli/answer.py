"""`answer`: the whole way from evidence to papers; ends with what a person must decide."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.console import FileAtHome
from forthwith.record.matter import Matter
from forthwith.workflows import answer as answering
from forthwith.workflows.answer_course import AnswerOptions, AnswerRun

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--volume", default="", help="Name of the next volume; the next free one.")
@click.option("--declarant", "declarants", multiple=True, help="Whose declaration is printed.")
@click.option("--place", default="", help='Where sworn papers are signed: "London, England".')
@click.option("--since", type=_DAY, help="Day of the last status report: prints the next.")
@click.option("--register", "registers", multiple=True,
              type=FileAtHome(),
              help="A deficiency.json, as answered, for the report.")  # fmt: skip
@click.option("--called-by", default="", help="What calls for the report.")
@click.option("--next", "next_day", type=_DAY, help="Day proposed for the next report.")
@click.option("--day", type=_DAY, help="Day on letter and papers; today without it.")
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Processes; 0: one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def answer(
    home: Path,
    /,
    since: datetime | None,
    next_day: datetime | None,
    day: datetime | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Carry the matter as far as it goes: process, produce, check, custody, papers.

    Produces what the queries of responses find, seals it if its check is clean, cites its pages,
    and prints every paper that may be served. Run again, it goes on from what stands. Exit status
    1: a person must decide something; each thing is listed with how to say it.
    """
    matter = Matter.open(home)
    order = AnswerOptions(
        day=day.date() if day else datetime.now().astimezone().date(),
        since=since.date() if since else None,
        next_day=next_day.date() if next_day else None,
        **given,
    )
    with matter.alone(), terminal.Steps("Processing", "items", quiet=as_json) as steps:
        course = AnswerRun(matter, order, (lambda _: None) if as_json else console.say, steps)
        answering.run(course)
    if as_json:
        console.raw(json.dumps(_plain(course), ensure_ascii=False))
    else:
        _tell(course)
    raise SystemExit(console.FINDINGS if course.decisions else console.CLEAN)


def _plain(course: AnswerRun) -> dict[str, object]:
    return {
        "sealed": course.sealed,
        "papers": [each.as_json() for each in course.papers],
        "decisions": [asdict(each) for each in course.decisions],
    }


def _tell(course: AnswerRun) -> None:
    if not course.decisions:
        console.say("Nothing is left to decide. Every paper is UNSIGNED, and nothing was sent.")
        return
    console.say()
    console.say(f"To decide ({len(course.decisions):,}):")
    for each in course.decisions:
        console.say(f"  {each.about}: {each.what}")
        if each.how:
            console.say(f"      {each.how}")
