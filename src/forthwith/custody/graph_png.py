"""The coalition graph as PNG: the picture with its table drawn beneath."""

from __future__ import annotations

from forthwith.custody.pictures.graph import Graph
from forthwith.custody.pictures.graph.drawing import drawing
from forthwith.custody.pictures.graph.page import ROWS, rows
from forthwith.custody.pictures.png import png as drawn
from forthwith.custody.pictures.tables import Column, below

_WIDE = (80, 150, 240, 82, 82, 100, 110, 116)


def png(graph: Graph) -> bytes:
    """Return the picture as PNG; rows past what one sheet holds are counted on it."""
    columns = [Column(name, wide) for name, wide in zip(ROWS, _WIDE, strict=True)]
    return drawn(below(drawing(graph), "Everything in the graph", columns, rows(graph)))
