"""Proofs of control held against their signatures, wherever facts are taken in."""

from __future__ import annotations

from dataclasses import replace

from forthwith.custody.facts.facts import Facts
from forthwith.domain.fact_tables import RowFault


def proven(facts: Facts) -> tuple[Facts, tuple[RowFault, ...]]:
    """Verify every proof: a wrong one is a fault, one that cannot be checked a note."""
    if not facts.proofs:
        return facts, ()
    # Curves and scripts take a while to load, and most facts hold no proof.
    from forthwith.exports.proofs import NotChecked, NotVerified, verify

    faults, notes = [], []
    for proof in facts.proofs:
        result = verify(proof.address, proof.message, proof.signature)
        if isinstance(result, NotVerified):
            faults.append(_fault(proof.row.file, proof.row.line, result.why))
        elif isinstance(result, NotChecked):
            notes.append(f"{proof.place}: the proof of control was not checked: {result.why}.")
    return replace(facts, notes=(*facts.notes, *notes)), tuple(faults)


def _fault(file: str, line: int, why: str) -> RowFault:
    do = "Give address, message and signature exactly as they were signed, or take the row out"
    return RowFault(file, line, f"the signature proves nothing: {why}", do)
