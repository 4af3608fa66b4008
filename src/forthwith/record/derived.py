"""What `verify` says of `derived/`: what is not as it was written, and what nobody wrote.

What is gone is no finding: `forthwith process` makes it again. Nothing named here is read by any
command, nor sealed.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from forthwith.record import indexes, journal
from forthwith.record.matter import Matter
from forthwith.record.parts import DROPPED, as_written, committed, digest, every, file_of, unknown

#: What makes a file of `derived/` again, by how its name ends.
_ASKS = {indexes.STORE: "room or volume", indexes.RANKED: "ranking"}
_READ_AGAIN = "`forthwith process` reads again from the evidence what it held"


def broken(matter: Matter, connection: sa.Connection) -> Iterator[str]:
    """Yield one sentence for each file of `derived/` that is not as it was written."""
    entry = journal.last_of(connection, "process")
    if entry is None or "settled" not in entry.facts():
        # Nothing was read yet, or by an older version, whose readings count for nothing.
        return
    facts = entry.facts()
    dropped = journal.last_of(connection, DROPPED)
    last = dropped.facts() if dropped is not None and dropped.seq > entry.seq else facts
    if digest(committed(connection, entry.seq)) != last["readings"]:
        yield "derived/readings: the table of parts is not the one the journal has"
    folder, parts = matter.derived / "readings", every(connection)
    for part in parts:
        place = folder / file_of(part)
        if place.exists() and not as_written(place, part.digest):
            yield f"derived/readings/{place.name}: it was changed; {_READ_AGAIN}"
    for place in unknown(folder, parts):
        yield f"derived/readings/{place.name}: it was added; {_READ_AGAIN}"
    for name, written in facts["settled"].items():
        place = matter.derived / f"{name}.parquet"
        pending = place.with_name(f".{place.name}")
        if place.exists() and not (as_written(place, written) or as_written(pending, written)):
            yield f"derived/{place.name}: it was changed; `forthwith process` makes it again"
    for name, written in indexes.digests(connection).items():
        place = indexes.place_of(matter, name)
        if place.exists() and indexes.digest_of_index(place) != written:
            lies = place.relative_to(matter.folder)
            asks = _ASKS.get(place.suffix, "search")
            yield f"{lies}: it was changed; the next {asks} makes it again"
