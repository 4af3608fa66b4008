"""A description neither quotes its document nor stands on everything."""

from __future__ import annotations

import pytest

from forthwith.domain.documents import ControlNumber
from forthwith.review.privilege.checks import MANY, given_away, repeated
from tests.builders.documents import control

BODY = "Our view is that the quorum of the cold wallet ought not to be changed before the board met"


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("E-mail seeking legal advice on the quorum of the cold wallet.", ""),
        ("On THE quorum, of the cold-wallet ought not", "the quorum of the cold wallet ought not"),
        ("Advice saying \u201cought not to\u201d do a thing", "ought not to"),
        ('Advice on "the quorum"', ""),
        ("", ""),
    ],
)  # fmt: skip
def test_eight_words_on_end_or_three_in_quotation_marks_give_it_away(
    description: str, told: str
) -> None:
    assert given_away(description, BODY) == told


def test_an_empty_body_gives_nothing_away() -> None:
    assert given_away("E-mail seeking legal advice on the custody of keys", "") == ""


def test_one_description_on_many_families_is_boilerplate_and_in_one_family_is_not() -> None:
    numbers = [control(each) for each in range(1, MANY + 1)]
    said = [(each, "Legal advice. ") for each in numbers[:-1]] + [(numbers[-1], "legal advice")]
    alone: dict[ControlNumber, ControlNumber] = {each: each for each in numbers}

    assert repeated(said, alone) == [numbers]
    assert repeated(said[1:], alone) == []
    assert repeated(said, dict.fromkeys(numbers, numbers[0])) == []
