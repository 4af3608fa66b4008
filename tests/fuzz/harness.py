"""Run inputs in a process of their own, record what breaks a promise, and make it small.

The process has the memory of a worker and no way out: a socket, another program or a file opened
for writing is a broken promise. Where it ends or hangs, the parent knows at which input, and an
input is one number, from which it can be made again.
"""

from __future__ import annotations

import base64
import multiprocessing
import os
import random
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import forthwith.formats.preload  # noqa: F401 - what is found once is not looked for in a reader
from tests.fuzz import targets
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import Seed

_MEMORY = 4 * 2**30
#: Seconds in which one input is read.
SECONDS = 45.0
#: How often an input is read twice, and how often as `process` reads it.
_TWICE, _WALKED = 8, 6
_FORBIDDEN = frozenset(
    {
        "socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen",
        "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.remove", "os.rename", "os.mkdir",
        "shutil.rmtree", "webbrowser.open", "urllib.Request",
    }
)  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class Broken:
    """One promise broken."""

    target: str
    name: str
    data: bytes
    why: str
    #: Where, for telling kinds apart.
    where: str

    def __str__(self) -> str:
        packed = base64.b64encode(self.data[:3000]).decode()
        more = "" if len(self.data) <= 3000 else f" (first 3,000 of {len(self.data):,} bytes)"
        return f"{self.target} {self.name!r}: {self.why}\n  b64decode({packed!r}){more}"


@dataclass(slots=True)
class Result:
    """What came of a run."""

    inputs: int = 0
    broken: list[Broken] = field(default_factory=list)
    #: Targets at which the process itself ended or hung, with how often: one item each by design.
    deaths: Counter[str] = field(default_factory=Counter)
    dead: list[Broken] = field(default_factory=list)


def spoiled(seeds: Sequence[Seed], number: int) -> tuple[str, str, bytes]:
    """Return the target, name and bytes of input `number`."""
    chance = random.Random(number)
    target, name, data = seeds[number % len(seeds)]
    same = [other for kind, _, other in seeds if kind == target]
    data = mutated(data, chance, same)
    if target == "reader" and number // len(seeds) % _WALKED == 0:
        target = "walk"
    return target, name, data


def run(seeds: Sequence[Seed], numbers: Sequence[int], seconds: float = 1e9) -> Result:
    """Read the inputs of these numbers, for at most so many seconds."""
    result, ends = Result(), time.monotonic() + seconds
    waiting = list(reversed(numbers))
    while waiting and time.monotonic() < ends:
        with _Process(seeds) as process:
            while waiting and time.monotonic() < ends:
                number = waiting.pop()
                answer = process.ask(number)
                result.inputs += 1
                if isinstance(answer, str):
                    target, name, data = spoiled(seeds, number)
                    result.deaths[f"{answer}: {name.rpartition('.')[2]}"] += 1
                    result.dead.append(Broken(target, name, data, answer, answer))
                    break
                if answer:
                    target, name, data = spoiled(seeds, number)
                    why, where = answer
                    result.broken.append(Broken(target, name, data, why, where))
    return result


class _Process:
    """The process that reads, and its end of the line."""

    def __init__(self, seeds: Sequence[Seed]) -> None:
        context = multiprocessing.get_context("fork")
        self._line, far = context.Pipe()
        self._process = context.Process(target=_serve, args=(far, self._line, seeds), daemon=True)
        self._process.start()
        far.close()

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()
        self._process.kill()
        self._process.join()

    def ask(self, number: int) -> tuple[str, str] | tuple[()] | str:
        """Return why and where a promise broke, () where none did, or how the process ended."""
        try:
            self._line.send(number)
            if not self._line.poll(SECONDS):
                return f"took more than {SECONDS:.0f} s"
            answer: tuple[str, str] | tuple[()] = self._line.recv()
        except (EOFError, OSError):
            self._process.join()
            return f"ended by {self._process.exitcode}"
        return answer


def _serve(line: Connection, near: Connection, seeds: Sequence[Seed]) -> None:
    # With the parent's end open here too, its death would never be seen.
    near.close()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    broken: list[str] = []
    sys.addaudithook(_watch(broken))
    while True:
        try:
            number = line.recv()
        except (EOFError, OSError):
            return
        line.send(_tried(seeds, number, broken))


def _watch(broken: list[str]) -> Any:
    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            broken.append(f"{event} {str(args)[:120]}")
        elif event == "open" and isinstance(args[2], int) and args[2] & _WRITES:
            if args[0] == os.devnull:
                return
            broken.append(f"opened {args[0]!r} for writing")

    return watch


def _tried(seeds: Sequence[Seed], number: int, broken: list[str]) -> tuple[str, str] | tuple[()]:
    target, name, data = spoiled(seeds, number)
    del broken[:]
    answer = tried(target, name, data, twice=number // len(seeds) % _TWICE == 0)
    if broken and not answer:
        return broken[0], broken[0].split()[0]
    return answer


def tried(target: str, name: str, data: bytes, *, twice: bool) -> tuple[str, str] | tuple[()]:
    """Read one input; return why and where a promise broke."""
    try:
        first = targets.run(target, name, data)
        if twice and targets.run(target, name, data) != first:
            return "read twice, it is read otherwise", f"otherwise {target}"
    except MemoryError:
        return ()
    except RecursionError as error:
        return f"RecursionError: {error}", _where(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it broke the promise
        return f"{type(error).__name__}: {str(error)[:200]}", _where(error)
    return ()


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "forthwith" in frame.filename] or frames
    return (
        f"{type(error).__name__} {ours[-1].filename.rpartition('forthwith/')[2]}:{ours[-1].lineno}"
    )


def kinds(broken: Sequence[Broken]) -> Iterator[Broken]:
    """Yield the smallest input of each kind, made smaller where it can be."""
    by_place: dict[str, Broken] = {}
    for case in broken:
        if case.where not in by_place or len(case.data) < len(by_place[case.where].data):
            by_place[case.where] = case
    for case in by_place.values():
        yield smaller(case)


def smaller(case: Broken, tries: int = 300) -> Broken:
    """Return the same breach from fewer bytes, found by leaving pieces out."""
    data, size = case.data, max(1, len(case.data) // 2)
    while size and tries:
        for start in range(0, len(data), size):
            if not (tries := tries - 1):
                break
            less = data[:start] + data[start + size :]
            answer = tried(case.target, case.name, less, twice="otherwise" in case.where)
            if answer and answer[1] == case.where:
                data = less
                break
        else:
            size //= 2
    return Broken(case.target, case.name, data, case.why, case.where)
