"""Every node and edge of a coalition graph in rows, and its picture with them beneath."""

from __future__ import annotations

from collections.abc import Mapping

from forthwith.custody.facts.facts import Fact
from forthwith.custody.pictures.graph import Graph
from forthwith.custody.pictures.graph.drawing import OPEN, drawing, is_open
from forthwith.custody.pictures.graph.parts import Edge, Node, rows_of
from forthwith.domain.period import Period
from forthwith.plain.drawings.axis import convention
from forthwith.plain.drawings.drawing import Drawing
from forthwith.plain.drawings.tables import Column, Table, below

_COLUMNS = (
    Column("What", 80),
    Column("Which", 150),
    Column("Does", 240),
    Column("From", 82, whole=True),
    Column("To", 82, whole=True),
    Column("Standing", 100),
    Column("Cited", 110),
    Column("Row", 116),
)
_NOTE = "A means whose holders are not shown to be all may be in anybody's hands."


def table(graph: Graph) -> Table:
    """Return a row for each fact behind each node and edge."""
    labels = {node.id: node.label for node in graph.nodes}
    rows = tuple(_row(part, fact, labels) for part, fact in rows_of(graph.nodes, graph.edges))
    return Table("Everything in the graph", _COLUMNS, rows, f"{_NOTE} {convention(graph.zone)}")


def sheet(graph: Graph) -> Drawing:
    """Return the picture with its table beneath; rows past what one sheet holds are counted."""
    return below(drawing(graph), table(graph))


def _row(part: Node | Edge, fact: Fact | None, labels: Mapping[str, str]) -> tuple[str, ...]:
    period: Period | None = getattr(fact, "period", None)
    standing = "" if fact is None else str(fact.standing) + (", disputed" if fact.disputed else "")
    return (
        *_said(part, labels),
        period.from_text if period else "",
        period.to_text if period else "",
        standing if part.accepted else f"{standing} (doubtful)".strip(),
        "; ".join(fact.cites) if fact else "",
        fact.place if fact else "",
    )


def _said(part: Node | Edge, labels: Mapping[str, str]) -> tuple[str, str, str]:
    if isinstance(part, Edge):
        target = labels.get(part.target, part.target)
        return part.sort, labels.get(part.source, part.source), f"{part.says} {target}"
    state = OPEN if is_open(part) else ""
    return part.sort, part.label, "; ".join(filter(None, (part.detail, state)))
