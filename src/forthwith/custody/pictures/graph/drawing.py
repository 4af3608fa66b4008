"""The coalition graph as a drawing: people at the left, the wallet at the right.

What is not shown to be all is dashed and hatched; what does not count, or only may be, is dashed.
What hovering says, and the coalitions as lines, are written here too.
"""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.custody.pictures.axis import short
from forthwith.custody.pictures.drawing import (
    INK,
    PAPER,
    SOFT,
    Box,
    Drawing,
    Item,
    Point,
    Stroke,
    Words,
)
from forthwith.custody.pictures.graph import Coalitions, Graph
from forthwith.custody.pictures.graph.layout import Layout, layout
from forthwith.custody.pictures.graph.parts import Edge, Node
from forthwith.custody.pictures.words import fitted, folded, width

#: What is written by a means whose holders are not shown to be all.
OPEN = "holders not shown to be all"
_LEFT, _BETWEEN, _LEAST_WIDTH = 20.0, 46.0, 1000.0
_WIDE = {"person": 178.0, "means": 196.0, "quorum": 104.0, "path": 190.0, "wallet": 168.0}
_TALL = {"person": 54.0, "means": 54.0, "quorum": 46.0, "path": 54.0, "wallet": 62.0}
#: Of the label, of what stands under it, and from one line to the next.
_LABEL, _DETAIL, _LINE = 16.0, 12.5, 18.0
#: As narrow a node has it.
_OPEN_SHORT = "others may hold it"
#: fill, outline, ink.
_LOOKS = {
    "person": ("#eef2f7", INK, INK),
    "means": (PAPER, INK, INK),
    "quorum": ("#dfe5ec", INK, INK),
    "path": ("#f1f7f3", "#2e7d5b", INK),
    "wallet": ("#12355b", "#0b2440", PAPER),
}
#: Under what is open.
_GROUND = "#fdf3d3"
_HEAVY = ("gives", "may give", "moves")
_ARROWS = ("gives", "may give", "part", "approves", "sets aside", "moves")
#: Sorts of edge that say what may be, not what is.
_UNSURE = ("may give", "part", "sets aside")
_PLURALS = {
    "person": ("person", "people"),
    "means": ("means", "means"),
    "quorum": ("quorum", "quorums"),
    "path": ("path", "paths"),
}


def drawing(graph: Graph, *, listing: bool = True) -> Drawing:
    """Return the picture of a graph; `listing` writes the minimal coalitions under it."""
    title = f"Who could move wallet {graph.wallet.id} on {short(graph.day)}"
    pen = _Pen(graph)
    items = tuple(pen.draw(title, listing=listing))
    return Drawing(pen.width, pen.y + 14, title, described(graph), items)


def described(graph: Graph) -> str:
    """Return the picture as words."""
    return " ".join(coalition_lines(graph.coalitions, str(graph.standing)))


class _Pen:
    """Draws from the top down; `y` is where the next thing goes."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nodes = {node.id: node for node in graph.nodes}
        heights = {node.id: _tall(node) for node in graph.nodes}
        self._layout: Layout = layout(graph.nodes, graph.edges, heights)
        self._columns = list(self._column_places())
        self._column_of = {
            name: at for at, layer in enumerate(self._layout.layers) for name in layer
        }
        right = max((x + wide for x, wide in self._columns), default=0.0)
        self.width = max(_LEAST_WIDTH, right + _LEFT)
        self.y = 34.0

    def _column_places(self) -> Iterator[tuple[float, float]]:
        x = _LEFT
        for layer in self._layout.layers:
            wide = max(
                (_WIDE[self._nodes[name].sort] for name in layer if name in self._nodes),
                default=40.0,
            )
            yield x, wide
            x += wide + _BETWEEN

    def draw(self, title: str, *, listing: bool) -> Iterator[Item]:
        room = self.width - 2 * _LEFT
        yield Words(x=_LEFT, y=self.y, text=fitted(title, room, 23, bold=True), size=23, bold=True)
        lead = ", ".join(
            filter(None, (self._graph.wallet.asset, *sorted(self._graph.wallet.classes)))
        )
        lead = f"{lead} · " if lead else ""
        text = f"{lead}facts count down to standing “{self._graph.standing}”"
        yield Words(x=_LEFT, y=self.y + 25, text=fitted(text, room, 14), size=14, colour=SOFT)
        self.y += 52
        if not self._graph.has_policy:
            yield from self._notice()
        yield from self._legend()
        yield from self._edges()
        yield from self._all_nodes()
        self.y += self._layout.height + 26
        yield from self._left_out()
        if listing:
            yield from self._coalitions(room)

    def _notice(self) -> Iterator[Item]:
        words = "No policy of this wallet is in the facts for this day: nothing can be excluded."
        wide = width(words, 16, bold=True) + 30
        yield Box(x=_LEFT, y=self.y, width=wide, height=36, fill="#fff3c4", line="#8a6a1c")
        yield Words(x=_LEFT + 14, y=self.y + 24, text=words, size=16, bold=True)
        self.y += 54

    def _legend(self) -> Iterator[Item]:
        x, y = _LEFT, self.y
        yield Box(x=x, y=y, width=30, height=17, line=INK, weight=1.4)
        yield _legend_words(x + 38, y, "holders listed are all")
        x += 38 + _legend_room("holders listed are all")
        yield _open_box(x, y, 30, 17)
        yield _legend_words(x + 38, y, OPEN)
        x += 38 + _legend_room(OPEN)
        for text, edge in _SAMPLES:
            yield _line(edge, ((x, y + 9), (x + 36, y + 9)), "")
            yield _legend_words(x + 44, y, text)
            x += 44 + _legend_room(text)
        self.width = max(self.width, x)
        self.y += 42

    def _edges(self) -> Iterator[Item]:
        for edge, route in self._layout.routes:
            source, target = self._nodes[edge.source].label, self._nodes[edge.target].label
            hover = f"{source} {edge.says} {target}{evidence(edge)}"
            yield _line(edge, self._points(route), hover)

    def _points(self, route: tuple[str, ...]) -> tuple[Point, ...]:
        """Return the points of an edge: level through each column, bent only between columns."""
        onward = self._column_of[route[-1]] >= self._column_of[route[0]]
        points: list[Point] = []
        for at, name in enumerate(route):
            x, wide = self._columns[self._column_of[name]]
            y = self.y + self._layout.y[name]
            # A narrow node of a wide column is left, and entered from the right, on the level.
            own_width = _WIDE[self._nodes[name].sort] if name in self._nodes else wide
            right = [(x + own_width, y), (x + wide, y)]
            left = [(x, y)]
            if at == 0:
                points += right if onward else left
            elif at == len(route) - 1:
                points += left if onward else right[::-1]
            else:
                points += [*left, right[1]] if onward else [right[1], *left]
        return tuple(points)

    def _all_nodes(self) -> Iterator[Item]:
        for at, layer in enumerate(self._layout.layers):
            x = self._columns[at][0]
            for name in layer:
                if name in self._nodes:
                    yield from _node(self._nodes[name], x, self.y + self._layout.y[name])

    def _left_out(self) -> Iterator[Item]:
        counts = ", ".join(
            f"{count:,} more {_PLURALS[sort][count > 1]}"
            for sort, count in self._layout.left_out.items()
        )
        if counts:
            text = f"Not drawn: {counts}; see the table."
            yield Words(x=_LEFT, y=self.y, text=text, size=14, colour=SOFT)
            self.y += 28

    def _coalitions(self, room: float) -> Iterator[Item]:
        head, *lines = coalition_lines(self._graph.coalitions, str(self._graph.standing))
        yield Words(
            x=_LEFT, y=self.y + 8, text=fitted(head, room, 16, bold=True), size=16, bold=True
        )
        self.y += 34
        for line in lines:
            for text in folded(line, room - 16, 15, 2):
                yield Words(x=_LEFT + 16, y=self.y, text=text, size=15)
                self.y += 22


_SAMPLES = tuple(
    (text, Edge(source="", target="", sort=sort, says=""))
    for text, sort in (
        ("had it, or counts towards", "has"),
        ("gives, moves", "gives"),
        ("only may be, or does not count", "may give"),
    )
)


def _legend_words(x: float, y: float, text: str) -> Words:
    return Words(x=x, y=y + 13, text=text, size=13)


def _legend_room(text: str) -> float:
    return width(text, 13) + 18


def _tall(node: Node) -> float:
    extra = _LINE if node.open and node.sort == "means" else 0.0
    return _TALL[node.sort] + extra


def _open_box(x: float, y: float, wide: float, tall: float, hover: str = "") -> Box:
    return Box(
        x=x,
        y=y,
        width=wide,
        height=tall,
        fill=_GROUND,
        hatch="#ddc27f",
        line="#7a5c12",
        dashed=True,
        weight=1.6,
        hover=hover,
    )


def _line(edge: Edge, points: tuple[Point, ...], hover: str) -> Stroke:
    counts = edge.accepted and edge.sort not in _UNSURE
    return Stroke(
        points=points,
        smooth=True,
        hover=hover,
        dashed=not counts,
        colour=INK if counts else SOFT,
        weight=2.4 if edge.sort in _HEAVY and counts else 1.4,
        arrow=edge.sort in _ARROWS,
    )


def _node(node: Node, x: float, middle: float) -> Iterator[Item]:
    wide, tall = _WIDE[node.sort], _tall(node)
    fill, line, ink = _LOOKS[node.sort]
    hover = node_hover(node)
    top = middle - tall / 2
    if node.open:
        yield _open_box(x, top, wide, tall, hover)
    else:
        corners = {"person": 12.0, "quorum": 20.0}.get(node.sort, 3.0)
        yield Box(
            x=x,
            y=top,
            width=wide,
            height=tall,
            fill=fill,
            line=line,
            weight=1.6,
            dashed=not node.accepted,
            round=corners,
            hover=hover,
        )
    yield from _node_words(node, x, top, wide, ink, hover)


def _node_words(
    node: Node, x: float, top: float, wide: float, ink: str, hover: str
) -> Iterator[Item]:
    texts = [(node.label, _LABEL, True)]
    if node.detail:
        texts.append((node.detail, _DETAIL, False))
    if is_open(node):
        texts.append((_OPEN_SHORT, _DETAIL, True))
    y = top + (_tall(node) - _LINE * len(texts)) / 2 + 14
    for at, (text, size, bold) in enumerate(texts):
        shown = fitted(text, wide - 14, size, bold=bold)
        base = y + at * _LINE
        if node.open:
            long = width(shown, size, bold=bold) + 6
            yield Box(x=x + (wide - long) / 2, y=base - 13, width=long, height=_LINE, fill=_GROUND)
        yield Words(
            x=x + wide / 2,
            y=base,
            text=shown,
            size=size,
            bold=bold,
            colour=ink,
            anchor="middle",
            hover=hover,
        )


def node_hover(node: Node) -> str:
    """Return what hovering over a node says."""
    rows = "; ".join(
        f"{fact.standing}; {', '.join(fact.cites) or 'no citation'}; {fact.place}"
        for fact in node.facts
    )
    text = ". ".join(filter(None, (node.label, node.detail, OPEN if is_open(node) else "")))
    return f"{text}. {rows}" if rows else text


def is_open(node: Node) -> bool:
    """Return whether it is a means whose holders are not shown to be all."""
    return node.open and node.sort == "means"


def evidence(edge: Edge) -> str:
    """Return ", from 2023-01-09. document; HC-000210; possessions.csv:2"."""
    if edge.fact is None:
        return ""
    period = f", {edge.period}" if edge.period else ""
    cites = ", ".join(edge.fact.cites) or "no citation"
    counts = "" if edge.accepted else " (does not count)"
    return f"{period}. {edge.fact.standing}{counts}; {cites}; {edge.fact.place}"


def coalition_lines(coalitions: Coalitions, standing: str) -> list[str]:
    """Return the minimal coalitions as lines, the first a heading."""
    if coalitions.undecided:
        return [
            "Minimal sets of listed people who could move it: not decided",
            coalitions.undecided,
        ]
    if not coalitions.count:
        return [
            "No set of listed people is shown to be able to move it",
            f"by facts of standing “{standing}” and better; what is dashed is not ruled out.",
        ]
    head = f"Minimal sets of listed people shown to be able to move it: {coalitions.count:,}"
    lines = [" + ".join(members) for members in coalitions.sets]
    if (more := coalitions.count - len(lines)) > 0:
        lines.append(f"and {more:,} more")
    return [head, *lines]
