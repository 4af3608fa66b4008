"""Texts for measurements: invented words, as frequent as words are (Zipf), the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np

VOCABULARY = 80_000


def vocabulary() -> list[str]:
    """Return invented words, the commonest first."""
    chance = random.Random(11)
    made: dict[str, None] = {}
    while len(made) < VOCABULARY:
        size = chance.choice((2, 3, 3, 4))
        made[
            "".join(chance.choice("bdfgklmnprstv") + chance.choice("aeiou") for _ in range(size))
        ] = None
    return list(made)


def texts(documents: int, words: int) -> Iterator[str]:
    """Yield texts of `words` words in the mean, the same ones each time."""
    names = np.array(vocabulary(), dtype=object)
    share = 1 / (np.arange(VOCABULARY) + 2.7)
    bounds = np.cumsum(share / share.sum())
    chance = np.random.default_rng(5)
    for at in range(0, documents, 1000):
        sizes = chance.integers(words // 5, words * 9 // 5, min(1000, documents - at))
        drawn = names[
            np.searchsorted(bounds, chance.random(int(sizes.sum()))).clip(0, VOCABULARY - 1)
        ]
        for part in np.split(drawn, np.cumsum(sizes)[:-1]):
            yield " ".join(part)
