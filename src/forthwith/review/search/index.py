"""The index of a matter's words: written, opened, and made first where missing or out of date.

For each field it holds the tokens in order and where each stands. One folder under
`derived/search/`, named by what it was made of; it may be deleted. While it is written, tokens pass
through a file, so that memory holds the vocabulary and one slice of positions, not the texts.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import itertools
import json
import os
import shutil
import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.record import indexes
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.room_store import Controls, Places, RoomStore, iso_day
from forthwith.record.tables import DatabaseError
from forthwith.review.search.query import FARTHEST, WORD_FIELDS, Word
from forthwith.review.search.spans import Numbers
from forthwith.review.search.tokens import VERSION, tokens
from forthwith.review.search.vocabulary import Vocabulary

#: The text, and each field of words.
ZONES = ("text", *WORD_FIELDS)
#: Positions left free after each document.
GAP = FARTHEST + 1
#: The file of an index that whoever asks it holds open.
_HELD = "index.json"
#: Positions kept between queries, a field; 25 million are 200 MB.
_KEPT = 25_000_000
#: Tokens sorted at a time while an index is written.
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


class Zone:
    """One field of the index."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._positions = np.load(folder / "positions.npy", mmap_mode="r")
        self._offsets = np.load(folder / "offsets.npy", mmap_mode="r")
        #: Where each document's positions begin, and one past the end of all.
        self.starts = np.load(folder / "starts.npy")
        self._kept: OrderedDict[Word, Numbers] = OrderedDict()
        self._size = 0

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The distinct tokens."""
        return Vocabulary((self._folder / "terms.txt").read_bytes().decode("utf-8"))

    @property
    def ends(self) -> Numbers:
        """One past each document's last position."""
        return np.asarray(self.starts[1:] - GAP)

    @property
    def breaks(self) -> Numbers:
        """The positions between two values of one field, where no word stands."""
        return np.asarray(self._positions[: self._offsets[0]], dtype=np.int64)

    def positions(self, word: Word) -> Numbers:
        """Return every position of the tokens a word stands for, in order."""
        key = Word(word.text, "", word.edits, word.stem)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        positions = self._read(self.vocabulary.ranks(word))
        self._kept[key] = positions
        self._size += len(positions)
        while self._size > _KEPT and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])
        return positions

    def documents_of(self, positions: Numbers) -> Numbers:
        """Return the place of the document of each position."""
        return np.searchsorted(self.starts, positions, "right") - 1

    def mask_of(self, positions: Numbers) -> Numbers:
        """Return for each document whether one of the sorted positions lies in it."""
        count = len(self.starts) - 1
        if len(positions) > count:
            bounds = np.searchsorted(positions, self.starts)
            return np.asarray(bounds[1:] > bounds[:-1])
        mask = np.zeros(count, dtype=bool)
        mask[self.documents_of(positions)] = True
        return mask

    def _read(self, ranks: Numbers) -> Numbers:
        if not len(ranks):
            return np.empty(0, np.int64)
        # Neighbouring tokens lie side by side in the file: one read a run of them.
        cuts = np.flatnonzero(np.diff(ranks) > 1)
        firsts = np.concatenate([ranks[:1], ranks[cuts + 1]])
        lasts = np.concatenate([ranks[cuts], ranks[-1:]])
        runs = [
            self._positions[self._offsets[first] : self._offsets[last + 1]]
            for first, last in zip(firsts, lasts)
        ]
        positions = np.concatenate(runs).astype(np.int64)
        if len(ranks) > 1:
            positions.sort()
        return positions


class Index:
    """An index in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A newer index does not take this one away under whoever asks it.
        self._held = indexes.Hold(folder / _HELD)
        self._zones: dict[str, Zone] = {}
        #: Control numbers, in order; a document's place here is its place everywhere.
        self.controls = Controls(self._bytes("control"))
        self.place = Places(self.controls)

    def __len__(self) -> int:
        return len(self.controls)

    @property
    def is_there(self) -> bool:
        """Whether its files still lie where they were opened."""
        return (self._folder / _HELD).exists()

    def zone(self, field: str) -> Zone:
        """Return a field of words; "" is the text."""
        name = field or "text"
        if name not in self._zones:
            self._zones[name] = Zone(self._folder / name)
        return self._zones[name]

    @cached_property
    def families(self) -> Numbers:
        """For each document, the number of its family."""
        return self._numbered("family")[0]

    @cached_property
    def tops(self) -> Controls:
        """For each document, the control number of its family's top."""
        return Controls(self._bytes("family"))

    @cached_property
    def custodians(self) -> tuple[Numbers, list[str]]:
        """For each document the number of its custodian, and the custodians by number."""
        return self._numbered("custodian")

    @cached_property
    def types(self) -> tuple[Numbers, list[str]]:
        """For each document the number of its types, and by number the types, one a line."""
        return self._numbered("types")

    @cached_property
    def days(self) -> Numbers:
        """For each document its ISO day as ASCII, b"" when it has none."""
        numbers, names = self._days
        return np.array(names, dtype="S10")[numbers] if names else np.empty(0, "S10")

    @cached_property
    def _days(self) -> tuple[Numbers, list[str]]:
        """For each document the number of its day, and the days by number, "" first."""
        return self._numbered("day")

    def between(self, first: str, last: str) -> Numbers:
        """Return the documents of the days from one to another, both included; "" for no end."""
        numbers, names = self._days
        low = bisect_left(names, first or "0")
        high = bisect_right(names, last) if last else len(names)
        return np.asarray((numbers >= low) & (numbers < high))

    def with_families(self, mask: Numbers) -> Numbers:
        """Return the documents of every family one of whose documents is in `mask`."""
        wanted = np.zeros(int(self.families.max()) + 1 if len(self) else 0, dtype=bool)
        wanted[self.families[mask]] = True
        return np.asarray(wanted[self.families])

    def _numbered(self, column: str) -> tuple[Numbers, list[str]]:
        coded = self._column(column).dictionary_encode()
        names: list[str] = coded.dictionary.to_pylist()
        order = sorted(range(len(names)), key=names.__getitem__)
        rank = np.empty(len(names), np.int32)
        rank[order] = np.arange(len(names), dtype=np.int32)
        return rank[coded.indices.to_numpy(zero_copy_only=False)], [names[at] for at in order]

    def _bytes(self, column: str) -> np.ndarray:
        """Return a column as UTF-8, as many bytes a row as the longest has."""
        texts = self._column(column).cast(pa.binary()).to_pylist()
        return np.array(texts, dtype=np.bytes_) if texts else np.empty(0, "S1")

    def _column(self, column: str) -> pa.Array:
        # Read when it is asked for: a room of millions holds none of what it does not use.
        table = pq.read_table(self._folder / "documents.parquet", columns=[column])
        return table[column].combine_chunks()


def open_index(matter: Matter) -> Index:
    """Return the index of a matter's documents, made now if need be. Raises NotProcessedError.

    One that is not what was written is made again. Where the matter cannot be written to, it is
    made elsewhere and goes when the command ends. Raises DerivedChangedError.
    """
    lying = matter.derived / "search"
    folder = lying / _key(matter)
    hold = indexes.Hold(folder / _HELD)
    if indexes.is_sound(matter, folder):
        index = Index(folder)
        del hold
        return index
    partial = lying / f".{folder.name}.{os.getpid()}"
    try:
        lying.mkdir(exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        build(rows(matter), partial)
        # Before it has its name: whoever is killed here leaves nothing without a digest.
        indexes.keep(matter, folder.name, partial)
    except (OSError, DatabaseError):
        shutil.rmtree(partial, ignore_errors=True)
        elsewhere = Path(tempfile.mkdtemp(prefix="forthwith-"))
        atexit.register(shutil.rmtree, elsewhere, ignore_errors=True)
        build(rows(matter), elsewhere)
        return Index(elsewhere)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    # What lies there was changed, or another command made the same meanwhile; this one is as good.
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        partial.rename(folder)
    for other in lying.iterdir():
        if other != folder:
            indexes.take_away(other, other / _HELD)
    return Index(folder)


def _key(matter: Matter) -> str:
    """Return a digest of what the index is made of: rows, readings, zone, rule."""
    about = f"{DocumentTable(matter).digest} {VERSION} {matter.settings.time_zone}"
    return hashlib.sha256(about.encode()).hexdigest()[:16]


def rows(matter: Matter) -> Iterator[Row]:
    """Yield a matter's documents as indexed, in order of control number, one in memory at a time.

    Raises NotProcessedError, DerivedChangedError.
    """
    store = RoomStore.open(matter)
    days = store.columns.day
    for place in range(len(store.columns)):
        yield _row(store.information(place), store.text(place)[0], iso_day(int(days[place])))


def _row(document: Document, text: str, day: str) -> Row:
    ending = Path(document.name).suffix.lower().lstrip(".")
    media = document.media_type.lower()
    custodians = (document.custodian, *document.all_custodians)
    return Row(
        str(document.control_number),
        str(document.family),
        document.custodian,
        day,
        tuple(filter(None, (document.kind.value, ending, media, media.split("/")[-1]))),
        text,
        {
            "from": (*_values(document, fields.FROM), *_values(document, fields.SENDER)),
            "to": _values(document, fields.TO),
            "cc": _values(document, fields.CC),
            "subject": _values(document, fields.SUBJECT),
            "custodian": tuple(dict.fromkeys(custodians)),
            "name": (document.name,),
        },
    )


def _values(document: Document, name: str) -> tuple[str, ...]:
    field = document.fields.get(name)
    if field is None:
        return ()
    return (field.value,) if isinstance(field.value, str) else tuple(field.value)


def build(rows: Iterable[Row], folder: Path) -> None:
    """Write an index of `rows` into an empty folder."""
    zones = {name: _ZoneWriter(folder / name) for name in ZONES}
    columns: dict[str, list[str]] = {name: [] for name in ("control", "family", "custodian", "day")}
    types: list[str] = []
    for row in rows:
        columns["control"].append(row.control_number)
        columns["family"].append(row.family)
        columns["custodian"].append(row.custodian)
        columns["day"].append(row.day)
        types.append("\n".join(row.types))
        zones["text"].add((row.text,))
        for name in WORD_FIELDS:
            zones[name].add(row.values.get(name, ()))
    table = pa.table({**columns, "types": types}) if types else _EMPTY
    pq.write_table(table, folder / "documents.parquet", compression="zstd")
    for zone in zones.values():
        zone.finish()
    (folder / _HELD).write_text(json.dumps({"documents": len(types)}), encoding="utf-8")


_EMPTY = pa.table(
    {name: pa.array([], pa.string()) for name in ("control", "family", "custodian", "day", "types")}
)


class _ZoneWriter:
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
            written.extend(map(self._numbers.__getitem__, tokens(value)))
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
        numbers = np.memmap(whole, np.uint32, "r") if total else np.empty(0, np.uint32)
        counts = np.zeros(len(rank), dtype=np.int64)
        for at in range(0, total, _SLICE):
            counts += np.bincount(rank[numbers[at : at + _SLICE]], minlength=len(rank))
        offsets = np.concatenate([[0], np.cumsum(counts)])
        wide = np.uint32 if total + len(lengths) * GAP < 1 << 32 else np.int64
        place = self._folder / "positions.npy"
        positions = np.lib.format.open_memmap(place, "w+", dtype=wide, shape=(total,))
        if total:
            # Writing to a mapped page for which the disk has no room would end the process.
            with place.open("r+b") as file:
                os.posix_fallocate(file.fileno(), 0, place.stat().st_size)
        ends, free = np.cumsum(lengths), offsets[:-1].copy()
        for at in range(0, total, _SLICE):
            ranks = rank[numbers[at : at + _SLICE]]
            order = np.argsort(ranks, kind="stable")
            ranks = ranks[order]
            came = at + order
            runs = np.concatenate([[0], np.flatnonzero(np.diff(ranks)) + 1])
            sizes = np.diff(np.append(runs, len(ranks)))
            within = np.arange(len(ranks)) - np.repeat(runs, sizes)
            positions[free[ranks] + within] = came + np.searchsorted(ends, came, "right") * GAP
            free[ranks[runs]] += sizes
        positions.flush()
        return offsets[1:]
