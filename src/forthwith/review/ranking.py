"""Ranking: in which order unread documents are read, learnt from what people coded.

Texts become tf-idf rows of words and pairs of words; a linear support vector machine (or naive
Bayes) orders what is unread. Scores only order: none is kept, shown or told to
anybody. The loop is that of continuous active learning (Cormack and Grossman, SIGIR 2014 and
"AutoTAR", 2015): after each batch the model is trained anew on all that was coded, with some unread
documents drawn at random and presumed not relevant. Constants are those of ASReview's simulations
(Ferdinands et al., Systematic Reviews 12, 2023; ELAS u4 and u3), but for the loss: hinge saves
more reading than squared hinge on labelled sets it was not chosen on (`benchmarks.room_ranking`).

The same texts, codings and seed give the same order, in any process on any number of cores:
nothing here runs on more than one, and nothing rests on the order of a set.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forthwith.domain.errors import ForthwithError
from forthwith.record.room_store import Flags
from forthwith.review.search.tokens import tokens

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

#: Part of the key of kept rows: a changed rule makes them anew.
VERSION = "1"
#: Words in more of the documents than this say nothing.
MAX_SHARE = 0.95
#: Characters of a text that are looked at: enough to order by.
LONGEST = 200_000
#: Cost of an error; weight of all relevant documents against all others.
COST, WEIGHT = 0.11, 9.8
#: Smoothing of naive Bayes; weight of all relevant documents against all others.
ALPHA, BAYES_WEIGHT = 3.822, 1.2
#: Unread documents presumed not relevant in each round.
PRESUMED = 100
#: Most documents of a batch, and of one of a large collection.
BATCH, LARGE_BATCH, LARGE = 20, 400, 20_000

Places = NDArray[np.intp]
Scores = NDArray[np.float64]


class RankingError(ForthwithError):
    """Documents cannot be ranked."""


class Model(StrEnum):
    """What orders the documents."""

    SVM = "svm"
    BAYES = "bayes"


def _needs_room() -> RankingError:
    return RankingError('Ranking needs more than is installed: pip install "forthwith[room]"')


# Texts to rows


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Rows of documents by place, and what turns another text into such a row."""

    matrix: csr_matrix
    #: Word -> its number, which pairs are made of.
    words: Mapping[str, int]
    #: Key of each column, ascending: number of a word, or both numbers of a pair.
    keys: NDArray[np.int64]
    #: Inverse document frequency of each column.
    rarity: NDArray[np.float32]

    def with_text(self, text: str) -> csr_matrix:
        """Return the rows with one more, of a text somebody typed."""
        sparse = _sparse()
        numbers = [number for word in _words(text) if (number := self.words.get(word)) is not None]
        found, counts = _grams(np.array(numbers, np.int64))
        at = np.searchsorted(self.keys, found)
        known = at < len(self.keys)
        known[known] = self.keys[at[known]] == found[known]
        columns, counts = at[known], counts[known]
        row = sparse.csr_matrix(
            (_weighed(counts, self.rarity[columns]), columns.astype(np.int32),
             np.array([0, len(columns)], np.int32)),
            shape=(1, len(self.keys)),
        )  # fmt: skip
        return sparse.vstack([self.matrix, row], format="csr")

    def save(self, path: Path) -> None:
        """Write the rows to a file. Raises OSError."""
        words = "\n".join(self.words).encode("utf-8", "surrogatepass")
        with path.open("xb") as file:
            np.savez(
                file,
                data=self.matrix.data, indices=self.matrix.indices, indptr=self.matrix.indptr,
                keys=self.keys, rarity=self.rarity,
                words=np.frombuffer(words, np.uint8),
            )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> Features:
        """Read rows that were saved. Raises OSError, ValueError, KeyError."""
        sparse = _sparse()
        with np.load(path, allow_pickle=False) as kept:
            words = kept["words"].tobytes().decode("utf-8", "surrogatepass").split("\n")
            matrix = sparse.csr_matrix(
                (kept["data"], kept["indices"], kept["indptr"]),
                shape=(len(kept["indptr"]) - 1, len(kept["keys"])),
            )
            numbered = {word: number for number, word in enumerate(words)}
            return cls(matrix, numbered, kept["keys"], kept["rarity"])


def _sparse() -> Any:
    # Of the extra `room`, and slow to start: only ranking needs it.
    try:
        from scipy import sparse
    except ModuleNotFoundError as lacking:
        raise _needs_room() from lacking
    return sparse


def features(texts: Iterable[str]) -> Features:
    """Return tf-idf rows of texts, in their order. Raises RankingError."""
    sparse = _sparse()
    words: dict[str, int] = {}
    rows: list[NDArray[np.int64]] = []
    counts: list[NDArray[np.int32]] = []
    for text in texts:
        numbers = [words.setdefault(word, len(words)) for word in _words(text)]
        found, times = _grams(np.array(numbers, np.int64))
        rows.append(found)
        counts.append(times.astype(np.int32))
    many = len(rows)
    ends = np.cumsum([0, *map(len, rows)])
    keys, columns, seen = np.unique(
        np.concatenate([np.empty(0, np.int64), *rows]), return_inverse=True, return_counts=True
    )
    del rows
    times = np.concatenate([np.empty(0, np.int32), *counts])
    # What stands in one document alone tells nothing of another; what stands in all, neither.
    kept = (seen <= max(MAX_SHARE * many, 1)) & (seen > (1 if many > 1 else 0))
    new = np.cumsum(kept) - 1
    rarity = (np.log((1 + many) / (1 + seen[kept])) + 1).astype(np.float32)
    stays = kept[columns]
    owner = np.repeat(np.arange(many), np.diff(ends))[stays]
    indices = new[columns[stays]].astype(np.int32)
    indptr = np.searchsorted(owner, np.arange(many + 1)).astype(np.int64)
    matrix = sparse.csr_matrix(
        (_sublinear(times[stays], rarity[indices]), indices, indptr), shape=(many, len(rarity))
    )
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(indptr)).astype(np.float32)
    return Features(matrix, words, keys[kept], rarity)


def _words(text: str) -> list[str]:
    """Return the words of a text, single Latin letters left out."""
    return [word for word in tokens(text[:LONGEST]) if len(word) > 1 or not word.isascii()]


def _grams(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the keys of words and pairs, ascending, with how often each stands there."""
    pairs = ((numbers[:-1] + 1) << 32) | numbers[1:]
    found, times = np.unique(np.concatenate([numbers, pairs]), return_counts=True)
    return found, times


def _sublinear(times: NDArray[Any], rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((1 + np.log(times)) * rarity, np.float32)


def _weighed(times: NDArray[Any], rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a row of length 1."""
    row = _sublinear(times, rarity)
    length = float(np.sqrt((row.astype(np.float64) ** 2).sum()))
    return (row / length).astype(np.float32) if length else row


# Rows to an order


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What a round learns from, as rows."""

    relevant: Places
    other: Places
    #: Presumed not relevant.
    presumed: Places

    @property
    def rows(self) -> Places:
        """All rows: relevant, other, presumed."""
        return np.concatenate([self.relevant, self.other, self.presumed])


def scores(matrix: csr_matrix, training: Training, model: Model, seed: str) -> Scores:
    """Return a score for each row: the higher, the sooner it is read. Raises RankingError."""
    if not len(training.relevant) or len(training.rows) == len(training.relevant):
        raise RankingError("Nothing can be learnt without a relevant document and another one.")
    return _machine(matrix, training, seed) if model is Model.SVM else _bayes(matrix, training)


def _machine(matrix: csr_matrix, training: Training, seed: str) -> Scores:
    """Return distances from the plane of a linear support vector machine."""
    try:
        from sklearn import config_context
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.svm import LinearSVC
    except ModuleNotFoundError as lacking:
        raise _needs_room() from lacking
    relevant, rows = len(training.relevant), training.rows
    others = len(rows) - relevant
    # Together the relevant weigh WEIGHT times what the others weigh together.
    share = WEIGHT / (1 + WEIGHT)
    weights = np.concatenate(
        [
            np.full(relevant, len(rows) * share / relevant),
            np.full(others, len(rows) * (1 - share) / others),
        ]
    )
    wanted = np.concatenate([np.ones(relevant, np.int8), np.zeros(others, np.int8)])
    machine = LinearSVC(
        C=COST, loss="hinge", dual=True, random_state=number_of(seed, "svm") % 2**31
    )
    with warnings.catch_warnings(), config_context(assume_finite=True):
        # A plane that could still move by a hair orders as well.
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(matrix[rows], wanted, sample_weight=weights)
    plane: Scores = machine.coef_.ravel()
    return np.asarray(matrix @ plane, np.float64)


def _bayes(matrix: csr_matrix, training: Training) -> Scores:
    """Return how many times likelier a row is relevant than not, as a logarithm.

    Multinomial, with the relevant weighed BAYES_WEIGHT times what the others weigh together: else
    the smoothing would drown the fewer.
    """
    others = np.concatenate([training.other, training.presumed])
    many, share = len(training.rows), BAYES_WEIGHT / (1 + BAYES_WEIGHT)

    def logarithms(rows: Places, weight: float) -> Scores:
        sums = np.asarray(matrix[rows].sum(axis=0), np.float64).ravel()
        sums = sums * (many * weight / len(rows)) + ALPHA
        return np.asarray(np.log(sums) - np.log(sums.sum()), np.float64)

    plane = logarithms(training.relevant, share) - logarithms(others, 1 - share)
    return np.asarray(matrix @ plane, np.float64)


def ordered(found: Scores, among: Places) -> Places:
    """Return rows by score, the highest first; of equal ones the first in place first."""
    # Scores that differ only in what the order of adding up leaves are equal.
    rounded = np.round(found[among], 9)
    return among[np.lexsort((among, -rounded))]


def presumed(unread: Places, seed: str, turn: int, many: int = PRESUMED) -> Places:
    """Draw unread documents that a round presumes not relevant, in order of place."""
    if len(unread) <= many:
        return np.sort(unread)
    drawing = np.random.Generator(np.random.PCG64(number_of(seed, f"presumed {turn}")))
    return np.sort(unread[drawing.choice(len(unread), many, replace=False, shuffle=False)])


def number_of(seed: str, what: str) -> int:
    """Return a number that a seed gives for a purpose."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{what}".encode()).digest()[:8], "big")


def batch_size(turn: int, collection: int) -> int:
    """Return how many documents batch number `turn` (from 0) has: one more tenth each time."""
    most = LARGE_BATCH if collection > LARGE else BATCH
    size = 1
    for _ in range(min(turn, 200)):
        size += max(1, size // 10)
        if size >= most:
            return most
    return size


def whole_families(top: NDArray[Any], order: Sequence[int], takeable: Flags) -> list[int]:
    """Return places with their families, the family of the highest first, each family in order.

    `takeable` says which members go along.
    """
    by_top: dict[int, list[int]] = {}
    wanted = {int(top[place]) for place in order}
    for place in np.flatnonzero(np.isin(top, list(wanted)) & takeable).tolist():
        by_top.setdefault(int(top[place]), []).append(place)
    return [
        place
        for head in dict.fromkeys(int(top[place]) for place in order)
        for place in by_top.get(head, ())
    ]
