"""DAPOL+: the root that is published, and the secret that opens its commitment.

`public_root_data.json` has hash and commitment, `secret_root_data.json` liability and blinding
factor (silversixpence-crypto/dapol, MIT). The commitment is Pedersen's over ristretto255 and is
opened here. The hash is BLAKE3 over a tree nobody sees, and proofs of single accounts are binary
files with range proofs: neither is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import ristretto
from forthwith.exports.liabilities.paths import UNBOUND, refused

_FORM = "dapol"
_NOT_CHECKED = (
    "the hash of the root: it is BLAKE3 over nodes that are not published",
    "that an account stands in the tree, and that no leaf is below zero (bulletproofs)",
)


def check(
    file: str,
    public: Mapping[str, Any] | None,
    secret: Mapping[str, Any] | None,
    listed: int | None = None,
) -> LiabilityCheck:
    """Return whether the secret opens the published commitment.

    `listed` is what a list of accounts adds up to, where one was given.
    """
    why: list[str] = []
    commitment = _bytes(public.get("commitment")) if public is not None else b""
    if public is not None and commitment is None:
        why.append("commitment is not 32 numbers from 0 to 255")
    blinding = _bytes(secret.get("blinding_factor")) if secret is not None else b""
    if secret is not None and blinding is None:
        why.append("blinding_factor is not 32 numbers from 0 to 255")
    owed = secret.get("liability") if secret is not None else None
    if secret is not None and (
        not isinstance(owed, int) or isinstance(owed, bool) or not 0 <= owed < 2**64
    ):
        why.append("liability is not a whole number of 64 bits")
    if why:
        return refused(file, _FORM, why)
    figures = {
        **({"commitment": commitment.hex()} if commitment else {}),
        **({"root": str(public.get("hash", ""))} if public is not None else {}),
        **({"total": str(owed)} if secret is not None else {}),
    }
    if not commitment or not blinding or not isinstance(owed, int):
        half = "the secret that opens it" if commitment else "the published root"
        return LiabilityCheck(
            file,
            _FORM,
            not_checked=(f"the commitment to the total: give {half} too", *_NOT_CHECKED),
            does_not_bind=UNBOUND,
            figures=figures,
        )
    made = ristretto.committed(owed, int.from_bytes(blinding, "little"))
    if made != commitment:
        why.append(
            f"liability {owed} under the blinding factor commits to {made.hex()}, and "
            f"{commitment.hex()} was published"
        )
    if listed is not None and listed != owed:
        why.append(f"the commitment opens to {owed}, and the list of accounts adds up to {listed}")
    if why:
        return refused(file, _FORM, why)
    return LiabilityCheck(
        file,
        _FORM,
        proves=f"the published commitment opens to a total of {owed}"
        + (", which is what the list of accounts adds up to" if listed is not None else ""),
        does_not_bind=UNBOUND,
        not_checked=_NOT_CHECKED,
        figures=figures,
    )


def _bytes(value: Any) -> bytes | None:
    """Return 32 bytes written as numbers, or None."""
    whole = isinstance(value, list) and all(
        isinstance(part, int) and not isinstance(part, bool) and 0 <= part < 256 for part in value
    )
    return bytes(value) if whole and len(value) == 32 else None
