"""Scopes: which assets, moved by which paths to where.

Read here is the `--scope` of a question ("class=customer, destination=hot"), and compared are the
scopes of two claims: whether some movement of some asset lies in both, and how they differ. The
`scope` cell of a policy is read by `custody.facts.cells`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Self

from forthwith.custody.facts.facts import Facts, Wallet
from forthwith.custody.questions.scope_terms import fold, holds, near
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import PATHS

#: Key of a question's scope -> field of `Scope`.
_KEYS = {
    "wallet": "wallets", "class": "classes", "asset": "assets", "path": "paths",
    "destination": "destinations", "means": "means",
}  # fmt: skip
#: Field of `Scope` → what it limits, in words: on the movement, and on the wallets.
_PLACES = {"destinations": "destination", "paths": "path"}
_WALLETS = {"wallets": "wallet", "classes": "class", "assets": "asset"}


class BadScopeError(ForthwithError):
    """A --scope that cannot be read or names what no table has."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__(
            f"--scope {text!r} cannot be used: {what}. It takes wallet=, class=, asset=, path=, "
            "destination= or means=, joined by commas; alternatives as class=customer|deposit."
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

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "class=customer, path=signing|recovery". Raises BadScopeError."""
        limits: dict[str, frozenset[str]] = {}
        # Commas, semicolons, "and" or spaces part two limits where they stand before another key.
        parts = re.split(r"(?:[,;]|\s+and\s+|\s+)(?=\s*\w+\s*=)", text.strip(), flags=re.IGNORECASE)
        for pair in (part.strip().rstrip(",;").strip() for part in parts if part.strip()):
            key, _, value = pair.partition("=")
            name = _KEYS.get(key.strip().lower())
            values = frozenset(filter(None, map(str.strip, re.split(r"[|,]", value))))
            if name is None or not values:
                raise BadScopeError(text, f"{pair!r} is not a limit")
            if name in limits:
                raise BadScopeError(text, f"{key}= is given twice")
            limits[name] = values if name in ("wallets", "means") else _folded(values)
        if "means" in limits and len(limits) > 1:
            # Having a means is asked about as it is; to pass over the rest would answer less.
            raise BadScopeError(text, "means= stands alone, without any other limit")
        unknown = sorted(limits.get("paths", frozenset()) - set(PATHS))
        if unknown:
            raise BadScopeError(
                text, f"there is no path {unknown[0]!r}; paths are {', '.join(PATHS)}"
            )
        return cls(**limits)

    def __str__(self) -> str:
        names = {field: key for key, field in _KEYS.items()}
        limits = ((names[field.name], getattr(self, field.name)) for field in fields(self))
        return ", ".join(f"{key}={'|'.join(sorted(value))}" for key, value in limits if value)

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
                or near(self.classes, _folded(wallet.classes))
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
