"""Read everything in an Outlook file, as the walk over a matter does."""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.domain.evidence import Child, Fault, Reading


def everything(reading: Reading, depth: int = 0) -> Iterator[Child | Fault | bytes]:
    """Yield each child or Fault, and the bytes or Fault each child gives, all the way down."""
    for messages in reading.children() if reading.children else ():
        yield messages
        if isinstance(messages, Fault):
            continue
        yield messages.load()
        if messages.reading is not None and depth < 20:
            yield from everything(messages.reading(), depth + 1)


def children(reading: Reading) -> list[Child]:
    """Return the children; a Fault among them fails the test."""
    items = list(reading.children()) if reading.children else []
    assert all(isinstance(item, Child) for item in items), items
    return [item for item in items if isinstance(item, Child)]
