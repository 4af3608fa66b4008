"""`report`: what the parties report to the court on, and the joint status report itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import DAY, FileAtHome
from forthwith.domain.conference import Conference, Letter, Side, Topic
from forthwith.plain.counting import count
from forthwith.respond.registers.conference import Dealings
from forthwith.workflows import conference as desk
from forthwith.workflows import status_report
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.conference import TopicOptions
from forthwith.workflows.status_report import StatusOptions, StatusReport

_SIDES = click.Choice([side.value for side in Side])


@click.group()
def report() -> None:
    """Keep what the parties report on, and print the joint status report."""


@report.command("topic")
@click.argument("heading")
@click.option("--joint", help="What both sides say together.")
@click.option("--request", "requests", multiple=True, help='A set, or "First RFPs/12".')
@click.option("--position", "positions", nargs=2, multiple=True, type=(_SIDES, str),
              metavar="SIDE TEXT", help="What a side says; cite pages in the text.")  # fmt: skip
@click.option("--relief", "reliefs", nargs=2, multiple=True, type=(_SIDES, str),
              metavar="SIDE TEXT", help="What a side asks of the court.")  # fmt: skip
@click.option("--impasse/--no-impasse", default=None, help="They conferred and cannot agree.")
@click.option("--expected", help="When it is expected to be done: a day or words.")
@click.pass_obj
def topic(
    home: Path,
    /,
    heading: str,
    positions: tuple[tuple[str, str], ...],
    reliefs: tuple[tuple[str, str], ...],
    **given: Any,
) -> None:
    """Open a topic of the report, or change it; what is not given stays as it was."""
    options = TopicOptions(
        positions=tuple((Side(side), text) for side, text in positions),
        reliefs=tuple((Side(side), text) for side, text in reliefs),
        **given,
    )
    with CaseFile.open(home).alone() as case:
        changed = desk.topic(case, heading, options)
    _print_topic(changed)


@report.command("letter")
@click.argument("day", type=DAY)
@click.option("--from", "sender", required=True, help="Who wrote.")
@click.option("--to", required=True, help="To whom.")
@click.option("--about", required=True, help="What it says, in a sentence.")
@click.option("--topic", default="", help="Heading of the topic it goes to.")
@click.pass_obj
def letter(home: Path, /, **given: Any) -> None:
    """Enter a letter between counsel."""
    with CaseFile.open(home).alone() as case:
        key = desk.letter(case, Letter(**given))
    console.say(f"{key} is in the journal.")


@report.command("conference")
@click.argument("day", type=DAY)
@click.option("--how", required=True, help='"by telephone", "in person".')
@click.option("--with", "people", multiple=True, help="Who took part; may be repeated.")
@click.option("--outcome", required=True, help="How it ended, in a sentence.")
@click.option("--topic", default="", help="Heading of the topic it was about.")
@click.pass_obj
def conference(home: Path, /, **given: Any) -> None:
    """Enter a conference of counsel (Fed. R. Civ. P. 37(a)(1), LCvR 7(m))."""
    with CaseFile.open(home).alone() as case:
        key = desk.conference(case, Conference(**given))
    console.say(f"{key} is in the journal.")


@report.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_(home: Path, *, as_json: bool) -> None:
    """Show topics, letters and conferences as they stand."""
    dealings = CaseFile.open(home).dealings
    if as_json:
        console.raw(json.dumps(_as_json(dealings), ensure_ascii=False))
        return
    for topic in dealings.topics.values():
        _print_topic(topic)
    for key, letter in dealings.letters.items():
        console.say(f"{key}  {letter.day}  {letter.sender} to {letter.to}: {letter.about}")
    for key, conference in dealings.conferences.items():
        console.say(f"{key}  {conference.day}  {conference.how}: {conference.outcome}")
    if not dealings.topics:
        console.say("No topic is open. Next: forthwith report topic HEADING")


def _as_json(dealings: Dealings) -> dict[str, Any]:
    return {
        "topics": {key: topic.body() for key, topic in dealings.topics.items()},
        "letters": {key: letter.body() for key, letter in dealings.letters.items()},
        "conferences": {key: met.body() for key, met in dealings.conferences.items()},
    }


def _print_topic(topic: Topic) -> None:
    console.say(f"{topic.heading}{'  IMPASSE' if topic.impasse else ''}")
    for name, text in (("joint", topic.joint), ("expected", topic.expected)):
        if text:
            console.say(f"  {name}: {text}")
    for position in topic.positions:
        for name, text in (("position", position.text), ("relief", position.relief)):
            if text:
                console.say(f"  {position.side} side, {name}: {text}")


@report.command("status")
@click.option("--since", type=DAY, required=True, help="Day of the last report.")
@click.option("--register", "registers", multiple=True, type=FileAtHome(),
              help="A deficiency.json, as answered; may be repeated.")  # fmt: skip
@click.option("--called-by", default="", help='What calls for it: "the Order of January 25, 2024".')
@click.option("--next", "next_day", type=DAY, help="Day proposed for the next report.")
@click.option("--hearing", default="", help="A sentence on a hearing asked for.")
@click.option("--signer", default="", help="Counsel who signs for the producing side.")
@click.option("--day", type=DAY, help="Day of the report; today without it.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path),
              help="Folder; papers/ of the matter without it.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(
    home: Path, /, day: date | None, into: Path | None, *, as_json: bool, **given: Any
) -> None:
    """Print the joint status report since a day, as DOCX, PDF, TXT and JSON.

    Status 1: it stops at a page that cannot be looked up, or both sides' counts differ.
    """
    options = StatusOptions(day=day or console.today(), into=home / into if into else None, **given)
    with CaseFile.open(home).alone() as case:
        reported = status_report.status(case, options)
    if as_json:
        paper = reported.published.as_json() if reported.published else {"paper": ""}
        stops = {"red": list(reported.unresolved), "differing": list(reported.differing)}
        console.raw(json.dumps({**paper, **stops}, ensure_ascii=False))
    else:
        _print(reported)
    stopped = reported.unresolved or reported.differing
    raise SystemExit(console.FINDINGS if stopped else console.CLEAN)


def _print(reported: StatusReport) -> None:
    _lines("RED: ", reported.unresolved)
    _lines("COUNTS: ", reported.differing)
    if reported.published is None:
        words = count(len(reported.unresolved), "page")
        console.say(f"NOT PRINTED: {words} cited that nobody can look up.")
        return
    _lines("", map(str, reported.published.files))
    console.say(f"{reported.published.key} is sealed in the journal. It is UNSIGNED.")


def _lines(mark: str, lines: Iterable[str]) -> None:
    for line in lines:
        console.say(f"{mark}{line}")
