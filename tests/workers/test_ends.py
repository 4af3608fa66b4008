"""Whatever is killed, and by which signal: nothing of a command is left, and the next one runs."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workers.processes import kind, marked, parent, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mark() -> Iterator[str]:
    """A name by which all processes of one test are known; none of them outlives the test."""
    name = uuid.uuid4().hex
    yield name
    for pid in marked(name):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter with documents, ready to be produced."""
    folder = tmp_path_factory.mktemp("matter")
    evidence = folder / "evidence"
    evidence.mkdir()
    for number in range(40):
        (evidence / f"{number}.txt").write_text(f"The keys of wallet {number} lie in the safe.\n")
    forthwith(folder, "init", "m", "--name", "Northgate")
    forthwith(folder, "-C", "m", "collect", str(evidence), "--custodian", "Adeyemi")
    forthwith(folder, "-C", "m", "process")
    return folder


def forthwith(folder: Path, *words: str) -> None:
    done = subprocess.run(command(*words), cwd=folder, env=environment(""), capture_output=True)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "forthwith", *words]


def environment(mark: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PYTHON_MARK": mark}


def started(folder: Path, mark: str, *words: str) -> subprocess.Popen[bytes]:
    """Start a command, and return when all of its kinds of processes are there."""
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(
        command(*words), cwd=folder, env=environment(mark), stdout=quiet, stderr=quiet
    )
    assert until(lambda: whole(mark) or running.poll() is not None)
    assert running.poll() is None, "the command was over before it was killed"
    return running


def whole(mark: str) -> bool:
    """Say whether a command has its fork server, that server's tracker, and a worker."""
    kinds = Counter(map(kind, marked(mark).values()))
    return kinds["main"] == 1 and kinds["tracker"] >= 1 and kinds["forkserver"] >= 2


def free(matter: Path) -> bool:
    """Say whether the lock of a matter can be had."""
    with (matter / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


PROCESS = ("-C", "m", "process", "--workers", "1")
PRODUCE = ("-C", "m", "produce", "VOL001", "--workers", "1")
CHECK = ("check", "m/volumes/VOL000", "--workers", "1")


@pytest.mark.parametrize(
    ("words", "by"),
    [
        (PROCESS, signal.SIGKILL),
        (PRODUCE, signal.SIGKILL),
        (PRODUCE, signal.SIGTERM),
        (PRODUCE, signal.SIGHUP),
        (CHECK, signal.SIGKILL),
    ],
)
def test_nothing_is_left_of_a_command_that_was_killed(
    answered: Path, tmp_path: Path, mark: str, words: tuple[str, ...], by: signal.Signals
) -> None:
    """A worker left behind would hold the matter for ever."""
    matter = tmp_path / "m"
    shutil.copytree(answered / "m", matter)
    if "check" in words:
        forthwith(tmp_path, "-C", "m", "produce", "VOL000")
    if "process" in words:
        shutil.rmtree(matter / "derived")
    running = started(tmp_path, mark, *words)

    running.send_signal(by)
    running.wait()

    assert free(matter)
    assert until(lambda: not marked(mark)), marked(mark)
    # A signal may come when the volume is sealed: what is done is not done again.
    if words[2] != "produce" or not (matter / "volumes" / words[3]).is_dir():
        forthwith(tmp_path, *words)


def test_no_worker_has_the_lock_of_the_matter(answered: Path, tmp_path: Path, mark: str) -> None:
    """A lock lives as long as anybody has its file open."""
    matter = tmp_path / "m"
    shutil.copytree(answered / "m", matter)
    running = started(tmp_path, mark, "-C", "m", "produce", "VOL001", "--workers", "2")
    lock = str(matter / ".lock")
    having: set[str] = set()

    while running.poll() is None:
        for pid, line in marked(mark).items():
            try:
                files = [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()]
            except OSError:
                continue
            if lock in files:
                having.add(kind(line))

    assert running.returncode == 0
    assert having == {"main"}


@pytest.mark.parametrize("whom", ["forkserver", "tracker"])
def test_a_helper_of_the_library_that_is_killed_costs_nothing(
    answered: Path, tmp_path: Path, mark: str, whom: str
) -> None:
    """The fork server is started anew where one is needed; the volume is the same."""
    matter = tmp_path / "m"
    shutil.copytree(answered / "m", matter)
    running = started(tmp_path, mark, "-C", "m", "produce", "VOL001", "--workers", "1")
    helper = next(
        pid
        for pid, line in marked(mark).items()
        if kind(line) == whom and parent(pid) == running.pid
    )

    os.kill(helper, signal.SIGKILL)

    assert running.wait() == 0
    assert until(lambda: not marked(mark)), marked(mark)
    forthwith(tmp_path, "-C", "m", "verify")
