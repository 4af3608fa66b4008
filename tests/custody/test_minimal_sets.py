"""Minimal sets: every engine finds what trying all sets finds, and says so when it cannot."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from math import comb
from pathlib import Path

import pytest
from benchmarks import fault_trees
from graphillion import setset
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.facts.network import BadNetworkError, Gate, Network
from forthwith.custody.minimal_sets import (
    ENGINES,
    Bound,
    MinimalSets,
    NotDecided,
    both_libraries,
    minimal_sets,
    oxidd,
)
from forthwith.custody.minimal_sets.circuit import circuit_of
from forthwith.custody.minimal_sets.diagrams import Diagram, Families
from forthwith.custody.minimal_sets.modules import Module, modules_of
from tests.builders.networks import LEAVES, every_minimal_set, networks, tangled


def solved(network: Network, engine: str | None = None) -> MinimalSets:
    solution = minimal_sets(network, engine=engine)
    assert isinstance(solution, MinimalSets)
    return solution


@settings(max_examples=150, deadline=None)
@given(networks(LEAVES[:8]))
def test_every_engine_finds_what_trying_all_sets_finds(network: Network) -> None:
    """Shared parts, repeated parts and odd thresholds included."""
    expected = every_minimal_set(network)
    for engine in (None, *ENGINES):
        solution = solved(network, engine)
        assert set(solution.sets()) == expected, engine
        assert solution.count == len(expected), engine
        assert solution.sizes == Counter(map(len, expected)), engine
        assert solution.smallest == min(map(len, expected)), engine


@settings(max_examples=40, deadline=None)
@given(networks(gates=16))
def test_larger_tangles_are_solved_alike(network: Network) -> None:
    expected = every_minimal_set(network)

    assert set(solved(network).sets()) == expected
    assert set(solved(network, "oxidd").sets()) == expected


@settings(max_examples=60, deadline=None)
@given(networks(LEAVES[:7]), networks(LEAVES[:7]), st.integers(1, 2))
def test_modules_multiply_and_add(first: Network, other: Network, k: int) -> None:
    """Two arrangements with no leaf in common: any of them adds the counts, both multiply them."""
    nodes = {f"{side}{name}": Gate(gate.k, tuple(f"{side}{part}" for part in gate.of))
             for side, network in (("l", first), ("r", other))
             for name, gate in network.nodes.items()}  # fmt: skip
    joined = Network("top", {**nodes, "top": Gate(k, (f"l{first.top}", f"r{other.top}"))})
    left, right = solved(first).count, solved(other).count

    assert solved(joined).count == (left + right if k == 1 else left * right)
    assert set(solved(joined).sets()) == every_minimal_set(joined) or len(joined.leaves()) > 12


@settings(max_examples=60, deadline=None)
@given(networks(LEAVES[:8]))
def test_blocking_sets_of_blocking_sets_are_the_minimal_sets(network: Network) -> None:
    assert set(solved(network.dual().dual()).sets()) == set(solved(network).sets())
    blocking = set(solved(network.dual()).sets())
    for minimal in solved(network).sets():
        assert all(minimal & members for members in blocking)


@settings(max_examples=60, deadline=None)
@given(networks(LEAVES[:8]), st.lists(st.integers(0, 5), min_size=8, max_size=8))
def test_the_cheapest_come_first_and_by_name(network: Network, costs: list[int]) -> None:
    cost = dict(zip(LEAVES, costs))
    # Of two sets of equal cost, the one with the earlier name in which they differ is first.
    expected = sorted(
        every_minimal_set(network),
        key=lambda members: (sum(cost[x] for x in members), [x not in members for x in LEAVES]),
    )

    for engine in (None, *ENGINES):
        assert solved(network, engine).cheapest(cost, 5) == expected[:5], engine


def test_a_part_named_twice_counts_twice() -> None:
    network = Network("g", {"g": Gate(3, ("a", "a", "b", "c"))})

    assert set(solved(network).sets()) == {frozenset("ab"), frozenset("ac")}


def test_a_bare_leaf_is_its_own_minimal_set() -> None:
    assert list(solved(Network("a", {})).sets()) == [frozenset("a")]
    assert solved(Network("a", {})).sizes == {1: 1}


def test_counts_come_without_writing_sets_out() -> None:
    """20 of 40, four times over, all needed: about 10^44 sets."""
    parts = {f"g{at}": Gate(20, tuple(f"{at}-{number}" for number in range(40))) for at in range(4)}
    network = Network("top", {**parts, "top": Gate(4, tuple(parts))})

    assert solved(network).count == comb(40, 20) ** 4
    assert solved(network).sizes == {80: comb(40, 20) ** 4}
    assert all(len(members) == 80 for members in islice(solved(network).sets(), 3))


@pytest.mark.parametrize("k", [1, 2])
def test_a_very_deep_network_is_solved(k: int) -> None:
    nodes = {f"g{at}": Gate(k, (f"g{at + 1}", f"a{at}")) for at in range(50_000)}

    assert solved(Network("g0", nodes)).count == (50_001 if k == 1 else 1)


def test_alternating_depth_is_solved() -> None:
    nodes = {f"g{at}": Gate(1 + at % 2, (f"g{at + 1}", f"a{at}")) for at in range(2_000)}

    assert solved(Network("g0", nodes)).count == 1_001


def test_a_circle_is_refused() -> None:
    with pytest.raises(BadNetworkError, match="circle"):
        minimal_sets(Network("g", {"g": Gate(1, ("h",)), "h": Gate(1, ("g", "a"))}))


@pytest.mark.parametrize("engine", [None, *ENGINES])
def test_past_the_bound_it_is_not_decided(engine: str | None) -> None:
    solution = minimal_sets(
        tangled(), bound=Bound(nodes=1 << 12, pairs=500, sets=50), engine=engine
    )

    assert isinstance(solution, NotDecided)
    assert "1,000 nodes" not in solution.why
    assert "4,096 nodes" in solution.why


def test_the_bound_is_what_stops_it() -> None:
    """The same network within a wider bound, by two engines."""
    network = tangled(24, 20)

    assert isinstance(minimal_sets(network, engine="oxidd", bound=Bound(nodes=64)), NotDecided)
    assert solved(network, "oxidd").count == solved(network, "graphillion").count


def test_another_user_of_graphillion_changes_nothing() -> None:
    """Its universe of names is one for the whole process."""
    network = tangled(20, 12)
    solution = solved(network, "graphillion")
    before = solution.count
    setset.set_universe(["x", "y", "z"])

    assert len(setset([{"x"}, {"y", "z"}])) == 2
    assert solution.count == before == solved(network, "graphillion").count
    assert set(solution.sets()) == set(solved(network, "oxidd").sets())


@pytest.mark.parametrize("pairs", [0, 1, 10, 100])
@settings(max_examples=30, deadline=None)
@given(network=networks(LEAVES[:8]))
def test_a_gate_too_large_for_one_library_is_solved_by_the_other(
    network: Network, pairs: int
) -> None:
    for module in modules_of(circuit_of(network)):
        diagram = both_libraries.solve(module, pairs, 1 << 16)
        alone = oxidd.solve(module, 1 << 16)

        assert diagram is not None
        assert alone is not None
        assert _written(module, diagram) == _written(module, alone)


def _written(module: Module, diagram: Diagram) -> set[frozenset[str]]:
    """Write out the sets of one module over names of its own."""
    names = tuple(f"v{at}" for at in range(len(module.variables)))
    lone = Module(tuple(range(len(names))), module.gates)
    return {
        members for _, members in Families(names, 0, (lone,), (diagram,)).cheapest([1] * len(names))
    }


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine"):
        minimal_sets(Network("a", {}), engine="abacus")


#: Counts as published, but for the last: the table repeats another tree's row there.
TREES = {
    "chinese": 392, "baobab1": 46188, "baobab3": 24386, "das9202": 27778, "das9204": 16704,
    "das9207": 25988, "edfpa14p": 415500, "isp9603": 3434, "jbd9601": 14007,
}  # fmt: skip


@pytest.mark.corpus
@pytest.mark.parametrize("tree", TREES)
def test_published_fault_trees_are_counted(corpora: Path, tree: str) -> None:
    network = fault_trees.network_of(corpora / "custody" / "fault-trees" / f"{tree}.xml")

    assert solved(network).count == TREES[tree]
    assert sum((solved(network, "oxidd").sizes or {}).values()) == TREES[tree]
    for minimal in islice(solved(network).sets(), 20):
        assert network.met(dict.fromkeys(minimal, 1))
        assert not any(network.met(dict.fromkeys(minimal - {leaf}, 1)) for leaf in minimal)
