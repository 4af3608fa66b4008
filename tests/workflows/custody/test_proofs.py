"""A proof of control is what its signature proves, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from forthwith.custody.facts.facts import Facts, ProofLevel, ProofOfControl
from forthwith.domain.fact_tables import FactRow
from forthwith.workflows.custody.proofs import proven

_KEY = "0x" + "11" * 32
_MESSAGE = "Northgate still signs for this address, 12 June 2023"


def _proof() -> ProofOfControl:
    signed = Account.sign_message(encode_defunct(text=_MESSAGE), _KEY)
    row = FactRow("proofs", {}, "proofs.csv", 2)
    return ProofOfControl(
        row=row,
        standing=ProofLevel.PROVED,
        address=Account.from_key(_KEY).address,
        message=_MESSAGE,
        signature="0x" + signed.signature.hex().removeprefix("0x"),
        when="2023-06-12",
    )


def test_a_signature_over_the_message_passes():
    facts = Facts(proofs=(_proof(),))
    assert proven(facts) == (facts, ())


@pytest.mark.parametrize(
    "broken", [{"message": _MESSAGE + "."}, {"address": Account.from_key("0x" + "22" * 32).address}]
)
def test_a_signature_of_another_key_or_over_other_words_is_a_fault(broken):
    """What is loaded as proved must be: nothing is said on the strength of a wrong signature."""
    _, faults = proven(Facts(proofs=(replace(_proof(), **broken),)))
    assert [(each.file, each.line) for each in faults] == [("proofs.csv", 2)]


def test_a_proof_nobody_here_can_check_is_said_to_be_unchecked():
    proof = replace(
        _proof(), address="1BoatSLRHtKNngkdXEeobR76b53LETtpyT", signature="pof" + "AA=="
    )
    facts, faults = proven(Facts(proofs=(proof,)))
    assert not faults
    assert "not checked" in facts.notes[0]
