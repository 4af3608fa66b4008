"""The coalition graph as a drawing: people at the left, the wallet at the right.

What counts is solid. What is not shown to be all is dashed and hatched; what is doubtful, or only
may be, is dashed; what the other side disputes bears a D. What hovering says, and the
coalitions as lines, are written here too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

from forthwith.custody.pictures.graph import Coalitions, Graph
from forthwith.custody.pictures.graph.layout import MOST, Layout, layout
from forthwith.custody.pictures.graph.parts import Edge, Node
from forthwith.plain.drawings.axis import short
from forthwith.plain.drawings.drawing import (
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
from forthwith.plain.drawings.legend import Entry, flowed
from forthwith.plain.drawings.words import Footnotes, folded, width

#: What is written by a means whose holders are not shown to be all.
OPEN = "holders not shown to be all"
#: As narrow a node has it.
_OPEN_SHORT = "others may hold it"
NO_POLICY = "No policy of this wallet is in the facts for this day: nothing can be excluded."
_LEFT, _LEAST_WIDTH = 20.0, 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large things are, in drawing units; labels are folded, never cut without a note."""

    #: Of the label, of what stands under it, and from one line to the next.
    label: float
    detail: float
    line: float
    #: Between nodes of a column, and between columns.
    gap: float
    between: float
    #: By sort of node, the widest it may be.
    widest: Mapping[str, float]
    label_lines: int = 4
    detail_lines: int = 4
    #: Above and below the lines of a node together, in lines.
    pad: float = 0.9
    #: Written by each means whose holders are not shown to be all, not in the legend alone.
    says_open: bool = True


PAGE = Sizes(
    label=15, detail=12.5, line=17, gap=20, between=46,
    widest={"person": 190, "means": 216, "condition": 190, "quorum": 150, "path": 210,
            "wallet": 180},
)  # fmt: skip
_MEMO = Sizes(
    label=12, detail=10.5, line=13, gap=7, between=28,
    widest={"person": 146, "means": 168, "condition": 150, "quorum": 108, "path": 146,
            "wallet": 120},
    detail_lines=4, pad=0.6, says_open=False,
)  # fmt: skip
#: For a page of paper, from narrow and tall to wide and flat.
MEMOS = tuple(
    replace(_MEMO, widest={sort: round(wide * more) for sort, wide in _MEMO.widest.items()})
    for more in (1.0, 1.2, 1.4, 1.7, 2.1)
)
#: fill, outline, ink.
LOOKS = {
    "person": ("#eef2f7", INK, INK),
    "means": (PAPER, INK, INK),
    "condition": ("#fff3c4", "#8a6a1c", INK),
    "quorum": ("#dfe5ec", INK, INK),
    "path": ("#f1f7f3", "#2e7d5b", INK),
    "wallet": ("#12355b", "#0b2440", PAPER),
}
#: Under what is open, its hatching and its outline.
GROUND = "#fdf3d3"
_HATCH, _OPEN_LINE = "#ddc27f", "#7a5c12"
_HEAVY = ("gives", "may give", "moves", "may move")
_LEVEL = ("has", "counts", "may be")
#: Sorts of edge that say what may be, not what is.
_UNSURE = ("may give", "part", "may move", "may be")
_PLURALS = {
    "person": ("person", "people"),
    "means": ("means", "means"),
    "condition": ("condition", "conditions"),
    "quorum": ("quorum", "quorums"),
    "path": ("path", "paths"),
}


def drawing(graph: Graph, *, listing: bool = True, headed: bool = True) -> Drawing:
    """Return the picture of a graph.

    `headed` writes title, legend and what counts above it; `listing` the minimal coalitions below.
    """
    notes = Footnotes()
    pen = _Pen(graph, PAGE, MOST, notes)
    pen.width = max(_LEAST_WIDTH, pen.width)
    items = [*pen.head(headed=headed), *pen.picture(), *pen.left_out(), *pen.footnotes()]
    if listing:
        items += pen.coalitions()
    return Drawing(pen.width, pen.y + 14, title_of(graph), described(graph), tuple(items))


def body(graph: Graph, sizes: Sizes, share: float, room: float, notes: Footnotes) -> Drawing:
    """Return the bare picture for so wide a page, a `share` of what might be drawn."""
    most = {sort: max(1, round(count * share)) for sort, count in MOST.items()}
    pen = _Pen(graph, sizes, most, notes)
    pen.y, pen.width = 0.0, max(pen.width, min(room, _LEAST_WIDTH / 2))
    items = (*pen.picture(), *pen.left_out())
    return Drawing(pen.width, pen.y, title_of(graph), described(graph), items)


def title_of(graph: Graph) -> str:
    """Return what stands above the picture."""
    return f"Who could move wallet {graph.wallet.id} on {short(graph.day)}"


def described(graph: Graph) -> str:
    """Return the picture as words."""
    return " ".join(coalition_lines(graph.coalitions, str(graph.standing)))


def lead(graph: Graph) -> str:
    """Return what the wallet holds and which facts count."""
    what = ", ".join(filter(None, (graph.wallet.asset, *sorted(graph.wallet.classes))))
    return f"{what} · " * bool(what) + f"facts count down to standing “{graph.standing}”"


@dataclass(frozen=True, slots=True)
class _Card:
    """A node made ready: its lines (text, size, bold) and its size."""

    lines: tuple[tuple[str, float, bool], ...]
    wide: float
    tall: float


class _Pen:
    """Draws from the top down; `y` is where the next thing goes."""

    def __init__(
        self, graph: Graph, sizes: Sizes, most: Mapping[str, int], notes: Footnotes
    ) -> None:
        self._graph, self._sizes, self._notes = graph, sizes, notes
        self._nodes = {node.id: node for node in graph.nodes}
        # Which are drawn hangs on no height; only those may have a note.
        kept = layout(graph.nodes, graph.edges, {}, most)
        drawn = [name for layer in kept.layers for name in layer if name in self._nodes]
        missing = not_drawn(graph.edges, set(drawn))
        self._cards = {
            name: card(self._nodes[name], sizes, notes, missing.get(name, "")) for name in drawn
        }
        heights = {name: made.tall for name, made in self._cards.items()}
        self._layout: Layout = layout(graph.nodes, graph.edges, heights, most, sizes.gap)
        self._even_out()
        self._columns = list(self._column_places())
        self._column_of = {
            name: at for at, layer in enumerate(self._layout.layers) for name in layer
        }
        self.width = max((x + wide for x, wide in self._columns), default=0.0) + _LEFT
        self.y = 34.0

    def _even_out(self) -> None:
        """Make nodes of one sort in one column equally wide."""
        for layer in self._layout.layers:
            alike: dict[str, list[str]] = defaultdict(list)
            for name in layer:
                if name in self._cards:
                    alike[self._nodes[name].sort].append(name)
            for names in alike.values():
                wide = max(self._cards[name].wide for name in names)
                self._cards |= {name: replace(self._cards[name], wide=wide) for name in names}

    def _column_places(self) -> Iterator[tuple[float, float]]:
        x = _LEFT
        for layer in self._layout.layers:
            wide = max((self._cards[name].wide for name in layer if name in self._cards), default=0)
            yield x, wide
            x += wide + self._sizes.between

    def head(self, *, headed: bool) -> Iterator[Item]:
        """Draw title, what counts, and the legend."""
        room = self.width - 2 * _LEFT
        if headed:
            for line in self._notes.lines(title_of(self._graph), room, 23, 3, bold=True):
                yield Words(x=_LEFT, y=self.y, text=line, size=23, bold=True)
                self.y += 27
            for line in self._notes.lines(lead(self._graph), room, 14, 3):
                yield Words(x=_LEFT, y=self.y - 2, text=line, size=14, colour=SOFT)
                self.y += 20
            self.y += 5
        else:
            self.y = 14.0
        if not self._graph.has_policy:
            wide = width(NO_POLICY, 16, bold=True) + 30
            yield Box(x=_LEFT, y=self.y, width=wide, height=36, fill="#fff3c4", line="#8a6a1c")
            yield Words(x=_LEFT + 14, y=self.y + 24, text=NO_POLICY, size=16, bold=True)
            self.y += 54
        items, high = flowed(legend(self._graph), _LEFT, self.y, room)
        yield from items
        self.y += high + 20

    def picture(self) -> Iterator[Item]:
        """Draw edges and nodes."""
        marks: list[Item] = []
        for edge, route in self._layout.routes:
            source, target = self._nodes[edge.source].label, self._nodes[edge.target].label
            hover = f"{source} {edge.says} {target}{evidence(edge)}"
            points = self._points(route)
            yield edge_line(edge, points, hover)
            if edge.disputed:
                (x, y), (to_x, to_y) = points[1:3] if len(points) > 2 else points
                marks += disputed_mark((x + to_x) / 2, (y + to_y) / 2, hover)
        for at, layer in enumerate(self._layout.layers):
            for name in layer:
                if name in self._nodes:
                    made = self._cards[name]
                    top = self.y + self._layout.y[name] - made.tall / 2
                    node = self._nodes[name]
                    yield from drawn_card(node, made, self._columns[at][0], top, self._sizes.line)
        yield from marks
        self.y += self._layout.height + 12

    def _points(self, route: tuple[str, ...]) -> tuple[Point, ...]:
        """Return the points of an edge: level through each column, bent only between columns."""
        onward = self._column_of[route[-1]] >= self._column_of[route[0]]
        points: list[Point] = []
        for at, name in enumerate(route):
            x, wide = self._columns[self._column_of[name]]
            y = self.y + self._layout.y[name]
            # A narrow node of a wide column is left, and entered from the right, on the level.
            own_width = self._cards[name].wide if name in self._cards else wide
            right = [(x + own_width, y), (x + wide, y)]
            left = [(x, y)]
            if at == 0:
                points += right if onward else left
            elif at == len(route) - 1:
                points += left if onward else right[::-1]
            else:
                points += [*left, right[1]] if onward else [right[1], *left]
        return tuple(points)

    def left_out(self) -> Iterator[Item]:
        """Say what is not drawn."""
        counts = ", ".join(
            f"{count:,} more {_PLURALS[sort][count > 1]}"
            for sort, count in self._layout.left_out.items()
        )
        if counts:
            text, size = f"Not drawn: {counts}; see the table.", self._sizes.detail + 1.5
            for line in folded(text, self.width - 2 * _LEFT, size, 3):
                yield Words(x=_LEFT, y=self.y + size, text=line, size=size, colour=SOFT)
                self.y += size * 1.5

    def footnotes(self) -> Iterator[Item]:
        """Write whole what its place has only in part."""
        self.y += 8
        for line in self._notes.written(self.width - 2 * _LEFT, 13):
            self.y += 18
            yield Words(x=_LEFT, y=self.y, text=line, size=13)
        self.y += 18

    def coalitions(self) -> Iterator[Item]:
        """Write the minimal coalitions, each whole."""
        room = self.width - 2 * _LEFT
        head, *lines = coalition_lines(self._graph.coalitions, str(self._graph.standing))
        for line in folded(head, room, 16, 3, bold=True):
            yield Words(x=_LEFT, y=self.y + 8, text=line, size=16, bold=True)
            self.y += 24
        self.y += 4
        for line in lines:
            for text in folded(line, room - 16, 15, 60):
                yield Words(x=_LEFT + 16, y=self.y, text=text, size=15)
                self.y += 22


def legend(graph: Graph) -> Iterator[Entry]:
    """Yield the signs used and what each means."""
    solid = Box(x=0, y=0, width=30, height=17, line=INK, weight=1.4)
    yield Entry((solid,), 30, "holders listed are all")
    yield Entry((open_box(0, 0, 30, 17),), 30, OPEN)
    for text, sort in _SAMPLES:
        sample = Edge(source="", target="", sort=sort, says="")
        yield Entry((edge_line(sample, ((0, 9), (36, 9)), ""),), 36, text)
    if any(node.disputed for node in graph.nodes) or any(edge.disputed for edge in graph.edges):
        yield Entry(tuple(disputed_mark(9, 9, "")), 18, "disputed by the other side")


_SAMPLES = (
    ("had it, or counts towards", "has"),
    ("gives, moves", "gives"),
    ("doubtful, or only may be", "may give"),
)


def not_drawn(edges: Iterable[Edge], drawn: Set[str]) -> Mapping[str, str]:
    """Return by node what leads to it and is left out: a "2 of 4" must not seem to have two."""
    missing: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.target in drawn and edge.source not in drawn:
            missing[edge.target].add(edge.source)
    said = {}
    for target, sources in missing.items():
        holders = all(source.startswith("person:") for source in sources)
        what = "holder" if holders else "source"
        said[target] = f"+ {len(sources):,} {what}{'s' * (len(sources) > 1)} not drawn"
    return said


def card(node: Node, sizes: Sizes, notes: Footnotes, missing: str = "", room: float = 0) -> _Card:
    """Return a node with its lines folded to its width, which is at most `room` where given."""
    room = (room or sizes.widest[node.sort]) - 14
    lines = [
        (text, sizes.label, True)
        for text in notes.lines(node.label, room, sizes.label, sizes.label_lines, bold=True)
    ]
    if node.detail:
        details = notes.lines(node.detail, room, sizes.detail, sizes.detail_lines)
        lines += [(text, sizes.detail, False) for text in details]
    states = (
        _OPEN_SHORT if is_open(node) and sizes.says_open else "",
        "disputed" if node.disputed else "",
        missing,
    )
    for state in filter(None, states):
        lines += [
            (text, sizes.detail, True) for text in folded(state, room, sizes.detail, 3, bold=True)
        ]
    wide = max(width(text, size, bold=bold) for text, size, bold in lines) + 16
    least = 0.4 * room + 14
    return _Card(tuple(lines), max(least, wide), sizes.line * (len(lines) + sizes.pad))


def drawn_card(node: Node, made: _Card, x: float, top: float, line: float) -> Iterator[Item]:
    """Draw a node: its box, its words."""
    fill, outline, ink = LOOKS[node.sort]
    hover = node_hover(node)
    if node.open:
        yield open_box(x, top, made.wide, made.tall, hover)
    else:
        corners = {"person": 12.0, "quorum": min(20.0, made.tall / 2)}.get(node.sort, 3.0)
        yield Box(
            x=x,
            y=top,
            width=made.wide,
            height=made.tall,
            fill=fill,
            line=outline,
            weight=1.6,
            dashed=not node.accepted,
            round=corners,
            hover=hover,
        )
    y = top + (made.tall - line * len(made.lines)) / 2 + line * 0.78
    for at, (text, size, bold) in enumerate(made.lines):
        base = y + at * line
        if node.open:
            long = width(text, size, bold=bold) + 6
            place = x + (made.wide - long) / 2
            yield Box(x=place, y=base - line * 0.76, width=long, height=line, fill=GROUND)
        yield Words(
            x=x + made.wide / 2,
            y=base,
            text=text,
            size=size,
            bold=bold,
            colour=ink,
            anchor="middle",
            hover=hover,
        )


def open_box(x: float, y: float, wide: float, tall: float, hover: str = "") -> Box:
    """Return the box of what is not shown to be all."""
    return Box(
        x=x,
        y=y,
        width=wide,
        height=tall,
        fill=GROUND,
        hatch=_HATCH,
        line=_OPEN_LINE,
        dashed=True,
        weight=1.6,
        hover=hover,
    )


def counts(edge: Edge) -> bool:
    """Return whether an edge says what is, by a row that counts: then it is solid."""
    return edge.accepted and edge.sort not in _UNSURE


def edge_line(edge: Edge, points: tuple[Point, ...], hover: str, *, smooth: bool = True) -> Stroke:
    """Return the line of an edge."""
    sure = counts(edge)
    return Stroke(
        points=points,
        smooth=smooth,
        hover=hover,
        dashed=not sure,
        colour=INK if sure else SOFT,
        weight=2.4 if edge.sort in _HEAVY and sure else 1.4,
        arrow=edge.sort not in _LEVEL,
    )


def disputed_mark(x: float, y: float, hover: str) -> Iterator[Item]:
    """Draw the sign of what the other side disputes."""
    yield Box(x=x - 7, y=y - 7, width=14, height=14, round=7, line="#a3161c", weight=1.4,
              hover=hover)  # fmt: skip
    yield Words(x=x, y=y + 4, text="D", size=11, bold=True, colour="#a3161c", anchor="middle")


def node_hover(node: Node) -> str:
    """Return what hovering over a node says."""
    rows = "; ".join(
        f"{fact.standing}{', disputed' * fact.disputed}; "
        f"{', '.join(fact.cites) or 'no citation'}; {fact.place}"
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
    said = ", disputed" * edge.fact.disputed + " (doubtful)" * (not edge.accepted)
    return f"{period}. {edge.fact.standing}{said}; {cites}; {edge.fact.place}"


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
