"""Entailment: exactly the least sets that make the difference."""

from __future__ import annotations

from hypothesis import given, settings

from forthwith.custody.answers.entailment import allows_more
from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.minimal_sets import Bound, LeastSets, NotDecided
from tests.builders.networks import LEAVES, every_least_set, networks, tangled

TWO_OF_THREE = Network("g", {"g": Gate(2, ("a", "b", "c"))})
AND_A_HOST = Network(
    "t", {"t": Gate(2, ("g", "host")), "g": Gate(2, ("a", "b", "c"))}
)  # fmt: skip


def witnesses(today: Network, yesterday: Network) -> set[frozenset[str]]:
    found = allows_more(today, yesterday)
    assert isinstance(found, LeastSets)
    assert found.count == len(list(found.sets()))
    return set(found.sets())


def test_what_a_new_condition_took_away_is_named() -> None:
    pairs = {frozenset("ab"), frozenset("ac"), frozenset("bc")}

    assert witnesses(AND_A_HOST, TWO_OF_THREE) == pairs
    assert witnesses(TWO_OF_THREE, AND_A_HOST) == set()


def test_bare_leaves_are_compared() -> None:
    assert witnesses(Network("a", {}), Network("b", {})) == {frozenset("b")}
    assert witnesses(Network("a", {}), Network("a", {})) == set()


@settings(max_examples=100, deadline=None)
@given(networks(LEAVES[:8]), networks(LEAVES[:8]))
def test_witnesses_are_the_least_sets_that_no_longer_do(today: Network, yesterday: Network) -> None:
    least = every_least_set(yesterday)

    assert witnesses(today, yesterday) == {
        each for each in least if not today.met(dict.fromkeys(each, 1))
    }


def test_past_the_bound_it_is_not_decided() -> None:
    found = allows_more(tangled(), tangled(61), bound=Bound(nodes=1 << 10))

    assert isinstance(found, NotDecided)
    assert "1,024 nodes" in str(found)
