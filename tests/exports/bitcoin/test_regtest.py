"""Bitcoin Core's validation agrees with the lift: minimal coalitions can spend, fewer cannot.

For every row of a lifted script, each least set of its formula signs a spend that a regtest node
takes, once the row's trigger has come and not before; with one member fewer it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest
from embit.script import Script, Witness
from embit.transaction import Transaction, TransactionOutput

from forthwith.custody.facts import formula
from forthwith.custody.facts.network import Network
from forthwith.domain.fact_tables import FactRow, Stamp
from forthwith.exports.bitcoin.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.regtest import Regtest, spend
from tests.builders.scripts import NUMS, key_id, public
from tests.builders.witnesses import (
    Signer,
    by,
    forged,
    nothing,
    output,
    script_sig,
    strangers,
    witnesses,
)

VALUE = 10_000_000
WAIT, HEIGHT = 60, 190
P = {number: public(number) for number in range(1, 6)}
SECRET = b"\x07" * 32
HASH = sha256(SECRET).hexdigest()

SCRIPTS = (
    f"wsh(sortedmulti(2,{P[1]},{P[2]},{P[3]}))",
    f"sh(wsh(multi(2,{P[3]},{P[1]},{P[2]})))",
    f"wsh(thresh(2,pk({P[1]}),s:pk({P[2]}),sln:older({WAIT})))",
    (
        f"wsh(andor(pk({P[1]}),or_d(pk({P[2]}),older({WAIT})),"
        f"and_v(v:thresh(2,pk({P[3]}),s:pk({P[4]}),s:pk({P[5]})),after({HEIGHT}))))"
    ),
    f"wsh(or_i(and_v(v:pk({P[1]}),sha256({HASH})),and_v(v:pkh({P[2]}),older({WAIT}))))",
    f"tr({NUMS},multi_a(2,{P[1]},{P[2]},{P[3]}))",
    f"tr({P[5][2:]},{{multi_a(2,{P[1]},{P[2]},{P[3]}),and_v(v:pk({P[4]}),older({WAIT}))}})",
)


@dataclass(frozen=True)
class Attempt:
    """One least coalition of one row."""

    text: str
    members: frozenset[str]
    #: What the transaction's locks must be for the row's trigger.
    sequence: int
    locktime: int

    def signer(self, members: frozenset[str]) -> Signer:
        numbers = {number for number in P if key_id(number) in members}
        preimages = {HASH: SECRET} if f"preimage:sha256:{HASH}" in members else {}
        return by(numbers, preimages, sequence=self.sequence, locktime=self.locktime)

    @property
    def waits(self) -> bool:
        return bool(self.sequence or self.locktime)


def minimal_sets(network: Network) -> Iterator[frozenset[str]]:
    """Yield them by trying every set of leaves, the small ones first."""
    leaves, found = sorted(network.leaves()), []
    for size in range(len(leaves) + 1):
        for each in map(frozenset, combinations(leaves, size)):
            if network.met(dict.fromkeys(each, 1)) and not any(less <= each for less in found):
                found.append(each)
                yield each


def attempts() -> list[Attempt]:
    """Return the coalitions of every row of every script, as lifted."""
    made = []
    for text in SCRIPTS:
        found = lift([("wallet.txt", text.encode())], ImportOptions(Stamp("2023-06-17")))
        assert not found.faults
        rows = [row for row in found.rows if row.table == "policies"]
        made += [
            Attempt(text, members, *locks(row))
            for row in rows
            for members in minimal_sets(formula.parse(row["formula"]))
        ]
    return made


def locks(row: FactRow) -> tuple[int, int]:
    blocks = re.search(r"older=(\d+) blocks", row["scope"])
    height = re.search(r"after=height (\d+)", row["scope"])
    return int(blocks[1]) if blocks else 0, int(height[1]) if height else 0


class Trial:
    """A chain on which every attempt has a coin of its own."""

    def __init__(self, folder: Path) -> None:
        self.attempts = attempts()
        self.chain = Regtest(folder)
        scripts = [output(each.text) for each in self.attempts]
        self.coins = dict(zip(self.attempts, self.chain.fund(scripts, VALUE), strict=True))

    def spends(self, attempt: Attempt, signer: Signer) -> list[Transaction]:
        """Return a transaction for each witness the signer can make, with the row's locks."""
        tx = self._unsigned(attempt)
        return [
            self._signed(attempt, witness) for witness in witnesses(attempt.text, tx, VALUE, signer)
        ]

    def _signed(self, attempt: Attempt, witness: Witness) -> Transaction:
        tx = self._unsigned(attempt)
        tx.vin[0].witness = witness
        return tx

    def _unsigned(self, attempt: Attempt) -> Transaction:
        tx = spend(self.coins[attempt], TransactionOutput(VALUE - 1000, Script(b"\x51")))
        tx.vin[0].sequence = attempt.sequence or 0xFFFFFFFD
        tx.vin[0].script_sig = script_sig(attempt.text)
        tx.locktime = attempt.locktime
        return tx

    def refused_with_one_fewer(self, attempt: Attempt) -> int:
        """Try without each member: nothing, or a stranger's signature, where theirs would be."""
        tried = 0
        for missing in attempt.members:
            rest = attempt.signer(attempt.members - {missing})
            assert self.spends(attempt, rest) == []
            for put in (nothing, strangers):
                for tx in self.spends(attempt, forged(rest, put)):
                    assert not self.chain.accepts(tx), (attempt, missing)
                    tried += 1
        return tried


def test_least_coalitions_can_spend_and_fewer_cannot(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    now = [each for each in trial.attempts if not each.waits]
    later = [each for each in trial.attempts if each.waits]
    assert (len(now), len(later)) == (16, 8)

    for attempt in later:
        (tx,) = trial.spends(attempt, attempt.signer(attempt.members))
        assert not trial.chain.accepts(tx), f"before its trigger: {attempt}"
    tried = 0
    for attempt in now:
        tried += trial.refused_with_one_fewer(attempt)
        assert_accepted(trial, attempt)
    trial.chain.mine(max(HEIGHT, WAIT + 102) - trial.chain.height + 1)
    for attempt in later:
        tried += trial.refused_with_one_fewer(attempt)
        assert_accepted(trial, attempt)
    assert tried > 2 * len(trial.attempts)


def assert_accepted(trial: Trial, attempt: Attempt) -> None:
    made = trial.spends(attempt, attempt.signer(attempt.members))
    assert made, attempt
    assert trial.chain.accepts(made[0]), attempt


@pytest.mark.parametrize("text", SCRIPTS)
def test_each_script_has_a_least_coalition(text: str) -> None:
    """The trial above would pass over an empty lift."""
    assert any(each.text == text for each in attempts())
