"""`questions`: what was asked in person or by letter, who answered, refused or undertook what."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.console import DAY
from forthwith.domain.questions import Occasion, Question, QuestionState
from forthwith.plain.counting import count
from forthwith.respond.registers.citations import CitablePages
from forthwith.respond.registers.questions import QuestionRegister, QuestionStatus
from forthwith.workflows import questions as desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.questions import QuestionOptions, StepOptions


@click.group(invoke_without_command=True)
@click.option("--as-of", type=DAY, help="How they stand on this day; today without it.")
@click.option("--open", "only_open", is_flag=True, help="Only what still wants an answer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.pass_context
def questions(ctx: click.Context, as_of: date | None, *, only_open: bool, as_json: bool) -> None:
    """List what was asked: where, when, by whom, and what became of it.

    Exit status 1: an undertaking is overdue, or a page that an answer cites cannot be looked up.
    """
    if ctx.invoked_subcommand is not None:
        return
    day, case = as_of or console.today(), CaseFile.open(ctx.obj)
    now = case.questions.on(day)
    for status in now.standings:
        if only_open and not status.question.outstanding:
            continue
        if as_json:
            console.raw(json.dumps(_as_json(status, case.citable, day), ensure_ascii=False))
        else:
            _print(status, case.citable, day)
    if not as_json:
        _print_sum(case.questions, now, day)
    if any(
        status.question.overdue(day) or _unresolved(status, case.citable)
        for status in now.standings
    ):
        ctx.exit(console.FINDINGS)


@questions.command()
@click.argument("text")
@click.option("--at", type=click.Choice([occasion.value for occasion in Occasion]), required=True)
@click.option("--on", "day", type=DAY, required=True, help="When it was asked.")
@click.option("--by", required=True, help="Who asks.")
@click.option("--of", required=True, help="Who is asked.")
@click.option("--about", default="", help="Its topic.")
@click.pass_obj
def ask(home: Path, /, text: str, at: str, **given: Any) -> None:
    """Log a question and print its id."""
    with CaseFile.open(home).alone() as case:
        question = desk.ask(case, QuestionOptions(text, Occasion(at), **given))
    console.say(question.key)


@questions.command()
@click.argument("key")
@click.option("--answered", metavar="TEXT", help="The answer.")
@click.option("--refused", metavar="WHY", help="Why it is not answered.")
@click.option("--undertaken", metavar="OWNER", help="Who is to answer, by the day of --due.")
@click.option("--due", type=DAY, help="By when; with --undertaken.")
@click.option("--cites", multiple=True, metavar="PAGES", help="What it rests on.")
@click.pass_obj
def answer(home: Path, /, key: str, **given: Any) -> None:
    """Log what became of a question: answered, refused, or undertaken by somebody for a day."""
    ways = [name for name in ("answered", "refused", "undertaken") if given[name] is not None]
    if len(ways) != 1:
        raise click.UsageError("Give one of --answered, --refused and --undertaken.")
    if (ways == ["undertaken"]) != (given["due"] is not None):
        raise click.UsageError("An undertaking has --undertaken OWNER and --due DAY, both.")
    with CaseFile.open(home).alone() as case:
        question = desk.step(case, key, StepOptions(**given))
    console.say(f"{question.key} {_state(question)}.")


@questions.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def import_(home: Path, file: Path) -> None:
    """Log questions from FILE, a CSV; either every row is taken or none.

    Columns: occasion, day, text, by, of, about, state, answer, because, owner, due, cites.
    """
    with CaseFile.open(home).alone() as case:
        taken = desk.import_questions(case, home / file)
    keys = " to ".join(dict.fromkeys((taken[0].key, taken[-1].key)))
    console.say(f"{count(len(taken), 'question')}: {keys}.")


def _unresolved(status: QuestionStatus, citable: CitablePages) -> list[dict[str, str]]:
    """Return the pages that an answer cites and nobody can look up."""
    lost = citable.unresolved(status.question.cites)
    return [{"cite": citation.cite, "why": citation.why} for citation in lost]


def _as_json(status: QuestionStatus, citable: CitablePages, day: date) -> dict[str, Any]:
    question = status.question
    return {
        "key": question.key,
        **question.body(),
        "amended": status.amended,
        "days_left": (question.due - day).days if question.due else None,
        "overdue": question.overdue(day),
        "red": _unresolved(status, citable),
        "history": [before.body() for before in status.history[:-1]],
    }


def _print(status: QuestionStatus, citable: CitablePages, day: date) -> None:
    question = status.question
    about = f"; about {question.about}" if question.about else ""
    more = "OVERDUE" if question.overdue(day) else "amended" if status.amended else ""
    state = f"{question.state}{', ' if more else ''}{more}"
    console.say(
        f"{question.key}  {state:19}  {question.occasion} of {question.day}, "
        f"{question.asked_by} to {question.asked_of}{about}"
    )
    console.say(f"        {' '.join(question.text.split())}")
    for before in status.history[1:-1]:
        console.say(f"        Before: {_state(before)}.")
    if question.state is not QuestionState.OPEN:
        left = f", {console.days_left(question.due, day)}" if question.due else ""
        words = _state(question)
        console.say(f"        {words[:1].upper()}{words[1:]}{left}.")
    if question.cites:
        console.say(f"        Cites {'; '.join(question.cites)}.")
    for citation in _unresolved(status, citable):
        console.say(f"        RED: {citation['cite']} {citation['why']}.")


def _state(question: Question) -> str:
    """Return what became of a question, in one line."""
    match question.state:
        case QuestionState.ANSWERED:
            words = f"answered: {question.answer}"
        case QuestionState.REFUSED:
            words = f"refused: {question.because}"
        case QuestionState.UNDERTAKEN:
            words = f"undertaken by {question.owner}, due {question.due}"
        case QuestionState.OPEN:
            words = "open"
    return " ".join(words.split()).rstrip(".")


def _print_sum(register: QuestionRegister, now: QuestionRegister, day: date) -> None:
    """Say how many there are of each kind, or what to do first."""
    if not register.standings:
        console.say(
            "Nothing is asked. Next: forthwith questions ask TEXT, or questions import FILE"
        )
        return
    if later := len(register.standings) - len(now.standings):
        console.say(f"Put after {day} and not shown: {count(later, 'question')}.")
    counts = Counter(status.question.state for status in now.standings)
    states = ", ".join(f"{counts[state]:,} {state}" for state in QuestionState)
    overdue = sum(status.question.overdue(day) for status in now.standings)
    console.say(f"{count(len(now.standings), 'question')}: {states}. Overdue: {overdue:,}.")
