"""Page, text and load file say one instant, in one zone."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce import instants
from forthwith.produce.clock import Clock
from forthwith.produce.imaging.message import header_rows
from forthwith.standards.loader import load
from tests.builders.documents import document, email

FORMS = load("sec/2021-08").formats
EVENING = "Monday, March 14, 2022 23:30:00"
NEW_YORK = Clock(ZoneInfo("America/New_York"), ZoneInfo("America/New_York"), FORMS)


def sent(instant: str, kind: Kind = Kind.EMAIL) -> Document:
    return email(kind=kind, fields={fields.SENT: instant})


@pytest.mark.parametrize(
    ("instant", "says"),
    [
        (
            "2022-03-14T15:03:06+00:00",
            "Monday, March 14, 2022 11:03:06 (EDT; in the source 15:03:06 UTC)",
        ),
        (
            "2022-03-14T23:30:00-08:00",
            f"Tuesday, March 15, 2022 03:30:00 (EDT; in the source {EVENING} UTC-08:00)",
        ),
        ("2022-03-14T11:03:06-04:00", "Monday, March 14, 2022 11:03:06 (EDT)"),
        (
            "2022-03-14T11:03:06",
            "Monday, March 14, 2022 11:03:06 (EDT; the source names no time zone)",
        ),
        ("2022-03-14", "Monday, March 14, 2022"),
        ("1601-01-01T00:00:00+00:00", "1601-01-01T00:00:00+00:00 (as found; not taken for a date)"),
        (
            "9999-12-31T23:59:59-12:00",
            "9999-12-31T23:59:59-12:00 (as found; not taken for a date)",
        ),
        ("soon", "soon"),
        ("", ""),
    ],
)
def test_an_instant_is_told_in_the_zone_of_the_production(instant: str, says: str) -> None:
    """The source's own time follows where it is another; doubt is said, never hidden."""
    assert NEW_YORK.spoken(instant) == says


@given(
    st.datetimes(timezones=st.timezones()),
    st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Europe/London"]),
)
def test_page_and_load_file_show_one_time(moment: object, zone: str) -> None:
    """Whatever the zone of the source, the clock on the page is that of the load file."""
    instant = moment.isoformat(timespec="seconds")  # type: ignore[attr-defined]
    clock = Clock(ZoneInfo(zone), ZoneInfo(zone), FORMS)
    told = instants.render(instant, clock.zone, clock.when_unsaid, FORMS)
    page = clock.spoken(instant)
    if told.unusable:
        assert "not taken for a date" in page
        return
    hour, minute, half = re.fullmatch(r"(\d\d):(\d\d) ([AP]M) .*", told.time).groups()  # type: ignore[union-attr]
    hours = int(hour) % 12 + (12 if half == "PM" else 0)
    assert f" {hours:02d}:{minute}:" in page.partition("(")[0]


def test_the_text_of_a_mail_gives_the_same_words_as_its_page() -> None:
    """Only the line the reader wrote is told anew; the same word in a body is the writer's."""
    mail = sent("2022-03-14T15:03:06+00:00")
    text = "From: a@b.example\nSent: 2022-03-14T15:03:06+00:00\n\nSent: 2022-03-14T15:03:06+00:00\n"

    lines = NEW_YORK.text_of(mail, text).splitlines()

    assert lines[1] == "Sent: Monday, March 14, 2022 11:03:06 (EDT; in the source 15:03:06 UTC)"
    assert lines[3] == "Sent: 2022-03-14T15:03:06+00:00"
    rows = dict(header_rows(mail, clock=NEW_YORK))
    assert lines[1] == f"Sent: {rows['Sent']}"


def test_lines_of_a_chat_and_of_a_calendar_show_the_zone_too() -> None:
    chat = "Channel: general\n\n[2022-03-15 02:00:00 UTC] Ana: [2022-03-15 02:00:00 UTC] quoted\n"
    when = "When: 2022-03-14T15:00:00+01:00 to 2022-03-14T16:00:00+01:00 (Berlin)\nDTSTAMP: x"

    assert NEW_YORK.text_of(document(kind=Kind.CHAT), chat).splitlines()[2] == (
        "[2022-03-15 02:00:00 UTC, 2022-03-14 22:00:00 EDT] Ana: [2022-03-15 02:00:00 UTC] quoted"
    )
    assert NEW_YORK.text_of(document(kind=Kind.CALENDAR), when).startswith(
        "When: Monday, March 14, 2022 10:00:00 (EDT; in the source 15:00:00 UTC+01:00) to "
    )
    assert NEW_YORK.text_of(document(kind=Kind.EDOC), when) == when


def test_in_utc_a_chat_stays_as_it_is() -> None:
    clock = Clock(ZoneInfo("UTC"), ZoneInfo("UTC"), FORMS)
    text = "[2022-03-15 02:00:00 UTC] Ana: words\n"
    assert clock.text_of(document(kind=Kind.CHAT), text) == text
