"""Words in scopes: whether the asset, class or destination asked for is the one that a row names.

They are free text. A word of the question and one of a row are surely the same where they are equal
or where an accepted row of a wallet makes them so ("hot" is its class, "hot-1" its id). They are
surely not the same only where the facts use both; a word that no row has may be any of theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from forthwith.custody.facts.facts import Fact, Facts, SpendingPolicy, Wallet

_ALTERNATIVES = re.compile(r"[|;,]")
_LOOSE = re.compile(r"[\s/+&()]+")
#: Words by which a row says that it does not say, or that it means whatever is not named.
_VAGUE = frozenset((
    "any", "all", "every", "other", "others", "rest", "not", "no", "non", "but", "except",
    "excluding", "various", "several", "multiple", "mixed", "unknown", "unclear", "?",
))  # fmt: skip


def fold(text: str) -> str:
    """Return a word as it is compared: neither case, white space nor width of letters counts."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def words(text: str) -> frozenset[str]:
    """Return the alternatives of a cell, "hot|cold" or "hot, cold", each folded."""
    return frozenset(filter(None, map(fold, _ALTERNATIVES.split(text))))


def near(asked: Iterable[str], terms: Iterable[str]) -> bool:
    """Return whether something asked for may be something said: "hot" and "the hot wallet"."""
    parts = [frozenset(filter(None, _LOOSE.split(word))) for word in asked]
    for term in terms:
        theirs = frozenset(filter(None, _LOOSE.split(term)))
        if "*" in term or theirs & _VAGUE or any(p <= theirs or theirs <= p for p in parts):
            return True
    return False


class ScopeTerms:
    """What the rows call assets, classes and destinations."""

    def __init__(self, facts: Facts, accepts: Callable[[Fact], bool]) -> None:
        """Index on first use: most questions name none of them."""
        self._facts, self._accepts = facts, accepts

    @cached_property
    def classes(self) -> frozenset[str]:
        """Return the classes that wallets have."""
        return frozenset(fold(name) for wallet in self._facts.wallets for name in wallet.classes)

    @cached_property
    def assets(self) -> frozenset[str]:
        """Return the assets that wallets and policies name."""
        limits = self._limits("asset")
        return limits.union(*(words(wallet.asset) for wallet in self._facts.wallets))

    @cached_property
    def destinations(self) -> frozenset[str]:
        """Return what policies call destinations, and every wallet: each may be one."""
        return self._limits("destination") | self._linked[0].keys()

    @property
    def limited(self) -> bool:
        """Return whether some policy is limited to a destination."""
        return bool(self._limits("destination"))

    def _limits(self, key: str) -> frozenset[str]:
        cells = {dict(policy.scope).get(key, "") for policy in self._facts.policies if policy.scope}
        return frozenset().union(*map(words, cells))

    @cached_property
    def _linked(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Return for each name of a wallet its others: perhaps, and by an accepted row."""
        perhaps: dict[str, set[str]] = defaultdict(set)
        surely: dict[str, set[str]] = defaultdict(set)
        for wallet in self._facts.wallets:
            own = {fold(wallet.id)} | ({fold(wallet.address)} if wallet.address else set())
            classes = set(map(fold, wallet.classes))
            for names in (perhaps, surely) if self._accepts(wallet) else (perhaps,):
                for name in own:
                    names[name] |= own | classes
                for name in classes:
                    names[name] |= own
        return perhaps, surely

    def reaches(self, asked: frozenset[str], limit: str) -> tuple[bool, bool]:
        """Return whether a policy limited to these destinations surely, and perhaps, serves."""
        if not asked or not limit:
            return True, True
        terms = words(limit)
        perhaps, surely = (
            asked.union(*(names.get(word, ()) for word in asked)) for names in self._linked
        )
        if terms & surely:
            return True, True
        return False, bool(terms & perhaps) or near(asked, terms) or not asked <= self.destinations

    def moves(self, asked: frozenset[str], limit: str) -> tuple[bool, bool]:
        """Return whether a policy limited to these assets surely, and perhaps, serves."""
        if not asked or not limit:
            return True, True
        terms = words(limit)
        if terms & asked:
            return True, True
        return False, near(asked, terms) or not asked <= self.assets

    def covers(
        self, policy: SpendingPolicy, assets: frozenset[str], destinations: frozenset[str]
    ) -> tuple[bool, bool]:
        """Return whether the policy surely, and perhaps, moves such an asset to such a place.

        A `source` limit is not held against it: the wallet's own class was asked for already, and
        to leave a path out is the error that matters.
        """
        limits = dict(policy.scope)
        there = self.reaches(destinations, limits.get("destination", ""))
        that = self.moves(assets, limits.get("asset", ""))
        return there[0] and that[0], there[1] and that[1]


def holds(wallet: Wallet, assets: frozenset[str]) -> tuple[bool, bool]:
    """Return whether a wallet surely, and perhaps, holds one of the assets."""
    terms = words(wallet.asset)
    sure = bool(terms & assets)
    return sure, sure or not terms or near(assets, terms)
