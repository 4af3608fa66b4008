"""Commands of a review as somebody types them: cures that work, groups alone, an empty matter."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from forthwith.record.matter import Matter
from tests.builders import reviewed_room as made
from tests.cli.conftest import Command

#: What somebody puts in the place of "…" behind each mark.
ANSWERS = {"responsive": "yes", "hot": "yes", "privilege": "none", "because": "It names the keys"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A matter of ten documents and people."""
    room = made.room(tmp_path)
    room.close()
    return room.matter.folder


def cure(printed: str) -> list[str]:
    """Return the first command that `forthwith conflicts` prints, with its blanks filled in."""
    found = re.search(r"forthwith (code .*?--because …)", " ".join(printed.split()))
    assert found is not None, printed
    words = found[1].replace("--because …", "--because because=…").split()
    return [
        ANSWERS[word.partition("=")[0]] if word == "because=…" else
        word.replace("…", ANSWERS.get(word.partition("=")[0], ""))
        for word in words
    ]  # fmt: skip


def test_the_cure_of_what_is_hot_and_not_responsive_is_accepted(folder: Path, run: Command) -> None:
    run("-C", folder, "code", "FW00000001", "responsive=no", "hot=yes", "--as", "lead")
    listed = run("-C", folder, "conflicts", "--as", "lead")
    assert listed.exit_code == 1
    assert "responsive=yes privilege=… --because" in " ".join(listed.output.split())

    done = run("-C", folder, *cure(listed.output), "--as", "reyes")
    assert done.exit_code == 2  # no batch of hers: not shown
    done = run("-C", folder, *cure(listed.output), "--as", "lead")
    assert done.exit_code == 0, done.output
    assert run("-C", folder, "conflicts", "--as", "lead").exit_code == 0


def test_the_cure_of_copies_coded_apart_is_accepted(folder: Path, run: Command) -> None:
    run("-C", folder, "code", "FW00000001", "responsive=no", "--as", "lead")
    copy = "FW00000007"
    for control in [f"FW{number:08}" for number in range(2, 11)]:
        run("-C", folder, "code", control, "responsive=yes", "privilege=none", "--as", "counsel")
        run("-C", folder, "code", control, "responsive=yes", "privilege=none", "--as", "lead")
        listed = run("-C", folder, "conflicts", "--as", "lead").output
        if "copies and coded apart" in listed:
            copy = control
            break
    assert copy in listed

    done = run("-C", folder, *cure(listed), "--as", "lead")
    assert done.exit_code == 0, done.output
    assert run("-C", folder, "conflicts", "--as", "lead").exit_code == 0


@pytest.mark.parametrize("group", ["batches", "qc"])
def test_a_group_alone_lists_for_whom_it_is_asked(folder: Path, run: Command, group: str) -> None:
    assert run("-C", folder, group, "--as", "lead").exit_code == 0
    alone = run("-C", folder, group, "--as", "lead", "--json")
    assert json.loads(alone.output) == json.loads(
        run("-C", folder, group, "list", "--as", "lead", "--json").output
    )
    before = run("-C", folder, group, "--as", "lead", "list")
    assert (before.exit_code, "Write --as after list" in before.output) == (2, True)


def test_an_empty_matter_says_what_there_is_not_and_what_to_do(
    tmp_path: Path, run: Command
) -> None:
    folder = Matter.create(tmp_path / "m", name="Northgate").folder
    assert run("-C", folder, "quarantine").output.startswith("Nothing is put away.")
    assert run("-C", folder, "quarantine", "--json").output == ""

    refused = run("-C", folder, "users", "add", "vera", "--no-password", "--as", "vera")
    assert (refused.exit_code, "without --as" in refused.output) == (2, True)
    assert run("-C", folder, "users", "add", "vera", "--no-password").exit_code == 0
