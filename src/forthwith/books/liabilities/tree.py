"""The tree: levels of records, from leaves up to the top, in arrays of bytes.

A level is an array of n records of 48 bytes: the hash, then the sum. Two neighbours are 96 bytes
that stand as they are hashed. Levels are yielded one by one, so that whoever keeps them on disk
holds two at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forthwith.domain.errors import ForthwithError

FORM = "forthwith/pol/1"
#: Bytes of a record: SHA-256, and a sum of 128 bits.
HASH, SUM = 32, 16
RECORD = HASH + SUM
#: The greatest amount and the greatest sum.
MOST = 2**128 - 1
_PADDING = bytes(RECORD)
_LEAF = b"\0" + FORM.encode()
_SALT = f"{FORM}/salt".encode()
#: Nodes hashed from one buffer; it bounds memory, not figures.
_BLOCK = 1 << 15
#: Names up to here have their two bytes of length at hand.
_SHORT = 64
_LENGTHS = tuple(length.to_bytes(2, "big") for length in range(_SHORT + 1))
#: An inner and an outer block of SHA-256 (RFC 2104).
_HMAC_BLOCK = 64

#: Records of a level: (n, 48) bytes.
Level = npt.NDArray[np.uint8]


class LiabilitiesError(ForthwithError):
    """A tree cannot be made of these rows."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the exchange publishes of one tree."""

    asset: str
    #: The cut: "2026-03-31T23:59:59Z".
    as_of: str
    leaves: int
    #: In smallest units: what is owed.
    total: int
    root: bytes

    def as_json(self) -> dict[str, Any]:
        """Return the keys of `liabilities commit`."""
        return {
            "format": FORM,
            "asset": self.asset,
            "as_of": self.as_of,
            "leaves": self.leaves,
            "total": str(self.total),
            "root": self.root.hex(),
        }


def salting(key: bytes, asset: str, as_of: str) -> Callable[[str], bytes]:
    """Return what gives an account its salt: 32 bytes that keep its amount from being guessed.

    The key is the exchange's alone and never published. Raises LiabilitiesError: it has fewer than
    32 bytes.
    """
    if len(key) < HASH:
        raise LiabilitiesError(
            f"The key of the salts has {len(key)} bytes; it must have {HASH} at least, drawn at "
            f"random, or amounts can be guessed from the leaves."
        )
    short = hashlib.sha256(key).digest() if len(key) > _HMAC_BLOCK else key
    block = short.ljust(_HMAC_BLOCK, b"\0")
    # HMAC in two halves that are started once: the library's own starts both for every account.
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + _SALT + _long(asset)).copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block)).copy
    ending = _long(as_of)

    def salt(account: str) -> bytes:
        first, second = inner(), outer()
        first.update(_long(account) + ending)
        second.update(first.digest())
        return second.digest()

    return salt


def leaf(asset: str, account: str, salted: bytes, amount: int) -> bytes:
    """Return the hash of one leaf. Raises LiabilitiesError where the amount has no 128 bits."""
    message = _LEAF + _long(asset) + _long(account) + salted + _wide(amount, account)
    return hashlib.sha256(message).digest()


def leaf_level(asset: str, rows: Iterable[tuple[str, bytes, int]]) -> Level:
    """Return level 0 of accounts with their salts and amounts, in ascending order of hash.

    Accounts come in ascending order, each once: that is how a second row of one account is found.
    Raises LiabilitiesError: no row, one account twice, an amount below 0, sums past 128 bits.
    """
    prefix, sha = _LEAF + _long(asset), hashlib.sha256
    blocks: list[bytes] = []
    records: list[bytes] = []
    total, before = 0, ""
    for account, salted, amount in rows:
        if account <= before:
            raise LiabilitiesError(_out_of_order(account, before))
        before = account
        # As `leaf` does it, without its calls: this is the loop of ten million accounts.
        try:
            name, wide = account.encode(), amount.to_bytes(SUM, "big")
            message = prefix + _LENGTHS[len(name)] + name + salted + wide
        except (OverflowError, IndexError, UnicodeEncodeError):
            wide = _wide(amount, account)
            message = prefix + _long(account) + salted + wide
        records.append(sha(message).digest() + wide)
        total += amount
        if len(records) == _BLOCK:
            blocks.append(b"".join(records))
            records.clear()
    blocks.append(b"".join(records))
    if total > MOST:
        raise LiabilitiesError(
            f"What is owed in {asset} adds up to {total}, more than 128 bits hold; is an amount "
            f"in a unit that is too small?"
        )
    if not before:
        raise LiabilitiesError(f"No account is owed anything in {asset}: there is no tree to make.")
    unsorted = np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, RECORD)
    del blocks
    return _ascending(unsorted)


def levels(lowest: Level) -> Iterator[Level]:
    """Yield the levels above the leaves, the top last; none for a tree of one leaf.

    Raises LiabilitiesError where two sums pass 128 bits.
    """
    below = lowest
    while len(below) > 1:
        yield (below := _above(below))


def commitment(asset: str, as_of: str, leaves: int, top: bytes) -> Commitment:
    """Return what is published of a tree whose top record (hash and sum) is known."""
    message = b"\x03" + _long(asset) + _long(as_of) + leaves.to_bytes(8, "big") + top
    root = hashlib.sha256(message).digest()
    return Commitment(asset, as_of, leaves, int.from_bytes(top[HASH:], "big"), root)


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two records."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree(key: bytes, asset: str, as_of: str, owed: Mapping[str, int]) -> tuple[Level, ...]:
    """Return all levels of a tree that fits in memory, the leaves first."""
    salt = salting(key, asset, as_of)
    rows = ((account, salt(account), owed[account]) for account in sorted(owed))
    lowest = leaf_level(asset, rows)
    return (lowest, *levels(lowest))


def commit(key: bytes, asset: str, as_of: str, owed: Mapping[str, int]) -> Commitment:
    """Return the commitment to what is owed in an asset, in smallest units, at a cut."""
    grown = tree(key, asset, as_of, owed)
    return commitment(asset, as_of, len(grown[0]), grown[-1][0].tobytes())


def _above(below: Level) -> Level:
    """Return the level above: a record for each two, the last one padded."""
    if len(below) % 2:
        below = np.concatenate([below, np.frombuffer(_PADDING, np.uint8).reshape(1, RECORD)])
    pairs = np.ascontiguousarray(below).reshape(-1, 2 * RECORD)
    above = np.empty((len(pairs), RECORD), np.uint8)
    sha, size = hashlib.sha256, 1 + 2 * RECORD
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        messages = np.full((len(block), size), 1, np.uint8)
        messages[:, 1:] = block
        flat = messages.reshape(-1).data
        hashes = b"".join([sha(flat[at : at + size]).digest() for at in range(0, len(flat), size)])
        part = above[start : start + len(block)]
        part[:, :HASH] = np.frombuffer(hashes, np.uint8).reshape(-1, HASH)
        part[:, HASH:] = _sums(block)
    return above


def _sums(pairs: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return left sum plus right sum of each pair, 16 bytes each, in two halves with a carry."""
    left = np.ascontiguousarray(pairs[:, HASH:RECORD]).view(">u8").astype(np.uint64)
    right = np.ascontiguousarray(pairs[:, RECORD + HASH :]).view(">u8").astype(np.uint64)
    low = left[:, 1] + right[:, 1]
    high = left[:, 0] + right[:, 0]
    carried = high + (low < left[:, 1])
    if bool(((high < left[:, 0]) | (carried < high)).any()):
        raise LiabilitiesError("Two sums of this tree add up to more than 128 bits hold.")
    return np.stack([carried, low], axis=1).astype(">u8").view(np.uint8)


def _ascending(records: Level) -> Level:
    """Return records in ascending order of hash, compared as bytes."""
    first = np.ascontiguousarray(records[:, :8]).view(">u8")[:, 0].astype(np.uint64)
    order = np.argsort(first, kind="stable")
    ranked = first[order]
    if bool((ranked[1:] == ranked[:-1]).any()):
        # Two hashes that begin with the same eight bytes: the rest decides.
        words = np.ascontiguousarray(records[:, :HASH]).view(">u8").astype(np.uint64)
        order = np.lexsort([words[:, column] for column in (3, 2, 1, 0)])
    return np.take(records, order, axis=0)


def _long(text: str) -> bytes:
    """Return a text with its length before it. Raises LiabilitiesError past 65,535 bytes."""
    try:
        data = text.encode()
    except UnicodeEncodeError as wrong:
        raise LiabilitiesError(f"{text[:40]!r} holds half of a character.") from wrong
    if not data or len(data) > 0xFFFF:
        raise LiabilitiesError(
            f"A name of {len(data):,} bytes cannot stand in a tree: 1 to 65,535 bytes can."
        )
    return len(data).to_bytes(2, "big") + data


def _wide(amount: int, account: str) -> bytes:
    """Return an amount as 16 bytes. Raises LiabilitiesError below 0 and past 128 bits."""
    if not 0 <= amount <= MOST:
        raise LiabilitiesError(
            f"Account {account} stands with {amount}: a leaf holds 0 to 2^128 - 1. A negative "
            f"balance is no liability and is named beside the tree."
        )
    return amount.to_bytes(SUM, "big")


def _out_of_order(account: str, before: str) -> str:
    if not account:
        return "A row names no account."
    if account == before:
        return f"Account {account!r} has two rows; one account is one leaf."
    return f"Account {account!r} comes after {before!r}; accounts must come in ascending order."
