"""Scopes of two claims: whether some movement of some asset lies in both, and how they differ."""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.custody.facts.facts import Facts, Wallet
from forthwith.custody.questions.scope import Scope

#: Field of `Scope` → what it limits, in words: on the movement, and on the wallets.
_PLACES = {"destinations": "destination", "paths": "path"}
_WALLETS = {"wallets": "wallet", "classes": "class", "assets": "asset"}


def meet(one: Scope, other: Scope, facts: Facts) -> bool:
    """Return whether something may lie in both.

    Two classes meet only in a wallet that has both; where no wallet is listed for one of the
    scopes, nobody can say that they do not meet, unless the same limit is put differently.
    """
    if one.means or other.means:
        return one.means == other.means or bool(one.means & other.means)
    if any(_apart(one, other, name) for name in (*_PLACES, "wallets", "assets")):
        return False
    mine = [each for each in facts.wallets if one.perhaps(each)]
    theirs = [each for each in facts.wallets if other.perhaps(each)]
    if (mine and theirs) or _listed(one, facts) or _listed(other, facts):
        return any(each in theirs for each in mine)
    return not _apart(one, other, "classes")


def _listed(scope: Scope, facts: Facts) -> bool:
    """Return whether the scope names its wallets, and each of them is listed."""
    return bool(scope.wallets) and scope.wallets <= {each.id for each in facts.wallets}


def _apart(one: Scope, other: Scope, name: str) -> bool:
    mine, theirs = getattr(one, name), getattr(other, name)
    return bool(mine and theirs and not mine & theirs)


def differences(one: Scope, other: Scope, names: tuple[str, str]) -> Iterator[str]:
    """Yield how the scopes differ, as clauses: "S2 speaks only of destination=hot"."""
    for field, key in {**_WALLETS, **_PLACES, "means": "means"}.items():
        mine, theirs = getattr(one, field), getattr(other, field)
        for name, narrow, wide in ((names[0], mine, theirs), (names[1], theirs, mine)):
            if narrow and narrow != wide and not wide > narrow:
                yield f"{name} speaks only of {key}={'|'.join(sorted(narrow))}"


def shared(one: Scope, other: Scope, facts: Facts) -> tuple[Wallet, ...]:
    """Return the listed wallets that are surely in both."""
    return tuple(each for each in facts.wallets if one.surely(each) and other.surely(each))
