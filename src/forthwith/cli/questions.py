"""`questions`: what was asked in person or by letter, who answered, refused or undertook what."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.domain.questions import Occasion, Question, QuestionState
from forthwith.plain import typed_tables
from forthwith.plain.counting import count
from forthwith.plain.typed_tables import TableRefusedError
from forthwith.record import acts
from forthwith.record.matter import Matter
from forthwith.respond.registers import questions as room
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.questions import QuestionRegister, QuestionStatus
from forthwith.workflows.registers import shelf_of

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(invoke_without_command=True)
@click.option("--as-of", type=_DAY, help="How they stand on this day; today without it.")
@click.option("--open", "only_open", is_flag=True, help="Only what still wants an answer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def questions(
    ctx: click.Context, as_of: datetime | None, *, only_open: bool, as_json: bool
) -> None:
    """List what was asked: where, when, by whom, and what became of it.

    Exit status 1: an undertaking is overdue, or a page that an answer cites cannot be looked up.
    """
    if ctx.invoked_subcommand is not None:
        return
    day = as_of.date() if as_of else datetime.now().astimezone().date()
    matter = Matter.open(ctx.obj)
    register, shelf = QuestionRegister.read(acts.read(matter)), shelf_of(matter)
    now = register.on(day)
    shown = [each for each in now.standings if each.question.outstanding or not only_open]
    for each in shown:
        if as_json:
            console.raw(json.dumps(_plain(each, shelf, day), ensure_ascii=False))
        else:
            _tell(each, shelf, day)
    if not as_json:
        _sum(register, now, day)
    if any(each.question.overdue(day) or _red(each, shelf) for each in now.standings):
        ctx.exit(console.FINDINGS)


@questions.command()
@click.argument("text")
@click.option("--at", type=click.Choice([each.value for each in Occasion]), required=True)
@click.option("--on", "day", type=_DAY, required=True, help="When it was asked.")
@click.option("--by", required=True, help="Who asks.")
@click.option("--of", required=True, help="Who is asked.")
@click.option("--about", default="", help="Its topic.")
@click.pass_obj
def ask(home: Path, text: str, at: str, day: datetime, by: str, of: str, about: str) -> None:
    """Log a question and print its id."""
    matter = Matter.open(home)
    with matter.alone():
        (key,) = QuestionRegister.read(acts.read(matter)).keys(1)
        text, by, of, about = (each.strip() for each in (text, by, of, about))
        made = Question(key, Occasion(at), day.date(), text, by, of, about)
        acts.write(matter, [room.asked(made)])
    console.say(key)


@questions.command()
@click.argument("key")
@click.option("--answered", metavar="TEXT", help="The answer.")
@click.option("--refused", metavar="WHY", help="Why it is not answered.")
@click.option("--undertaken", metavar="OWNER", help="Who is to answer, by the day of --due.")
@click.option("--due", type=_DAY, help="By when; with --undertaken.")
@click.option("--cites", multiple=True, metavar="PAGES", help="What it rests on.")
@click.pass_obj
def answer(home: Path, /, key: str, cites: tuple[str, ...], **given: Any) -> None:
    """Log what became of a question: answered, refused, or undertaken by somebody for a day."""
    ways = [name for name in ("answered", "refused", "undertaken") if given[name] is not None]
    if len(ways) != 1:
        raise click.UsageError("Give one of --answered, --refused and --undertaken.")
    if (ways == ["undertaken"]) != (given["due"] is not None):
        raise click.UsageError("An undertaking has --undertaken OWNER and --due DAY, both.")
    matter = Matter.open(home)
    with matter.alone():
        held = QuestionRegister.read(acts.read(matter)).find(key).question
        shelf = shelf_of(matter)
        cited = [one for each in cites for one in shelf.mentioned(each)]
        made = _made(held, cited, **given)
        acts.write(matter, [room.moved(held, made)])
    console.say(f"{made.key} {_state(made)}.")


@questions.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def import_(home: Path, file: Path) -> None:
    """Log questions from FILE, a CSV; either every row is taken or none.

    Columns: occasion, day, text, by, of, about, state, answer, because, owner, due, cites.
    """
    matter, data = Matter.open(home), (home / file).read_bytes()
    rows, faults = typed_tables.read(file.name, data, room.COLUMNS)
    with matter.alone():
        register = QuestionRegister.read(acts.read(matter))
        made, more = room.read(rows, register, shelf_of(matter))
        if faults or more:
            raise TableRefusedError(file.name, (*faults, *more))
        acts.write(matter, [room.asked(each) for each in made])
    keys = " to ".join(dict.fromkeys((made[0].key, made[-1].key)))
    console.say(f"{count(len(made), 'question')}: {keys}.")


def _made(
    held: Question,
    cites: list[str],
    answered: str | None,
    refused: str | None,
    undertaken: str | None,
    due: datetime | None,
) -> Question:
    if answered is not None:
        return room.answered(held, answered, cites)
    if refused is not None:
        return room.refused(held, refused, cites)
    return room.undertaken(held, undertaken or "", due.date() if due else None, cites)


def _red(standing: QuestionStatus, shelf: CitablePages) -> list[dict[str, str]]:
    found = shelf.red(standing.question.cites)
    return [{"cite": each.cite, "why": each.why} for each in found]


def _plain(standing: QuestionStatus, shelf: CitablePages, day: date) -> dict[str, Any]:
    held = standing.question
    return {
        "key": held.key,
        **held.body(),
        "amended": standing.amended,
        "days_left": (held.due - day).days if held.due else None,
        "overdue": held.overdue(day),
        "red": _red(standing, shelf),
        "history": [each.body() for each in standing.history[:-1]],
    }


def _tell(standing: QuestionStatus, shelf: CitablePages, day: date) -> None:
    held = standing.question
    about = f"; about {held.about}" if held.about else ""
    console.say(
        f"{held.key}  {_word(standing, day)}  {held.occasion} of {held.day}, "
        f"{held.asked_by} to {held.asked_of}{about}"
    )
    console.say(f"        {' '.join(held.text.split())}")
    for each in standing.history[1:-1]:
        console.say(f"        Before: {_state(each)}.")
    if held.state is not QuestionState.OPEN:
        left = f", {console.days_left(held.due, day)}" if held.due else ""
        said = _state(held)
        console.say(f"        {said[:1].upper()}{said[1:]}{left}.")
    if held.cites:
        console.say(f"        Cites {'; '.join(held.cites)}.")
    for red in _red(standing, shelf):
        console.say(f"        RED: {red['cite']} {red['why']}.")


def _word(standing: QuestionStatus, day: date) -> str:
    held = standing.question
    more = "OVERDUE" if held.overdue(day) else "amended" if standing.amended else ""
    return f"{held.state}{', ' if more else ''}{more}".ljust(19)


def _state(held: Question) -> str:
    """Return what became of a question, in one line."""
    match held.state:
        case QuestionState.ANSWERED:
            said = f"answered: {held.answer}"
        case QuestionState.REFUSED:
            said = f"refused: {held.because}"
        case QuestionState.UNDERTAKEN:
            said = f"undertaken by {held.owner}, due {held.due}"
        case QuestionState.OPEN:
            said = "open"
    return " ".join(said.split()).rstrip(".")


def _sum(register: QuestionRegister, now: QuestionRegister, day: date) -> None:
    """Say how many there are of each kind, or what to do first."""
    if not register.standings:
        console.say(
            "Nothing is asked. Next: forthwith questions ask TEXT, or questions import FILE"
        )
        return
    if later := len(register.standings) - len(now.standings):
        console.say(f"Put after {day} and not shown: {count(later, 'question')}.")
    counts = Counter(each.question.state for each in now.standings)
    states = ", ".join(f"{counts[each]:,} {each}" for each in QuestionState)
    overdue = sum(each.question.overdue(day) for each in now.standings)
    console.say(f"{count(len(now.standings), 'question')}: {states}. Overdue: {overdue:,}.")
