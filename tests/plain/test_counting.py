"""Counts, ordinals and sizes read as people write them."""

from __future__ import annotations

import pytest

from forthwith.plain.counting import count, ordinal, size


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 documents"), (1, "1 document"), (2000, "2,000 documents")]
)
def test_a_number_stands_with_its_noun(number: int, words: str) -> None:
    assert count(number, "document") == words


def test_a_plural_of_its_own_is_given() -> None:
    assert [count(number, "family", "families") for number in (1, 2)] == ["1 family", "2 families"]


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (14_200_000, "14.2 MB"),
     (2_500_000_000_000, "2,500.0 GB")],
)  # fmt: skip
def test_a_size_takes_the_largest_unit_it_fills(amount: int, words: str) -> None:
    assert size(amount) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "first"), (12, "twelfth"), (13, "13th"), (21, "21st"), (112, "112th"), (123, "123rd")],
)
def test_a_place_is_a_word_up_to_twelve(number: int, words: str) -> None:
    assert ordinal(number) == words
