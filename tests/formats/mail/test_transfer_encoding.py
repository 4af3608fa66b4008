"""Transfer encodings, sound and damaged."""

from __future__ import annotations

import base64
import binascii
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.formats.mail.transfer_encoding import from_base64, undone, uu_blocks


@given(st.binary())
def test_round_trips(data: bytes) -> None:
    assert undone(base64.encodebytes(data), " Base64 ").data == data
    assert undone(b"".join(b"=%02X" % octet for octet in data), "quoted-printable").data == data
    if b"\r" not in data:
        # The library's encoder makes all line ends of mixed data alike.
        assert undone(quopri.encodestring(data), "quoted-printable").data == data
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    block = b"begin 644 x\n" + b"".join(lines) + b"`\nend\n"
    assert undone(block, "x-uuencode").data == data
    assert undone(data, "8bit").data == data


@given(st.binary(), st.sampled_from(["base64", "quoted-printable", "uuencode", "7bit", "odd"]))
def test_no_bytes_make_it_throw(data: bytes, encoding: str) -> None:
    undone(data, encoding)
    uu_blocks(data)


@pytest.mark.parametrize(
    ("data", "shown", "wrong"),
    [
        (b"QUJD", b"ABC", ""),
        (b"QUI", b"AB", "middle"),
        (b"QUJDR", b"ABC", "middle"),
        (b"QQ==\nQg==\n", b"AB", ""),
        (b"Q!UJD", b"ABC", "not base64"),
        (b"QQ==\n-- \na footer of the list\n", b"A", "after the end"),
    ],
)
def test_damaged_base64_gives_what_there_is(data: bytes, shown: bytes, wrong: str) -> None:
    content = from_base64(data)

    assert content.data == shown
    assert wrong in " ".join(content.defects)
    assert bool(wrong) == bool(content.defects)


def test_an_unknown_encoding_is_told() -> None:
    assert undone(b"x", "x-rot13").defects
