"""An event of all day is on the day its own zone says, not on that of UTC."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Hint, InMemory
from forthwith.formats.outlook import appointment_zone, pst
from forthwith.formats.outlook.properties import PSETID_APPOINTMENT, Names, Properties
from forthwith.formats.outlook.property_types import BINARY, BOOLEAN

NAMES = Names({(PSETID_APPOINTMENT, number): number for number in (0x8215, 0x825E, 0x8233)})


def moment(month: int, weekday: int, day: int, hour: int) -> bytes:
    return struct.pack("<8H", 0, month, weekday, day, hour, 0, 0, 0)


def rule(year: int, bias: int, standard: bytes, daylight: bytes) -> bytes:
    head = struct.pack("<BBHHH14x", 2, 1, 0x3E, 2, year)
    return head + struct.pack("<3i", bias, 0, -60) + standard + daylight


def definition(name: str, *rules: bytes) -> bytes:
    key = name.encode("utf-16-le")
    head = struct.pack("<BBHHH", 2, 1, len(key) + 6, 2, len(name))
    return head + key + struct.pack("<H", len(rules)) + b"".join(rules)


BERLIN = rule(1601, -60, moment(10, 0, 5, 3), moment(3, 0, 5, 2))
NONE = rule(1601, -540, bytes(16), bytes(16))


def day(instant: str, data: bytes, number: int = 0x825E, *, all_day: bool = True) -> str:
    values = {0x8215: (BOOLEAN, all_day), number: (BINARY, data)}
    return appointment_zone.day_of(Properties(values, NAMES), instant)


@pytest.mark.parametrize(
    ("instant", "data", "expected"),
    [
        ("2024-08-04T22:00:00+00:00", definition("W. Europe Standard Time", BERLIN), "2024-08-05"),
        ("2024-01-04T23:00:00+00:00", definition("Customized Time Zone", BERLIN), "2024-01-05"),
        ("2024-01-04T15:00:00+00:00", definition("Tokyo Standard Time", NONE), "2024-01-05"),
        ("2024-08-04T22:00:00+00:00", definition("Romance Standard Time"), "2024-08-05"),
        # Not midnight there, or no zone that says: the instant stays what it is.
        ("2024-08-04T21:00:00+00:00", definition("x", BERLIN), "2024-08-04T21:00:00+00:00"),
        ("2024-08-04T22:00:00+00:00", definition("Nowhere"), "2024-08-04T22:00:00+00:00"),
        ("2024-08-04T22:00:00+00:00", b"", "2024-08-04T22:00:00+00:00"),
    ],
)
def test_the_day_is_that_of_the_appointments_zone(instant: str, data: bytes, expected: str) -> None:
    assert day(instant, data) == expected


def test_the_older_structure_says_it_too() -> None:
    data = struct.pack("<3i", -60, 0, -60) + bytes(2) + moment(10, 0, 5, 3)
    data += bytes(2) + moment(3, 0, 5, 2)

    assert day("2024-08-04T22:00:00+00:00", data, 0x8233) == "2024-08-05"


def test_an_event_with_a_clock_keeps_its_instant() -> None:
    data = definition("x", BERLIN)

    assert day("2024-08-04T22:00:00+00:00", data, all_day=False) == "2024-08-04T22:00:00+00:00"


@given(st.binary(max_size=200), st.sampled_from([0x825E, 0x8233]))
def test_any_bytes_are_a_zone_or_none(data: bytes, number: int) -> None:
    assert day("2024-08-04T22:00:00+00:00", data, number)[:6] == "2024-0"


@pytest.mark.corpus
def test_holidays_of_a_real_calendar_fall_on_their_days(corpora: Path) -> None:
    """Mountain Time puts every one of them on the right day at an hour that is none in UTC."""
    store = next(corpora.glob("outlook/enron-pst/**/*.ost"))
    days: dict[str, set[str]] = {}
    reading = pst.read(InMemory(store.read_bytes()), Hint())
    for child in reading.children() if reading.children else ():
        inner = child.reading()  # type: ignore[union-attr,misc]
        if inner.value("message_class") == "IPM.Appointment":
            days.setdefault(inner.value("subject"), set()).add(inner.value("starts"))

    assert "2026-11-26" in days["Thanksgiving Day"]
    assert "2026-09-07" in days["Labor Day"]
    weekdays = {datetime.fromisoformat(start).weekday() for start in days["Thanksgiving Day"]}
    assert weekdays == {3}
