"""The signs of a picture with what each means, set in lines like words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forthwith.plain.drawings.drawing import Item, Words, moved
from forthwith.plain.drawings.words import folded, width

_HIGH, _BESIDE = 17.0, 8.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A sign, drawn from 0, 0 and at most 17 high, and what it means."""

    sign: tuple[Item, ...]
    wide: float
    text: str
    #: Stands before the text, in bold.
    name: str = ""


def flowed(
    entries: Iterable[Entry], x: float, y: float, room: float, size: float = 13
) -> tuple[list[Item], float]:
    """Return the entries set from left to right in as many lines as they need, and the height."""
    items: list[Item] = []
    left, top = x, y
    for entry in entries:
        name = width(f"{entry.name} ", size, bold=True) if entry.name else 0.0
        lead = entry.wide + _BESIDE + name
        lines = folded(entry.text, room - lead, size, 6)
        long = lead + max(width(line, size) for line in lines)
        if left > x and left + long > x + room:
            left, top = x, top + _HIGH + 7
        items += moved(entry.sign, left, top)
        start = left + entry.wide + _BESIDE
        if entry.name:
            items.append(Words(x=start, y=top + 13, text=entry.name, size=size, bold=True))
        for at, line in enumerate(lines):
            items.append(Words(x=start + name, y=top + 13 + at * 1.4 * size, text=line, size=size))
        top += 1.4 * size * (len(lines) - 1)
        left += long + 20
    return items, top - y + _HIGH
