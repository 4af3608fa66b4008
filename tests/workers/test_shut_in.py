"""The workers of `process`, `produce` and `check`, as these start them, are shut in.

Each attempt runs in a real worker, under the rules that command gives it. What the walls are is
tested in `test_sandbox.py`; here, that they stand, and where.
"""

from __future__ import annotations

import errno
import functools
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forthwith.check.workers import Pool
from forthwith.collect import folder as collect
from forthwith.domain.evidence import Sandbox
from forthwith.formats.archives import libarchive_stream
from forthwith.formats.sniff import media_type
from forthwith.process import run as processing
from forthwith.record.matter import Matter
from forthwith.workers import sandbox
from forthwith.workers.sandbox import DeniedError, NoSandboxError
from forthwith.workers.supervisor import Beat, Supervisor, WorkerFailedError
from forthwith.workflows.matter_access import MatterAccess, Workers, rules_of
from forthwith.workflows.progress import SILENT

pytestmark = pytest.mark.skipif(bool(sandbox.lacking()), reason=f"no sandbox: {sandbox.lacking()}")

#: What none of them may do, by name; `m` is the matter, `own` the process that supervises.
ATTEMPTS: dict[str, Callable[[Path, int], object]] = {
    "TCP": lambda _m, _own: socket.create_connection(("127.0.0.1", 9), 1),
    "UDP": lambda _m, _own: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "a socket of this machine": lambda _m, _own: socket.socket(socket.AF_UNIX),
    "a name": lambda _m, _own: _looked_up(),
    "a program": lambda _m, _own: subprocess.run(["/bin/true"], check=False),
    "another process": lambda _m, _own: os.fork(),
    "/etc/passwd": lambda _m, _own: Path("/etc/passwd").read_bytes(),
    "home": lambda _m, _own: list(Path.home().iterdir()),
    "matter.db": lambda m, _own: (m / "matter.db").read_bytes(),
    "matter.toml": lambda m, _own: (m / "matter.toml").read_bytes(),
    "another matter": lambda m, _own: (m.parent / "other/evidence/a").read_bytes(),
    "write evidence": lambda m, _own: (m / "evidence/new").write_text("forged"),
    "open evidence to others": lambda m, _own: (m / "evidence").chmod(0o777),
    "write a sealed volume": lambda m, _own: (m / "volumes/VOL001/new").write_text("forged"),
    "write outside": lambda m, _own: (m.parent / "out").write_text("out"),
    "kill its supervisor": lambda _m, own: os.kill(own, 0),
    "trace its supervisor": lambda _m, own: Path(f"/proc/{own}/mem").read_bytes(),
    "limit its supervisor": lambda _m, own: resource.prlimit(own, 4),
    "the environment of others": lambda _m, _own: Path("/proc/1/environ").read_bytes(),
    "the temporary files of others": lambda _m, _own: list(Path("/tmp").iterdir()),
}


def _looked_up() -> None:
    try:
        socket.getaddrinfo("example.com", 80)
    except socket.gaierror as refused:
        raise PermissionError(errno.EPERM, "no name server") from refused


def attempt(m: Path, own: int, name: str) -> int:
    """Return the error number of one attempt; 0 where it succeeds."""
    try:
        ATTEMPTS[name](m, own)
    except OSError as refused:
        return refused.errno or -1
    return 0


def _start(act: Callable[[Any], Any]) -> Callable[[Any, Beat], Any]:
    return lambda unit, _beat: act(unit)


Run = Callable[[Callable[[Any], Any], list[Any]], dict[Any, Any]]


def _process(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs an act in the workers of `process`, in place of reading."""

    def run(act: Callable[[Any], Any], units: list[Any]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        really = Supervisor.run

        def instead(supervisor: Supervisor[Any, Any], *_: Any, **__: Any) -> Iterator[Any]:
            for outcome in really(supervisor, units, start=functools.partial(_start, act)):
                found[outcome.unit] = getattr(outcome, "result", outcome)
            return iter(())

        with monkeypatch.context() as patched:
            patched.setattr(Supervisor, "run", instead)
            processing.process(matter, workers=1)
        return found

    return run


def _produce(matter: Matter, _: pytest.MonkeyPatch) -> Run:
    """Return what runs an act in the workers of `produce`, in place of drawing."""
    staged = matter.folder / "staging" / ".VOL002.partial"
    staged.mkdir(parents=True)
    access = MatterAccess(matter.evidence.root, matter.derived / ".t", matter.settings.limits)
    rules = rules_of(matter, access, "VOL002")
    run = Workers(1, matter.settings.limits, SILENT, rules)
    return lambda act, units: dict(run(act, units))


def _check(matter: Matter, _: pytest.MonkeyPatch) -> Run:
    """Return what runs an act in the workers of `check`, in place of opening a file."""

    def run(act: Callable[[Any], Any], units: list[Any]) -> dict[Any, Any]:
        with Pool([matter.volumes / "VOL001"]) as pool:
            return dict(pool.over(act, [(unit, unit) for unit in units], str))

    return run


KINDS = {"process": _process, "produce": _produce, "check": _check}


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    """Return a matter with one file of evidence and a sealed volume, and another beside it."""
    matter = Matter.create(tmp_path / "m", name="Halden")
    (tmp_path / "files").mkdir()
    (tmp_path / "files/a.txt").write_text("sound")
    collect.collect(matter, tmp_path / "files", "Voss")
    (matter.volumes / "VOL001").mkdir(parents=True)
    (matter.volumes / "VOL001/x.txt").write_text("sound")
    (tmp_path / "other/evidence").mkdir(parents=True)
    (tmp_path / "other/evidence/a").write_text("sound")
    return matter


@pytest.mark.parametrize("kind", KINDS)
def test_no_worker_reaches_beyond_its_work(
    matter: Matter, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    run = KINDS[kind](matter, monkeypatch)

    found = run(functools.partial(attempt, matter.folder.resolve(), os.getpid()), [*ATTEMPTS])

    assert found.keys() == ATTEMPTS.keys()
    assert {
        name for name, code in found.items() if code not in {errno.EPERM, errno.EACCES}
    } == set()


def _where(_: str) -> tuple[str, int, list[str]]:
    with tempfile.NamedTemporaryFile() as file:
        place = str(Path(file.name).parent.parent)
    return place, os.getpid(), sorted(path.name for path in Path("/proc/self/task").iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_temporary_files_have_a_folder_that_goes_with_the_run(
    matter: Matter, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    run = KINDS[kind](matter, monkeypatch)

    place, process, threads = run(_where, ["unit"])["unit"]

    assert Path(place).name.startswith("forthwith-work-")
    assert not Path(place).exists()
    assert threads == [str(process)], "what runs beside it was started before it was shut in"


def _sibling(given: tuple[str, str]) -> bytes | str:
    try:
        return Path(given[1]).read_bytes()
    except OSError as refused:
        raise ValueError("a reader's own words for it") from refused


@pytest.mark.parametrize("kind", ["check", "produce"])
def test_what_the_sandbox_refuses_is_no_fault_of_a_document(
    matter: Matter, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A library that looks for something of ours where we did not think of it stops the run."""
    run = KINDS[kind](matter, monkeypatch)

    with pytest.raises(WorkerFailedError, match=r"refused .*matter\.db"):
        run(_sibling, [("unit", str(matter.folder / "matter.db"))])


class _Hostile:
    def __reduce__(self) -> Any:
        return os.mkdir, (f"/tmp/forthwith-taken-over-{os.getpid()}",)


def _taken_over(_: str) -> _Hostile:
    return _Hostile()


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_runs_nothing_where_it_is_read(
    matter: Matter, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A worker that was taken over sends what it likes."""
    run = KINDS[kind](matter, monkeypatch)

    with pytest.raises(WorkerFailedError, match="no result"):
        run(_taken_over, ["unit"])
    assert not [*Path("/tmp").glob("forthwith-taken-over-*")]


def _libraries(_: str) -> tuple[str, bool]:
    libarchive_stream.library()
    return os.environ.get("LIBARCHIVE", ""), media_type.libmagic() is not None


@pytest.mark.parametrize("kind", KINDS)
def test_libraries_are_found_before_the_walls_stand(
    matter: Matter, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Python looks for them by programs (ldconfig, gcc), and goes on in silence without."""
    run = KINDS[kind](matter, monkeypatch)

    assert run(_libraries, ["unit"])["unit"] == _libraries("here")


def test_a_reader_that_is_refused_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `process`: the rim there makes faults of all else that a reader raises."""
    from_outside = PermissionError(errno.EACCES, "Permission denied", "/etc/magic")
    of_the_file = PermissionError(errno.EACCES, "Permission denied", "/m/evidence/a")
    monkeypatch.setattr(sandbox, "_within", [sandbox.Rules(read=(Path("/m/evidence"),))])

    sandbox.refused(of_the_file)
    sandbox.refused(ValueError("of the evidence"))
    with pytest.raises(DeniedError, match="/etc/magic"):
        sandbox.refused(from_outside)


def test_a_matter_may_insist(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "lacking", lambda: "this machine has none")
    path = matter.folder / "matter.toml"
    path.write_text(path.read_text().replace('# sandbox = "when there"', 'sandbox = "required"'))
    insisting = Matter.open(matter.folder)

    assert insisting.settings.sandbox is Sandbox.REQUIRED
    with pytest.raises(NoSandboxError, match="this machine has none"):
        processing.process(insisting, workers=1)
    assert processing.process(matter, workers=1).documents == 1


def environment() -> Callable[[Any, Beat], str]:
    """Return work that says what its process was started with."""
    return lambda _unit, _beat: Path("/proc/self/environ").read_bytes().decode()


def test_a_worker_does_not_know_what_the_environment_of_its_command_keeps(tmp_path: Path) -> None:
    """Passwords of databases and keys of clouds stand there, and a worker can read its own."""
    (tmp_path / "run.py").write_text(
        "from forthwith.workers.supervisor import Supervisor\n"
        "from tests.workers.test_shut_in import environment\n"
        "with Supervisor(environment, workers=1, seconds=60, memory=1 << 32, preload=()) as work:\n"
        "    print([done.result for done in work.run(['x'])])\n"
    )
    said = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        env={**os.environ, "PGPASSWORD": "of-a-database", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout

    assert "PATH=" in said
    assert "of-a-database" not in said
