"""Calendar files: every property shown, times with their offset, nothing thrown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, Hint, InMemory, Kind, Reading
from forthwith.formats.calendar import ics
from forthwith.formats.calendar.content_lines import iso_instant, later

CEREMONY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Northgate//Calendar//EN
BEGIN:VEVENT
UID:7@northgate.example
DTSTART;TZID=Europe/Zurich:20220614T100000
DURATION:PT1H30M
SUMMARY:Key ceremony\\, share 3
LOCATION:Vault room
ORGANIZER;CN="Ortega, Marisol":mailto:marisol.ortega@northgate.example
ATTENDEE;CN=Tunde Adeyemi;PARTSTAT=ACCEPTED:mailto:tunde@northgate.example
ATTENDEE:mailto:per@northgate.example
DESCRIPTION:Bring the old card.\\nNo ph
 ones.
X-ROOM-CODE:4711
ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=agenda.txt:YWdlbmRh
ATTACH:https://files.northgate.example/plan
BEGIN:VALARM
ACTION:DISPLAY
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def reading(text: str | bytes) -> Reading:
    data = text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode()
    return ics.read(InMemory(data), Hint())


def test_the_fields_are_those_of_the_first_event() -> None:
    document = reading(CEREMONY)

    assert document.kind is Kind.CALENDAR
    assert document.value(names.SUBJECT) == "Key ceremony, share 3"
    assert document.value(names.STARTS) == "2022-06-14T10:00:00+02:00"
    assert document.value(names.ENDS) == "2022-06-14T11:30:00+02:00"
    assert document.value(names.ORGANIZER) == "Ortega, Marisol <marisol.ortega@northgate.example>"
    assert document.value(names.ATTENDEES).startswith(
        "Tunde Adeyemi <tunde@northgate.example>; per@"
    )
    assert document.value(names.LINKS) == "https://files.northgate.example/plan"
    assert document.faults == ()


def test_the_text_shows_every_property() -> None:
    text = reading(CEREMONY).text

    assert "Bring the old card.\nNo phones." in text
    assert "X-ROOM-CODE: 4711" in text
    assert "VALARM: ACTION DISPLAY" in text
    assert "(ACCEPTED)" in text


def test_an_inline_file_is_an_attachment() -> None:
    document = reading(CEREMONY)
    assert document.children is not None
    (agenda,) = document.children()

    assert isinstance(agenda, Child)
    assert (agenda.name, agenda.load(), document.declared) == ("agenda.txt", b"agenda", 1)


def test_an_unsound_inline_file_is_a_fault() -> None:
    document = reading(CEREMONY.replace("YWdlbmRh", "Y"))
    assert document.children is not None
    (agenda,) = document.children()

    assert isinstance(agenda, Child)
    assert isinstance(agenda.load(), Fault)


def test_an_unknown_zone_gives_no_offset() -> None:
    document = reading(CEREMONY.replace("Europe/Zurich", "Northgate Standard Time"))

    assert document.value(names.STARTS) == "2022-06-14T10:00:00"
    assert "(Northgate Standard Time)" in document.text


def test_every_event_of_a_file_is_in_the_text() -> None:
    event = "BEGIN:VEVENT\nSUMMARY:Second\nEND:VEVENT\n"
    text = reading(CEREMONY.replace("END:VCALENDAR", f"{event}END:VCALENDAR")).text

    assert text.startswith("Calendar: 2 entries")
    assert "Event: Second" in text


def test_a_cut_file_says_so() -> None:
    document = reading(CEREMONY[:300] + "\nnot a property")

    assert len(document.faults) == 2
    assert "[Unread line: not a property]" in document.text


def test_old_files_with_quoted_printable_are_read() -> None:
    old = (
        b"BEGIN:VCALENDAR\nVERSION:1.0\nBEGIN:VEVENT\nDTSTART:20121201T210000\n"
        b"SUMMARY;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Z=FCr=\nich\n"
        b"END:VEVENT\nEND:VCALENDAR\n"
    )
    assert reading(old).value(names.SUBJECT) == "Zürich"


def test_folding_may_cut_a_character() -> None:
    data = "BEGIN:VEVENT\nSUMMARY:Z\xfcrich\nEND:VEVENT".encode()
    assert reading(data.replace(b"\xbc", b"\r\n \xbc")).value(names.SUBJECT) == "Zürich"


def test_nothing_readable_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        reading("nothing here\n")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("20220314T090000Z", "", "2022-03-14T09:00:00+00:00"),
        ("20220314T090000", "America/New_York", "2022-03-14T09:00:00-04:00"),
        ("20220314", "", "2022-03-14"),
        ("2022-03-14T09:00:00+0100", "", "2022-03-14T09:00:00+01:00"),
        ("20221399", "", ""),
        ("20220314T090000", "../../etc/passwd", "2022-03-14T09:00:00"),
    ],
)
def test_instants_become_iso(text: str, zone: str, expected: str) -> None:
    assert iso_instant(text, zone) == expected


def test_a_duration_may_run_backwards() -> None:
    assert later("2022-03-14T09:00:00+00:00", "-PT15M") == "2022-03-14T08:45:00+00:00"


@given(st.binary(max_size=60), st.integers(0, 900), st.integers(0, 60))
def test_no_mutation_throws_anything_else(junk: bytes, at: int, cut: int) -> None:
    data = CEREMONY.encode()
    try:
        document = reading(data[:at] + junk + data[at + cut :])
    except UnreadableError:
        return
    document.text.encode("utf-8")
    assert document.children is not None
    for child in document.children():
        if isinstance(child, Child):
            child.load()


def test_endless_nesting_is_bounded() -> None:
    assert reading("BEGIN:X\n" * 5000 + "A:1\n").faults


@pytest.mark.corpus
def test_real_calendars_read(corpora: Path) -> None:
    paths = [*corpora.glob("documents/**/*.ics"), *corpora.glob("documents/**/*.vcs")]
    assert len(paths) == 3
    for path in paths:
        calendar = ics.read(InMemory(path.read_bytes()), Hint())
        assert calendar.value(names.STARTS)
        assert calendar.value(names.SUBJECT)
