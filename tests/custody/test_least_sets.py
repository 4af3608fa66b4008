"""Least sets: every engine finds what trying all sets finds, and says so when it cannot."""

from __future__ import annotations

from itertools import combinations
from math import comb, prod
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.least_sets import ENGINES, Bound, LeastSets, NotDecided, least_sets
from forthwith.custody.network import BadNetworkError, Gate, Network

LEAVES = tuple("abcdefghijkl")


@st.composite
def networks(draw: st.DrawFn, leaves: tuple[str, ...] = LEAVES, gates: int = 9) -> Network:
    """Gates over leaves and earlier gates, parts shared and repeated, any threshold."""
    nodes: dict[str, Gate] = {}
    for at in range(draw(st.integers(1, gates))):
        names = st.sampled_from([*leaves, *nodes])
        of = draw(st.lists(names, min_size=1, max_size=6))
        k = draw(st.sampled_from([1, len(of), draw(st.integers(1, len(of)))]))
        nodes[f"g{at}"] = Gate(k, tuple(of))
    return Network(f"g{len(nodes) - 1}", nodes)


def every_least_set(network: Network) -> set[frozenset[str]]:
    """Try all sets of leaves, all at once: bit i of a leaf says whether set i has it."""
    leaves = sorted(network.leaves())
    full = (1 << (1 << len(leaves))) - 1
    values = {
        leaf: sum(1 << each for each in range(1 << len(leaves)) if each >> at & 1)
        for at, leaf in enumerate(leaves)
    }
    met = network.met(values, full)
    return {
        frozenset(leaf for at, leaf in enumerate(leaves) if each >> at & 1)
        for each in range(1 << len(leaves))
        if met >> each & 1
        and not any(met >> (each ^ (1 << at)) & 1 for at in range(len(leaves)) if each >> at & 1)
    }


def solved(network: Network, engine: str | None = None) -> LeastSets:
    found = least_sets(network, engine=engine)
    assert isinstance(found, LeastSets)
    return found


@settings(max_examples=150, deadline=None)
@given(networks(LEAVES[:8]))
def test_every_engine_finds_what_trying_all_sets_finds(network: Network) -> None:
    """Shared parts, repeated parts and odd thresholds included."""
    expected = every_least_set(network)
    for engine in (None, *ENGINES):
        found = solved(network, engine)
        assert set(found.sets()) == expected, engine
        assert found.count == len(expected), engine


if __name__ == "__main__":
    pytest.main([__file__])
