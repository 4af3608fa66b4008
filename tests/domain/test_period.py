"""Periods share a day, or they do not."""

from __future__ import annotations

import pytest

from forthwith.domain.period import Period


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (("2023-01-01", "2023-02-01"), ("2023-02-01", ""), False),
        (("2023-01-01", "2023-02-02"), ("2023-02-01", ""), True),
        (("2023-01-01", ""), ("2022-01-01", "2023-01-01"), False),
        (("2023-01-01", ""), ("2022-01-01", ""), True),
    ],
)
def test_the_first_day_out_is_not_shared(one, other, shared) -> None:
    first, second = Period.parse(*one), Period.parse(*other)

    assert (first.meets(second), second.meets(first)) == (shared, shared)
