"""The index of a matter's words, opened; made first where it is missing or out of date."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq

from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter
from forthwith.review.search import tokens as analyser
from forthwith.review.search.index_build import GAP, Row, build
from forthwith.review.search.query import Word
from forthwith.review.search.spans import Numbers
from forthwith.review.search.vocabulary import Vocabulary

#: Positions kept between queries, a field; 25 million are 200 MB.
_KEPT = 25_000_000


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
        if (held := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return held
        found = self._read(self.vocabulary.ranks(word))
        self._kept[key] = found
        self._size += len(found)
        while self._size > _KEPT and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])
        return found

    def documents_of(self, positions: Numbers) -> Numbers:
        """Return the place of the document of each position."""
        return np.searchsorted(self.starts, positions, "right") - 1

    def mask_of(self, positions: Numbers) -> Numbers:
        """Return for each document whether one of the sorted positions lies in it."""
        count = len(self.starts) - 1
        if len(positions) > count:
            bounds = np.searchsorted(positions, self.starts)
            return np.asarray(bounds[1:] > bounds[:-1])
        found = np.zeros(count, dtype=bool)
        found[self.documents_of(positions)] = True
        return found

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
        found = np.concatenate(runs).astype(np.int64)
        if len(ranks) > 1:
            found.sort()
        return found


class Index:
    """An index in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._zones: dict[str, Zone] = {}
        self._table = pq.read_table(folder / "documents.parquet")
        #: Control numbers, in order; a document's place here is its place everywhere.
        self.controls: list[str] = self._table["control"].to_pylist()
        self.place = {control: place for place, control in enumerate(self.controls)}

    def __len__(self) -> int:
        return len(self.controls)

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
    def tops(self) -> list[str]:
        """For each document, the control number of its family's top."""
        return [str(each) for each in self._table["family"].to_pylist()]

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
        """For each document its ISO day, "" when it has none."""
        return np.array(self._table["day"].to_pylist(), dtype="U10")

    def with_families(self, mask: Numbers) -> Numbers:
        """Return the documents of every family one of whose documents is in `mask`."""
        held = np.zeros(int(self.families.max()) + 1 if len(self) else 0, dtype=bool)
        held[self.families[mask]] = True
        return np.asarray(held[self.families])

    def _numbered(self, column: str) -> tuple[Numbers, list[str]]:
        names, numbers = np.unique(
            np.array(self._table[column].to_pylist(), dtype=object), return_inverse=True
        )
        return numbers.astype(np.int64), [str(name) for name in names]


def open_index(matter: Matter) -> Index:
    """Return the index of a matter's documents, made now if need be. Raises NotProcessedError."""
    held = matter.derived / "search"
    folder = held / _key(matter)
    if not (folder / "index.json").exists():
        held.mkdir(exist_ok=True)
        made = held / f".{folder.name}.{os.getpid()}"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        build(rows(matter), made)
        # Another command may have made the same index meanwhile; either is as good.
        with contextlib.suppress(OSError):
            made.rename(folder)
        for other in held.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
    return Index(folder)


def _key(matter: Matter) -> str:
    """Return a digest of what the index is made of: rows, readings, zone, rule."""
    path = matter.derived / "documents.parquet"
    if not path.exists():
        raise NotProcessedError
    digest = hashlib.sha256(path.read_bytes())
    for reading in sorted((matter.derived / "readings").glob("*.parquet")):
        about = reading.stat()
        digest.update(f"{reading.name} {about.st_size} {about.st_mtime_ns}\n".encode())
    digest.update(f"{analyser.VERSION} {matter.settings.time_zone}".encode())
    return digest.hexdigest()[:16]


def rows(matter: Matter) -> Iterator[Row]:
    """Yield a matter's documents as indexed, in order of control number."""
    table, zone = DocumentTable(matter.derived), ZoneInfo(matter.settings.time_zone)
    dates = dict(table.query("SELECT control_number, sort_date FROM documents"))
    for document, (number, text) in zip(table.ask(), table.texts(), strict=True):
        if number != document.control_number:
            raise AssertionError(f"text of {number} beside {document.control_number}")
        yield _row(document, text, dates.get(number) or "", zone)


def _row(document: Document, text: str, family_date: str, zone: ZoneInfo) -> Row:
    dated = [family_date, *map(document.text_of, (fields.SENT, fields.MODIFIED, fields.CREATED))]
    ending = Path(document.name).suffix.lower().lstrip(".")
    media = document.media_type.lower()
    custodians = (document.custodian, *document.all_custodians)
    return Row(
        str(document.control_number),
        str(document.family),
        document.custodian,
        _day(next((each for each in dated if each), ""), zone),
        tuple(each for each in (document.kind.value, ending, media, media.split("/")[-1]) if each),
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
    held = document.fields.get(name)
    if held is None:
        return ()
    return (held.value,) if isinstance(held.value, str) else tuple(held.value)


def _day(instant: str, zone: ZoneInfo) -> str:
    """Return the day of an instant in the matter's zone; as written when it names no offset."""
    try:
        when = datetime.fromisoformat(instant)
        return (when.astimezone(zone) if when.tzinfo else when).date().isoformat()
    except (ValueError, OverflowError):
        return ""
