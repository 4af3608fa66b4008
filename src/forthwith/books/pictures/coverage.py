"""Coverage over a period: what is owed and held as steps, the difference, shortfalls filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.books.books import Asset
from forthwith.books.pictures.steps import HELD, OWED, SHORT, Line, Panel, drawn, marks, scale, x_of
from forthwith.domain.instants import Instant, instant_text
from forthwith.plain.drawings.drawing import INK, SOFT, Drawing, Item, Stroke, Words
from forthwith.plain.drawings.words import folded

WIDE, NARROW = 1100.0, 390.0
_HEAD, _LINES, _DIFFERENCE, _BETWEEN, _UNDER = 64.0, 110.0, 90.0, 22.0, 20.0


@dataclass(frozen=True, slots=True)
class CoveredAsset:
    """One asset over the period: from each instant on, so much owed and held."""

    asset: Asset
    owed: Sequence[tuple[Instant, int]]
    held: Sequence[tuple[Instant, int]]
    difference: Sequence[tuple[Instant, int]]
    #: (from, to or None, a sentence) of each shortfall.
    shortfalls: Sequence[tuple[Instant, Instant | None, str]] = ()


def drawing(
    assets: Sequence[CoveredAsset],
    start: Instant,
    end: Instant,
    *,
    cuts: Sequence[Instant] = (),
    zone: str = "UTC",
    width: float = WIDE,
) -> Drawing:
    """Return the picture: for each asset two panels under one scale of days.

    `cuts` are the instants of reports, drawn as dashed lines: what no cut meets no report shows.
    """
    left, right = (170.0, width - 20) if width > NARROW else (96.0, width - 8)
    items: list[Item] = []
    title = (
        f"Owed to customers and held for them, {instant_text(start)[:10]} to "
        + (instant_text(end - 1)[:10])
    )
    y = 26.0
    for line in folded(title, width - 40, 17, 3, bold=True):
        items.append(Words(x=12, y=y, text=line, size=17, bold=True))
        y += 22
    words: list[str] = []
    for covered in assets:
        items += _asset(covered, (left, right), y, (start, end), cuts, zone)
        said = "; ".join(says for _, _, says in covered.shortfalls) or "no shortfall"
        words.append(f"{covered.asset.id}: {said}")
        room = width - 24
        y += _HEAD + _LINES + _BETWEEN + _DIFFERENCE + _UNDER
        for line in folded(f"{covered.asset.id}: {said}.", room, 12, 6):
            items.append(Words(x=12, y=y, text=line, size=12, colour=INK))
            y += 17
    return Drawing(width, y + 14, title, ". ".join(words) + ".", tuple(items))


def _asset(
    covered: CoveredAsset,
    edges: tuple[float, float],
    y: float,
    period: tuple[Instant, Instant],
    cuts: Sequence[Instant],
    zone: str,
) -> list[Item]:
    left, right = edges
    text = covered.asset.text
    items: list[Item] = [Words(x=12, y=y + 24, text=covered.asset.id, size=15, bold=True)]
    x = left
    for name, colour, dashed in (("owed", OWED, False), ("held", HELD, True)):
        items.append(Stroke(points=((x, y + 19), (x + 26, y + 19)), colour=colour, weight=2,
                            dashed=dashed))  # fmt: skip
        items.append(Words(x=x + 32, y=y + 23, text=name, size=12))
        x += 90
    top = y + _HEAD - 26
    lines = Panel(
        (Line("owed", covered.owed, OWED), Line("held", covered.held, HELD, dashed=True)),
        left, right, top, top + _LINES, *period, text, zone,
    )  # fmt: skip
    below = top + _LINES + _BETWEEN
    difference = Panel(
        (Line("held less owed", covered.difference, SHORT),),
        left, right, below, below + _DIFFERENCE, *period, text, zone, below=True,
    )  # fmt: skip
    items += drawn(lines)
    items += drawn(difference)
    items.append(Words(x=left, y=below - 6, text="held less owed", size=12, colour=SOFT))
    items += marks(difference, scale(*period, left, right, zone), top, below + _DIFFERENCE)
    for cut in cuts:
        where = x_of(lines, cut)
        items.append(Stroke(points=((where, top - 4), (where, below + _DIFFERENCE)), colour=INK,
                            dashed=True, hover=f"cut {instant_text(cut)}"))  # fmt: skip
        items.append(Words(x=where - 3, y=top - 7, text="cut", size=11, colour=INK, anchor="end"))
    return items
