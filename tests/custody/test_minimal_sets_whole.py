"""The short way says what the long way says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.facts.network import Gate, Network
from forthwith.custody.minimal_sets import MinimalSets, minimal_sets, solved_whole
from tests.builders.networks import networks, tangled

LEAVES = tuple(f"k{at:02}" for at in range(24))


def any_or_all(network: Network) -> Network:
    nodes = {
        name: Gate(1 if gate.k % 2 else len(gate.of), gate.of)
        for name, gate in network.nodes.items()
    }
    return Network(network.top, nodes)


@st.composite
def wide(draw: st.DrawFn) -> Network:
    """Gates below one that needs every leaf or any, so that no leaf is left out."""
    inner = any_or_all(draw(networks(LEAVES, gates=20)))
    ends = {
        "left": Gate(draw(st.sampled_from([1, 12])), LEAVES[:12]),
        "right": Gate(1, LEAVES[12:]),
    }
    top = Gate(draw(st.sampled_from([1, 3])), (inner.top, "left", "right"))
    return Network("top", {**inner.nodes, **ends, "top": top})


@settings(max_examples=80, deadline=None)
@given(wide())
def test_the_short_way_finds_what_an_engine_finds(network: Network) -> None:
    short = solved_whole(network, 50_000)
    long = minimal_sets(network, engine="oxidd")

    assert isinstance(long, MinimalSets)
    if short is not None:
        assert short.count() == long.count
        assert set(MinimalSets("", short).sets(200)) <= set(long.sets())


def test_it_is_taken_for_a_tangle_of_some_dozen_gates() -> None:
    short = solved_whole(tangled(40, 8), 50_000)
    chosen = minimal_sets(tangled(40, 8))

    assert short is not None
    assert isinstance(chosen, MinimalSets)
    assert chosen.count == short.count()
    assert chosen.engine == "graphillion"


def test_it_is_left_where_it_does_not_pay() -> None:
    """Few leaves, many gates, a count of parts, too many pairs."""
    counted = Network("t", {"t": Gate(2, LEAVES)})

    assert solved_whole(tangled(12, 8), 50_000) is None
    assert solved_whole(tangled(60, 60), 50_000) is None
    assert solved_whole(counted, 50_000) is None
    assert solved_whole(tangled(40, 8), 10) is None
