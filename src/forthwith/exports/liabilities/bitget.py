"""Bitget, and those who took its form: hashes of sixteen digits, the root at level 1.

Rules of the maker's BgMerkleValidator: a leaf is SHA-256 over encrypted id, nonce and the JSON of
the balances, comma between; a node over two hashes, the JSON of its sums and its level, comma
between; of each the first sixteen digits. Amounts are without zeros at the end, in quotes since
2025, as bare numbers before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from forthwith.domain.liability_check import LiabilityCheck
from forthwith.exports.liabilities import balances, paths
from forthwith.exports.liabilities.paths import SPLIT, PathNode, PathRules

_DIGITS = 16


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]


def _rules(quote: str, *, plain: bool) -> PathRules:
    """Return the rules with amounts in quotes or bare, without zeros at the end or as written."""

    def listed(texts: Mapping[str, str], order: Sequence[str]) -> str:
        return "{" + ",".join(f'"{coin}":{quote}{texts[coin]}{quote}' for coin in order) + "}"

    def leaf(node: PathNode, order: Sequence[str]) -> str:
        texts = {c: balances.plain(u) for c, u in node.sums.items()} if plain else node.texts
        owner = f"{node.raw.get('encryptUid')},{node.raw.get('nonce')}"
        return _sha(f"{owner},{listed(texts, order)}")

    def parent(
        left: str,
        right: str,
        sums: Mapping[str, int],
        order: Sequence[str],
        level: int,
        top: PathNode,
    ) -> str:
        shortest = {coin: balances.plain(units) for coin, units in sums.items()}
        if not plain and level == top.level:
            shortest = {coin: top.texts.get(coin, text) for coin, text in shortest.items()}
        return _sha(f"{left}{right},{listed(shortest, order)},{level}")

    return PathRules(
        "bitget", "merkelLeaf", "role", "level", "balances", -1, leaf, parent, _DIGITS,
        does_not_bind=(
            SPLIT,
            ("the leaf itself: sixteen digits are 64 bits, and another leaf with the same digits "
            "can be searched for"),
        ),
    )  # fmt: skip


def check(file: str, document: Mapping[str, Any], root: str = "") -> LiabilityCheck:
    """Return what a leaf and its path prove, under the rules that fit the file."""
    found: LiabilityCheck | None = None
    for rules in (_rules('"', plain=True), _rules("", plain=True), _rules("", plain=False)):
        tried = paths.check(file, document, rules, root)
        if tried.verified:
            return tried
        # The rules whose leaf fits say best why the rest does not.
        leafless = any("the leaf does not hash" in fault.what for fault in tried.refusals)
        found = tried if found is None or not leafless else found
    return found or paths.refused(file, "bitget", ["the file is not a path"])
