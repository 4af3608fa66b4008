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
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.invented_texts import texts
from forthwith.review import ranking, stopping
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


# How often promises are kept

#: Sets whose orders are stopped in simulation: with relevant documents enough to sample.
STOPPED = ("CalciumChannelBlockers", "AtypicalAntipsychotics", "ProtonPumpInhibitors", "NSAIDS")
DRAWS, TRIES, QBCB_RUNS, TARGET = 150, 6, 25, 0.8


def intervals_kept(
    order: list[int], relevant: np.ndarray, chance: random.Random
) -> tuple[int, int]:
    """Return how many 95 % intervals of recall cover the truth, and of how many."""
    kept = 0
    for _ in range(DRAWS):
        read = chance.randrange(len(order) // 10, len(order) * 9 // 10)
        unread = order[read:]
        drawn = chance.sample(unread, chance.randrange(1, len(unread)))
        found, hits = int(relevant[order[:read]].sum()), int(relevant[drawn].sum())
        low, high = stopping.interval(found, len(unread), len(drawn), hits)
        kept += low <= (found + hits) / int(relevant.sum()) <= high
    return kept, DRAWS


def certificates_kept(
    order: list[int], relevant: np.ndarray, chance: random.Random
) -> tuple[int, int, float]:
    """Return how many reviews that certify after several tries keep it, of how many; and the cost.

    Each reads until the budget suggests a stop, then draws; where that certifies nothing, it reads
    a tenth on and draws again.
    """
    kept, read_shares, there, many = 0, 0.0, int(relevant.sum()), len(order)
    first = next(
        (
            at
            for at in range(20, many, 10)
            if stopping.suggested([bool(relevant[place]) for place in order[:at]], many).budget
        ),
        many,
    )
    for _ in range(DRAWS):
        known, held = set(order[:first]), True
        for attempt in range(1, TRIES + 1):
            unread = [place for place in order if place not in known]
            found = int(relevant[list(known)].sum())
            size = stopping.sample_size(found, len(unread), TARGET, attempt, 0)
            drawn = chance.sample(unread, max(size, min(1, len(unread))))
            hits = int(relevant[drawn].sum())
            shown = stopping.certify(found, len(unread), len(drawn), hits, TARGET, attempt)
            known.update(drawn)
            if shown.certified:
                held = (found + hits) / there >= TARGET
                break
            known.update([place for place in order if place not in known][: many // 10])
        kept += held
        read_shares += len(known) / many
    return kept, DRAWS, read_shares / DRAWS


def qbcb_kept(matrix: Any, labelled: Set) -> tuple[int, int, float]:
    """Return how many reviews stopped by a sample drawn beforehand keep it, and the cost.

    The ranking learns nothing of the sample: each run is a review of its own.
    """
    kept, shares, relevant = 0, 0.0, labelled.relevant
    wanted = stopping.qbcb_least(TARGET)
    for run in range(QBCB_RUNS):
        chance = random.Random(f"{labelled.name} {run}")
        everything = list(range(len(relevant)))
        chance.shuffle(everything)
        sample, hits = [], 0
        for place in everything:
            sample.append(place)
            hits += int(relevant[place])
            if hits == wanted:
                break
        j = stopping.qbcb(hits, TARGET) or hits
        order, reached_at = _beforehand(matrix, relevant, sample, f"{run}", j)
        known = {*order[:reached_at], *sample}
        kept += int(relevant[list(order[:reached_at])].sum()) / int(relevant.sum()) >= TARGET
        shares += len(known) / len(relevant)
    return kept, QBCB_RUNS, shares / QBCB_RUNS


def _beforehand(
    matrix: Any, relevant: np.ndarray, sample: list[int], seed: str, j: int
) -> tuple[list[int], int]:
    """Read in ranked order, learning nothing of a sample, until j of its relevant are reached."""
    aside = np.zeros(len(relevant), bool)
    aside[sample] = True
    start = random.Random(seed)
    read = [start.choice(np.flatnonzero(relevant & ~aside).tolist())]
    pool = np.ones(len(relevant), bool)
    pool[read] = False
    reached, turn = 0, 0
    while reached < j:
        done = np.array([place for place in read if not aside[place]])
        left = np.flatnonzero(pool)
        learnable = left[~aside[left]]
        training = Training(
            done[relevant[done]],
            done[~relevant[done]],
            ranking.presumed(learnable, seed, turn),
        )
        if len(training.rows) == len(training.relevant):
            by_score = left
        else:
            by_score = ranking.ordered(ranking.scores(matrix, training, Model.SVM, seed), left)
        # Larger steps than a room takes: it is the promise that is measured.
        for place in by_score[:40].tolist():
            read.append(place)
            pool[place] = False
            reached += int(aside[place] and relevant[place])
            if reached == j:
                break
        turn += 1
    return read, len(read)


# The table


def _cpu(act: Any) -> tuple[Any, float]:
    began = time.process_time()
    made = act()
    return made, time.process_time() - began


def run(corpora: Path | None = None) -> list[dict[str, Any]]:
    """Measure; a row of work saved, two of a large collection, one for each promise."""
    rows = large()
    if corpora is None or not (labelled := list(sets(corpora))):
        return rows
    matrices = {one.name: ranking.features(one.texts).matrix for one in labelled}
    for model in Model:
        saved, spent = [], []
        for one in labelled:
            runs = [
                _cpu(lambda one=one, seed=seed, model=model: run_once(
                    matrices[one.name], one.relevant, str(seed), model))
                for seed in range(1, SEEDS + 1)
            ]  # fmt: skip
            saved.append(statistics.mean(found[0] for found, _ in runs))
            spent += [seconds for _, seconds in runs]
            print(
                f"  {model} {one.name}: {saved[-1]:.1f} (plain {PLAIN[one.name]})", file=sys.stderr
            )
        mean = statistics.mean(saved)
        rows.append({
            "what": f"ranking by {model}, WSS@95 over {len(labelled)} labelled sets",
            "ours": f"{mean:.1f}, {statistics.mean(spent):.2f} CPU s a run",
            "peer": f"plain SVM, published constants: {statistics.mean(PLAIN.values()):.1f}",
            "ratio": mean / statistics.mean(PLAIN.values()),
            "limit": f">= {WSS}, <= {RUN} CPU s" if model is Model.SVM else "",
            "met": (mean >= WSS and statistics.mean(spent) <= RUN) if model is Model.SVM else None,
        })  # fmt: skip
    return rows + promises([one for one in labelled if one.name in STOPPED], matrices)


def promises(labelled: list[Set], matrices: dict[str, Any]) -> list[dict[str, Any]]:
    """Measure how often each promise is kept."""
    counted = {"interval": [0, 0], "certificate": [0, 0], "qbcb": [0, 0]}
    costs: dict[str, list[float]] = {"certificate": [], "qbcb": []}
    for one in labelled:
        chance = random.Random(one.name)
        _, order = run_once(matrices[one.name], one.relevant, "promise", Model.SVM, 1.0)
        order += sorted(set(range(len(one.relevant))) - set(order))
        found = {
            "interval": (*intervals_kept(order, one.relevant, chance), None),
            "certificate": certificates_kept(order, one.relevant, chance),
            "qbcb": qbcb_kept(matrices[one.name], one),
        }
        for name, (kept, of, cost) in found.items():
            counted[name][0] += kept
            counted[name][1] += of
            if cost is not None:
                costs[name].append(cost)
            print(f"  {one.name} {name}: {kept} of {of} kept, read {cost}", file=sys.stderr)
    rows = []
    for name, (kept, of) in counted.items():
        read = f", {statistics.mean(costs[name]):.0%} read" if name in costs else ""
        # A promise of .95 may be kept a little less often by chance: two standard errors.
        least = 0.95 - 2 * math.sqrt(0.95 * 0.05 / of)
        rows.append({
            "what": f"stop by {name}, simulated on {len(labelled)} sets",
            "ours": f"{kept / of:.3f} of {of:,} kept{read}",
            "peer": "promised: .95",
            "ratio": kept / of / 0.95,
            "limit": f">= {least:.3f}",
            "met": kept / of >= least,
        })  # fmt: skip
    return rows


def large(documents: int = LARGE, words: int = 60) -> list[dict[str, Any]]:
    """Measure a round and the next batch over a large collection of invented texts."""
    made, laying_out = _cpu(lambda: ranking.features(texts(documents, words)))
    print(f"  {documents:,} texts to rows: {laying_out:.1f} CPU s", file=sys.stderr)
    chance = np.random.default_rng(7)
    coded = chance.choice(documents, 3000, replace=False)
    left = np.setdiff1d(np.arange(documents), coded)
    training = Training(coded[:300], coded[300:], ranking.presumed(left, "large", 1))
    found, round_ = _cpu(lambda: ranking.scores(made.matrix, training, Model.SVM, "large"))
    top = np.arange(documents) // 3 * 3
    takeable = np.ones(documents, bool)

    def batch() -> list[int]:
        by_score = ranking.ordered(found, left)
        size = ranking.batch_size(200, documents)
        return ranking.whole_families(top, by_score[:size].tolist(), takeable)

    _, next_ = _cpu(batch)
    return [
        {
            "what": f"ranking {documents:,} documents anew, 3,000 coded",
            "ours": f"{round_:.2f} CPU s", "peer": "", "ratio": None,
            "limit": f"<= {ROUND} CPU s", "met": round_ <= ROUND,
        },
        {
            "what": f"next batch of {documents:,}, families whole",
            "ours": f"{next_:.2f} CPU s", "peer": "", "ratio": None,
            "limit": f"<= {NEXT} CPU s", "met": next_ <= NEXT,
        },
    ]  # fmt: skip


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for row in run(given):
        print(row["what"], "|", row["ours"], "|", row["peer"], "|", row["limit"], "|", row["met"])
