"""A page kept as one file is one document, whatever it is called; nobody sent it."""

from __future__ import annotations

from base64 import b64encode

import pytest

from forthwith.domain.evidence import Child, Hint, InMemory, Kind, Reading, Relation
from forthwith.formats import readers
from forthwith.formats.mail import web_archive
from forthwith.formats.sniff.media_type import media_type

_PNG = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40))
_PARTS = (
    b"--b\r\nContent-Type: text/html\r\nContent-Location: https://w.example/admin/\r\n\r\n"
    b'<html><head><title>Console</title></head><body>heron <img src="logo.png"></body></html>\r\n'
    b"--b\r\nContent-Type: text/css\r\nContent-Location: cid:css@mhtml\r\n\r\nbody {}\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Location: https://w.example/admin/logo.png\r\n\r\n" + _PNG + b"\r\n"
    b"--b\r\nContent-Type: text/html\r\nContent-Location: https://w.example/frame\r\n\r\n"
    b"<p>framed words\r\n--b--\r\n"
)
_RELATED = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
BLINK = (
    b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://w.example/admin/\r\n"
    b"Subject: Console of wallets\r\nDate: Tue, 12 Mar 2024 09:15:00 -0000\r\n" + _RELATED + _PARTS
)
EXPLORER = b'From: "Saved by Windows Internet Explorer 8"\r\nSubject: x\r\n' + _RELATED + _PARTS
WORD = _RELATED + b"This document is a Single File Web Page.\r\n\r\n" + _PARTS
SENT = b"From: Ana <ana@x.example>\r\nTo: b@x.example\r\nSubject: page\r\n" + _RELATED + _PARTS


def read(data: bytes) -> Reading:
    return readers.read(InMemory(data), Hint("a"))


@pytest.mark.parametrize("data", [BLINK, EXPLORER, WORD])
@pytest.mark.parametrize("name", ["a.mht", "a.mhtml", "a.eml", "a.doc", ""])
def test_a_saved_page_is_a_document(data: bytes, name: str) -> None:
    assert media_type(InMemory(data), name) == "application/x-mimearchive"


def test_its_parts_are_shown_inside_it() -> None:
    """A logo and a style sheet are no attachments, a browser is no sender."""
    reading = read(BLINK)
    assert reading.children is not None
    children = [child for child in reading.children() if isinstance(child, Child)]

    assert reading.kind is Kind.EDOC
    assert reading.value("from") == reading.value("sent") == ""
    assert reading.value("title") == "Console"
    assert "heron" in reading.text
    assert "framed words" in reading.text
    assert {child.relation for child in children} == {Relation.INLINE}
    assert [child.name for child in children] == ["cid:css@mhtml", "logo.png", "frame"]
    for child in children:
        assert web_archive.open_step(InMemory(BLINK), child.step, Hint()) == child.load()


def test_the_pictures_of_the_page_are_there_to_be_drawn() -> None:
    """Word calls them by their place beside the page."""
    (page, frame), parts = web_archive.pages(WORD)

    assert "heron" in page
    assert "framed" in frame
    assert parts["logo.png"].startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["a.mht", "a.mhtml", "a.eml"])
def test_a_mail_kept_under_that_name_is_mail(name: str) -> None:
    assert media_type(InMemory(SENT), name) == "message/rfc822"


def test_a_draft_of_an_apple_mail_is_no_page() -> None:
    assert media_type(InMemory(b"X-Unsent: 1\r\n" + WORD), "a.eml") == "message/rfc822"
