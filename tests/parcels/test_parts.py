"""Files cut into parts: what was cut joins again, and what does not join is said."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.parcels.errors import PartsError
from forthwith.parcels.parts import (
    JoinedFile,
    PartsWriter,
    TooManyPartsError,
    parts_of,
    pieces_of,
)


def cut(folder: Path, data: bytes, size: int | None) -> list[Path]:
    writer = PartsWriter(folder, "VOL001.zip", size)
    for at in range(0, len(data), 7):
        writer.write(data[at : at + 7])
    _, parts = writer.finish()
    return [folder / part.name for part in parts]


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=300), st.integers(1, 400), st.integers(0, 310))
def test_what_was_cut_joins_again(data: bytes, size: int, at: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        writer = PartsWriter(folder, "VOL001.zip", size)
        writer.write(data)
        whole, parts = writer.finish()
        paths = [folder / part.name for part in parts]

        assert b"".join(path.read_bytes() for path in paths) == data
        assert (whole.size, whole.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        for part, path in zip(parts, paths, strict=True):
            assert part.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
            assert part.size == path.stat().st_size <= size
        assert parts_of(paths[-1]) == tuple(paths)
        assert b"".join(pieces_of(paths)) == data
        with JoinedFile(*paths) as joined:
            assert joined.size == len(data)
            assert joined.read(at, 40) == data[at : at + 40]


def test_one_part_is_the_file_itself(tmp_path: Path) -> None:
    assert [path.name for path in cut(tmp_path, b"abc", 100)] == ["VOL001.zip"]


def test_parts_are_counted_from_001(tmp_path: Path) -> None:
    names = [path.name for path in cut(tmp_path, bytes(25), 10)]

    assert names == ["VOL001.zip.001", "VOL001.zip.002", "VOL001.zip.003"]


def test_more_parts_than_three_digits_count_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooManyPartsError, match="larger size"):
        cut(tmp_path, bytes(2_001), 2)


@pytest.mark.parametrize("missing", ["001", "002", "003"])
def test_a_missing_part_is_named(missing: str, tmp_path: Path) -> None:
    cut(tmp_path, bytes(35), 10)
    (tmp_path / f"VOL001.zip.{missing}").unlink()

    with pytest.raises(PartsError, match=rf"part \.{missing} is not in the folder"):
        parts_of(tmp_path / "VOL001.zip.004")


@pytest.mark.parametrize(
    ("part", "size"), [("002", 9), ("002", 11), ("004", 11), ("003", 0), ("004", 0), ("001", 9)]
)
def test_a_part_of_another_size_is_named(part: str, size: int, tmp_path: Path) -> None:
    """Half copied, or of a delivery cut otherwise."""
    cut(tmp_path, bytes(35), 10)
    (tmp_path / f"VOL001.zip.{part}").write_bytes(bytes(size))

    with pytest.raises(PartsError, match="Copy the parts again"):
        parts_of(tmp_path / "VOL001.zip.001")


def test_a_file_that_is_no_part_is_alone(tmp_path: Path) -> None:
    for name in ("VOL001.zip", "VOL001", "notes.2024", "VOL001.zip.01"):
        assert parts_of(tmp_path / name) == (tmp_path / name,)
