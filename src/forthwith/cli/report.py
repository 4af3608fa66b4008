"""`report`: what the parties report to the court on, and the joint status report itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import FileAtHome
from forthwith.domain.acts import Act
from forthwith.domain.conference import TOPIC, Conference, Letter, Side, Topic
from forthwith.plain.counting import count
from forthwith.record import acts as ledger
from forthwith.record.matter import Matter
from forthwith.respond.registers.conference import Dealings
from forthwith.respond.registers.requests import RequestRegister
from forthwith.workflows import status_report

_DAY = click.DateTime(["%Y-%m-%d"])
_SIDES = click.Choice([each.value for each in Side])


@click.group()
def report() -> None:
    """Keep what the parties report on, and print the joint status report."""


@report.command("topic")
@click.argument("heading")
@click.option("--joint", help="What both sides say together.")
@click.option("--request", "requests", multiple=True, help='A set, or "First RFPs/12".')
@click.option("--position", "said", nargs=2, multiple=True, type=(_SIDES, str),
              metavar="SIDE TEXT", help="What a side says; cite pages in the text.")  # fmt: skip
@click.option("--relief", "asked", nargs=2, multiple=True, type=(_SIDES, str),
              metavar="SIDE TEXT", help="What a side asks of the court.")  # fmt: skip
@click.option("--impasse/--no-impasse", default=None, help="They conferred and cannot agree.")
@click.option("--expected", help="When it is expected to be done: a day or words.")
@click.pass_obj
def topic(
    home: Path,
    /,
    heading: str,
    said: tuple[tuple[str, str], ...],
    asked: tuple[tuple[str, str], ...],
    **given: Any,
) -> None:
    """Open a topic of the report, or change it; what is not given stays as it was."""
    matter = Matter.open(home)
    with matter.alone():
        acts = ledger.read(matter)
        _known(RequestRegister.read(acts), given["requests"])
        made = Dealings.read(acts).topic(heading)
        plain = {key: value for key, value in given.items() if value not in (None, ())}
        made = replace(made, **plain)
        for side, text in said:
            made = made.saying(Side(side), text=text)
        for side, text in asked:
            made = made.saying(Side(side), relief=text)
        ledger.write(matter, [Act(TOPIC, heading, made.body())])
    _say_topic(made)


def _known(register: RequestRegister, named: Iterable[str]) -> None:
    """Refuse a set or request that nobody served."""
    known = {*register.sets, *(each.request.key for each in register.standings)}
    for each in named:
        if each not in known:
            raise click.UsageError(
                f"{each!r} is neither a set nor a request. Sets: "
                f"{'; '.join(register.sets) or 'none'}. Name a request as 'First RFPs/12'."
            )


@report.command("letter")
@click.argument("day", type=_DAY)
@click.option("--from", "sender", required=True, help="Who wrote.")
@click.option("--to", required=True, help="To whom.")
@click.option("--about", required=True, help="What it says, in a sentence.")
@click.option("--topic", "heading", default="", help="Heading of the topic it goes to.")
@click.pass_obj
def letter(home: Path, day: datetime, sender: str, to: str, about: str, heading: str) -> None:
    """Enter a letter between counsel."""
    made = Letter(day.date(), sender, to, about, heading)
    _write(home, lambda held: held.wrote(made))


@report.command("conference")
@click.argument("day", type=_DAY)
@click.option("--how", required=True, help='"by telephone", "in person".')
@click.option("--with", "people", multiple=True, help="Who took part; may be repeated.")
@click.option("--outcome", required=True, help="How it ended, in a sentence.")
@click.option("--topic", "heading", default="", help="Heading of the topic it was about.")
@click.pass_obj
def conference(
    home: Path, day: datetime, how: str, people: tuple[str, ...], outcome: str, heading: str
) -> None:
    """Enter a conference of counsel (Fed. R. Civ. P. 37(a)(1), LCvR 7(m))."""
    made = Conference(day.date(), how, people, outcome, heading)
    _write(home, lambda held: held.met(made))


def _write(home: Path, act: Any) -> None:
    matter = Matter.open(home)
    with matter.alone():
        made = act(Dealings.read(ledger.read(matter)))
        ledger.write(matter, [made])
    console.say(f"{made.key} is in the ledger.")


@report.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def list_(home: Path, *, as_json: bool) -> None:
    """Show topics, letters and conferences as they stand."""
    held = Dealings.read(ledger.read(Matter.open(home)))
    if as_json:
        plain = {
            "topics": {key: each.body() for key, each in held.topics.items()},
            "letters": {key: each.body() for key, each in held.letters.items()},
            "conferences": {key: each.body() for key, each in held.conferences.items()},
        }
        console.raw(json.dumps(plain, ensure_ascii=False))
        return
    for each in held.topics.values():
        _say_topic(each)
    for key, wrote in held.letters.items():
        console.say(f"{key}  {wrote.day}  {wrote.sender} to {wrote.to}: {wrote.about}")
    for key, met in held.conferences.items():
        console.say(f"{key}  {met.day}  {met.how}: {met.outcome}")
    if not held.topics:
        console.say("No topic is open. Next: forthwith report topic HEADING")


def _say_topic(each: Topic) -> None:
    console.say(f"{each.heading}{'  IMPASSE' if each.impasse else ''}")
    for name, text in (("joint", each.joint), ("expected", each.expected)):
        if text:
            console.say(f"  {name}: {text}")
    for said in each.positions:
        for name, text in (("position", said.text), ("relief", said.relief)):
            if text:
                console.say(f"  {said.side} side, {name}: {text}")


@report.command("status")
@click.option("--since", type=_DAY, required=True, help="Day of the last report.")
@click.option("--register", "registers", multiple=True,
              type=FileAtHome(),
              help="A deficiency.json, as answered; may be repeated.")  # fmt: skip
@click.option("--called-by", default="", help='What calls for it: "the Order of January 25, 2024".')
@click.option("--next", "next_day", type=_DAY, help="Day proposed for the next report.")
@click.option("--hearing", default="", help="A sentence on a hearing asked for.")
@click.option("--signer", default="", help="Counsel who signs for the producing side.")
@click.option("--day", type=_DAY, help="Day of the report; today without it.")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path),
              help="Folder; papers/ of the matter without it.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def status(
    home: Path,
    /,
    since: datetime,
    next_day: datetime | None,
    day: datetime | None,
    into: Path | None,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Print the joint status report since a day, as DOCX, PDF, TXT and JSON.

    Status 1: it stops at a page that cannot be looked up, or both sides' counts differ.
    """
    matter = Matter.open(home)
    wish = status_report.StatusOptions(
        since=since.date(),
        day=_on(day),
        next_day=next_day.date() if next_day else None,
        into=home / into if into else None,
        **given,
    )
    with matter.alone():
        done = status_report.status(matter, wish)
    _tell(done, as_json=as_json)


def _on(day: datetime | None) -> date:
    return day.date() if day else datetime.now().astimezone().date()


def _tell(done: status_report.Reported, *, as_json: bool) -> None:
    if as_json:
        paper = done.published.as_json() if done.published else {"paper": ""}
        told = {**paper, "red": list(done.red), "differing": list(done.differing)}
        console.raw(json.dumps(told, ensure_ascii=False))
    else:
        _say(done)
    raise SystemExit(console.FINDINGS if done.red or done.differing else console.CLEAN)


def _say(done: status_report.Reported) -> None:
    _lines("RED: ", done.red)
    _lines("COUNTS: ", done.differing)
    if done.published is None:
        words = count(len(done.red), "page")
        console.say(f"NOT PRINTED: {words} cited that nobody can look up.")
        return
    _lines("", map(str, done.published.files))
    console.say(f"{done.published.key} is sealed in the journal. It is UNSIGNED.")


def _lines(mark: str, lines: Iterable[str]) -> None:
    for line in lines:
        console.say(f"{mark}{line}")
