"""Scopes: which assets, moved by which paths to where.

Read here is the `--scope` of a question ("class=customer, destination=hot"), and compared are the
scopes of two claims: whether some movement of some asset lies in both, and how they differ. The
`scope` cell of a policy is read by `custody.facts.cells`.

Assets, classes and destinations are free text. A word of the question and one of a row are surely
the same where they are equal or where an accepted row of a wallet makes them so ("hot" is its
class, "hot-1" its id). They are surely not the same only where the facts use both; a word that no
row has may be any of theirs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from forthwith.custody.facts.amounts import Amount
from forthwith.custody.facts.facts import Fact, Facts, SpendingPolicy, Wallet
from forthwith.custody.facts.words import fold
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import EVERYTHING, PATHS

#: Key of a question's scope -> field of `Scope`.
_KEYS = {
    "wallet": "wallets", "class": "classes", "asset": "assets", "path": "paths",
    "destination": "destinations", "means": "means",
}  # fmt: skip
#: Field of `Scope` → what it limits, in words: on the movement, and on the wallets.
_PLACES = {"destinations": "destination", "paths": "path"}
_WALLETS = {"wallets": "wallet", "classes": "class", "assets": "asset"}

_ALTERNATIVES = re.compile(r"[|;,]")
_LOOSE = re.compile(r"[\s/+&()]+")
#: Classes and assets are written as one word of several: "customer-omnibus", "USDT_ERC20".
_JOINED = re.compile(r"[\s/+&()_.:-]+")
#: Words by which a row says that it does not say, or that it means whatever is not named.
_VAGUE = frozenset((
    "any", "all", "every", "other", "others", "rest", "not", "no", "non", "but", "except",
    "excluding", "various", "several", "multiple", "mixed", "unknown", "unclear", "?",
))  # fmt: skip


class BadScopeError(ForthwithError):
    """A --scope that cannot be read or names what no table has."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(
            f"--scope {text!r} cannot be used: {what}. It takes wallet=, class=, asset=, path=, "
            "destination=, amount= or means=, joined by commas; alternatives as "
            "class=customer|deposit."
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What a question is about; an empty set of names sets no limit."""

    wallets: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    assets: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()
    #: Not wallets but having these means: "could they have had aws-root".
    means: frozenset[str] = frozenset()
    #: How much is moved at once; None asks about any amount above nothing.
    amount: Amount | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "class=customer, path=signing|recovery". Raises BadScopeError."""
        limits: dict[str, frozenset[str]] = {}
        amount: Amount | None = None
        # Commas, semicolons, "and" or spaces part two limits where they stand before another key.
        parts = re.split(r"(?:[,;]|\s+and\s+|\s+)(?=\s*\w+\s*=)", text.strip(), flags=re.IGNORECASE)
        for pair in (part.strip().rstrip(",;").strip() for part in parts if part.strip()):
            key, _, value = pair.partition("=")
            if key.strip().lower() == "amount" and amount is None:
                try:
                    amount = Amount.parse(value)
                except ValueError as wrong:
                    raise BadScopeError(text, str(wrong)) from wrong
                if not amount.value:
                    raise BadScopeError(text, "to move nothing is no movement")
                continue
            name = _KEYS.get(key.strip().lower())
            values = frozenset(filter(None, map(str.strip, re.split(r"[|,]", value))))
            if name is None or not values:
                raise BadScopeError(text, f"{pair!r} is not a limit")
            if name in limits:
                raise BadScopeError(text, f"{key}= is given twice")
            limits[name] = values if name in ("wallets", "means") else _folded(values)
        if "means" in limits and (len(limits) > 1 or amount is not None):
            # Having a means is asked about as it is; to pass over the rest would answer less.
            raise BadScopeError(text, "means= stands alone, without any other limit")
        unknown = sorted(limits.get("paths", frozenset()) - set(PATHS))
        if unknown:
            raise BadScopeError(
                text, f"there is no path {unknown[0]!r}; paths are {', '.join(PATHS)}"
            )
        return cls(**limits, amount=amount)

    def __str__(self) -> str:
        limits = ((key, getattr(self, field)) for key, field in _KEYS.items())
        parts = [f"{key}={'|'.join(sorted(value))}" for key, value in limits if value]
        return ", ".join([*parts, f"amount={self.amount}"] if self.amount else parts)

    @property
    def closing(self) -> tuple[tuple[str, ...], ...]:
        """Return what completeness may say that the wallets listed are all in this scope.

        Each is a set of targets that do it together; () where the scope names its wallets.
        """
        if self.means or self.wallets:
            return ()
        alternatives: list[tuple[str, ...]] = [(EVERYTHING,)]
        if self.classes:
            alternatives.insert(0, tuple(f"class:{name}" for name in sorted(self.classes)))
        if self.assets:
            alternatives.insert(0, tuple(f"asset:{name}" for name in sorted(self.assets)))
        return tuple(alternatives)

    def surely(self, wallet: Wallet) -> bool:
        """Return whether the wallet is in scope as its row stands."""
        return (
            (not self.wallets or wallet.id in self.wallets)
            and (not self.classes or self.surely_class(wallet))
            and (not self.assets or holds(wallet, self.assets)[0])
            and not self.means
        )

    def perhaps(self, wallet: Wallet) -> bool:
        """Return whether it may be in scope: a class or an asset not said may be any."""
        return (
            (not self.wallets or wallet.id in self.wallets)
            and (
                not self.classes
                or not wallet.classes
                or near(self.classes, _folded(wallet.classes), _JOINED)
            )
            and (not self.assets or holds(wallet, self.assets)[1])
            and not self.means
        )

    def surely_class(self, wallet: Wallet) -> bool:
        """Return whether one of the wallet's classes is asked about."""
        return bool(self.classes & _folded(wallet.classes))

    def covers_path(self, path: str) -> bool:
        """Return whether this kind of path is asked about."""
        return not self.paths or path in self.paths


def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(map(fold, names))


def meet(scope: Scope, other: Scope, facts: Facts) -> bool:
    """Return whether something may lie in both.

    Two classes meet only in a wallet that has both; where no wallet is listed for one of the
    scopes, nobody can say that they do not meet, unless the same limit is put differently.
    """
    if scope.means or other.means:
        return scope.means == other.means or bool(scope.means & other.means)
    if any(_apart(scope, other, name) for name in (*_PLACES, "wallets", "assets")):
        return False
    mine = [wallet for wallet in facts.wallets if scope.perhaps(wallet)]
    theirs = [wallet for wallet in facts.wallets if other.perhaps(wallet)]
    if (mine and theirs) or _listed(scope, facts) or _listed(other, facts):
        return any(wallet in theirs for wallet in mine)
    return not _apart(scope, other, "classes")


def _listed(scope: Scope, facts: Facts) -> bool:
    """Return whether the scope names its wallets, and each of them is listed."""
    return bool(scope.wallets) and scope.wallets <= {wallet.id for wallet in facts.wallets}


def _apart(scope: Scope, other: Scope, name: str) -> bool:
    mine, theirs = getattr(scope, name), getattr(other, name)
    return bool(mine and theirs and not mine & theirs)


def differences(scope: Scope, other: Scope, names: tuple[str, str]) -> Iterator[str]:
    """Yield how the scopes differ, as clauses: "S2 speaks only of destination=hot"."""
    for field, key in {**_WALLETS, **_PLACES, "means": "means"}.items():
        mine, theirs = getattr(scope, field), getattr(other, field)
        for name, narrow, wide in ((names[0], mine, theirs), (names[1], theirs, mine)):
            if narrow and narrow != wide and not wide > narrow:
                yield f"{name} speaks only of {key}={'|'.join(sorted(narrow))}"


def shared(scope: Scope, other: Scope, facts: Facts) -> tuple[Wallet, ...]:
    """Return the listed wallets that are surely in both."""
    return tuple(
        wallet for wallet in facts.wallets if scope.surely(wallet) and other.surely(wallet)
    )


def alternatives(text: str) -> frozenset[str]:
    """Return the alternatives of a cell, "hot|cold" or "hot, cold", each folded."""
    return frozenset(filter(None, map(fold, _ALTERNATIVES.split(text))))


def near(asked: Iterable[str], terms: Iterable[str], apart: re.Pattern[str] = _LOOSE) -> bool:
    """Return whether something asked for may be something said: "hot" and "the hot wallet"."""
    parts = [frozenset(filter(None, apart.split(word))) for word in asked]
    for term in terms:
        theirs = frozenset(filter(None, apart.split(term)))
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
        return limits.union(*(alternatives(wallet.asset) for wallet in self._facts.wallets))

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
        return frozenset().union(*map(alternatives, cells))

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

    @cached_property
    def _unsaid(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return what wallets without a class are called, and the classes there are."""
        names = [
            fold(name)
            for wallet in self._facts.wallets
            if not wallet.classes
            for name in (wallet.id, wallet.address)
        ]
        closed = [row.means.partition(":") for row in self._facts.completeness]
        classes = {word for kind, _, word in closed if kind == "class"}
        return frozenset(names) - {""}, self.classes | classes

    def reaches(self, asked: Set[str], limit: str) -> tuple[bool, bool]:
        """Return whether a policy limited to these destinations surely, and perhaps, serves."""
        if not asked or not limit:
            return True, True
        terms = alternatives(limit)
        perhaps, surely = (
            frozenset(asked).union(*(names.get(word, ()) for word in asked))
            for names in self._linked
        )
        if terms & surely:
            return True, True
        # A wallet of which no row says the class may be of any.
        unsaid, classes = self._unsaid
        may_be = bool((unsaid & asked and classes & terms) or (classes & asked and unsaid & terms))
        may_be = may_be or bool(terms & perhaps) or near(asked, terms)
        return False, may_be or not asked <= self.destinations

    def bound(self, place: Set[str], limit: str) -> tuple[bool, bool]:
        """Return whether an approval for these destinations surely, and perhaps, is for a place.

        `place` is one word, or none for a place that no row names. A class is more places than one
        of its wallets: what is asked for on the way to that one is not for the others.
        """
        terms = alternatives(limit)
        if not place:
            return False, near((), terms)
        sure, perhaps = self.reaches(place, limit)
        return sure and (bool(terms & place) or not place & self.classes), perhaps

    def moves(
        self, asked: frozenset[str], limit: str, held: frozenset[str] = frozenset()
    ) -> tuple[bool, bool]:
        """Return whether a policy limited to these assets surely, and perhaps, serves.

        `held` is what the wallet holds, as far as its row says.
        """
        if not limit:
            # What the wallet holds was asked for already.
            return True, True
        terms = alternatives(limit)
        words = asked or terms
        if any(word in terms and (not held or word in held) for word in words):
            return True, True
        # A row may leave out some of what a wallet holds.
        return False, not asked or near(asked, terms, _JOINED) or not asked <= self.assets

    def covers(
        self,
        policy: SpendingPolicy,
        assets: frozenset[str],
        destinations: frozenset[str],
        held: frozenset[str] = frozenset(),
    ) -> tuple[bool, bool]:
        """Return whether the policy surely, and perhaps, moves such an asset to such a place.

        A `source` limit is not held against it: the wallet's own class was asked for already, and
        to leave a path out is the error that matters.
        """
        limits = dict(policy.scope)
        there = self.reaches(destinations, limits.get("destination", ""))
        that = self.moves(assets, limits.get("asset", ""), held)
        return there[0] and that[0], there[1] and that[1]


def holds(wallet: Wallet, assets: frozenset[str]) -> tuple[bool, bool]:
    """Return whether a wallet surely, and perhaps, holds one of the assets."""
    terms = alternatives(wallet.asset)
    sure = bool(terms & assets)
    return sure, sure or not terms or near(assets, terms, _JOINED)
