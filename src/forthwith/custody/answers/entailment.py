"""Entailment between two arrangements: does one allow what the other does not?

"Yesterday any two of three could sign; today it takes a host besides." What was possible and is no
more, or is possible now and was not, comes as the least sets of means that make the difference.
"""

from __future__ import annotations

from forthwith.custody.facts.network import Network
from forthwith.custody.minimal_sets import Bound, LeastSets, NotDecided
from forthwith.custody.minimal_sets.circuit import Bunch, Circuit, circuit_of
from forthwith.custody.minimal_sets.diagrams import Families
from forthwith.custody.minimal_sets.modules import Module


def allows_more(
    today: Network, yesterday: Network, *, bound: Bound | None = None
) -> LeastSets | NotDecided:
    """Return the least sets that met `yesterday` and do not meet `today`.

    None of them (`count` 0): whoever could yesterday can today. Raises BadNetworkError on a cycle.
    """
    # A slow import, needed here only.
    from forthwith.custody.minimal_sets import oxidd

    limit = bound or Bound()
    names, module, was, now = _side_by_side(circuit_of(yesterday), circuit_of(today))
    diagram = oxidd.difference(module, was, now, limit.nodes)
    if diagram is None:
        return NotDecided(
            f"Not decided: comparing two arrangements over {len(names):,} means takes more than "
            f"the bound of {limit.nodes:,} nodes of a decision diagram."
        )
    return LeastSets("oxidd", Families(names, 0, (module,), (diagram,)))


def _side_by_side(one: Circuit, other: Circuit) -> tuple[tuple[str, ...], Module, int, int]:
    """Return the names of both, a module with both, and the numbers of their two tops."""
    names = tuple(sorted(_used(one) | _used(other)))
    at = {name: number for number, name in enumerate(names)}
    gates: list[Bunch] = []
    tops = []
    for circuit in (one, other):
        numbers = {number: at[name] for number, name in enumerate(circuit.names) if name in at}
        for number in circuit.below():
            gate = circuit.gates[number - len(circuit.names)]
            numbers[number] = len(names) + len(gates)
            parts = tuple(numbers[part] for part in gate.parts)
            gates.append(Bunch(gate.k, parts, gate.weights))
        tops.append(numbers[circuit.top])
    gates.append(Bunch(1, tuple(tops)))
    return names, Module(tuple(range(len(names))), tuple(gates)), tops[0], tops[1]


def _used(circuit: Circuit) -> set[str]:
    """Return the names that still matter once the circuit was simplified."""
    parts = {circuit.top}.union(
        *(circuit.gates[number - len(circuit.names)].parts for number in circuit.below())
    )
    return {circuit.names[part] for part in parts if part < len(circuit.names)}
