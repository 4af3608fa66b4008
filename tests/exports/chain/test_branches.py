"""The best branch of a tree is the heaviest; of two alike, what they share."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from forthwith.exports.chain.branches import Span, apart, branches


@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_the_best_branch_is_that_of_trying_all(count: int, source: random.Random) -> None:
    """Every root's paths written out, in any order of blocks."""
    parents = {"0": "none"}
    for name in range(1, count):
        parents[str(name)] = str(source.randrange(name)) if source.random() < 0.9 else "none"
    weights = {name: source.randint(1, 3) for name in parents}
    names = list(parents)
    source.shuffle(names)

    def way(name: str) -> list[str]:
        return [*(way(parents[name]) if parents[name] in parents else []), name]

    for branch in branches({name: parents[name] for name in names}, weights):
        root = way(branch.names[0])[0] if branch.names else way(branch.ends[0])[0]
        ways = [way(name) for name in parents if way(name)[0] == root]
        most = max(sum(weights[name] for name in each) for each in ways)
        best = [each for each in ways if sum(weights[name] for name in each) == most]
        if len(best) == 1:
            assert (list(branch.names), branch.ends) == (best[0], ())
        else:
            assert sorted(branch.ends) == sorted(each[-1] for each in best)
            assert all(each[: len(branch.names)] == list(branch.names) for each in best)
            assert (
                len({each[len(branch.names)] for each in best if len(each) > len(branch.names)}) > 1
            )
        inside = {name for each in ways for name in each}
        assert {name for name, _ in branch.beside} == inside - set(branch.names)
        assert all(depth == len(way(name)) - 1 for name, depth in branch.beside)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(1, 9)), max_size=8))
def test_runs_kept_share_no_height_and_none_is_lost(given_runs: list[tuple[int, int, int]]) -> None:
    """Each is kept, or left out beside one that shares a height and is not lighter."""
    spans = [
        Span(first, first + more, weight, at) for at, (first, more, weight) in enumerate(given_runs)
    ]
    kept, out = apart(spans)

    assert all(a.last < b.first for a, b in pairwise(kept))
    assert sorted([*kept, *(span for span, _ in out)], key=lambda span: span.index) == spans
    for span, rival in out:
        assert rival.weight >= span.weight
        assert span.first <= rival.last
        assert rival.first <= span.last
