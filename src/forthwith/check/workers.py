"""Open delivered files in processes of their own: one that crashes or hangs costs that one file.

The processes are those of every other work of the house (`workers.supervisor`), with one file in
flight each. Results come in the order they are ready.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from forthwith.domain.evidence import FaultReason, Limits
from forthwith.workers import sandbox
from forthwith.workers.sandbox import Rules
from forthwith.workers.supervisor import Beat, Died, Supervisor, make_ready

Key = TypeVar("Key")
Job = TypeVar("Job")
Value = TypeVar("Value")
_LIMITS = Limits()
#: What a worker has imported when it starts.
PRELOAD = ("forthwith.check.run", "forthwith.formats.preload")
_CRASHED = "the reader crashed on it"


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of a job; nothing where it stopped its reader with an error."""

    value: Any = None
    crashed: bool = False


class Pool:
    """Workers of one check, kept from one kind of job to the next. Use as a context manager."""

    def __init__(
        self, folders: Sequence[Path], workers: int = 1, seconds: float = _LIMITS.seconds
    ) -> None:
        """Take what they may read, how many there may be, at least one, and what one file takes."""
        self._words = {
            FaultReason.TOO_SLOW: f"it took more than {seconds:.0f} seconds",
            FaultReason.OUT_OF_MEMORY: f"it took more than {_LIMITS.memory:,} bytes of memory",
        }
        self._supervisor = Supervisor[tuple[Any, Any], _Result](
            workers=workers,
            seconds=seconds,
            memory=_LIMITS.memory,
            preload=PRELOAD,
            grace=0.0,
            rules=Rules(tuple(folders), (), _LIMITS.expanded_bytes),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._supervisor.__exit__(kind, error, trace)

    def over(
        self,
        work: Callable[[Job], Value],
        jobs: Sequence[tuple[Key, Job]],
        failed: Callable[[str], Value],
    ) -> Iterator[tuple[Key, Value]]:
        """Yield (key, result) of `work` for each job.

        `failed(why)` stands for a result that never came: the process died, or took too long.
        `work`, keys, jobs and results must be picklable.
        """
        for outcome in self._supervisor.run(jobs, start=functools.partial(_start, work)):
            key = outcome.unit[0]
            if isinstance(outcome, Died):
                yield key, failed(self._words.get(outcome.fault.reason, _CRASHED))
            elif outcome.result.crashed:
                yield key, failed(_CRASHED)
            else:
                yield key, outcome.result.value


def _start(work: Callable[[Any], Any]) -> Callable[[tuple[Any, Any], Beat], _Result]:
    """Return the work of one worker."""

    def attempt(pair: tuple[Any, Any], _beat: Beat) -> _Result:
        try:
            return _Result(work(pair[1]))
        except (ImportError, MemoryError):
            # A program that is not whole is no fault of a file; memory is a new worker's to have.
            raise
        except Exception as error:  # noqa: BLE001 - the rim: a file may break its reader in any way
            sandbox.refused(error)
            return _Result(crashed=True)

    return attempt


def ready() -> None:
    """Have processes import what they need while the load files are still read."""
    make_ready(PRELOAD)
