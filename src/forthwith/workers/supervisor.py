"""Where work runs: worker processes under a supervisor, one unit in flight each.

A worker that dies or hangs costs the one item it was at: the supervisor reads where it was from
shared memory, kills it, and hands back `Died` with that place, so that the caller can try the same
unit again without it. What a unit is, and what "without it" means, is the caller's. Why not a pool
of the standard library: docs/adr/0001-own-supervisor.md.

No worker is a fork of the process that supervises it: none has its files, locks or memory, and each
ends with it (`lifeline`).
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import resource
import signal
import struct
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.workers import sandbox
from forthwith.workers.lifeline import end_with
from forthwith.workers.sandbox import Rules

Unit = TypeVar("Unit")
Result = TypeVar("Result")

_PLACE = 2048
_HEAD = struct.Struct("=dqH")
#: The worker's own timer comes first; the supervisor's kill is for code that never returns to it.
_GRACE = 5.0
#: A fork server that somebody ended is started anew this often for one worker.
_STARTS = 5


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
    #: The work it was told last.
    start: Start | None = None

    def busy(self) -> bool:
        return self.unit is not None


@dataclass(frozen=True, slots=True)
class _Terms:
    """Under what a worker runs."""

    memory: int
    rules: Rules | None


def _entry(pipe: Connection, lifeline: Connection, memory: Any, terms: _Terms) -> None:
    """Be a worker: take units until the supervisor goes away."""
    end_with(lifeline.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if terms.memory:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (terms.memory, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    beat = Beat(_Bytes(memoryview(memory).cast("B")))
    with contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        try:
            if terms.rules is not None:
                sandbox.shut_in(terms.rules)
            _serve(pipe, beat)
        except (EOFError, MemoryError):
            raise
        except (OSError, ForthwithError) as refused:
            pipe.send(_Failed(str(refused), ""))
        except Exception as failure:  # noqa: BLE001 - the rim of a worker: our fault, not evidence's
            pipe.send(_Failed(repr(failure), f"\n{traceback.format_exc()}"))


def _serve(pipe: Connection, beat: Beat) -> None:
    """Do unit after unit; a start that comes with one takes the place of the work before."""
    work: Callable[[Any, Beat], Any] | None = None
    while True:
        start, unit = pipe.recv()
        if start is not None:
            work = start()
            # What is loaded stays, and results are held whole for a batch: looking for cycles in
            # them each few hundred objects took a sixth of the time of reading mail.
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)
        beat.at("")
        result = work(unit, beat)  # type: ignore[misc]
        beat.idle()
        pipe.send(result)


def make_ready(preload: tuple[str, ...]) -> None:
    """Start the fork server now, so that it imports while the caller still looks up its work."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    forkserver.ensure_running()


class Supervisor(Generic[Unit, Result]):
    """Runs units on worker processes. Use as a context manager; leaving it ends every worker.

    A worker is started when there is a unit for it, and kept for the next run.
    """

    def __init__(
        self,
        start: Start | None = None,
        *,
        workers: int,
        seconds: float,
        memory: int,
        preload: tuple[str, ...],
        grace: float | None = None,
        rules: Rules | None = None,
    ) -> None:
        """Take how the work starts, unless each run says so, and what one place may take.

        A worker is ended `grace` seconds past `seconds`; left out, it has time to give up itself.
        `memory` is its address space in bytes, 0 for no limit. By `rules`, each worker is
        shut in before it reads anything; None trusts what it reads. Raises NoSandboxError.
        """
        self._start = start
        self._seconds = seconds
        self._grace = seconds * 0.5 + _GRACE if grace is None else grace
        self._terms = _Terms(memory, rules)
        self._scratch = contextlib.ExitStack()
        if rules is not None:
            # Refused before anything is begun, where the sandbox is asked for and not there.
            _ = rules.hold
        self._most = max(1, workers)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._lost_done = 0
        self._workers: list[_Worker[Unit]] = []

    def __enter__(self) -> Supervisor[Unit, Result]:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers.clear()
        self._scratch.close()

    @property
    def items_done(self) -> int:
        """Items finished by all workers so far, those since replaced included."""
        return self._lost_done + sum(worker.beat.read()[1] for worker in self._workers)

    def run(
        self,
        units: Iterable[Unit],
        tick: Callable[[], None] | None = None,
        start: Start | None = None,
    ) -> Iterator[Done[Unit, Result] | Died[Unit]]:
        """Yield an outcome for each unit, in the order they finish; `tick` is called often.

        `start` is the work from now on. Raises WorkerFailedError when the work fails for a reason
        of ours (a full disk, a defect).
        """
        if start is not None:
            self._start = start
        waiting = iter(units)
        try:
            while self._hand_out(waiting):
                yield from self._gather()
                if tick is not None:
                    tick()
        finally:
            # Whoever stops listening, or cannot go on, leaves nobody at a unit.
            for worker in [worker for worker in self._workers if worker.busy()]:
                self._drop(worker)

    def _hand_out(self, waiting: Iterator[Unit]) -> bool:
        """Give each free worker a unit, and start another while there is one more; is any busy?"""
        free = [worker for worker in self._workers if not worker.busy()]
        while free or len(self._workers) < self._most:
            for unit in waiting:
                self._give(free.pop() if free else None, unit)
                break
            else:
                break
        return any(worker.busy() for worker in self._workers)

    def _give(self, worker: _Worker[Unit] | None, unit: Unit) -> None:
        while True:
            if worker is None:
                worker = self._spawn()
                self._workers.append(worker)
            changed = worker.start is not self._start
            try:
                worker.pipe.send((self._start if changed else None, unit))
            except (BrokenPipeError, ConnectionResetError):
                # It died with nothing to do.
                self._drop(worker)
                worker = None
                continue
            worker.unit, worker.start = unit, self._start
            return

    def _gather(self) -> Iterator[Done[Unit, Result] | Died[Unit]]:
        busy = {worker.pipe: worker for worker in self._workers if worker.busy()}
        soonest = min(self._end_of(worker) for worker in busy.values()) - time.monotonic()
        for pipe in wait(list(busy), timeout=min(0.2, max(0.0, soonest))):
            yield self._receive(busy[pipe])  # type: ignore[index]
        for worker in [worker for worker in self._workers if worker.busy()]:
            if time.monotonic() > self._end_of(worker):
                yield self._bury(worker, self._too_slow())

    def _end_of(self, worker: _Worker[Unit]) -> float:
        """Return when its place has had all its time; far away while nothing is under way."""
        since = worker.beat.read()[0]
        return since + self._seconds + self._grace if since else float("inf")

    def _too_slow(self) -> Fault:
        detail = f"took longer than {self._seconds:g} s (limits.seconds in matter.toml)"
        return Fault(FaultReason.TOO_SLOW, detail, lost=True)

    def _receive(self, worker: _Worker[Unit]) -> Done[Unit, Result] | Died[Unit]:
        try:
            result = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(10)
            return self._bury(worker, _cause(worker.process.exitcode))
        if isinstance(result, _Failed):
            raise WorkerFailedError(result.reason, result.trace)
        unit, worker.unit = worker.unit, None
        return Done(unit, result)  # type: ignore[arg-type]

    def _bury(self, worker: _Worker[Unit], fault: Fault) -> Died[Unit]:
        self._drop(worker)
        return Died(worker.unit, worker.beat.read()[2], fault)  # type: ignore[arg-type]

    def _drop(self, worker: _Worker[Unit]) -> None:
        """End a worker that is at something, and count what it had done."""
        self._end(worker)
        self._lost_done += worker.beat.read()[1]
        self._workers.remove(worker)

    def _spawn(self) -> _Worker[Unit]:
        memory = self._context.RawArray("c", _PLACE)
        view = memoryview(memory).cast("B")
        ours, theirs = self._context.Pipe()
        end, lifeline = self._context.Pipe(duplex=False)
        beat = Beat(_Bytes(view))
        beat.idle()
        rules = self._terms.rules
        if rules is not None and rules.scratch is None:
            # With the first of them: whoever has nothing to do makes no folder.
            scratch = self._scratch.enter_context(sandbox.scratch())
            self._terms = _Terms(self._terms.memory, rules.within(scratch))
        process = self._started((theirs, end, memory, self._terms))
        theirs.close()
        end.close()
        return _Worker(process, ours, lifeline, beat)

    def _started(self, given: tuple[Any, ...]) -> Any:
        """Return a new worker process, also where somebody ended the fork server."""
        for attempt in range(_STARTS):
            process = self._context.Process(target=_entry, args=given, daemon=True)
            try:
                with _no_main(), warnings.catch_warnings():
                    # A helper of the library's own, which keeps nothing of ours, is gone as well.
                    warnings.simplefilter("ignore")
                    process.start()
            except (EOFError, OSError):
                if attempt == _STARTS - 1:
                    raise
                time.sleep(0.05)
            else:
                break
        return process

    def _end(self, worker: _Worker[Unit]) -> None:
        if worker.process.is_alive() and worker.busy():
            worker.process.kill()
        worker.pipe.close()
        worker.process.join(10)
        worker.lifeline.close()
        worker.process.join()


@contextlib.contextmanager
def _no_main() -> Iterator[None]:
    """Keep a new worker from running the script that this program began with.

    It finds its work by module; the script is the command line, of which it needs nothing.
    """
    ours = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = ours


class _Bytes:
    """Slices of shared memory as bytes."""

    def __init__(self, view: memoryview) -> None:
        self._view = view

    def __getitem__(self, place: slice) -> bytes:
        return bytes(self._view[place])

    def __setitem__(self, place: slice, value: bytes) -> None:
        self._view[place] = value


def _cause(exit_code: int | None) -> Fault:
    """Say why a worker is gone."""
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        return Fault(FaultReason.CRASHED, f"the reader's process was ended by {name}", lost=True)
    return Fault(FaultReason.CRASHED, f"the reader's process ended with {exit_code}", lost=True)


def default_workers() -> int:
    """Return how many workers this machine carries."""
    return max(1, len(os.sched_getaffinity(0)))
