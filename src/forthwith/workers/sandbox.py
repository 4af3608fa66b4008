"""What a worker may touch: it reads what strangers wrote, so it is given no more than it needs.

A worker reads the programs and libraries it is made of, the evidence or the volume it works on, and
nothing else; it writes into the folders its work fills, and a private one for temporary files. No
network, no other program, no new process, no signal to anybody but itself, no file above a size.
`landlock` holds the files, `seccomp` the calls; both for good, before the first byte of evidence is
read. What is refused says so aloud: no denial becomes a fault of the evidence (`refused`).
"""

from __future__ import annotations

import functools
import os
import platform
import resource
import site
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Sandbox
from forthwith.workers import landlock, programs, seccomp
from forthwith.workers.landlock import Right

#: What libraries are made of and look up, the same for everybody on the machine.
SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives",
    "/etc/localtime", "/etc/locale.alias", "/etc/timezone", "/etc/mime.types", "/etc/fonts",
    "/etc/ssl/openssl.cnf",
    "/var/cache/fontconfig", "/dev/urandom", "/dev/random", "/dev/zero",
    "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm", "/sys/devices/system",
    "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage",
)  # fmt: skip
#: For a machine on which the sandbox refuses something that is needed.
_SWITCH = "FORTHWITH_SANDBOX"
#: Before the names of folders for temporary files.
SCRATCH = "forthwith-work-"
#: Open files of one worker: a mailbox with its slices needs a dozen.
_OPEN_FILES = 512
#: The rules this process is shut in by; none outside of workers.
_within: list[Rules] = []


class NoSandboxError(ForthwithError):
    """A matter asks for the sandbox, and this machine has none."""

    def __init__(self, lacks: str) -> None:
        super().__init__(
            f"Nothing was read: matter.toml insists on the sandbox, and {lacks}. Run the command "
            'where there is one, or write sandbox = "when there" under [process] in matter.toml.'
        )


class SandboxFailedError(ForthwithError):
    """The kernel offers the sandbox and refuses to build it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Nothing was read: the sandbox for reading documents could not be set up ({why}). "
            "Where the documents come from nobody you must fear, set FORTHWITH_SANDBOX=off and run "
            "the command again."
        )


class DeniedError(ForthwithError):
    """Something of ours was refused in the sandbox."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the sandbox refused {what}. This is no fault of the document that was being read, "
            "so nothing was noted against it. To go on without the sandbox, where the documents "
            "come from nobody you must fear, set FORTHWITH_SANDBOX=off"
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """What workers of one kind may touch beside what they are made of. Picklable."""

    read: tuple[Path, ...] = ()
    #: Folders whose files they also write, replace and remove.
    write: tuple[Path, ...] = ()
    #: Largest file they may write, bytes; 0 for no limit.
    file_bytes: int = 0
    mode: Sandbox = Sandbox.WHEN_THERE
    #: Where each of them makes its own folder for temporary files; None for no such folder.
    scratch: Path | None = None
    #: Whether they may have the programs of `programs` run.
    programs: bool = False
    #: Folders and files they are made of; empty where there is no sandbox here.
    code: tuple[str, ...] = ()

    def refuse_without(self) -> None:
        """Raise NoSandboxError where the rules insist on a sandbox, and there is none here."""
        if self.mode is Sandbox.REQUIRED and (lacks := lacking()):
            raise NoSandboxError(lacks)

    def within(self, scratch: Path) -> Rules:
        """Return the same rules with a folder for temporary files, ready for workers."""
        if lacking():
            return replace(self, scratch=scratch)
        read, write = (tuple(path.resolve() for path in paths) for paths in (self.read, self.write))
        return replace(self, read=read, write=write, scratch=scratch, code=_code(self))


def lacking() -> str:
    """Return why workers are not shut in here, as the end of a sentence; "" when they are."""
    if os.environ.get(_SWITCH) == "off":
        return f"{_SWITCH}=off switches it off"
    return _missing()


@functools.cache
def _missing() -> str:
    system = platform.system()
    if system != "Linux":
        return f"{system} has no Landlock and seccomp"
    if not seccomp.available():
        return f"the kernel ({platform.machine()}) lets no program limit its system calls (seccomp)"
    if not landlock.version():
        return f"the kernel (Linux {platform.release()}) offers no Landlock"
    return ""


def shut_in(rules: Rules) -> None:
    """Shut this worker in, for good. Call it before threads are started and evidence is read.

    Raises SandboxFailedError where the kernel refuses what it says it offers.
    """
    write = rules.write
    if rules.scratch is not None:
        own = rules.scratch / str(os.getpid())
        own.mkdir(mode=0o700, exist_ok=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(own)
        write = (*write, own)
    # Whatever is typed goes to the command, not to a reader: a terminal open for messages can be
    # read as well. What the command prints, on a terminal or into a file, is its own.
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)
    if not rules.code:
        _limit(rules)
        return
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        # Landlock binds the calling thread and those it starts later.
        raise SandboxFailedError(f"{threads} threads were running already")
    made_of: list[tuple[Path | str, Right]] = [
        (path, landlock.READ) for path in rules.code or _code(rules)
    ]
    made_of.append((os.devnull, Right.READ_FILE | Right.WRITE_FILE))
    try:
        if rules.programs and rules.scratch is not None:
            programs.prepare(made_of, write[-1], rules.file_bytes)
        _limit(rules)
        landlock.restrict(
            (
                *made_of,
                # Its own entry under /proc: threads, limits, what is mapped.
                (f"/proc/{os.getpid()}", landlock.READ),
                *((path, landlock.READ) for path in rules.read),
                *((path, landlock.WRITE) for path in write),
            )
        )
        seccomp.restrict()
    except OSError as refused:
        raise SandboxFailedError(refused.strerror or str(refused)) from refused
    _within.append(rules)


def _limit(rules: Rules) -> None:
    """Bound what this process may have open, write and leave behind."""
    limits = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, _OPEN_FILES)]
    if rules.file_bytes:
        limits.append((resource.RLIMIT_FSIZE, rules.file_bytes))
    for what, most in limits:
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _code(rules: Rules) -> tuple[str, ...]:
    """Return where Python and every library lie, wherever they are installed from."""
    paths = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix)}
    paths.update(map(Path, sysconfig.get_paths().values()))
    if site.ENABLE_USER_SITE:
        paths.add(Path(site.getusersitepackages()))
    # The folder that `python -m` was started in stands on sys.path, and may be the matter itself
    # or a home folder: of a folder that holds what workers are kept from, only what is loaded.
    matter = {above for path in (*rules.read, *rules.write) for above in path.resolve().parents}
    named = (os.environ.get(name, "") for name in ("TESSDATA_PREFIX", "CONDA_PREFIX"))
    for entry in map(Path, (*sys.path, *named)):
        if entry.is_absolute() and entry != Path.cwd() and entry.resolve() not in matter:
            paths.add(entry)
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." not in name and name != "__main__" and isinstance(file, str):
            path = Path(file)
            paths.add(path.parent if path.name == "__init__.py" else path)
    folders = {path.resolve() for path in paths | set(map(Path, SYSTEM))}
    return tuple(sorted(str(path) for path in folders if folders.isdisjoint(path.parents)))


def refused(error: BaseException) -> None:
    """Raise DeniedError where an error, or what led to it, is a refusal of the sandbox.

    Call it wherever errors of readers become faults. What was refused within the worker's own
    folders was refused by the file itself.
    """
    cause: BaseException | None = error
    while cause is not None:
        if _within and isinstance(cause, PermissionError):
            if cause.filename is None:
                raise DeniedError("a call to the system") from error
            path = Path(os.fsdecode(cause.filename)).resolve()
            folders = (*_within[0].read, *_within[0].write)
            if not any(path.is_relative_to(folder.resolve()) for folder in folders):
                raise DeniedError(str(path)) from error
        cause = cause.__cause__ or cause.__context__
