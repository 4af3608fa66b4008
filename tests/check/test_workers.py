"""A file that kills its reader costs itself only."""

from __future__ import annotations

import os
import time
from pathlib import Path

from forthwith.check import workers


def size_or_death(path: str) -> int:
    """Behave like a reader over a hostile file."""
    words = Path(path).read_text()
    if words == "die":
        os._exit(1)
    if words == "hang":
        time.sleep(60)
    return len(words)


def paths(place: Path, *words: str) -> list[tuple[int, str]]:
    found = []
    for number, word in enumerate(words):
        (place / str(number)).write_text(word)
        found.append((number, str(place / str(number))))
    return found


def test_each_file_is_answered_once_by_any_number_of_workers(tmp_path: Path) -> None:
    given = paths(tmp_path, *["x" * count for count in range(20)])

    for count in (0, 1, 3, 50):
        with workers.Pool([tmp_path], count) as pool:
            got = dict(pool.over(size_or_death, given, lambda _: -1))
        assert got == {number: number for number in range(20)}


def test_one_that_dies_and_one_that_hangs_cost_themselves(tmp_path: Path) -> None:
    given = paths(tmp_path, "a", "die", "bb", "hang", "ccc", "die")

    with workers.Pool([tmp_path], 2, seconds=1.0) as pool:
        got = dict(pool.over(size_or_death, given, lambda why: -len(why)))

    assert {key: value for key, value in got.items() if value > 0} == {0: 1, 2: 2, 4: 3}
    assert {key for key, value in got.items() if value < 0} == {1, 3, 5}


def test_nothing_to_do_is_done(tmp_path: Path) -> None:
    with workers.Pool([tmp_path], 4) as pool:
        assert list(pool.over(size_or_death, [], lambda _: 0)) == []


def test_one_who_stops_listening_leaves_no_process(tmp_path: Path) -> None:
    given = paths(tmp_path, "a", "b", "c")
    with workers.Pool([tmp_path], 2) as pool:
        answers = pool.over(size_or_death, given, lambda _: 0)
        next(answers)
        answers.close()  # type: ignore[attr-defined]

        again = pool.over(size_or_death, given, lambda _: -1)
        assert dict(again) == {0: 1, 1: 1, 2: 1}, "what was under way is not mistaken for this"
