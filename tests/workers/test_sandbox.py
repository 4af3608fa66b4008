"""A worker that reads what strangers wrote can touch its own work, and nothing else.

Each denial is proved in a process that was shut in as workers are; that they are is proved where
they work (`test_shut_in.py`).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import functools
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forthwith.domain.evidence import Sandbox
from forthwith.workers import landlock, sandbox, scratch, seccomp
from forthwith.workers.sandbox import NoSandboxError, Rules

pytestmark = pytest.mark.skipif(bool(sandbox.lacking()), reason=f"no sandbox: {sandbox.lacking()}")

_DENIED = {errno.EPERM, errno.EACCES, errno.EXDEV, errno.ENOSYS}


@pytest.fixture
def matter(tmp_path: Path) -> Path:
    """Return a folder like a matter, with another beside it."""
    for folder in ("m/evidence", "m/derived", "m/volumes/VOL001", "other/evidence"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("m/matter.db", "m/evidence/a", "m/volumes/VOL001/x.tif", "other/evidence/b"):
        (tmp_path / file).write_text("sound")
    return tmp_path / "m"


def _rules(matter: Path) -> Rules:
    return Rules(read=(matter / "evidence",), write=(matter / "derived",), file_bytes=1 << 20)


def inside(rules: Rules, act: Callable[[], object]) -> int:
    """Return the error number that `act` gets in a process that is shut in; 0 where it succeeds."""
    with scratch.folder(sandbox.SCRATCH) as folder:
        rules = rules.within(folder)
        child = os.fork()
        if child == 0:
            code = 255
            with contextlib.suppress(BaseException):
                sandbox.shut_in(rules)
                try:
                    act()
                    code = 0
                except OSError as refused:
                    code = refused.errno or 254
            os._exit(code)
        _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _linked_out(matter: Path) -> None:
    (matter / "derived/x").write_text("x")
    (matter.parent / "x").hardlink_to(matter / "derived/x")


FILES: dict[str, Callable[[Path], object]] = {
    "read /etc/passwd": lambda _: Path("/etc/passwd").read_bytes(),
    "list the home folder": lambda _: list(Path.home().iterdir()),
    "read matter.db": lambda m: (m / "matter.db").read_bytes(),
    "list the matter": lambda m: list(m.iterdir()),
    "read another matter": lambda m: (m.parent / "other/evidence/b").read_bytes(),
    "read another volume": lambda m: (m / "volumes/VOL001/x.tif").read_bytes(),
    "write over evidence": lambda m: (m / "evidence/a").open("r+b"),
    "cut evidence": lambda m: os.truncate(m / "evidence/a", 0),
    "add evidence": lambda m: (m / "evidence/new").write_text("forged"),
    "remove evidence": lambda m: (m / "evidence/a").unlink(),
    "open evidence to others": lambda m: (m / "evidence/a").chmod(0o666),
    "set its day back": lambda m: os.utime(m / "evidence/a", (0, 0)),
    "mark it with an attribute": lambda m: os.setxattr(m / "evidence/a", "user.x", b"x"),
    "write into a sealed volume": lambda m: (m / "volumes/VOL001/y.tif").write_text("forged"),
    "write elsewhere": lambda m: (m.parent / "out").write_text("out"),
    "move out": lambda m: ((m / "derived/x").write_text("x"), (m / "derived/x").rename(m / "x")),
    "link in": lambda m: (m / "derived/a").hardlink_to(m / "evidence/a"),
    "link out": lambda m: _linked_out(m),
    "make a link": lambda m: (m / "derived/l").symlink_to("/etc/passwd"),
    "make a pipe": lambda m: os.mkfifo(m / "derived/p"),
    "the environment of another": lambda _: Path("/proc/1/environ").read_bytes(),
    "the environment of its parent": lambda _: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "the memory of its parent": lambda _: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
    "a terminal": lambda _: os.open("/dev/tty", os.O_RDWR),
    "shared memory": lambda _: Path("/dev/shm/forthwith-test").write_text("x"),
    "a folder of temporary files of others": lambda _: list(Path("/tmp").iterdir()),
}


@pytest.mark.parametrize("what", FILES)
def test_no_file_but_its_own_is_touched(matter: Path, what: str) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in (matter / "evidence").iterdir())

    assert inside(_rules(matter), lambda: FILES[what](matter)) in _DENIED

    assert before == sorted((p, p.stat().st_mtime_ns) for p in (matter / "evidence").iterdir())
    assert not (matter.parent / "out").exists()


def test_a_link_that_lies_in_its_folder_leads_nowhere(matter: Path) -> None:
    """Whoever laid it there before."""
    (matter / "derived/l").symlink_to("/etc/passwd")
    (matter / "derived/up").symlink_to(matter)

    assert inside(_rules(matter), lambda: (matter / "derived/l").read_bytes()) in _DENIED
    assert inside(_rules(matter), lambda: (matter / "derived/up/out").write_text("")) in _DENIED


def _syscall(x86: int, arm: int, *arguments: int) -> Callable[[], None]:
    """Return a system call by its number on this machine."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call() -> None:
        number = x86 if os.uname().machine == "x86_64" else arm
        if libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)) < 0:
            raise OSError(ctypes.get_errno(), "refused")

    return call


CALLS: dict[str, Callable[[], object]] = {
    "TCP": lambda: socket.create_connection(("127.0.0.1", 9)),
    "UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "IPv6": lambda: socket.socket(socket.AF_INET6),
    "a socket of this machine": lambda: socket.socket(socket.AF_UNIX),
    "a pair of sockets": socket.socketpair,
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "become a program": lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"]),
    "start a program": lambda: subprocess.run(["/bin/true"], check=False),
    "become a program by its handle": lambda: os.execve(
        os.open("/bin/sh", os.O_RDONLY), ["sh", "-c", "exit 0"], {}
    ),
    "another process": os.fork,
    "kill its parent": lambda: os.kill(os.getppid(), 0),
    "kill everybody": lambda: os.kill(-1, 0),
    "kill its group": lambda: os.kill(0, 0),
    "trace its parent": _syscall(101, 117, 16, os.getpid(), 0, 0),
    "read the memory of its parent": _syscall(310, 270, os.getpid(), 0, 0, 0, 0, 0),
    "take a file of its parent": _syscall(434, 434, os.getpid(), 0),
    "limit its parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE),
    "namespaces": _syscall(272, 97, 0x10000000),
    "a process in namespaces": _syscall(56, 220, 0x10000011, 0, 0, 0, 0),
    "mount": _syscall(165, 40, 0, 0, 0, 0, 0),
    "rings": _syscall(425, 425, 1, 0),
    "BPF": _syscall(321, 280, 0, 0, 0),
    "keys": _syscall(250, 219, 0, -3, 0),
    "faults handled elsewhere": _syscall(323, 282, 0),
    "another kernel": _syscall(246, 104, 0, 0, 0, 0),
    "a file by its handle": _syscall(304, 265, 0, 0, 0),
    "shared memory by number": _syscall(29, 194, 1, 4096, 0o1666),
    "a call nobody knew": _syscall(468, 468),
    "letters typed into the terminal": lambda: fcntl.ioctl(1, 0x5412, b"x"),
    "signals sent by the kernel": lambda: fcntl.fcntl(1, 8, os.getppid()),
}  # fmt: skip


@pytest.mark.parametrize("what", CALLS)
def test_no_network_no_program_and_no_other_process(tmp_path: Path, what: str) -> None:
    assert inside(Rules(write=(tmp_path,)), CALLS[what]) in _DENIED


def test_no_name_is_looked_up(tmp_path: Path) -> None:
    def look_up() -> None:
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("example.com", 80)

    assert inside(Rules(write=(tmp_path,)), look_up) == 0


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="calls of x86-64")
def test_calls_of_other_machines_are_no_way_round(tmp_path: Path) -> None:
    """Numbers of x32, which Linux takes on the same entry, are not there; those of i386 end it."""
    assert inside(Rules(write=(tmp_path,)), _syscall(0x40000000 | 41, 0, 2, 1, 0)) in _DENIED

    def by_the_old_entry() -> None:
        # mov eax, 20 (getpid of i386); int 0x80; ret
        code = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
        memory = mmap.mmap(-1, 4096, prot=7)
        memory.write(code)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        ctypes.CFUNCTYPE(ctypes.c_int)(address)()

    assert inside(Rules(write=(tmp_path,)), by_the_old_entry) == -signal.SIGSYS


def test_what_a_reader_does_goes_on(matter: Path) -> None:
    """Read evidence, write and replace results, use temporary files, threads and itself."""

    def work() -> None:
        assert (matter / "evidence/a").read_text() == "sound"
        (matter / "derived/.part").write_text("x")
        (matter / "derived/.part").replace(matter / "derived/part")
        (matter / "derived/deep/er").mkdir(parents=True)
        (matter / "derived/part").rename(matter / "derived/deep/part")
        with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
            file.write(b"x")
            (Path(folder) / "x").write_text("x")
        Path(os.devnull).write_text("x")
        thread = threading.Thread(target=time.sleep, args=(0,))
        thread.start()
        thread.join()
        os.kill(os.getpid(), 0)

    assert inside(_rules(matter), work) == 0
    assert (matter / "derived/deep/part").read_text() == "x"


def test_threads_are_shut_in_too(matter: Path) -> None:
    codes: list[int | None] = []

    def read() -> None:
        try:
            (matter / "matter.db").read_bytes()
        except OSError as refused:
            codes.append(refused.errno)

    def act() -> None:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        raise OSError(codes[0], "as the thread got it")

    assert inside(_rules(matter), act) == errno.EACCES


def test_no_file_grows_beyond_its_limit(matter: Path) -> None:
    def write() -> None:
        with (matter / "derived/big").open("wb") as file:
            file.write(b"x" * (1 << 21))

    assert inside(_rules(matter), write) == errno.EFBIG
    assert (matter / "derived/big").stat().st_size <= 1 << 20


def test_what_is_typed_reaches_no_reader(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a passphrase")
    kept = os.dup(0)
    os.dup2(reading, 0)
    try:
        assert inside(Rules(write=(tmp_path,)), lambda: os._exit(len(os.read(0, 100)))) == 0
    finally:
        os.dup2(kept, 0)


@pytest.mark.parametrize("standard", [1, 2])
def test_a_terminal_that_shows_messages_is_neither_read_nor_written(
    tmp_path: Path, standard: int
) -> None:
    """A terminal is open for both on all three, so what is typed could be read from the others."""
    keyboard, terminal = os.openpty()
    os.write(keyboard, b"a passphrase\n")

    def act() -> None:
        os.write(standard, b"forged")
        os._exit(len(os.read(standard, 100)))

    kept = os.dup(standard)
    os.dup2(terminal, standard)
    try:
        code = inside(Rules(write=(tmp_path,)), act)
    finally:
        os.dup2(kept, standard)
    os.set_blocking(keyboard, False)
    with contextlib.suppress(BlockingIOError):
        assert b"forged" not in os.read(keyboard, 100)
    assert code == 0


@contextlib.contextmanager
def _as_on(monkeypatch: pytest.MonkeyPatch, version: int) -> Iterator[None]:
    """Have Landlock look like an older one, which knows fewer rights."""
    with monkeypatch.context() as patched:
        patched.setattr(landlock, "version", lambda: version)
        yield


@pytest.mark.parametrize("version", range(1, 7))
def test_older_kernels_hold_the_same_files(
    matter: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """What older versions of Landlock leave open, the filter of calls closes."""
    if version >= landlock.version():
        pytest.skip("this kernel is older")
    with _as_on(monkeypatch, version):
        for what in FILES.keys() - {"a terminal"}:
            assert inside(_rules(matter), functools.partial(FILES[what], matter)) in _DENIED, what
        assert inside(_rules(matter), lambda: (matter / "derived/x").write_text("x")) == 0
        assert inside(_rules(matter), CALLS["TCP"]) in _DENIED
        assert inside(_rules(matter), CALLS["kill its parent"]) in _DENIED


def test_a_machine_nobody_knows_has_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    sandbox._missing.cache_clear()
    try:
        assert "riscv64" in sandbox.lacking()
        assert not Rules().within(Path()).code
        with pytest.raises(NoSandboxError, match="riscv64"):
            Rules(mode=Sandbox.REQUIRED).refuse_without()
    finally:
        monkeypatch.undo()
        sandbox._missing.cache_clear()


def test_without_a_sandbox_everything_goes_on(
    matter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "lacking", lambda: "this kernel has none")

    assert inside(_rules(matter), lambda: (matter / "matter.db").read_bytes()) == 0


def test_it_can_be_switched_off_and_is_said_to_be(
    matter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORTHWITH_SANDBOX", "off")

    assert inside(_rules(matter), lambda: (matter / "matter.db").read_bytes()) == 0
    assert sandbox.lacking() == "FORTHWITH_SANDBOX=off switches it off"


def test_both_machines_have_a_number_for_what_both_have() -> None:
    """A number given twice is a slip of the hand: it would leave a call open."""
    for column in (0, 1):
        numbers = [number for pair in seccomp._NUMBERS.values() if (number := pair[column])]
        assert len(numbers) == len(set(numbers))
        assert max(numbers) <= seccomp._LAST
    assert {"socket", "connect", "execve", "ptrace"} <= seccomp._NUMBERS.keys()


def test_numbers_are_those_of_the_kernel() -> None:
    """Where the headers of the C library are here."""
    header = Path("/usr/include/asm-generic/unistd.h")
    if not header.exists():
        pytest.skip("no headers")
    lines = (line.split() for line in header.read_text().splitlines())
    generic = {
        line[1].replace("__NR3264_", "__NR_").removeprefix("__NR_"): line[2]
        for line in lines
        if len(line) == 3 and line[0] == "#define"
    }
    for name, (_, number) in seccomp._NUMBERS.items():
        if name in generic and generic[name].isdigit() and number is not None:
            assert int(generic[name]) == number, name
