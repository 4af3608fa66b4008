"""Locks of time: from when on a way to spend is open, by an instant or by the height of a block.

A lock by height is bounded by blocks whose time is known. The clock of a chain runs behind: BIP 113
compares with the median of the last eleven blocks, so a coin opens up to some hours after the
instant; to leave that out opens it too early, never too late.
"""

from __future__ import annotations

import re
from datetime import datetime

from forthwith.custody.facts.days import Tick, tick_of
from forthwith.custody.facts.heights import bounds

_HEIGHT = re.compile(r"height\s+(\d{1,9})")


def height_of(text: str) -> int | None:
    """Return the height of a lock by height; None where it is another."""
    height = _HEIGHT.fullmatch(text.strip())
    return None if height is None else int(height[1])


def opening(text: str) -> tuple[Tick, Tick | None] | None:
    """Return the ticks from which a lock is perhaps, and surely, open; None where it is not read.

    The second is None where nothing yet shows that the height was reached.
    """
    height = height_of(text)
    if height is not None:
        earliest, latest = bounds(height)
        return tick_of(earliest), None if latest is None else tick_of(latest)
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (tick_of(when), tick_of(when)) if when.tzinfo is not None else None
