"""What this machine has, or the part of it that a container was given: processors and memory."""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

from forthwith.domain.errors import ForthwithError

_GB = 10**9
#: Left to the process that supervises, and what one worker takes of the rest.
_SUPERVISOR, _WORKER = 2 * _GB, _GB
#: Left to everything else on the machine, and what is never refused: the libraries of tables set
#: memory apart by the gigabyte and use a tenth of it.
_RESERVE, _LEAST = _GB, 4 * _GB
#: How DuckDB calls it; by name, for whoever has no database to read must not load one.
_OF_DUCKDB = "OutOfMemoryException"


class OwnMemoryError(ForthwithError):
    """A command needs more memory than it may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The command had to stop: it needs more memory than the {_shown(limit)} it may have. "
            "What was finished before is kept. Run it on a machine with more memory; or, where "
            'this one has more, write memory = "64 GB" (what it has) under [process] in '
            "matter.toml."
        )


def memory() -> int:
    """Return the bytes of memory there are for all processes of this container or machine."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *_of_groups(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))])


def _of_groups(mine: Path, root: Path) -> Iterator[int]:
    """Yield every limit of memory this process's control groups have (cgroups(7))."""
    with contextlib.suppress(OSError):
        for line in mine.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                yield from _limits(root, path, "memory.max")
            elif "memory" in controllers.split(","):
                yield from _limits(root / "memory", path, "memory.limit_in_bytes")


def _limits(root: Path, path: str, name: str) -> Iterator[int]:
    """Yield the limits from a group up to the root; "max" is none."""
    folder = root / path.strip("/")
    for group in (folder, *folder.parents):
        if not group.is_relative_to(root):
            return
        with contextlib.suppress(OSError, ValueError):
            yield int((group / name).read_text())


def default_workers() -> int:
    """Return how many workers this machine carries: one a core, and a gigabyte for each."""
    cores = len(os.sched_getaffinity(0))
    return max(1, min(cores, (memory() - _SUPERVISOR) // _WORKER))


def too_much(workers: int, each: int) -> str:
    """Say in one sentence that workers may take more memory than there is; "" where not."""
    there = memory()
    if workers * each <= there:
        return ""
    return (
        f"{workers} workers may take {_shown(each)} of memory each (limits.memory), more than the "
        f"{_shown(there)} of this machine; where it runs out, a reader is ended and its file read "
        "again alone. Fewer --workers are safer."
    )


@contextlib.contextmanager
def within(limit: int) -> Iterator[None]:
    """Keep this process to `limit` bytes of data; 0: to what the machine has, less a reserve.

    A run that needs more ends in one sentence, before the machine is without memory. Workers have
    limits of their own. Raises OwnMemoryError.
    """
    limit = limit or max(memory() - _RESERVE, _LEAST)
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    bounds = [bound for bound in (limit, soft, hard) if bound != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), hard))
    try:
        yield
    except MemoryError as short:
        raise OwnMemoryError(limit) from short
    except Exception as failure:
        if type(failure).__name__ == _OF_DUCKDB:
            raise OwnMemoryError(limit) from failure
        raise
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _shown(size: int) -> str:
    return f"{size / _GB:.1f} GB"
