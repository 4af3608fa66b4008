"""Networks: monotone k-of-n functions with shared parts, the form every question is put in.

A network is gates by name; a name without a gate is a leaf. `minimal_sets` finds the minimal sets
of leaves that meet one; `reach` evaluates one over all days at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Self

from forthwith.domain.errors import ForthwithError


class BadNetworkError(ForthwithError):
    """A network that cannot be evaluated: empty, cyclic, or with an impossible count."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The policy cannot be used: {what}. Mend it and ask again.")


@dataclass(frozen=True, slots=True)
class Gate:
    """Met when at least `k` of the parts are met: 1 is any, `len(of)` is all.

    A part named twice counts twice: a script may ask one key for two signatures.
    """

    k: int
    of: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """Gates by name, one of them (or a leaf) on top. Acyclic, every `k` from 1 to `len(of)`.

    Without slots, so that what is worked out of the gates is worked out once.
    """

    top: str
    nodes: Mapping[str, Gate]

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read `{"top": …, "nodes": {name: {"k": …, "of": […]}}}`. Raises BadNetworkError."""
        if not isinstance(data, dict) or not isinstance(data.get("top"), str):
            raise BadNetworkError('it must be an object with "top", the name of a node or leaf')
        nodes = data.get("nodes", {})
        if not isinstance(nodes, dict):
            raise BadNetworkError('"nodes" must be an object of gates by name')
        network = cls(data["top"], {name: _gate(name, body) for name, body in nodes.items()})
        network.order()
        return network

    def order(self) -> tuple[str, ...]:
        """Return the gates below the top, parts first. Raises BadNetworkError on a cycle."""
        return self._order

    @cached_property
    def _order(self) -> tuple[str, ...]:
        below: dict[str, tuple[str, ...]] = {}
        waiting = [self.top]
        while waiting:
            name = waiting.pop()
            if name in self.nodes and name not in below:
                below[name] = tuple(part for part in self.nodes[name].of if part in self.nodes)
                waiting += below[name]
        try:
            return tuple(TopologicalSorter(below).static_order())
        except CycleError as cycle:
            raise BadNetworkError(f"its nodes go round in a circle: {cycle.args[1]}") from cycle

    def leaves(self) -> frozenset[str]:
        """Return the leaves below the top."""
        return self._leaves

    @cached_property
    def _leaves(self) -> frozenset[str]:
        if self.top not in self.nodes:
            return frozenset({self.top})
        parts = (part for name in self.order() for part in self.nodes[name].of)
        return frozenset(part for part in parts if part not in self.nodes)

    def dual(self) -> Network:
        """Return the network met by a set exactly when the rest alone does not meet this one.

        Its minimal sets are the blocking sets of this one.
        """
        nodes = {
            name: Gate(len(gate.of) - gate.k + 1, gate.of) for name, gate in self.nodes.items()
        }
        return Network(self.top, nodes)

    def with_others(self, others: Mapping[str, tuple[str, ...]]) -> Network:
        """Return the network in which each leaf of `others` is met by any of these as well."""
        names = {leaf: f"({leaf} or else)" for leaf in others}
        nodes = {
            name: Gate(gate.k, tuple(names.get(part, part) for part in gate.of))
            for name, gate in self.nodes.items()
        }
        nodes |= {name: Gate(1, (leaf, *others[leaf])) for leaf, name in names.items()}
        return Network(names.get(self.top, self.top), nodes)

    def met(self, values: Mapping[str, int], full: int = 1) -> int:
        """Evaluate over bit sets: bit i of the answer is the function of bit i of every leaf.

        `full` has every bit of the universe set; a leaf not in `values` is never there.
        """
        if self.top not in self.nodes:
            return values.get(self.top, 0)
        met: dict[str, int] = {}
        for name in self.order():
            gate = self.nodes[name]
            parts = [met[part] if part in met else values.get(part, 0) for part in gate.of]
            met[name] = at_least(gate.k, parts, full)
        return met[self.top]


def _gate(name: str, body: Any) -> Gate:
    if not isinstance(body, dict):
        raise BadNetworkError(f'node {name!r} must be an object with "k" and "of"')
    k, parts = body.get("k"), body.get("of")
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadNetworkError(f'"of" of node {name!r} must be a list of names')
    if isinstance(k, bool) or not isinstance(k, int):
        raise BadNetworkError(f'"k" of node {name!r} must be a whole number')
    if not 1 <= k <= len(parts):
        count = str(k) if -(10**9) < k < 10**9 else "a number without end"
        raise BadNetworkError(f"node {name!r} asks for {count} of {len(parts)}, which cannot be")
    return Gate(k, tuple(parts))


def at_least(k: int, values: list[int], full: int) -> int:
    """Return the bits set in at least `k` of `values`, counting in parallel on all bits."""
    if k == 1:
        any_of = 0
        for value in values:
            any_of |= value
        return any_of
    if k == len(values):
        every = full
        for value in values:
            every &= value
        return every
    if full == 1:
        return int(sum(map(bool, values)) >= k)
    # reached[j]: the bits set in at least j of the values seen so far.
    reached = [full] + [0] * k
    for value in values:
        if value:
            for j in range(k, 0, -1):
                reached[j] |= reached[j - 1] & value
    return reached[k]
