"""`custody ask` and `custody gaps`: could they move it, and what would prove that they could not.

An answer is an answer, whatever it says: both end with status 0.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.custody.common import DAY, facts_option, say, standing_option
from forthwith.cli.custody.missing import missing_lines, named, shortened
from forthwith.custody.answers.answers import (
    Answer,
    CitedFact,
    Interval,
    RestingOn,
    Verdict,
)
from forthwith.custody.answers.ask import LISTED
from forthwith.plain.counting import count
from forthwith.workflows.custody.ask import AskOptions, answer_of

#: Wallets printed one by one before the rest is only counted.
_SHOWN = 30
#: Rows an exclusion rests on, likewise.
_RESTING = 20
_GAP_KEYS = ("answer", "gaps", "gaps_complete", "assumed", "standing")


def _question(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that make up a question."""
    for option in reversed(
        (
            click.option(
                "--who", required=True, help="employer=E, payer=E, people=A,B, … and/or/not."
            ),
            click.option(
                "--scope", default="", help="wallet=, class=, asset=, path=, destination=, amount=."
            ),
            click.option("--from", "start", type=DAY, help="First day; default: the facts' first."),
            click.option("--to", "end", type=DAY, help="First day out; default: the facts' last."),
            standing_option,
            click.option(
                "--accept-disputed", is_flag=True, help="Count disputed facts like others."
            ),
            click.option(
                "--copies-persist",
                is_flag=True,
                help="Whoever had a thing that can be copied may have kept a copy.",
            ),
            facts_option,
            click.option(
                "--limit",
                type=click.IntRange(0),
                default=LISTED,
                show_default=True,
                help="Gap sets to list.",
            ),
            click.option(
                "--seconds",
                type=click.FloatRange(0, min_open=True),
                help="Processor time the gaps may take; default: 20.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        )
    ):
        command = option(command)
    return command


@click.command()
@_question
@click.option("--each", "by_wallet", is_flag=True, help="Answer for each wallet as well.")
@click.pass_obj
def ask(
    home: Path, /, *, folder: Path | None, as_json: bool, by_wallet: bool, **given: Any
) -> None:
    """Say whether a group could move what lies in a scope: shown, excluded or not shown."""
    answer = answer_of(home, folder, AskOptions(**given))
    if as_json:
        body = answer.as_json()
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        _print(answer, by_wallet=by_wallet)


@click.command()
@_question
@click.pass_obj
def gaps(home: Path, /, *, folder: Path | None, as_json: bool, **given: Any) -> None:
    """List what to collect, inspect or ask so that "not shown" becomes "excluded"."""
    answer = answer_of(home, folder, AskOptions(**given))
    if as_json:
        whole = answer.as_json()
        kept = {name: whole[name] for name in _GAP_KEYS}
        console.raw(json.dumps(kept, ensure_ascii=False))
    else:
        _print_gaps(answer)


def _print(answer: Answer, *, by_wallet: bool) -> None:
    say(f"Answer: {answer.verdict}  (facts of standing {answer.standing!s} and better)")
    _print_intervals(answer.intervals)
    if by_wallet:
        _print_wallets(answer)
    if answer.witness:
        shown = next(run for run in answer.intervals if run.verdict is Verdict.SHOWN)
        say()
        say(f"Shown on {shown.period.from_text} by these facts:")
        _print_cited(answer.witness)
    if answer.shown_if:
        say()
        say("Shown if these were so, or were not relied on:")
        _print_cited(answer.shown_if)
    if answer.copies_kept:
        say()
        say("If past holders kept copies (--copies-persist), the answer is another:")
        _print_intervals(answer.copies_kept)
    if answer.rests_on is not None:
        _print_rests(answer.rests_on)
    _print_missing(answer)
    say()
    for sentence in answer.assumed:
        say(f"Note: {shortened(sentence)}")


def _print_wallets(answer: Answer) -> None:
    """Print each answer of a wallet, those of the same answer together."""
    alike: dict[tuple[Interval, ...], list[str]] = {}
    for wallet, intervals in answer.wallets:
        alike.setdefault(intervals, []).append(wallet)
    for intervals, wallets in list(alike.items())[:_SHOWN]:
        many = f"Wallets ({len(wallets)}) " if len(wallets) > 1 else "Wallet "
        say(f"{many}{named(wallets)}:")
        _print_intervals(intervals)
    if rest := list(alike.values())[_SHOWN:]:
        say(f"… and {sum(map(len, rest)):,} more wallets (see --json).")


def _print_intervals(intervals: tuple[Interval, ...]) -> None:
    for interval in intervals:
        paths = f"  by {', '.join(interval.paths)}" if interval.paths else ""
        say(
            f"  {interval.period.from_text} to {interval.period.to_text}  {interval.verdict}{paths}"
        )


def _print_cited(facts: Sequence[CitedFact]) -> None:
    for fact in facts:
        cites = f"  [{'; '.join(fact.cites)}]" if fact.cites else ""
        say(shortened(f"  {fact.fact}: {fact.says}{cites}"))


def _print_rests(rests: RestingOn) -> None:
    if not rests.count:
        return
    say()
    weakest = f", the weakest of standing {rests.weakest!s}" if rests.weakest is not None else ""
    say(f"Excluded by {count(rests.count, 'row')}{weakest}:")
    _print_cited(rests.rows[:_RESTING])
    if rests.count > _RESTING:
        say(f"  … and {rests.count - _RESTING:,} more (see --json).")
    if rests.falls_at is None:
        say("By facts that are proved alone it is excluded as well.")
    else:
        say(f"With facts of standing {rests.falls_at!s} and better only, it is not.")


def _print_gaps(answer: Answer) -> None:
    say(f"Answer: {answer.verdict}  (facts of standing {answer.standing!s} and better)")
    if answer.verdict is Verdict.EXCLUDED:
        say("Nothing is missing: on every day asked about they could not.")
    elif answer.verdict is Verdict.SHOWN:
        say("On some days it is shown that they could; what follows is for the other days.")
    _print_missing(answer)
    for sentence in answer.assumed:
        say(f"Note: {shortened(sentence)}")


def _print_missing(answer: Answer) -> None:
    if not answer.gaps:
        if answer.verdict is Verdict.NOT_SHOWN and answer.gaps_complete:
            say()
            say("No row that could be added to these would settle it; the notes say why.")
        return
    say()
    say(f"What is missing, cheapest first ({_settling(answer)}):")
    for line in missing_lines(answer.gaps, why=True):
        say(line)
    if not answer.gaps_complete:
        say("   … and there are more sets; --limit lists them.")


def _settling(answer: Answer) -> str:
    """Return what the sets are good for: nothing that is missing undoes what is shown."""
    many = count(len(answer.gaps), "set")
    either = "any one of them" if len(answer.gaps) > 1 else "it"
    if answer.verdict is Verdict.SHOWN:
        return f"{many}; {either} would exclude the days that are not shown, and no other"
    return f"{many}; {either} would settle it"
