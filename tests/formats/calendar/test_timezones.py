"""Times of a calendar in zones that it names or defines: the right instant, or a fault."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading
from forthwith.formats.calendar import ics
from forthwith.formats.calendar.content_lines import parse
from forthwith.formats.calendar.timezones import Zones
from forthwith.plain import zones


def definition(name: str, standard: str, daylight: str, offsets: tuple[str, str]) -> str:
    """A VTIMEZONE as Outlook and Exchange write it, the year 1601 included."""
    winter, summer = offsets
    return (
        f"BEGIN:VTIMEZONE\nTZID:{name}\n"
        f"BEGIN:STANDARD\nDTSTART:16010101T{standard[:6]}\nTZOFFSETFROM:{summer}\n"
        f"TZOFFSETTO:{winter}\nRRULE:FREQ=YEARLY;INTERVAL=1;{standard[7:]}\nEND:STANDARD\n"
        f"BEGIN:DAYLIGHT\nDTSTART:16010101T{daylight[:6]}\nTZOFFSETFROM:{winter}\n"
        f"TZOFFSETTO:{summer}\nRRULE:FREQ=YEARLY;INTERVAL=1;{daylight[7:]}\nEND:DAYLIGHT\n"
        "END:VTIMEZONE\n"
    )


EUROPE = ("030000 BYDAY=-1SU;BYMONTH=10", "020000 BYDAY=-1SU;BYMONTH=3", ("+0100", "+0200"))
AMERICA = ("020000 BYDAY=1SU;BYMONTH=11", "020000 BYDAY=2SU;BYMONTH=3", ("-0500", "-0400"))
SYDNEY = ("030000 BYDAY=1SU;BYMONTH=4", "020000 BYDAY=1SU;BYMONTH=10", ("+1000", "+1100"))


def calendar(start: str, defined: str = "") -> Reading:
    text = (
        f"BEGIN:VCALENDAR\n{defined}BEGIN:VEVENT\nSUMMARY:x\n{start}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    return ics.read(InMemory(text.encode()), Hint())


@pytest.mark.parametrize(
    ("start", "defined", "expected"),
    [
        (
            "DTSTART;TZID=W. Europe Standard Time:20240805T090000",
            definition("W. Europe Standard Time", *EUROPE),
            "2024-08-05T09:00:00+02:00",
        ),
        ("DTSTART;TZID=Romance Standard Time:20240805T090000", "", "2024-08-05T09:00:00+02:00"),
        ("DTSTART;TZID=romance standard time:20240105T090000", "", "2024-01-05T09:00:00+01:00"),
        ('DTSTART;TZID="India Standard Time":20240105T090000', "", "2024-01-05T09:00:00+05:30"),
        ("DTSTART;TZID=tzone://Microsoft/Utc:20240105T090000", "", "2024-01-05T09:00:00+00:00"),
        (
            "DTSTART;TZID=Customized Time Zone:20240805T090000",
            definition("Customized Time Zone", *AMERICA),
            "2024-08-05T09:00:00-04:00",
        ),
        # A colon and commas without quotes, as some servers write them.
        (
            "DTSTART;TZID=(UTC+01:00) Berlin, Bern:20240805T090000",
            definition("(UTC+01:00) Berlin\\, Bern", *EUROPE),
            "2024-08-05T09:00:00+02:00",
        ),
        # A name that IANA has means that zone, as ever.
        ("DTSTART;TZID=/x.org/Europe/Zurich:20240805T090000", "", "2024-08-05T09:00:00+02:00"),
        # A day lies in no zone, and UTC needs none.
        ("DTSTART;VALUE=DATE:20240805", "", "2024-08-05"),
        ("DTSTART;TZID=Nowhere:20240805T090000Z", "", "2024-08-05T09:00:00+00:00"),
        ("DTSTART:20240805T090000", "", "2024-08-05T09:00:00"),
        # Mean solar time is no zone.
        ("DTSTART;TZID=Europe/Berlin:16010101T000000", "", "1601-01-01T00:00:00"),
    ],
)
def test_a_time_is_the_instant_its_zone_says(start: str, defined: str, expected: str) -> None:
    assert calendar(start, defined).value("starts") == expected


def test_a_zone_that_nobody_defines_is_a_fault() -> None:
    """The zone of the matter, or of this machine, would be a guess shown as a fact."""
    reading = calendar("DTSTART;TZID=Customized Time Zone:20240805T090000")

    assert reading.value("starts") == "2024-08-05T09:00:00"
    (fault,) = reading.faults
    assert fault.reason is FaultReason.MISSING
    assert "'Customized Time Zone'" in fault.detail
    assert "(Customized Time Zone)" in reading.text


def test_a_start_that_is_no_date_is_told() -> None:
    reading = calendar("DTSTART:next Tuesday")

    assert reading.value("starts") == ""
    assert ["next Tuesday" in fault.detail for fault in reading.faults] == [True]


def test_a_definition_that_is_not_understood_defines_nothing() -> None:
    strange = definition("Odd", *EUROPE).replace("FREQ=YEARLY", "FREQ=MONTHLY")

    assert calendar("DTSTART;TZID=Odd:20240805T090000", strange).faults


@pytest.mark.parametrize(
    ("rules", "zone"),
    [(EUROPE, "Europe/Berlin"), (AMERICA, "America/New_York"), (SYDNEY, "Australia/Sydney")],
)
@given(hours=st.integers(0, 24 * 365 * 12), minute=st.integers(0, 59))
def test_a_defined_zone_agrees_with_the_database(
    rules: tuple[str, str, tuple[str, str]], zone: str, hours: int, minute: int
) -> None:
    """Every hour of twelve years: those that come twice and those that never come included."""
    moment = datetime(2010, 1, 1) + timedelta(hours=hours, minutes=minute)  # noqa: DTZ001
    defined = Zones.of(parse(definition("Z", *rules).encode())).defined["Z"]
    known = ZoneInfo(zone)

    assert zones.offset_at(defined, moment) == moment.replace(tzinfo=known).utcoffset()
    in_utc = moment.replace(tzinfo=UTC)
    assert zones.local(defined, moment) == in_utc.astimezone(known).replace(tzinfo=None)


def test_old_rules_end_when_they_say() -> None:
    """Calendars that keep history list one observance after another (RFC 5545 3.6.5)."""
    text = (
        "BEGIN:VTIMEZONE\nTZID:Old\n"
        "BEGIN:DAYLIGHT\nDTSTART:20000402T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n"
        "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU;UNTIL=20060402T070000Z\nEND:DAYLIGHT\n"
        "BEGIN:STANDARD\nDTSTART:20001029T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20061029T060000Z\nEND:STANDARD\n"
        "BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nTZOFFSETFROM:-0500\nTZOFFSETTO:-0400\n"
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14\nEND:DAYLIGHT\n"
        "BEGIN:STANDARD\nDTSTART:20071104T020000\nTZOFFSETFROM:-0400\nTZOFFSETTO:-0500\n"
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    defined = Zones.of(parse(text.encode())).defined["Old"]
    new_york = ZoneInfo("America/New_York")
    for day in range(0, 365 * 20, 3):
        moment = datetime(2001, 1, 1, 12) + timedelta(days=day)  # noqa: DTZ001
        assert zones.offset_at(defined, moment) == moment.replace(tzinfo=new_york).utcoffset()


def test_every_windows_name_is_a_zone_of_the_database() -> None:
    text = files("forthwith.plain").joinpath("windows_zones.toml").read_text(encoding="utf-8")
    names = tomllib.loads(text)["zones"]

    assert len(names) > 130
    assert all(zones.named(name) == ZoneInfo(zone) for name, zone in names.items())


@given(st.binary(max_size=200))
def test_any_definition_is_read_or_not(junk: bytes) -> None:
    file = parse(definition("Z", *EUROPE).encode()[:150] + junk + b"\nEND:DAYLIGHT\n")
    zone_list = Zones.of(file)
    for observances in zone_list.defined.values():
        zones.offset_at(observances, datetime(2024, 1, 1))  # noqa: DTZ001
    list(zone_list.faults(file))
