"""A chain answers for an instant with one block, or says why it has none."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.books.chains import Chain, chain_of
from forthwith.domain.chain import COIN, FEE, NATIVE, Block, ChainRead, ChainTransaction
from forthwith.domain.instants import instant


def blocks(*times: int, first: int = 1) -> tuple[Block, ...]:
    """A chain of headers that link, one for each time."""
    return tuple(
        Block(height, f"h{height}", f"h{height - 1}", time)
        for height, time in enumerate(times, first)
    )


def chain(*found: Block, transactions: tuple[ChainTransaction, ...] = ()) -> Chain:
    """Those blocks as a chain."""
    return chain_of(ChainRead("bitcoin-regtest", "bitcoin", found, transactions))


def hash_at(found: Chain, when: int) -> str:
    """The hash of the block of an instant, or why there is none."""
    block = found.height_at(when)
    return block.hash if block else found.why_not(when)


def test_the_cut_is_before_the_first_block_stamped_later() -> None:
    """The golden figure `cut by height`, its own numbers: times may go back."""
    times = [
        instant(f"{text}Z")
        for text in ("2026-01-31T23:40:00", "2026-02-01T00:00:01", "2026-01-31T23:59:58")
    ]
    found = chain(*blocks(*times))

    assert hash_at(found, instant("2026-01-31T23:59:59Z")) == "h1"
    assert found.instant_of(3) == instant("2026-02-01T00:00:01Z")


@pytest.mark.corpus
def test_the_golden_cut(corpora: Path) -> None:
    """As the shared figures have it."""
    golden = json.loads((corpora / "books/golden/books.json").read_text())
    case = next(case for case in golden if case["name"] == "cut by height")
    headers = [(name, instant(time)) for name, time in case["headers"]]
    found = chain(*blocks(*(time for _, time in headers)))
    block = found.height_at(instant(case["cut"]))

    assert block is not None
    assert headers[block.height - 1][0] == case["want"]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(0, 31))
def test_the_block_of_an_instant_is_that_of_the_definition(times: list[int], when: int) -> None:
    """Written out: the block before the first whose header time is later."""
    found = chain(*blocks(*times))
    later = next((at for at, time in enumerate(times) if time > when), len(times))
    block = found.height_at(when)

    assert (block.height if block else 0) == later
    # What a block did counts at an instant just when the block is at or below the cut.
    for height in range(1, len(times) + 1):
        counts = found.instant_of(height)
        assert counts is not None
        assert (counts <= when) == (height <= later)


def test_a_missing_block_ends_the_answers_and_says_which_and_when() -> None:
    """Balances after it are not known, ever."""
    one, two, _, four = blocks(10, 20, 30, 40)
    found = chain(one, two, four)

    assert hash_at(found, 19) == "h1"
    assert "block 3 is missing from bitcoin-regtest" in hash_at(found, 20)
    assert [(gap.start, gap.of) for gap in found.gaps] == [(20, ("coin", "tokens"))]


def test_a_block_that_does_not_follow_refuses_what_comes_after() -> None:
    """Headers must link by hash."""
    one, two = blocks(10, 20)
    found = chain(one, Block(2, "h2", "other", two.time), *blocks(30, first=3))

    assert "block 2 of bitcoin-regtest does not follow block 1" in hash_at(found, 35)
    assert hash_at(found, 9) != "h1"


def test_two_blocks_of_one_height_refuse_the_answer() -> None:
    """Which of them is the chain is not ours to choose."""
    (one,) = blocks(10)

    assert "two blocks of height 1" in hash_at(chain(one, Block(1, "x", "h0", 11)), 12)


def test_before_the_first_block_and_without_any_there_is_no_answer() -> None:
    """A file that begins later says nothing of earlier days."""
    assert "later than" in hash_at(chain(*blocks(10)), 9)
    assert "no block" in hash_at(chain(), 9)


def test_only_a_later_block_shows_that_none_before_it_is_missing() -> None:
    """The end of a file is no promise."""
    found = chain(*blocks(10, 20))

    assert [found.settled(when) for when in (10, 19, 20)] == [True, True, False]


def test_what_is_not_known_of_a_transaction_is_a_gap_of_the_suspects_alone() -> None:
    """Everybody else's balance stays shown."""
    unsure = ChainTransaction(
        "t", 2, 0, (), unknown=(COIN, FEE), suspects=("bc1p*", "1abc"), why="it is not said"
    )
    (gap,) = chain(*blocks(10, 20), transactions=(unsure,)).gaps

    assert gap.start == 20
    assert gap.touches("bc1pqq", NATIVE)
    assert gap.touches("1abc", NATIVE)
    assert not gap.touches("1abcd", NATIVE)
    assert not gap.touches("1abc", "0xtoken")


def test_a_transaction_without_its_block_is_a_gap() -> None:
    """Tables without headers have no times."""
    stray = ChainTransaction("t", 9, 0, ())
    early = ChainTransaction("t", 0, 0, ())

    assert [gap.start for gap in chain(*blocks(10, 20), transactions=(stray,)).gaps] == [20]
    assert [gap.start for gap in chain(*blocks(10, 20), transactions=(early,)).gaps] == [None]


def test_links_are_those_of_neighbours() -> None:
    """What stands on the chain is asked by height and hash."""
    found = chain(*blocks(10, 20, 30))

    assert all(after.parent == before.hash for before, after in pairwise(found.blocks))
    assert found.has(2, "H2")
    assert not found.has(2, "h3")
    assert not found.has(4, "h4")
