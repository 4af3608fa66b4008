"""Orders of variables: the size of a decision diagram hangs on them.

None is best everywhere, so several are offered, cheap ones first. Walks: Bouissou, Bruyère and
Rauzy, "BDD based fault-tree processing: a comparison of variable ordering heuristics", 1997.
FORCE: Aloul, Markov and Sakallah, "FORCE: a fast and easy-to-implement variable-ordering
heuristic", GLSVLSI 2003.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from forthwith.custody.minimal_sets.modules import Module

_MOST_ROUNDS = 60
_PATIENCE = 5


def by_use(module: Module) -> list[int]:
    """Walk from the top, the parts with most users first."""
    uses: Counter[int] = Counter()
    for gate in module.gates:
        uses.update(gate.parts)
    return _walk(module, lambda part: -uses[part])


def others(module: Module) -> Iterator[list[int]]:
    """Yield further orders, each a reading of "what belongs together stands together"."""
    weights = _weights(module)
    light = _walk(module, weights.__getitem__)
    straight = list(range(len(module.variables)))
    supports = _supports(module)
    yield _force(module, light)
    yield _force(module, straight)
    yield straight
    yield _walk(module, lambda part: -supports[part])
    yield light


def _walk(module: Module, rank: Callable[[int], int]) -> list[int]:
    leaves = len(module.variables)
    passed, variables = set[int](), list[int]()
    waiting = [leaves + len(module.gates) - 1]
    while waiting:
        part = waiting.pop()
        if part in passed:
            continue
        passed.add(part)
        if part < leaves:
            variables.append(part)
        else:
            parts = module.gates[part - leaves].parts
            waiting.extend(sorted(parts, key=rank, reverse=True))
    return variables


def _weights(module: Module) -> list[int]:
    """Return how many leaves each gate has when written out; big numbers are cut."""
    weights = [1] * len(module.variables)
    for gate in module.gates:
        weights.append(min(sum(weights[part] for part in gate.parts), 1 << 60))
    return weights


def _supports(module: Module) -> list[int]:
    """Return how many different leaves are below each gate."""
    masks = [1 << at for at in range(len(module.variables))]
    for gate in module.gates:
        mask = 0
        for part in gate.parts:
            mask |= masks[part]
        masks.append(mask)
    return [mask.bit_count() for mask in masks]


def _force(module: Module, start: Sequence[int]) -> list[int]:
    """Pull every variable and gate to the middle of the gates it belongs to, round by round."""
    leaves = len(module.variables)
    edges = [(*gate.parts, leaves + at) for at, gate in enumerate(module.gates)]
    place = [0.0] * leaves
    for at, variable in enumerate(start):
        place[variable] = float(at)
    for gate in module.gates:
        place.append(sum(place[part] for part in gate.parts) / len(gate.parts))
    place = _ranks(place)
    best, least, stale = place, _span(edges, place), 0
    for _ in range(_MOST_ROUNDS):
        pull, count = [0.0] * len(place), [0] * len(place)
        for edge in edges:
            middle = sum([place[part] for part in edge]) / len(edge)
            for part in edge:
                pull[part] += middle
                count[part] += 1
        place = _ranks([total / many for total, many in zip(pull, count)])
        span = _span(edges, place)
        stale = 0 if span < least else stale + 1
        if span < least:
            best, least = place, span
        elif stale > _PATIENCE:
            break
    return sorted(range(leaves), key=best.__getitem__)


def _ranks(place: Sequence[float]) -> list[float]:
    ranks = [0.0] * len(place)
    for rank, part in enumerate(sorted(range(len(place)), key=place.__getitem__)):
        ranks[part] = float(rank)
    return ranks


def _span(edges: Sequence[Sequence[int]], place: Sequence[float]) -> float:
    total = 0.0
    for edge in edges:
        places = [place[part] for part in edge]
        total += max(places) - min(places)
    return total
