"""The owners who signed for a Safe are recovered from the bytes of the call that it ran."""

from __future__ import annotations

from itertools import combinations

import pytest
from embit import ec
from embit.util import secp256k1

from forthwith.domain.chain import Signer
from forthwith.exports.chain import evm_json
from forthwith.exports.ethereum.address import keccak_256
from tests.exports.chain.node import Act, Call, Event, Node, account, digest, topic

SAFE, SENDER, MODULE, OTHER = (account(number) for number in (0x5AFE, 1, 2, 3))
SUCCESS = "0x" + keccak_256(b"ExecutionSuccess(bytes32,uint256)").hex()
FAILURE = "0x" + keccak_256(b"ExecutionFailure(bytes32,uint256)").hex()
KEYS = [ec.PrivateKey(bytes([number]) * 32) for number in (7, 8, 9)]
HASH = digest("the hash the owners sign")


def owner(key: ec.PrivateKey) -> str:
    """The address of a key."""
    point = secp256k1.ec_pubkey_create(key.secret)
    long = secp256k1.ec_pubkey_serialize(point, secp256k1.EC_UNCOMPRESSED)
    return "0x" + keccak_256(bytes(long)[1:])[12:].hex()


def signature(key: ec.PrivateKey, signed: bytes, base: int = 27) -> bytes:
    """Sixty-five bytes, as Safes take them."""
    made = secp256k1.ecdsa_sign_recoverable(signed, key.secret)
    compact, parity = secp256k1.ecdsa_recoverable_signature_serialize_compact(made)
    return bytes(compact) + bytes([base + parity])


def execution(signatures: bytes) -> str:
    """Call data of execTransaction."""
    words = [int(OTHER, 16), 5, 320, 0, 0, 0, 0, 0, 0, 352]
    head = b"".join(word.to_bytes(32, "big") for word in words)
    tail = bytes(32) + len(signatures).to_bytes(32, "big") + signatures
    return "0x6a761202" + (head + tail + bytes(-len(signatures) % 32)).hex()


def signers(act: Act) -> list[Signer]:
    """Those of one transaction, without its sender."""
    node = Node()
    node.block(act)
    (row,) = evm_json.read(node.json()).transactions
    assert row.signers[0] == Signer("sender", act.call.source, act.call.source)
    return list(row.signers[1:])


def event(name: str = HASH, *, indexed: bool = True, kind: str = SUCCESS) -> Event:
    """What a Safe logs of an execution, by its release."""
    if indexed:
        return Event(SAFE, [kind, name], f"0x{0:064x}")
    return Event(SAFE, [kind], name + f"{0:064x}")


def run(signatures: bytes, *events: Event, calls: list[Call] | None = None) -> Act:
    """A Safe called by its sender."""
    data = execution(signatures)
    paid = [Call("DELEGATECALL", SAFE, MODULE, calls=[Call("CALL", SAFE, OTHER, 5)])]
    return Act(
        Call("CALL", SENDER, SAFE, calls=paid if calls is None else calls, data=data), list(events)
    )


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("keys", list(combinations(KEYS, 2)))
def test_owners_are_recovered_over_the_hash_the_safe_logged(
    keys: tuple[ec.PrivateKey, ...], *, indexed: bool
) -> None:
    """Releases before 1.4 have the hash in the data, later ones as a topic."""
    given = b"".join(signature(key, bytes.fromhex(HASH[2:])) for key in keys)

    assert signers(run(given, event(indexed=indexed))) == [
        Signer("owner", owner(key), SAFE) for key in keys
    ]


def test_signatures_over_the_wrapped_hash_are_those_of_v_31_and_32() -> None:
    """As eth_sign makes them."""
    wrapped = keccak_256(b"\x19Ethereum Signed Message:\n32" + bytes.fromhex(HASH[2:]))
    given = signature(KEYS[0], wrapped, 31)

    assert signers(run(given, event())) == [Signer("owner", owner(KEYS[0]), SAFE)]


def test_approvals_and_contracts_are_named_by_what_they_are() -> None:
    """With v = 1 approved before or by sending, with v = 0 a contract answers (EIP-1271)."""
    approved = bytes(12) + bytes.fromhex(owner(KEYS[1])[2:]) + bytes(32) + b"\1"
    contract = bytes(12) + bytes.fromhex(MODULE[2:]) + (130).to_bytes(32, "big") + b"\0"
    blob = (65).to_bytes(32, "big") + signature(KEYS[2], bytes(32))

    assert signers(run(approved + contract + blob, event())) == [
        Signer("approving owner", owner(KEYS[1]), SAFE),
        Signer("contract owner", MODULE, SAFE),
    ]


def test_a_module_acts_by_itself() -> None:
    """No owner signs for what a module does."""
    called = Call(
        "CALL", SENDER, MODULE, calls=[Call("CALL", MODULE, SAFE, data="0x468721a7" + "00" * 32)]
    )

    assert signers(Act(called, [Event(MODULE, [digest("x")])])) == [Signer("module", MODULE, SAFE)]


def test_a_safe_called_by_another_contract_is_found_in_its_calls() -> None:
    """A relayer, or a batch: call data of the inner call."""
    given = signature(KEYS[0], bytes.fromhex(HASH[2:]))
    inner = Call("CALL", MODULE, SAFE, data=execution(given))
    relayed = Act(Call("CALL", SENDER, MODULE, calls=[inner]), [event()])

    assert signers(relayed) == [Signer("owner", owner(KEYS[0]), SAFE)]


def test_two_runs_in_one_transaction_have_their_hashes_in_order() -> None:
    """And where one runs within the other nothing is said, for they end in another order."""
    hashes = [digest("one"), digest("two")]
    datas = [
        execution(signature(key, bytes.fromhex(name[2:])))
        for key, name in zip(KEYS, hashes, strict=False)
    ]
    after = [Call("CALL", MODULE, SAFE, data=data) for data in datas]
    within = [
        Call("CALL", MODULE, SAFE, data=datas[0], calls=[Call("CALL", SAFE, SAFE, data=datas[1])])
    ]
    events = [event(name) for name in hashes]

    assert signers(Act(Call("CALL", SENDER, MODULE, calls=after), events)) == [
        Signer("owner", owner(key), SAFE) for key in KEYS[:2]
    ]
    assert signers(Act(Call("CALL", SENDER, MODULE, calls=within), events)) == []


def test_an_execution_that_failed_inside_was_signed_all_the_same() -> None:
    """The Safe logs ExecutionFailure, and its transaction stands."""
    given = signature(KEYS[0], bytes.fromhex(HASH[2:]))

    assert signers(run(given, event(kind=FAILURE))) == [Signer("owner", owner(KEYS[0]), SAFE)]


def test_nobody_signs_for_a_call_that_failed() -> None:
    """Nothing was run."""
    act = run(signature(KEYS[0], bytes.fromhex(HASH[2:])), event())
    act.call.failed = True

    assert signers(act) == []


@pytest.mark.parametrize(
    "signatures",
    [b"", b"\1" * 64, bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1b", bytes(64) + b"\x14", bytes(65)],
)
def test_bytes_that_are_no_signature_name_nobody_who_signed(signatures: bytes) -> None:
    """Too short, no point, a parity there is none of, the address zero."""
    assert not [row for row in signers(run(signatures, event())) if row.kind == "owner"]


def test_without_the_log_of_a_run_no_owner_is_named() -> None:
    """The hash they signed is not known."""
    given = signature(KEYS[0], bytes.fromhex(HASH[2:]))

    assert signers(run(given)) == []
    assert signers(run(given, Event(SAFE, [digest("other"), topic(SAFE)]))) == []
