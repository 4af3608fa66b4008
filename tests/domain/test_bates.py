"""Bates numbers are text first: prefix and width are part of the number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.bates import Bates, NotABatesNumberError, ranges

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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("BTS0001", ["BTS0001 BTS0001"]),
        ("BTS0001 - BTS0005", ["BTS0001 BTS0005"]),
        ("BTS0001-BTS0005", ["BTS0001 BTS0005"]),
        ("BTS0001\u2013BTS0005", ["BTS0001 BTS0005"]),
        ("BTS0001 to BTS0005", ["BTS0001 BTS0005"]),
        ("BTS0009-12", ["BTS0009 BTS0012"]),
        ("A-1-0007 - A-1-0009", ["A-1-0007 A-1-0009"]),
        ("A-1-0007-A-1-0009", ["A-1-0007 A-1-0009"]),
        # A dash in a prefix, and ends that are no range.
        ("A-0007", ["A-0007 A-0007"]),
        ("A-2021-0001", ["A-2021-0001 A-2021-0001"]),
        ("SEC 0001", ["SEC 0001 SEC 0001"]),
        ("BTS0001; BTS0004,BTS0006\nBTS0009", [f"BTS000{n} BTS000{n}" for n in (1, 4, 6, 9)]),
        ("0012 - 0015", ["0012 0015"]),
        ("", []),
        ("n/a", []),
        ("withheld in full, see row 12", []),
    ],
)
def test_lists_of_numbers_are_read_as_people_write_them(text: str, told: list[str]) -> None:
    assert [f"{first} {last}" for first, last in ranges(text)] == told


@given(numbers.filter(lambda number: bool(number.prefix)), st.integers(0, 1000))
def test_a_range_survives_being_written(first: Bates, pages: int) -> None:
    first = Bates.parse(str(first))
    last = Bates.parse(str(first.plus(pages)))
    if last.width == first.width:
        assert ranges(f"{first} - {last}") == [(first, last)]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    ranges(text)
