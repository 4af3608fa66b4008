"""Ranked review: work saved, CPU of a round, and how often each promise of a stop was kept.

WSS@95 is the share of a collection nobody need read to find 95 % of what is relevant, less the 5 %
that a reader at random would save (Cohen et al., JAMIA 2006), times 100; each run starts from one
relevant document and one other. Coverage is simulated on invented orders of reading, sampled as the
room samples. Run: python -m benchmarks.room_ranking [CORPORA]
"""

from __future__ import annotations

import csv
import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forthwith.review import ranking
from forthwith.review.ranking import Model, Training

SEEDS = 5
#: Sets of labelled titles and abstracts, where they lie in the corpora.
FOLDER = "review/labelled/datasets"
#: WSS@95 that a plain support vector machine reaches.
PLAIN = {
    "ADHD": 72.6,
    "Kitchenham_2010": 73.1,
    "NSAIDS": 71.6,
    "Triptans": 56.7,
    "CalciumChannelBlockers": 53.1,
    "UrinaryIncontinence": 43.1,
    "ProtonPumpInhibitors": 42.6,
    "Estrogens": 32.8,
    "AtypicalAntipsychotics": 28.3,
    "OralHypoglycemics": 11.7,
    "Antihistamines": -1.5,
}
#: Bars: mean of the sets; CPU seconds of a run, of a round over a large collection, of its batch.
WSS, RUN, ROUND, NEXT = 43.5, 0.5, 3.0, 0.2
LARGE = 100_000


@dataclass(frozen=True, slots=True)
class Set:
    """One labelled collection."""

    name: str
    texts: tuple[str, ...]
    relevant: np.ndarray


def sets(corpora: Path) -> Iterator[Set]:
    """Yield the labelled collections that are there, by name."""
    csv.field_size_limit(sys.maxsize)
    for path in sorted((corpora / FOLDER).rglob("*.csv")):
        if path.stem not in PLAIN:
            continue
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = list(csv.DictReader(file))
        yield Set(
            path.stem,
            tuple(f"{row['title']} {row['abstract']}" for row in rows),
            np.array([row["label_included"] == "1" for row in rows]),
        )


def run_once(
    matrix: Any, relevant: np.ndarray, seed: str, model: Model, target: float = 0.95
) -> tuple[float, list[int]]:
    """Read a collection in ranked order up to a share found; return WSS there, and the order."""
    many, wanted = len(relevant), math.ceil(target * int(relevant.sum()))
    start = random.Random(seed)
    read = [
        start.choice(np.flatnonzero(relevant).tolist()),
        start.choice(np.flatnonzero(~relevant).tolist()),
    ]
    found, turn, unread = 1, 0, np.ones(many, bool)
    unread[read] = False
    while found < wanted:
        done, left = np.array(read), np.flatnonzero(unread)
        training = Training(
            done[relevant[done]], done[~relevant[done]], ranking.presumed(left, seed, turn)
        )
        by_score = ranking.ordered(ranking.scores(matrix, training, model, seed), left)
        for place in by_score[: ranking.batch_size(turn, many)].tolist():
            read.append(place)
            unread[place] = False
            found += int(relevant[place])
            if found >= wanted:
                break
        turn += 1
    return 100 * ((many - len(read)) / many - (1 - target)), read
