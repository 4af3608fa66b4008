"""Bybit: a leaf and its path, of four coins or of many.

Rules of the maker's MerkleProofValidator (MIT): a leaf is SHA-256 over the customer's hash and the
balances one after another, a node over two hashes, its balances and its height. Sums are cut to
the places the root is written with; the coins stand in the order of the maker's list, which is
that of the file, or BTC, ETH, USDT, USDC where there are only these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import balances, paths
from forthwith.exports.liabilities.paths import SPLIT, PathNode, PathRules

_FOUR = ("BTC", "ETH", "USDT", "USDC")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _leaf(node: PathNode, order: Sequence[str]) -> str:
    return _sha(f"{node.raw.get('userHash')}{''.join(node.texts[coin] for coin in order)}")


def _parent(
    left: str, right: str, sums: Mapping[str, int], order: Sequence[str], level: int, top: PathNode
) -> str:
    texts = (
        balances.fixed(sums[coin], balances.places_of(top.texts.get(coin, ""))) for coin in order
    )
    return _sha(f"{left}{right}{''.join(texts)}{level}")


def _cut(sums: Mapping[str, int], top: PathNode) -> dict[str, int]:
    return {
        coin: balances.scaled(
            balances.fixed(units, balances.places_of(top.texts.get(coin, "")))
        )
        for coin, units in sums.items()
    }  # fmt: skip


def _orders(coins: Sequence[str]) -> Iterator[Sequence[str]]:
    yield _FOUR
    yield sorted(coins)


RULES = PathRules(
    "bybit", "hash", "type", "height", "balance", 1, _leaf, _parent, orders=_orders, cut=_cut,
    does_not_bind=(
        SPLIT,
        "where one balance ends and the next begins: the hash runs them together",
    ),
)  # fmt: skip


def check(file: str, document: Mapping[str, Any], root: str = "") -> LiabilityCheck:
    """Return what a leaf and its path prove."""
    return paths.check(file, document, RULES, root)
