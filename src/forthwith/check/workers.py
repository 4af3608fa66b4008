"""Open natives and images, here or in worker processes; a worker that dies costs one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
#: Files handed to a worker at a time.
_CHUNK = 32


def over(
    work: Callable[[str], Value],
    paths: Sequence[tuple[Key, str]],
    workers: int,
    crashed: Callable[[], Value],
) -> Iterator[tuple[Key, Value]]:
    """Yield (key, result) of `work` for each path; `crashed` stands for a result that never came.

    With one worker everything runs in this process. `work` must be picklable.
    """
    if workers <= 1 or len(paths) <= _CHUNK:
        yield from ((key, work(path)) for key, path in paths)
        return
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    broken: list[Sequence[tuple[Key, str]]] = []
    with ProcessPoolExecutor(workers) as pool:
        futures = [_submit(pool, work, [path for _, path in chunk]) for chunk in chunks]
        for chunk, future in zip(chunks, futures, strict=True):
            try:
                results = future.result() if future is not None else None
            except BrokenProcessPool:
                results = None
            if results is None:
                broken.append(chunk)
            else:
                yield from zip((key for key, _ in chunk), results, strict=True)
    # Whoever was in the pool when it broke is tried again alone, so that only the culprit fails.
    for key, path in (each for chunk in broken for each in chunk):
        with ProcessPoolExecutor(1) as pool:
            try:
                yield key, pool.submit(work, path).result()
            except BrokenProcessPool:
                yield key, crashed()


def _submit(
    pool: ProcessPoolExecutor, work: Callable[[str], Value], paths: list[str]
) -> Future[list[Value]] | None:
    try:
        return pool.submit(_each, work, paths)
    except BrokenProcessPool:
        return None


def _each(work: Callable[[str], Value], paths: list[str]) -> list[Value]:
    return [work(path) for path in paths]
