"""When it was sent: the right instant or a fault, in the fields and in the native the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import FaultReason, Hint, InMemory
from forthwith.formats.mail import eml
from forthwith.formats.outlook import as_eml, msg, times
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.property_types import is_no_date
from tests.builders.outlook import MEMO, Bag, MsgBuilder

FLAGS, HEADERS, SUBMIT, DELIVERY = 0x0E070003, 0x007D001F, 0x00390040, 0x0E060040
JUNE_10 = (int(datetime(2024, 6, 10, 6, 46, tzinfo=UTC).timestamp()) + 11644473600) * 10_000_000
TWO = "1 Jun 2024 10:00:00 +0000, 2 Jun 2024 11:00:00 +0000"
JUNE_4 = "Tue, 4 Jun 2024 15:31:19 +0200"


def message(bag: Bag) -> Message:
    return msg.message_of(InMemory(MsgBuilder(bag, ()).build()), Hint())


def headers(date: str) -> str:
    return f"Subject: x\r\nFrom: Ana <ana@x.example>\r\nDate: {date}\r\nMessage-ID: <1@x>\r\n"


@pytest.mark.parametrize(
    ("bag", "sent", "faults"),
    [
        ({SUBMIT: JUNE_10}, "2024-06-10T06:46:00+00:00", 0),
        # The time of an export is not the time it was sent.
        ({SUBMIT: JUNE_10, HEADERS: headers(JUNE_4)}, "2024-06-04T15:31:19+02:00", 1),
        # The same instant in another zone, and a clock three minutes off, are no difference.
        (
            {SUBMIT: JUNE_10, HEADERS: headers("Mon, 10 Jun 2024 08:46:00 +0200")},
            "2024-06-10T06:46:00+00:00",
            0,
        ),
        (
            {SUBMIT: JUNE_10, HEADERS: headers("Mon, 10 Jun 2024 08:49:00 +0200")},
            "2024-06-10T06:46:00+00:00",
            0,
        ),
        ({HEADERS: headers("soon")}, "", 1),
        ({HEADERS: headers(TWO)}, "2024-06-01T10:00:00+00:00", 1),
        ({SUBMIT: JUNE_10, HEADERS: headers(TWO)}, "2024-06-10T06:46:00+00:00", 0),
        ({SUBMIT: JUNE_10, HEADERS: headers("soon")}, "2024-06-10T06:46:00+00:00", 0),
        ({HEADERS: headers(JUNE_4)}, "2024-06-04T15:31:19+02:00", 0),
        ({HEADERS: headers("Tue, 4 Jun 2024 15:31:19")}, "2024-06-04T15:31:19", 1),
        # A draft was not sent.
        ({HEADERS: headers(JUNE_4), FLAGS: 0x09}, "", 0),
        ({SUBMIT: 2**63 - 5}, "", 1),
        ({SUBMIT: 2**63 - 5, HEADERS: headers(JUNE_4)}, "2024-06-04T15:31:19+02:00", 1),
        ({SUBMIT: 0x0CB34557A3DD4000}, "", 0),
        ({SUBMIT: 2**63 - 1}, "", 0),
        ({SUBMIT: 0}, "", 0),
        # A day on which no mail was sent is left out, as of mail, and told.
        ({SUBMIT: 10_000_001}, "", 1),
        ({HEADERS: headers("Thu, 1 Jan 1970 00:00:00 +0000")}, "", 1),
        ({HEADERS: headers("Tue, 4 Jun 2024 15:31:19 XYZ")}, "2024-06-04T15:31:19", 1),
    ],
)
def test_the_time_sent_is_the_one_that_travelled(bag: Bag, sent: str, faults: int) -> None:
    item = message({0x0037001F: "x", **bag})

    assert times.sent_of(item)[0] == sent
    assert len(list(times.faults_of(item))) == faults
    native = eml.read(InMemory(as_eml.render(item)), Hint()).value("sent")
    assert bool(native) == bool(sent)
    if sent:
        assert datetime.fromisoformat(native) == datetime.fromisoformat(sent)


def test_both_times_are_named() -> None:
    (fault,) = times.faults_of(message({SUBMIT: JUNE_10, HEADERS: headers(JUNE_4)}))

    assert fault.reason is FaultReason.DISAGREEMENT
    assert "2024-06-10T06:46:00+00:00" in fault.detail
    assert "2024-06-04T15:31:19+02:00" in fault.detail


def test_a_time_of_an_attachment_outside_the_calendar_is_told() -> None:
    built = MsgBuilder(dict(MEMO), ()).attach("a.txt", b"x", t30080040=2**62 + 5)

    (fault,) = times.faults_of(msg.message_of(InMemory(built.build()), Hint()))

    assert "of an attachment" in fault.detail


@given(st.integers(0, 2**64 - 1))
def test_every_number_is_an_instant_or_no_date_or_told(ticks: int) -> None:
    """No time is dropped in silence."""
    item = message({DELIVERY: ticks if ticks < 2**63 else ticks - 2**64})
    shown = [value for value in times.times_of(item) if value.name == "received"]

    assert bool(shown) + is_no_date(ticks) + bool(list(times.faults_of(item))) == 1
