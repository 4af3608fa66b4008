"""Files encoded in a text come out, whether the text is a mail or a loose file."""

from __future__ import annotations

import base64
import binascii
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Child, Fault, Hint, InMemory, Reading
from forthwith.formats import readers
from forthwith.formats.mail.encoded_blocks import blocks, content_of
from tests.builders.mail import PDF

_HEX = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def uuencoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"begin 644 ledger.pdf\n" + b"".join(lines) + b"`\nend\n"


def yencoded(data: bytes) -> bytes:
    coded = b"".join(
        bytes([61, (byte + 106) & 255]) if (byte + 42) & 255 in (0, 10, 13, 61) else
        bytes([(byte + 42) & 255])
        for byte in data
    )  # fmt: skip
    head = b"=ybegin line=128 size=%d name=ledger.pdf\r\n" % len(data)
    return head + coded + b"\r\n=yend size=%d crc32=%08x\r\n" % (len(data), zlib.crc32(data))


def binhexed(data: bytes) -> bytes:
    head = b"\x0aledger.pdf\0PDF CARO\0\0" + struct.pack(">II", len(data), 0)
    packed = head + struct.pack(">H", binascii.crc_hqx(head, 0))
    packed += data + struct.pack(">H", binascii.crc_hqx(data, 0)) + bytes(2)
    coded = base64.b64encode(packed.replace(b"\x90", b"\x90\0")).decode().rstrip("=")
    digits = coded.translate(str.maketrans(_BASE64, _HEX))
    lines = "\r\n".join((":" + digits + ":")[at : at + 64] for at in range(0, len(digits) + 2, 64))
    return f"(This file must be converted with BinHex 4.0)\r\n\r\n{lines}\r\n".encode()


ENCODED = {
    "text/x-uuencode": uuencoded(PDF),
    "text/x-yenc": yencoded(PDF),
    "application/mac-binhex40": binhexed(PDF),
    "text/x-base64": base64.encodebytes(PDF),
}


def files(reading: Reading) -> list[tuple[str, bytes | Fault]]:
    assert reading.children is not None
    return [
        (child.name, child.load()) if isinstance(child, Child) else ("fault", child)
        for child in reading.children()
    ]


@pytest.mark.parametrize("media_type", ENCODED)
def test_a_text_gives_the_file_encoded_in_it(media_type: str) -> None:
    reading = readers.read(InMemory(ENCODED[media_type]), Hint("a.txt"))
    name = "" if media_type == "text/x-base64" else "ledger.pdf"

    assert reading.media_type == media_type
    assert files(reading) == [(name, PDF)]
    step = "block:1"
    assert readers.open_step(InMemory(ENCODED[media_type]), step, Hint("a.txt")) == PDF


@pytest.mark.parametrize("media_type", ENCODED)
def test_a_mail_gives_the_file_encoded_in_its_body(media_type: str) -> None:
    """Newsreaders, old Macs and broken gateways send files so."""
    head = b"From: a@x.example\nTo: b@x.example\nSubject: x\n\nbefore\n\n"
    data = head + ENCODED[media_type] + b"\nafter\n"
    reading = readers.read(InMemory(data), Hint("a.eml"))

    ((_, content),) = files(reading)
    assert content == PDF
    assert "before" in reading.text
    assert "after" in reading.text
    assert readers.open_step(InMemory(data), "part:1#uu1", Hint("a.eml")) == PDF


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_body_in_base64_that_nothing_announces_is_read(kind: str) -> None:
    words = "Dear Ben, the ledger of May is wrong. " * 20
    head = f"From: a@x.example\nTo: b@x.example\nContent-Type: text/{kind}\n\n"
    data = head.encode() + base64.encodebytes(words.encode())
    reading = readers.read(InMemory(data), Hint("a.eml"))

    assert "the ledger of May" in reading.text
    assert any("though nothing says so" in fault.detail for fault in reading.faults)


@pytest.mark.parametrize(
    "data",
    [
        yencoded(PDF)[:-60],
        yencoded(PDF).replace(b"size=1033 crc", b"size=9999 crc"),
        binhexed(PDF)[:-200] + b":",
        uuencoded(PDF)[:-80],
    ],
)
def test_a_block_cut_short_or_damaged_is_told(data: bytes) -> None:
    (block,) = blocks(data)

    assert content_of(block, data).defects


@pytest.mark.parametrize(
    "text",
    [
        b"begin 644 words of a speech\nand so on\n",
        b"ssh-rsa " + base64.b64encode(bytes(300)) + b"\n",
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(bytes(300)) + b"-----END\n",
        b"=ybegin nothing\n",
        b"(This file must be converted with BinHex 4.0)\n:short:\n",
    ],
)
def test_what_merely_looks_encoded_is_text(text: bytes) -> None:
    reading = readers.read(InMemory(text), Hint("a.txt"))

    assert reading.media_type == "text/plain"
    assert reading.children is None


@given(st.binary(max_size=80), st.integers(0, 400), st.sampled_from(list(ENCODED.values())))
def test_no_damage_throws(put: bytes, at: int, data: bytes) -> None:
    data = data[:at] + put + data[at + len(put) :]
    for block in blocks(data):
        content_of(block, data)
