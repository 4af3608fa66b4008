"""Folders for what is thrown away: their own, and swept once their command was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from forthwith.workers import scratch

KIND = "forthwith-test-"


def test_a_folder_of_a_killed_run_is_swept_and_of_a_living_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    child = os.fork()
    if child == 0:
        with scratch.folder(KIND):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    (left,) = tmp_path.iterdir()
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "kept").write_text("")
    (tmp_path / "forthwith-test-link").symlink_to(victim)

    with scratch.folder(KIND) as first, scratch.folder(KIND) as second:
        assert not left.exists()
        assert stat.S_IMODE(first.stat().st_mode) == 0o700
        assert second.is_dir()
    assert (victim / "kept").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"victim", "forthwith-test-link"}


@pytest.mark.parametrize("moment", ["before its lock is made", "while the lock is waited for"])
def test_a_folder_swept_the_moment_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    whole = fcntl.flock
    swept: list[str] = []

    def made(*given: Any, **more: Any) -> str:
        place = mkdtemp(*given, **more)
        if not swept and moment.startswith("before"):
            swept.append(place)
            shutil.rmtree(place)
        return place

    def locked(file: int, how: int) -> None:
        whole(file, how)
        if not swept and moment.startswith("while"):
            (place,) = tmp_path.iterdir()
            swept.append(str(place))
            shutil.rmtree(place)

    mkdtemp = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", made)
    monkeypatch.setattr("fcntl.flock", locked)

    with scratch.folder(KIND) as place:
        assert place.is_dir()
        assert str(place) not in swept
    assert len(swept) == 1
    assert list(tmp_path.iterdir()) == []
