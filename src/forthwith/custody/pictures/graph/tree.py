"""The coalition graph for a narrow screen: the wallet on top, under each thing what leads to it.

The same boxes and lines as in `drawing`. What leads to several things is drawn under the first and
named under the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from forthwith.custody.pictures.graph import Graph
from forthwith.custody.pictures.graph.drawing import (
    NO_POLICY,
    PAGE,
    card,
    described,
    disputed_mark,
    drawn_card,
    edge_line,
    evidence,
    legend,
    title_of,
)
from forthwith.custody.pictures.graph.parts import Edge, Node
from forthwith.plain.drawings.drawing import SOFT, Box, Drawing, Item, Words
from forthwith.plain.drawings.legend import flowed
from forthwith.plain.drawings.words import Footnotes, folded

_WIDTH, _MARGIN, _INDENT, _GAP = 352.0, 6.0, 15.0, 9.0
#: Steps in, past which boxes move no further.
_DEEPEST = 9
#: Boxes drawn; the table has all.
MOST = 120
_SIZES = replace(PAGE, label=14, detail=12, line=16, label_lines=6, detail_lines=6)


def tree(graph: Graph) -> Drawing:
    """Return the picture, 352 units wide."""
    pen = _Pen(graph)
    items = tuple(pen.draw())
    return Drawing(_WIDTH, pen.y + 10, title_of(graph), described(graph), items)


class _Pen:
    """Draws from the top down; `y` is where the next box goes."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nodes = {node.id: node for node in graph.nodes}
        self._into: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            if edge.sort != "may be":
                self._into[edge.target].append(edge)
        self._notes = Footnotes()
        self._drawn: set[str] = set()
        self.y = 8.0

    def draw(self) -> Iterator[Item]:
        room = _WIDTH - 2 * _MARGIN
        if not self._graph.has_policy:
            lines = folded(NO_POLICY, room - 20, 14, 6, bold=True)
            yield Box(x=_MARGIN, y=self.y, width=room, height=14 + 18 * len(lines), fill="#fff3c4",
                      line="#8a6a1c")  # fmt: skip
            for at, line in enumerate(lines):
                y = self.y + 20 + at * 18
                yield Words(x=_MARGIN + 10, y=y, text=line, size=14, bold=True)
            self.y += 26 + 18 * len(lines)
        items, high = flowed(legend(self._graph), _MARGIN, self.y, room)
        yield from items
        self.y += high + 16
        yield from self._boxes()
        if left := len(self._nodes) - len(self._drawn):
            text = f"Not drawn: {left:,} more; see the table."
            yield Words(x=_MARGIN, y=self.y + 16, text=text, size=13, colour=SOFT)
            self.y += 26
        for line in self._notes.written(room, 12):
            yield Words(x=_MARGIN, y=self.y + 14, text=line, size=12)
            self.y += 17

    def _boxes(self) -> Iterator[Item]:
        """Walk from the wallet, each box under the one it leads to; `middle` is where that is."""
        wallets = [node.id for node in self._graph.nodes if node.sort == "wallet"]
        waiting: list[tuple[str, int, Edge | None, float]] = [
            (name, 0, None, 0.0) for name in wallets
        ]
        while waiting and len(self._drawn) < MOST:
            name, depth, edge, middle = waiting.pop()
            node, again = self._nodes[name], name in self._drawn
            top = self.y
            yield from self._box(node, depth, edge, middle, again=again)
            if not again:
                self._drawn.add(name)
                below = [source for source in self._into[name] if source.source != name]
                foot = self.y - _GAP
                waiting += [(source.source, depth + 1, source, foot) for source in below[::-1]]
            self.y = max(self.y, top + _GAP)

    def _box(
        self, node: Node, depth: int, edge: Edge | None, foot: float, *, again: bool
    ) -> Iterator[Item]:
        x = _MARGIN + _INDENT * min(depth, _DEEPEST)
        room = _WIDTH - _MARGIN - x
        shown = replace(node, detail="drawn above", facts=()) if again else node
        sizes = replace(_SIZES, says_open=not again)
        made = card(shown, sizes, self._notes, room=room)
        middle = self.y + made.tall / 2
        if edge is not None:
            hover = f"{node.label} {edge.says} {self._nodes[edge.target].label}{evidence(edge)}"
            bend = x - _INDENT + 6
            path = ((x, middle), (bend, middle), (bend, foot))
            yield replace(edge_line(edge, path, hover, smooth=False), arrow=False)
            if edge.disputed:
                yield from disputed_mark(bend, middle, hover)
        yield from drawn_card(shown, made, x, self.y, _SIZES.line)
        self.y += made.tall + _GAP
