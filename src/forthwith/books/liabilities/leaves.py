"""Which accounts are leaves: those that `owed` counts, from the same changes (law 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from forthwith.books.books import CustomerAccount
from forthwith.books.timeline import CUSTOMERS, account_classes
from forthwith.domain.book_tables import ACCOUNT_CLASSES
from forthwith.domain.instants import Instant


class BalanceChange(Protocol):
    """A change of what an account is owed, as the reckoning tells it."""

    @property
    def at(self) -> Instant:
        """When it counts."""

    @property
    def account(self) -> str:
        """Whose it is."""

    @property
    def asset(self) -> str:
        """Of what."""

    @property
    def delta(self) -> int:
        """Smallest units; above zero, more is owed."""


@dataclass(frozen=True, slots=True)
class OwedLeaves:
    """What one asset's tree is made of, in smallest units."""

    asset: str
    #: Accounts of outsiders and affiliated liquidity providers, with max(0, balance); zeros are
    #: leaves too, for their owners can then see that they stand with nothing.
    owed: Mapping[str, int]
    #: Below zero: named, never summed.
    negative: Mapping[str, int]
    #: Accounts in rows that the list of accounts does not have: owed as outsiders are, and told.
    unlisted: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Return what customers are owed."""
        return sum(self.owed.values())


def owed_leaves(
    changes: Iterable[BalanceChange],
    accounts: Iterable[CustomerAccount],
    asset: str,
    at: Instant,
) -> OwedLeaves:
    """Return the leaves of an asset at a cut: every change stamped up to and with it.

    An account is a leaf when a row of the asset speaks of it by then.
    """
    classes, turns = account_classes(accounts)
    classes |= {account: klass for when, account, klass in turns if when <= at}
    balances: dict[str, int] = {}
    for change in changes:
        if change.asset == asset and change.at <= at:
            balances[change.account] = balances.get(change.account, 0) + change.delta
    counted = {
        account: balance
        for account, balance in sorted(balances.items())
        if ACCOUNT_CLASSES[classes.get(account, 0)] in CUSTOMERS
    }
    return OwedLeaves(
        asset,
        {account: max(0, balance) for account, balance in counted.items()},
        {account: balance for account, balance in counted.items() if balance < 0},
        tuple(sorted(balances.keys() - classes.keys())),
    )
