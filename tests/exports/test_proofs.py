"""Signatures prove control only of their address, over their message."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from embit import ec, script
from embit.networks import NETWORKS
from embit.script import Script, Witness
from embit.transaction import Transaction, TransactionInput, TransactionOutput
from embit.util import secp256k1
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.exports.bitcoin import signed_message
from forthwith.exports.ethereum import signed_message as ethereum_messages
from forthwith.exports.proofs import NotChecked, NotVerified, Verified, verify

VECTORS = "custody/bip322/basic-test-vectors.json"
MESSAGE = "Fernhill Custody holds this on 2023-06-17"
WORDS = "I, Ada, sign — ü"
KEY = ec.PrivateKey(b"\7" * 32)
PUBLIC = KEY.get_public_key()
# Through our own door: imported by itself, it lifts Python's limit on recursion for every test.
Account, messages = ethereum_messages.libraries()
ETHEREUM = Account.from_key(b"\7" * 32)


@pytest.fixture(scope="module")
def vectors(corpora: Path) -> dict[str, list[dict[str, object]]]:
    read: dict[str, list[dict[str, object]]] = json.loads((corpora / VECTORS).read_bytes())
    return read


# BIP-322 ---------------------------------------------------------------------------------------


@pytest.mark.corpus
def test_every_simple_vector_verifies(vectors: dict[str, list[dict[str, object]]]) -> None:
    tried = 0
    for each in vectors["simple"]:
        for signature in each["bip322_signatures"]:  # type: ignore[attr-defined]
            found = verify(str(each["address"]), str(each["message"]), signature)
            assert found == Verified("BIP-322 simple"), each
            tried += 1
    assert tried == 6


@pytest.mark.corpus
def test_no_vector_of_an_error_verifies(vectors: dict[str, list[dict[str, object]]]) -> None:
    for each in vectors["error"]:
        found = verify(str(each["address"]), str(each["message"]), str(each["signature"]))
        assert isinstance(found, NotVerified), each


@pytest.mark.corpus
def test_the_transaction_pretended_to_be_spent_is_that_of_the_vectors(
    vectors: dict[str, list[dict[str, object]]],
) -> None:
    for each in vectors["tx_hashes"]:
        output = script.address_to_scriptpubkey(str(each["address"])).data
        found = signed_message.to_spend(output, str(each["message"]))
        assert found[::-1].hex() == each["to_spend_tx_hash"]


def signed_in_full(message: str, **changed: int) -> tuple[str, str]:
    """Return a P2WPKH address and a BIP-322 full signature; `changed` sets version and so on."""
    output = script.p2wpkh(PUBLIC)
    coin = TransactionInput(
        signed_message.to_spend(output.data, message)[::-1],
        0,
        Script(b""),
        changed.get("sequence", 0),
    )
    out = TransactionOutput(changed.get("value", 0), Script(b"\x6a"))
    tx = Transaction(changed.get("version", 0), [coin], [out], changed.get("locktime", 0))
    digest = tx.sighash_segwit(0, script.p2pkh_from_p2wpkh(output), 0)
    tx.vin[0].witness = Witness([KEY.sign(digest).serialize() + b"\x01", PUBLIC.sec()])
    return output.address(), "ful" + base64.b64encode(tx.serialize()).decode()


def test_a_full_signature_that_says_no_more_than_its_witness_verifies() -> None:
    address, signature = signed_in_full(MESSAGE)
    assert verify(address, MESSAGE, signature) == Verified("BIP-322 full")


def test_a_full_signature_over_another_message_does_not() -> None:
    address, signature = signed_in_full(MESSAGE)
    assert isinstance(verify(address, MESSAGE + ".", signature), NotVerified)


def test_a_full_signature_that_pays_is_refused() -> None:
    address, signature = signed_in_full(MESSAGE, value=1)
    assert isinstance(verify(address, MESSAGE, signature), NotVerified)


@pytest.mark.parametrize("lock", [{"locktime": 5}, {"sequence": 9}, {"version": 2}])
def test_a_time_locked_signature_is_not_called_wrong(lock: dict[str, int]) -> None:
    address, signature = signed_in_full(MESSAGE, **lock)
    assert isinstance(verify(address, MESSAGE, signature), NotChecked)


def test_a_proof_of_funds_is_not_called_wrong() -> None:
    address, signature = signed_in_full(MESSAGE)
    assert isinstance(verify(address, MESSAGE, "pof" + signature[3:]), NotChecked)


def test_scripts_that_the_package_has_no_rule_for_are_not_called_wrong() -> None:
    """A P2WSH of one key; a taproot script path."""
    code = Script(b"\x21" + PUBLIC.sec() + b"\xac")
    witness = Witness([KEY.sign(b"\1" * 32).serialize() + b"\x01", code.data])
    address = script.p2wsh(code).address()
    assert isinstance(verify(address, MESSAGE, shown(witness.items)), NotChecked)
    path = [b"\1" * 64, code.data, b"\xc0" + PUBLIC.xonly()]
    assert isinstance(verify(script.p2tr(PUBLIC).address(), MESSAGE, shown(path)), NotChecked)


@pytest.mark.parametrize("signers", [(0, 1), (0, 2), (1, 2)])
def test_any_two_of_three_prove_control(signers: tuple[int, int]) -> None:
    address, stack = two_of_three(signers)
    assert verify(address, MESSAGE, shown(stack)) == Verified("BIP-322 simple")
    once = [stack[0], stack[1], stack[1], stack[3]]
    assert isinstance(verify(address, MESSAGE, shown(once)), NotVerified)
    assert isinstance(verify(address, MESSAGE, shown([stack[0], stack[1], stack[3]])), NotVerified)


def shown(stack: list[bytes]) -> str:
    return base64.b64encode(Witness(stack).serialize()).decode()


def two_of_three(signers: tuple[int, ...]) -> tuple[str, list[bytes]]:
    keys = [ec.PrivateKey(bytes([number]) * 32) for number in (11, 12, 13)]
    pushed = b"".join(b"\x21" + key.sec() for key in keys)
    code = Script(b"\x52" + pushed + b"\x53\xae")
    output = script.p2wsh(code)
    spent = signed_message.to_spend(output.data, MESSAGE)[::-1]
    coin = TransactionInput(spent, 0, Script(b""), 0)
    tx = Transaction(0, [coin], [TransactionOutput(0, Script(b"\x6a"))], 0)
    digest = tx.sighash_segwit(0, code, 0)
    signatures = [keys[each].sign(digest).serialize() + b"\x01" for each in signers]
    return str(output.address()), [b"", *signatures, code.data]


# Legacy ----------------------------------------------------------------------------------------


def legacy(message: str, first: int) -> str:
    """Sign in the old form; `first` is what the first byte counts from."""
    digest = signed_message.legacy_digest(message)
    made = secp256k1.ecdsa_sign_recoverable(digest, KEY.serialize())
    compact, recid = secp256k1.ecdsa_recoverable_signature_serialize_compact(made)
    return base64.b64encode(bytes([first + recid]) + compact).decode()


def address_of(kind: str) -> str:
    long = ec.PublicKey(PUBLIC._point, compressed=False)
    made = {
        "uncompressed": script.p2pkh(long),
        "p2pkh": script.p2pkh(PUBLIC),
        "p2sh": script.p2sh(script.p2wpkh(PUBLIC)),
        "p2wpkh": script.p2wpkh(PUBLIC),
        "p2tr": script.p2tr(PUBLIC),
    }[kind]
    return str(made.address())


@pytest.mark.parametrize(
    ("kind", "first"), [("uncompressed", 27), ("p2pkh", 31), ("p2sh", 35), ("p2wpkh", 39)]
)
def test_a_legacy_signature_verifies_for_its_kind_of_address(kind: str, first: int) -> None:
    address = address_of(kind)
    assert isinstance(verify(address, WORDS, legacy(WORDS, first)), Verified)
    assert isinstance(verify(address, WORDS + " ", legacy(WORDS, first)), NotVerified)


def test_a_legacy_signature_of_another_tool_verifies() -> None:
    """The example of bitcoinjs-message, so that our digest is not only compared with itself."""
    signature = (
        "H9L5yLFjti0QTHhPyFrZCT1V/MMnBtXKmoiKDZ78NDBjERki6ZTQZdSMCtkgoNmp17By9ItJr8o7ChX0XxY91nk="
    )
    address = "1F3sAm6ZtwLAUnj7d38pGFxtP3RVEvtsbV"
    assert isinstance(
        verify(address, "This is an example of a signed message.", signature), Verified
    )


@pytest.mark.parametrize(("kind", "first"), [("p2pkh", 27), ("uncompressed", 31), ("p2tr", 31)])
def test_a_legacy_signature_does_not_speak_for_another_kind(kind: str, first: int) -> None:
    assert isinstance(verify(address_of(kind), WORDS, legacy(WORDS, first)), NotVerified)


def test_addresses_of_a_test_network_are_read() -> None:
    address = script.p2pkh(PUBLIC).address(NETWORKS["test"])
    assert isinstance(verify(address, WORDS, legacy(WORDS, 31)), Verified)


# Ethereum --------------------------------------------------------------------------------------


def signed(message: str) -> str:
    made = ETHEREUM.sign_message(messages.encode_defunct(text=message))
    return "0x" + bytes(made.signature).hex()


@pytest.mark.parametrize("case", [str, str.lower, lambda text: "0x" + text[2:].upper()])
def test_an_ethereum_signature_verifies(case: object) -> None:
    address = case(ETHEREUM.address)  # type: ignore[operator]
    assert verify(address, WORDS, signed(WORDS)) == Verified("Ethereum signed message (EIP-191)")


def test_a_mistyped_ethereum_address_is_caught_by_its_capitals() -> None:
    address = ETHEREUM.address
    place = next(i for i in range(2, 42) if address[i].isalpha())
    broken = address[:place] + address[place].swapcase() + address[place + 1 :]
    found = verify(broken, WORDS, signed(WORDS))
    assert isinstance(found, NotVerified)
    assert "EIP-55" in found.why


def test_an_ethereum_signature_over_other_words_does_not_verify() -> None:
    assert isinstance(verify(ETHEREUM.address, WORDS + ".", signed(WORDS)), NotVerified)
    other = Account.from_key(b"\x08" * 32)
    assert isinstance(verify(other.address, WORDS, signed(WORDS)), NotVerified)


def test_a_compact_ethereum_signature_verifies() -> None:
    """EIP-2098: 64 bytes, the parity in the top bit."""
    raw = bytes.fromhex(signed(WORDS)[2:])
    s = int.from_bytes(raw[32:64], "big") | (raw[64] - 27) << 255
    compact = raw[:32] + s.to_bytes(32, "big")
    assert isinstance(verify(ETHEREUM.address, WORDS, "0x" + compact.hex()), Verified)


def test_a_message_of_bytes_verifies() -> None:
    made = ETHEREUM.sign_message(messages.encode_defunct(hexstr="0xdeadbeef"))
    assert isinstance(verify(ETHEREUM.address, "0xdeadbeef", made.signature.hex()), Verified)


def test_a_contracts_signature_is_not_called_wrong() -> None:
    assert isinstance(verify(ETHEREUM.address, WORDS, "0x" + "ab" * 130), NotChecked)


# Rims ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["bip322", "eth_account"])
def test_a_missing_extra_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    address, signature = signed_in_full(MESSAGE)
    if package == "eth_account":
        address, signature = ETHEREUM.address, signed(WORDS)
    found = verify(address, MESSAGE, signature)
    assert isinstance(found, NotChecked)
    assert "forthwith[proofs]" in found.why


def test_checking_leaves_the_limit_on_recursion_alone() -> None:
    """In a process of its own, since a library is imported but once."""
    program = (
        "import sys; from forthwith.exports.proofs import verify; "
        f"found = verify({ETHEREUM.address!r}, {WORDS!r}, {signed(WORDS)!r}); "
        "print(type(found).__name__, sys.getrecursionlimit())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["Verified", "1000"]


def test_the_legacy_form_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bip322", None)
    assert isinstance(verify(address_of("p2pkh"), WORDS, legacy(WORDS, 31)), Verified)


GOOD = [
    (address_of("p2pkh"), WORDS, legacy(WORDS, 31)),
    (*signed_in_full(WORDS)[:1], WORDS, signed_in_full(WORDS)[1]),
    (ETHEREUM.address, WORDS, signed(WORDS)),
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(GOOD), st.integers(0, 2), st.integers(0, 400), st.characters())
def test_one_changed_character_never_verifies(
    good: tuple[str, str, str], which: int, at: int, put: str
) -> None:
    """Nor does it raise. Capitals of hexadecimal, and the bits base64 leaves over, say nothing."""
    parts = list(good)
    at %= len(parts[which])
    parts[which] = parts[which][:at] + put + parts[which][at + 1 :]
    same = [part.lower() for part in parts] == [part.lower() for part in good]
    if not same and [each.strip() for each in parts] != [each.strip() for each in good]:
        found = verify(*parts)
        assert not isinstance(found, Verified) or parts[2][-3:] != good[2][-3:]


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "smp",
        "ful",
        "pof",
        "AA==",
        "/////////////w==",
        "smp/////////////w==",
        "0x",
        "A" * 100_000,
        "ful" + base64.b64encode(b"\0\0\0\0" + b"\xff" * 40).decode(),
        "\ud800",
        "G" + "A" * 87,
    ],
)
@pytest.mark.parametrize(
    "address",
    ["", "0x", "0x" + "1" * 40, "nobody", "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l", "1" * 5000,
     "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "bc1p" + "q" * 58, "\ud800"],
)  # fmt: skip
def test_nonsense_never_raises_and_never_verifies(address: str, signature: str) -> None:
    assert not isinstance(verify(address, WORDS, signature), Verified)
