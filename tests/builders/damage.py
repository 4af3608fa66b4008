"""Read damaged bytes: the only exception a reader may raise says that the item is lost."""

from __future__ import annotations

from collections.abc import Callable

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Fault, Reading


def survives(read: Callable[[bytes], Reading], data: bytes) -> bool:
    """Read everything, children too; True when it ends in a reading or in a lost item."""
    try:
        reading = read(data)
    except UnreadableError as error:
        return error.fault.lost
    reading.text.encode()
    children = list(reading.children() if reading.children else ())
    if reading.declared is None:
        # A broken archive does not say how many it holds; that none came out of it is a fault.
        return all(isinstance(child, Fault) for child in children)
    return len(children) == reading.declared
