"""Landlock: which files a process, and whatever it starts, may touch from now on.

The calls of Linux by their numbers, which are the same on every architecture, and structures that
never change (Documentation/userspace-api/landlock.rst). Kernels with an older version of it know
fewer rights; those are left out, and `seccomp` closes most of what they leave open. Why by hand:
docs/adr/0005-sandbox.md.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ONLY_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38
#: Since version 4, TCP; since 6, signals and abstract sockets of processes outside.
_NETWORK = (4, 0b11)
_SCOPES = (6, 0b11)


class Right(IntFlag):
    """What a rule allows beneath a path (LANDLOCK_ACCESS_FS_*), by the bits of the kernel."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    #: Version 2: move or link from one folder into another.
    REFER = 1 << 13
    #: Version 3.
    TRUNCATE = 1 << 14
    #: Version 5: commands to devices that are opened from now on.
    IOCTL_DEV = 1 << 15


READ = Right.READ_FILE | Right.READ_DIR
RUN = READ | Right.EXECUTE
#: Plain files and folders; no link, pipe, socket or device.
WRITE = (
    READ
    | Right.WRITE_FILE
    | Right.TRUNCATE
    | Right.MAKE_REG
    | Right.MAKE_DIR
    | Right.REMOVE_FILE
    | Right.REMOVE_DIR
    | Right.REFER
)
_OF_FILES = Right.EXECUTE | Right.WRITE_FILE | Right.READ_FILE | Right.TRUNCATE | Right.IOCTL_DEV
_SINCE = {Right.REFER: 2, Right.TRUNCATE: 3, Right.IOCTL_DEV: 5}
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def version() -> int:
    """Return the version of Landlock this kernel offers, 0 where there is none."""
    try:
        return _call(_CREATE_RULESET, 0, 0, _ONLY_VERSION)
    except OSError:
        # ENOSYS: not built in; EOPNOTSUPP: switched off at boot; EPERM: a container forbids it.
        return 0


def restrict(rules: Iterable[tuple[Path | str, Right]]) -> None:
    """Leave this thread, and all it starts, only what `rules` allow; a path not there is left out.

    Raises OSError where the kernel refuses.
    """
    known = version()
    files = Right(0)
    for right in Right:
        if _SINCE.get(right, 1) <= known:
            files |= right
    network, scopes = (bits if known >= since else 0 for since, bits in (_NETWORK, _SCOPES))
    # Older kernels refuse a structure longer than the one they know.
    length = 8 if known < _NETWORK[0] else 16 if known < _SCOPES[0] else 24
    attributes = struct.pack("=QQQ", files, network, scopes)[:length]
    ruleset = _call(_CREATE_RULESET, attributes, length, 0)
    try:
        for path, rights in rules:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                _add(ruleset, path, rights & files)
        no_new_privileges()
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def no_new_privileges() -> None:
    """Let no program that is started have more rights than this process. Raises OSError."""
    if _libc.prctl(_NO_NEW_PRIVS, *(ctypes.c_ulong(value) for value in (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _add(ruleset: int, path: Path | str, rights: Right) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not Path(path).is_dir():
            rights &= _OF_FILES
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)


def _call(number: int, *arguments: int | bytes) -> int:
    """Make one system call. Raises OSError."""
    given = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    result = int(_libc.syscall(ctypes.c_long(number), *given))
    if result < 0:
        code = ctypes.get_errno() or errno.EINVAL
        raise OSError(code, os.strerror(code))
    return result
