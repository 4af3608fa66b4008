"""What comes with an answer is true of it: why it is open, what would show it, when it falls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product

from forthwith.custody.answers.answers import Answer, Verdict
from forthwith.custody.answers.ask import ask
from forthwith.custody.facts.facts import Facts, Grant, ProofLevel, SpendingPolicy
from tests.custody.judge.asked import TABLES, Asked
from tests.custody.judge.registers import draw
from tests.custody.judge.smallest import smallest, written
from tests.custody.judge.test_completions import question


def engine(facts: Facts, asked: Asked, **more) -> Answer:
    """Ask the engine, with one set of gaps."""
    return ask(facts, question(asked, **more), gaps_listed=1)


def drawn(verdict: Verdict, seeds: range) -> Iterator[tuple[Facts, Asked, Answer]]:
    """Yield the questions of these registers that have this answer."""
    for seed in seeds:
        facts, questions = draw(seed)
        for asked in questions:
            answer = engine(facts, asked)
            if answer.verdict is verdict:
                yield facts, asked, answer


def bare(answer: Answer) -> bool:
    """Say whether an answer leaves it open and does not say why."""
    return answer.verdict is Verdict.NOT_SHOWN and not answer.gaps and not answer.shown_if


def test_what_is_not_shown_says_what_is_missing_or_what_it_would_be_shown_but_for():
    """Not shown alone would be no answer to a custodian or to a regulator."""
    for facts, asked, answer in drawn(Verdict.NOT_SHOWN, range(80_000, 80_100)):
        if bare(answer):
            least = smallest(facts, lambda fewer, asked=asked: bare(engine(fewer, asked)))
            raise AssertionError(f"{asked}\n{written(least)}")


def settled(facts: Facts, places: set[str]) -> Iterator[Facts]:
    """Yield the register with these rows true, conditions met, or left out, in every way."""
    rows = [(t, row) for t in TABLES for row in getattr(facts, t) if row.place in places]
    for taken in islice(product((True, False), repeat=len(rows)), 256):
        now = facts
        for (table, row), true in zip(rows, taken, strict=True):
            kept = replace(row, standing=ProofLevel.PROVED, disputed=False)
            if isinstance(kept, Grant):
                kept = replace(kept, condition="")
            if isinstance(kept, SpendingPolicy):
                limits = tuple(pair for pair in kept.scope if pair[0] not in ("when", "older"))
                kept = replace(kept, scope=limits)
            others = getattr(now, table)
            place = others.index(row)
            settled_row = (kept,) if true else ()
            now = replace(now, **{table: (*others[:place], *settled_row, *others[place + 1 :])})
        yield now


def test_what_would_be_shown_but_for_a_row_is_shown_without_the_doubt():
    """Settle the rows named, each one way or the other: then it is shown."""
    for facts, asked, answer in drawn(Verdict.NOT_SHOWN, range(81_000, 81_060)):
        if answer.shown_if:
            places = {fact.fact for fact in answer.shown_if if fact.doubtful}
            assert places
            assert any(
                engine(now, asked).verdict is Verdict.SHOWN for now in settled(facts, places)
            ), f"{asked}\n{sorted(places)}\n{written(facts)}"


def test_an_exclusion_falls_at_the_standing_it_says():
    """On no stricter standard before that one, and on that one surely."""
    for facts, asked, answer in drawn(Verdict.EXCLUDED, range(82_000, 82_060)):
        rests = answer.rests_on
        assert rests is not None
        stricter = [level for level in ProofLevel if level < asked.standing]
        fallen = [
            level
            for level in stricter
            if engine(facts, replace(asked, standing=level)).verdict is not Verdict.EXCLUDED
        ]
        assert (rests.falls_at is None) == (not fallen)
        assert rests.falls_at is None or rests.falls_at in fallen


def test_the_answer_where_copies_were_kept_is_the_one_asked_for_alone():
    """Printed beside the other, it is what `copies_persist` gives."""
    for facts, asked, _ in drawn(Verdict.EXCLUDED, range(83_000, 83_060)):
        beside = engine(facts, asked, copies_persist=False, kept_beside=True)
        alone = engine(facts, asked, copies_persist=True)
        differs = [(i.period, i.verdict) for i in beside.intervals] != [
            (i.period, i.verdict) for i in alone.intervals
        ]
        assert bool(beside.copies_kept) == differs
        if differs:
            assert [(i.period, i.verdict) for i in beside.copies_kept] == [
                (i.period, i.verdict) for i in alone.intervals
            ]
