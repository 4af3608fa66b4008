"""Encrypted members, opened by a password: AES by the standard's vectors, and what is amiss."""

from __future__ import annotations

import random

import numpy as np
import pytest

from forthwith.domain.evidence import Budget, Child, Fault, FaultReason, Hint, Limits
from forthwith.formats.archives import zip as zip_reader
from forthwith.formats.archives.zip_encryption import Aes
from tests.builders import archives, encrypted_zips

HOW = ("aes-128", "aes-192", "aes-256", "ae-1", "traditional")
DATA = bytes(range(256)) * 3000


def loaded(data: bytes, *passwords: str) -> list[bytes | Fault]:
    hint = Hint("a.zip", "application/zip", Budget(Limits()), passwords=passwords)
    reading = zip_reader.read(archives.source(data), hint)
    assert reading.children is not None
    return [child.load() if isinstance(child, Child) else child for child in reading.children()]


@pytest.mark.parametrize(
    ("key", "block"),
    [
        ("000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"),
        ("000102030405060708090a0b0c0d0e0f1011121314151617", "dda97ca4864cdfe06eaf70a0ec0d7191"),
        ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
         "8ea2b7ca516745bfeafc49904b496089"),
    ],
)  # fmt: skip
def test_aes_is_that_of_the_standard(key: str, block: str) -> None:
    """FIPS 197, appendix C: the block 00112233…ff."""
    cipher = Aes(bytes.fromhex(key))
    words = [int(part, 16) for part in ("00112233", "44556677", "8899aabb", "ccddeeff")]

    assert cipher._encrypted(np.array([words], dtype=np.uint32)).hex() == block


@pytest.mark.parametrize("how", HOW)
def test_a_member_opens_with_its_password(how: str) -> None:
    packed = encrypted_zips.packed([("a.bin", DATA), ("empty", b"")], "sésame", how)

    whole, note, empty, again = loaded(packed, "no", "sésame")
    assert (whole, empty) == (DATA, b"")
    for fault in (note, again):
        assert isinstance(fault, Fault)
        assert fault.reason is FaultReason.OPENED
        assert not fault.lost
        assert "number 2 of a list of 2" in fault.detail
        assert "sésame" not in fault.detail


def test_a_wrong_password_that_fits_one_byte_does_not_hide_the_right_one() -> None:
    """Traditional encryption compares one byte: of a thousand passwords some four fit by chance."""
    data = b"the letter of 4 May " * 50
    packed = encrypted_zips.packed([("a.txt", data)], "sesame", "traditional")
    wrong = [f"guess {number}" for number in range(999)]

    whole, note = loaded(packed, *wrong, "sesame")
    assert whole == data
    assert isinstance(note, Fault)
    assert "number 1,000 of a list of 1,000" in note.detail
    [fault] = loaded(packed, *wrong)
    assert isinstance(fault, Fault)
    assert fault.reason is FaultReason.ENCRYPTED
    assert "none of 999 passwords opened it" in fault.detail


def test_what_could_not_be_tried_in_the_time_is_counted() -> None:
    """A long list against slow hashing ends with a sentence, not with the clock."""
    packed = encrypted_zips.packed([("a.txt", DATA)], "sesame", "aes-256")
    limits = Limits(seconds=0.000001)
    hint = Hint("a.zip", "application/zip", Budget(limits), passwords=("one", "two", "sesame"))
    reading = zip_reader.read(archives.source(packed), hint)
    assert reading.children is not None
    [child] = list(reading.children())

    assert isinstance(child, Child)
    fault = child.load()
    assert isinstance(fault, Fault)
    assert "1 of 3 passwords were tried" in fault.detail


@pytest.mark.parametrize("how", HOW)
def test_no_password_that_opens_it_is_a_fault_without_the_password(how: str) -> None:
    packed = encrypted_zips.packed([("a.bin", DATA)], "sesame", how)

    for passwords in ((), ("opensaysme",)):
        [fault] = loaded(packed, *passwords)
        assert isinstance(fault, Fault)
        assert fault.reason in {FaultReason.ENCRYPTED, FaultReason.CORRUPT}
        assert "opensaysme" not in fault.detail


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("data", [DATA, random.Random(1).randbytes(9_000)], ids=["even", "noise"])
def test_bytes_changed_are_never_taken_for_sound(how: str, data: bytes) -> None:
    """Noise is stored inside Deflate, so that its decoding meets nothing odd."""
    packed = bytearray(encrypted_zips.packed([("a.bin", data)], "sesame", how))
    packed[len(packed) // 2] ^= 1
    found = loaded(bytes(packed), "sesame")

    assert any(isinstance(part, Fault) for part in found)


def test_a_hint_does_not_show_its_passwords() -> None:
    assert "sesame" not in repr(Hint("a.zip", passwords=("sesame",)))
