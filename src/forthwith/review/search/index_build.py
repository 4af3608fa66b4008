"""The index of a matter's words, written: for each field its tokens in order and where each stands.

One folder under `derived/search/`, named by what it was made of; it may be deleted. Tokens pass
through a file, so that memory holds the vocabulary and one slice of positions, not the texts.
"""

from __future__ import annotations

import itertools
import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forthwith.review.search import tokens as analyser
from forthwith.review.search.query import FARTHEST, WORD_FIELDS

#: The text, and each field of words.
ZONES = ("text", *WORD_FIELDS)
#: Positions left free after each document.
GAP = FARTHEST + 1
_SLICE = 4_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One document as indexed."""

    control_number: str
    #: Control number of the top of its family.
    family: str
    custodian: str
    #: ISO day, "" when it has none.
    day: str
    #: Kind, extension, media type: what `type:` is compared with, lower case.
    types: tuple[str, ...]
    text: str
    #: Field of words -> its values; a phrase does not cross from one value into the next.
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def build(rows: Iterable[Row], folder: Path) -> None:
    """Write an index of `rows` into an empty folder."""
    zones = {name: _Zone(folder / name) for name in ZONES}
    held: dict[str, list[str]] = {name: [] for name in ("control", "family", "custodian", "day")}
    types: list[str] = []
    for row in rows:
        held["control"].append(row.control_number)
        held["family"].append(row.family)
        held["custodian"].append(row.custodian)
        held["day"].append(row.day)
        types.append("\n".join(row.types))
        zones["text"].add((row.text,))
        for name in WORD_FIELDS:
            zones[name].add(row.values.get(name, ()))
    table = pa.table({**held, "types": types}) if types else _EMPTY
    pq.write_table(table, folder / "documents.parquet", compression="zstd")
    for zone in zones.values():
        zone.finish()
    (folder / "index.json").write_text(json.dumps({"documents": len(types)}), encoding="utf-8")


_EMPTY = pa.table(
    {name: pa.array([], pa.string()) for name in ("control", "family", "custodian", "day", "types")}
)


class _Zone:
    """One field: tokens as numbers to a file, then sorted by token."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._numbers: dict[str, int] = defaultdict(itertools.count(1).__next__)
        self._lengths = array("q")
        self._file: IO[bytes] = (folder / "tokens.bin").open("wb")

    def add(self, values: tuple[str, ...]) -> None:
        """Take the next document's values."""
        written = array("I")
        for value in values:
            if written:
                # No token has this number: two values are not one phrase.
                written.append(0)
            written.extend(map(self._numbers.__getitem__, analyser.tokens(value)))
        written.tofile(self._file)
        self._lengths.append(len(written))

    def finish(self) -> None:
        """Write terms, offsets, positions and document starts."""
        self._file.close()
        lengths = np.array(self._lengths, dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths + GAP)])
        terms = sorted(self._numbers)
        (self._folder / "terms.txt").write_bytes("\n".join(terms).encode("utf-8"))
        rank = np.zeros(len(terms) + 1, dtype=np.uint32)
        rank[[self._numbers[term] for term in terms]] = np.arange(1, len(terms) + 1)
        del self._numbers
        offsets = self._sort(rank, lengths)
        np.save(self._folder / "offsets.npy", offsets)
        np.save(self._folder / "starts.npy", starts)
        np.save(self._folder / "lengths.npy", lengths)
        (self._folder / "tokens.bin").unlink()

    def _sort(self, rank: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Write each token's positions in order; return where each token's run begins."""
        total = int(lengths.sum())
        whole = self._folder / "tokens.bin"
        tokens = np.memmap(whole, np.uint32, "r") if total else np.empty(0, np.uint32)
        counts = np.zeros(len(rank), dtype=np.int64)
        for at in range(0, total, _SLICE):
            counts += np.bincount(rank[tokens[at : at + _SLICE]], minlength=len(rank))
        offsets = np.concatenate([[0], np.cumsum(counts)])
        wide = np.uint32 if total + len(lengths) * GAP < 1 << 32 else np.int64
        made = np.lib.format.open_memmap(
            self._folder / "positions.npy", "w+", dtype=wide, shape=(total,)
        )
        ends, free = np.cumsum(lengths), offsets[:-1].copy()
        for at in range(0, total, _SLICE):
            ranks = rank[tokens[at : at + _SLICE]]
            order = np.argsort(ranks, kind="stable")
            ranks = ranks[order]
            place = at + order
            runs = np.concatenate([[0], np.flatnonzero(np.diff(ranks)) + 1])
            sizes = np.diff(np.append(runs, len(ranks)))
            within = np.arange(len(ranks)) - np.repeat(runs, sizes)
            made[free[ranks] + within] = place + np.searchsorted(ends, place, "right") * GAP
            free[ranks[runs]] += sizes
        made.flush()
        return offsets[1:]
