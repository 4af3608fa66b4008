"""No bytes make a reader raise, run on, reach out or say two things.

`pytest -m fuzz` reads 200,000 spoiled inputs (an hour on one core), and more with FUZZ_INPUTS. A
breach is printed with its bytes: mend the kind, and build its like in the tests of that reader.
"""

from __future__ import annotations

import os

import pytest

from tests.fuzz import harness
from tests.fuzz.seeds import seeds, seeds_beside
from tests.fuzz.targets import run as read

_WHOLE = int(os.environ.get("FUZZ_INPUTS", "200000"))
_FIRST = int(os.environ.get("FUZZ_FIRST", "1000000"))
_SAMPLE = 2_000


def _told(result: harness.Result) -> str:
    return "\n".join(str(case) for case in harness.kinds(result.broken))


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: f"{seed[0]}: {seed[1]}")
def test_every_seed_is_sound_enough_to_be_read(seed: tuple[str, str, bytes]) -> None:
    """Spoiling what is refused at its first byte would try nothing."""
    assert read(*seed) == read(*seed)


def test_a_sample_of_spoiled_inputs_keeps_every_promise() -> None:
    """One in a hundred of the whole run, the same ones each time."""
    result = harness.run(seeds(), range(_SAMPLE), seconds=120)

    assert not result.broken, _told(result)


@pytest.mark.slow
@pytest.mark.fuzz
def test_spoiled_inputs_keep_every_promise() -> None:
    """Corpora beside the project are spoiled too. Deaths cost one item each and are printed."""
    every = (*seeds(), *seeds_beside())

    result = harness.run(every, range(_FIRST, _FIRST + _WHOLE))

    print(f"{result.inputs:,} inputs; processes that ended or hung: {dict(result.deaths)}")
    assert not result.broken, _told(result)
