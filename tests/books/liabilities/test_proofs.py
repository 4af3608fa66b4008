"""Proofs of one account: each is accepted, and everything changed in one is refused."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.books.liabilities.proofs import check_proof, prove
from forthwith.books.liabilities.tree import (
    MOST,
    LiabilitiesError,
    commitment,
    salting,
    tree,
)
from tests.books.liabilities.golden import AS_OF, ASSET, KEY, OWED, plainly_accepted


def proof_of(account: str, owed: dict[str, int] | None = None) -> dict[str, Any]:
    """Return the JSON of a proof, as it is after it was written and read again."""
    rows = OWED if owed is None else owed
    levels = tree(KEY, ASSET, AS_OF, rows)
    published = commitment(ASSET, AS_OF, len(levels[0]), levels[-1][0].tobytes())
    salt = salting(KEY, ASSET, AS_OF)(account)
    made: dict[str, Any] = json.loads(
        json.dumps(prove(levels, published, account, rows[account], salt).as_json())
    )
    return made


def refusals(proof: object) -> list[str]:
    return [fault.what for fault in check_proof("proof.json", proof).refusals]


@pytest.mark.corpus
def test_golden_proofs_are_made_to_the_byte_and_the_spoilt_ones_refused(corpora: Path) -> None:
    golden = json.loads((corpora / "books/golden/liabilities.json").read_text())

    for proof in golden["proofs"]:
        assert proof_of(proof["account"]) == proof
        assert check_proof("proof.json", proof).verified
    for proof in golden["must_be_refused"]:
        found = check_proof("proof.json", proof)
        assert found.refusals, proof["why"]
        assert not found.verified


@settings(deadline=None)
@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(0, 2**100), min_size=1,
                    max_size=20),
    st.data(),
)  # fmt: skip
def test_every_account_of_every_tree_is_proved(owed: dict[str, int], data: st.DataObject) -> None:
    account = data.draw(st.sampled_from(sorted(owed)))

    found = check_proof("proof.json", proof_of(account, owed))

    assert found.verified
    assert found.figures["total"] == str(sum(owed.values()))


@pytest.mark.parametrize("account", sorted(OWED))
def test_one_digit_anywhere_refuses_a_proof(account: str) -> None:
    """Each digit of each number and hash in turn, and each letter of each name."""
    sound = proof_of(account)
    text = json.dumps(sound)
    tried = 0
    for place, sign in enumerate(text):
        if sign not in "0123456789abcdefCTRNZ":
            continue
        other = "1" if sign != "1" else "2"
        try:
            spoilt = json.loads(text[:place] + other + text[place + 1 :])
        except json.JSONDecodeError:
            continue
        tried += 1
        assert not check_proof("proof.json", spoilt).verified, text[place - 20 : place + 5]
    assert tried > 300


def test_what_is_accepted_is_what_the_rules_accept() -> None:
    """Proofs put together from parts of others: ours accepts none that the plain rules refuse."""
    draw = random.Random(7)
    sound = [proof_of(account) for account in OWED]
    smaller = {name: OWED[name] for name in list(OWED)[:3]}
    sound += [proof_of(account, smaller) for account in smaller]
    accepted = 0
    for _ in range(3_000):
        proof = copy.deepcopy(draw.choice(sound))
        donor = draw.choice(sound)
        for key in draw.sample(sorted(proof), draw.choice([0, 1, 1, 2])):
            proof[key] = copy.deepcopy(donor[key])
        if proof["path"] and draw.random() < 0.3:
            step = draw.choice(proof["path"])
            step["side"] = draw.choice(["left", "right"])
        if check_proof("p", proof).verified:
            accepted += 1
            assert plainly_accepted(proof)
        else:
            assert not plainly_accepted(proof)
    assert accepted > 300


def spoilt(**changes: object) -> dict[str, Any]:
    return {**proof_of("C0001"), **changes}


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        ([], "one JSON object"),
        (None, "one JSON object"),
        ({}, "is not there"),
        (spoilt(format="forthwith/pol/2"), "not 'forthwith/pol/1'"),
        (spoilt(amount=1), "not a text of digits"),
        (spoilt(amount="01"), "not a text of digits"),
        (spoilt(amount="+1"), "not a text of digits"),
        (spoilt(amount="1.0"), "not a text of digits"),
        (spoilt(amount="١"), "not a text of digits"),
        (spoilt(amount="-1"), "below zero"),
        (spoilt(amount=str(MOST + 1)), "128 bits"),
        (spoilt(total=str(MOST)), "add up to"),
        (spoilt(salt=proof_of("C0001")["salt"].upper()), "lower case"),
        (spoilt(root="0x" + proof_of("C0001")["root"]), "lower case"),
        (spoilt(root=proof_of("C0001")["root"] + "\n"), "lower case"),
        (spoilt(leaves=True), "whole number of leaves"),
        (spoilt(leaves="5"), "whole number of leaves"),
        (spoilt(leaves=0), "whole number of leaves"),
        (spoilt(leaves=5.0), "whole number of leaves"),
        (spoilt(leaves=9), "has 4"),
        (spoilt(leaves=6), "hashes to the root"),
        (spoilt(path={}), "not a list"),
        (spoilt(path=[[]] * 65), "not a list"),
        (spoilt(path=["left"]), "not side, hash and sum"),
        (spoilt(account=""), "not a text"),
        (spoilt(account="é" * 40_000), "bytes"),
        (spoilt(account="\ud800"), "half of a character"),
        (spoilt(asset=3), "not a text"),
    ],
)
def test_each_refusal_says_what_is_wrong(proof: object, says: str) -> None:
    assert any(says in sentence for sentence in refusals(proof)), refusals(proof)


def stepped(number: int, **changes: str) -> dict[str, Any]:
    proof = proof_of("C0001")
    proof["path"][number].update(changes)
    return proof


@pytest.mark.parametrize(
    ("proof", "says"),
    [
        (stepped(0, sum="1"), "padding has none"),
        (stepped(0, hash="11" * 32), "where the level ends"),
        (stepped(0, side="left"), "lead to leaf 6"),
        (stepped(2, side="right"), "padding where the level has a record|hashes to the root"),
        (stepped(2, hash="00" * 32), "padding where the level has a record"),
        (stepped(2, sum=str(MOST)), "pass 128 bits"),
        (stepped(2, sum="-1"), "below zero"),
        (stepped(1, side="up"), "neither left nor right"),
        (stepped(1, extra="1"), "not side, hash and sum"),
        (stepped(1, hash="AB" * 32), "lower case"),
    ],
)
def test_each_step_is_held_against_the_shape_of_the_tree(proof: object, says: str) -> None:
    found = refusals(proof)

    assert any(part in sentence for sentence in found for part in says.split("|")), found


def test_leaves_out_of_order_are_refused() -> None:
    proof = proof_of("C0004")
    proof["path"][0]["side"] = "left"

    assert "the two leaves do not stand in ascending order of hash" in refusals(proof)


def test_a_proof_is_held_against_what_was_published() -> None:
    """A tree made for one reader verifies by itself: only the published root refuses it."""
    proof = proof_of("C0001", {"C0001": 1})
    published = {**proof_of("C0002"), "account": "?"}

    assert check_proof("p", proof).verified
    assert "compare them" in check_proof("p", proof).does_not_bind[0]
    found = check_proof("p", proof, published)
    assert not found.verified
    assert any("was published" in fault.what for fault in found.refusals)
    assert check_proof("p", proof_of("C0001"), published).verified


def test_a_commitment_without_a_root_holds_nothing() -> None:
    found = check_proof("p", proof_of("C0001"), {"asset": ASSET})

    assert [fault.what for fault in found.refusals] == [
        "the commitment it is held against names no root"
    ]


def test_an_account_that_is_no_leaf_has_no_proof() -> None:
    levels = tree(KEY, ASSET, AS_OF, OWED)
    published = commitment(ASSET, AS_OF, 5, levels[-1][0].tobytes())

    with pytest.raises(LiabilitiesError, match="C0009"):
        prove(levels, published, "C0009", 1, salting(KEY, ASSET, AS_OF)("C0009"))
    with pytest.raises(LiabilitiesError, match="C0001 with 2"):
        prove(levels, published, "C0001", 2, salting(KEY, ASSET, AS_OF)("C0001"))
