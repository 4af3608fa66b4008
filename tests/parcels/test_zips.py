"""Zip files made front to back: any program opens them, and the same files give the same bytes."""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import libarchive
import pytest
import pyzipper
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.check import delivery
from forthwith.parcels import zips
from forthwith.parcels.zips import Member

MOMENT = datetime(2026, 2, 9, 17, 30, 21, tzinfo=UTC)
PASSWORD = "correct horse battery"
_NAME = st.text(
    st.characters(exclude_characters="/\\\0:", exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip(". ") == name)
_TREES = st.dictionaries(st.tuples(_NAME, _NAME), st.binary(max_size=400), max_size=8)


def members(files: dict[str, bytes]) -> list[Member]:
    def of(data: bytes) -> Iterator[bytes]:
        return (data[at : at + 100] for at in range(0, len(data), 100))

    return [Member(path, len(data), lambda data=data: of(data)) for path, data in files.items()]


def packed(files: dict[str, bytes], password: str = "") -> bytes:
    return b"".join(zips.packed(members(files), MOMENT, password))


@settings(deadline=None, max_examples=40)
@given(_TREES, st.sampled_from(["", PASSWORD]))
def test_what_is_packed_opens_as_the_same_tree(
    tree: dict[tuple[str, str], bytes], password: str
) -> None:
    """By `check`, which trusts no archive, and by another program's reader."""
    files = {f"VOL001/{above}/{name}": data for (above, name), data in tree.items()}
    data = packed(files, password)
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "a.zip").write_bytes(data)
        into = Path(place) / "out"
        into.mkdir()
        if files:
            delivery.unpack((Path(place) / "a.zip",), into, [password] if password else [])
        found = {
            path.relative_to(into).as_posix(): path.read_bytes()
            for path in into.rglob("*")
            if path.is_file()
        }
    assert found == files
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        archive.setpassword(password.encode() or None)
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_the_same_files_give_the_same_bytes() -> None:
    files = {"VOL001/a.txt": b"a" * 5_000, "VOL001/b.tif": bytes(range(256)) * 40}

    assert packed(files) == packed(files)


def test_members_bear_the_moment_they_were_sealed() -> None:
    with zipfile.ZipFile(io.BytesIO(packed({"VOL001/a.txt": b"a"}))) as archive:
        [about] = archive.infolist()

    assert about.date_time == (2026, 2, 9, 17, 30, 20)
    assert (about.external_attr >> 16, about.compress_type) == (0o100644, zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_what_does_not_shrink_does_not_grow_either(password: str) -> None:
    """Deflate's stored blocks: five bytes each, and no time lost on trying."""
    data = bytes(itertools.islice(_noise(), 300_000))

    assert len(packed({"VOL001/a.jpg": data}, password)) < len(data) + 600


def test_zeros_are_not_packed_as_a_bomb(tmp_path: Path) -> None:
    """A disk image is a native like any other, and `check` opens what we send."""
    (tmp_path / "a.zip").write_bytes(packed({"VOL001/a.img": bytes(20 * 2**20)}))
    (tmp_path / "out").mkdir()
    delivery.unpack((tmp_path / "a.zip",), tmp_path / "out")

    assert (tmp_path / "out/VOL001/a.img").stat().st_size == 20 * 2**20


def _noise() -> Iterator[int]:
    state = 1
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 56


def test_libarchive_opens_it_front_to_back() -> None:
    """A reader that does not look at the directory finds the end of every member."""
    files = {"VOL001/a.txt": b"a" * 5_000, "VOL001/b.jpg": bytes(itertools.islice(_noise(), 9_000)),
             "VOL001/empty.txt": b""}  # fmt: skip
    found = {}
    with libarchive.stream_reader(_Pipe(packed(files)), "zip") as entries:
        for entry in entries:
            found[entry.pathname] = b"".join(entry.get_blocks())

    assert found == files


class _Pipe(io.RawIOBase):
    """Bytes that can only be read forwards."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        return self._data.readinto(buffer)


def test_what_the_pieces_raise_goes_through() -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise KeyError("changed")

    with pytest.raises(KeyError, match="changed"):
        list(zips.packed([Member("VOL001/a.txt", 8, broken)], MOMENT))


@pytest.mark.skipif(shutil.which("unzip") is None, reason="Info-ZIP is not installed")
def test_unzip_opens_it(tmp_path: Path) -> None:
    files = {"VOL001/a.txt": b"a" * 5_000, "VOL001/Ärger.txt": b"b"}
    (tmp_path / "a.zip").write_bytes(packed(files))
    done = subprocess.run(
        ["unzip", "-tq", tmp_path / "a.zip"], capture_output=True, text=True, check=False
    )

    assert "No errors" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("password", ["", PASSWORD])
def test_70000_members_are_zip64(password: str, tmp_path: Path) -> None:
    count = 70_000
    files = {f"VOL001/TEXT/{number:06}.TXT": b"%d" % number for number in range(count)}
    (tmp_path / "a.zip").write_bytes(packed(files, password))

    with pyzipper.AESZipFile(tmp_path / "a.zip") as archive:
        archive.setpassword(password.encode() or None)
        assert len(archive.namelist()) == count
        assert archive.read("VOL001/TEXT/069999.TXT") == b"69999"


@pytest.mark.slow
def test_a_member_of_5_gb_is_zip64(tmp_path: Path) -> None:
    size = 5 * 2**30
    piece = bytes(2**20)
    member = Member("VOL001/NATIVES/A.PST", size, lambda: itertools.repeat(piece, 5 * 2**10))
    with (tmp_path / "a.zip").open("wb") as file:
        for data in zips.packed([member], MOMENT):
            file.write(data)

    (tmp_path / "out").mkdir()
    delivery.unpack((tmp_path / "a.zip",), tmp_path / "out")
    assert (tmp_path / "out/VOL001/NATIVES/A.PST").stat().st_size == size
