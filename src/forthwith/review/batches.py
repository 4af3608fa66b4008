"""Cutting a selection into batches: families whole, conversations together, none too long.

A batch is what one reviewer reads in a sitting. A conversation is cut between two of its families
only where it is longer than a batch by itself; a family never is, so a family longer than a batch
is a batch of its own. The same selection is cut alike each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from forthwith.domain.errors import ForthwithError
from forthwith.record.room_store import Columns, Flags

#: What a reviewer is handed, where nobody says otherwise.
PAGES, DOCUMENTS = 400, 100
#: Seconds after which a batch nobody did anything in can be taken back.
IDLE = 2 * 60 * 60


class BatchSizeError(ForthwithError):
    """Batches cannot be of this size."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"Batches cannot hold {given} pages or documents each: give --pages N or "
            "--documents N, a whole number from 1."
        )


@dataclass(frozen=True, slots=True)
class Size:
    """How long a batch may be: in pages, or in documents."""

    #: 0 where documents are counted.
    pages: int = PAGES
    documents: int = 0

    def __post_init__(self) -> None:
        """Refuse what no batch could be. Raises BatchSizeError."""
        if (self.pages > 0) == (self.documents > 0) or min(self.pages, self.documents) < 0:
            raise BatchSizeError(f"{self.pages} and {self.documents}")

    @property
    def most(self) -> int:
        """The limit, of whatever is counted."""
        return self.pages or self.documents

    def of(self, columns: Columns, places: Iterable[int]) -> int:
        """Measure documents; one whose pages nobody counted has at least one."""
        if self.documents:
            return len(list(places))
        return sum(max(int(columns.pages[place]), 1) for place in places)

    def body(self) -> dict[str, int]:
        """Return plain data."""
        return {"pages": self.pages} if self.pages else {"documents": self.documents}


def whole_families(columns: Columns, selected: Flags, shown: Flags) -> Flags:
    """Return the selected documents with all their families' that are shown to whoever cuts."""
    tops = np.zeros(len(columns), np.bool_)
    tops[columns.top[selected & shown]] = True
    whole: Flags = tops[columns.top] & shown
    return whole


def cut(columns: Columns, selected: Flags, size: Size) -> list[tuple[int, ...]]:
    """Return batches of places, in the order they are read.

    `selected` holds families whole (`whole_families`). Conversations follow one another as their
    first documents do; inside one, families are read by day.
    """
    batches: list[tuple[int, ...]] = []
    current: list[int] = []
    length = 0
    for conversation in _conversations(columns, selected):
        families = [(family, size.of(columns, family)) for family in conversation]
        whole = sum(pages for _, pages in families)
        # Begun anew where that keeps together what a batch can hold.
        parts = [families] if whole <= size.most else [[family] for family in families]
        for part in parts:
            pages = sum(measured for _, measured in part)
            if current and length + pages > size.most:
                batches.append(tuple(current))
                current, length = [], 0
            current += [place for family, _ in part for place in family]
            length += pages
    return [*batches, tuple(current)] if current else batches


def _conversations(columns: Columns, selected: Flags) -> Iterator[Sequence[tuple[int, ...]]]:
    """Yield the families of each conversation, by day; a family without one stands alone."""
    families: dict[int, list[int]] = {}
    for place in np.flatnonzero(selected).tolist():
        families.setdefault(int(columns.top[place]), []).append(place)
    conversations: dict[tuple[str, int], list[int]] = {}
    for top in families:
        thread = int(columns.thread[top])
        key = ("conversation", thread) if thread >= 0 else ("family", top)
        conversations.setdefault(key, []).append(top)
    for tops in conversations.values():
        ordered = sorted(tops, key=lambda top: (int(columns.day[top]), top))
        yield [tuple(families[top]) for top in ordered]
