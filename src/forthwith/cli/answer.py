"""`answer`: the whole way from evidence to papers; ends with what a person must decide."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.console import DAY, FileAtHome
from forthwith.workflows import answer as desk
from forthwith.workflows.answer import AnswerOptions, AnswerResult
from forthwith.workflows.case_file import CaseFile


@click.command()
@click.option("--volume", default="", help="Name of the next volume; the next free one.")
@click.option("--declarant", "declarants", multiple=True, help="Whose declaration is printed.")
@click.option("--place", default="", help='Where sworn papers are signed: "London, England".')
@click.option("--since", type=DAY, help="Day of the last status report: prints the next.")
@click.option("--register", "registers", multiple=True, type=FileAtHome(),
              help="A deficiency.json, as answered, for the report.")  # fmt: skip
@click.option("--called-by", default="", help="What calls for the report.")
@click.option("--next", "next_day", type=DAY, help="Day proposed for the next report.")
@click.option("--without-text", is_flag=True, help="Go on with pictures whose words nobody read.")
@click.option("--day", type=DAY, help="Day on letter and papers; today without it.")
@click.option("--workers", type=click.IntRange(0, 256), default=0, help="Processes; 0: one a core.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def answer(home: Path, /, day: date | None, *, as_json: bool, **given: Any) -> None:
    """Carry the matter as far as it goes: process, produce, check, custody, papers.

    Produces what the queries of responses find, seals it if its check is clean, cites its pages,
    and prints every paper that may be served. Run again, it goes on from what stands. Exit status
    1: a person must decide something; each thing is listed with how to say it.
    """
    options = AnswerOptions(day=day or console.today(), **given)
    case = CaseFile.open(home)
    with case.alone(), terminal.Steps("Processing", "items", quiet=as_json) as steps:
        answered = desk.answer(case, options, steps, steps.say)
    if as_json:
        console.raw(json.dumps(_as_json(answered), ensure_ascii=False))
    else:
        _print(answered)
    raise SystemExit(console.FINDINGS if answered.decisions else console.CLEAN)


def _as_json(answered: AnswerResult) -> dict[str, object]:
    return {
        "sealed": answered.sealed,
        "papers": [paper.as_json() for paper in answered.papers],
        "decisions": [asdict(decision) for decision in answered.decisions],
    }


def _print(answered: AnswerResult) -> None:
    if not answered.decisions:
        console.say("Nothing is left to decide. Every paper is UNSIGNED, and nothing was sent.")
        return
    console.say()
    console.say(f"To decide ({len(answered.decisions):,}):")
    for decision in answered.decisions:
        console.say(f"  {decision.about}: {decision.what}")
        if decision.how:
            console.say(f"      {decision.how}")
