"""Adding a fact lists the sentences it touches, and no other."""

from __future__ import annotations

import copy
from dataclasses import replace

from forthwith.custody.statements.affected import affected
from forthwith.custody.statements.results import Result
from tests.builders.custody import Custody, span
from tests.builders.statements import says, two_of_three

DAY = "2023-06-12"


def sworn(custody: Custody) -> Custody:
    """Say four things about the sound wallet."""
    for claim in (
        "no_access(halden)",
        "retained(northgate)",
        "holders(k2) = {lindqvist}",
        "fully_backed(BTC)",
    ):
        custody.facts = says(custody.facts, claim, DAY)
    return custody


def test_one_fact_lists_the_sentences_whose_answer_it_changes() -> None:
    before = sworn(two_of_three())
    after = copy.deepcopy(before).has("adeyemi", "k1")

    sentences = affected(before.facts, after.facts)

    assert [sentence.id for sentence in sentences] == ["S1"]
    assert (sentences[0].before.result, sentences[0].after.result) == (
        Result.SUPPORTED,
        Result.CONTRADICTED,
    )
    assert sentences[0].rows == (after.facts.possessions[-1].place,)
    assert "was supported and is now contradicted" in sentences[0].why


def test_a_share_moved_later_lists_what_has_to_be_supplemented() -> None:
    before = sworn(two_of_three())
    after = copy.deepcopy(before).has("adeyemi", "k2", span("2023-09-01"))

    sentences = affected(before.facts, after.facts)

    assert [sentence.id for sentence in sentences] == ["S1", "S3"]
    assert all("from 2023-09-01" in sentence.why for sentence in sentences)


def test_a_missing_inspection_row_found_turns_unsupported_to_supported() -> None:
    """The other way round: what was promised can at last be shown."""
    after = sworn(two_of_three())
    closed = tuple(row for row in after.facts.completeness if row.means != "k1")
    before = replace(after.facts, completeness=closed)

    sentences = affected(before, after.facts)

    assert [
        (sentence.id, str(sentence.before.result), str(sentence.after.result))
        for sentence in sentences
    ] == [("S1", "unsupported", "supported")]


def test_a_fact_about_something_else_touches_nothing() -> None:
    before = sworn(two_of_three())
    after = copy.deepcopy(before).people("diaz").means("k9").has("diaz", "k9")

    assert affected(before.facts, after.facts) == ()
    assert affected(before.facts, before.facts) == ()


def test_a_sentence_that_was_not_there_before_is_not_touched() -> None:
    before = two_of_three()
    after = sworn(copy.deepcopy(before)).has("adeyemi", "k1")

    assert affected(before.facts, after.facts) == ()
