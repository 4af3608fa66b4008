"""A calendar of proofs: for each address the days on which a proof of control is in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.books.pictures.coverage import NARROW, WIDE
from forthwith.books.pictures.steps import Panel, marks, scale, x_of
from forthwith.domain.instants import DAY, Instant, instant_text
from forthwith.plain.drawings.drawing import SOFT, Box, Drawing, Item, Shape, Words
from forthwith.plain.drawings.words import Footnotes, folded

_ROW, _SIZE = 20.0, 11.5
#: Rows drawn before the rest is only counted; the table has all.
_MOST = 60


@dataclass(frozen=True, slots=True)
class ProvedAddress:
    """One address of a place with the instants of its accepted proofs."""

    place: str
    address: str
    proofs: Sequence[Instant]


def drawing(
    addresses: Sequence[ProvedAddress],
    start: Instant,
    end: Instant,
    days: int,
    *,
    zone: str = "UTC",
    width: float = WIDE,
) -> Drawing:
    """Return the picture; a proof is good for `days` days from its block's time."""
    left, right = (330.0, width - 20) if width > NARROW else (150.0, width - 8)
    title = f"Proofs of control, each good for {days} days"
    items: list[Item] = []
    y = 26.0
    for line in folded(title, width - 24, 17, 3, bold=True):
        items.append(Words(x=12, y=y, text=line, size=17, bold=True))
        y += 22
    top = y + 4
    shown = addresses[:_MOST]
    bottom = top + _ROW * max(1, len(shown))
    panel = Panel((), left, right, top, bottom, start, end, str, zone)
    items.append(Box(x=left, y=top, width=right - left, height=bottom - top, fill="#eef2f7"))
    notes = Footnotes()
    for row, proved in enumerate(shown):
        level = top + row * _ROW
        (label,) = notes.lines(f"{proved.place} {proved.address}", left - 24, _SIZE, 1)
        items.append(Words(x=12, y=level + 14, text=label, size=_SIZE))
        for when in proved.proofs:
            until = when + days * DAY
            if until <= start or when >= end:
                continue
            x = x_of(panel, when)
            items.append(
                Box(x=x, y=level + 3, width=max(x_of(panel, until) - x, 1.0), height=_ROW - 6,
                    fill="#2e7d5b", hover=f"{proved.address}: {instant_text(when)}")
            )  # fmt: skip
            if when >= start:
                items.append(
                    Shape(points=((x, level + 3), (x + 5, level + _ROW / 2), (x, level + _ROW - 3)))
                )
    items += marks(panel, scale(start, end, left, right, zone), top, bottom)
    y = bottom + 34
    if more := len(addresses) - len(shown):
        items.append(Words(x=12, y=y, text=f"{more:,} addresses more stand in the table.", size=12,
                           colour=SOFT))  # fmt: skip
        y += 18
    for line in notes.written(width - 24, _SIZE):
        items.append(Words(x=12, y=y, text=line, size=_SIZE, colour=SOFT))
        y += 16
    bare = [proved for proved in addresses if not proved.proofs]
    said = f"{len(addresses)} addresses, {len(bare)} of them without any proof."
    return Drawing(width, y + 8, title, said, tuple(items))
