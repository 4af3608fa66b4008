"""File systems of a test's own: small ones and read-only ones, where the machine lets it mount."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _run(*words: str | Path) -> bool:
    if shutil.which(str(words[0])) is None:
        return False
    return subprocess.run([str(word) for word in words], capture_output=True).returncode == 0


@contextmanager
def small(place: Path, size: str) -> Iterator[Path]:
    """Mount an empty file system of `size` ("3m") at `place`, or skip the test."""
    place.mkdir()
    if not _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place):
        pytest.skip("nothing may be mounted here")
    try:
        yield place
    finally:
        _run("umount", "-l", place)


@contextmanager
def read_only(folder: Path, place: Path) -> Iterator[Path]:
    """Show a folder at `place`, read-only, or skip the test."""
    place.mkdir()
    if not _run("mount", "--bind", folder, place):
        pytest.skip("nothing may be mounted here")
    try:
        if not _run("mount", "-o", "remount,bind,ro", place):
            pytest.skip("nothing may be mounted read-only here")
        yield place
    finally:
        _run("umount", "-l", place)
