"""A command killed at any system call, and run again, ends where an undisturbed one ends.

Compared are documents and their texts, every table, every file that is truth or was sealed, and
what `verify` says; the clock stands still, so each byte counts. The whole run kills 500 times.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kills import killing, states
from tests.kills.states import Step

_NAMES = (
    "init", "collect", "process", "known", "claim", "ask", "import", "respond", "serve", "answer",
    "load", "books", "report", "produce", "replace", "overlay", "transmittal", "status",
    "receive", "receive again",
)  # fmt: skip
#: Those killed in every run of the tests: one for each way in which acts are kept.
_EACH_TIME = ("init", "collect", "process", "ask", "serve", "load", "report", "produce")
_SAMPLE, _WHOLE = 1, 32


@pytest.fixture(scope="session")
def around(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Evidence, papers, and the matters made so far."""
    return tmp_path_factory.mktemp("kills")


@pytest.fixture(scope="session")
def steps(around: Path) -> dict[str, Step]:
    return states.steps(around)


@pytest.mark.parametrize("name", _EACH_TIME)
def test_a_killed_command_ends_as_an_undisturbed_one(
    name: str, steps: dict[str, Step], around: Path, tmp_path: Path
) -> None:
    """One kill each of eight commands."""
    _kill(steps[name], steps, around, tmp_path, _SAMPLE, "sample")


@pytest.mark.slow
@pytest.mark.kills
@pytest.mark.parametrize("name", _NAMES)
def test_a_command_killed_anywhere_ends_as_an_undisturbed_one(
    name: str, steps: dict[str, Step], around: Path, tmp_path: Path
) -> None:
    """More than 500 kills of all commands together."""
    _kill(steps[name], steps, around, tmp_path, _WHOLE, "whole")


def _kill(
    step: Step, steps: dict[str, Step], around: Path, place: Path, count: int, seed: str
) -> None:
    base = states.build(step, steps, around)
    sound, wanted, kills = _undisturbed(step, base, place, count, seed)
    entries = killing.entries(place / "sound" / "m")
    wrong = []
    for at, (told, kill) in enumerate(kills):
        home = killing.copy(base, place / f"{at}" / "m")
        kill(home)
        if said := _ended_well(home, step, sound, wanted, entries):
            wrong.append(f"{step.name} killed {told}: {said}")
    assert kills
    assert not wrong, "\n\n".join(wrong)


_Kill = tuple[str, Callable[[Path], Any]]


def _undisturbed(
    step: Step, base: Path, place: Path, count: int, seed: str
) -> tuple[killing.Ran, dict[str, object], list[_Kill]]:
    """Run a step once whole; return how it ended, what it left, and the kills to try."""
    home = killing.copy(base, place / "sound" / "m")
    began = time.monotonic()
    sound = killing.run(home, step.words)
    took = time.monotonic() - began
    assert sound.status in (0, 1), sound.said
    wanted = killing.left(home)
    assert wanted["broken"] == []
    if killing.STRACE:
        calls = killing.calls_of(killing.copy(base, place / "traced" / "m"), step.words)
        chosen = killing.picked(calls, count, f"{seed} {step.name}")
        return (
            sound,
            wanted,
            [
                (
                    f"at {call[0]} {call[1]}",
                    lambda home, call=call: killing.kill_at(home, step.words, call),
                )
                for call in chosen
            ],
        )
    clock = random.Random(f"{seed} {step.name}")
    spans = [clock.uniform(0.1, 1.0) * took for _ in range(count)]
    return (
        sound,
        wanted,
        [
            (
                f"after {span:.2f} s",
                lambda home, span=span: killing.kill_after(home, step.words, span),
            )
            for span in spans
        ],
    )


def _ended_well(
    home: Path, step: Step, sound: killing.Ran, wanted: dict[str, object], entries: int
) -> str:
    """Run a killed command again unless its act is done; return what is not as it should be."""
    # An act the journal has already would be a second one if it were typed again.
    if killing.entries(home) < entries:
        again = killing.run_again(home, step.words)
        if again.status != sound.status:
            return f"run again it ends with {again.status}:\n{again.said}"
    return killing.differences(killing.left(home), wanted)
