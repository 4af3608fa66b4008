"""What an import is asked besides its files: one type for every kind of export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from forthwith.domain.fact_tables import Lifted, Stamp

#: Name and bytes of each file, in the order given: pages or parts of one export.
Files: TypeAlias = Sequence[tuple[str, bytes]]
#: "book-2023-10-30.json": the day for which a file holds, where it is part of its name.
DAY_IN_NAME = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What a lift is told. Which of it means something to a kind is said in `kinds`."""

    stamp: Stamp
    #: Id of the wallet the export is about, for shares of the key; "" leaves it to the export.
    wallet: str = ""
    #: The export lists all ties of its people within the stamp's period.
    complete: bool = False
    #: How days like 03/04/2023 are meant: "day-first", "month-first", or "" where not said.
    order: str = ""
    #: E-mail domain to the id of the entity that gives out its addresses.
    domains: Mapping[str, str] = field(default_factory=dict)
    #: Name and bytes of a file that says which field of the export is what.
    map: tuple[str, bytes] | None = None
    #: Folded name of an office or a country to its ISO 3166 code, or "unknown".
    places: Mapping[str, str] = field(default_factory=dict)


def joined(parts: Iterable[Lifted]) -> Lifted:
    """Return what several files became together; a note of all of them stands once."""
    lifted = tuple(parts)
    return Lifted(
        tuple(row for part in lifted for row in part.rows),
        tuple(name for part in lifted for name in part.unread),
        tuple(dict.fromkeys(note for part in lifted for note in part.notes)),
        tuple(fault for part in lifted for fault in part.faults),
    )
