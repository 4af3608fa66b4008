"""Moments of a chronology."""

from __future__ import annotations

import pytest

from forthwith.domain.chronology import Moment, NotAMomentError, Precision


@pytest.mark.parametrize(
    ("typed", "kept", "precision", "said"),
    [
        ("2022", "2022", "year", "2022"),
        ("2022-03", "2022-03", "month", "March 2022"),
        (" 2022-03-14 ", "2022-03-14", "day", "March 14, 2022"),
        (
            "2022-03-14 09:30",
            "2022-03-14T13:30:00Z",
            "instant",
            "March 14, 2022, 09:30 (America/New_York)",
        ),
        (
            "2022-03-14T23:30:05+00:00",
            "2022-03-14T23:30:05Z",
            "instant",
            "March 14, 2022, 19:30:05 (America/New_York)",
        ),
    ],
)
def test_a_moment_is_as_precise_as_typed(typed: str, kept: str, precision: str, said: str) -> None:
    """What is kept, and how it is said in the zone of the matter."""
    moment = Moment.read(typed, "America/New_York")

    assert (moment.text, moment.precision) == (kept, Precision(precision))
    assert moment.said("America/New_York") == said


@pytest.mark.parametrize(
    "typed",
    [
        "", "22", "0022", "9999999", "2022-13", "2022-00", "2022-02-30", "2022-3-14", "14.3.2022",
        "2022-W10-1", "20220314", "2022-03-14 25:00", "2022-03-14T09:30+99:00", "March 2022",
        "٢٠٢٢", "2022-03-13 02:30", "9999-12-31T23:59-12:00",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(typed: str) -> None:
    """No calendar has it, no clock showed it, or nobody can tell which day is meant."""
    with pytest.raises(NotAMomentError, match="2022-03"):
        Moment.read(typed, "America/New_York")


def test_moments_are_in_order_and_the_less_precise_come_first() -> None:
    """A time late in the evening in UTC belongs to the day of the matter's clocks."""
    typed = ["2022-03-15", "2022-03-15T01:00Z", "2022-03", "2022", "2022-03-14", "2022-02-28"]
    moments = [Moment.read(text, "America/New_York") for text in typed]

    ordered = sorted(moments, key=lambda moment: moment.order("America/New_York"))

    assert [moment.text for moment in ordered] == [
        "2022", "2022-02-28", "2022-03", "2022-03-14", "2022-03-15T01:00:00Z", "2022-03-15",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "last"),
    [("2024", "2024-12-31"), ("2024-02", "2024-02-29"), ("2023-12", "2023-12-31")],
)
def test_a_moment_ends_with_its_period(typed: str, last: str) -> None:
    """A year and a month last to their end."""
    assert Moment.read(typed).last_day() == last
