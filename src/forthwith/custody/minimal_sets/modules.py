"""A circuit cut into modules: parts that share no leaf with the rest and can be solved alone.

A module is a leaf to whoever uses it. Its minimal sets, put in for that leaf, give the minimal sets
of the whole; none absorbs another across modules, because no leaf is on both sides.
Modules are found in linear time: Dutuit and Rauzy, "A linear-time algorithm to find modules of
fault trees", IEEE Transactions on Reliability 45(3), 1996.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forthwith.custody.minimal_sets.circuit import Circuit, WeightedGate

#: Bits of the tables of who is below whom; past it, gates are not cut between their parts.
_MOST_BITS = 200_000_000


@dataclass(frozen=True, slots=True)
class Module:
    """One part to solve: variables are leaves of the circuit, or modules before this one."""

    #: A leaf number, or -1 - (index of the module).
    variables: tuple[int, ...]
    #: Parts are indexes of `variables`, then of these gates; the last gate is the top.
    gates: tuple[WeightedGate, ...]


def modules_of(circuit: Circuit) -> tuple[Module, ...]:
    """Return the modules, inner ones first; the last is the whole. Empty for a bare leaf."""
    if circuit.top < len(circuit.names):
        return ()
    return _Cutter(_parted(circuit)).cut()


def _parted(circuit: Circuit) -> Circuit:
    """Put a gate of its own over parts of an any-gate or all-gate that share leaves."""
    leaves, order = len(circuit.names), circuit.below()
    if len(order) * leaves > _MOST_BITS:
        return circuit
    uses = circuit.uses(order)
    gates = list(circuit.gates)
    mask: dict[int, int] = {}
    for number in order:
        gate = gates[number - leaves]
        masks = [
            mask[part] if part >= leaves else 1 << part if uses[part] > 1 else 0
            for part in gate.parts
        ]
        shared = 0
        for part_mask in masks:
            shared |= part_mask
        mask[number] = shared or 1 << leaves + number
        if (gate.any_of or gate.all_of) and len(masks) > 2 and shared:
            groups = _groups(gate.parts, masks)
            if len(groups) > 1:
                gates[number - leaves] = _regrouped(gate, groups, leaves, gates)
    return Circuit(circuit.names, tuple(gates), circuit.top)


def _groups(parts: Sequence[int], masks: Sequence[int]) -> list[list[int]]:
    """Return the parts by who shares a leaf, directly or through others."""
    covered, groups = 0, list[tuple[int, list[int]]]()
    for part, mask in zip(parts, masks):
        if not mask & covered:
            groups.append((mask, [part]))
        else:
            touched = [group for group in groups if group[0] & mask]
            joined = [member for group in touched for member in group[1]]
            for group in touched:
                mask |= group[0]
            groups = [group for group in groups if not group[0] & mask]
            groups.append((mask, [*joined, part]))
        covered |= mask
    return [members for _, members in groups]


def _regrouped(
    gate: WeightedGate, groups: list[list[int]], leaves: int, gates: list[WeightedGate]
) -> WeightedGate:
    parts = []
    for group in groups:
        if len(group) == 1:
            parts += group
        else:
            gates.append(WeightedGate(1 if gate.any_of else len(group), tuple(group)))
            parts.append(leaves + len(gates) - 1)
    return WeightedGate(1 if gate.any_of else len(parts), tuple(parts))


class _Cutter:
    """Walks the circuit once for the modules, and once for what each is made of."""

    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._leaves = len(circuit.names)
        self._order: list[int] = []
        self._alone = self._walk()
        self._uses = circuit.uses(self._order)
        self._made: list[Module] = []
        #: Which variable stands for a module's top.
        self._variable: dict[int, int] = {}

    def _walk(self) -> set[int]:
        """Return the gates whose leaves are below them only (Dutuit and Rauzy)."""
        leaves, gates = self._leaves, self._circuit.gates
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        left: dict[int, int] = {}
        clock, waiting = 0, [self._circuit.top]
        while waiting:
            number = waiting.pop()
            clock += 1
            if number < 0:
                left[~number] = clock
                continue
            last[number] = clock
            if number not in first:
                first[number] = clock
                if number >= leaves:
                    waiting.append(~number)
                    waiting.extend(reversed(gates[number - leaves].parts))
        # Gates were left in the order of `left`: parts first.
        self._order = list(left)
        earliest, latest, alone = dict(first), dict(last), set()
        for number, at in left.items():
            parts = gates[number - leaves].parts
            early = min(earliest[part] for part in parts)
            late = max(latest[part] for part in parts)
            if early > first[number] and late < at:
                alone.add(number)
            earliest[number] = min(early, first[number])
            latest[number] = max(late, last[number])
        return alone

    def cut(self) -> tuple[Module, ...]:
        """Return all modules, the whole last."""
        for number in self._order:
            if number in self._alone:
                self._variable[number] = self._module(number)
        return tuple(self._made)

    def _module(self, top: int) -> int:
        """Make the module under this gate; return the variable that stands for it."""
        body = self._body(top)
        if max(body.parts) < self._leaves:
            return self._add(
                body.parts, (WeightedGate(body.k, tuple(range(len(body.parts))), body.weights),)
            )
        bodies: dict[int, WeightedGate] = {top: body}
        waiting = [part for part in body.parts if part >= self._leaves]
        while waiting:
            number = waiting.pop()
            if number not in bodies:
                bodies[number] = self._body(number)
                waiting += [part for part in bodies[number].parts if part >= self._leaves]
        order = _walked(top, bodies)
        variables = tuple(number for number in order if number not in bodies)
        inner = [number for number in order if number in bodies]
        at = {number: index for index, number in enumerate((*variables, *inner))}
        gates = tuple(
            WeightedGate(k, tuple([at[part] for part in parts]), weights)
            for k, parts, weights in (bodies[number] for number in inner)
        )
        return self._add(variables, gates)

    def _add(self, variables: tuple[int, ...], gates: tuple[WeightedGate, ...]) -> int:
        self._made.append(Module(variables, gates))
        return -len(self._made)

    def _body(self, number: int) -> WeightedGate:
        """Return a gate with modules as variables; those used here only become one variable."""
        gate = self._circuit.gates[number - self._leaves]
        parts = [self._variable.get(part, part) for part in gate.parts]
        if not (gate.any_of or gate.all_of):
            return WeightedGate(gate.k, tuple(parts), gate.weights)
        own = [
            part
            for part, was in zip(parts, gate.parts)
            if part < self._leaves and self._uses[was] == 1
        ]
        if 1 < len(own) < len(parts):
            bunch = WeightedGate(1 if gate.any_of else len(own), tuple(range(len(own))))
            parts = [part for part in parts if part not in set(own)]
            parts.insert(0, self._add(tuple(own), (bunch,)))
        return WeightedGate(1 if gate.any_of else len(parts), tuple(parts))


def _walked(top: int, bodies: dict[int, WeightedGate]) -> list[int]:
    """Return what is below the top, each after its parts, as a walk from the left meets it."""
    order: dict[int, None] = {}
    entered: set[int] = set()
    waiting = [(top, False)]
    while waiting:
        number, done = waiting.pop()
        if done or number not in bodies:
            order[number] = None
        elif number not in entered:
            entered.add(number)
            waiting.append((number, True))
            waiting.extend((part, False) for part in reversed(bodies[number].parts))
    return list(order)
