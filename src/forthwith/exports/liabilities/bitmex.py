"""BitMEX: the whole tree, its root first, and what a nonce shows of one account.

Rules of the maker's tools (MPL-2.0, not copied): `block_height:N`, then a line of hash and satoshi
for each node, row by row. A node is SHA-256 over left hash, left value, right hash, right value,
the values as eight bytes, little-endian: both children are committed. A leaf is HMAC-SHA256 over
value and index under the account's nonce of the day: SHA-256 over its own nonce, the height and
its number. A balance is split over several leaves.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from forthwith.domain.fact_tables import RowFault
from forthwith.domain.liability_check import LiabilityCheck
from forthwith.plain import csv_cells

_FORM = "bitmex"
_HEAD = re.compile(r"block_height:([0-9]{1,18})", re.ASCII)
_NODE = re.compile(r"([0-9a-fA-F]{64}),([0-9]{1,20})", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,19}", re.ASCII)
_MOST = 2**64 - 1
_ASK = "Take the file as the exchange published it"
#: Leaf hashes that are tried for accounts; past it only single accounts are looked for.
_TRIED = 5_000_000
_UNBOUND = (
    "that no account was left out: only the customers who look find a missing leaf",
    (
        "accounts with a negative balance: eight bytes without a sign have no room for one, and "
        "they are left out"
    ),
    "what the exchange borrowed to hold it on that day, or lent, or pledged",
)


_DATE = (
    "the date: the block's height enters the leaves' nonces alone, so it is bound for those who "
    "have one"
)
_COMPARE = "that this root is the one that was published: compare them"


class _NotATreeError(ValueError):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of accounts: their master nonces, or one nonce of the day, and balances."""

    #: By account number.
    nonces: Mapping[int, bytes]
    #: The nonce of the day of one account, as its page shows it.
    nonce: bytes = b""
    #: In satoshi by account number; empty where no list was given.
    balances: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Tree:
    height: int
    #: The root first; each row with hash and satoshi.
    rows: tuple[tuple[tuple[bytes, int], ...], ...]

    @property
    def leaves(self) -> tuple[tuple[bytes, int], ...]:
        return self.rows[-1]


def check_tree(file: str, text: str, asked: Asked, root: str = "") -> LiabilityCheck:
    """Return what the file of a tree proves, and of which accounts their leaves were found."""
    try:
        tree = _read(text)
        faults = [RowFault(file, line, what, _ASK) for line, what in _unlike(tree)]
    except _NotATreeError as wrong:
        return LiabilityCheck(file, _FORM, refusals=(RowFault(file, wrong.line, wrong.what, _ASK),))
    (top, total), *_ = tree.rows[0]
    if root and root.lower().removeprefix("0x") != top.hex():
        faults.append(RowFault(file, 2, f"the root is not {root[:80]}, as published", _ASK))
    shown: dict[int, int] = {}
    left = ""
    if not faults and asked.nonces:
        if len(asked.nonces) * len(tree.leaves) <= _TRIED:
            shown = dict(_of_accounts(tree, asked.nonces))
        else:
            left = (
                f"{len(asked.nonces):,} accounts against {len(tree.leaves):,} leaves: ask for one"
            )
    faults += [
        RowFault(file, 0, what, _ASK) for what in _unlike_list(shown, asked, total, looked=not left)
    ]
    if asked.nonce and not faults:
        mine = _sum_of(tree, asked.nonce)
        if not mine[0]:
            faults.append(RowFault(file, 0, "no leaf is of the nonce that was given", _ASK))
    if faults:
        return LiabilityCheck(file, _FORM, refusals=tuple(faults[:50]))
    proofs = [
        (
            f"{len(tree.leaves):,} leaves hash up node by node to the root {top.hex()} and add up "
            f"to {total} satoshi"
        )
    ]
    if shown:
        proofs.append(
            f"the leaves of {len(shown)} accounts add up to {sum(shown.values())} satoshi"
        )
    if asked.nonce:
        proofs.append(f"{mine[0]} leaves of the nonce add up to {mine[1]} satoshi")
    return LiabilityCheck(
        file,
        _FORM,
        proves="; ".join(proofs),
        does_not_bind=(
            *_UNBOUND,
            _DATE,
            *(() if root else (_COMPARE,)),
        ),
        not_checked=(left,) if left else (),
        figures={
            "root": top.hex(),
            "block_height": str(tree.height),
            "leaves": str(len(tree.leaves)),
            "total satoshi": str(total),
            **{f"account {number}": str(sats) for number, sats in sorted(shown.items())},
            **({"nonce satoshi": str(mine[1])} if asked.nonce else {}),
        },
    )


def nonces(text: str) -> dict[int, bytes]:
    """Return the nonce of each account of a file of nonces. Raises ValueError: a sentence."""
    found: dict[int, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = re.fullmatch(r"([0-9]{1,18}),([0-9a-fA-F]{64})\s*", line, re.ASCII)
        if match is None:
            raise ValueError(f"line {number} is not an account's number and 64 digits of its nonce")
        if int(match[1]) in found:
            raise ValueError(f"line {number} gives account {match[1]} a second nonce")
        found[int(match[1])] = bytes.fromhex(match[2])
    return found


def amounts(text: str) -> dict[int, int]:
    """Return satoshi by account of a list `account,amount`. Raises ValueError: a sentence."""
    lines = list(csv_cells.reader(text.splitlines()))
    if not lines or lines[0] != ["account", "amount"]:
        raise ValueError("the first line is not account,amount")
    found: dict[int, int] = {}
    for number, cells in enumerate(lines[1:], 2):
        if len(cells) != 2 or not all(
            re.fullmatch(r"[0-9]{1,20}", cell, re.ASCII) for cell in cells
        ):
            raise ValueError(
                f"line {number} is not an account's number and whole satoshi, 0 or more"
            )
        if int(cells[0]) in found:
            raise ValueError(f"line {number} is account {cells[0]} a second time")
        found[int(cells[0])] = int(cells[1])
    return found


def check_one_line(file: str, text: str, nonce: bytes = b"", root: str = "") -> LiabilityCheck:
    """Return what one line of `--print-proof-csv` proves: index, height, satoshi, then siblings.

    The line has no hash of its leaf: only with the account's nonce of the day is there a path.
    """
    cells = text.strip().split(",")
    body = [",".join(cells[at : at + 2]) for at in range(3, len(cells), 2)]
    if not all(map(_COUNT.fullmatch, cells[:3])) or not all(map(_NODE.fullmatch, body)):
        what = "the line is not index, height, satoshi and pairs of siblings"
        return LiabilityCheck(file, _FORM, refusals=(RowFault(file, 1, what, _ASK),))
    index, value = int(cells[0]), int(cells[2])
    siblings = [(bytes.fromhex(part[:64]), int(part[65:])) for part in body]
    total = value + sum(sats for _, sats in siblings)
    figures = {"leaf satoshi": str(value), "total satoshi": str(total), "block_height": cells[1]}
    if index >> len(siblings) or total > _MOST:
        what = "the index is none of a tree of so many levels, or the satoshi pass 64 bits"
        return LiabilityCheck(file, _FORM, refusals=(RowFault(file, 1, what, _ASK),))
    if not nonce:
        why = ("the path: its line has no hash of the leaf itself; give the account's nonce too",)
        return LiabilityCheck(file, _FORM, not_checked=why, does_not_bind=_UNBOUND, figures=figures)
    hashed = hmac.digest(nonce, value.to_bytes(8, "little") + index.to_bytes(8, "little"), "sha256")
    for level, sibling in enumerate(siblings):
        pair = (sibling, (hashed, value)) if index >> level & 1 else ((hashed, value), sibling)
        hashed, value = _parent(*pair)
    if root and root.lower().removeprefix("0x") != hashed.hex():
        what = f"the path leads to the root {hashed.hex()}, and {root[:80]} was published"
        return LiabilityCheck(file, _FORM, refusals=(RowFault(file, 1, what, _ASK),))
    return LiabilityCheck(
        file,
        _FORM,
        proves=(
            f"a leaf of {cells[2]} satoshi under the nonce leads by {len(siblings)} nodes to the "
            f"root {hashed.hex()}, of {value} satoshi"
        ),
        does_not_bind=(
            *_UNBOUND,
            "other leaves of the same account: its balance is split over several",
            *(() if root else (_COMPARE,)),
        ),
        figures={**figures, "root": hashed.hex()},
    )


def _read(text: str) -> _Tree:
    lines = text.splitlines()
    head = _HEAD.fullmatch(lines[0].strip()) if lines else None
    if head is None:
        raise _NotATreeError(1, "the first line is not block_height: and a number")
    rows: list[list[tuple[bytes, int]]] = [[]]
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        match = _NODE.fullmatch(line.strip())
        if match is None:
            raise _NotATreeError(number, "the line is not a hash and whole satoshi, 0 or more")
        if int(match[2]) > _MOST:
            raise _NotATreeError(number, "the satoshi are more than 64 bits hold")
        if len(rows[-1]) == 1 << (len(rows) - 1):
            rows.append([])
        rows[-1].append((bytes.fromhex(match[1]), int(match[2])))
    if len(rows[-1]) != 1 << (len(rows) - 1):
        raise _NotATreeError(
            len(lines), f"the last row has {len(rows[-1])} nodes, and {1 << (len(rows) - 1)} belong"
        )
    return _Tree(int(head[1]), tuple(map(tuple, rows)))


def _unlike(tree: _Tree) -> Iterator[tuple[int, str]]:
    """Yield line and sentence of each node that its two children do not make."""
    for depth, (above, below) in enumerate(pairwise(tree.rows)):
        for at, (hashed, value) in enumerate(above):
            left, right = below[2 * at], below[2 * at + 1]
            made, summed = _parent(left, right)
            line = at + (1 << depth) + 1
            if summed != value:
                yield line, f"{value} is not the sum {summed} of the two nodes below"
            if made != hashed:
                yield line, "the node does not hash to what stands in the line"


def _parent(left: tuple[bytes, int], right: tuple[bytes, int]) -> tuple[bytes, int]:
    hashed = hashlib.sha256(
        left[0] + left[1].to_bytes(8, "little") + right[0] + right[1].to_bytes(8, "little")
    )
    return hashed.digest(), left[1] + right[1]


def _of_accounts(tree: _Tree, known: Mapping[int, bytes]) -> Iterator[tuple[int, int]]:
    """Yield the satoshi of each account's leaves."""
    for account, nonce in known.items():
        day = hashlib.sha256(
            nonce + tree.height.to_bytes(8, "little") + account.to_bytes(8, "little")
        ).digest()
        yield account, _sum_of(tree, day)[1]


def _sum_of(tree: _Tree, nonce: bytes) -> tuple[int, int]:
    """Return how many leaves are under a nonce of the day, and their satoshi."""
    found = [
        value
        for index, (hashed, value) in enumerate(tree.leaves)
        if hmac.digest(nonce, value.to_bytes(8, "little") + index.to_bytes(8, "little"), "sha256")
        == hashed
    ]
    return len(found), sum(found)


def _unlike_list(
    shown: Mapping[int, int], asked: Asked, total: int, *, looked: bool
) -> Iterator[str]:
    """Yield where leaves of accounts are not their lines in a list."""
    listed: Mapping[int, int] = asked.balances or {}
    if asked.balances is not None and sum(listed.values()) != total:
        yield f"the list adds up to {sum(listed.values())} satoshi, and the tree to {total}"
    if not looked:
        return
    for account, sats in shown.items():
        if account in listed and listed[account] != sats:
            yield (
                f"the leaves of account {account} add up to {sats}, and its line says "
                f"{listed[account]}"
            )
        elif asked.balances is None and not sats:
            yield f"account {account} has no leaf"
    unseen: Sequence[int] = (
        sorted(shown.keys() - listed.keys()) if asked.balances is not None else ()
    )
    for account in unseen:
        if shown[account]:
            yield f"account {account} has leaves of {shown[account]} and no line in the list"
