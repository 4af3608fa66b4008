"""Proofs of control: bound to an address and a block, and as old as that block."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account, messages

from forthwith.books.books import ALWAYS, Books, PlaceAddress, SignedProof, Span, WitnessRow
from forthwith.books.control import (
    DOES_NOT_VERIFY,
    NOT_CHECKED,
    Control,
    control,
    safe_owners,
    signed_proofs,
    stale,
)
from forthwith.domain.chain import Block, ChainRead, SafeChange
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.instants import DAY, Instant, instant
from forthwith.exports import proof_files
from forthwith.exports.chain import bitcoin_blocks, evm_json
from forthwith.exports.ethereum.address import keccak_256
from forthwith.exports.ethereum.safe.messages import digests
from forthwith.exports.ethereum.safe.owner_logs import ADDED, REMOVED, SETUP, safe_change
from forthwith.workflows.books import control as desk

CHAIN = "evm-31337"
NOON = instant("2026-03-01T12:00:00Z")
HASHES = [f"{number:064x}" for number in range(100, 104)]
BLOCKS = tuple(
    Block(number, "0x" + digest, "0x" + HASHES[number - 1], NOON + number * DAY)
    for number, digest in enumerate(HASHES)
)
KEYS = [Account.from_key(bytes([number]) * 32) for number in range(1, 5)]
SAFE = "0x" + "5a" * 20
ROW = WitnessRow("proofs.csv", "line 2")


def books(*proofs: SignedProof, changes: tuple[SafeChange, ...] = (), chain: str = CHAIN) -> Books:
    kind = "safe" if changes else "address"
    place = PlaceAddress("hot", kind, chain, SAFE, "co", "customer", ALWAYS, ROW)
    read = ChainRead(chain, "evm", BLOCKS, safe_changes=changes)
    return Books(places=(place,), chains=(read,), proofs=proofs)


def proof(address: str, message: str, **more: object) -> SignedProof:
    row = SignedProof(address, CHAIN, "", message, "", None, None, "", ROW, verified=True)
    return replace(row, **more)  # type: ignore[arg-type]


def says(address: str, number: int = 1) -> str:
    return f"We control {address} at block {number} 0x{HASHES[number]}"


def refusals(found: Control) -> list[str]:
    return [f"{row.reason}: {row.says}" for row in found.refused]


def signed(key: int, message: str) -> str:
    return "0x" + KEYS[key].sign_message(messages.encode_defunct(text=message)).signature.hex()


def test_a_proof_is_as_old_as_its_block_and_not_as_its_row() -> None:
    address = KEYS[0].address
    found = control(books(proof(address, says(address), at=NOON + 300 * DAY)))

    assert found.proved == {(CHAIN, address.lower()): (NOON + DAY,)}
    assert found.fresh(CHAIN, address, NOON + 36 * DAY, 35)
    assert not found.fresh(CHAIN, address, NOON + 36 * DAY + 1, 35)
    assert not found.fresh(CHAIN, address, NOON + DAY - 1, 35)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (f"We control them all at 1 {HASHES[1]}", "does not name the address"),
        (f"{SAFE}ff at 1 {HASHES[1]}", "does not name the address"),
        (f"We control {SAFE}", "names no block hash"),
        (f"{SAFE} at 1 {HASHES[1][:-1]}", "names no block hash"),
        (f"{SAFE} at 1 {'f' * 64}", "is on the supplied chain"),
        (f"{SAFE} at 2 {HASHES[1]}", "does not name height 1"),
        (f"{SAFE} at 12 {HASHES[1]}", "does not name height 1"),
        (f"{SAFE} {HASHES[1]}", "does not name height 1"),
        ("", "does not name the address"),
    ],
)
def test_a_message_that_binds_nothing_proves_nothing(message: str, why: str) -> None:
    found = control(books(proof(SAFE, message)))

    assert not found.proved
    assert why in refusals(found)[0]
    assert refusals(found)[0].startswith(DOES_NOT_VERIFY)


@pytest.mark.parametrize(
    "message",
    [
        f"{SAFE.upper().replace('X', 'x')}, block #1, hash {HASHES[1].upper()}.",
        f"block=1;hash=0x{HASHES[1]};address={SAFE}",
        f"{SAFE}\n0x{HASHES[1]}\n1\n",
    ],
)
def test_how_a_message_is_laid_out_does_not_matter(message: str) -> None:
    assert control(books(proof(SAFE, message))).proved


def test_grouped_heights_are_read() -> None:
    block = Block(875_000, "ab" * 32, "", NOON)
    given = replace(books(), chains=(ChainRead(CHAIN, "evm", (block,)),))
    message = f"{SAFE} at block 875,000 {'ab' * 32}"

    assert control(replace(given, proofs=(proof(SAFE, message),))).proved


def test_the_newest_of_several_blocks_binds() -> None:
    message = f"{SAFE} 1 {HASHES[1]} 3 {HASHES[3]}"

    assert control(books(proof(SAFE, message))).proved[CHAIN, SAFE] == (NOON + 3 * DAY,)


def test_a_block_after_a_break_in_the_headers_binds_nothing() -> None:
    torn = (*BLOCKS[:2], replace(BLOCKS[2], parent="0x" + "9" * 64), BLOCKS[3])
    given = replace(books(), chains=(ChainRead(CHAIN, "evm", torn),))

    assert control(replace(given, proofs=(proof(SAFE, says(SAFE, 1)),))).proved
    assert not control(replace(given, proofs=(proof(SAFE, says(SAFE, 2)),))).proved


def test_a_row_may_not_name_another_block_or_chain_than_the_message() -> None:
    other_block = control(books(proof(SAFE, says(SAFE), block=HASHES[2])))
    other_height = control(books(proof(SAFE, says(SAFE), height=2)))
    two = books(proof(SAFE, says(SAFE), chain="evm-1"))
    strange = replace(BLOCKS[0], hash="0x" + "8" * 64)
    other_chain = control(replace(two, chains=(*two.chains, ChainRead("evm-1", "evm", (strange,)))))

    assert "another block" in refusals(other_block)[0]
    assert "another block" in refusals(other_height)[0]
    assert "on the supplied chain evm-1" in refusals(other_chain)[0]


def test_a_chains_name_in_another_tool_does_not_matter() -> None:
    assert control(books(proof(SAFE, says(SAFE), chain="mainnet"))).proved


def test_what_nobody_could_check_is_not_called_wrong() -> None:
    found = control(books(proof(SAFE, says(SAFE), verified=None, why="bip322 is not installed")))

    assert refusals(found) == [
        f"{NOT_CHECKED}: the signature was not checked: bip322 is not installed"
    ]


def test_an_address_in_two_places_is_proved_in_both_and_its_wallet_is_not() -> None:
    twice = PlaceAddress("cold", "address", CHAIN, SAFE.upper(), "co", "customer", ALWAYS, ROW)
    sister = replace(twice, address="0x" + "77" * 20)
    given = books(proof(SAFE, says(SAFE)))
    places = (*given.places, twice, sister, replace(twice, klass="house"))

    assert stale(places, control(given), NOON + 2 * DAY, 35) == (sister,)
    assert len(stale(places, control(given), NOON + 60 * DAY, 35)) == 3


def test_a_place_not_yet_registered_needs_no_proof() -> None:
    later = PlaceAddress(
        "cold", "address", CHAIN, SAFE, "co", "customer", Span(NOON + DAY, NOON + 2 * DAY), ROW
    )

    assert stale((later,), Control(), NOON, 35) == ()
    assert stale((later,), Control(), NOON + DAY, 35) == (later,)
    assert stale((later,), Control(), NOON + 2 * DAY, 35) == ()


SETUP_OF_TWO = SafeChange(
    SAFE, 0, (0, 0), "setup", tuple(key.address.lower() for key in KEYS[:3]), 2
)


def of_safe(*keys: int, message: str = "", number: int = 1) -> tuple[SignedProof, ...]:
    message = message or says(SAFE, number)
    return tuple(
        proof(SAFE, message, signature=signed(key, message), verified=None) for key in keys
    )


def test_a_safe_needs_its_threshold_of_owners() -> None:
    both = desk.control(books(*of_safe(0, 2), changes=(SETUP_OF_TWO,)))
    one_twice = desk.control(books(*of_safe(1, 1), changes=(SETUP_OF_TWO,)))
    stranger = desk.control(books(*of_safe(0, 3), changes=(SETUP_OF_TWO,)))

    assert both.proved == {(CHAIN, SAFE): (NOON + DAY,)}
    assert "1 of the 2 owners signed" in refusals(one_twice)[0]
    assert "1 of the 2 owners signed" in refusals(stranger)[0]


def test_owners_are_those_of_the_height() -> None:
    changes = (
        SETUP_OF_TWO,
        SafeChange(SAFE, 2, (0, 0), "owner removed", (KEYS[0].address.lower(),)),
        SafeChange(SAFE, 2, (0, 1), "owner added", (KEYS[3].address.lower(),)),
        SafeChange(SAFE, 3, (0, 0), "threshold", (), 3),
    )
    at = {
        number: bool(desk.control(books(*of_safe(0, 1, number=number), changes=changes)).proved)
        for number in (1, 2, 3)
    }
    three = desk.control(books(*of_safe(1, 2, 3, number=3), changes=changes))

    assert at == {1: True, 2: False, 3: False}
    assert three.proved


def test_owners_who_sign_at_two_blocks_do_not_add_up() -> None:
    given = books(*of_safe(0), *of_safe(1, number=2), changes=(SETUP_OF_TWO,))

    assert not desk.control(given).proved


def test_a_safe_without_logs_is_not_checked() -> None:
    other = SafeChange("0x" + "11" * 20, 0, (0, 0), "setup", (), 1)
    given = books(*of_safe(0, 1), changes=(other,))

    assert refusals(desk.control(given))[0].startswith(NOT_CHECKED)
    assert safe_owners((SETUP_OF_TWO,), SAFE, -1) is None


def test_a_safes_own_form_of_a_message_is_read() -> None:
    """SafeMessage over the EIP-191 digest, both signatures in one text, as its page gives it."""
    message = says(SAFE)
    digest = digests(message, SAFE, 31337)[3]
    parts = [Account._sign_hash(digest, key.key).signature for key in KEYS[:2]]
    wrapped = [
        KEYS[0].sign_message(messages.encode_defunct(primitive=digest)).signature,
        parts[1],
    ]
    wrapped[0] = wrapped[0][:64] + bytes([wrapped[0][64] + 4])
    for pair in (parts, wrapped):
        text = "0x" + b"".join(map(bytes, pair)).hex()
        given = books(proof(SAFE, message, signature=text), changes=(SETUP_OF_TWO,))
        assert desk.control(given).proved


def test_a_row_that_names_another_signer_is_refused() -> None:
    row = replace(of_safe(0)[0], signers=(KEYS[1].address.lower(),))

    assert "another key signed" in refusals(desk.control(books(row, changes=(SETUP_OF_TWO,))))[0]


@pytest.mark.parametrize(
    "signature", ["", "0x", "zz", "0x" + "00" * 65, "0x" + "ff" * 65, "ab" * 7]
)
def test_no_signature_of_a_safe_is_no_proof_and_no_crash(signature: str) -> None:
    row = proof(SAFE, says(SAFE), signature=signature)

    assert not desk.control(books(row, changes=(SETUP_OF_TWO,))).proved


def typed(address: str, told: str) -> dict[str, object]:
    text = [{"name": "text", "type": "string"}]
    domain = {"name": "Tamarack", "chainId": 31337, "verifyingContract": address}
    domain_type = [
        {"name": "name", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ]
    return {
        "types": {"EIP712Domain": domain_type, "Claim": text},
        "domain": domain,
        "primaryType": "Claim",
        "message": {"text": told},
    }


def test_typed_data_is_verified_and_its_domain_names_nothing() -> None:
    address = KEYS[0].address
    for told, want in ((says(address), True), (says(SAFE), False)):
        value = typed(address, told)
        made = KEYS[0].sign_message(messages.encode_typed_data(full_message=value)).signature
        entry = {"address": address, "message": value, "signature": "0x" + made.hex()}
        rows, faults, _ = proof_files.read(json.dumps([entry]).encode(), "proofs.json")
        proofs, _ = signed_proofs(rows)
        found = desk.control(books(*proofs))

        assert not faults
        assert bool(found.proved) is want


def test_a_wrong_signature_proves_nothing() -> None:
    address = KEYS[0].address
    row = proof(address, says(address), signature=signed(1, says(address)))

    assert refusals(desk.control(books(row)))[0].startswith(DOES_NOT_VERIFY)


def test_logs_of_both_forms_of_owners_are_read() -> None:
    owner = KEYS[0].address.lower()
    word = "0x" + owner[2:].rjust(64, "0")
    old = safe_change(SAFE, [ADDED], word, 7, (0, 1))
    new = safe_change(SAFE.upper(), [REMOVED, word], "0x", 7, (0, 1))

    assert old == SafeChange(SAFE, 7, (0, 1), "owner added", (owner,))
    assert new is not None
    assert new.owners == (owner,)


@pytest.mark.parametrize("data", ["", "0x", "zz", "0x" + "ff" * 32 * 4, "0x" + "00" * 64])
def test_a_log_in_no_shape_changes_nothing(data: str) -> None:
    assert safe_change(SAFE, [SETUP], data, 1, (0, 0)) is None


def test_the_topic_is_the_one_safes_log() -> None:
    assert SETUP == "0x141df868a6331af528e38c83b7aa03edc19be66e37ae67f9285bf4f8e3c6a1a8"
    assert keccak_256(b"").hex().startswith("c5d2460186f7233c")


@pytest.mark.parametrize(
    ("cells", "what"),
    [({"when": "yesterday"}, "when"), ({"height": "12a"}, "height"), ({"height": "١"}, "height")],
)
def test_a_row_in_the_wrong_shape_is_a_fault(cells: dict[str, str], what: str) -> None:
    base = {"address": SAFE, "message": "m", "signature": "s"}
    proofs, faults = signed_proofs([FactRow("proofs", base | cells, "proofs.csv", 2)])

    assert not proofs
    assert faults[0].what.startswith(what)


def test_a_message_keeps_its_last_space() -> None:
    row = FactRow("proofs", {"address": SAFE, "message": " m \n", "signature": "s"}, "p.csv", 2)

    assert signed_proofs([row])[0][0].message == " m \n"


@pytest.mark.corpus
def test_every_proof_of_a_quarter_verifies_and_grows_old(corpora: Path) -> None:
    """15 of BIP-322 and 5 of EIP-191, two of them owners of a Safe of 2 of 3."""
    case = corpora / "books" / "case-tamarack"
    proofs, faults, notes = desk.read({"proofs.json": (case / "proofs/proofs.json").read_bytes()})
    assert (len(proofs), faults, notes) == (20, (), ())
    blocks = case / "bitcoin" / "blk00000.dat"
    dumps = [(path.name, path.read_bytes()) for path in sorted((case / "ethereum").iterdir())]
    chains = (
        bitcoin_blocks.read([(blocks.name, blocks.read_bytes())]),
        evm_json.read([dump for dump in dumps if dump[0].endswith(".jsonl")]),
    )
    places = _places(case / "tables" / "places.csv")
    given = Books(places=places, chains=chains, proofs=proofs)
    found = desk.control(given)
    truth = json.loads((case / "truth.json").read_text(encoding="utf-8"))["reports"]

    assert found.refused == ()
    assert [sum(map(len, found.proved.values()))] == [15 + 4]
    for report in truth.values():
        at: Instant = instant(report["cut"])
        without = stale(places, found, at, 35)
        customer = {row.place for row in places if row.klass == "customer" and row.chain}
        fresh = customer - {row.place for row in without}
        some = {row.place for row in places if row.klass == "customer" and row not in without}
        assert sorted(f"{row.place} {row.address}" for row in without) == sorted(
            report["addresses_without_proof_in_35_days"]
        )
        assert sorted(customer - some) == report["stale_proofs_over_35_days"]
        assert fresh <= some


def _places(path: Path) -> tuple[PlaceAddress, ...]:
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return tuple(
        PlaceAddress(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], ALWAYS, ROW)
        for cells in lines
    )
