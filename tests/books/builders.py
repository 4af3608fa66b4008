"""Books in memory: sound accounts, statements and chains, of which a test breaks one part.

books = BooksBuilder()
books.bank("fbo", "7710", opening="100.00")
books.account("A").owed("A", "USD", "100.00")
books.wire("fbo", jan(5), "-30.00", "W1")
books.reckon()
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Self

from forthwith.books.books import Books, Parameters
from forthwith.books.reckoning import Reckoning, reckon
from forthwith.books.tables import address_text, books_of
from forthwith.domain.amounts import amount_text, units
from forthwith.domain.bank import BankBalance, BankEntry, BankStatement
from forthwith.domain.book_tables import TABLES
from forthwith.domain.chain import NATIVE, Block, ChainRead, ChainTransaction, Leg
from forthwith.domain.fact_tables import FactRow
from forthwith.domain.instants import day_start, instant

BITCOIN, EVM = "bitcoin-regtest", "evm-31337"
#: Before the first day of the builder's month.
EVE = "2025-12-31T23:59:59Z"
TOKEN = "0x" + "70" * 20


def jan(day: int, time: str = "12:00:00") -> str:
    """Return an instant of January 2026."""
    return f"2026-01-{day:02}T{time}Z"


def evm_address(number: int) -> str:
    """Return an address nobody has."""
    return f"0x{number:040x}"


def tx_id(number: int) -> str:
    """Return a transaction's id, as Bitcoin writes it."""
    return f"{number:064x}"


@dataclass
class BooksBuilder:
    """Collects rows; `build` parses them as the tables are parsed."""

    start: date = date(2026, 1, 1)
    end: date = date(2026, 1, 31)
    rows: list[FactRow] = field(default_factory=list)
    #: Bank account number: currency, opening balance, entries.
    banks: dict[str, tuple[str, str, list[BankEntry]]] = field(default_factory=dict)
    #: Chain: (instant, transaction) in the order given.
    transactions: dict[str, list[tuple[int, ChainTransaction]]] = field(default_factory=dict)
    decimals: dict[str, int] = field(default_factory=dict)
    counter: int = 0

    def __post_init__(self) -> None:
        self.asset("USD", 2)
        self.asset("BTC", 8, BITCOIN)
        self.asset("ETH", 18, EVM)
        self.asset("TRN", 18, EVM, TOKEN)

    # Rows of tables, `from_` and `class_` without their `_`.

    def row(self, table: str, **cells: str) -> Self:
        """Add a row as typed."""
        given = {name.rstrip("_"): cell for name, cell in cells.items()}
        assert given.keys() <= set(TABLES[table].header), given
        line = 2 + sum(row.table == table for row in self.rows)
        self.rows.append(FactRow(table, given, f"{table}.csv", line))
        return self

    def asset(self, name: str, decimals: int, chain: str = "", contract: str = "") -> Self:
        self.decimals[name] = decimals
        return self.row("assets", id=name, decimals=str(decimals), chain=chain, contract=contract)

    def account(self, *accounts: str, class_: str = "outsider", **cells: str) -> Self:
        for account in accounts:
            self.row("customer_accounts", account=account, class_=class_, **cells)
        return self

    def owed(
        self, account: str, asset: str, amount: str, at: str = EVE, kind: str = "opening",
        reference: str = "", **cells: str,
    ) -> Self:  # fmt: skip
        """Add a row of the customers' ledger."""
        cells.setdefault("booked_at", at)
        cells.setdefault("row", f"L{self.next()}")
        return self.row(
            "customer_ledger", account=account, asset=asset, amount=amount, effective_at=at,
            kind=kind, reference=reference, **cells,
        )  # fmt: skip

    def entry(
        self, source: str, target: str, asset: str, amount: str, at: str, groups: str,
        reference: str = "", kind: str = "internal", **cells: str,
    ) -> Self:  # fmt: skip
        """Add a row of the ledger of places; `groups` is "customer>house" or one for both."""
        left, _, right = groups.partition(">")
        cells.setdefault("booked_at", at)
        cells.setdefault("entry", f"J{self.next()}")
        return self.row(
            "place_ledger", from_place=source, to_place=target, asset=asset, amount=amount,
            effective_at=at, from_group=left, to_group=right or left, reference=reference,
            kind=kind, **cells,
        )  # fmt: skip

    def opening(self, place: str, asset: str, group: str, amount: str, at: str = EVE) -> Self:
        return self.row("openings", place=place, asset=asset, group=group, amount=amount, at=at)

    # Places with their witnesses.

    def bank(
        self, place: str, number: str, class_: str = "customer", opening: str = "0.00",
        currency: str = "USD", group: str | None = None, **cells: str,
    ) -> Self:  # fmt: skip
        """Add a bank account; its opening lies there for `group`, by default its own class."""
        self.row(
            "places", place=place, kind="bank account", address_or_account=number, class_=class_,
            **cells,
        )  # fmt: skip
        self.banks[number] = (currency, opening, [])
        if opening.strip("0."):
            self.opening(place, currency, group or class_, opening)
        return self

    def address(
        self, place: str, address: str, class_: str = "customer", chain: str = BITCOIN,
        **cells: str,
    ) -> Self:  # fmt: skip
        cells.setdefault("kind", "address")
        return self.row(
            "places", place=place, chain=chain, address_or_account=address, class_=class_, **cells
        )

    def deposit(self, account: str, address: str, chain: str = BITCOIN, **cells: str) -> Self:
        return self.row("deposit_addresses", account=account, chain=chain, address=address, **cells)

    # Witnesses.

    def wire(
        self, number: str, day: str, amount: str, reference: str = "", party: str = "",
        party_account: str = "", **cells: Any,
    ) -> Self:  # fmt: skip
        """Book an entry on a bank account on the day of an instant."""
        entries = self.banks[number][2]
        references = (reference,) if reference else ()
        entries.append(
            BankEntry(
                date.fromisoformat(day[:10]), amount, f"Ntry {len(entries) + 1}", references,
                party=party, party_account=party_account, **cells,
            )
        )  # fmt: skip
        return self

    def pay(
        self, at: str, inputs: dict[str, str], outputs: dict[str, str], chain: str = BITCOIN,
        asset: str = "", **cells: Any,
    ) -> str:  # fmt: skip
        """Put a transaction on a chain; return its id.

        On Bitcoin inputs less outputs are the fee; elsewhere `fee` and `fee_payer` say it. Without
        inputs the value comes from outside.
        """
        native = "BTC" if chain == BITCOIN else "ETH"
        asset = asset or native
        places = self.decimals[asset]
        contract = TOKEN if asset == "TRN" else NATIVE
        legs = [
            Leg(
                address_text(address),
                contract,
                sign * units(amount, places),
                order,
                f"{kind} {order}",
            )
            for sign, kind, side in ((-1, "input", inputs), (1, "output", outputs))
            for order, (address, amount) in enumerate(side.items())
        ]
        cells.setdefault("id", tx_id(self.next()))
        cells.setdefault("from_outside", not inputs)
        if chain == BITCOIN and inputs:
            cells.setdefault("fee", -sum(leg.amount for leg in legs))
        found = self.transactions.setdefault(chain, [])
        transaction = ChainTransaction(
            height=0, position=len(found), legs=tuple(legs), file=f"{chain}.json", **cells
        )
        found.append((instant(at), transaction))
        return transaction.id

    def fund(self, address: str, amount: str, chain: str = BITCOIN, asset: str = "") -> Self:
        """Put value on an address before the first day."""
        self.pay(EVE, {}, {address: amount}, chain, asset)
        return self

    def next(self) -> int:
        self.counter += 1
        return self.counter

    # What it comes to.

    def statements(self) -> tuple[BankStatement, ...]:
        """One statement an account over the builder's days; its arithmetic holds."""
        found = []
        for number, (currency, opening, entries) in self.banks.items():
            places = self.decimals[currency]
            ordered = sorted(entries, key=lambda entry: entry.booked)
            closing = units(opening, places) + sum(units(e.amount, places) for e in ordered)
            found.append(
                BankStatement(
                    f"{number}.xml", "camt.053", number, currency, tuple(ordered),
                    BankBalance(opening, self.start, "Bal 1"),
                    BankBalance(amount_text(closing, places), self.end, "Bal 2"),
                    self.start, self.end, 1,
                )
            )  # fmt: skip
        return tuple(found)

    def chains(self) -> tuple[ChainRead, ...]:
        """Blocks from before the first day to after the last, one for each instant used."""
        found = []
        for chain, placed in self.transactions.items():
            early = day_start(self.start) - 86_400
            late = day_start(self.end + timedelta(days=1)) + 3_600
            times = sorted({early, late, *(time for time, _ in placed)})
            height = {time: number + 1 for number, time in enumerate(times)}
            hashes = [
                f"{chain}{number}".encode().hex().rjust(64, "0") for number in range(len(times) + 1)
            ]
            blocks = tuple(
                Block(number, hashes[number], hashes[number - 1], time)
                for time, number in height.items()
            )
            transactions = sorted(
                (replace(transaction, height=height[time]) for time, transaction in placed),
                key=lambda transaction: (transaction.height, transaction.position),
            )
            kind = "bitcoin" if chain == BITCOIN else "evm"
            found.append(ChainRead(chain, kind, blocks, tuple(transactions)))
        return tuple(found)

    def build(self) -> Books:
        """Parse the rows; a test about wrong rows looks at `faults`."""
        return books_of(self.rows, self.statements(), self.chains())

    def reckon(self, **parameters: Any) -> Reckoning:
        """Return what sound books come to."""
        books = self.build()
        assert books.faults == ()
        return reckon(books, Parameters(**parameters))


def stakes(reckoning: Reckoning, place: str, asset: str) -> dict[str, str]:
    """Return what lies in a place at the end for each group."""
    sums: dict[str, int] = defaultdict(int)
    for change in reckoning.changes:
        if (change.place, change.asset) == (place, asset):
            sums[change.group] += change.delta
    text = reckoning.books.assets[asset].text
    return {group: text(amount) for group, amount in sums.items() if amount}


def kinds(reckoning: Reckoning) -> list[tuple[str, str]]:
    """Return the kind of each match and what it is of, in order."""
    return [
        (
            match.kind,
            match.ledger.row
            if match.ledger
            else match.entry.entry
            if match.entry
            else match.move.id
            if match.move
            else "",
        )
        for match in reckoning.matches
    ]
