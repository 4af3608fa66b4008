"""Bates numbers are text first: prefix and width are part of the number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.bates import Bates, NotABatesNumberError

numbers = st.builds(
    Bates,
    st.from_regex(r"[A-Z0-9_-]{0,8}[A-Z_-]", fullmatch=True) | st.just(""),
    st.integers(1, 18),
    st.integers(0, 10**6),
)


@pytest.mark.parametrize(
    ("text", "prefix", "width", "number"),
    [
        ("BTS00033445", "BTS", 8, 33445),
        (" US2024_0000001 ", "US2024_", 7, 1),
        ("A-1-0007", "A-1-", 4, 7),
        ("0012", "", 4, 12),
    ],
)
def test_a_number_is_read_as_stamped(text: str, prefix: str, width: int, number: int) -> None:
    assert Bates.parse(text) == Bates(prefix, width, number)


@pytest.mark.parametrize("text", ["", "BTS", "BTS001A", "BTS 12 x"])
def test_what_does_not_end_in_digits_is_no_number(text: str) -> None:
    with pytest.raises(NotABatesNumberError, match="must end in digits"):
        Bates.parse(text)


@given(numbers)
def test_a_number_survives_being_stamped_and_read(number: Bates) -> None:
    read = Bates.parse(str(number))

    assert str(read) == str(number)
    assert (read.prefix, read.number) == (number.prefix, number.number)


@given(numbers, st.integers(1, 1000))
def test_pages_and_steps_agree(first: Bates, pages: int) -> None:
    assert first.pages_to(first.plus(pages - 1)) == pages


def test_ranges_across_widths_or_prefixes_are_none() -> None:
    first = Bates.parse("BTS0001")

    assert first.pages_to(Bates.parse("BTS001")) is None
    assert first.pages_to(Bates.parse("BTX0002")) is None
    assert first.plus(1).pages_to(first) is None
