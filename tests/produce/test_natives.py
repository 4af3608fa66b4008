"""The delivered extension tells the truth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forthwith.domain.evidence import FieldValue, Kind
from forthwith.produce.files import delivered_type, extension, written_from_store
from tests.builders.documents import document, email

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("plan.docx", "application/pdf", "PDF"),
        ("photo.JPEG", "image/jpeg", "JPEG"),
        ("run.py", "text/plain", "PY"),
        ("README", "text/plain", "TXT"),
        ("1.", "message/rfc822", "EML"),
        ("odd.{x}", "application/octet-stream", "BIN"),
        ("old.dat", "application/octet-stream", "DAT"),
        ("page.htm", "text/html", "HTM"),
    ],
)
def test_the_content_decides(name: str, media_type: str, expected: str) -> None:
    assert extension(document(name=name, media_type=media_type), b"x") == expected


def test_an_outlook_message_is_msg_and_what_we_wrote_is_eml() -> None:
    made = email(name="Subject", media_type="application/vnd.ms-outlook")

    assert extension(made, OLE + b"rest") == "MSG"
    assert extension(made, b"From: x\r\n") == "EML"
    assert delivered_type(made, "EML") == "message/rfc822"


def test_a_calendar_file_stays_one() -> None:
    made = document(name="meet.ics", media_type="text/calendar", kind=Kind.CALENDAR)

    assert extension(made, b"BEGIN:VCALENDAR") == "ICS"


def test_a_message_of_properties_is_known_by_where_its_fields_were_read() -> None:
    held = {"subject": FieldValue("subject", "x", "mapi:0x0037")}

    assert not written_from_store(email())
    assert written_from_store(replace(email(), fields=held))
