"""A trace as a picture has it: places and sinks, and what each method moved between them.

Values only; drawing them is the pictures' part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forthwith.books.books import Asset
from forthwith.books.tracing.trace import Trace, TraceStep

CAME_IN, FOLLOWED, SINK, RESTORED = "came in", "followed", "sink", "restored"


@dataclass(frozen=True, slots=True)
class DiagramNode:
    """A place of the trace; `name` is unique."""

    name: str
    #: CAME_IN, FOLLOWED, SINK or RESTORED.
    kind: str
    #: Transfers from where the claim came in, at least, over all methods: a column.
    column: int


@dataclass(frozen=True, slots=True)
class DiagramFlow:
    """What of the claim moved from one node to another over the whole trace, in smallest units.

    A round trip is two flows; for poison the flows out of a node may exceed those into it.
    """

    source: str
    target: str
    amount: int
    #: Moves it is the sum of.
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TraceDiagram:
    """One order of a trace; methods share the nodes, so that panels can be laid side by side."""

    claim: str
    asset: Asset
    amount: int
    order: str
    nodes: tuple[DiagramNode, ...]
    #: By method, in the order of the first step of each.
    flows: Mapping[str, tuple[DiagramFlow, ...]]
    #: By method: what is left in each node.
    left: Mapping[str, Mapping[str, int]]


def diagram(trace: Trace, order: str = "") -> TraceDiagram:
    """Return a trace's diagram in an order; without one in the first it was given in."""
    order = order or next(iter(next(iter(trace.methods.values()))))
    outcomes = {method: orders[order] for method, orders in trace.methods.items()}
    flows = {method: _flows(outcome.steps) for method, outcome in outcomes.items()}
    followed = set(trace.follow)
    names: dict[str, None] = {trace.claim.place: None}
    for method in flows.values():
        for flow in method:
            names |= {flow.source: None, flow.target: None}
    for outcome in outcomes.values():
        names |= dict.fromkeys(outcome.left)
    columns = _columns(trace.claim.place, [flow for method in flows.values() for flow in method])

    def kind(name: str) -> str:
        if name == trace.claim.place:
            return CAME_IN
        if name in followed:
            return FOLLOWED
        return RESTORED if name.startswith("restored:") else SINK

    last = max(columns.values(), default=0) + 1
    nodes = tuple(DiagramNode(name, kind(name), columns.get(name, last)) for name in names)
    return TraceDiagram(
        trace.claim.claim,
        trace.asset,
        trace.amount,
        order,
        nodes,
        flows,
        {method: outcome.left for method, outcome in outcomes.items()},
    )


def _flows(steps: Iterable[TraceStep]) -> tuple[DiagramFlow, ...]:
    """Sum steps by both ends; a step that brings the claim in is no flow.

    The fund of a transaction with one followed payer is left out: the payer pays.
    """
    steps = list(steps)
    payers: dict[str, set[str]] = {}
    for step in steps:
        if step.passes:
            payers.setdefault(step.target, set()).add(step.source)
    single = {fund: next(iter(names)) for fund, names in payers.items() if len(names) == 1}
    sums: dict[tuple[str, str], int] = {}
    moves: dict[tuple[str, str], dict[str, None]] = {}
    for step in steps:
        if step.enters or step.target in single:
            continue
        ends = (single.get(step.source, step.source), step.target)
        sums[ends] = sums.get(ends, 0) + step.amount
        moves.setdefault(ends, {})[step.move] = None
    return tuple(
        DiagramFlow(source, target, amount, tuple(moves[source, target]))
        for (source, target), amount in sums.items()
        if amount
    )


def _columns(start: str, flows: Iterable[DiagramFlow]) -> dict[str, int]:
    after: dict[str, set[str]] = {}
    for flow in flows:
        after.setdefault(flow.source, set()).add(flow.target)
    columns, edge, column = {start: 0}, {start}, 0
    while edge:
        column += 1
        edge = {name for source in edge for name in after.get(source, ())} - columns.keys()
        columns |= dict.fromkeys(sorted(edge), column)
    return columns
