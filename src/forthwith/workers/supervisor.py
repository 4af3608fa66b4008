"""Where work runs: worker processes under a supervisor, one unit in flight each.

A worker that dies or hangs costs the one item it was at: the supervisor reads where it was from
shared memory, kills it, and hands back `Died` with that place, so that the caller can try the same
unit again without it. What a unit is, and what "without it" means, is the caller's. Why not a pool
of the standard library: docs/adr/0001-own-supervisor.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import multiprocessing
import os
import resource
import signal
import struct
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason

Unit = TypeVar("Unit")
Result = TypeVar("Result")

_PLACE = 2048
#: fcntl(2); Python names it from 3.12 on only.
_F_SETSIG = 10
_HEAD = struct.Struct("=dqH")
#: The worker's own timer comes first; the supervisor's kill is for code that never returns to it.
_GRACE = 5.0


class Beat:
    """Shared memory in which a worker says where it is, since when, and how many items are done."""

    def __init__(self, memory: Any) -> None:
        self._memory = memory
        self._done = 0

    def at(self, place: str) -> None:
        """Say that work on `place` begins now."""
        name = place.encode("utf-8", "surrogateescape")[: _PLACE - _HEAD.size]
        self._memory[_HEAD.size : _HEAD.size + len(name)] = name
        self._memory[: _HEAD.size] = _HEAD.pack(time.monotonic(), self._done, len(name))

    def done(self, items: int = 1) -> None:
        """Count finished items."""
        self._done += items

    def idle(self) -> None:
        """Say that nothing is under way."""
        self._memory[: _HEAD.size] = _HEAD.pack(0.0, self._done, 0)

    def read(self) -> tuple[float, int, str]:
        """Return when the present place began (0.0 when idle), items done, and the place."""
        since, done, length = _HEAD.unpack(self._memory[: _HEAD.size])
        name = self._memory[_HEAD.size : _HEAD.size + length]
        return since, done, name.decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Done(Generic[Unit, Result]):
    """A unit came back."""

    unit: Unit
    result: Result


@dataclass(frozen=True, slots=True)
class Died(Generic[Unit]):
    """The worker at `unit` died or was killed while at `place`."""

    unit: Unit
    place: str
    fault: Fault


#: Runs once in the worker; returns the function that does a unit.
Start = Callable[[], Callable[[Any, Beat], Any]]


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a worker says when the program, the disk or the store failed."""

    reason: str
    trace: str


class WorkerFailedError(ForthwithError):
    """The work itself failed, not what it was reading: nothing it says can be trusted."""

    def __init__(self, reason: str, trace: str) -> None:
        super().__init__(
            f"The work had to stop: {reason}. What was done so far is kept; mend the cause and run "
            f"the same command again.{trace}"
        )


@dataclass(slots=True)
class _Worker(Generic[Unit]):
    process: Any
    pipe: Connection
    #: Open as long as the worker may live.
    lifeline: Connection
    beat: Beat
    unit: Unit | None = None

    def busy(self) -> bool:
        return self.unit is not None


def _serve(pipe: Connection, memory: Any, start: Start, memory_limit: int) -> None:
    """Be a worker: take units until the supervisor goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if memory_limit:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (memory_limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    beat = Beat(memory)
    with contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        try:
            work = start()
            # What is loaded stays, and results are held whole for a batch: looking for cycles in
            # them each few hundred objects took a sixth of the time of reading mail.
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)
            while True:
                unit = pipe.recv()
                beat.at("")
                result = work(unit, beat)
                beat.idle()
                pipe.send(result)
        except (EOFError, MemoryError):
            raise
        except (OSError, ForthwithError) as refused:
            pipe.send(_Failed(str(refused), ""))
        except Exception as failure:  # noqa: BLE001 - the rim of a worker: our fault, not evidence's
            pipe.send(_Failed(repr(failure), f"\n{traceback.format_exc()}"))


def _end_with(lifeline: Connection) -> None:
    """Have Linux kill this worker when the supervisor's end closes, whatever it is doing then.

    Nothing is ever written to the lifeline, so its only event is that end going away (fcntl(2),
    F_SETSIG). The parent's death signal would not do: a worker's parent is the fork server.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)
    if lifeline.poll():
        os.kill(os.getpid(), signal.SIGKILL)


def make_ready(preload: tuple[str, ...]) -> None:
    """Start the fork server now, so that it imports while the caller still looks up its work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    forkserver.ensure_running()


class Supervisor(Generic[Unit, Result]):
    """Runs units on worker processes. Use as a context manager; leaving it ends every worker."""

    def __init__(
        self, start: Start, *, workers: int, seconds: float, memory: int, preload: tuple[str, ...]
    ) -> None:
        self._start = start
        self._seconds = seconds
        self._memory = memory
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._lost_done = 0
        self._workers: list[_Worker[Unit]] = [self._spawn() for _ in range(max(1, workers))]

    def __enter__(self) -> Supervisor[Unit, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._end(worker)

    @property
    def items_done(self) -> int:
        """Items finished by all workers so far, those since replaced included."""
        return self._lost_done + sum(worker.beat.read()[1] for worker in self._workers)

    def run(
        self, units: Iterable[Unit], tick: Callable[[], None] | None = None
    ) -> Iterator[Done[Unit, Result] | Died[Unit]]:
        """Yield an outcome for each unit, in the order they finish; `tick` is called often.

        Raises WorkerFailedError when the work fails for a reason of ours (a full disk, a defect).
        """
        waiting = iter(units)
        exhausted = False
        while True:
            for worker in self._workers:
                if not worker.busy() and not exhausted:
                    exhausted = not self._give(worker, waiting)
            if not any(worker.busy() for worker in self._workers):
                return
            yield from self._gather()
            if tick is not None:
                tick()

    def _give(self, worker: _Worker[Unit], waiting: Iterator[Unit]) -> bool:
        for unit in waiting:
            worker.unit = unit
            worker.pipe.send(unit)
            return True
        return False

    def _gather(self) -> Iterator[Done[Unit, Result] | Died[Unit]]:
        busy = {worker.pipe: worker for worker in self._workers if worker.busy()}
        for pipe in wait(list(busy), timeout=0.2):
            yield self._receive(busy[pipe])  # type: ignore[index]
        for worker in self._workers:
            since = worker.beat.read()[0]
            late = since and time.monotonic() - since > self._seconds * 1.5 + _GRACE
            if worker.busy() and late:
                yield self._bury(worker, self._too_slow())

    def _too_slow(self) -> Fault:
        detail = f"took longer than {self._seconds:g} s (limits.seconds in matter.toml)"
        return Fault(FaultReason.TOO_SLOW, detail, lost=True)

    def _receive(self, worker: _Worker[Unit]) -> Done[Unit, Result] | Died[Unit]:
        try:
            result = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join(10)
            return self._bury(worker, _cause(worker.process.exitcode))
        if isinstance(result, _Failed):
            raise WorkerFailedError(result.reason, result.trace)
        unit, worker.unit = worker.unit, None
        return Done(unit, result)  # type: ignore[arg-type]

    def _bury(self, worker: _Worker[Unit], fault: Fault) -> Died[Unit]:
        self._end(worker)
        _, done, place = worker.beat.read()
        self._lost_done += done
        self._workers[self._workers.index(worker)] = self._spawn()
        return Died(worker.unit, place, fault)  # type: ignore[arg-type]

    def _spawn(self) -> _Worker[Unit]:
        memory = self._context.RawArray("c", _PLACE)
        view = memoryview(memory).cast("B")
        ours, theirs = self._context.Pipe()
        end, lifeline = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_entry, args=(theirs, end, memory, self._start, self._memory), daemon=True
        )
        process.start()
        theirs.close()
        end.close()
        beat = Beat(_Bytes(view))
        beat.idle()
        return _Worker(process, ours, lifeline, beat)

    def _end(self, worker: _Worker[Unit]) -> None:
        if worker.process.is_alive() and worker.busy():
            worker.process.kill()
        worker.pipe.close()
        worker.process.join(10)
        worker.lifeline.close()
        worker.process.join()


class _Bytes:
    """Slices of shared memory as bytes."""

    def __init__(self, view: memoryview) -> None:
        self._view = view

    def __getitem__(self, place: slice) -> bytes:
        return bytes(self._view[place])

    def __setitem__(self, place: slice, value: bytes) -> None:
        self._view[place] = value


def _entry(
    pipe: Connection, lifeline: Connection, memory: Any, start: Start, memory_limit: int
) -> None:
    _end_with(lifeline)
    _serve(pipe, _Bytes(memoryview(memory).cast("B")), start, memory_limit)


def _cause(exit_code: int | None) -> Fault:
    """Say why a worker is gone."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        return Fault(FaultReason.CRASHED, f"the reader's process was ended by {name}", lost=True)
    return Fault(FaultReason.CRASHED, f"the reader's process ended with {exit_code}", lost=True)


def default_workers() -> int:
    """Return how many workers this machine carries."""
    return max(1, len(os.sched_getaffinity(0)))
