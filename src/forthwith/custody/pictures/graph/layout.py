"""Where the nodes of a coalition graph stand: in layers, ordered so that few lines cross.

Layers by longest path; order within a layer by the mean place of the neighbours (barycentres,
Sugiyama, Tagawa and Toda 1981); lines over several layers pass through places of their own, so
that no line runs behind a node. Everything is decided by ids, so the same graph lies the same way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from forthwith.custody.pictures.graph.parts import SORTS, Edge, Node

#: Nodes of each sort that are drawn; the table has all.
MOST: Mapping[str, int] = {
    "person": 16, "means": 18, "condition": 8, "quorum": 20, "path": 8, "wallet": 1,
}  # fmt: skip
_SWEEPS = 12
_GAP, _LANE = 20.0, 10.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Places in drawing units; y is the middle of a node."""

    layers: tuple[tuple[str, ...], ...]
    y: Mapping[str, float]
    #: For each edge drawn: the nodes and places between layers it passes, in order.
    routes: tuple[tuple[Edge, tuple[str, ...]], ...]
    height: float
    #: Sort of node → how many are not drawn.
    left_out: Mapping[str, int]


def layout(
    nodes: Sequence[Node],
    edges: Sequence[Edge],
    heights: Mapping[str, float],
    most: Mapping[str, int] = MOST,
    gap: float = _GAP,
) -> Layout:
    """Place the nodes, those nearest the wallet first where there are too many."""
    kept = _kept(nodes, edges, most)
    drawn = _once(edge for edge in edges if edge.source in kept and edge.target in kept)
    layer_of = _layers([node for node in nodes if node.id in kept], drawn)
    routes = [(edge, _route(at, edge, layer_of)) for at, edge in enumerate(drawn)]
    layers: list[list[str]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for name in sorted(layer_of, key=_natural):
        layers[layer_of[name]].append(name)
    for _, route in routes:
        for name in route[1:-1]:
            layers[int(name.split(":", 2)[1])].append(name)
    near = _neighbours(routes)
    layers = _ordered(layers, near)
    y, height = _placed(layers, near, heights, gap)
    left_out = {
        sort: sum(node.sort == sort and node.id not in kept for node in nodes) for sort in SORTS
    }
    return Layout(
        tuple(map(tuple, layers)),
        y,
        tuple(routes),
        height,
        {sort: count for sort, count in left_out.items() if count},
    )


def _kept(nodes: Sequence[Node], edges: Sequence[Edge], most: Mapping[str, int]) -> set[str]:
    """Return the nodes to draw: outward from the wallet, of each sort up to its bound."""
    sorts = {node.id: node.sort for node in nodes}
    into: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        into[edge.target].add(edge.source)
    left = dict(most)
    kept: set[str] = set()
    level = [node.id for node in nodes if node.sort == "wallet"]
    while level:
        new = []
        for name in level:
            if name not in kept and left[sorts[name]] > 0:
                kept.add(name)
                left[sorts[name]] -= 1
                new.append(name)
        # In turn, so that no means seems to have no holder because another has many.
        before = [sorted(into[name] - kept, key=_natural) for name in new]
        level = [name for turn in zip_longest(*before) for name in turn if name is not None]
    return kept


def _once(edges: Iterable[Edge]) -> list[Edge]:
    """Return one edge of a sort between two nodes, one that counts where there is one."""
    distinct: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        key = (edge.source, edge.target, edge.sort)
        if key not in distinct or (edge.accepted and not distinct[key].accepted):
            distinct[key] = edge
    return list(distinct.values())


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return a key by which k2 comes before k10."""
    runs: list[str] = [""]
    for sign in name:
        if sign.isdecimal() == runs[-1][-1:].isdecimal() or not runs[-1]:
            runs[-1] += sign
        else:
            runs.append(sign)
    return tuple((len(run) if run[0].isdecimal() else 0, run) for run in runs if run)


def _layers(nodes: Iterable[Node], edges: Iterable[Edge]) -> dict[str, int]:
    """Return layers by longest path; what would close a circle is passed over."""
    sorts = {node.id: node.sort for node in nodes}
    out: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        out[edge.source].append(edge.target)
    order = _topological(sorted(sorts, key=_natural), out)
    place = {name: at for at, name in enumerate(order)}
    layer = {name: 0 if sort == "person" else 1 for name, sort in sorts.items()}
    for name in order:
        for target in out[name]:
            if place[target] > place[name]:
                layer[target] = max(layer[target], layer[name] + 1)
    paths = [name for name, sort in sorts.items() if sort == "path"]
    last = max((layer[name] for name in paths), default=1)
    layer.update(dict.fromkeys(paths, last))
    layer.update({name: last + 1 for name, sort in sorts.items() if sort == "wallet"})
    # Empty layers between are left out.
    used = {old: new for new, old in enumerate(sorted(set(layer.values())))}
    return {name: used[at] for name, at in layer.items()}


def _topological(names: Sequence[str], out: Mapping[str, list[str]]) -> list[str]:
    """Return the names so that edges point onward, save those that close a circle."""
    entered: set[str] = set()
    done: list[str] = []
    for start in names:
        work = [(start, iter(out.get(start, ())))] if start not in entered else []
        entered.add(start)
        while work:
            name, targets = work[-1]
            following = next((target for target in targets if target not in entered), None)
            if following is None:
                done.append(name)
                work.pop()
            else:
                entered.add(following)
                work.append((following, iter(out.get(following, ()))))
    return done[::-1]


def _route(at: int, edge: Edge, layer: Mapping[str, int]) -> tuple[str, ...]:
    """Return the edge's ends with a place in each layer between them."""
    first, last = layer[edge.source], layer[edge.target]
    step = 1 if last > first else -1
    between = range(first + step, last, step) if first != last else ()
    return (edge.source, *(f"lane:{at_layer}:{at}" for at_layer in between), edge.target)


_Near = Mapping[str, list[str]]


def _neighbours(routes: Iterable[tuple[Edge, tuple[str, ...]]]) -> _Near:
    near: dict[str, list[str]] = defaultdict(list)
    for _, route in routes:
        for name, following in pairwise(route):
            near[name].append(following)
            near[following].append(name)
    return near


def _ordered(layers: list[list[str]], near: _Near) -> list[list[str]]:
    """Sweep to and fro, each layer by the mean place of its neighbours; keep the best order."""
    best, fewest = layers, _crossings(layers, near)
    now = [list(layer) for layer in layers]
    for sweep in range(_SWEEPS):
        order = range(1, len(now)) if sweep % 2 == 0 else range(len(now) - 2, -1, -1)
        for at in order:
            beside = now[at - 1] if sweep % 2 == 0 else now[at + 1]
            now[at] = _by_mean(now[at], beside, near)
        if (count := _crossings(now, near)) < fewest:
            best, fewest = [list(layer) for layer in now], count
    return best


def _by_mean(layer: list[str], beside: list[str], near: _Near) -> list[str]:
    place = {name: at for at, name in enumerate(beside)}
    own = {name: float(at) for at, name in enumerate(layer)}
    means = {}
    for name in layer:
        places = [place[neighbour] for neighbour in near[name] if neighbour in place]
        means[name] = sum(places) / len(places) if places else own[name]
    return sorted(layer, key=lambda name: (means[name], own[name]))


def _crossings(layers: list[list[str]], near: _Near) -> int:
    count = 0
    for layer, following in pairwise(layers):
        place = {name: at for at, name in enumerate(following)}
        ends = [
            sorted(place[neighbour] for neighbour in near[name] if neighbour in place)
            for name in layer
        ]
        earlier: list[int] = []
        for targets in ends:
            count += sum(before > target for target in targets for before in earlier)
            earlier += targets
    return count


def _placed(
    layers: list[list[str]], near: _Near, heights: Mapping[str, float], gap: float
) -> tuple[dict[str, float], float]:
    """Return the middles of all, nobody nearer to the next than the gap, and the height used."""
    tall = {name: heights.get(name, _LANE) for layer in layers for name in layer}
    total = max((sum(tall[name] + gap for name in layer) for layer in layers), default=0.0)
    y: dict[str, float] = {}
    for layer in layers:
        at = (total - sum(tall[name] + gap for name in layer)) / 2
        for name in layer:
            y[name] = at + (tall[name] + gap) / 2
            at += tall[name] + gap
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [_mean([y[neighbour] for neighbour in near[name]], y[name]) for name in layer]
            y.update(zip(layer, _apart(layer, wanted, tall, total, gap), strict=True))
    return y, total


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(
    layer: Sequence[str],
    wanted: Sequence[float],
    tall: Mapping[str, float],
    total: float,
    gap: float,
) -> list[float]:
    """Return places near those wanted, in order, apart, and within the height."""
    places: list[float] = []
    top = 0.0
    for name, want in zip(layer, wanted, strict=True):
        half = (tall[name] + gap) / 2
        places.append(max(want, top + half))
        top = places[-1] + half
    bottom = total
    for at in range(len(layer) - 1, -1, -1):
        half = (tall[layer[at]] + gap) / 2
        places[at] = min(places[at], bottom - half)
        bottom = places[at] - half
    return places
