"""The coalition graph as a page: the picture, and under it every node and edge as a table.

The coalition graph as PNG: the picture with its table drawn beneath.
"""

from __future__ import annotations

from collections.abc import Mapping

from forthwith.custody.facts.facts import Fact
from forthwith.custody.pictures.graph import Graph
from forthwith.custody.pictures.graph.drawing import drawing
from forthwith.custody.pictures.graph.parts import Edge, Node, rows_of
from forthwith.custody.pictures.graph.words import OPEN, coalition_lines, is_open
from forthwith.custody.pictures.page import heading, listed, page, paragraphs, table
from forthwith.custody.pictures.png import png as drawn
from forthwith.custody.pictures.svg import svg
from forthwith.custody.pictures.tables import Column, below
from forthwith.domain.period import Period

ROWS = ("What", "Which", "Does", "From", "To", "Standing", "Cited", "Row")

_NOTE = (
    "A means whose holders are not shown to be all may be in anybody's hands. “To” is the first "
    "day no longer meant."
)


def html(graph: Graph) -> str:
    """Return the page: self-contained, every value escaped."""
    picture = drawing(graph, listing=False)
    head, *lines = coalition_lines(graph.coalitions, str(graph.standing))
    return page(
        picture.title,
        [
            svg(picture, "graph"),
            heading(head),
            listed(lines),
            heading("Everything in the graph"),
            paragraphs([_NOTE]),
            table(ROWS, rows(graph), fixed=(3, 4)),
            *([heading("To be known with it"), listed(graph.notes)] if graph.notes else []),
        ],
    )


def rows(graph: Graph) -> list[tuple[str, ...]]:
    """Return a row for each fact behind each node and edge, columns as ROWS."""
    labels = {each.id: each.label for each in graph.nodes}
    return [_row(part, fact, labels) for part, fact in rows_of(graph.nodes, graph.edges)]


def _row(part: Node | Edge, fact: Fact | None, labels: Mapping[str, str]) -> tuple[str, ...]:
    period: Period | None = getattr(fact, "period", None)
    standing = "" if fact is None else str(fact.standing) + (", disputed" if fact.disputed else "")
    return (
        *_said(part, labels),
        period.start.isoformat() if period else "",
        period.end.isoformat() if period and period.end else "",
        standing if part.accepted else f"{standing} (does not count)".strip(),
        "; ".join(fact.cites) if fact else "",
        fact.place if fact else "",
    )


def _said(part: Node | Edge, labels: Mapping[str, str]) -> tuple[str, str, str]:
    if isinstance(part, Edge):
        target = labels.get(part.target, part.target)
        return part.sort, labels.get(part.source, part.source), f"{part.says} {target}"
    state = OPEN if is_open(part) else ""
    return part.sort, part.label, "; ".join(filter(None, (part.detail, state)))


_WIDE = (80, 150, 240, 82, 82, 100, 110, 116)


def png(graph: Graph) -> bytes:
    """Return the picture as PNG; rows past what one sheet holds are counted on it."""
    columns = [Column(name, wide) for name, wide in zip(ROWS, _WIDE, strict=True)]
    return drawn(below(drawing(graph), "Everything in the graph", columns, rows(graph)))
