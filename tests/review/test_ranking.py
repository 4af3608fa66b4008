"""Ranking: what is likest comes first, and the same seed gives the same order everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from forthwith.review import ranking
from forthwith.review.ranking import Features, Model, RankingError, Training

KEYS = ("cold wallet key share quorum", "the quorum signs with key shares", "hardware wallet seed")
LUNCH = ("lunch at noon in town", "holiday plans for the summer", "parking permits of the garage")
TEXTS = [
    f"{(KEYS if place % 4 == 0 else LUNCH)[place % 3]} memo {place % 7} number {place % 5} office"
    for place in range(80)
]
RELEVANT = np.arange(80) % 4 == 0

#: Prints the order of each model, from a fresh interpreter.
_ELSEWHERE = """
import numpy as np
from forthwith.review import ranking
from tests.review.test_ranking import TEXTS, order
for model in ranking.Model:
    print(model, *order(ranking.features(TEXTS), model).tolist())
"""


def order(rows: Features, model: Model, seed: str = "seed") -> np.ndarray:
    """Return all but four coded documents in the order they are read."""
    left = np.arange(8, 80)
    drawn = ranking.presumed(left, seed, 1, 20)
    training = Training(np.array([0, 4]), np.array([1, 2]), drawn)
    return ranking.ordered(ranking.scores(rows.matrix, training, model, seed), left)


@pytest.mark.parametrize("model", list(Model))
def test_what_is_like_the_relevant_is_read_first(model: Model) -> None:
    """Eighteen are left, and they are the first eighteen."""
    first = order(ranking.features(TEXTS), model)[:18]

    assert RELEVANT[first].all()


def test_the_order_is_the_same_in_every_process_and_on_any_number_of_cores() -> None:
    """Neither the seed of hashes nor threads turn it."""
    said = {
        subprocess.run(
            [sys.executable, "-c", _ELSEWHERE],
            check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads,
                 "OPENBLAS_NUM_THREADS": threads},
        ).stdout
        for seed, threads in (("1", "1"), ("77", "4"))
    }  # fmt: skip
    here = "".join(
        f"{model} {' '.join(map(str, order(ranking.features(TEXTS), model).tolist()))}\n"
        for model in Model
    )

    assert said == {here}


def test_rows_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    """The file in the derived folder changes no order."""
    made = ranking.features([*TEXTS, "密钥 份额 \ud800", ""])
    made.save(tmp_path / "rows.npz")
    read = Features.load(tmp_path / "rows.npz")

    assert (read.matrix != made.matrix).nnz == 0
    assert list(read.words) == list(made.words)
    assert (read.with_text("wallet key").toarray() == made.with_text("wallet key").toarray()).all()


def test_a_typed_text_is_a_row_like_the_documents_own() -> None:
    """The text of a document, typed, is that document."""
    rows = ranking.features(TEXTS)
    again = rows.with_text(TEXTS[5]).toarray()

    assert np.allclose(again[-1], again[5], atol=1e-6)
    assert rows.with_text("nowhere xyzzy").toarray()[-1].sum() == 0


def test_odd_collections_have_rows() -> None:
    """None, one, empty, all alike."""
    for texts in ([], [""], ["one"], ["", "", ""], ["same text"] * 50):
        rows = ranking.features(texts)
        assert rows.matrix.shape[0] == len(texts)
        assert np.isfinite(rows.matrix.data).all()


def test_documents_all_alike_are_read_in_order_of_place() -> None:
    """Equal scores leave no doubt."""
    rows = ranking.features(["same text"] * 30 + ["other words"] * 30)
    found = ranking.scores(
        rows.matrix, Training(np.array([0]), np.array([59]), np.arange(40, 50)), Model.SVM, "s"
    )

    assert ranking.ordered(found, np.arange(1, 30)).tolist() == list(range(1, 30))


def test_nothing_is_learnt_of_one_side_alone() -> None:
    """A sentence, no traceback."""
    rows, none = ranking.features(TEXTS), np.empty(0, np.intp)
    for training in (
        Training(np.array([0]), none, none),
        Training(none, np.array([0]), none),
        Training(none, none, none),
    ):
        with pytest.raises(RankingError, match="Nothing can be learnt"):
            ranking.scores(rows.matrix, training, Model.SVM, "s")


def test_batches_grow_by_a_tenth_up_to_their_most() -> None:
    """One, two … nine, ten, eleven; twenty, or four hundred of many."""
    sizes = [ranking.batch_size(turn, 2000) for turn in range(60)]

    assert sizes[:12] == [*range(1, 13)]
    assert sizes[-1] == 20
    assert sizes == sorted(sizes)
    assert ranking.batch_size(500, 30_000) == 400
    assert ranking.batch_size(10**9, 5) == 20


def test_families_are_pulled_whole_in_the_order_of_their_first() -> None:
    """What may not go along stays."""
    top = np.array([0, 0, 2, 2, 2, 5])
    takeable = np.array([True, True, True, False, True, True])

    assert ranking.whole_families(top, [4, 1], takeable) == [2, 4, 0, 1]
