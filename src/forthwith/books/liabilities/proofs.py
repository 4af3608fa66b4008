"""A proof that one account stands in a tree: making it from the levels, and refusing a bad one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forthwith.books.liabilities.tree import (
    FORM,
    HASH,
    MOST,
    RECORD,
    SUM,
    Commitment,
    Level,
    LiabilitiesError,
    commitment,
    leaf,
    node,
)
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.liability_check import LiabilityCheck

#: What no proof of this form can show, whatever it says.
UNBOUND = (
    "that no account was left out: only the customers who look find a missing leaf",
    "accounts with a negative balance: they are no leaves and are named beside the tree",
    "what the exchange lent, borrowed or pledged: the tree has only what it owes its customers",
    "that the exchange holds anything against it: that is what coverage is about",
)
_KEYS = ("asset", "account", "amount", "salt", "path", "as_of", "leaves", "total", "root")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,38}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NOBODY = bytes(HASH)
#: Names longer than this are no account, and a path no longer than this is a tree of 2^64 leaves.
_LONGEST, _DEEPEST = 0xFFFF, 64


@dataclass(frozen=True, slots=True)
class Step:
    """One sibling on the way up."""

    #: "left" or "right": where the sibling stands.
    side: str
    hash: bytes
    sum: int

    @property
    def record(self) -> bytes:
        """Return hash and sum as they are hashed."""
        return self.hash + self.sum.to_bytes(SUM, "big")


@dataclass(frozen=True, slots=True)
class Proof:
    """An account's leaf and its path; amounts in smallest units."""

    asset: str
    account: str
    amount: int
    salt: bytes
    path: tuple[Step, ...]
    as_of: str
    leaves: int
    total: int
    root: bytes

    def as_json(self) -> dict[str, Any]:
        """Return the keys of a proof's file, as `liabilities prove` writes it."""
        return {
            "asset": self.asset,
            "account": self.account,
            "amount": str(self.amount),
            "salt": self.salt.hex(),
            "path": [
                {"side": step.side, "hash": step.hash.hex(), "sum": str(step.sum)}
                for step in self.path
            ],
            "as_of": self.as_of,
            "leaves": self.leaves,
            "total": str(self.total),
            "root": self.root.hex(),
        }


def prove(
    grown: Sequence[Level], published: Commitment, account: str, amount: int, salt: bytes
) -> Proof:
    """Return the proof of one account; `grown` are all levels, the leaves first.

    Raises LiabilitiesError: the account does not stand in the tree with that amount.
    """
    position = _position(grown[0], leaf(published.asset, account, salt, amount))
    if position is None:
        raise LiabilitiesError(
            f"Account {account} with {amount} is no leaf of the tree of {published.asset} at "
            f"{published.as_of}: take the key and the amounts of the day it was made."
        )
    steps: list[Step] = []
    for level in grown[:-1]:
        sibling = position ^ 1
        record = level[sibling].tobytes() if sibling < len(level) else bytes(RECORD)
        side = "left" if sibling < position else "right"
        steps.append(Step(side, record[:HASH], int.from_bytes(record[HASH:], "big")))
        position //= 2
    return Proof(
        published.asset, account, amount, salt, tuple(steps), published.as_of, published.leaves,
        published.total, published.root,
    )  # fmt: skip


def check_proof(
    file: str, given: object, published: Mapping[str, Any] | None = None
) -> LiabilityCheck:
    """Return what a proof's JSON proves, or why it is refused.

    `published` is the commitment as the exchange published it, in the keys of its own file; without
    it the proof is held against the root that it names itself, and that is said.
    """
    try:
        read = read_proof(given)
        why = [*_against(read, published), *_walked(read)]
    except NotAProofError as wrong:
        why = [str(wrong)]
    if why:
        faults = tuple(RowFault(file, 0, sentence, _ASK) for sentence in why)
        return LiabilityCheck(file, FORM, refusals=faults)
    unread = sorted(given.keys() - {*_KEYS, "format"}) if isinstance(given, dict) else []
    return LiabilityCheck(
        file,
        FORM,
        proves=(
            f"account {read.account!r} stands with {read.amount} (smallest units of {read.asset}) "
            f"among {read.leaves:,} leaves that add up to {read.total}, at {read.as_of}, under the "
            f"root {read.root.hex()}" + ("" if published else ", which the file itself names")
        ),
        does_not_bind=(
            *(() if published else ("that this root is the one that was published: compare them",)),
            *UNBOUND,
        ),
        findings=tuple(f"{name!r} is no key of a proof and was not read" for name in unread),
        figures={
            "asset": read.asset,
            "account": read.account,
            "amount": str(read.amount),
            "as_of": read.as_of,
            "leaves": str(read.leaves),
            "total": str(read.total),
            "root": read.root.hex(),
        },
    )


_ASK = "Ask the exchange for the proof as it was made"


def _position(lowest: Level, wanted: bytes) -> int | None:
    """Return where a leaf stands among leaves in ascending order, or None."""
    place = bisect_left(range(len(lowest)), wanted, key=lambda at: lowest[at, :HASH].tobytes())
    found = place < len(lowest) and lowest[place, :HASH].tobytes() == wanted
    return place if found else None


class NotAProofError(ForthwithError):
    """A JSON value is no proof; the sentence has no full stop, to stand in a fault."""


def read_proof(given: object) -> Proof:
    """Return the proof a JSON value is. Raises NotAProofError."""
    if not isinstance(given, dict):
        raise NotAProofError("a proof is one JSON object")
    if missing := [key for key in _KEYS if key not in given]:
        raise NotAProofError(f"{', '.join(missing)} is not there")
    if given.get("format", FORM) != FORM:
        raise NotAProofError(f"format is {str(given['format'])[:40]!r}, not {FORM!r}")
    leaves = given["leaves"]
    if isinstance(leaves, bool) or not isinstance(leaves, int) or not 0 < leaves < 2**64:
        raise NotAProofError("leaves is not a whole number of leaves, 1 or more")
    return Proof(
        _name("asset", given["asset"]),
        _name("account", given["account"]),
        _number("amount", given["amount"]),
        _digest("salt", given["salt"]),
        tuple(_path(given["path"])),
        _name("as_of", given["as_of"]),
        leaves,
        _number("total", given["total"]),
        _digest("root", given["root"]),
    )


def _path(given: object) -> Iterator[Step]:
    if not isinstance(given, list) or len(given) > _DEEPEST:
        raise NotAProofError(f"path is not a list of at most {_DEEPEST} steps")
    for number, step in enumerate(given, 1):
        where = f"step {number} of the path"
        if not isinstance(step, dict) or step.keys() != {"hash", "side", "sum"}:
            raise NotAProofError(f"{where} is not side, hash and sum")
        if step["side"] not in ("left", "right"):
            raise NotAProofError(f"{where} stands neither left nor right")
        yield Step(
            step["side"],
            _digest(f"the hash of {where}", step["hash"]),
            _number(f"the sum of {where}", step["sum"]),
        )


def _name(what: str, value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise NotAProofError(f"{what} is not a text of 1 to {_LONGEST:,} characters")
    try:
        size = len(value.encode())
    except UnicodeEncodeError as wrong:
        raise NotAProofError(f"{what} holds half of a character") from wrong
    if size > _LONGEST:
        raise NotAProofError(f"{what} has {size:,} bytes; a leaf commits to {_LONGEST:,} at most")
    return value


def _digest(what: str, value: object) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise NotAProofError(f"{what} is not 64 digits of hexadecimal in lower case")
    return bytes.fromhex(value)


def _number(what: str, value: object) -> int:
    """Return the number of the one text that stands for it."""
    if isinstance(value, str) and value.startswith("-"):
        raise NotAProofError(
            f"{what} is {value[:42]}, below zero: a negative sum would lower what others are owed"
        )
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise NotAProofError(
            f"{what} is not a text of digits without zeros before them: smallest units, whole"
        )
    if int(value) > MOST:
        raise NotAProofError(f"{what} is more than 128 bits hold")
    return int(value)


def _against(proof: Proof, published: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield where a proof is of another tree than the one published."""
    if published is None:
        return
    claimed = {key: value for key, value in proof.as_json().items() if key in published}
    if "root" not in claimed:
        yield "the commitment it is held against names no root"
    for key in ("asset", "as_of", "leaves", "total", "root"):
        if key in claimed and str(published[key]) != str(claimed[key]):
            yield f"{key} is {claimed[key]}, and {str(published[key])[:80]} was published"


def _walked(proof: Proof) -> list[str]:
    """Return why a path does not lead from its leaf to its root in a tree of so many leaves."""
    depth = (proof.leaves - 1).bit_length()
    if len(proof.path) != depth:
        return [
            f"the path has {len(proof.path)} steps; a tree of {proof.leaves:,} leaves has {depth}"
        ]
    why: list[str] = []
    own = leaf(proof.asset, proof.account, proof.salt, proof.amount)
    # The sides are the digits of the position, the lowest first.
    position = sum((step.side == "left") << level for level, step in enumerate(proof.path))
    if position >= proof.leaves:
        why.append(
            f"the sides lead to leaf {position + 1:,}, and the tree has {proof.leaves:,} leaves"
        )
    width, at, record, total = (
        proof.leaves, position, own + proof.amount.to_bytes(SUM, "big"), proof.amount,
    )  # fmt: skip
    for number, step in enumerate(proof.path, 1):
        why += _misplaced(number, step, at ^ 1, width)
        if number == 1 and step.hash != _NOBODY:
            first, second = (step.hash, own) if step.side == "left" else (own, step.hash)
            if first >= second:
                why.append("the two leaves do not stand in ascending order of hash")
        total += step.sum
        if total > MOST:
            why.append(f"with step {number} of the path the sums pass 128 bits")
            return why
        pair = (step.record, record) if step.side == "left" else (record, step.record)
        record = node(*pair) + total.to_bytes(SUM, "big")
        at, width = at // 2, (width + 1) // 2
    if total != proof.total:
        why.append(f"the sums along the path add up to {total}, not to {proof.total}")
    found = commitment(proof.asset, proof.as_of, proof.leaves, record).root
    if found != proof.root:
        why.append(
            f"what it says hashes to the root {found.hex()}, not to {proof.root.hex()}: at least "
            f"one of account, amount, asset, cut, salt, leaves, hashes and sums is not what was "
            f"committed"
        )
    return why


def _misplaced(number: int, step: Step, sibling: int, width: int) -> Iterator[str]:
    """Yield why a sibling cannot be what stands at its place in a level of so many records."""
    if sibling < width:
        if step.hash == _NOBODY:
            yield f"step {number} of the path is padding where the level has a record"
        return
    if step.side == "left":
        yield f"step {number} of the path stands left of nothing: its level ends before"
    elif step.hash != _NOBODY:
        yield f"step {number} of the path has a hash where the level ends and padding belongs"
    if step.sum:
        yield f"step {number} of the path is padding with the sum {step.sum}; padding has none"
