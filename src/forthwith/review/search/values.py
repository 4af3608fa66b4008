"""Fields of a query that are not read in the document: sides, codings, batches, faults, numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.record.batches import Batches
from forthwith.record.codings import Codings
from forthwith.record.matter import Matter
from forthwith.record.room_store import Columns, Flags, RoomStore, theirs
from forthwith.review.search.coded import Coded
from forthwith.review.search.query import Value


class BatesNumbers:
    """Which documents stand under which numbers, of whichever side; asked by range."""

    def __init__(
        self, ranges: Iterable[tuple[str, str, str]], place: Mapping[str, int], count: int
    ) -> None:
        self._count = count
        runs: dict[tuple[str, int], list[tuple[int, int, int]]] = {}
        for control, first, last in ranges:
            at = place.get(control)
            if at is None:
                continue
            try:
                low, high = Bates.parse(first), Bates.parse(last)
            except NotABatesNumberError:
                # Theirs may be whatever they are.
                continue
            run = runs.setdefault((low.prefix.upper(), low.width), [])
            run.append((low.number, high.number, at))
        self._runs = {key: np.array(rows, np.int64) for key, rows in runs.items()}

    def mask(self, node: Value) -> Flags:
        """Return what has a page among the numbers of a query."""
        flags = np.zeros(self._count, np.bool_)
        first, last = Bates.parse(node.first), Bates.parse(node.last)
        rows = self._runs.get((first.prefix, first.width))
        if rows is not None:
            met = (rows[:, 0] <= last.number) & (first.number <= rows[:, 1])
            flags[rows[met, 2]] = True
        return flags


class RoomValues:
    """Answers the fields of a review over the documents of one matter."""

    def __init__(
        self,
        columns: Columns,
        coded: Coded,
        members: Callable[[], Mapping[str, tuple[str, ...]]],
        blind: Flags | None = None,
    ) -> None:
        self.columns, self._coded, self._members = columns, coded, members
        #: Where codings are hidden from whoever asks: as if nobody had coded.
        self._blind = blind

    @classmethod
    def of(cls, matter: Matter) -> RoomValues:
        """Open what a matter says. Raises NotProcessedError."""
        columns = RoomStore.open(matter).columns
        with matter.engine.connect() as connection:
            columns = replace(columns, theirs=theirs(connection, columns))
        return cls(columns, Coded(columns, Codings(matter)), Batches(matter).members)

    def with_columns(self, columns: Columns) -> RoomValues:
        """Return the same over the same documents, whose sides are other ones."""
        return RoomValues(columns, self._coded, self._members)

    def without(self, blind: Flags) -> RoomValues:
        """Return the same for somebody who is not shown some of the codings yet."""
        return RoomValues(self.columns, self._coded, self._members, blind)

    @property
    def coded(self) -> Coded:
        """The codings that stand, as they are at this moment."""
        return self._coded.refreshed()

    def mask(self, node: Value) -> Flags:
        """Return for each document whether a field has a value."""
        value, columns = node.first, self.columns
        match node.field:
            case "side":
                return np.asarray(columns.theirs == (value == "theirs"))
            case "coded":
                met = self.coded.coded(value)
                if self._blind is not None:
                    met = met | self._blind if value == "no" else met & ~self._blind
                return met
            case "mark":
                name, _, chosen = value.partition("=")
                return self._shown(self.coded.mark(name, chosen))
            case "coder":
                return self._shown(self.coded.by(value))
            case "fault":
                wanted = {"any": (1, 2), "partly": (1,), "lost": (2,), "none": (0,)}[value]
                return np.isin(columns.fault, wanted)
            case "batch":
                return self._in_batch(value)
        raise AssertionError(f"{node.field} is no field of a review")

    def _shown(self, met: Flags) -> Flags:
        return met if self._blind is None else met & ~self._blind

    def _in_batch(self, wanted: str) -> Flags:
        flags = np.zeros(len(self.columns), np.bool_)
        for batch, controls in self._members().items():
            if batch.casefold() == wanted or wanted == "none":
                places = (self.columns.place.get(control) for control in controls)
                flags[[place for place in places if place is not None]] = True
        return ~flags if wanted == "none" else flags
