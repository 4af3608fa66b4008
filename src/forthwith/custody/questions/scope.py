"""Scopes: which assets, moved by which paths to where.

Two texts are read here: the `--scope` of a question ("class=customer, destination=hot") and the
`scope` cell of a policy ("source=deposit; destination=hot; when=a deposit is stuck").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Self

from forthwith.custody.facts.facts import Wallet
from forthwith.custody.questions.scope_terms import fold, holds, near
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import PATHS

#: Keys of a policy's scope cell. `when` is a trigger in words: it limits occasions, and is printed.
POLICY_KEYS = ("source", "destination", "asset", "max", "min", "when")


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
        found: dict[str, frozenset[str]] = {}
        for pair in _pairs(text):
            key, _, value = pair.partition("=")
            name = _KEYS.get(key.strip().lower())
            values = frozenset(filter(None, map(str.strip, re.split(r"[|,]", value))))
            if name is None or not values:
                raise BadScopeError(text, f"{pair!r} is not a limit")
            if name in found:
                raise BadScopeError(text, f"{key}= is given twice")
            found[name] = values if name in ("wallets", "means") else _folded(values)
        if "means" in found and len(found) > 1:
            # Having a means is asked about as it is; to pass over the rest would answer less.
            raise BadScopeError(text, "means= stands alone, without any other limit")
        unknown = sorted(found.get("paths", frozenset()) - set(PATHS))
        if unknown:
            raise BadScopeError(
                text, f"there is no path {unknown[0]!r}; paths are {', '.join(PATHS)}"
            )
        return cls(**found)

    def __str__(self) -> str:
        names = {field: key for key, field in _KEYS.items()}
        held = ((names[each.name], getattr(self, each.name)) for each in fields(self))
        return ", ".join(f"{key}={'|'.join(sorted(value))}" for key, value in held if value)

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
            and (not self.classes or not wallet.classes or self._perhaps_class(wallet))
            and (not self.assets or holds(wallet, self.assets)[1])
            and not self.means
        )

    def surely_class(self, wallet: Wallet) -> bool:
        """Return whether one of the wallet's classes is asked about."""
        return bool(self.classes & _folded(wallet.classes))

    def _perhaps_class(self, wallet: Wallet) -> bool:
        return near(self.classes, _folded(wallet.classes))

    def covers_path(self, path: str) -> bool:
        """Return whether this kind of path is asked about."""
        return not self.paths or path in self.paths


_KEYS = {
    "wallet": "wallets", "class": "classes", "asset": "assets", "path": "paths",
    "destination": "destinations", "means": "means",
}  # fmt: skip


def _pairs(text: str) -> list[str]:
    """Split at commas, semicolons, "and" or spaces that stand before another key."""
    parts = re.split(r"(?:[,;]|\s+and\s+|\s+)(?=\s*\w+\s*=)", text.strip(), flags=re.IGNORECASE)
    return [part.strip().rstrip(",;").strip() for part in parts if part.strip()]


def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(map(fold, names))


def parse_policy_scope(text: str) -> tuple[tuple[str, str], ...]:
    """Read a policy's scope cell, pairs separated by ";". Raises ValueError with a sentence."""
    pairs: list[tuple[str, str]] = []
    for part in filter(None, (each.strip() for each in text.split(";"))):
        key, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or not value or key.lower() not in POLICY_KEYS:
            near = get_close_matches(key.lower(), POLICY_KEYS, 1)
            hint = f"; perhaps {near[0]}=" if near else ""
            raise ValueError(f"scope {part!r} is not KEY=VALUE with a key of {POLICY_KEYS}{hint}")
        if key.lower() in dict(pairs):
            raise ValueError(f"scope has {key}= twice; write two rows")
        pairs.append((key.lower(), value))
    return tuple(pairs)
