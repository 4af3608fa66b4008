"""What is doubtful never helps the conclusion: no completion turns an answer of the engine.

Every *shown* must hold, and every *excluded*, in each completion of the doubtful rows, whatever is
open. That would be easy for an engine that never decides: so of what is asked at least a fifth must
be shown and a fifth excluded, and where all completions agree and the engine does not decide, it is
counted by the table whose doubtful row it did not see through, and printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from forthwith.custody.answers.answers import Question
from forthwith.custody.answers.ask import ask
from forthwith.custody.answers.caveats import UnknownNameError
from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.facts import Facts, ProofLevel
from tests.custody.judge.asked import TABLES, Asked, Span, Stretch, asked_about, stretches
from tests.custody.judge.bounds import judged
from tests.custody.judge.completions import MOST, Completions
from tests.custody.judge.registers import draw
from tests.custody.judge.smallest import smallest, written


def question(asked: Asked, **more) -> Question:
    """Return what is asked as the engine takes it."""
    amount = None if asked.amount is None else Amount(asked.amount)
    options = {"copies_persist": asked.copies_persist} | more
    return Question(
        asked.who, replace(asked.scope, amount=amount), asked.period, asked.standing,
        asked.accept_disputed, **options,
    )  # fmt: skip


def answered(facts: Facts, asked: Asked) -> dict[Stretch, str]:
    """Return the engine's answer in each stretch."""
    runs = [
        (Span.of(interval.period), str(interval.verdict))
        for interval in ask(facts, question(asked), gaps_listed=0).intervals
    ]
    return {
        when: next(verdict for span, verdict in runs if span.covers(when))
        for when in stretches(facts, asked)
        if asked_about(asked, when)
    }


def turned(facts: Facts, asked: Asked) -> set[Stretch]:
    """Return the stretches in which some completion is against what the engine decided."""
    answers, completions = answered(facts, asked), Completions(facts, asked)
    shown = {when for when, verdict in answers.items() if verdict == "shown"}
    excluded = {when for when, verdict in answers.items() if verdict == "excluded"}
    return (shown - completions.sure(shown)) | (excluded - completions.never(excluded))


def agreed(facts: Facts, asked: Asked) -> dict[Stretch, str]:
    """Return what all completions agree on where the engine does not decide."""
    answers, completions = answered(facts, asked), Completions(facts, asked)
    left = {when for when, verdict in answers.items() if verdict == "not shown"}
    return dict.fromkeys(completions.sure(left), "shown") | dict.fromkeys(
        completions.never(left), "excluded"
    )


def causes(facts: Facts, asked: Asked) -> Iterator[str]:
    """Yield the tables of which one doubtful row, settled either way, lets the engine decide."""
    wanted = agreed(facts, asked)
    for table in TABLES:
        for row in getattr(facts, table):
            if asked.accepts(row):
                continue
            true = replace(row, standing=ProofLevel.PROVED, disputed=False)
            for settled in ((true,), ()):
                rows = getattr(facts, table)
                place = rows.index(row)
                rows = (*rows[:place], *settled, *rows[place + 1 :])
                try:
                    answers = answered(replace(facts, **{table: rows}), asked)
                except UnknownNameError:
                    # Without this row nothing has the word the question names.
                    continue
                if any(answers.get(when) == verdict for when, verdict in wanted.items()):
                    yield table
                    break


@dataclass
class Tally:
    """What came of many questions."""

    questions: int = 0
    #: Questions that name what no row has: no answer is one.
    refused: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    #: Days on which all completions agree and the engine does not decide, by cause.
    undecided: Counter[str] = field(default_factory=Counter)
    #: Days on which the rules, read row by row, decide more than the engine, and less.
    beside_the_rules: Counter[tuple[str, str]] = field(default_factory=Counter)

    def ask(self, facts: Facts, asked: Asked, name: str) -> None:
        """Ask one question of the engine and of every completion."""
        if Completions(facts, asked).count() > MOST:
            return
        try:
            answers = answered(facts, asked)
        except UnknownNameError:
            self.refused += 1
            return
        if turned(facts, asked):
            least = smallest(facts, lambda fewer: bool(turned(fewer, asked)))
            pytest.fail(f"a completion turns the answer of {name}, {asked}:\n{written(least)}")
        self.questions += 1
        self.verdicts.update(answers.values())
        if open_ := agreed(facts, asked):
            why = sorted(set(causes(facts, asked))) or ["days, alike people or accounts"]
            self.undecided[", ".join(why)] += len(open_)
        for when, rule in judged(facts, asked).items():
            if rule != answers[when]:
                self.beside_the_rules[answers[when], rule] += 1

    def told(self) -> str:
        """Return it for whoever reads the run."""
        return f"{self.questions} questions: {self.verdicts}; undecided: {self.undecided}; beside the rules (engine, rules): {self.beside_the_rules}"  # noqa: E501


def tally(seeds: range) -> Tally:
    """Ask the questions of these registers."""
    result = Tally()
    for seed in seeds:
        facts, questions = draw(seed)
        for n, asked in enumerate(questions):
            result.ask(facts, asked, f"register {seed}, question {n}")
    return result


def test_no_completion_turns_an_answer():
    """A sample, of every kind of row."""
    result = tally(range(150))

    print(result.told())
    days = result.verdicts.total()
    assert result.verdicts["shown"] >= 0.2 * days
    assert result.verdicts["excluded"] >= 0.2 * days


@pytest.mark.slow
def test_no_completion_turns_an_answer_of_a_hundred_thousand_questions():
    """Other registers, about half an hour of them."""
    result = Tally()
    seed = 150
    while result.questions < 100_000:
        facts, questions = draw(seed)
        for n, asked in enumerate(questions):
            result.ask(facts, asked, f"register {seed}, question {n}")
        seed += 1

    print(result.told())
    days = result.verdicts.total()
    assert result.verdicts["shown"] >= 0.2 * days
    assert result.verdicts["excluded"] >= 0.2 * days
