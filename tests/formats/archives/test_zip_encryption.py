"""Encrypted members, opened by a password: AES by the standard's vectors, and what is amiss."""

from __future__ import annotations

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

    assert loaded(packed, "no", "sésame") == [DATA, b""]


@pytest.mark.parametrize("how", HOW)
def test_no_password_that_opens_it_is_a_fault_without_the_password(how: str) -> None:
    packed = encrypted_zips.packed([("a.bin", DATA)], "sesame", how)

    for passwords in ((), ("opensaysme",)):
        [fault] = loaded(packed, *passwords)
        assert isinstance(fault, Fault)
        assert fault.reason in {FaultReason.ENCRYPTED, FaultReason.CORRUPT}
        assert "opensaysme" not in fault.detail


@pytest.mark.parametrize("how", HOW)
def test_bytes_changed_are_never_taken_for_sound(how: str) -> None:
    packed = bytearray(encrypted_zips.packed([("a.bin", DATA)], "sesame", how))
    packed[len(packed) // 2] ^= 1
    found = loaded(bytes(packed), "sesame")

    assert found[0] != DATA or any(isinstance(part, Fault) for part in found)


def test_a_hint_does_not_show_its_passwords() -> None:
    assert "sesame" not in repr(Hint("a.zip", passwords=("sesame",)))
