"""Which file a path of a load file means."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.check.folder import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    for path in ("NATIVES/0001/A1.TIF", "IMAGES/0001/A2.TIF", "TEXT/A1.TXT", "DATA/V.DAT"):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"x")
    (tmp_path / "EMPTY").mkdir()
    return Folder.walk(tmp_path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("NATIVES\\0001\\A1.TIF", "NATIVES/0001/A1.TIF"),
        ("natives/0001/a1.tif", "NATIVES/0001/A1.TIF"),
        (".\\NATIVES\\0001\\A1.TIF", "NATIVES/0001/A1.TIF"),
        ("D:\\VOL001\\NATIVES\\0001\\A1.TIF", "NATIVES/0001/A1.TIF"),
        ("\\\\server\\share\\VOL001\\NATIVES\\0001\\A1.TIF", "NATIVES/0001/A1.TIF"),
        ("E:\\001\\A2.TIF", "IMAGES/0001/A2.TIF"),
    ],
)
def test_windows_paths_are_found(folder: Folder, text: str, path: str) -> None:
    assert folder.resolve(text) == path


@pytest.mark.parametrize("text", ["IMAGES\\0001\\A1.TIF", "nowhere.tif", "", "..\\..\\etc\\passwd"])
def test_a_path_of_this_volume_means_that_place_only(folder: Folder, text: str) -> None:
    """A native of the same name does not stand in for an absent image."""
    assert folder.resolve(text) is None


def test_empty_folders_are_known(folder: Folder) -> None:
    assert folder.empty == ("EMPTY",)
