"""The scale of days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.pictures.axis import Scale
from forthwith.domain.period import Period

DAYS = st.dates()


@given(DAYS, DAYS)
def test_labels_are_few_in_order_and_inside(first: date, two: date) -> None:
    start, end = sorted((first, two))
    if start == end:
        return
    scale = Scale(Period(start, end), 0, 1000)
    days = [day for day, _ in scale.labels()]

    assert days == sorted(set(days))
    assert len(days) <= 12
    assert all(start <= day < end for day in days)


@pytest.mark.parametrize(
    ("end", "first"),
    [("2023-01-06", "1 Jan 2023"), ("2023-08-01", "Jan 2023"), ("2043-01-01", "2025")],
)
def test_labels_are_days_months_or_years(end: str, first: str) -> None:
    scale = Scale(Period.parse("2023-01-01", end), 0, 1000)

    assert next(scale.labels())[1] == first


@given(DAYS, DAYS, DAYS)
def test_a_day_never_stands_outside(first: date, two: date, day: date) -> None:
    start, end = sorted((first, two))

    assert 10 <= Scale(Period(start, end), 10, 90).x(day) <= 90
