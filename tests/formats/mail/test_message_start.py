"""A message is a message with a line before its headers, in UTF-16, wrapped or in lower case."""

from __future__ import annotations

import pytest

from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory, Reading
from forthwith.formats import readers
from forthwith.formats.mail.message_start import start_of
from forthwith.formats.sniff.media_type import media_type, mislabelled
from tests.builders.mail import PDF, mail

_HEADERS = (
    b"From: Ana <ana@x.example>\r\nTo: ben@x.example\r\nSubject: keys\r\n"
    b"Date: Tue, 12 Mar 2024 09:15:00 -0400\r\n"
)
_LOWER = (
    b"from: Ana <ana@x.example>\nto: ben@x.example\nsubject: keys\ndate: Tue, 12 Mar 2024\n\nx\n"
)
_REPLY = b"HTTP/1.1 200 OK\r\nDate: Mon, 1 Jan 2001 00:00:00 GMT\r\nServer: x\r\n\r\n"


def read(data: bytes, name: str = "a.eml") -> Reading:
    return readers.read(InMemory(data), Hint(name))


def attached(reading: Reading) -> list[object]:
    assert reading.children is not None
    return [child.load() for child in reading.children() if isinstance(child, Child)]


@pytest.mark.parametrize(
    "before",
    [
        b"Re\r\n",
        b"Exported by MailVault 3.1 on request\n\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        _REPLY,
        b"+OK 1234 octets\r\n",
        b"* 12 FETCH (FLAGS (\\Seen) BODY[] {4711}\r\n",
        b"a2 UID FETCH 12\r\n",
        b"354 go ahead\r\n",
        b"<<< No message text >>>\n",
    ],
)
def test_lines_before_the_headers_are_stepped_over_and_kept(before: bytes) -> None:
    """An exporter's line must not turn a mail with its attachment into a text file."""
    reading = read(before + mail(), "a.txt" if before[:1] in b"H+*a3" else "a.eml")

    assert reading.media_type == "message/rfc822"
    assert reading.value("subject") == read(mail()).value("subject")
    assert attached(reading) == [PDF]
    assert before.split(b"\r")[0].split(b"\n")[0].decode() in reading.text
    assert any("before the headers" in fault.detail for fault in reading.faults)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_message_in_utf_16_is_a_message(encoding: str) -> None:
    """Some exporters write wide letters; what a part says of its charset is then past."""
    text = mail().decode().replace("see the ledger", "siehe Größe")
    text = text.replace("text/plain", "text/plain; charset=iso-8859-1", 1)
    reading = read(text.encode(encoding))

    assert reading.media_type == "message/rfc822"
    assert "siehe Größe" in reading.text
    assert attached(reading) == [PDF]


def test_a_header_wrapped_without_a_blank_goes_on() -> None:
    data = b"Subject: a long one\r\nwrapped by an exporter\r\n" + mail()
    reading = read(data)

    assert reading.value("subject").startswith("a long one wrapped by an exporter")
    assert attached(reading) == [PDF]
    assert FaultReason.CORRUPT in {fault.reason for fault in reading.faults}


@pytest.mark.parametrize("name", ["a.eml", "a", "a.txt"])
def test_headers_in_lower_case_are_headers(name: str) -> None:
    assert read(_LOWER + b"\r\nwords\r\n", name).value("subject") == "keys"


@pytest.mark.parametrize(
    "start",
    [
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\r\n",
        b"\r\n\xef\xbb\xbf",
        b"From ana\n",
        b">From a\n",
    ],
)  # fmt: skip
def test_blanks_marks_and_a_from_line_before_headers_are_nothing(start: bytes) -> None:
    reading = read(start + mail())

    assert reading.media_type == "message/rfc822"
    assert attached(reading) == [PDF]
    assert not reading.faults


def test_mail_with_returns_alone_is_mail() -> None:
    reading = read(b"Re\r" + mail().replace(b"\n", b"\r"))

    assert reading.media_type == "message/rfc822"
    assert attached(reading) == [PDF]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("notes.txt", b"For the file.\n\n" + _HEADERS + b"\nwhat they wrote\n"),
        ("a.eml", b"See below.\n\n-----Original Message-----\n" + _HEADERS + b"\nquoted\n"),
        ("a.eml", b"---------- Forwarded message ---------\n" + _HEADERS + b"\nquoted\n"),
        ("a.html", b"<html>\n" + _HEADERS + b"</html>"),
        ("a.yaml", b"from: a\nto: b\nsubject: c\n"),
        ("a.c", b"default: return;\nto: x;\n"),
    ],
)
def test_a_quoted_message_does_not_lend_its_headers(name: str, data: bytes) -> None:
    """Text that quotes a mail was not sent by the one who wrote the quoted mail."""
    assert media_type(InMemory(data), name) != "message/rfc822"


@pytest.mark.parametrize("name", ["a.eml", "b.emlx", "c.mbox", "d.msg"])
def test_text_under_the_name_of_a_mail_is_told(name: str) -> None:
    """Plain text is the last resort; that a mail came to it is said aloud."""
    data = b"words and no header at all\n"
    found = media_type(InMemory(data), name)
    fault = mislabelled(found, name)

    assert (found, fault and fault.reason) == ("text/plain", FaultReason.MISLABELLED)


def test_the_start_of_no_mail_is_none() -> None:
    assert start_of(b"words\n\nmore: words\n", named=True) is None
    assert start_of(b"", named=True) is None
