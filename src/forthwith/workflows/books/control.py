"""Proofs of control held against their signatures, and against the chains of the books."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from forthwith.books import control as proofs_of_control
from forthwith.books.books import Books, SignedProof
from forthwith.books.control import Control, folded
from forthwith.domain.fact_tables import RowFault
from forthwith.exports import proof_files
from forthwith.exports.ethereum.safe import messages as safe_messages
from forthwith.exports.ethereum.signed_message import typed_data
from forthwith.exports.proofs import NotVerified, Verified, verify

_EVM = re.compile(r"evm-(\d{1,18})", re.ASCII)


def read(
    files: Mapping[str, bytes],
) -> tuple[tuple[SignedProof, ...], tuple[RowFault, ...], tuple[str, ...]]:
    """Return the proofs of files by name, with faults and notes; nothing is verified yet."""
    proofs: list[SignedProof] = []
    faults: list[RowFault] = []
    notes: list[str] = []
    for name, data in sorted(files.items()):
        rows, wrong, said = proof_files.read(data, name)
        signed, misshapen = proofs_of_control.signed_proofs(rows)
        proofs += signed
        faults += (*wrong, *misshapen)
        notes += said
    return tuple(proofs), tuple(faults), tuple(notes)


def checked(books: Books) -> Books:
    """Return the books with every signature of their proofs looked at."""
    safes = {folded(place.address) for place in books.places if place.kind == "safe"}
    safes |= {change.safe for chain in books.chains for change in chain.safe_changes}
    chains = [chain.chain for chain in books.chains]
    return replace(books, proofs=tuple(_checked(row, safes, chains) for row in books.proofs))


def control(books: Books) -> Control:
    """Return what the proofs of the books come to, signatures looked at first."""
    return proofs_of_control.control(checked(books), spoken)


def spoken(message: str) -> str:
    """Return what a signer says: of typed data (EIP-712) the values of its message alone."""
    value = typed_data(message)
    return message if value is None else json.dumps(value["message"], ensure_ascii=False)


def _checked(proof: SignedProof, safes: set[str], chains: Iterable[str]) -> SignedProof:
    address = folded(proof.address)
    if address in safes:
        return _by_owners(proof, address, chains)
    result = verify(proof.address, proof.message, proof.signature)
    if isinstance(result, Verified):
        return replace(proof, verified=True, why=result.how, signers=(address,))
    verified = False if isinstance(result, NotVerified) else None
    return replace(proof, verified=verified, why=result.why)


def _by_owners(proof: SignedProof, safe: str, chains: Iterable[str]) -> SignedProof:
    """Return who signed for a Safe; whether they are its owners is asked at its block."""
    if typed_data(proof.message) is not None:
        why = "typed data (EIP-712) signed for a Safe is not looked into"
        return replace(proof, verified=None, why=why, signers=())
    names = (proof.chain,) if proof.chain else chains
    numbers: Sequence[int | None] = sorted(
        {int(match[1]) for name in names if (match := _EVM.fullmatch(name))}
    )
    digits = proof.signature.strip().removeprefix("0x")
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", digits) and len(digits) % 130:
        why = "it is not made of owners' signatures of 65 bytes each, so only the Safe can tell"
        return replace(proof, verified=None, why=why, signers=())
    found: dict[str, None] = {}
    for chain_id in numbers or [None]:
        found |= dict.fromkeys(
            safe_messages.signers(proof.message, proof.signature, safe, chain_id)
        )
    if not found:
        why = "no key can have made it over this message"
        return replace(proof, verified=False, why=why, signers=())
    if proof.signers and not found.keys() & set(proof.signers):
        why = f"another key signed than {proof.signers[0]}, which the row names"
        return replace(proof, verified=False, why=why, signers=())
    return replace(proof, verified=True, why="owners' signatures (EIP-1271)", signers=tuple(found))
