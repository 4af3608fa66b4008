"""A trace as a Sankey diagram: one panel for each method, the same places in the same columns.

Bands are as wide as what of the claim moved; what is left in a place is a bar beside it. Methods
that no law chooses between stand side by side, and none is drawn as the right one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from forthwith.books.pictures.coverage import NARROW, WIDE
from forthwith.books.tracing.diagram import DiagramFlow, DiagramNode, TraceDiagram
from forthwith.plain.drawings.drawing import (
    INK,
    PAPER,
    SOFT,
    Box,
    Drawing,
    Item,
    Shape,
    Stroke,
    Words,
)
from forthwith.plain.drawings.words import Footnotes, fitted, folded

_HIGH, _GAP, _BAR, _HEAD = 150.0, 14.0, 9.0, 46.0
_SIZE = 12.0
_KINDS = {
    "came in": ("#12355b", "#12355b"), "followed": ("#12355b", "#8cc1f2"),
    "restored": ("#2e7d5b", "#58b88b"), "sink": ("#a3161c", "#f29a9d"),
}  # fmt: skip
_NAMES = {
    "fifo": "First in, first out (Clayton's Case)", "lifo": "Last in, first out",
    "pro_rata": "Rolling pro rata (Barlow Clowes)",
    "libr": "Lowest intermediate balance (Roscoe v Winder)",
    "poison": "Poison: whatever may be touched (a bound, not an allocation)",
}  # fmt: skip


def drawing(diagram: TraceDiagram, *, width: float = WIDE) -> Drawing:
    """Return the picture of one order of a trace."""
    title = (
        f"Claim {diagram.claim}: {diagram.asset.text(diagram.amount)} {diagram.asset.id}, "
        f"order of one day's rows: {diagram.order.replace('_', ' ')}"
    )
    items: list[Item] = []
    y = 26.0
    for line in folded(title, width - 24, 16, 3, bold=True):
        items.append(Words(x=12, y=y, text=line, size=16, bold=True))
        y += 21
    notes = Footnotes()
    said = []
    for method in diagram.flows:
        high, more = _panel(diagram, method, y, width, notes)
        items += more
        y += high
        said.append(f"{method}: {_spoken(diagram, method)}")
    for line in notes.written(width - 24, _SIZE):
        items.append(Words(x=12, y=y + 10, text=line, size=_SIZE, colour=SOFT))
        y += 16
    return Drawing(width, y + 16, title, ". ".join(said) + ".", tuple(items))


def _spoken(diagram: TraceDiagram, method: str) -> str:
    flows = [
        f"{flow.source} to {flow.target} {diagram.asset.text(flow.amount)}"
        for flow in diagram.flows[method]
    ]
    left = [f"{diagram.asset.text(n)} left in {place}" for place, n in diagram.left[method].items()]
    return "; ".join([*flows, *left]) or "nothing moved"


def _panel(
    diagram: TraceDiagram, method: str, top: float, width: float, notes: Footnotes
) -> tuple[float, list[Item]]:
    """Return how high the panel of one method is, and its items."""
    items: list[Item] = []
    y = top + 8
    for line in folded(_NAMES.get(method, method), width - 24, 13, 2, bold=True):
        items.append(Words(x=12, y=y + 12, text=line, size=13, bold=True))
        y += 18
    flows, left = diagram.flows[method], diagram.left[method]
    through = _through(flows, left)
    nodes = [node for node in diagram.nodes if through.get(node.name)]
    columns: dict[int, list[DiagramNode]] = defaultdict(list)
    for node in nodes:
        columns[node.column].append(node)
    if not columns:
        items.append(Words(x=12, y=y + 16, text="Nothing of it moved.", size=_SIZE, colour=SOFT))
        return y + 30 - top, items
    narrow = width <= NARROW
    # Two lines of words under each bar, so that no label lies on a band.
    words = 30.0
    most = max(len(column) for column in columns.values())
    scale = _HIGH / max(1, max(sum(through[n.name] for n in column) for column in columns.values()))
    last = max(node.column for node in diagram.nodes)
    beside = 90.0 if narrow else 200.0
    room = (width - 24 - _BAR - beside) / max(1, last)
    places: dict[str, tuple[float, float]] = {}
    for number, column in sorted(columns.items()):
        at = y + 14
        for node in column:
            places[node.name] = (12 + number * room, at)
            at += max(through[node.name] * scale, 2.0) + words + _GAP
    out: dict[str, float] = defaultdict(float)
    into: dict[str, float] = defaultdict(float)
    for flow in flows:
        (x, start), (to, end) = places[flow.source], places[flow.target]
        thick = max(flow.amount * scale, 1.0)
        begin, reach = start + out[flow.source], end + into[flow.target]
        out[flow.source] += thick
        into[flow.target] += thick
        kind = next(node.kind for node in nodes if node.name == flow.target)
        hover = f"{flow.source} to {flow.target}: {diagram.asset.text(flow.amount)}"
        items.append(_band(x + _BAR, begin, to, reach, thick, _KINDS[kind][1], hover))
    for node in nodes:
        x, at = places[node.name]
        high = max(through[node.name] * scale, 2.0)
        colour = _KINDS[node.kind][0]
        items.append(Box(x=x, y=at, width=_BAR, height=high, fill=colour))
        stays = node.kind in ("came in", "followed")
        amount = left.get(node.name, 0) if stays else through[node.name]
        text = f"{diagram.asset.text(amount)}{' left' if stays else ''}"
        # In the last column words stand beside the bar, where no band goes on.
        aside = node.column == last
        space = beside - 8 if aside else room - _BAR - 6
        where, below = (x + _BAR + 6, at + min(high / 2, 18)) if aside else (x, at + high + 13)
        (label,) = (
            notes.lines(node.name, space, _SIZE, 1)
            if not narrow
            else (fitted(node.name, space, _SIZE),)
        )
        items.append(Words(x=where, y=below, text=label, size=_SIZE))
        items.append(Words(x=where, y=below + 14, text=fitted(text, space, _SIZE), size=_SIZE,
                           colour=INK if amount else SOFT, hover=text))  # fmt: skip
    high = _HIGH + most * (words + _GAP) + 24
    items.append(Stroke(points=((12, y + high - 6), (width - 12, y + high - 6)), colour="#d9dde3"))
    return y + high - top, items


def _band(x: float, y: float, to: float, end: float, thick: float, fill: str, hover: str) -> Item:
    """Return a band as an outline of short straight pieces, so that every form draws it alike."""
    upper, lower = [], []
    for step in range(25):
        share = step / 24
        # A smooth step: level at both ends.
        rise = share * share * (3 - 2 * share)
        across, down = x + (to - x) * share, y + (end - y) * rise
        upper.append((across, down))
        lower.append((across, down + thick))
    return Shape(
        points=(*upper, *reversed(lower)), fill=fill, line=PAPER if thick > 4 else "", hover=hover
    )


def _through(flows: tuple[DiagramFlow, ...], left: Mapping[str, int]) -> dict[str, int]:
    """Return by node the most that came in, or went out and is left."""
    came: dict[str, int] = defaultdict(int)
    went: dict[str, int] = defaultdict(int)
    for flow in flows:
        came[flow.target] += flow.amount
        went[flow.source] += flow.amount
    for place, units in left.items():
        went[place] += units
    return {name: max(came[name], went[name]) for name in came.keys() | went.keys()}
