"""The EML of a message that has no bytes of its own."""

from __future__ import annotations

import email
import email.policy

from forthwith.domain.evidence import Hint, InMemory
from forthwith.formats.outlook import as_eml as mapi_eml
from forthwith.formats.outlook import msg
from forthwith.formats.outlook.message import Message
from tests.builders.outlook import MEMO, MsgBuilder


def message(built: MsgBuilder) -> Message:
    return msg.message_of(InMemory(built.build()), Hint())


def parsed(built: MsgBuilder) -> email.message.EmailMessage:
    return email.message_from_bytes(mapi_eml.render(message(built)), policy=email.policy.default)  # type: ignore[return-value]


def test_the_same_message_gives_the_same_bytes() -> None:
    built = MsgBuilder().attach("a.bin", b"123").embed(MsgBuilder())

    assert mapi_eml.render(message(built)) == mapi_eml.render(message(built))


def test_headers_as_sent_are_kept_where_they_agree() -> None:
    sent = (
        "Received: by mx.sample.example; Fri, 26 Oct 2001 14:05:11 +0000\r\n"
        "From: Ada Winter\r\n <ADA@sample.example>\r\nDate: Fri, 26 Oct 2001 07:05:09 -0700\r\n"
        "Subject: RE: Wallet list\r\nContent-Type: text/plain\r\nX-Mailer: Sample\r\n\r\n"
    )
    mail = parsed(MsgBuilder({**MEMO, 0x007D001F: sent}))

    assert mail["Date"] == "Fri, 26 Oct 2001 07:05:09 -0700"
    assert mail["From"] == "Ada Winter <ADA@sample.example>"
    assert mail["X-Mailer"] == "Sample"
    assert mail["To"] == "Dana Ortiz <dana@sample.example>"
    assert mail["Message-ID"] == "<memo-1@sample.example>"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_all("Subject") == ["RE: Wallet list"]


def test_headers_that_contradict_the_properties_give_way() -> None:
    sent = (
        "From: Somebody Else <else@other.example>\r\nSubject: Another\r\n"
        "Date: Mon, 22 Oct 2001 13:06:22 -0700 (PDT),Mon, 22 Oct 2001 13:06:22 -0500\r\n"
    )
    mail = parsed(MsgBuilder({**MEMO, 0x007D001F: sent}))

    assert mail["From"] == "Ada Winter <ada@sample.example>"
    assert mail["Subject"] == "RE: Wallet list"
    assert mail["Date"] == "Fri, 26 Oct 2001 14:05:09 +0000"


def test_an_embedded_message_is_a_message() -> None:
    inner = MsgBuilder({**MEMO, 0x0037001F: "inner"}).attach("deep.txt", b"deep")

    part = next(p for p in parsed(MsgBuilder().embed(inner)).walk() if p.get_filename())

    assert part.get_content_type() == "message/rfc822"
    assert part.get_content()["Subject"] == "inner"


def test_names_with_commas_stay_one_name() -> None:
    mail = parsed(MsgBuilder())

    assert mail["Cc"].addresses[0].display_name == "Kim, Lee"


def test_an_appointment_keeps_its_times() -> None:
    bag = {0x001A001F: "IPM.Appointment", 0x0037001F: "Call", 0x00600040: 126485715090000000}
    text = parsed(MsgBuilder(bag, ())).get_content()

    assert "Starts: 2001-10-26T" in text
