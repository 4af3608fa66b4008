"""Encrypted 7z archives open with a password: packed or stored, names encrypted or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory, Reading
from forthwith.formats import readers
from tests.builders import encrypted_7z

DATA = b"The letter of 4 May, under seal. " * 40
FORMS = [
    {"lzma_first": True},
    {"lzma_first": False},
    {"lzma_first": True, "names": True},
    {"lzma_first": False, "names": True},
]
#: Archives other programs wrote, and the passwords their tests have.
REAL = {
    "hostile/commons-compress/src/test/resources/bla.encrypted.7z": ("foo", 2),
    "hostile/libarchive/decoded/test_read_format_7zip_encryption.7z": ("12345678", 1),
    "hostile/libarchive/decoded/test_read_format_7zip_encryption_header.7z": ("12345678", 1),
    "hostile/libarchive/decoded/test_read_format_7zip_encryption_partially.7z": ("12345678", 2),
    "documents/tika/pkg/test7Z_protected_passTika.7z": ("Tika", 1),
    "documents/tika/pkg/full_encrypted.7z": ("password", 1),
}


def hint(*passwords: str) -> Hint:
    return Hint("a.7z", passwords=passwords)


def loaded(reading: Reading) -> list[bytes | Fault]:
    children = reading.children() if reading.children else ()
    return [child.load() if isinstance(child, Child) else child for child in children]


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_opens_with_its_password(form: dict[str, bool]) -> None:
    packed = InMemory(encrypted_7z.packed("letter.txt", DATA, "sésame", **form))
    reading = readers.read(packed, hint("wrong", "sésame"))

    assert loaded(reading) == [DATA]
    [note] = reading.faults
    assert note.reason is FaultReason.OPENED
    assert "number 2 of a list of 2" in note.detail
    assert readers.open_step(packed, "member:0", hint("wrong", "sésame")) == DATA


@pytest.mark.parametrize("form", FORMS)
def test_passwords_that_do_not_open_it_are_counted(form: dict[str, bool]) -> None:
    packed = encrypted_7z.packed("letter.txt", DATA, "sesame", **form)
    wrong = [f"guess {number}" for number in range(300)]
    try:
        reading = readers.read(InMemory(packed), hint(*wrong))
    except UnreadableError as error:
        faults = [error.fault]
    else:
        faults = [*reading.faults, *(one for one in loaded(reading) if isinstance(one, Fault))]

    assert {fault.reason for fault in faults} == {FaultReason.ENCRYPTED}
    assert "none of 300 passwords opened it" in faults[0].detail


@pytest.mark.parametrize(("path", "right"), REAL.items())
def test_archives_of_other_programs_open(corpora: Path, path: str, right: tuple[str, int]) -> None:
    password, members = right
    source = InMemory((corpora / path).read_bytes())
    found = loaded(readers.read(source, hint("wrong", password)))

    assert len(found) == members
    assert all(isinstance(data, bytes) for data in found)


def test_a_part_that_is_not_encrypted_proves_no_password(corpora: Path) -> None:
    """The first member opens with any password: only an encrypted one says which is right."""
    path = "hostile/libarchive/decoded/test_read_format_7zip_encryption_partially.7z"
    reading = readers.read(InMemory((corpora / path).read_bytes()), hint("wrong"))

    assert [fault.reason for fault in reading.faults] == [FaultReason.ENCRYPTED]


@pytest.mark.parametrize("form", FORMS)
def test_damage_is_told_and_never_a_crash(form: dict[str, bool]) -> None:
    packed = encrypted_7z.packed("letter.txt", DATA, "sesame", **form)
    for place in range(0, len(packed), 7):
        spoilt = bytearray(packed)
        spoilt[place] ^= 0x55
        try:
            reading = readers.read(InMemory(bytes(spoilt)), hint("sesame"))
        except UnreadableError:
            continue
        found = loaded(reading)
        told = [*reading.faults, *(one for one in found if isinstance(one, Fault))]
        sound = [fault for fault in told if fault.reason is not FaultReason.OPENED] == []
        assert not sound or found == [DATA], place
