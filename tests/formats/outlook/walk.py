"""Read everything in an Outlook file, as the walk over a matter does."""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.domain.evidence import Child, Fault, Reading


def everything(reading: Reading, depth: int = 0) -> Iterator[Child | Fault | bytes]:
    """Yield each child or Fault, and the bytes or Fault each child gives, all the way down."""
    for found in reading.children() if reading.children else ():
        yield found
        if isinstance(found, Fault):
            continue
        yield found.load()
        if found.reading is not None and depth < 20:
            yield from everything(found.reading(), depth + 1)


def children(reading: Reading) -> list[Child]:
    """Return the children; a Fault among them fails the test."""
    found = list(reading.children()) if reading.children else []
    assert all(isinstance(each, Child) for each in found), found
    return [each for each in found if isinstance(each, Child)]
