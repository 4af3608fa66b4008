"""Workers of every stage are killed from outside, and the answer is that of an undisturbed run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from forthwith import check
from forthwith.process import run
from forthwith.record.documents import DocumentTable, as_json
from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.workers import supervisor
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.produce import ProductionOptions, produce
from forthwith.workflows.progress import SILENT
from tests.builders import evidence, told

#: What a volume is but for its papers, which say when they were written.
WRITTEN = {".tif", ".jpg", ".txt", ".eml", ".dat", ".opt"}
OPTIONS = ProductionOptions("VOL001", date(2026, 3, 2), where="path < '0020'", workers=2)


@pytest.fixture(scope="module")
def processed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A matter of mails with attachments, read without any kill."""
    folder = tmp_path_factory.mktemp("deaths")
    (folder / "in").mkdir()
    for number in range(150):
        mail = evidence.mail(f"Mail {number}", ("a.txt", b"share %d" % number))
        (folder / "in" / f"{number:04d}.eml").write_bytes(mail)
    matter = evidence.matter(folder / "m", folder / "in")
    run.process(matter, workers=1)
    return folder / "m"


@contextmanager
def kills(seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """End four workers at any instant, each once at work, none over the unit of another.

    A unit that was struck is left alone: two deaths at one place are proof, whoever caused them.
    """
    chance = random.Random(seed)
    workers: list[supervisor._Worker[object]] = []
    struck: list[int] = []
    over = threading.Event()
    spawn = supervisor.Supervisor._spawn

    def spawned(self: supervisor.Supervisor[object, object]) -> supervisor._Worker[object]:
        workers.append(spawn(self))
        return workers[-1]

    def kill() -> None:
        tasks: list[object] = []
        while len(struck) < 4 and not over.wait(chance.uniform(0.0, 0.1)):
            for worker in workers[-2:]:
                task, pid = worker.task, worker.process.pid
                if task is None or any(task is other for other in tasks) or len(struck) == 4:
                    continue
                try:
                    os.kill(pid, signal.SIGSTOP)
                    time.sleep(0.001)
                    if worker.task is task:
                        tasks.append(task)
                        struck.append(pid)
                        os.kill(pid, signal.SIGKILL)
                    else:
                        os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    continue

    monkeypatch.setattr(supervisor.Supervisor, "_spawn", spawned)
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield struck
    finally:
        over.set()
        killer.join()
        monkeypatch.undo()


def lines(matter: Matter) -> list[str]:
    return [as_json(document) for document in DocumentTable(matter).ask()]


def reading(processed: Path, place: Path, seed: int, workers: int) -> int:
    shutil.copytree(processed, place)
    shutil.rmtree(place / "derived")
    matter = Matter.open(place)
    with pytest.MonkeyPatch.context() as patch, kills(seed, patch) as struck:
        run.process(matter, workers=workers)

    assert lines(matter) == lines(Matter.open(processed))
    return len(struck)


@pytest.mark.parametrize("workers", [1, 2])
def test_readers_killed_at_any_instant_lose_no_document(
    processed: Path, tmp_path: Path, workers: int
) -> None:
    assert sum(reading(processed, tmp_path / str(seed), seed, workers) for seed in range(3)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_readers_killed_a_hundred_times_lose_no_document(
    processed: Path, tmp_path: Path, workers: int
) -> None:
    for seed in range(100):
        reading(processed, tmp_path / str(seed), seed, workers)
        shutil.rmtree(tmp_path / str(seed))


def test_painters_killed_at_any_instant_change_no_volume(processed: Path, tmp_path: Path) -> None:
    """A volume is the same byte for byte; before, a page stood as one that cannot be drawn."""
    written = []
    for name in ("whole", "killed"):
        shutil.copytree(processed, tmp_path / name)
        case = CaseFile.open(tmp_path / name)
        with pytest.MonkeyPatch.context() as patch, case.alone():
            if name == "killed":
                with kills(1, patch) as struck:
                    made = produce(case, OPTIONS, SILENT)
                assert struck
            else:
                made = produce(case, OPTIONS, SILENT)
        assert made.sealed
        files = [path for path in made.folder.rglob("*") if path.suffix.lower() in WRITTEN]
        written.append({path.name: path.read_bytes() for path in files})

    assert len(written[0]) > 40
    assert written[0] == written[1]


def test_openers_killed_at_any_instant_find_nothing(tmp_path: Path) -> None:
    """A sound volume has no finding "the reader crashed on it" because of somebody's kill."""
    root = told.sound().write(tmp_path)
    struck = 0
    for seed in range(4):
        with pytest.MonkeyPatch.context() as patch, kills(seed, patch) as pids:
            assert check.run(root, loader.load(), workers=2).findings == ()
        struck += len(pids)

    assert struck
