"""The row store of a room: every document's row, text and native information, by its place.

Made once for what `process` left (`derived/room/<key>.db`), asked in constant time and memory by
every request. It may be deleted. A document's place here is its place in the index of words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Flags = NDArray[np.bool_]
#: In `Columns.day` of a document without a day.
NO_DAY = np.int32(-(2**31))


@dataclass(frozen=True, slots=True)
class Columns:
    """What rules and lists ask of all documents at once, by place, in order of control number."""

    controls: Sequence[str]
    #: Control number -> place.
    place: Mapping[str, int]
    #: Place of the top of its family.
    top: Numbers
    #: Number of its custodian in `custodians`.
    custodian: Numbers
    custodians: Sequence[str]
    #: Number of everybody who had a copy, its custodian too, in `holder_sets`.
    holders: Numbers
    holder_sets: Sequence[frozenset[str]]
    #: Whether it was received from the other side.
    theirs: Flags
    #: Number of its kind in `kinds`.
    kind: Numbers
    kinds: Sequence[str]
    #: Days since 1970-01-01 of the family date in the matter's zone; NO_DAY.
    day: Numbers
    #: Pages it is known to have; -1 while nobody counted.
    pages: Numbers
    #: Number of its conversation, and of its group of copies; -1 for none.
    thread: Numbers
    group: Numbers
    #: Faults: 0 none, 1 partly read, 2 lost.
    fault: Numbers

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.controls)
