"""The coalition graph in words: what hovering says, and the minimal coalitions as lines."""

from __future__ import annotations

from forthwith.custody.pictures.graph import Coalitions
from forthwith.custody.pictures.graph.parts import Edge, Node

OPEN = "holders not shown to be all"


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
