"""seccomp: which system calls a process, and whatever it starts, may make from now on.

A filter in the language the kernel checks it by (Documentation/userspace-api/seccomp_filter.rst):
each call that no reader of documents needs is answered with "operation not permitted", whoever
makes it, so that a library takes it as it takes any refusal. Calls newer than this list are
answered as by an older kernel. Numbers are those of x86-64 and of ARM64; elsewhere there is no
filter.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.workers.landlock import no_new_privileges

#: Name: number on x86-64, number on ARM64 (None: not there). From asm/unistd_64.h and
#: asm-generic/unistd.h.
_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    # Sockets of any kind; what was opened before is read and written as a file.
    "socket": (41, 198), "socketpair": (53, 199), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "connect": (42, 203), "sendto": (44, 206),
    "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212), "sendmmsg": (307, 269),
    "recvmmsg": (299, 243),
    # Programs and processes.
    "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    "clone": (56, 220), "clone3": (435, 435),
    # Other processes: to end them, to look into them, to slow them down.
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "kcmp": (312, 272), "prlimit64": (302, 261),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "sched_setaffinity": (203, 122),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "setpgid": (109, 154),
    "setsid": (112, 157),
    # Memory and messages shared with other processes by a number.
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190),
    "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    # What Landlock does not know of files: who may open them, whose they are, when they changed.
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "truncate": (76, 45),
    "mknod": (133, None), "mknodat": (259, 33), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
    # Parts of the kernel with a past: programs in it, rings, faults handled outside, keys.
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "memfd_secret": (447, 447), "modify_ldt": (154, None), "uselib": (134, None),
    "personality": (135, 92), "lookup_dcookie": (212, 18), "nfsservctl": (180, 42),
    # The machine: namespaces, mounts, clocks, modules, who one is.
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "sethostname": (170, 161), "setdomainname": (171, 162),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "iopl": (172, None),
    "ioperm": (173, None), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    "adjtimex": (159, 171), "syslog": (103, 116), "vhangup": (153, 58), "setuid": (105, 146),
    "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143), "setresuid": (117, 147),
    "setresgid": (119, 149), "setgroups": (116, 159), "setfsuid": (122, 151),
    "setfsgid": (123, 152), "capset": (126, 91), "ioctl": (16, 29), "fcntl": (72, 25),
}  # fmt: skip
#: The last call this list was made with (mseal); what is newer is not there.
_LAST = 462
#: Allowed to a named program: it starts its own helpers. Connecting is not among it, whatever the
#: socket: one in the file system (of a desktop, a container engine) leads out of every other rule.
_OF_PROGRAMS = frozenset(
    {
        "execve", "fork", "vfork", "clone", "kill", "tkill", "tgkill", "prlimit64",
        "sched_setaffinity", "setpriority", "chmod", "fchmod", "fchmodat", "fchmodat2", "utime",
        "utimes", "utimensat", "fcntl", "accept", "accept4",
    }
)  # fmt: skip

#: Said to a program to have been done, and not done: LibreOffice opens a socket in /tmp by which a
#: second one would find it, and does not work without. Nobody comes by it.
_FEIGNED = frozenset({"bind", "listen"})

# Instructions of classic BPF, and what they find: struct seccomp_data.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_CALL, _MACHINE = 0, 4
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
#: uname -m: AUDIT_ARCH_*, column of the table.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
#: CLONE_NEWTIME is a bit of the exit signal; the others are CLONE_NEW* of clone(2).
_NEW_NAMESPACES = 0x7E020080
_AF_UNIX = 1
#: TIOCSTI and TIOCLINUX put letters into the terminal as if typed.
_TYPING = (0x5412, 0x541C)
#: F_SETOWN, F_SETSIG and F_SETOWN_EX have the kernel send signals to others.
_SIGNALLING = (8, 10, 15)
_SET_FILTER, _ACTION_AVAILABLE = 1, 2
#: All threads at once; and no slowing down of the whole process on older kernels.
_FLAGS = 0b101
_SECCOMP = (317, 277)
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def available() -> bool:
    """Say whether a filter can be set here."""
    if platform.machine() not in _MACHINES:
        return False
    action = ctypes.c_uint32(_ERRNO)
    return _seccomp(_ACTION_AVAILABLE, 0, action) == 0


def restrict(*, program: bool = False) -> None:
    """Leave this process only the calls a reader needs, or those of a named `program` too.

    A worker may start threads and no process, and send signals to itself alone. Raises OSError
    where the kernel refuses.
    """
    code = b"".join(struct.pack("=HBBI", *step) for step in _filter(program=program))
    buffer = ctypes.create_string_buffer(code, len(code))
    given = _Program(len(code) // 8, ctypes.addressof(buffer))
    no_new_privileges()
    if _seccomp(_SET_FILTER, _FLAGS, given) != 0:
        code_of_error = ctypes.get_errno() or errno.EINVAL
        raise OSError(code_of_error, os.strerror(code_of_error))


def _seccomp(operation: int, flags: int, given: ctypes.Structure | ctypes.c_uint32) -> int:
    number = _SECCOMP[_MACHINES[platform.machine()][1]]
    arguments = (ctypes.c_long(number), ctypes.c_long(operation), ctypes.c_long(flags))
    return int(_libc.syscall(*arguments, ctypes.byref(given)))


#: Code, steps to skip when true, when false, operand.
_Step = tuple[int, int, int, int]
_REFUSED = _ERRNO | errno.EPERM
_NOT_THERE = _ERRNO | errno.ENOSYS


@dataclass(frozen=True, slots=True)
class _Look:
    """Allow a call by one of its arguments (the lower 32 bits; both machines are little-endian)."""

    argument: int
    values: tuple[int, ...]
    #: How to compare; `_ANY_BIT` takes one value.
    test: int = _EQUAL
    #: What happens where the test holds.
    allow: bool = True

    def steps(self) -> Iterator[_Step]:
        holds, fails = (_ALLOW, _REFUSED) if self.allow else (_REFUSED, _ALLOW)
        yield (_LOAD, 0, 0, 16 + 8 * self.argument)
        for value in self.values:
            yield (self.test, 0, 1, value)
            yield (_RETURN, 0, 0, holds)
        yield (_RETURN, 0, 0, fails)


def _filter(*, program: bool) -> Iterator[_Step]:
    """Yield the steps: another machine's calls, calls too new, then each name in turn."""
    architecture, column = _MACHINES[platform.machine()]
    yield (_LOAD, 0, 0, _MACHINE)
    yield (_EQUAL, 1, 0, architecture)
    yield (_RETURN, 0, 0, _KILL)
    yield (_LOAD, 0, 0, _CALL)
    # x32, a second set of numbers on x86-64, is too new by that count as well; -1 is no call.
    yield (_AT_LEAST, 0, 1, _LAST + 1)
    yield (_RETURN, 0, 0, _NOT_THERE)
    looks = _looks(os.getpid(), program=program)
    for name, numbers in _NUMBERS.items():
        number = numbers[column]
        if number is None:
            continue
        if (look := looks.get(name)) is not None:
            steps = list(look.steps())
        elif program and name in _OF_PROGRAMS:
            continue
        elif program and name in _FEIGNED:
            steps = [(_RETURN, 0, 0, _ERRNO)]
        else:
            # glibc asks for clone3 first, whose flags lie in memory, and takes clone without it.
            steps = [(_RETURN, 0, 0, _NOT_THERE if name == "clone3" else _REFUSED)]
        yield (_EQUAL, 0, len(steps), number)
        yield from steps
    yield (_RETURN, 0, 0, _ALLOW)


def _looks(pid: int, *, program: bool) -> dict[str, _Look]:
    terminal = _Look(1, _TYPING, allow=False)
    if program:
        return {
            "ioctl": terminal,
            "socket": _Look(0, (_AF_UNIX,)),
            "socketpair": _Look(0, (_AF_UNIX,)),
            "clone": _Look(0, (_NEW_NAMESPACES,), test=_ANY_BIT, allow=False),
        }
    own = _Look(0, (pid,))
    return {
        "ioctl": terminal,
        "fcntl": _Look(1, _SIGNALLING, allow=False),
        "clone": _Look(0, (_CLONE_THREAD,), test=_ANY_BIT),
        "kill": own,
        "tgkill": own,
        "prlimit64": _Look(0, (0, pid)),
        "sched_setaffinity": _Look(0, (0, pid)),
    }
