"""A folder is walked whole, however deep it is and whatever its names are."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forthwith.plain import folders
from forthwith.plain.folders import Kind, walk
from tests.builders.deep import chain


def _seen(top: Path) -> list[tuple[str, Kind]]:
    return [(entry.path, entry.kind) for entry in walk(top)]


def test_a_folder_comes_before_what_it_holds_and_names_in_order_of_bytes(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "inner").write_bytes(b"")
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "c").symlink_to("b")
    os.mkfifo(tmp_path / "d")

    assert _seen(tmp_path) == [
        ("", Kind.FOLDER),
        ("a.txt", Kind.FILE),
        ("b", Kind.FOLDER),
        ("b/inner", Kind.FILE),
        ("c", Kind.LINK),
        ("d", Kind.OTHER),
    ]


@pytest.mark.parametrize("depth", [70, 1_200, 5_000])
def test_a_deep_folder_is_walked_to_its_end_and_back(tmp_path: Path, depth: int) -> None:
    """Files are named so that some are met on the way down and some on the way back up."""
    with chain(tmp_path, depth, ("a.txt", "z.txt")):
        found = [entry for entry in walk(tmp_path) if entry.kind is Kind.FILE]

        assert len(found) == 2 * depth
        assert max(entry.path.count("/") for entry in found) == depth
        assert len({entry.path for entry in found}) == 2 * depth


def test_a_file_deeper_than_a_path_may_be_long_is_read(tmp_path: Path) -> None:
    """PATH_MAX is 4,096 bytes: such a file has no name that one call would take."""
    with chain(tmp_path, 40, ("a.txt",), name="n" * 250):
        for entry in walk(tmp_path):
            if entry.kind is Kind.FILE:
                with os.fdopen(entry.open(), "rb") as stream:
                    assert stream.read() == b"a.txt"
                deepest = entry.path

        assert len(deepest) > 10_000
        with os.fdopen(folders.open_below(tmp_path, deepest), "rb") as stream:
            assert stream.read() == b"a.txt"


def test_a_folder_that_is_not_entered_costs_only_its_names(tmp_path: Path) -> None:
    (tmp_path / "in" / "deeper").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_bytes(b"")

    entries = list(walk(tmp_path, lambda entry: entry.path != "in"))

    assert [entry.path for entry in entries] == ["", "in"]
    assert entries[1].names == ("a.txt", "deeper")


@pytest.mark.parametrize(
    "name", [b"\xff\xfe", b"two\nlines", b"x" * 255, b"..x", b"...", b" ", "e\u0301".encode()]
)
def test_any_name_the_file_system_takes_is_walked(tmp_path: Path, name: bytes) -> None:
    (tmp_path / os.fsdecode(name)).write_bytes(b"")

    assert [os.fsencode(entry.path) for entry in walk(tmp_path)][1:] == [name]


def test_a_folder_moved_while_it_is_walked_is_found_again_from_the_top(tmp_path: Path) -> None:
    """Going up by ".." would come out where the folder was moved to."""
    top = tmp_path / "top"
    top.mkdir()
    (tmp_path / "aside").mkdir()
    with chain(top, 100, ("z.txt",)):
        walked = walk(top)
        paths = [next(walked).path for _ in range(101)]
        (top / paths[80]).rename(tmp_path / "aside" / "moved")
        rest = [entry.path for entry in walked]

    assert rest == [f"{path}/z.txt" for path in reversed(paths[1:])]


def test_a_folder_taken_away_while_it_is_walked_is_named(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (tmp_path / "aside").mkdir()
    with chain(top, 100, ("z.txt",)):
        walked = walk(top)
        paths = [next(walked).path for _ in range(101)]
        (top / paths[80]).rename(tmp_path / "aside" / "moved")
        (top / paths[79]).rename(tmp_path / "aside" / "gone")
        rest = {entry.path: entry.kind for entry in walked}

    assert rest.pop(paths[79]) is Kind.CLOSED
    assert set(rest) == {f"{path}/z.txt" for path in paths[1:] if path != paths[79]}


def _open_handles() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@contextmanager
def _handles(limit: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_walk_leaves_no_handle_open_when_it_is_given_up(tmp_path: Path) -> None:
    with chain(tmp_path, 200, ("a.txt",)):
        before = _open_handles()
        walked = walk(tmp_path)
        for _ in range(150):
            next(walked)
        walked.close()  # type: ignore[attr-defined]

        assert _open_handles() == before


def test_a_machine_short_of_handles_is_not_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    with chain(tmp_path, 200, ("a.txt",)):
        used = _open_handles()
        with _handles(used + 10), pytest.raises(OSError, match="Too many open files"):
            list(walk(tmp_path))
