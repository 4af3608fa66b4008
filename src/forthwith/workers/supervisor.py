"""Where work runs: worker processes under a supervisor, one unit in flight each.

A worker that dies or hangs costs the one item it was at: the supervisor reads where it was from
shared memory, and once two workers died there, hands back `Died` with that place, so that the
caller can try the same unit again without it. What a unit is, and what "without it" means, is the
caller's. Why not a pool of the standard library: docs/adr/0001-own-supervisor.md.

One death blames nobody, for anybody may have ended the worker: the kernel where memory runs out,
a person, a service that stops. The unit is done again. After SIGKILL that is not ours, the second
try runs while no other worker has a unit, so that what dies then did not die of others' memory.

No worker is a fork of the process that supervises it: none has its files, locks or memory, and each
ends with it (`lifeline`).
"""

from __future__ import annotations

import contextlib
import enum
import gc
import importlib
import io
import multiprocessing
import os
import pickle
import resource
import signal
import struct
import sys
import threading
import time
import traceback
import types
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, is_dataclass, replace
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, TypeVar

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.workers import sandbox, scratch
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
#: What an answer may be made of beside numbers, text and lists: values, by module and name.
_PLAIN = frozenset(
    {
        ("builtins", "set"), ("builtins", "frozenset"), ("builtins", "bytearray"),
        ("builtins", "complex"), ("builtins", "range"), ("builtins", "slice"),
        ("datetime", "date"), ("datetime", "datetime"), ("datetime", "time"),
        ("datetime", "timedelta"), ("datetime", "timezone"), ("zoneinfo", "ZoneInfo._unpickle"),
        ("decimal", "Decimal"), ("pathlib", "PosixPath"), ("pathlib", "PurePosixPath"),
        # Arrays of numbers, as numpy 2 and 1 write them.
        ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"), ("numpy.core.multiarray", "_reconstruct"),
        ("numpy.core.multiarray", "scalar"), ("numpy._core.numeric", "_frombuffer"),
        ("numpy.core.numeric", "_frombuffer"),
        ("collections", "Counter"), ("collections", "OrderedDict"), ("collections", "deque"),
    }
)  # fmt: skip
#: Packages whose dataclasses, enumerations and named tuples they may be.
_OURS = ("forthwith",)
_VALUES = (enum.Enum, tuple)
#: Workers that die at a place before it is to blame, and at one unit before it is given up.
_TO_BLAME, _MOST_DEATHS = 2, 12
#: What starting a worker changes for a moment is the whole process's: environment, main module.
_ONE_START = threading.Lock()
#: Seconds between two looks at what workers use.
_LOOK = 0.2
#: Share of its time that a worker was on a processor if its reader, no other, took that time.
_AT_WORK = 0.1
#: Shares of its limit of address space, and of that limit in memory, that are near it.
_NEAR_LIMIT, _NEAR_IN_MEMORY = 0.8, 0.5
#: How a worker ends that has no memory left.
_NO_MEMORY = 86
#: What the library says of a worker whose fork server is gone: nobody knows how it ended.
_UNKNOWN = 255
_PAGE, _TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")

#: What a worker knows of the environment of its command: where programs, libraries, words and
#: temporary files lie, and which language and zone are meant.
_SURROUNDINGS = frozenset(
    {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LIBARCHIVE", "LD_LIBRARY_PATH",
     "TESSDATA_PREFIX", "CONDA_PREFIX", "VIRTUAL_ENV", "OMP_THREAD_LIMIT", "SYSTEMROOT"}
)  # fmt: skip
_SURROUNDINGS_FROM = ("LC_", "PYTHON", "FORTHWITH_SANDBOX", "COVERAGE")


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
    """Workers at `unit` died, or one was too slow, while at `place`: it is to blame."""

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


class WorkersKilledError(ForthwithError):
    """Workers are ended from outside as fast as they are started."""

    def __init__(self) -> None:
        super().__init__(
            f"The work had to stop: {_MOST_DEATHS} worker processes were ended from outside over "
            "the same piece of it, most likely because the machine ran out of memory. What was "
            "done so far is kept, and nothing is put down to a document. Close other programs, or "
            "run the same command again with --workers 1."
        )


@dataclass(slots=True)
class _Task(Generic[Unit]):
    """A unit on its way."""

    unit: Unit
    #: Place -> workers that died there.
    deaths: Counter[str] = field(default_factory=Counter)
    #: True where no other worker may have a unit while it is tried.
    alone: bool = False


@dataclass(slots=True)
class _Worker(Generic[Unit]):
    process: Any
    pipe: Connection
    #: Open as long as the worker may live.
    lifeline: Connection
    beat: Beat
    task: _Task[Unit] | None = None
    #: The work it was told last.
    start: Start | None = None
    #: Address space and memory when it was looked at last, bytes.
    space: int = 0
    resident: int = 0
    #: Since when it is at a place, and how many seconds it had had on a processor then.
    since: float = 0.0
    before: float = 0.0
    #: Seconds it has had on a processor.
    used: float = 0.0

    def busy(self) -> bool:
        return self.task is not None

    def look(self) -> None:
        """Note what it uses; what cannot be seen stays as it was seen last."""
        folder = Path(f"/proc/{self.process.pid}")
        with contextlib.suppress(OSError, IndexError, ValueError):
            space, resident, *_ = (folder / "statm").read_text().split()
            times = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
            self.space, self.resident = int(space) * _PAGE, int(resident) * _PAGE
            self.used = sum(map(int, times)) / _TICKS
        since = self.beat.read()[0]
        if since != self.since:
            self.since, self.before = since, self.used

    def near(self, limit: int) -> bool:
        """Say whether it was near its limit of memory when it was looked at last."""
        return bool(limit) and (
            self.space >= limit * _NEAR_LIMIT or self.resident >= limit * _NEAR_IN_MEMORY
        )


@dataclass(frozen=True, slots=True)
class _Terms:
    """Under what a worker runs."""

    memory: int
    rules: Rules | None
    preload: tuple[str, ...]


def _entry(pipe: Connection, lifeline: Connection, memory: Any, terms: _Terms) -> None:
    """Be a worker: take units until the supervisor goes away."""
    end_with(lifeline.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if terms.memory:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (terms.memory, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What binds its supervisor was inherited and is not meant for it.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    beat = Beat(_Bytes(memoryview(memory).cast("B")))
    with contextlib.suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        try:
            # There already, but where the fork server was started for other work.
            for name in terms.preload:
                importlib.import_module(name)
            if terms.rules is not None:
                sandbox.shut_in(terms.rules)
            _serve(pipe, beat)
        except EOFError:
            raise
        except MemoryError:
            # Nothing else may be possible any more.
            os._exit(_NO_MEMORY)
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
    _start_fork_server()


def _start_fork_server() -> None:
    """Start the fork server where none runs, without what workers need not know.

    A worker can read its own environment, where passwords and keys of other programs stand.
    """
    kept = dict(os.environ)
    for name in kept:
        if name not in _SURROUNDINGS and not name.startswith(_SURROUNDINGS_FROM):
            del os.environ[name]
    try:
        forkserver.ensure_running()
    finally:
        os.environ.update(kept)


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
        self._terms = _Terms(memory, rules, preload)
        self._scratch = contextlib.ExitStack()
        if rules is not None:
            # Refused before anything is begun, where the sandbox is asked for and not there.
            rules.refuse_without()
        self._most = max(1, workers)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(preload))
        self._lost_done = 0
        self._looked = 0.0
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
        waiting = (_Task(unit) for unit in units)
        again: deque[_Task[Unit]] = deque()
        try:
            while self._hand_out(waiting, again):
                yield from self._gather(again)
                if tick is not None:
                    tick()
        finally:
            # Whoever stops listening, or cannot go on, leaves nobody at a unit.
            for worker in [worker for worker in self._workers if worker.busy()]:
                self._drop(worker)

    def _hand_out(self, waiting: Iterator[_Task[Unit]], again: deque[_Task[Unit]]) -> bool:
        """Give each free worker a unit, and start another while there is one more; is any busy?"""
        free = [worker for worker in self._workers if not worker.busy()]
        while free or len(self._workers) < self._most:
            task = self._following(waiting, again)
            if task is None:
                break
            self._give(free.pop() if free else None, task)
        return any(worker.busy() for worker in self._workers)

    def _following(
        self, waiting: Iterator[_Task[Unit]], again: deque[_Task[Unit]]
    ) -> _Task[Unit] | None:
        """Return what is to be done now; None where there is nothing, or something goes alone."""
        busy = [worker.task for worker in self._workers if worker.task is not None]
        if any(task.alone for task in busy) or (again and again[0].alone and busy):
            return None
        return again.popleft() if again else next(waiting, None)

    def _give(self, worker: _Worker[Unit] | None, task: _Task[Unit]) -> None:
        while True:
            if worker is None:
                worker = self._spawn()
                self._workers.append(worker)
            changed = worker.start is not self._start
            try:
                worker.pipe.send((self._start if changed else None, task.unit))
            except (BrokenPipeError, ConnectionResetError):
                # It died with nothing to do.
                self._drop(worker)
                worker = None
                continue
            worker.task, worker.start = task, self._start
            return

    def _gather(self, again: deque[_Task[Unit]]) -> Iterator[Done[Unit, Result] | Died[Unit]]:
        busy = {worker.pipe: worker for worker in self._workers if worker.busy()}
        soonest = min(self._end_of(worker) for worker in busy.values()) - time.monotonic()
        for pipe in wait(list(busy), timeout=min(_LOOK, max(0.0, soonest))):
            yield from self._receive(busy[pipe], again)  # type: ignore[index]
        now = time.monotonic()
        if now - self._looked >= _LOOK:
            self._looked = now
            for worker in self._workers:
                worker.look()
        for worker in [worker for worker in self._workers if worker.busy()]:
            if now > self._end_of(worker):
                yield from self._too_slow(worker, again)

    def _end_of(self, worker: _Worker[Unit]) -> float:
        """Return when its place has had all its time; far away while nothing is under way."""
        since = worker.beat.read()[0]
        return since + self._seconds + self._grace if since else float("inf")

    def _too_slow(self, worker: _Worker[Unit], again: deque[_Task[Unit]]) -> Iterator[Died[Unit]]:
        """End a worker for time; one that was kept from working all that time is no proof."""
        worker.look()
        worked = worker.used - worker.before >= _AT_WORK * (self._seconds + self._grace)
        detail = f"took longer than {self._seconds:g} s (limits.seconds in matter.toml)"
        fault = Fault(FaultReason.TOO_SLOW, detail, lost=True)
        yield from self._bury(worker, fault, again, proved=worked)

    def _receive(
        self, worker: _Worker[Unit], again: deque[_Task[Unit]]
    ) -> Iterator[Done[Unit, Result] | Died[Unit]]:
        try:
            result = _Answer(io.BytesIO(worker.pipe.recv_bytes())).load()
        except (EOFError, OSError):
            worker.process.join(10)
            code = worker.process.exitcode
            killed = code in {-signal.SIGKILL, _UNKNOWN}
            fault = _cause(code, self._terms.memory, near=worker.near(self._terms.memory))
            yield from self._bury(worker, fault, again, killed=killed)
            return
        if isinstance(result, _Failed):
            raise WorkerFailedError(result.reason, result.trace)
        task, worker.task = worker.task, None
        yield Done(task.unit, result)  # type: ignore[union-attr]

    def _bury(
        self,
        worker: _Worker[Unit],
        fault: Fault,
        again: deque[_Task[Unit]],
        *,
        killed: bool = False,
        proved: bool = False,
    ) -> Iterator[Died[Unit]]:
        """Blame the place a worker died at, or have its unit done again. See the module.

        `killed`: by somebody else; `proved`: it needs no second death. Raises WorkersKilledError.
        """
        task = worker.task
        assert task is not None  # noqa: S101 - only the busy are buried
        since, _, place = worker.beat.read()
        self._drop(worker)
        task.deaths[place] += 1
        # A worker that had not begun, or was handing its result over, died at no place.
        blamed = since and task.deaths[place] >= _TO_BLAME and (task.alone or not killed)
        if proved or blamed:
            yield Died(task.unit, place, fault)
        elif task.deaths.total() < _MOST_DEATHS:
            task.alone = task.alone or killed
            again.append(task)
        elif killed:
            raise WorkersKilledError
        else:
            yield Died(task.unit, place, fault)

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
            own = self._scratch.enter_context(scratch.folder(sandbox.SCRATCH))
            self._terms = replace(self._terms, rules=rules.within(own))
        process = self._started((theirs, end, memory, self._terms))
        theirs.close()
        end.close()
        return _Worker(process, ours, lifeline, beat)

    def _started(self, given: tuple[Any, ...]) -> Any:
        """Return a new worker process, also where somebody ended the fork server."""
        for attempt in range(_STARTS):
            process = self._context.Process(target=_entry, args=given, daemon=True)
            try:
                with _ONE_START, _no_main(), warnings.catch_warnings():
                    # A helper of the library's own, which keeps nothing of ours, is gone as well.
                    warnings.simplefilter("ignore")
                    _start_fork_server()
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


class _Answer(pickle.Unpickler):
    """Reads what a worker sends: values of ours and of the standard library, nothing that acts.

    A worker that a document took over can send any pickle, and one that names a function runs it
    in the process that reads it.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that only holds values. Raises WorkerFailedError."""
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.split(".")[0] in _OURS and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, _VALUES)):
                return found
        raise WorkerFailedError(f"a worker sent what is no result ({module}.{name})", "")


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


def _cause(exit_code: int | None, limit: int, *, near: bool) -> Fault:
    """Say why a worker is gone that had `limit` bytes of address space; `near` it, or not."""
    if near or exit_code == _NO_MEMORY:
        detail = f"its reader ended short of memory; it may have {limit:,} bytes (limits.memory)"
        return Fault(FaultReason.OUT_OF_MEMORY, detail, lost=True)
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        return Fault(FaultReason.CRASHED, f"the reader's process was ended by {name}", lost=True)
    return Fault(FaultReason.CRASHED, f"the reader's process ended with {exit_code}", lost=True)
