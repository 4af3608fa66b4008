"""Which documents stand together, by place: families and copies, looked up without asking all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forthwith.record.room_store import Columns, Numbers


@dataclass(frozen=True, slots=True)
class Related:
    """Families and copies of one set of documents, sorted once."""

    columns: Columns
    _by_top: Numbers
    _tops: Numbers
    #: Places that have copies, by group.
    _by_group: Numbers
    _groups: Numbers

    @classmethod
    def of(cls, columns: Columns) -> Related:
        """Sort what `process` left."""
        by_top = np.argsort(columns.top, kind="stable").astype(np.int32)
        by_group = np.argsort(columns.group, kind="stable").astype(np.int32)
        by_group = by_group[columns.group[by_group] >= 0]
        return cls(columns, by_top, columns.top[by_top], by_group, columns.group[by_group])

    def family(self, place: int) -> tuple[int, ...]:
        """Return the places of a document's whole family, itself too, in order."""
        return _run(self._by_top, self._tops, int(self.columns.top[place]))

    def copies(self, place: int) -> tuple[int, ...]:
        """Return the places of a document's other copies on its own side, in order."""
        group, side = int(self.columns.group[place]), self.columns.theirs[place]
        if group < 0:
            return ()
        run = _run(self._by_group, self._groups, group)
        return tuple(
            other for other in run if other != place and self.columns.theirs[other] == side
        )


def _run(places: Numbers, numbers: Numbers, number: int) -> tuple[int, ...]:
    first, last = np.searchsorted(numbers, [number, number + 1])
    return tuple(map(int, places[first:last]))
