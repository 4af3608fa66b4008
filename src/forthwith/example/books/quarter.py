"""The quarter of the invented exchange: its places, its people's acts, its chains and banks.

Each act moves real coin on the small chains or writes a bank row, notes what it changed in the
model, and writes the exchange's own rows. What the exchange gets wrong is in `defects`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from forthwith.example.books import bitcoin, ethereum
from forthwith.example.books.bitcoin import Owner
from forthwith.example.books.ethereum import Account
from forthwith.example.books.model import (
    ASSETS,
    DAY,
    BankRow,
    Customer,
    DepositAddress,
    Entry,
    Instant,
    Model,
    Place,
    Row,
)

EXCHANGE, AFFILIATE, PARTNER, GO_BETWEEN = "northgate", "halden", "corriedale", "ostrander"
_PEOPLE = (
    "Ada Brandt", "Bo Lindahl", "Cleo Marsh", "Dov Ezra", "Emi Sato", "Finn Aster", "Gail Okoro",
    "Hal Quist", "Ines Duarte", "Jon Rask", "Kit Moreau", "Lea Sand",
)  # fmt: skip
#: With an address of their own on each chain.
_WITH_ADDRESS = 8
LIQUIDITY, HOUSE_ACCOUNT = "P0001", "H0001"
#: (name, bank account, entity, words) of those the house pays, and of those who pay it.
HOSTING = ("Quill Hosting", "3300112233", "quill", "HOSTING")
PAYROLL = ("Lantern Payroll", "3300445566", "lantern", "PAYROLL")
LISTINGS = ("Meridian Listings", "3300778899", "meridian", "LISTING REVENUE")
_RENT = ("Marsh Estates", "4400112233", "", "RENT")
_CLIENT = ("Dunlin Foods", "4400445566", "", "CONSULTING")
FORMER_NAME, AFFILIATE_ACCOUNT = "Halden Ridge Capital", "9900887766"
#: Cents for one whole coin.
_PRICES = {"BTC": 4_412_700, "ETH": 318_250, "NGT": 187}
#: What customers' coins are at the opening, by place.
_OPENING = {
    ("btc-hot", "BTC"): 13_50000000,
    ("btc-cold", "BTC"): 120_00474354,
    ("eth-hot", "ETH"): 59 * 10**18,
    ("eth-cold", "ETH"): 900 * 10**18,
    ("eth-hot", "NGT"): 300_000_677208606996972880,
    ("eth-cold", "NGT"): 4_000_000_585501123531196534,
    ("fbo", "USD"): 2_000_000_00,
    ("res", "USD"): 1_500_000_00,
}
_HOUSE_OPENING = {
    ("btc-hot", "BTC"): 50_000_000,
    ("eth-hot", "ETH"): 10**18,
    ("btc-house", "BTC"): 30 * 10**8,
    ("eth-house", "ETH"): 50 * 10**18,
    ("eth-ops", "ETH"): 5 * 10**18,
    ("op", "USD"): 640_000_00,
}
_VENDOR_OPENING = 12_000_00
_GAS = 2 * 10**14


@dataclass
class Quarter:
    """One quarter, played in order of time."""

    seed: int
    model: Model
    rng: random.Random
    btc: bitcoin.Chain
    evm: ethereum.Chain
    owners: dict[str, Owner] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    bank_accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    token: Account | None = None
    safe_number: int = 0
    #: The wallet that pays customers' bitcoin, which a move may change.
    hot: str = "btc-hot"
    reserve: str = "res"
    unswept: int = 0
    wires: int = 0
    trades: int = 0
    #: Accounts whose deposit addresses become another's.
    reassigned: set[str] = field(default_factory=set)
    #: Accounts that do nothing but what is planted.
    alone: set[str] = field(default_factory=set)
    #: Acts to come: when, in which order of planning, what.
    planned: int = 0
    _acts: list[tuple[Instant, int, Callable[[Instant], None]]] = field(default_factory=list)
    #: Proofs of control, once the quarter is over.
    proved: list[dict[str, Any]] = field(default_factory=list)
    #: Withdrawals that a validator's coin makes in the block of an instant.
    staked: dict[Instant, int] = field(default_factory=dict)

    def on(self, day: int, clock: str, act: Callable[[Instant], None]) -> None:
        """Plan an act at "08:09" of a day counted from nought."""
        hour, minute = map(int, clock.split(":"))
        self.at(day, hour * 60 + minute, act)

    def at(self, day: int, minute: int, act: Callable[[Instant], None]) -> None:
        """Plan an act at a minute of a day counted from nought."""
        self.planned += 1
        self._acts.append((self.when(day, minute), self.planned, act))

    def when(self, day: int, minute: int = 0) -> Instant:
        """Return the instant of a minute of a day counted from nought."""
        return self.model.start + day * DAY + minute * 60

    def day_end(self, day: int) -> Instant:
        """Return the last second of a day counted from nought."""
        return self.when(day + 1) - 1

    @property
    def days(self) -> int:
        """Return how many days the quarter has."""
        return (self.model.end - self.model.start) // DAY

    @property
    def cuts(self) -> list[int]:
        """Return the last day of each month, counted from nought."""
        start = datetime.fromtimestamp(self.model.start, UTC).date()
        return [
            number for number in range(self.days) if (start + timedelta(days=number + 1)).day == 1
        ]

    def play(self) -> None:
        """Do every act in order of time; the coins of one instant stand in one block."""
        while self._acts:
            self._acts.sort(key=lambda act: act[:2])
            at, _, act = self._acts.pop(0)
            act(at)
            if not self._acts or min(self._acts, key=lambda act: act[:2])[0] > at:
                self.seal(at)

    def seal(self, at: Instant, header: Instant | None = None) -> None:
        """Mine what waits; `header` is what the block says of its time, where that differs."""
        if self.btc.waits:
            self.btc.mine(at if header is None else header)
        staked = self.staked.pop(at, 0)
        if self.evm.waits or staked:
            self.evm.mine(at, [(self.accounts["eth-house"], staked)] if staked else ())

    # Rows of the exchange's books

    def row(
        self, account: str, asset: str, amount: int, kind: str, reference: str, at: Instant, *,
        received: Instant | None = None, booked: Instant | None = None, memo: str = "",
    ) -> None:  # fmt: skip
        """Write a row of the customers' ledger; it counts at `at`."""
        self.model.rows.append(
            Row(at if booked is None else booked, at, account, asset, amount, kind, reference,
                memo, received)
        )  # fmt: skip

    def entry(
        self, at: Instant, source: str, target: str, asset: str, amount: int, groups: str,
        kind: str, reference: str, booked: Instant | None = None,
    ) -> None:  # fmt: skip
        """Write a row of the ledger of places; `groups` is one, or "one>other"."""
        left, _, right = groups.partition(">")
        self.model.entries.append(
            Entry(at if booked is None else booked, at, source, target, asset, amount, left,
                  right or left, kind, reference)
        )  # fmt: skip

    # Coins

    def fee(self, at: Instant, place: str, asset: str, amount: int, reference: str) -> None:
        """Note a network fee that a place paid."""
        self.model.stake(at, place, asset, "house", -amount, "fee")
        self.entry(at, place, "", asset, amount, "house", "network_fee", reference)

    def price(self) -> int:
        """Return a gas price in wei."""
        return self.rng.randrange(10, 25) * 10**8

    def bitcoin_fee(self) -> int:
        """Return a fee in satoshis."""
        return self.rng.randrange(300, 900)

    def deposit_owner(self, account: str) -> Owner:
        """Return who owns a customer's bitcoin address."""
        return self.owners[f"deposit {account}"]

    def deposit_account(self, account: str) -> Account:
        """Return a customer's Ethereum address."""
        return self.accounts[f"deposit {account}"]

    def from_outside(self, asset: str, amount: int, owner: Owner | Account) -> str:
        """Let somebody outside pay coin to an address of ours; return the transaction's id."""
        if isinstance(owner, Owner):
            market, fee = self.owners["market"], self.bitcoin_fee()
            coins = self.btc.pick(amount + fee, market)
            rest = sum(coin.amount for coin in coins) - amount - fee
            return self.btc.spend(coins, [(owner, amount), (market, rest)])
        faucet = self.accounts["faucet"]
        if asset == "ETH":
            return self.evm.send(faucet, owner, amount, self.price())[0]
        return self.evm.pay_token(faucet, self.coined, owner, amount, self.price())[0]

    def coin_in(
        self, at: Instant, account: str, asset: str, amount: int, *, place: str = "",
        credited: bool = True, to: str = "", written: bool = True, lag: int = 1800,
        of: str = "",
    ) -> str:  # fmt: skip
        """A customer deposits coin; it is credited `lag` seconds later, to `to` by mistake.

        `place` is an address nobody registered; `of` is whose deposit address it is, where that
        is another's; without `written` the ledger of places says nothing.
        """
        bitcoin_side = asset == "BTC"
        where = place or ("btc-dep" if bitcoin_side else "eth-dep")
        owner: Owner | Account
        if place:
            owner = self.owners[place]
        elif bitcoin_side:
            owner = self.deposit_owner(of or account)
        else:
            owner = self.deposit_account(of or account)
        reference = self.from_outside(asset, amount, owner)
        self.model.stake(
            at, where, asset, "customer", amount, "customer" if credited else "unknown"
        )
        if credited:
            self.row(to or account, asset, amount, "deposit", reference, at + lag, received=at)
            if written:
                self.entry(at, "", where, asset, amount, "customer", "deposit", reference)
        return reference

    def coin_out(
        self, at: Instant, account: str, asset: str, amount: int, *,
        ledger_at: Instant | None = None, ledger_amount: int | None = None,
    ) -> str:  # fmt: skip
        """A customer withdraws coin from the hot wallet."""
        row_amount = amount if ledger_amount is None else ledger_amount
        if asset == "BTC":
            where = self.hot
            reference = self.bitcoin_pay(at, where, self.owners["outside"], amount)
        else:
            where, hot, outside = "eth-hot", self.accounts["eth-hot"], self.accounts["outside"]
            if asset == "ETH":
                reference, fee = self.evm.send(hot, outside, amount, self.price())
            else:
                reference, fee = self.evm.pay_token(hot, self.coined, outside, amount, self.price())
            self.fee(at, "eth-hot", "ETH", fee, reference)
        self.model.stake(at, where, asset, "customer", -amount, "customer")
        self.row(
            account, asset, -row_amount, "withdrawal", reference,
            at if ledger_at is None else ledger_at, received=at,
        )  # fmt: skip
        self.entry(at, where, "", asset, amount, "customer", "withdrawal", reference)
        return reference

    def bitcoin_pay(self, at: Instant, place: str, to: Owner, amount: int) -> str:
        """Pay from a wallet of ours, its change back to it; note the fee."""
        fee, owners = self.bitcoin_fee(), self.wallet(place)
        coins = self.btc.pick(amount + fee, *owners)
        rest = sum(coin.amount for coin in coins) - amount - fee
        outputs = [(to, amount)]
        if rest:
            outputs.append((owners[-1], rest))
            if self.rng.randrange(2):
                outputs.reverse()
        reference = self.btc.spend(coins, outputs, self.rng.randrange(2))
        self.fee(at, place, "BTC", fee, reference)
        return reference

    def wallet(self, place: str) -> list[Owner]:
        """Return the owners of a wallet's addresses; change goes to the last."""
        return [owner for name, owner in self.owners.items() if name.split(" ")[0] == place]

    def between(
        self, at: Instant, source: str, target: str, asset: str, amount: int, groups: str,
        kind: str,
    ) -> str:  # fmt: skip
        """Move coin between two places the register names; return the transaction's id."""
        if asset == "BTC":
            reference = self.bitcoin_pay(at, source, self.wallet(target)[0], amount)
        else:
            to = self.accounts[target]
            token = None if asset == "ETH" else self.coined
            if source == "eth-cold":
                pair = self.rng.randrange(3)
                signers = [self.accounts[f"owner {n}"] for n in range(3) if n != pair]
                ops = self.accounts["eth-ops"]
                reference, fee = self.evm.safe_pay(
                    ops, self.accounts["eth-cold"], signers, self.safe_number, to, amount,
                    self.price(), token,
                )  # fmt: skip
                self.safe_number += 1
                payer = "eth-ops"
            elif token:
                payer = source
                reference, fee = self.evm.pay_token(
                    self.accounts[source], token, to, amount, self.price()
                )
            else:
                payer = source
                reference, fee = self.evm.send(self.accounts[source], to, amount, self.price())
            self.fee(at, payer, "ETH", fee, reference)
        self.moved(at, source, target, asset, amount, groups)
        self.entry(at, source, target, asset, amount, groups, kind, reference)
        return reference

    def moved(
        self, at: Instant, source: str, target: str, asset: str, amount: int, groups: str
    ) -> None:
        """Note the stakes of a move between two places."""
        left, _, right = groups.partition(">")
        model = self.model
        classes = {name: _side(model.places[name]) for name in (source, target)}
        model.stake(at, source, asset, left, -amount, classes[target])
        model.stake(at, target, asset, right or left, amount, classes[source])

    def sweep(self, at: Instant) -> None:
        """Bring what lies in deposit addresses to the hot wallets."""
        owners = self.wallet("deposit")
        lying = [coin for coin in self.btc.coins if coin.owner in owners]
        if lying:
            fee = self.bitcoin_fee()
            amount = sum(coin.amount for coin in lying) - fee
            reference = self.btc.spend(lying, [(self.wallet(self.hot)[0], amount)])
            self.fee(at, "btc-dep", "BTC", fee, reference)
            self.moved(at, "btc-dep", self.hot, "BTC", amount, "customer")
            self.entry(at, "btc-dep", self.hot, "BTC", amount, "customer", "sweep", reference)

    def sweep_evm(self, at: Instant) -> None:
        """Bring coin and token from Ethereum deposit addresses; gas comes from the house."""
        hot = self.accounts["eth-hot"]
        for name, keeper in self.accounts.items():
            if not name.startswith("deposit"):
                continue
            price = self.price()
            if token := self.evm.token.get(keeper.address, 0):
                if self.evm.coin.get(keeper.address, 0) < 60_000 * price:
                    house = self.accounts["eth-house"]
                    reference, fee = self.evm.send(house, keeper, _GAS, self.price())
                    self.fee(at, "eth-house", "ETH", fee, reference)
                    self.moved(at, "eth-house", "eth-dep", "ETH", _GAS, "house")
                    self.entry(at, "eth-house", "eth-dep", "ETH", _GAS, "house", "gas", reference)
                reference, fee = self.evm.pay_token(keeper, self.coined, hot, token, price)
                self.fee(at, "eth-dep", "ETH", fee, reference)
                self.moved(at, "eth-dep", "eth-hot", "NGT", token, "customer")
                self.entry(at, "eth-dep", "eth-hot", "NGT", token, "customer", "sweep", reference)
            coin = self.evm.coin.get(keeper.address, 0) - 21_000 * price
            if coin > 10**17:
                reference, fee = self.evm.send(keeper, hot, coin, price)
                self.fee(at, "eth-dep", "ETH", fee, reference)
                self.moved(at, "eth-dep", "eth-hot", "ETH", coin, "customer")
                self.entry(at, "eth-dep", "eth-hot", "ETH", coin, "customer", "sweep", reference)

    @property
    def coined(self) -> Account:
        """Return the exchange's own token."""
        if self.token is None:
            raise LookupError("there is no token yet")
        return self.token

    # Banks

    def reference(self) -> str:
        """Return the next bank reference."""
        self.wires += 1
        return f"W{datetime.fromtimestamp(self.model.start, UTC):%y}{self.wires:06d}"

    def bank_row(
        self, at: Instant, place: str, amount: int, reference: str, party: tuple[str, str],
        words: str,
    ) -> None:  # fmt: skip
        """Write a row of a statement."""
        self.model.bank.setdefault(place, []).append(
            BankRow(at, amount, reference, party[0], party[1], words)
        )

    def wire_in(
        self, at: Instant, account: str, amount: int, *, place: str = "fbo",
        ledger_at: Instant | None = None,
    ) -> str:  # fmt: skip
        """A customer pays in by wire, into the customers' account or another."""
        reference = self.reference()
        self.bank_row(at, place, amount, reference, self._person(account), f"DEPOSIT {account}")
        self.model.stake(at, place, "USD", "customer", amount, "customer")
        self.row(
            account, "USD", amount, "deposit", reference,
            at if ledger_at is None else ledger_at, received=at,
        )  # fmt: skip
        self.entry(at, "", place, "USD", amount, "customer", "deposit", reference)
        return reference

    def wire_out(self, at: Instant, account: str, amount: int, kind: str = "withdrawal") -> str:
        """A customer is paid by wire, or takes a payment back (kind "chargeback")."""
        reference = self.reference()
        words = f"{kind.upper()} {account}"
        self.bank_row(at, "fbo", -amount, reference, self._person(account), words)
        self.model.stake(at, "fbo", "USD", "customer", -amount, "customer")
        self.row(account, "USD", -amount, kind, reference, at, received=at)
        self.entry(at, "fbo", "", "USD", amount, "customer", "withdrawal", reference)
        return reference

    def wire_between(
        self, at: Instant, source: str, target: str, amount: int, groups: str, kind: str,
        words: str, arrives: Instant | None = None,
    ) -> str:  # fmt: skip
        """Move money between two accounts that both have statements."""
        reference = self.reference()
        there = at if arrives is None else arrives
        self.bank_row(at, source, -amount, reference, self.bank_accounts[target][::-1], words)
        self.bank_row(there, target, amount, reference, self.bank_accounts[source][::-1], words)
        left, _, right = groups.partition(">")
        model = self.model
        model.stake(at, source, "USD", left, -amount, _side(model.places[target]))
        model.stake(there, target, "USD", right or left, amount, _side(model.places[source]))
        self.entry(at, source, target, "USD", amount, groups, kind, reference)
        return reference

    def wire_outside(
        self, at: Instant, place: str, amount: int, party: tuple[str, str, str, str], group: str,
        kind: str,
    ) -> str:  # fmt: skip
        """Book a row between an account and somebody outside; negative: it pays."""
        reference = self.reference()
        name, number, entity, words = party
        self.bank_row(at, place, amount, reference, (name, number), words)
        other = "affiliate" if entity == AFFILIATE else "vendor"
        self.model.stake(at, place, "USD", group, amount, other)
        source, target = (place, "") if amount < 0 else ("", place)
        self.entry(at, source, target, "USD", abs(amount), group, kind, reference)
        if amount < 0 and place == "op":
            self.model.expenses.append((at, f"{other}:{name}", -amount))
        return reference

    def _person(self, account: str) -> tuple[str, str]:
        number = 99 if account == LIQUIDITY else int(account[1:])
        return self.names[account], f"55000000{number:02d}"

    # Trades

    def trade(self, at: Instant, fee_asset: str = "USD") -> None:
        """A customer trades against the liquidity provider; the fee stays where it lies."""
        account, asset = self.outsider(), self.pick(("BTC", "ETH", "NGT"))
        if fee_asset == asset:
            asset = "BTC"
        buys = bool(self.rng.randrange(2))
        unit = 10 ** ASSETS[asset]
        giver = LIQUIDITY if buys else account
        lot = self.part(self.model.owed(giver, asset), 2, 9)
        payer = account if buys else LIQUIDITY
        lot = min(lot, self.part(self.model.owed(payer, "USD"), 10, 40) * unit // _PRICES[asset])
        money = lot * _PRICES[asset] // unit
        if lot <= 0 or money < 1000:
            return
        if fee_asset == "USD":
            cost, place = money // 1000, "fbo"
        else:
            whole = 10 ** ASSETS[fee_asset]
            cost, place = money * whole // _PRICES[fee_asset] // 1000, "eth-hot"
        if cost > self.model.owed(account, fee_asset) - (money if fee_asset == "USD" else 0):
            return
        reference = f"TR{self.trades:04d}"
        self.trades += 1
        sign = 1 if buys else -1
        for who, way in ((account, sign), (LIQUIDITY, -sign)):
            self.row(who, asset, way * lot, "trade", reference, at)
            self.row(who, "USD", -way * money, "trade", reference, at)
        self.unswept += cost if fee_asset == "USD" else 0
        self.row(account, fee_asset, -cost, "fee", reference, at)
        self.model.regroup(at, place, fee_asset, cost, "customer", "house")
        self.entry(at, place, place, fee_asset, cost, "customer>house", "fee", reference)

    def outsider(self) -> str:
        """Return an outsider's account, of those that ordinary days do not leave alone."""
        account = f"C{1 + self.rng.randrange(len(_PEOPLE)):04d}"
        return "C0001" if account in self.alone else account

    def addressed(self) -> str:
        """Return the account of somebody with deposit addresses that stay theirs."""
        account = f"C{1 + self.rng.randrange(_WITH_ADDRESS):04d}"
        return "C0001" if account in self.reassigned else account

    def pick(self, choices: Sequence[str]) -> str:
        """Return one of them."""
        return choices[self.rng.randrange(len(choices))]

    def part(self, amount: int, low: int, high: int) -> int:
        """Return between low and high per cent of an amount, to its last unit."""
        if amount <= 0:
            return 0
        return amount * self.rng.randrange(low * 10**16, high * 10**16) // 10**18


def _side(place: Place) -> str:
    """Return what a place is to the others in a report: own, or the class of somebody else."""
    if not place.registered:
        return "unregistered"
    return "own" if place.holder == EXCHANGE else place.klass


def begin(seed: int, start: date) -> Quarter:
    """Return a quarter at its opening: everybody has what the openings say, on the chains too."""
    first = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
    month = start.month + 3
    last = date(start.year + (month > 12), (month - 1) % 12 + 1, 1)
    end = int(datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp())
    quarter = Quarter(
        seed, Model(first, end), random.Random(seed),  # noqa: S311 - invented figures, no secrets
        bitcoin.Chain(bitcoin.single(seed, "miner")),
        ethereum.Chain(seed),
    )  # fmt: skip
    _people(quarter)
    _places(quarter)
    _funds(quarter)
    _openings(quarter)
    return quarter


def _people(quarter: Quarter) -> None:
    model = quarter.model
    for number, name in enumerate(_PEOPLE, start=1):
        quarter.names[f"C{number:04d}"] = name
        model.customers.append(Customer(f"C{number:04d}", "outsider"))
    quarter.names[LIQUIDITY] = "Corriedale Liquidity"
    model.customers.append(Customer(LIQUIDITY, "affiliated_lp", PARTNER))
    model.customers.append(Customer(HOUSE_ACCOUNT, "house", EXCHANGE))
    addressed = [f"C{number:04d}" for number in range(1, _WITH_ADDRESS + 1)] + [LIQUIDITY]
    for name in addressed:
        owner = bitcoin.single(quarter.seed, f"deposit {name}")
        quarter.owners[f"deposit {name}"] = owner
        model.deposit_addresses.append(DepositAddress(name, bitcoin.CHAIN, owner.address))
    for name in addressed:
        keeper = ethereum.account(quarter.seed, f"deposit {name}")
        quarter.accounts[f"deposit {name}"] = keeper
        model.deposit_addresses.append(DepositAddress(name, ethereum.CHAIN, keeper.written))


def _places(quarter: Quarter) -> None:
    seed, model = quarter.seed, quarter.model
    for name in (
        "btc-hot", "btc-hot change", "btc-house", "btc-aff", "btc-x", "market", "outside",
        "outside two", "outside three",
    ):  # fmt: skip
        quarter.owners[name] = bitcoin.single(seed, name)
    quarter.owners["btc-cold"] = bitcoin.two_of_three(seed, "btc-cold")
    for name in ("eth-hot", "eth-house", "eth-ops", "eth-aff", "faucet", "outside"):
        quarter.accounts[name] = ethereum.account(seed, name)
    for number in range(3):
        quarter.accounts[f"owner {number}"] = ethereum.account(seed, f"owner {number}")
    salt = 10**7 * (1 + seed % 90)
    for name, base, owner in (
        ("fbo", 7_710_004_411 + salt, "Northgate FBO Customers"),
        ("res", 88_120_077 + seed % 1000, "Northgate Reserve FBO Customers"),
        ("op", 7_710_009_902 + salt, "Northgate Operating"),
    ):
        quarter.bank_accounts[name] = (str(base), owner)
    quarter.bank_accounts["int"] = (f"GB{2_209_917_744 + seed % 1000}", "Ostrander Consulting")
    for name, holder, klass in (
        ("fbo", EXCHANGE, "customer"), ("res", EXCHANGE, "customer"), ("op", EXCHANGE, "house"),
        ("int", GO_BETWEEN, "vendor"),
    ):  # fmt: skip
        account = quarter.bank_accounts[name][0]
        model.places[name] = Place(name, "bank account", "", (account,), holder, klass)
    deposits = tuple(row.address for row in model.deposit_addresses)
    for name, chain in (("btc-dep", bitcoin.CHAIN), ("eth-dep", ethereum.CHAIN)):
        addresses = tuple(
            address for address in deposits if address.startswith("0x") == (name == "eth-dep")
        )
        model.places[name] = Place(name, "address", chain, addresses, EXCHANGE, "customer")
    for name, klass in (
        ("btc-hot", "customer"), ("btc-cold", "customer"), ("btc-house", "house"),
        ("btc-aff", "affiliate"), ("btc-x", "customer"),
    ):  # fmt: skip
        addresses = tuple(owner.address for owner in quarter.wallet(name))
        holder = AFFILIATE if klass == "affiliate" else EXCHANGE
        model.places[name] = Place(
            name, "address", bitcoin.CHAIN, addresses, holder, klass, registered=name != "btc-x"
        )


def _funds(quarter: Quarter) -> None:
    """Put on the chains, before the quarter, what the openings say."""
    btc, evm, owners, accounts = quarter.btc, quarter.evm, quarter.owners, quarter.accounts
    began = quarter.model.start - 40 * DAY
    for number in range(108):
        btc.mine(began + number * 600)
    for name, amount in (
        ("btc-cold", _OPENING["btc-cold", "BTC"]),
        ("btc-hot", _OPENING["btc-hot", "BTC"] + _HOUSE_OPENING["btc-hot", "BTC"]),
        ("btc-house", _HOUSE_OPENING["btc-house", "BTC"]),
        ("btc-aff", 55 * 10**8),
        ("market", 120 * 10**8),
    ):
        coins = btc.pick(amount + 500, btc.miner)
        rest = sum(coin.amount for coin in coins) - amount - 500
        parts = [amount // 3, amount - amount // 3] if name in ("btc-hot", "market") else [amount]
        outputs = [(owners[name], part) for part in parts]
        btc.spend(coins, [*outputs, (btc.miner, rest)])
        btc.mine(began + 110 * 600 + btc.height * 600)
    faucet, ops = accounts["faucet"], accounts["eth-ops"]
    evm.coin[faucet.address] = 10**24
    price = 10**9
    quarter.token = evm.deploy(faucet, "NGT", price)
    signers = [accounts[f"owner {number}"] for number in range(3)]
    accounts["eth-cold"] = evm.deploy(faucet, "eth-cold", price, signers)
    for name in ("scatter", "spam"):
        accounts[name] = evm.deploy(faucet, name, price)
    evm.mint(faucet, quarter.token, faucet, 10**28, price)
    evm.mine(began)
    for (place, asset), amount in (*_OPENING.items(), *_HOUSE_OPENING.items()):
        if asset == "NGT":
            evm.pay_token(faucet, quarter.token, accounts[place], amount, price)
        elif asset == "ETH":
            evm.send(faucet, accounts[place], amount, price)
    evm.send(faucet, accounts["eth-aff"], 10**18, price)
    evm.mine(began + 12)
    places = quarter.model.places
    for name, kind, klass in (
        ("eth-hot", "address", "customer"), ("eth-cold", "safe", "customer"),
        ("eth-house", "address", "house"), ("eth-ops", "address", "house"),
        ("eth-aff", "address", "affiliate"),
    ):  # fmt: skip
        holder = AFFILIATE if klass == "affiliate" else EXCHANGE
        address = accounts[name].address
        places[name] = Place(name, kind, ethereum.CHAIN, (address,), holder, klass)
    evm.coin[ops.address] = evm.coin.get(ops.address, 0)


def _openings(quarter: Quarter) -> None:
    model, rng = quarter.model, quarter.rng
    for (place, asset), amount in _OPENING.items():
        model.openings.append((place, asset, "customer", amount))
    for (place, asset), amount in _HOUSE_OPENING.items():
        model.openings.append((place, asset, "house", amount))
    model.openings.append(("int", "USD", "vendor", _VENDOR_OPENING))
    accounts = [customer.account for customer in model.customers if customer.klass != "house"]
    for asset in ASSETS:
        whole = sum(amount for (_, what), amount in _OPENING.items() if what == asset)
        weights = [rng.randrange(2, 60) for _ in accounts[:-1]] + [120]
        shares = [whole * weight // sum(weights) for weight in weights]
        shares[-1] += whole - sum(shares)
        for account, share in zip(accounts, shares, strict=True):
            quarter.row(account, asset, share, "opening", "OPENING", model.opened)
    quarter.row(HOUSE_ACCOUNT, "USD", 50_000_00, "opening", "OPENING", model.opened)


def plan(quarter: Quarter) -> None:
    """Plan the ordinary days: deposits, withdrawals, trades, sweeps, wages and rent."""
    for day in range(quarter.days):
        late = quarter.rng.randrange(9)
        for every, first, minute, act in _ordinary(quarter):
            if day % every == first:
                quarter.at(day, minute + (late if minute < _SWEEPS else 0), act)


_SWEEPS, _LAST = 11 * 60, 23 * 60 + 59


def _ordinary(
    quarter: Quarter,
) -> Sequence[tuple[int, int, int, Callable[[Instant], None]]]:
    """Return (every how many days, from which, minute of the day, act); bank rows are last."""
    return (
        (3, 0, 480, _some_coin_in(quarter, "BTC")),
        (3, 1, 490, _some_coin_in(quarter, "ETH")),
        (4, 2, 500, _some_coin_in(quarter, "NGT")),
        (1, 0, 550, quarter.trade),
        (2, 1, 570, quarter.trade),
        (4, 1, 610, _some_coin_out(quarter, "BTC")),
        (5, 2, 620, _some_coin_out(quarter, "ETH")),
        (5, 4, 630, _some_coin_out(quarter, "NGT")),
        (3, 2, _SWEEPS + 3, quarter.sweep),
        (6, 5, _SWEEPS + 12, quarter.sweep_evm),
        (2, 0, _LAST, _some_wire_in(quarter)),
        (3, 1, _LAST, _some_wire_out(quarter)),
        (7, 6, _LAST, _fee_sweep(quarter)),
        (5, 3, _LAST, _house_pays(quarter, HOSTING, 4_000_00, 15_000_00)),
        (9, 4, _LAST, _house_pays(quarter, PAYROLL, 40_000_00, 70_000_00)),
        (8, 3, _LAST, _house_earns(quarter)),
        (9, 5, _LAST, _neighbour(quarter, _RENT, -1_500_00)),
        (9, 7, _LAST, _neighbour(quarter, _CLIENT, 3_500_00)),
    )


def _some_coin_in(quarter: Quarter, asset: str) -> Callable[[Instant], None]:
    most = {"BTC": 1_40000000, "ETH": 12 * 10**18, "NGT": 14_000 * 10**18}[asset]

    def act(at: Instant) -> None:
        account = LIQUIDITY if quarter.rng.randrange(9) == 0 else quarter.addressed()
        quarter.coin_in(at, account, asset, quarter.part(most, 20, 99))

    return act


def _some_coin_out(quarter: Quarter, asset: str) -> Callable[[Instant], None]:
    """A withdrawal; where the hot wallet runs low after it, the cold one fills it."""
    bitcoin_side = asset == "BTC"
    filling = {"BTC": 6 * 10**8, "ETH": 60 * 10**18, "NGT": 200_000 * 10**18}[asset]

    def act(at: Instant) -> None:
        model, hot = quarter.model, quarter.hot if bitcoin_side else "eth-hot"
        account = quarter.outsider()
        amount = min(
            quarter.part(model.owed(account, asset), 5, 30),
            quarter.part(model.balance(hot, asset), 20, 40),
        )
        if amount:
            quarter.coin_out(at, account, asset, amount)
        cold = "btc-cold" if bitcoin_side else "eth-cold"
        if model.balance(hot, asset) < filling < model.balance(cold, asset):
            quarter.between(at, cold, hot, asset, filling, "customer", "internal")

    return act


def _some_wire_in(quarter: Quarter) -> Callable[[Instant], None]:
    def act(at: Instant) -> None:
        quarter.wire_in(at + 59, quarter.outsider(), quarter.rng.randrange(500_00, 30_000_00))

    return act


def _some_wire_out(quarter: Quarter) -> Callable[[Instant], None]:
    def act(at: Instant) -> None:
        account = quarter.outsider()
        amount = min(quarter.part(quarter.model.owed(account, "USD"), 4, 25), 60_000_00)
        if amount:
            quarter.wire_out(at + 59, account, amount)

    return act


def _fee_sweep(quarter: Quarter) -> Callable[[Instant], None]:
    def act(at: Instant) -> None:
        if quarter.unswept:
            amount, quarter.unswept = quarter.unswept, 0
            quarter.wire_between(at + 59, "fbo", "op", amount, "house", "fee_sweep", "TRADING FEES")

    return act


def _house_pays(
    quarter: Quarter, party: tuple[str, str, str, str], least: int, most: int
) -> Callable[[Instant], None]:
    def act(at: Instant) -> None:
        amount = quarter.rng.randrange(least, most)
        if quarter.model.balance("op", "USD") > amount + 20_000_00:
            quarter.wire_outside(at + 59, "op", -amount, party, "house", "expense")

    return act


def _house_earns(quarter: Quarter) -> Callable[[Instant], None]:
    def act(at: Instant) -> None:
        amount = quarter.rng.randrange(60_000_00, 110_000_00)
        quarter.wire_outside(at + 59, "op", amount, LISTINGS, "house", "revenue")

    return act


def _neighbour(
    quarter: Quarter, party: tuple[str, str, str, str], most: int
) -> Callable[[Instant], None]:
    """The go-between's own business, which only its own statement shows."""

    def act(at: Instant) -> None:
        amount = quarter.part(abs(most), 50, 99) * (1 if most > 0 else -1)
        reference = quarter.reference()
        name, number, _, words = party
        quarter.bank_row(at + 59, "int", amount, reference, (name, number), words)
        quarter.model.stake(at + 59, "int", "USD", "vendor", amount, "vendor")

    return act
