"""What truly happened in the invented quarter: the model that files and truth are both made from.

Nothing of the engine is used here. Amounts are whole numbers of smallest units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forthwith.domain.amounts import amount_text

Instant = int
DAY = 86_400

#: Decimals of the assets.
ASSETS: Mapping[str, int] = {"USD": 2, "BTC": 8, "ETH": 18, "NGT": 18}
#: At or below these a shortfall is dust.
FLOORS: Mapping[str, int] = {"USD": 0, "BTC": 10**5, "ETH": 10**16, "NGT": 10**12}


def text(asset: str, amount: int) -> str:
    """Return an amount as text."""
    return amount_text(amount, ASSETS[asset])


@dataclass(frozen=True, slots=True)
class Place:
    """Where value lies. One that nobody registered stands in no table."""

    name: str
    kind: str
    chain: str
    addresses: tuple[str, ...]
    holder: str
    klass: str
    start: Instant | None = None
    end: Instant | None = None
    registered: bool = True


@dataclass(frozen=True, slots=True)
class Customer:
    """An account of the customers' ledger for a time."""

    account: str
    klass: str
    entity: str = ""
    start: Instant | None = None
    end: Instant | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a group's stake in a place gained or lost.

    `other` is the class of the other side: customer, own, affiliate, vendor, unregistered, unknown;
    "fee" is a network fee, "regroup" a change of owner inside the place.
    """

    at: Instant
    place: str
    asset: str
    group: str
    amount: int
    other: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the customers' ledger; `received` is when its coin or wire moved, if it did."""

    booked: Instant
    effective: Instant
    account: str
    asset: str
    amount: int
    kind: str
    reference: str
    memo: str = ""
    received: Instant | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger of places."""

    booked: Instant
    effective: Instant
    source: str
    target: str
    asset: str
    amount: int
    source_group: str
    target_group: str
    kind: str
    reference: str


@dataclass(frozen=True, slots=True)
class BankRow:
    """A row of a statement; positive: a credit."""

    day: Instant
    amount: int
    reference: str
    party: str
    party_account: str
    words: str


@dataclass(frozen=True, slots=True)
class DepositAddress:
    """An address given to a customer for a time."""

    account: str
    chain: str
    address: str
    start: Instant | None = None
    end: Instant | None = None


@dataclass
class Model:
    """Everything that happened, in the order it was decided."""

    #: First second of the quarter, and the first after it.
    start: Instant
    end: Instant
    places: dict[str, Place] = field(default_factory=dict)
    customers: list[Customer] = field(default_factory=list)
    deposit_addresses: list[DepositAddress] = field(default_factory=list)
    openings: list[tuple[str, str, str, int]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    bank: dict[str, list[BankRow]] = field(default_factory=dict)
    #: (day, payee, amount) of each payment of the house.
    expenses: list[tuple[Instant, str, int]] = field(default_factory=list)
    #: What was planted, as truth.json lists it.
    defects: list[dict[str, str]] = field(default_factory=list)
    claims: list[dict[str, str]] = field(default_factory=list)
    #: (bank account's place, first day, first day after) of statements that are missing.
    gaps: list[tuple[str, Instant, Instant]] = field(default_factory=list)
    dressing: list[dict[str, str]] = field(default_factory=list)

    @property
    def opened(self) -> Instant:
        """Return the instant of the openings: the last second before the quarter."""
        return self.start - 1

    def balance(self, place: str, asset: str) -> int:
        """Return what lies in a place, by all that was decided so far."""
        opening = sum(
            amount for where, what, _, amount in self.openings if (where, what) == (place, asset)
        )
        return opening + sum(
            change.amount
            for change in self.changes
            if change.place == place and change.asset == asset
        )

    def owed(self, account: str, asset: str) -> int:
        """Return what an account is owed, by all rows so far."""
        return sum(row.amount for row in self.rows if row.account == account and row.asset == asset)

    def stake(
        self, at: Instant, place: str, asset: str, group: str, amount: int, other: str
    ) -> None:
        """Note that a group's stake changed."""
        self.changes.append(Change(at, place, asset, group, amount, other))

    def regroup(
        self, at: Instant, place: str, asset: str, amount: int, source: str, target: str
    ) -> None:
        """Note that value in a place became another group's."""
        self.stake(at, place, asset, source, -amount, "regroup")
        self.stake(at, place, asset, target, amount, "regroup")

    def plant(self, kind: str, **what: str) -> None:
        """Note a defect as truth.json lists it."""
        self.defects.append({"kind": kind, **what})
