"""A program that a worker may have run is bound by rules of its own, and ends with the worker.

LibreOffice is stood in for by a script, which tries what a document could make it try.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from forthwith.workers import programs, sandbox, scratch
from forthwith.workers.programs import LIBREOFFICE
from forthwith.workers.sandbox import Rules

pytestmark = pytest.mark.skipif(bool(sandbox.lacking()), reason=f"no sandbox: {sandbox.lacking()}")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what puts a program of that name on the path."""

    def install(script: str) -> None:
        program = tmp_path / "programs" / "soffice"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return install


def converted(matter: Path, seconds: float = 10.0, *arguments: str) -> dict[str, str]:
    """Run the program from a worker that is shut in; return what it wrote, by name of the file."""
    report = matter / "derived" / "report"
    with scratch.folder(sandbox.SCRATCH) as folder:
        rules = Rules((matter / "evidence",), (report.parent,), 1 << 20, programs=True)
        rules = rules.within(folder)
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                sandbox.shut_in(rules)
                with tempfile.TemporaryDirectory() as home:
                    environment = {"HOME": home, "PATH": os.environ["PATH"]}
                    try:
                        programs.run(LIBREOFFICE, arguments, Path(home), environment, seconds)
                        late = ""
                    except programs.TookTooLongError:
                        late = "late"
                    wrote = {file.name: file.read_text() for file in Path(home).iterdir()}
                    report.write_text(json.dumps(wrote | {"late": late}))
            os._exit(0)
        os.waitpid(child, 0)
    return dict(json.loads(report.read_text()))


@pytest.fixture
def matter(tmp_path: Path) -> Path:
    """Return a folder like a matter."""
    for folder in ("m/evidence", "m/derived"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "m/matter.db").write_text("secret")
    (tmp_path / "m/evidence/a").write_text("evidence")
    return tmp_path / "m"


ATTEMPTS = {
    "read /etc/passwd": "read line < /etc/passwd",
    "read matter.db": "read line < {matter}/matter.db",
    "read evidence": "read line < {matter}/evidence/a",
    "write evidence": "echo forged > {matter}/evidence/b",
    "write derived": "echo forged > {matter}/derived/b",
    "write /tmp": "echo forged > /tmp/forthwith-test-$$",
    "run another program": "/usr/bin/env true",
    "run Python": f"{sys.executable} -c 0",
    "run what it wrote": "cp=./x; echo '#!/bin/sh' > $cp; chmod 755 $cp; $cp",
    "kill the worker": "kill -0 {pid}",
    "the environment of its runner": "read line < /proc/$PPID/environ",
}


@pytest.mark.parametrize("what", ATTEMPTS)
def test_a_program_can_do_nothing_but_its_work(
    install: Callable[[str], None], matter: Path, what: str
) -> None:
    attempt = ATTEMPTS[what].format(matter=matter, pid=os.getpid())
    install(f"if ( {attempt} ) >out 2>&1; then echo allowed >said; else echo denied >said; fi")

    wrote = converted(matter)

    assert wrote["said"] == "denied\n", wrote
    assert "secret" not in wrote["out"]
    assert not (matter / "evidence/b").exists()


def test_a_program_does_its_work(install: Callable[[str], None], matter: Path) -> None:
    """With the helpers its launcher needs, folders and files of its own, and what it is told."""
    install('mkdir d && uname -s | sed "s/x/x/" >d/x; basename "$1" >said; ls / >/dev/null')

    assert converted(matter, 10.0, "/some/where")["said"] == "where\n"


def test_one_that_hangs_is_ended_with_all_it_started(
    install: Callable[[str], None], matter: Path
) -> None:
    install("( while :; do :; done ) & echo $! >child; while :; do :; done")

    wrote = converted(matter, 0.3)

    assert wrote["late"] == "late"
    assert _gone(int(wrote["child"]))


def test_a_program_ends_with_the_worker(install: Callable[[str], None], matter: Path) -> None:
    """Killed while the program runs, as a supervisor kills it."""
    install(f"echo $$ >{matter}/../programs/no 2>/dev/null; echo $$ >pid; while :; do :; done")
    with scratch.folder(sandbox.SCRATCH) as folder:
        rules = Rules(write=(matter / "derived",), programs=True).within(folder)
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                sandbox.shut_in(rules)
                home = Path(tempfile.mkdtemp())
                programs.run(LIBREOFFICE, [], home, {"PATH": os.environ["PATH"]}, 60.0)
            os._exit(0)
        until = time.monotonic() + 10
        while not (found := [*folder.glob("*/*/pid")]) or not found[0].read_text().strip():
            assert time.monotonic() < until
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert _gone(int(found[0].read_text()))


def test_a_worker_asks_for_no_folder_but_its_own(
    install: Callable[[str], None], matter: Path
) -> None:
    """A runner believes nothing: a worker that was taken over can ask for anything."""
    install("echo forged >b")
    with scratch.folder(sandbox.SCRATCH) as folder:
        rules = Rules(write=(matter / "derived",), programs=True).within(folder)
        child = os.fork()
        if child == 0:
            code = 1
            with contextlib.suppress(BaseException):
                sandbox.shut_in(rules)
                for place in (matter / "evidence", folder, folder / str(os.getpid()) / ".."):
                    with pytest.raises(FileNotFoundError):
                        programs.run(LIBREOFFICE, [], place, {"PATH": os.environ["PATH"]}, 5.0)
                code = 0
            os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not [*folder.glob("b")]


def _gone(process: int, seconds: float = 5.0) -> bool:
    """Say whether a process has ended, at the latest after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False
