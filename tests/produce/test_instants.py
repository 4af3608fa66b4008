"""Instants in two columns, in one zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.produce import instants

NEW_YORK, UTC, GMT = ZoneInfo("America/New_York"), ZoneInfo("UTC"), ZoneInfo("Etc/GMT")
START, END = (datetime.fromisoformat(each) for each in ("1980-01-02", "2100-01-01"))


def test_date_and_time_are_apart_and_name_the_zone() -> None:
    shown = instants.render("2010-10-12T15:05:00-04:00", GMT, UTC)

    assert (shown.date, shown.time) == ("10/12/2010", "07:05 PM GMT")


@pytest.mark.parametrize(
    ("text", "time"),
    [("2021-01-05T17:00:00Z", "12:00 PM EST"), ("2021-07-05T04:30:00+00:00", "12:30 AM EDT")],
)
def test_the_abbreviation_is_that_days(text: str, time: str) -> None:
    assert instants.render(text, NEW_YORK, UTC).time == time


def test_crossing_midnight_changes_the_date() -> None:
    assert instants.render("2021-01-01T03:00:00+00:00", NEW_YORK, UTC).date == "12/31/2020"


def test_an_instant_without_zone_is_taken_in_the_matters() -> None:
    shown = instants.render("2021-01-05T12:00:00", UTC, NEW_YORK)

    assert (shown.time, shown.assumed_zone) == ("05:00 PM UTC", True)


def test_a_day_alone_stays_that_day() -> None:
    shown = instants.render("2021-01-05", NEW_YORK, UTC)

    assert (shown.date, shown.time, shown.assumed_zone) == ("01/05/2021", "", False)


@pytest.mark.parametrize("text", ["1601-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00"])
def test_a_sentinel_is_no_date(text: str) -> None:
    shown = instants.render(text, NEW_YORK, UTC)

    assert shown.date == ""
    assert "no date" in shown.unusable


def test_a_zone_without_letters_is_shown_by_its_offset() -> None:
    shown = instants.render("2021-01-05T12:00:00Z", ZoneInfo("Asia/Dubai"), UTC)

    assert shown.time == "04:00 PM UTC+04:00"


@pytest.mark.parametrize("text", ["1601-01-01T00:00:01+00:00", "0001-01-01T09:00:00+00:00"])
def test_the_first_day_of_counting_is_no_date_in_any_zone(text: str) -> None:
    for zone in (NEW_YORK, ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Paris")):
        shown = instants.render(text, zone, UTC)

        assert (shown.date, shown.time) == ("", "")
        assert shown.unusable


def test_mean_solar_time_is_shown_by_its_offset() -> None:
    """Before 1883 New York had no zone; "LMT" is a name no receiver reads."""
    shown = instants.render("1880-05-01T12:00:00+00:00", NEW_YORK, UTC)

    assert shown.time == "07:03 AM UTC-04:56"


def test_one_name_for_a_zone_whose_clocks_change() -> None:
    assert instants.zone_name(NEW_YORK, 2021) == "EST/EDT"
    assert instants.zone_name(ZoneInfo("Australia/Sydney"), 2021) == "AEST/AEDT"
    assert instants.zone_name(UTC, 2021) == "UTC"


@given(st.text(max_size=40) | st.datetimes().map(str) | st.dates().map(str))
def test_any_text_is_rendered_or_explained(text: str) -> None:
    shown = instants.render(text, NEW_YORK, UTC)

    assert bool(text.strip()) == bool(shown.date or shown.unusable)


@given(st.datetimes(min_value=START, max_value=END, timezones=st.just(UTC)))
def test_the_clock_reads_back(moment: datetime) -> None:
    shown = instants.render(moment.isoformat(), UTC, UTC)
    written = f"{shown.date} {shown.time.replace('UTC', '+0000')}"
    read = datetime.strptime(written, "%m/%d/%Y %I:%M %p %z")

    assert read == moment.replace(second=0, microsecond=0)


def test_us_date() -> None:
    assert instants.us_date(date(2021, 3, 4)) == "03/04/2021"
