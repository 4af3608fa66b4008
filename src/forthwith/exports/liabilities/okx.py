"""OKX: a leaf and its path (v1), a customer's leaves and the whole tree (v2), and the zk form.

Rules of the maker's MerkleValidator (MIT): SHA-256 over texts. A leaf of v1 is nonce and the JSON
of its balances; of v2 the account's hash and its balances; a node is the two hashes, its balances
and its height. Balances are cut to 8 places and written without zeros at the end.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import balances, paths
from forthwith.exports.liabilities.balances import NotABalanceError
from forthwith.exports.liabilities.paths import SPLIT, UNBOUND, PathNode, PathRules, refused
from forthwith.plain import json_document
from forthwith.plain.json_document import NotJsonError

_PLACES = 8
_LINE = re.compile(r"([0-9a-fA-F]{64}),([0-9]{1,2}),(\{.*\})\s*", re.ASCII)
_ASK = "Ask the exchange for the tree as it was published"


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _json(texts: Mapping[str, str], order: Sequence[str]) -> str:
    return "{" + ",".join(f'"{coin}":"{texts[coin]}"' for coin in order) + "}"


def _leaf(node: PathNode, order: Sequence[str]) -> str:
    return _sha(f"{node.raw.get('nonce')}{_json(node.texts, order)}")


def _parent(
    left: str, right: str, sums: Mapping[str, int], order: Sequence[str], level: int, _top: PathNode
) -> str:
    return _sha(f"{left}{right}{''.join(balances.plain(sums[coin]) for coin in order)}{level}")


def _cut(sums: Mapping[str, int], _top: PathNode) -> dict[str, int]:
    unit = 10 ** (balances.PLACES - _PLACES)
    return {
        coin: units // unit * unit if units >= 0 else -(-units // unit * unit)
        for coin, units in sums.items()
    }


V1 = PathRules(
    "okx v1", "hash", "type", "height", "balances", 1, _leaf, _parent, cut=_cut,
    does_not_bind=(SPLIT,),
)  # fmt: skip


def check_leaves(file: str, document: Mapping[str, Any]) -> LiabilityCheck:
    """Return what a customer's own file of v2 proves without the tree: hash, leaves and sum."""
    form = "okx v2"
    try:
        total = balances.read(document.get("totalBalances"))
        leaves = _leaves(document)
    except (NotABalanceError, ValueError) as wrong:
        return refused(file, form, [str(wrong)])
    why: list[str] = []
    given = {coin: balances.written(text) for coin, text in document["totalBalances"].items()}
    own = str(document.get("hash"))
    if own not in {
        _sha(f"{document.get('nonce')}{_json(given, order)}")
        for order in (list(given), sorted(given))
    }:
        why.append("nonce and total balances do not hash to the account's hash")
    for number, (hashed, texts, _) in enumerate(leaves, 1):
        orders = (list(texts), sorted(texts))
        if hashed not in {_sha(f"{own}{''.join(texts[coin] for coin in way)}") for way in orders}:
            why.append(f"leaf {number} does not hash to {hashed}")
    summed: dict[str, int] = {}
    for _, _, sums in leaves:
        summed = balances.added(summed, sums)
    why += [
        f"{coin} adds up to {balances.plain(summed.get(coin, 0))} over the leaves, and the total "
        f"says {balances.plain(total.get(coin, 0))}"
        for coin in {**summed, **total}
        if summed.get(coin, 0) != total.get(coin, 0)
    ]
    if why:
        return refused(file, form, why)
    return LiabilityCheck(
        file,
        form,
        proves=(
            f"{len(leaves)} leaves are this account's and add up to its balances of "
            + ", ".join(f"{balances.plain(units)} {coin}" for coin, units in total.items() if units)
        ),
        does_not_bind=(
            "that the leaves stand in the tree: give the tree's file too",
            *UNBOUND[:-1],
        ),
        findings=tuple(
            f"leaf {number} has {balances.plain(units)} {coin}, below zero"
            for number, (_, _, sums) in enumerate(leaves, 1)
            for coin, units in sums.items()
            if units < 0
        ),
        figures={
            "account": own,
            **{f"account {coin}": balances.plain(units) for coin, units in total.items()},
        },
    )


def leaf_hashes(document: Mapping[str, Any]) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """Return the hash and balances of each leaf of a customer's file that `check_leaves` took."""
    return tuple((hashed, sums) for hashed, _, sums in _leaves(document))


def _leaves(document: Mapping[str, Any]) -> list[tuple[str, dict[str, str], dict[str, int]]]:
    nodes = document.get("nodes")
    if (
        not isinstance(nodes, list)
        or not nodes
        or not all(isinstance(node, dict) for node in nodes)
    ):
        raise ValueError("nodes is not a list of leaves")
    found: list[tuple[str, dict[str, str], dict[str, int]]] = []
    for node in nodes:
        sums = balances.read(node.get("balances"))
        texts = {coin: balances.written(text) for coin, text in node["balances"].items()}
        found.append((str(node.get("hash")).lower(), texts, sums))
    return found


def check_tree(
    file: str,
    text: str,
    sought: Sequence[tuple[str, Mapping[str, int]]] = (),
    root: str = "",
) -> LiabilityCheck:
    """Return what the file of a whole tree of v2 proves: every node recomputed, leaves found.

    Lines are hash, height and balances, the root first, each level from its right end. `sought`
    are leaves of a customer; one of them that is not there refuses the file for that customer.
    """
    form = "okx v2"
    levels: dict[int, list[tuple[str, dict[str, str], dict[str, int], int]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            match = _LINE.fullmatch(line)
            if match is None:
                raise NotABalanceError("the line is not hash, height and balances")
            value = json_document.load(match[3], exact=True)
            sums = balances.read(value)
        except (NotABalanceError, NotJsonError) as wrong:
            fault = RowFault(file, number, str(wrong), _ASK)
            return LiabilityCheck(file, form, refusals=(fault,))
        texts = {coin: balances.written(amount) for coin, amount in value.items()}
        levels.setdefault(int(match[2]), []).append((match[1].lower(), texts, sums, number))
    ranked = [levels[height][::-1] for height in sorted(levels)]
    if sorted(levels) != list(range(1, len(levels) + 1)) or len(ranked[-1]) != 1:
        return refused(file, form, ["the heights are not 1 up to one root"])
    faults = [
        RowFault(file, line, sentence, _ASK)
        for height, (below, above) in enumerate(pairwise(ranked), 2)
        for line, sentence in _unlike(height, below, above)
    ]
    top_hash, _, totals, top_line = ranked[-1][0]
    if root and root.lower().removeprefix("0x") != top_hash:
        faults.append(RowFault(file, top_line, f"the root is not {root[:80]}, as published", _ASK))
    # An account may have two leaves alike: as many must stand in the tree.
    wanted = Counter(map(_key, sought))
    there = Counter(_key((hashed, sums)) for hashed, _, sums, _ in ranked[0])
    faults += [
        RowFault(
            file,
            0,
            f"leaf {key[0]} with its balances stands {there[key]} times in the tree, and the "
            f"customer has it {count} times",
            _ASK,
        )
        for key, count in wanted.items()
        if there[key] < count
    ]
    if faults:
        return LiabilityCheck(file, form, refusals=tuple(faults[:50]))
    count = len(ranked[0])
    return LiabilityCheck(
        file,
        form,
        proves=(
            f"{count:,} leaves hash up node by node to the root {top_hash} and add up to "
            + ", ".join(f"{balances.plain(units)} {coin}" for coin, units in totals.items())
            + (f"; {len(sought)} leaves of the customer stand among them" if sought else "")
        ),
        does_not_bind=(
            "whose a leaf is: only a customer's own file ties an account to leaves",
            SPLIT,
            *(UNBOUND[:-1] if root else UNBOUND),
        ),
        findings=tuple(
            f"line {line} has {balances.plain(units)} {coin}: below zero, it lowers what is owed"
            for _, _, sums, line in ranked[0]
            for coin, units in sums.items()
            if units < 0
        ),
        figures={
            "root": top_hash,
            "leaves": str(count),
            **{f"total {coin}": balances.plain(units) for coin, units in totals.items()},
        },
    )


def _key(node: tuple[str, Mapping[str, int]]) -> tuple[str, tuple[tuple[str, int], ...]]:
    return node[0], tuple(sorted(node[1].items()))


def _unlike(
    height: int,
    below: Sequence[tuple[str, Mapping[str, str], Mapping[str, int], int]],
    above: Sequence[tuple[str, Mapping[str, str], Mapping[str, int], int]],
) -> Iterator[tuple[int, str]]:
    """Yield line and sentence where a level is not what the one below makes."""
    pairs, odd = divmod(len(below), 2)
    if odd or not pairs:
        yield below[-1][3], f"level {height - 1} has {len(below):,} nodes, an odd number"
        return
    filled = above[pairs:]
    if len(filled) > 1 or len(above) < pairs:
        yield above[-1][3], f"level {height} has {len(above):,} nodes over {pairs:,} pairs"
        return
    for hashed, _, sums, line in filled:
        # An odd level is filled up with its last hash again, and with no balance.
        if hashed != above[pairs - 1][0] or any(sums.values()):
            yield line, "a node that fills its level is not its neighbour's hash with no balance"
    for at, (hashed, texts, sums, line) in enumerate(above[:pairs]):
        left, right = below[2 * at], below[2 * at + 1]
        summed = _cut(balances.added(left[2], right[2]), _NO_NODE)
        if any(summed.get(coin, 0) != sums.get(coin, 0) for coin in {**summed, **sums}):
            yield line, "the balances are not the sum of the two nodes below"
        elif hashed not in {
            _sha(f"{left[0]}{right[0]}{''.join(texts[coin] for coin in order)}{height}")
            for order in (list(texts), sorted(texts))
        }:
            yield line, "the node does not hash to what stands in the line"


_NO_NODE = PathNode("", "", 0, 0, {}, {}, {})


def check_zk(file: str, document: Mapping[str, Any]) -> LiabilityCheck:
    """Return what can be said of a customer's file of the zk form (plonky2): its shape, no more."""
    form = "okx zk"
    account = document.get("account")
    lists = (document.get("sum_tree_siblings"), document.get("recursive_tree_siblings"))
    if not isinstance(account, dict) or not all(isinstance(part, list) for part in lists):
        return refused(file, form, ["account and its two lists of siblings are not there"])
    return LiabilityCheck(
        file,
        form,
        not_checked=(
            "the path: its hash is Poseidon over the Goldilocks field, which is not computed here",
            "the proof that no account is below zero and that the sums are right (plonky2)",
        ),
        does_not_bind=UNBOUND,
        figures={"account": str(account.get("id", "")), "index": str(document.get("index", ""))},
    )


def check_v1(file: str, document: Mapping[str, Any], root: str = "") -> LiabilityCheck:
    """Return what a leaf and its path of v1 prove."""
    return paths.check(file, document, V1, root)
