"""Compressed RTF, and the body wrapped in it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.evidence import FaultReason
from forthwith.formats.rtf.lzfu import decompressed
from forthwith.formats.rtf.wrapped_body import body_of
from tests.builders.outlook import compressed_rtf

#: [MS-OXRTFCP] 4.1.1: the specification's own example.
EXAMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d"
    "0a800fa0"
)


def test_the_example_of_the_specification() -> None:
    assert decompressed(EXAMPLE) == (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n", ())


@given(st.binary(max_size=5000))
@settings(max_examples=50, deadline=None)
def test_what_was_compressed_comes_back(rtf: bytes) -> None:
    assert decompressed(compressed_rtf(b"{" + rtf)) == (b"{" + rtf, ())


def test_a_bad_checksum_is_said_and_the_words_are_kept() -> None:
    rtf, faults = decompressed(EXAMPLE[:12] + b"\0\0\0\0" + EXAMPLE[16:])

    assert b"hello world" in rtf
    assert [fault.reason for fault in faults] == [FaultReason.CORRUPT]


def test_a_cut_body_keeps_what_came_before() -> None:
    rtf, faults = decompressed(compressed_rtf(b"{\\rtf1 " + b"a" * 100)[:60])

    assert rtf.startswith(b"{\\rtf1 aaa")
    assert FaultReason.TRUNCATED in {fault.reason for fault in faults}


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_either_throw(data: bytes) -> None:
    rtf, _ = decompressed(data)
    body_of(rtf)
    body_of(data)


def test_html_comes_back_as_sent() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fcharset0 Arial;}}"
        rb"{\*\htmltag64 <p class=\'22a\'22>}\htmlrtf {\b\htmlrtf0 Caf\'e9 {\*\htmltag84 <b>}"
        rb"\u8364?\htmlrtf }\htmlrtf0{\*\htmltag92 </b>}{\*\mhtmltag84 <i>}"
        rb"\lquote{\*\htmltag72 </p>}}"
    )

    body = body_of(rtf)

    assert body.kind == "html"
    assert body.text == '<p class="a">Café <b>€</b>&lsquo;</p>'


def test_plain_text_comes_back_with_its_lines() -> None:
    rtf = rb"{\rtf1\ansi\ansicpg1251\fromtext {\fonttbl{\f0\fcharset204 X;}}"
    rtf += rb"\f0 \'cf\'f0\par two\tab 2}"

    assert body_of(rtf).text == "Пр\ntwo\t2"


def test_rtf_of_its_own_gives_its_words_and_no_tables() -> None:
    rtf = rb"{\rtf1\ansi{\colortbl;\red1;}{\*\generator Program;}{\info{\title no}}Words\par}"

    body = body_of(rtf)

    assert (body.kind, body.text) == ("rtf", "Words\n")


def test_two_byte_characters_may_come_in_two_escapes() -> None:
    rtf = rb"{\rtf1\ansi\ansicpg932\fromtext \'93\'fa\'96\'7b}"

    assert body_of(rtf).text == "日本"


def test_surrogates_are_joined() -> None:
    assert body_of(rb"{\rtf1\ansi\fromtext \u-10179?\u-8704?}").text == "\U0001f600"
