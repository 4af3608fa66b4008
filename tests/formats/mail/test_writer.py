"""What `eml_writer` writes, read back by the standard library as an independent reader."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from forthwith.formats.mail.writer import OutgoingPart, render


def read_back(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_equal_input_gives_equal_bytes() -> None:
    parts = [OutgoingPart("a.bin", "application/octet-stream", b"\x00\x01")]
    first = render([("Subject", "x")], "hello", "<b>hello</b>", parts)

    assert first == render([("Subject", "x")], "hello", "<b>hello</b>", parts)
    assert b"\r\n" in first
    assert b"\n" not in first.replace(b"\r\n", b"")


def test_everything_comes_back() -> None:
    inner = render([("Subject", "inner")], "deep", None, [])
    data = render(
        [("From", '"Müller, Jörg" <joerg@example.org>'), ("Subject", "Grüße aus Köln und so fort")],
        "Zeile 1\nZeile – 2",
        '<img src="cid:logo@x">',
        [
            OutgoingPart("logo.png", "image/png", b"\x89PNG", "logo@x", inline=True),
            OutgoingPart("Verträge Ω.docx", "not a type", b"PK\x03\x04"),
            OutgoingPart('quote".txt', "text/plain", b"abc\r\n"),
            OutgoingPart("inner.eml", "message/rfc822", inner, is_message=True),
        ],
    )
    message = read_back(data)

    assert message["From"] == '"Müller, Jörg" <joerg@example.org>'
    assert message["Subject"] == "Grüße aus Köln und so fort"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r", "") == "Zeile 1\nZeile – 2"
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == ["Verträge Ω.docx", 'quote".txt', "inner.eml"]
    assert inner in data
    assert message.get_content_type() == "multipart/mixed"


def test_long_headers_are_folded_and_unfold_to_the_same() -> None:
    subject = "word " * 60 + "end"
    data = render([("Subject", subject), ("To", "a@example.org, " * 20)], "x", None, [])

    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    assert read_back(data)["Subject"] == subject


def test_a_line_break_in_a_value_makes_no_new_header() -> None:
    data = render([("Subject", "a\r\nBcc: victim@example.org")], "x", None, [])

    assert read_back(data)["Bcc"] is None


def test_structure_headers_of_the_source_are_kept_beside_ours() -> None:
    data = render([("Content-Type", "text/html; boundary=x")], "x", None, [])

    assert read_back(data)["X-Original-Content-Type"] == "text/html; boundary=x"
    assert read_back(data).get_content_type() == "text/plain"


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
parts = st.builds(
    OutgoingPart,
    name=text,
    media_type=st.sampled_from(["image/png", "message/partial", "x", "multipart/mixed"]),
    data=st.binary(max_size=200),
    content_id=st.sampled_from(["", "a@b"]),
    inline=st.booleans(),
)


@given(
    st.lists(st.tuples(text, text), max_size=3), st.none() | text, st.none() | text,
    st.lists(parts, max_size=3),
)  # fmt: skip
def test_no_attachment_is_lost_or_changed(
    headers: list[tuple[str, str]], plain: str | None, html: str | None, given: list[OutgoingPart]
) -> None:
    message = email.message_from_bytes(render(headers, plain, html, given))
    leaves = [part for part in message.walk() if not part.is_multipart()]
    contents = [part.get_payload(decode=True) for part in leaves if part["Content-Disposition"]]

    assert sorted(contents) == sorted(part.data for part in given)
