"""A worker that dies or hangs costs what it was at, nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from forthwith.domain.evidence import FaultReason
from forthwith.workers.supervisor import Beat, Died, Done, Supervisor, WorkerFailedError


def _start() -> Callable[[int, Beat], int]:
    def work(unit: int, beat: Beat) -> int:
        beat.at(f"item {unit}")
        if unit == 7:
            os.kill(os.getpid(), signal.SIGSEGV)
        if unit == 9:
            time.sleep(600)
        beat.done()
        return unit * unit

    return work


@pytest.mark.parametrize("workers", [1, 3])
def test_every_unit_comes_back_and_the_dead_say_where_they_were(workers: int) -> None:
    with Supervisor[int, int](
        _start, workers=workers, seconds=0.1, memory=0, preload=()
    ) as supervisor:
        supervisor._seconds = -3.0  # the supervisor's grace is long; a test need not wait for it
        outcomes = list(supervisor.run(range(12)))
        done = supervisor.items_done

    assert {outcome.unit: outcome.result for outcome in outcomes if isinstance(outcome, Done)} == {
        unit: unit * unit for unit in range(12) if unit not in {7, 9}
    }
    dead = {outcome.unit: outcome for outcome in outcomes if isinstance(outcome, Died)}
    assert dead.keys() == {7, 9}
    assert dead[7].place == "item 7"
    assert dead[7].fault.reason is FaultReason.CRASHED
    assert "SIGSEGV" in dead[7].fault.detail
    assert dead[9].fault.reason is FaultReason.TOO_SLOW
    assert done == 10


def _start_broken() -> Callable[[int, Beat], int]:
    def work(_unit: int, _beat: Beat) -> int:
        raise OSError(28, "No space left on device")

    return work


def test_a_failure_of_ours_stops_the_work_and_blames_no_item() -> None:
    """A full disk must not turn sound evidence into faults."""
    with (
        Supervisor[int, int](_start_broken, workers=2, seconds=1, memory=0, preload=()) as run,
        pytest.raises(WorkerFailedError, match="No space left on device"),
    ):
        list(run.run([1, 2, 3]))


def test_no_units_need_no_work() -> None:
    with Supervisor[int, int](_start, workers=2, seconds=1, memory=0, preload=()) as supervisor:
        assert list(supervisor.run([])) == []


def test_workers_do_not_outlive_their_run(tmp_path: Path) -> None:
    """A worker that hangs when its run is killed must not go on for ever."""
    script = tmp_path / "run.py"
    script.write_text(
        "from forthwith.workers.supervisor import Supervisor\n"
        "from tests.workers.test_supervisor import hang\n"
        "if __name__ == '__main__':\n"
        f"    with Supervisor(hang, workers=1, seconds=600, memory=0, preload=()) as run:\n"
        f"        list(run.run([{str(tmp_path / 'pid')!r}]))\n"
    )
    root = str(Path(__file__).parents[2])
    running = subprocess.Popen([sys.executable, script], env=os.environ | {"PYTHONPATH": root})
    while not (tmp_path / "pid").exists():
        assert running.poll() is None, "the run ended before its worker began"
        time.sleep(0.02)
    time.sleep(0.05)
    pid = int((tmp_path / "pid").read_text())
    running.kill()
    running.wait()

    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.02)
    pytest.fail("the worker is still there")


def hang() -> Callable[[str, Beat], int]:
    """Say which process this is, then never come back."""

    def work(path: str, _beat: Beat) -> int:
        Path(path).write_text(str(os.getpid()))
        time.sleep(600)
        return 0

    return work
