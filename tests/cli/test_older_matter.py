"""Every command reads a matter from before there was a room; what writes brings it up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from forthwith.record import tables
from forthwith.record.matter import Matter
from tests.cli.conftest import Command
from tests.record.test_older_matter import _version, make_older

_READING = (
    ("status",), ("verify",), ("documents",), ("requests",),
    ("obligations",), ("questions",), ("users", "list"), ("check", "volumes/VOL001"),
)  # fmt: skip


@pytest.fixture
def older(sealed: Path, tmp_path: Path) -> Path:
    shutil.copytree(sealed, tmp_path / "m")
    make_older(Matter.open(tmp_path / "m")).engine.dispose()
    return tmp_path / "m"


def test_what_only_reads_changes_nothing(older: Path, run: Command) -> None:
    for words in _READING:
        assert run("-C", older, *words).exit_code in {0, 1}, words
        assert _version(Matter.open(older)) == "0002", words


def test_a_search_that_keeps_its_index_brings_it_up(older: Path, run: Command) -> None:
    for name in ("search", "room"):
        shutil.rmtree(older / "derived" / name, ignore_errors=True)

    assert "FW0000" in run("-C", older, "search", "wallets").stdout
    assert _version(Matter.open(older)) == tables.VERSION


def test_it_is_produced_from_and_brought_up(older: Path, run: Command) -> None:
    words = ("produce", "VOL002", "--replace", "VOL001", "--day", "2023-06-17", "--workers", "1")
    done = run("-C", older, *words)

    assert done.exit_code == 0, done.output
    assert _version(Matter.open(older)) == tables.VERSION
    assert run("-C", older, "verify").exit_code == 0
