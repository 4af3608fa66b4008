"""A network made small: gates by number, each function once, what repeats itself taken out.

Every step keeps the function as it is: the minimal sets of the circuit are those of the network.
Which part of the circuit may be solved alone is `modules`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, NamedTuple

from forthwith.custody.facts.network import Network

#: Parts that are always, or never, met; no part of a finished gate is one of them.
ALWAYS, NEVER = -1, -2

_NOTHING: frozenset[int] = frozenset()
_MOST_ROUNDS = 4
#: Parts moved from gates into their users; in a very long chain the rest stays nested.
_MOST_MOVED = 1_000_000
#: Gates times shared leaves; past it nothing is absorbed, which costs time and changes no set.
_MOST_SETTLED = 20_000_000


class WeightedGate(NamedTuple):
    """Met when the weights of the met parts reach `k`: 1 is any; `weights` None is all ones.

    A tuple: thousands are made for one answer, and a frozen dataclass takes five times as long.
    """

    k: int
    parts: tuple[int, ...]
    weights: tuple[int, ...] | None = None

    @property
    def any_of(self) -> bool:
        """Whether one part is enough."""
        return self.k == 1

    @property
    def all_of(self) -> bool:
        """Whether every part is needed."""
        return self.weights is None and self.k == len(self.parts)


@dataclass(frozen=True, slots=True)
class Circuit:
    """Leaves are the numbers below `len(names)`, gates the numbers from there on, parts first."""

    names: tuple[str, ...]
    gates: tuple[WeightedGate, ...]
    top: int

    def below(self) -> list[int]:
        """Return the numbers of the gates that the top needs, parts first."""
        leaves, needed = len(self.names), {self.top}
        for number in range(self.top, leaves - 1, -1):
            if number in needed:
                needed.update(self.gates[number - leaves].parts)
        return sorted(number for number in needed if number >= leaves)

    def uses(self, gates: Iterable[int]) -> Counter[int]:
        """Return how many of these gates each part is a part of."""
        uses: Counter[int] = Counter()
        for number in gates:
            uses.update(self.gates[number - len(self.names)].parts)
        return uses


def circuit_of(network: Network) -> Circuit:
    """Return the network without names of gates, simplified until nothing changes."""
    circuit = _read(network)
    for _ in range(_MOST_ROUNDS):
        simpler = _absorbed(circuit)
        if simpler is circuit:
            break
        circuit = simpler
    return circuit


def _read(network: Network) -> Circuit:
    order, nodes = network.order(), network.nodes
    uses = Counter(part for name in order for part in set(nodes[name].of))
    # As `network.leaves()`, which would put the gates in order once more.
    leaf_names = (
        [network.top] if network.top not in nodes else [name for name in uses if name not in nodes]
    )
    leaves = {name: at for at, name in enumerate(sorted(leaf_names))}
    maker, numbers = _Maker(len(leaves)), dict(leaves)
    for name in order:
        gate = nodes[name]
        number = numbers[name] = maker.gate(gate.k, [numbers[part] for part in gate.of])
        if uses[name] == 1 and number >= len(leaves):
            maker.once.add(number)
    return Circuit(tuple(leaves), tuple(maker.gates), numbers[network.top])


class _Maker:
    """Makes gates in their plainest form, and the same gate only once."""

    def __init__(self, leaves: int) -> None:
        self.leaves = leaves
        self.gates: list[WeightedGate] = []
        #: Gates with one user: they melt into a user of the same kind.
        self.once: set[int] = set()
        self._moved = 0
        self._known: dict[tuple[int, frozenset[Any]], int] = {}

    def gate(self, k: int, parts: Sequence[int], weights: Sequence[int] | None = None) -> int:
        """Return the number of "at least `k` of the parts"; a part given twice counts twice."""
        if weights is None:
            if k == 1:
                return self._joined(parts, 1)
            if k == len(parts):
                return self._joined(parts, 0)
            weights = (1,) * len(parts)
        counted: Counter[int] = Counter()
        for part, weight in zip(parts, weights):
            counted[part] += weight
        return self._weighed(k, counted)

    def _joined(self, parts: Iterable[int], k: int) -> int:
        """Return any (`k` 1) or all (`k` 0) of the parts."""
        idle, ruling = (NEVER, ALWAYS) if k else (ALWAYS, NEVER)
        flat: dict[int, None] = {}
        for part in parts:
            inner = self.gates[part - self.leaves] if part in self.once else None
            same = inner is not None and (inner.any_of if k else inner.all_of)
            if inner and same and self._moved < _MOST_MOVED:
                self._moved += len(inner.parts)
                flat.update(dict.fromkeys(inner.parts))
            else:
                flat[part] = None
        flat.pop(idle, None)
        if ruling in flat:
            return ruling
        if len(flat) < 2:
            return next(iter(flat), idle)
        return self._number(k or len(flat), tuple(flat), None)

    def _weighed(self, k: int, counted: Counter[int]) -> int:
        """Return the gate met when the weights of the met parts reach `k`."""
        k -= counted.pop(ALWAYS, 0)
        counted.pop(NEVER, None)
        total = sum(min(weight, k) for weight in counted.values())
        if k <= 0 or total < k:
            return ALWAYS if k <= 0 else NEVER
        enough = [part for part, weight in counted.items() if weight >= k]
        if enough:
            rest = Counter({part: counted[part] for part in counted if counted[part] < k})
            return self._joined([*enough, self._weighed(k, rest)], 1)
        needed = [part for part, weight in counted.items() if total - weight < k]
        if needed:
            rest = Counter({part: counted[part] for part in counted if total - counted[part] >= k})
            left = k - sum(counted[part] for part in needed)
            return self._joined([*needed, self._weighed(left, rest)], 0)
        step = gcd(*counted.values())
        weights = tuple(weight // step for weight in counted.values())
        k = -(-k // step)
        return self._number(k, tuple(counted), None if set(weights) == {1} else weights)

    def _number(self, k: int, parts: tuple[int, ...], weights: tuple[int, ...] | None) -> int:
        key: tuple[int, frozenset[Any]] = (k, frozenset(zip(parts, weights) if weights else parts))
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = self.leaves + len(self.gates)
            self.gates.append(WeightedGate(k, parts, weights))
        return number


def _absorbed(circuit: Circuit) -> Circuit:
    """Use `x or f = x or f(x=0)` and `x and f = x and f(x=1)` for leaves x below f.

    A gate used in several places takes what holds in all of them. The circuit itself, when there
    is nothing to do.
    """
    leaves, order = len(circuit.names), circuit.below()
    uses = circuit.uses(order)
    shared = frozenset(part for part, count in uses.items() if count > 1 and part < leaves)
    if not shared or len(shared) * len(order) > _MOST_SETTLED:
        return circuit
    settled = _settled(circuit, order, shared)
    hit = any(
        part in settled[number][0] or part in settled[number][1]
        for number in order
        for part in circuit.gates[number - leaves].parts
        if part in shared
    )
    return _rebuilt(circuit, order, settled, uses) if hit else circuit


_Settled = dict[int, tuple[frozenset[int], frozenset[int]]]


def _settled(circuit: Circuit, order: Sequence[int], shared: frozenset[int]) -> _Settled:
    """Return for each gate the leaves that count as never, and as always, met within it.

    By induction from the leaves up: where these leaves have these values, the gate with them put
    in is the gate as it was; where they have not, a sibling of the gate or of one above decides.
    """
    leaves, values = len(circuit.names), {circuit.top: (_NOTHING, _NOTHING)}
    for number in reversed(order):
        never, always = values[number]
        gate = circuit.gates[number - leaves]
        if gate.any_of:
            never = never.union(part for part in gate.parts if part in shared)
        elif gate.all_of:
            always = always.union(part for part in gate.parts if part in shared)
        for part in gate.parts:
            if part >= leaves:
                known = values.get(part)
                values[part] = (never & known[0], always & known[1]) if known else (never, always)
    return values


def _rebuilt(
    circuit: Circuit, order: Sequence[int], settled: _Settled, uses: Counter[int]
) -> Circuit:
    leaves = len(circuit.names)
    maker, numbers = _Maker(leaves), {ALWAYS: ALWAYS, NEVER: NEVER}
    for number in order:
        never, always = settled[number]
        gate = circuit.gates[number - leaves]
        parts = [
            (NEVER if part in never else ALWAYS if part in always else part)
            if part < leaves
            else numbers[part]
            for part in gate.parts
        ]
        rebuilt = numbers[number] = maker.gate(gate.k, parts, gate.weights)
        if uses[number] == 1 and rebuilt >= leaves:
            maker.once.add(rebuilt)
    return Circuit(circuit.names, tuple(maker.gates), numbers[circuit.top])
