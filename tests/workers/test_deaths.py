"""One death blames nobody, two at one place do: whoever ended the first may be anybody."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from forthwith.domain.evidence import FaultReason
from forthwith.workers.supervisor import Beat, Died, Done, Supervisor, WorkersKilledError

Outcomes = list[Done[int, int] | Died[int]]
#: Units, and the one that misbehaves.
UNITS, BAD = range(12), 7


def start(
    folder: Path, misbehave: Callable[[], object], times: int = 99
) -> Callable[[int, Beat], int]:
    """Square numbers; at the bad one, `misbehave` the first `times` that anybody comes by."""

    def work(unit: int, beat: Beat) -> int:
        (folder / f"pid-{os.getpid()}").write_text(str(unit))
        beat.at(f"item {unit}")
        if unit == BAD and len(list(folder.glob("came-*"))) < times:
            (folder / f"came-{time.monotonic_ns()}").touch()
            misbehave()
        time.sleep(0.005)
        beat.done()
        return unit * unit

    return work


def end_by(number: int) -> None:
    os.kill(os.getpid(), number)


def spin() -> None:
    while True:
        pass


def run(
    folder: Path,
    misbehave: Callable[[], object],
    *,
    workers: int = 2,
    times: int = 99,
    seconds: float = 30.0,
    memory: int = 0,
) -> Outcomes:
    work = partial(start, folder, misbehave, times)
    with Supervisor[int, int](
        work, workers=workers, seconds=seconds, memory=memory, preload=(), grace=0.0
    ) as supervisor:
        return list(supervisor.run(UNITS))


def dead(outcomes: Outcomes) -> list[Died[int]]:
    squares = {unit.unit: unit.result for unit in outcomes if isinstance(unit, Done)}
    died = [unit for unit in outcomes if isinstance(unit, Died)]
    assert squares == {unit: unit * unit for unit in UNITS if unit not in {d.unit for d in died}}
    return died


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_the_second_death_at_a_place_blames_it(
    tmp_path: Path, workers: int, by: signal.Signals
) -> None:
    (died,) = dead(run(tmp_path, partial(end_by, by), workers=workers))

    assert (died.unit, died.place, died.fault.reason) == (BAD, "item 7", FaultReason.CRASHED)
    assert by.name in died.fault.detail
    assert len(list(tmp_path.glob("came-*"))) == 2


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_one_death_costs_nothing(tmp_path: Path, workers: int, by: signal.Signals) -> None:
    assert dead(run(tmp_path, partial(end_by, by), workers=workers, times=1)) == []


def test_after_a_kill_from_outside_the_unit_is_tried_alone(tmp_path: Path) -> None:
    """Where memory ran out, the largest of all workers was ended, be it at fault or not."""
    work = partial(note_company, tmp_path)
    with Supervisor[int, int](work, workers=3, seconds=30, memory=0, preload=()) as supervisor:
        outcomes = list(supervisor.run(range(20)))

    assert len(outcomes) == 20
    assert sorted(path.name for path in tmp_path.glob("company-*")) == ["company-1", "company-2"]
    assert [(tmp_path / f"company-{number}").read_text() for number in (1, 2)][1] == "0"


def note_company(folder: Path) -> Callable[[int, Beat], int]:
    def work(unit: int, beat: Beat) -> int:
        beat.at(str(unit))
        mine = folder / f"at-{unit}"
        mine.touch()
        time.sleep(0.05)
        if unit == BAD:
            came = len(list(folder.glob("company-*"))) + 1
            mine.unlink()
            (folder / f"company-{came}").write_text(str(len(list(folder.glob("at-*")))))
            if came == 1:
                for left in folder.glob("at-*"):
                    left.unlink()
                end_by(signal.SIGKILL)
        mine.unlink(missing_ok=True)
        return unit

    return work


def test_a_reader_that_works_all_its_time_has_had_it(tmp_path: Path) -> None:
    """We ended it, and know why: nothing would be learned by waiting once more."""
    (died,) = dead(run(tmp_path, spin, seconds=1.0))

    assert died.fault.reason is FaultReason.TOO_SLOW
    assert len(list(tmp_path.glob("came-*"))) == 1


def test_a_reader_that_was_kept_from_working_gets_its_time_once_more(tmp_path: Path) -> None:
    """A machine that was asleep, a worker somebody stopped, a disk of a network that was away."""
    assert dead(run(tmp_path, partial(end_by, signal.SIGSTOP), times=1, seconds=0.5)) == []
    for left in tmp_path.iterdir():
        left.unlink()

    (died,) = dead(run(tmp_path, partial(time.sleep, 600), seconds=0.5))

    assert died.fault.reason is FaultReason.TOO_SLOW
    assert len(list(tmp_path.glob("came-*"))) == 2


def grow() -> None:
    held = []
    while True:
        held.append(bytes(4 << 20))


def grow_and_be_ended() -> None:
    held = [bytearray(1 << 20) for _ in range(400)]
    time.sleep(0.5)
    end_by(signal.SIGKILL)
    held.clear()


@pytest.mark.parametrize("misbehave", [grow, grow_and_be_ended])
def test_memory_is_said_to_be_the_reason_where_it_was(
    tmp_path: Path, misbehave: Callable[[], None]
) -> None:
    (died,) = dead(run(tmp_path, misbehave, memory=600 << 20))

    assert died.fault.reason is FaultReason.OUT_OF_MEMORY
    assert "(limits.memory)" in died.fault.detail


def test_workers_that_are_all_ended_stop_the_run_and_blame_nobody(tmp_path: Path) -> None:
    """A machine without memory must not turn evidence into faults."""
    with (
        Supervisor[int, int](
            partial(wander, tmp_path), workers=1, seconds=30, memory=0, preload=()
        ) as supervisor,
        pytest.raises(WorkersKilledError, match="--workers 1"),
    ):
        list(supervisor.run([1]))


def wander(folder: Path) -> Callable[[int, Beat], int]:
    def work(unit: int, beat: Beat) -> int:
        beat.at(f"never the same {time.monotonic_ns()}")
        end_by(signal.SIGKILL)
        return unit

    return work


def test_a_worker_that_dies_with_nothing_to_do_is_replaced(tmp_path: Path) -> None:
    work = partial(start, tmp_path, int)
    with Supervisor[int, int](work, workers=2, seconds=30, memory=0, preload=()) as supervisor:
        dead(list(supervisor.run(UNITS)))
        for path in tmp_path.glob("pid-*"):
            os.kill(int(path.name.removeprefix("pid-")), signal.SIGKILL)
        time.sleep(0.1)
        assert dead(list(supervisor.run(UNITS))) == []


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_kills_at_any_instant_cost_nothing(tmp_path: Path, seed: int, workers: int) -> None:
    kills(tmp_path, seed, workers)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_kills_at_any_instant_cost_nothing_a_hundred_times(tmp_path: Path, workers: int) -> None:
    for seed in range(100):
        folder = tmp_path / str(seed)
        folder.mkdir()
        kills(folder, seed, workers)


def kills(folder: Path, seed: int, workers: int) -> None:
    """Run while workers are ended at four instants, never twice over the same unit."""
    chance = random.Random(seed)
    over = threading.Event()

    def kill() -> None:
        struck: set[str] = set()
        while len(struck) < 4 and not over.wait(chance.uniform(0.0, 0.03)):
            for path in sorted(folder.glob("pid-*"), key=lambda _: chance.random())[:1]:
                pid = int(path.name.removeprefix("pid-"))
                with contextlib.suppress(ProcessLookupError):
                    # It stands still while it is asked, so that no unit is struck twice.
                    os.kill(pid, signal.SIGSTOP)
                    unit = path.read_text()
                    os.kill(pid, signal.SIGCONT if unit in struck else signal.SIGKILL)
                    struck.add(unit)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert dead(run(folder, int, workers=workers)) == []
    finally:
        over.set()
        killer.join()
