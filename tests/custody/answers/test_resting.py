"""What an exclusion rests on: the rows that keep a group from more, and no others."""

from __future__ import annotations

from forthwith.custody.answers.answers import Answer, Verdict
from forthwith.custody.facts.facts import ProofLevel
from tests.builders.custody import Custody, span, two_of_three

HALVED = span("2023-03-01", "2023-06-01")


def rows(answer: Answer) -> set[str]:
    assert answer.verdict is Verdict.EXCLUDED
    assert answer.rests_on
    return {fact.fact for fact in answer.rests_on.rows if "not longer" in fact.says}


def handed_over(end: str, **more: object) -> Custody:
    """Halden's person had a second key for a while."""
    return two_of_three().has("adeyemi", "k1", span("2023-01-01", end), **more)


def test_a_possession_that_ended_before_the_days_asked_is_one_of_them() -> None:
    """Had it not ended, two keys would be in one hand."""
    custody = handed_over("2023-02-01")

    assert rows(custody.ask("employer=halden", "wallet=cold", HALVED)) == {
        custody.facts.possessions[-1].place
    }


def test_what_ends_when_the_days_asked_end_is_not() -> None:
    """Rows of an export all end on the export's day; nothing hangs on that."""
    custody = two_of_three()
    custody.tie("adeyemi", "halden", span("2023-01-01", "2023-06-01"))

    assert not rows(custody.ask("employer=halden", "wallet=cold", HALVED))


def test_the_end_of_a_row_that_is_not_believed_is_not() -> None:
    """True, it has ended; absent, it never was: neither way does the exclusion need it."""
    custody = handed_over("2023-02-01", standing=ProofLevel.NARRATIVE)
    answer = custody.ask("employer=halden", "wallet=cold", HALVED)

    assert not rows(answer)
    assert answer.rests_on
    assert answer.rests_on.weakest is not ProofLevel.NARRATIVE
