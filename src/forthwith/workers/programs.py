"""Programs that a worker may have run, each with rules of its own.

A worker that is shut in starts no process. Before that it forks a *runner*: a process that reads no
evidence, is shut in by the rules of the programs listed here, and starts one of them when the
worker asks. Whatever the program starts is bound by the same rules: the system's libraries and the
program's own folder to read, the worker's folder for temporary files to write, no network, no
connection to any socket, no way out of its group of processes, which ends with the worker.

What a worker asks is read as plain data and believed in nothing: the program is one of the list,
and the rules were laid before it asked.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from forthwith.workers import landlock, seccomp
from forthwith.workers.landlock import Right

#: Processes and threads of the user beyond those there are, before a program gets no more.
_MORE_TASKS = 4096
#: Seconds between two looks whether a program, or the worker that waits for it, has ended.
_LOOK = 0.05
#: What starts any program that is linked with libraries.
_LOADERS = ("/lib/ld-*.so*", "/lib64/ld-*.so*", "/lib/*/ld-*.so*", "/usr/lib/ld-*.so*",
            "/usr/lib64/ld-*.so*", "/usr/lib/*/ld-*.so*")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the machine, looked for on PATH by `name`."""

    name: str
    #: Small programs of the system that its launcher, a shell script, cannot do without.
    helpers: tuple[str, ...] = ()
    #: Folders it reads beside its own and the system's libraries.
    reads: tuple[str, ...] = ()
    #: True for one that is a single file: nothing else of the folder it lies in may be run.
    alone: bool = False

    def path(self) -> Path | None:
        """Return where it is, links followed; None where it is not installed."""
        found = shutil.which(self.name)
        return None if found is None else Path(found).resolve()


#: Converts office documents to PDF.
LIBREOFFICE = Program(
    "soffice",
    helpers=("sh", "dirname", "basename", "ls", "sed", "uname", "grep"),
    reads=("/etc/libreoffice",),
)
#: Makes WAV files of coded recordings.
FFMPEG = Program("ffmpeg", alone=True)
#: All there are.
PROGRAMS: Mapping[str, Program] = {program.name: program for program in (LIBREOFFICE, FFMPEG)}


class TookTooLongError(Exception):
    """A program did not end in its time, and was ended."""


def run(
    program: Program,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    seconds: float,
) -> None:
    """Run a program in `folder`, and end whatever it started once it is over.

    In a worker that is shut in, by its runner. Raises TookTooLongError, FileNotFoundError where it
    is not installed.
    """
    if not _runner:
        _run(program, arguments, folder, environment, seconds)
        return
    request = [program.name, list(arguments), str(folder), dict(environment), seconds]
    _runner[0].send_bytes(json.dumps(request).encode())
    said = _runner[0].recv_bytes().decode()
    if said == "late":
        raise TookTooLongError
    if said:
        raise FileNotFoundError(said)


#: How this worker reaches its runner.
_runner: list[Connection] = []


def prepare(allowed: Sequence[tuple[Path | str, Right]], scratch: Path, file_bytes: int) -> None:
    """Fork the runner of this worker, where one of the programs is installed.

    `allowed` is what any process of ours may read; the programs write into `scratch` alone.
    """
    installed = {path: program for program in PROGRAMS.values() if (path := program.path())}
    if not installed:
        return
    rules = (*allowed, *_rules(installed))
    ours, theirs = Pipe()
    if os.fork() == 0:
        code = 1
        with contextlib.suppress(BaseException):
            _close_all_but(theirs.fileno())
            os.setsid()
            tasks = _tasks() + _MORE_TASKS
            for what, most in ((resource.RLIMIT_NPROC, tasks), (resource.RLIMIT_FSIZE, file_bytes)):
                # A lower limit of the machine stands.
                with contextlib.suppress(OSError, ValueError):
                    resource.setrlimit(what, (most, most) if most else resource.getrlimit(what))
            landlock.restrict((*rules, (scratch, landlock.WRITE)))
            _serve(theirs, rules, scratch)
            code = 0
        os._exit(code)
    theirs.close()
    _runner.append(ours)


def _rules(installed: Mapping[Path, Program]) -> Iterator[tuple[Path | str, Right]]:
    for path, program in installed.items():
        yield path if program.alone else path.parent, landlock.RUN
        # /opt/libreoffice/program/soffice: what it reads lies beside the folder of programs.
        if path.parent.name == "program":
            yield path.parent.parent, landlock.READ
        yield from ((folder, landlock.READ) for folder in program.reads)
        for helper in program.helpers:
            if (found := shutil.which(helper)) is not None:
                yield Path(found).resolve(), landlock.RUN
    for pattern in _LOADERS:
        yield from ((path, landlock.RUN) for path in Path("/").glob(pattern[1:]))


def _close_all_but(kept: int) -> None:
    """Close every file but this one, and let the standard ones lead nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.closerange(3, kept)
    os.closerange(kept + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _tasks() -> int:
    """Return how many processes and threads this user has."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == os.geteuid():
                count += len(list((process / "task").iterdir()))
    return count


def _serve(worker: Connection, rules: Sequence[tuple[Path | str, Right]], scratch: Path) -> None:
    """Be a runner: do what the worker asks until it ends."""
    while True:
        try:
            name, arguments, folder, environment, seconds = json.loads(worker.recv_bytes())
        except EOFError:
            return
        within = Path(folder).resolve()
        said = ""
        try:
            if not within.is_relative_to(scratch.resolve()):
                raise FileNotFoundError(folder)
            own = functools.partial(_shut_in, (*rules, (within, landlock.WRITE)))
            _run(PROGRAMS[name], arguments, within, environment, seconds, worker, own)
        except TookTooLongError:
            said = "late"
        except OSError as refused:
            said = str(refused)
        worker.send_bytes(said.encode())


def _shut_in(rules: Sequence[tuple[Path | str, Right]]) -> None:
    """Bind the program that this process is about to become."""
    landlock.restrict(rules)
    seccomp.restrict(program=True)


def _run(
    program: Program,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    seconds: float,
    worker: Connection | None = None,
    shut_in: Callable[[], None] | None = None,
) -> None:
    path = program.path()
    if path is None:
        raise FileNotFoundError(program.name)
    process = subprocess.Popen(
        [path, *arguments],
        cwd=folder,
        env=dict(environment),
        process_group=0,
        preexec_fn=shut_in,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + seconds
    try:
        while process.poll() is None:
            # A worker asks nothing while it waits: what comes is its end.
            if worker is not None and worker.poll():
                return
            if time.monotonic() > until:
                raise TookTooLongError
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
    finally:
        # The launcher may leave children; the whole group ends with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
