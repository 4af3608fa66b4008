"""Timelocks against a chain: open, closed, and what no file decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forthwith.books.locks import ChainClock, Lock
from forthwith.domain.chain import NATIVE, Block, ChainRead, ChainTransaction, Leg
from forthwith.exports.chain import bitcoin_blocks
from forthwith.exports.chain.bitcoin_wire import Transaction, made
from tests.builders.regtest import Regtest
from tests.exports.chain.coins import Form, accepted, files_of, forms, funded, signed, spending

#: The time of regtest's first block.
GENESIS = 1_296_688_602
#: Blocks 0 to 40, a hundred seconds apart.
BLOCKS = tuple(Block(height, f"{height:064x}", "", 1_000 + height * 100) for height in range(41))
READ = ChainRead("bitcoin-regtest", "bitcoin", BLOCKS)


def coin(since: int | None, place: int = 0) -> Leg:
    return Leg("bcrt1q", NATIVE, -1, place, f"input {place}", since)


def opened(lock: Lock, height: int, *since: int | None, read: ChainRead = READ) -> bool | None:
    """Ask for a transaction in a block, which spends coins of these blocks."""
    coins = [coin(made, place) for place, made in enumerate(since)]
    return ChainClock(read).opening(lock, ChainTransaction("t", height, 1, ()), coins).open


@pytest.mark.parametrize(
    ("since", "answer"),
    [((20,), True), ((21,), False), ((20, 20), True), ((21, 22), False), ((20, 21), None),
     ((None,), None), ((20, None), None), ((21, None), None), ((), None), ((31,), None)],
)  # fmt: skip
def test_a_relative_lock_counts_blocks_from_each_coins_own(
    since: tuple[int | None, ...], answer: bool | None
) -> None:
    """BIP-68: ten blocks later at the earliest; some young and some old decide nothing."""
    assert opened(Lock(blocks=10), 30, *since) is answer


def test_seconds_are_counted_between_the_medians_before_each_block() -> None:
    """BIP-68: the coin's clock is the median before its block, the spend's that before its own.

    Block 29 and the ten before have the median 3,400, those before block 20 the median 2,400.
    """
    assert ChainClock(READ).median(29) == 1_000 + 24 * 100
    assert opened(Lock(seconds=1_000), 30, 20) is True
    assert opened(Lock(seconds=1_001), 30, 20) is False


def test_a_median_over_blocks_that_are_not_there_is_none() -> None:
    holed = replace(READ, blocks=tuple(block for block in BLOCKS if block.height != 25))
    assert ChainClock(holed).median(35) is None
    assert ChainClock(holed).median(36) == 1_000 + 31 * 100
    assert opened(Lock(seconds=1_000), 30, 20, read=holed) is None
    assert opened(Lock(blocks=10), 30, 20, read=holed) is True


def test_the_first_blocks_have_the_median_of_what_there_is() -> None:
    """As Core counts it: of an even number the later of the two."""
    assert [ChainClock(READ).median(height) for height in (0, 1, 2)] == [1_000, 1_100, 1_100]


@pytest.mark.parametrize(("height", "answer"), [(9, False), (10, False), (11, True)])
def test_a_lock_at_a_height_lets_into_the_block_above(height: int, answer: bool) -> None:
    assert opened(Lock(height=10), height) is answer


def test_what_a_contract_means_by_its_height_is_one_block_in_doubt() -> None:
    other = replace(READ, kind="evm")
    assert [opened(Lock(height=10), at, read=other) for at in (9, 10, 11)] == [False, None, True]


@pytest.mark.parametrize(
    ("instant", "answer"), [(3_399, True), (3_400, None), (4_000, None), (4_001, False)]
)
def test_an_instant_is_passed_once_the_median_passed_it(instant: int, answer: bool | None) -> None:
    """BIP-113, of block 30 with its own time 4,000 and the median 3,400 before it."""
    assert opened(Lock(instant=instant), 30) is answer


def test_elsewhere_a_blocks_own_time_is_the_clock() -> None:
    other = replace(READ, kind="evm")
    assert opened(Lock(instant=4_000), 30, read=other) is True
    assert opened(Lock(instant=4_001), 30, read=other) is False
    assert opened(Lock(instant=4_000), 99, read=other) is None


def test_one_part_that_was_closed_closes_the_lock() -> None:
    assert opened(Lock(blocks=10, height=30), 30, 20) is False
    assert opened(Lock(blocks=11, height=29), 30, None) is None
    assert opened(Lock(blocks=10, height=29), 30, 20) is True
    assert str(Lock(blocks=10, height=29)) == "coins 10 blocks old, and a block above 29"


def timed(unsigned: Transaction, sequence: int, locktime: int, form: Form) -> Transaction:
    """A transaction that Core holds back until its locks are open, signed."""
    (spent,) = unsigned.inputs
    inputs = (replace(spent, sequence=sequence.to_bytes(4, "little")),)
    locks = locktime.to_bytes(4, "little")
    return signed(made(unsigned.version, inputs, unsigned.outputs, locks), [form])


@pytest.mark.parametrize(
    ("sequence", "locktime", "lock"),
    [
        (1, 0, Lock(blocks=1)),
        (5, 0, Lock(blocks=5)),
        (0x400001, 0, Lock(seconds=512)),
        (0x400007, 0, Lock(seconds=7 * 512)),
        (0xFFFFFFFE, 112, Lock(height=112)),
        (0xFFFFFFFE, GENESIS + 112 * 600, Lock(instant=GENESIS + 112 * 600)),
    ],
)
def test_core_lets_a_coin_go_in_the_first_block_that_is_told_as_open(
    tmp_path: Path, sequence: int, locktime: int, lock: Lock
) -> None:
    """By its own rules for sequence and lock time, block by block."""
    chain = Regtest(tmp_path)
    form = next(form for form in forms() if form.name == "p2wpkh")
    (spent,) = funded(chain, [form.script], 10_000)
    row = timed(spending([spent], [(9_000, form.script)]), sequence, locktime, form)
    while not accepted(chain, row):
        chain.mine(1)
        assert chain.height < 150
    del chain
    read = bitcoin_blocks.read(files_of(tmp_path))

    (found,) = (each for each in read.transactions if each.id == row.id)
    coins = [leg for leg in found.legs if leg.amount < 0]
    *before, last = (
        ChainClock(read).opening(lock, replace(found, height=height), coins).open
        for height in range(coins[0].since or 0, found.height + 1)
    )
    assert last is True
    assert True not in before
    assert None not in before or lock.instant
