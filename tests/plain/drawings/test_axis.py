"""The scale of days."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.pictures.timeline.drawing import span_text
from forthwith.domain.period import Period
from forthwith.plain.drawings.axis import Scale, convention, ends, short, starts

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


NOON = datetime(2023, 3, 6, 15, tzinfo=ZoneInfo("America/New_York"))
WITHIN = Period(date(2023, 3, 6), date(2023, 3, 8), NOON, NOON.replace(day=7, hour=9, minute=30))


def test_an_instant_is_written_with_its_offset() -> None:
    assert short(NOON) == "6 Mar 2023 15:00 UTC-05:00"
    assert short(NOON.astimezone(ZoneInfo("UTC"))) == "6 Mar 2023 20:00 UTC"
    assert short(starts(Period.parse("2023-03-06"))) == "6 Mar 2023"


def test_a_period_within_days_says_its_instants_and_not_the_day_after() -> None:
    """Its `end` is the day after its last instant; to print that would add a day."""
    assert ends(WITHIN) == WITHIN.ends_at
    assert span_text(WITHIN) == "6 Mar 2023 15:00 UTC-05:00 to 7 Mar 2023 09:30 UTC-05:00"


def test_an_instant_lies_within_its_day() -> None:
    scale = Scale(Period.parse("2023-03-01", "2023-03-11"), 0, 1000)

    assert scale.x(NOON) == pytest.approx(562.5)
    assert scale.span(WITHIN)[1] == pytest.approx(600 + 9.5 / 24 * 100)


def test_the_convention_names_the_time_zone() -> None:
    assert convention("Europe/Oslo").endswith("days are days in Europe/Oslo.")
