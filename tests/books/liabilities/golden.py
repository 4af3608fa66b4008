"""The golden tree rebuilt, and a second reading of the form that shares no code with ours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

KEY = bytes(range(32))
ASSET, AS_OF = "TRN", "2026-03-31T23:59:59Z"
OWED = {
    "C0001": 1,
    "C0002": 10**18,
    "C0003": 0,
    "C0004": 123456789012345678901234567,
    "C0005": 1,
}
ROOT = "7216ee6ea37da320773a7a2e105c6f29df4462d9ba75c4eb72aa70a18315b496"
TOTAL = 123456790012345678901234569


def _sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _text(text: str) -> bytes:
    return len(text.encode()).to_bytes(2, "big") + text.encode()


def plain_salt(key: bytes, asset: str, account: str, as_of: str) -> bytes:
    parts = b"forthwith/pol/1/salt" + _text(asset) + _text(account) + _text(as_of)
    return hmac.new(key, parts, "sha256").digest()


def plain_levels(
    key: bytes, asset: str, as_of: str, owed: Mapping[str, int]
) -> list[list[tuple[bytes, int]]]:
    """Return the levels as lists of hash and sum, written as the form is, one line for one rule."""
    leaves = sorted(
        (
            _sha(
                b"\0forthwith/pol/1", _text(asset), _text(account),
                plain_salt(key, asset, account, as_of), amount.to_bytes(16, "big"),
            ),
            amount,
        )
        for account, amount in owed.items()
    )  # fmt: skip
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1] + [(bytes(32), 0)] * (len(levels[-1]) % 2)
        levels.append(
            [
                (
                    _sha(b"\x01", a, x.to_bytes(16, "big"), b, y.to_bytes(16, "big")),
                    x + y,
                )
                for (a, x), (b, y) in zip(below[::2], below[1::2], strict=True)
            ]
        )
    return levels


def plain_root(key: bytes, asset: str, as_of: str, owed: Mapping[str, int]) -> bytes:
    (top, total), *_ = plain_levels(key, asset, as_of, owed)[-1]
    return _sha(
        b"\x03", _text(asset), _text(as_of), len(owed).to_bytes(8, "big"), top,
        total.to_bytes(16, "big"),
    )  # fmt: skip


def plainly_accepted(proof: Mapping[str, Any]) -> bool:
    """Return whether a proof of the right shape leads to its root: the form's rules alone."""
    amount, leaves = int(proof["amount"]), proof["leaves"]
    record = (
        _sha(
            b"\0forthwith/pol/1", _text(proof["asset"]), _text(proof["account"]),
            bytes.fromhex(proof["salt"]), amount.to_bytes(16, "big"),
        ),
        amount,
    )  # fmt: skip
    steps = 0
    while 1 << steps < leaves:
        steps += 1
    if len(proof["path"]) != steps:
        return False
    for step in proof["path"]:
        sibling = (bytes.fromhex(step["hash"]), int(step["sum"]))
        (a, x), (b, y) = (sibling, record) if step["side"] == "left" else (record, sibling)
        record = (
            _sha(b"\x01", a, x.to_bytes(16, "big"), b, y.to_bytes(16, "big")),
            x + y,
        )
    root = _sha(
        b"\x03", _text(proof["asset"]), _text(proof["as_of"]), leaves.to_bytes(8, "big"),
        record[0], record[1].to_bytes(16, "big"),
    )  # fmt: skip
    return root.hex() == proof["root"] and str(record[1]) == proof["total"]
