"""The short way: a network of some dozens of gates taken whole, before anything is made small.

Making a network small and cutting it into modules takes a millisecond in Python. Where Graphillion
is through the whole of it sooner, that millisecond would be most of the answer.
"""

from __future__ import annotations

from forthwith.custody.facts.network import Network
from forthwith.custody.minimal_sets.circuit import WeightedGate
from forthwith.custody.minimal_sets.diagrams import Families
from forthwith.custody.minimal_sets.modules import Module

#: Gates within which the short way pays; fewer leaves than the least are no work for a library.
MOST_GATES, LEAST_LEAVES = 48, 17


def solve(network: Network, most_pairs: int) -> Families | None:
    """Return the minimal sets, or None where the network is not small, or takes too many pairs.

    Only gates that need any or all of their parts: counting others is costly without modules.
    """
    order, nodes = network.order(), network.nodes
    if not 0 < len(order) <= MOST_GATES:
        return None
    if any(nodes[name].k not in (1, len(nodes[name].of)) for name in order):
        return None
    names = _leaves(network)
    if len(names) < LEAST_LEAVES:
        return None
    from forthwith.custody.minimal_sets import graphillion

    number = {name: at for at, name in enumerate((*names, *order))}
    gates = [
        WeightedGate(nodes[name].k, tuple([number[part] for part in nodes[name].of]))
        for name in order
    ]
    module = Module(tuple(range(len(names))), tuple(gates))
    diagram = graphillion.solve_in(module, range(len(names)), most_pairs, lambda _: None)
    if diagram is None:
        return None
    return Families(names, number[network.top], (module,), (diagram,))


def _leaves(network: Network) -> tuple[str, ...]:
    """Return the leaves as a walk from the top first meets them."""
    names: dict[str, None] = {}
    waiting = [network.top]
    while waiting:
        name = waiting.pop()
        if name not in names:
            names[name] = None
            if name in network.nodes:
                waiting.extend(reversed(network.nodes[name].of))
    return tuple(name for name in names if name not in network.nodes)
