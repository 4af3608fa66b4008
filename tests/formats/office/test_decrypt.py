"""Encrypted office files open with the password Office tries by itself, or one that is given."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import FaultReason, Hint, InMemory, Reading
from forthwith.formats import readers
from forthwith.formats.bytes.aes import Aes
from forthwith.formats.office import decrypt, legacy_streams
from forthwith.formats.ole.objects import compound
from tests.builders import office
from tests.builders.damage import survives

DEFAULT = "VelvetSweatshop"
SALT = bytes(range(16))


def read(data: bytes, *passwords: str) -> Reading:
    return readers.read(InMemory(data), Hint("a.xlsx", passwords=passwords))


def chained(key: bytes, before: bytes, data: bytes) -> bytes:
    data += bytes(-len(data) % 16)
    return Cipher(algorithms.AES(key), modes.CBC(before)).encryptor().update(data)


@pytest.mark.parametrize("size", [16, 24, 32])
def test_aes_undoes_what_another_library_does(size: int) -> None:
    key, data = hashlib.sha512(b"key").digest()[:size], hashlib.sha512(b"data").digest() * 9

    assert Aes(key).chained(chained(key, SALT, data), SALT) == data


def agile(package: bytes, password: str) -> bytes:
    """An xlsx encrypted as Excel 2010 and later do ([MS-OFFCRYPTO] 2.3.4.10 to 2.3.4.15)."""
    digest = hashlib.sha512(SALT + password.encode("utf-16-le")).digest()
    for number in range(3):
        digest = hashlib.sha512(number.to_bytes(4, "little") + digest).digest()

    def wrapped(block: str, data: bytes) -> str:
        key = hashlib.sha512(digest + bytes.fromhex(block)).digest()[:32]
        return base64.b64encode(chained(key, SALT, data)).decode()

    key, entered = bytes(range(32)), b"sixteen bytes it"
    ways = (
        f'saltValue="{base64.b64encode(SALT).decode()}" blockSize="16" keyBits="256" '
        'hashAlgorithm="SHA512" cipherChaining="ChainingModeCBC"'
    )
    info = (
        f'<encryption><keyData {ways}/><p:encryptedKey spinCount="3" {ways} '
        f'encryptedVerifierHashInput="{wrapped("fea7d2763b4b9e79", entered)}" '
        f'encryptedVerifierHashValue="'
        f'{wrapped("d7aa0f6d3061344e", hashlib.sha512(entered).digest())}" '
        f'encryptedKeyValue="{wrapped("146e0be7abacd0d6", key)}"/></encryption>'
    )
    data = b"".join(
        chained(
            key, hashlib.sha512(SALT + n.to_bytes(4, "little")).digest()[:16], package[at:][:4096]
        )
        for n, at in enumerate(range(0, len(package), 4096))
    )
    return compound(
        {
            ("EncryptionInfo",): struct.pack("<HHI", 4, 4, 0x40) + info.encode(),
            ("EncryptedPackage",): len(package).to_bytes(8, "little") + data,
        }
    )


BOOK = office.workbook(
    {"Open": ("", '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>')},
    {"xl/media/noise.bin": hashlib.shake_256(b"noise").digest(9000)},
)


def test_a_workbook_that_opens_without_asking_is_read() -> None:
    """Excel tries one password by itself; nobody who opened the file ever saw it was encrypted."""
    reading = read(agile(BOOK, DEFAULT))

    assert reading.text == "Open\nowed & held"
    assert reading.value("encrypted") == "opened with the password Office tries by itself"
    assert reading.faults == ()


def test_a_password_that_is_given_opens_what_it_fits() -> None:
    data = agile(BOOK, "heron")

    assert (
        read(data, "crane", "heron").value("encrypted") == "opened with a password that was given"
    )
    with pytest.raises(UnreadableError) as caught:
        read(data, "crane")
    assert caught.value.fault.reason is FaultReason.ENCRYPTED
    assert "heron" not in repr(read(data, "heron"))


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


BOF = record(0x809, b"\0\x06\x05\0" + bytes(12))
SHEET = record(0x85, b"\1\2\3\4\x02\0\x04\0Deep")
ROW = record(0x208, bytes(12) + b"\x20\0\0\0")


def masked(header: bytes, mask: Callable[[int, int, int], int]) -> bytes:
    """A Workbook stream whose records are encrypted byte by byte: (byte, place, length)."""
    plain = bytearray(BOF + record(0x2F, header) + SHEET + ROW)
    out = bytearray(plain)
    for kind, body, length in decrypt._records(bytes(plain)):
        if kind not in {0x809, 0x2F}:
            for place in range(body + 4 * (kind == 0x85), body + length):
                out[place] = mask(plain[place], place, length)
    return bytes(out)


def by_xor() -> bytes:
    """Method 1 as [MS-OFFCRYPTO] 2.3.7.2 tells it; 0x4EC3 is InitialCode of fifteen letters."""
    key = decrypt._xor_key(DEFAULT.encode())
    pads = decrypt._xor_pads(DEFAULT.encode(), key)

    def mask(byte: int, place: int, length: int) -> int:
        return ((byte << 5 | byte >> 3) & 0xFF) ^ pads[(place + length) % 16]

    return masked(struct.pack("<HHH", 0, key, 0x1234), mask)


def by_rc4() -> bytes:
    """RC4 with a key of 40 bits (2.3.6)."""
    start = hashlib.md5(DEFAULT.encode("utf-16-le")).digest()[:5]
    start = hashlib.md5((start + SALT) * 16).digest()[:5]
    stream = decrypt._rc4(hashlib.md5(start + bytes(4)).digest(), 1024)
    verifier = b"sixteen bytes it"
    both = verifier + hashlib.md5(verifier).digest()
    head = struct.pack("<HHH", 1, 1, 1) + SALT + bytes(a ^ b for a, b in zip(both, stream))
    return masked(head, lambda byte, place, length: byte ^ stream[place])


def test_the_initial_codes_are_those_of_the_specification() -> None:
    codes = [f"{decrypt._shifted(0xE1F0, 8 * count):04X}" for count in range(15)]
    told = "E1F0 1D0F CC9C 84C0 110C 0E10 F1CE 313E 1872 E139 D40F 84F9 280C A96A 4EC3"

    assert " ".join(codes) == told


@pytest.mark.parametrize("stream", [by_xor(), by_rc4()])
def test_old_workbooks_that_open_without_asking_are_read(stream: bytes) -> None:
    opened = decrypt.workbook(stream, ())
    assert opened is not None
    facts = legacy_streams.workbook(opened.data)

    assert opened.by_itself
    assert facts.sheets == [("Very hidden sheet", "Deep")]
    assert facts.rows == 1
    reading = read(compound({("Workbook",): stream}))
    assert reading.value("hidden_sheets") == "Deep"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("protect.xlsx", "\u041b\u0438\u0441\u04421"),
        ("testEXCEL_protected_passtika.xls", "This is an Encrypted Excel spreadsheet."),
        ("testEXCEL_protected_passtika.xlsx", "This is an Encrypted Excel spreadsheet."),
        ("testPPT_protected_passtika.pptx", "This is an encrypted PowerPoint 2007 slide."),
        ("testWORD_protected_passtika.doc", "This is an encrypted Word 2007 File."),
        ("testWORD_protected_passtika.docx", "This is an encrypted Word 2007 File."),
    ],
)
def test_real_files_open(corpora: Path, name: str, words: str) -> None:
    data = (corpora / "documents" / "tika" / "microsoft" / name).read_bytes()

    assert words in read(data, "tika").text


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from((agile(BOOK, DEFAULT), compound({("Workbook",): by_rc4()}))),
    st.integers(0, 9000),
    st.binary(max_size=6),
)
def test_damage_is_never_an_exception_of_ours(data: bytes, at: int, noise: bytes) -> None:
    at %= len(data)
    assert survives(read, data[:at] + noise + data[at + len(noise) :])
