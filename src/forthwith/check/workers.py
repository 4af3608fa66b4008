"""Open delivered files in processes of their own: one that crashes or hangs costs that one file.

Each process has one file in flight, a limit of memory and a limit of time; whichever breaks one is
replaced. Results come in the order they are ready.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from forthwith.domain.evidence import Limits

Key = TypeVar("Key")
Job = TypeVar("Job")
Value = TypeVar("Value")
_LIMITS = Limits()
#: Seconds a worker gets to go by itself before it is made to.
_GRACE = 2.0


@dataclass(slots=True)
class _Worker(Generic[Key]):
    """One process and what it is at."""

    process: BaseProcess
    link: Connection
    key: Key
    deadline: float


def over(
    work: Callable[[Job], Value],
    jobs: Sequence[tuple[Key, Job]],
    workers: int,
    failed: Callable[[str], Value],
    seconds: float = _LIMITS.seconds,
) -> Iterator[tuple[Key, Value]]:
    """Yield (key, result) of `work` for each job, from `workers` processes (at least one).

    `failed(why)` stands for a result that never came: the process died, or took over `seconds`.
    `work`, jobs and results must be picklable. A job is the path of a file, or begins with it.
    """
    waiting = iter(jobs)
    busy: dict[Connection, _Worker[Key]] = {}
    try:
        for _ in range(min(max(workers, 1), len(jobs))):
            _hand(work, waiting, busy, None, seconds)
        while busy:
            soonest = min(worker.deadline for worker in busy.values())
            ready = wait(list(busy), max(0.0, soonest - time.monotonic()))
            for link in ready:
                worker = busy.pop(link)  # type: ignore[call-overload]
                value, alive = _received(worker, failed)
                yield worker.key, value
                _hand(work, waiting, busy, worker if alive else None, seconds)
            for worker in [job for job in busy.values() if job.deadline <= time.monotonic()]:
                del busy[worker.link]
                _end(worker)
                yield worker.key, failed(f"it took more than {seconds:.0f} seconds")
                _hand(work, waiting, busy, None, seconds)
    finally:
        for worker in busy.values():
            _end(worker)


def _hand(
    work: Callable[[Job], Value],
    waiting: Iterator[tuple[Key, Job]],
    busy: dict[Connection, _Worker[Key]],
    free: _Worker[Key] | None,
    seconds: float,
) -> None:
    """Give the next job to a free worker, or to a new one; with none left, let the worker go."""
    following = next(waiting, None)
    if following is None:
        if free is not None:
            _end(free, idle=True)
        return
    key, job = following
    if free is None:
        link, far = multiprocessing.Pipe()
        process = multiprocessing.Process(target=_serve, args=(work, far), daemon=True)
        process.start()
        far.close()
        free = _Worker(process, link, key, 0.0)
    free.key, free.deadline = key, time.monotonic() + seconds
    # A worker that has just died is found out when its answer is read.
    with contextlib.suppress(OSError):
        free.link.send(job)
    busy[free.link] = free


def _received(worker: _Worker[Key], failed: Callable[[str], Value]) -> tuple[Value, bool]:
    """Return the result and whether the worker can go on."""
    try:
        return worker.link.recv(), True
    except (EOFError, OSError):
        _end(worker)
        return failed("the reader crashed on it"), False


def _end(worker: _Worker[Key], *, idle: bool = False) -> None:
    """Stop a worker: by word when it is idle, by force when it is not."""
    if idle:
        # Closing is not enough: workers forked later hold this end of the pipe too.
        with contextlib.suppress(OSError):
            worker.link.send(None)
        worker.process.join(_GRACE)
    worker.link.close()
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _serve(work: Callable[[Job], Value], link: Connection) -> None:
    """Answer job after job until the other end closes."""
    _limit_memory()
    try:
        while (job := link.recv()) is not None:
            link.send(work(job))
    except (EOFError, KeyboardInterrupt):
        return


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on every system
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_LIMITS.memory, _LIMITS.memory))
