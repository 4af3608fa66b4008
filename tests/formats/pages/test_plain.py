"""Text in any charset, with the charset and where it was known from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import FaultReason, Hint, InMemory
from forthwith.formats.pages import plain
from forthwith.plain import charset


@pytest.mark.parametrize(
    ("text", "encoding", "origin"),
    [
        ("owed: €5", "utf-8", "valid UTF-8"),
        ("owed: €5", "utf-8-sig", "byte order mark"),
        ("owed: €5", "utf-16", "byte order mark"),
        ("owed: five", "utf-16-le", "guess"),
        ("owed: five", "utf-16-be", "guess"),
        ("Привет мир, как дела сегодня", "utf-16-le", "guess"),
        ("Привет мир, как дела сегодня", "cp1251", "guess"),
    ],
)
def test_text_comes_back_whatever_its_charset(text: str, encoding: str, origin: str) -> None:
    reading = plain.read(InMemory(text.encode(encoding)), Hint())

    assert reading.text == text
    assert reading.fields[0].origin == origin
    assert reading.faults == ()


def test_what_no_charset_explains_is_counted() -> None:
    content = charset.decode("owed: ünwanted Größe äöü Ärger".encode() + b"\xff", "")

    assert content.undecodable == 1
    assert [fault.reason for fault in content.faults()] == [FaultReason.UNDECODABLE]


def test_xml_is_decoded_as_it_declares() -> None:
    data = '<?xml version="1.0" encoding="koi8-r"?><a>мир</a>'.encode("koi8-r")

    assert "мир" in plain.read(InMemory(data), Hint()).text


@pytest.mark.parametrize("name", ["zlib", "hex", "punycode", "no-such", "\0", "idna", "utf\n8"])
def test_a_declared_codec_that_is_no_charset_is_not_used(name: str) -> None:
    assert charset.decode(b"plain words", name).text == "plain words"


@given(st.binary(max_size=400), st.sampled_from(["", "utf-7", "shift_jis", "utf-16", "x"]))
def test_decoding_never_fails(data: bytes, declared: str) -> None:
    charset.decode(data, declared).text.encode()
