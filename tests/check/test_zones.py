"""Times with their zones, as vendors write them."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from forthwith.check import zones
from forthwith.standards.moments import TimeForm


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("07:05 PM GMT", "19:05"),
        ("12:00 AM GMT", "00:00"),
        ("12:30 PM UTC", "12:30"),
        ("19:05 -05:00", "00:05"),
        ("19:05:33 UTC+1", "18:05"),
        ("7:05 AM EST", "12:05"),
        ("07:05 AM US/Eastern", "11:05"),
        ("07:05 AM (PDT)", "14:05"),
    ],
)
def test_a_time_is_an_instant_with_its_zone(cell: str, utc: str) -> None:
    instant = zones.instant(date(2023, 7, 1), cell)

    assert instant is not None
    assert f"{instant.astimezone(UTC):%H:%M}" == utc


@pytest.mark.parametrize(
    "cell", ["", "07:05 PM", "07:05", "25:00 GMT", "13:05 PM GMT", "noon GMT", "07:65 AM GMT"]
)
def test_what_is_no_time_with_a_zone_is_none(cell: str) -> None:
    assert zones.read_time(cell) is None


def test_an_abbreviation_of_several_zones_is_a_zone_of_unknown_offset() -> None:
    """IST is India, Israel and Ireland: not wrong, but nothing to compare with."""
    read = zones.read_time("07:05 PM IST")

    assert read is not None
    assert read[1] is None


@pytest.mark.parametrize(
    ("cell", "elsewhere", "utc"),
    [
        ("19:05", "GMT", {"19:05"}),
        ("19:05", "EST/EDT", {"00:05", "23:05"}),
        ("19:05", "America/New_York", {"23:05"}),
        ("19:05", "somewhere", set()),
        ("25:05", "GMT", set()),
        ("19:05 GMT", "GMT", set()),
    ],
)
def test_a_time_without_a_zone_takes_that_of_another_column(
    cell: str, elsewhere: str, utc: set[str]
) -> None:
    """Of two zones of a year either may be meant."""
    form = TimeForm.parse("HH:mm")
    found = zones.instants(date(2023, 7, 1), cell, form, elsewhere)

    assert {f"{each.astimezone(UTC):%H:%M}" for each in found} == utc
