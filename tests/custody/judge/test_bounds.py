"""The judge's own bounds obey the principle: no completion turns what they decide."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.custody.judge.bounds import judged
from tests.custody.judge.completions import MOST, Completions
from tests.custody.judge.registers import draw
from tests.custody.judge.smallest import written


def tally(seeds: range) -> Counter[str]:
    """Judge the questions of these registers; return how many days had which answer."""
    verdicts: Counter[str] = Counter()
    for seed in seeds:
        facts, questions = draw(seed)
        for asked in questions:
            completions = Completions(facts, asked)
            if completions.count() > MOST:
                continue
            answers = judged(facts, asked)
            shown = {when for when, verdict in answers.items() if verdict == "shown"}
            excluded = {when for when, verdict in answers.items() if verdict == "excluded"}
            turned = shown - completions.sure(shown) | excluded - completions.never(excluded)
            assert not turned, f"register {seed}, {asked}\n{written(facts)}"
            verdicts.update(answers.values())
    return verdicts


def test_what_the_rules_decide_stays_so_in_every_completion():
    """Doubtful rows true or absent, days of change either way, who is one with whom."""
    verdicts = tally(range(150))

    assert min(verdicts["shown"], verdicts["excluded"]) >= 0.2 * verdicts.total()


@pytest.mark.slow
def test_the_same_over_many_registers():
    """As above, twenty thousand questions of other registers."""
    tally(range(150, 7_000))
