"""A height of Bitcoin's main chain lies between two instants, or after one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.facts.heights import _ANCHORS, SLACK, bounds

LAST = _ANCHORS[-1][0]


@pytest.mark.parametrize(
    ("height", "found"),
    [
        # The genesis block and the four halvings: times from the headers, told in many places.
        (0, datetime(2009, 1, 3, 18, 15, 5, tzinfo=UTC)),
        (210_000, datetime(2012, 11, 28, 15, 24, 38, tzinfo=UTC)),
        (420_000, datetime(2016, 7, 9, 16, 46, 13, tzinfo=UTC)),
        (630_000, datetime(2020, 5, 11, 19, 23, 43, tzinfo=UTC)),
        (840_000, datetime(2024, 4, 20, 0, 9, 27, tzinfo=UTC)),
        # Segwit and taproot became rules here.
        (481_824, datetime(2017, 8, 24, 1, 57, 37, tzinfo=UTC)),
        (709_632, datetime(2021, 11, 14, 5, 15, 27, tzinfo=UTC)),
    ],
)
def test_blocks_of_known_time_lie_within_their_bounds(height: int, found: datetime) -> None:
    earliest, latest = bounds(height)
    assert latest is not None
    assert earliest <= found <= latest


def test_the_bounds_of_a_height_of_today_are_months_not_years_apart() -> None:
    """Wide bounds would leave an absolute lock undecided for longer than anybody needs."""
    for height in range(0, LAST, 997):
        earliest, latest = bounds(height)
        assert latest is not None
        assert latest - earliest < timedelta(days=300)


def test_the_table_rises_at_the_pace_of_the_chain() -> None:
    """A slip of a digit in either column would break it: blocks take about ten minutes."""
    assert all(after[0] - before[0] <= 50_000 for before, after in pairwise(_ANCHORS))
    for before, after in pairwise(_ANCHORS[3:]):
        assert 400 < (after[1] - before[1]) / (after[0] - before[0]) < 650


@given(st.integers(0, LAST + 100_000), st.integers(0, LAST + 100_000))
def test_a_later_block_is_never_bounded_earlier(one: int, other: int) -> None:
    (low_early, low_late), (high_early, high_late) = map(bounds, sorted((one, other)))
    assert low_early <= high_early
    assert high_late is None or (low_late is not None and low_late <= high_late)


def test_past_the_table_there_is_no_end() -> None:
    earliest, latest = bounds(LAST + 1)
    assert latest is None
    assert earliest == datetime.fromtimestamp(_ANCHORS[-1][1], UTC) - SLACK


@pytest.mark.parametrize("number", [-1, 500_000_000, 1_700_000_000])
def test_a_number_that_is_no_height_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="not the height"):
        bounds(number)
