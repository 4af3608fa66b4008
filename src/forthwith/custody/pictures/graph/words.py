"""The coalition graph in words: what hovering says, and the least coalitions as lines."""

from __future__ import annotations

from forthwith.custody.pictures.graph import Coalitions
from forthwith.custody.pictures.graph.parts import Edge, Node

OPEN = "holders not shown to be all"


def node_hover(node: Node) -> str:
    """Return what hovering over a node says."""
    rows = "; ".join(
        f"{each.standing}; {', '.join(each.cites) or 'no citation'}; {each.place}"
        for each in node.facts
    )
    said = ". ".join(filter(None, (node.label, node.detail, OPEN if is_open(node) else "")))
    return f"{said}. {rows}" if rows else said


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
    """Return the least coalitions as lines, the first a heading."""
    if coalitions.undecided:
        return ["Least sets of listed people who could move it: not decided", coalitions.undecided]
    if not coalitions.count:
        return [
            "No set of listed people is shown to be able to move it",
            f"by facts of standing “{standing}” and better; what is dashed is not ruled out.",
        ]
    head = f"Least sets of listed people shown to be able to move it: {coalitions.count:,}"
    lines = [" + ".join(each) for each in coalitions.sets]
    if (more := coalitions.count - len(lines)) > 0:
        lines.append(f"and {more:,} more")
    return [head, *lines]
