"""Networks of any shape, and their minimal sets by trying all sets."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from forthwith.custody.facts.network import Gate, Network

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


def every_minimal_set(network: Network) -> set[frozenset[str]]:
    """Try all sets of leaves, all at once: bit i of a leaf says whether set i has it."""
    leaves = sorted(network.leaves())
    full = (1 << (1 << len(leaves))) - 1
    values = {
        leaf: sum(1 << number for number in range(1 << len(leaves)) if number >> at & 1)
        for at, leaf in enumerate(leaves)
    }
    met = network.met(values, full)
    return {
        frozenset(leaf for at, leaf in enumerate(leaves) if number >> at & 1)
        for number in range(1 << len(leaves))
        if met >> number & 1
        and not any(
            met >> (number ^ (1 << at)) & 1 for at in range(len(leaves)) if number >> at & 1
        )
    }


def allowed_before(today: Network | None, yesterday: Network | None) -> set[frozenset[str]]:
    """Return the minimal sets that met `yesterday` and do not meet `today`; None: nobody could."""
    return {
        members
        for members in (every_minimal_set(yesterday) if yesterday else ())
        if today is None or not today.met(dict.fromkeys(members, 1))
    }


def tangled(leaves: int = 60, gates: int = 60) -> Network:
    """All of many any-of-three gates whose parts are shared out at random."""
    chance = Random(7)
    names = [f"a{at}" for at in range(leaves)]
    clauses = {f"g{at}": Gate(1, tuple(chance.sample(names, 3))) for at in range(gates)}
    return Network("top", {**clauses, "top": Gate(gates, tuple(clauses))})
