"""The tables of the books, parsed once: rows as typed become values, or a fault with their cell.

Nothing is guessed: a row with a wrong cell is left out and told, with what the cell should be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeVar

from forthwith.books.books import (
    Affiliation,
    Asset,
    BankParty,
    Books,
    Cap,
    CompletenessRow,
    CustomerAccount,
    DepositAddress,
    Duty,
    EntityName,
    LedgerRow,
    Opening,
    PlaceAddress,
    PlaceEntry,
    Sentence,
    SignedProof,
    Span,
    TracedSum,
    WitnessRow,
)
from forthwith.domain.amounts import AmountError, units
from forthwith.domain.bank import BankStatement
from forthwith.domain.book_tables import (
    ACCOUNT_CLASSES,
    CLASSES,
    DEFAULT_STANDING,
    GROUPS,
    LEDGER_KINDS,
    PLACE_KINDS,
    TABLES,
)
from forthwith.domain.chain import ChainRead
from forthwith.domain.fact_tables import STANDINGS, FactRow, RowFault
from forthwith.domain.instants import Instant, InstantError, instant

#: The standing of a row somebody disputes: below every standing a question can accept.
DISPUTED = "disputed"
#: More places than any asset has; 10 to a larger power fits no store.
_MOST_DECIMALS = 38
_EVM = re.compile(r"0[xX][0-9a-fA-F]{40}", re.ASCII)
_BECH32 = re.compile(r"(?:bc|tb|bcrt|ltc|tltc)1[0-9a-z]{6,90}", re.ASCII)
_BARE_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_Row = TypeVar("_Row")


def address_text(text: str) -> str:
    """Return an address as chains are read: Ethereum's and segwit's in lower case, no spaces.

    Base58 addresses and descriptors stand as written: their case says something.
    """
    text = "".join(text.split())
    if _EVM.fullmatch(text) or _BECH32.fullmatch(text.lower()):
        return text.lower()
    return text


def accepted(standing: str, worst: str) -> bool:
    """Return whether a row of this standing counts where `worst` is the worst accepted."""
    if standing not in STANDINGS or worst not in STANDINGS:
        return False
    return STANDINGS.index(standing) <= STANDINGS.index(worst)


def books_of(
    rows: Sequence[FactRow],
    statements: Sequence[BankStatement] = (),
    chains: Sequence[ChainRead] = (),
    proofs: Sequence[SignedProof] = (),
    files: Mapping[str, str] | None = None,
    zone: str = "UTC",
) -> Books:
    """Parse rows of the tables of domain/book_tables; what is wrong stands in `faults`.

    `zone` is that of bare days in `from` and `to`; instants of ledgers must have their own. Of two
    rows with one id and one content the first is kept, and the other is told.
    """
    reading = _Reading(zone)
    for row in rows:
        reading.sort(row)
    read = sorted(reading.parse("assets", _asset), key=lambda asset: asset.id)
    assets = {asset.id: asset for asset in read}
    reading.assets = assets
    reading.chains = {asset.chain for asset in assets.values() if asset.chain}
    names = reading.names()
    places = reading.parse("places", reading.place)
    accounts = reading.parse("customer_accounts", reading.account)
    reading.accounts = {account.account for account in accounts}
    reading.places = {place.place for place in places}
    return Books(
        assets=assets,
        places=reading.apart(
            places,
            lambda row: (row.chain, row.address),
            lambda row: (row.place, row.klass),
            "places",
            "address_or_account",
        ),
        accounts=reading.apart(
            accounts, lambda row: (row.account,), lambda row: (row.klass,),
            "customer_accounts", "account",
        ),
        deposit_addresses=reading.apart(
            reading.parse("deposit_addresses", reading.deposit_address),
            lambda row: (row.chain, row.address),
            lambda row: (row.account,),
            "deposit_addresses",
            "address",
        ),
        ledger=reading.parse("customer_ledger", reading.ledger_row),
        place_ledger=reading.parse("place_ledger", reading.place_entry),
        openings=reading.openings(),
        names=names,
        affiliations=reading.parse("affiliates", reading.affiliation),
        bank_parties=reading.parse("bank_parties", reading.bank_party),
        claims=reading.parse("claims", reading.traced_sum),
        caps=reading.parse("caps", reading.cap),
        duties=reading.parse("duties", reading.duty),
        proofs=(*reading.parse("proofs", reading.proof), *proofs),
        completeness=reading.parse("completeness", reading.completeness),
        sentences=reading.parse("statements_of_the_exchange", _sentence),
        statements=tuple(statements),
        chains=tuple(chains),
        files=dict(files or {}),
        # Last: everything above adds to them.
        faults=reading.ordered_faults(),
        notes=tuple(sorted(reading.told)),
    )  # fmt: skip


class _WrongCellError(Exception):
    """A cell is not what it should be; caught where its row is parsed."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what, self.do = what, do


#: The column whose value may stand only once, and the name of the value's field.
_IDS: Final = {
    "assets": ("id", "id"),
    "customer_ledger": ("row", "row"),
    "place_ledger": ("entry", "entry"),
    "claims": ("claim", "claim"),
}


@dataclass(slots=True)
class _Reading:
    """One pass over the rows: what is known so far, and what was wrong."""

    zone: str
    by_table: dict[str, list[FactRow]] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    chains: Collection[str] = ()
    accounts: Collection[str] = ()
    places: Collection[str] = ()
    #: What each id of `entities` stands for.
    entities: dict[str, str] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    def sort(self, row: FactRow) -> None:
        if row.table in TABLES:
            self.by_table.setdefault(row.table, []).append(row)
        else:
            self.fault(row, f"{row.table!r} is no table of the books", "see `books template`")

    def fault(self, row: FactRow, what: str, do: str) -> None:
        self.faults.append(RowFault(row.file, row.line, what, do))

    def parse(self, table: str, read: Callable[[FactRow], _Row]) -> tuple[_Row, ...]:
        """Return the rows of a table that are right; the others become faults."""
        column, attribute = _IDS.get(table, ("", ""))
        seen: dict[str, list[Any]] = {}
        found: list[_Row] = []
        for row in self.by_table.get(table, ()):
            try:
                self.check(row)
                value = read(row)
            except _WrongCellError as wrong:
                self.fault(row, wrong.what, wrong.do)
                continue
            if column:
                others = seen.setdefault(getattr(value, attribute), [])
                if others and self.again(row, column, value, others):
                    continue
                others.append(value)
            found.append(value)
        return tuple(found)

    def again(self, row: FactRow, column: str, value: Any, others: list[Any]) -> bool:
        """Tell an id that stands twice; return whether the row is left out."""
        first = others[0].witness.row if hasattr(others[0], "witness") else "an earlier row"
        same = any(_content(other) == _content(value) for other in others)
        self.fault(
            row,
            f"cell {column}: {row[column]!r} stands on {first} already, "
            + ("with the same content; this row is not counted again" if same else "otherwise"),
            "give each row an id of its own, or delete the row that stands twice",
        )
        # Of an asset there can be only one; ledger rows that differ are two rows with one id.
        return same or isinstance(value, Asset)

    def check(self, row: FactRow) -> None:
        table = TABLES[row.table]
        for column in table.columns:
            if column not in table.optional and not row[column]:
                raise _WrongCellError(f"cell {column} is empty", f"write the {column} of the row")
        if row["standing"] and row["standing"] not in STANDINGS:
            raise _WrongCellError(
                f"cell standing: {row['standing']!r} is no standing",
                "write one of " + ", ".join(STANDINGS),
            )

    # Cells.

    def word(self, row: FactRow, column: str, words: Sequence[str]) -> str:
        if row[column] not in words:
            raise _WrongCellError(
                f"cell {column}: {row[column]!r} is none of {', '.join(words)}", "write one of them"
            )
        return row[column]

    def asset(self, row: FactRow) -> Asset:
        if row["asset"] not in self.assets:
            raise _WrongCellError(
                f"cell asset: {row['asset']!r} is not in assets",
                "add its row to assets, or write its id as it stands there",
            )
        return self.assets[row["asset"]]

    def amount(self, row: FactRow, asset: Asset) -> int:
        try:
            return units(row["amount"], asset.decimals)
        except AmountError as wrong:
            raise _WrongCellError(
                f"cell amount: {wrong}",
                f"write the exact amount of {asset.id}, at most {asset.decimals} places",
            ) from wrong

    def when(self, row: FactRow, column: str) -> Instant:
        text = row[column]
        if _BARE_DAY.fullmatch(text):
            raise _WrongCellError(
                f"cell {column}: {text!r} is a day without a time",
                f"write the instant, as {text}T23:59:59Z",
            )
        return self.moment(row, column)

    def moment(self, row: FactRow, column: str) -> Instant:
        try:
            return _instant(row[column], self.zone)
        except InstantError as wrong:
            raise _WrongCellError(
                f"cell {column}: {wrong}", "write the instant, as 2026-01-31T23:59:59Z"
            ) from wrong

    def booked(self, row: FactRow) -> Instant:
        return self.when(row, "booked_at") if row["booked_at"] else self.when(row, "effective_at")

    def span(self, row: FactRow) -> Span:
        start = self.moment(row, "from") if row["from"] else None
        end = self.moment(row, "to") if row["to"] else None
        if start is not None and end is not None and end <= start:
            raise _WrongCellError(
                f"cell to: {row['to']!r} is not after from, {row['from']!r}",
                "write the first instant at which the row no longer holds, or leave it empty",
            )
        return Span(start, end)

    def chain_address(self, row: FactRow, column: str) -> str:
        text = address_text(row[column])
        if text[:2].lower() == "0x" and not _EVM.fullmatch(text):
            raise _WrongCellError(
                f"cell {column}: {text[:60]!r} is not 0x and 40 hexadecimal digits",
                "copy the whole address",
            )
        if row["chain"] not in self.chains:
            raise _WrongCellError(
                f"cell chain: {row['chain']!r} is the chain of no asset",
                "write the chain as assets names it: " + (", ".join(sorted(self.chains)) or "none"),
            )
        return text

    def entity(self, row: FactRow, column: str) -> str:
        """Return what an id stands for; an id nobody listed stands for itself, and is told."""
        text = row[column]
        if text and text not in self.entities:
            # A name that may be mistyped loses a payment to an affiliate; elsewhere it only says
            # who somebody is.
            if self.entities and row.table in ("affiliates", "bank_parties"):
                self.fault(
                    row,
                    f"cell {column}: {text!r} is not in entities",
                    "add its row to entities, or write its id as it stands there",
                )
            else:
                self.told.add(f"{row.file}: {column} {text!r} is not in entities")
        return self.entities.get(text, text)

    def group(self, row: FactRow, column: str) -> str:
        return self.word(row, column, GROUPS) if row[column] else ""

    # Rows.

    def names(self) -> tuple[EntityName, ...]:
        rows = self.by_table.get("entities", [])
        of = {row["id"]: row["alias_of"] for row in rows}

        def ends(text: str) -> str:
            path: list[str] = []
            while of.get(text):
                if text in path:
                    return min(path)
                path.append(text)
                text = of[text]
            return text

        self.entities = {text: ends(text) for text in of}

        def name(row: FactRow) -> EntityName:
            if row["alias_of"] and row["alias_of"] not in of:
                raise _WrongCellError(
                    f"cell alias_of: {row['alias_of']!r} is no id of entities",
                    "write the id of the entity that this is another name of",
                )
            return EntityName(self.entities[row["id"]], row["name"], self.span(row), _witness(row))

        return self.parse("entities", name)

    def place(self, row: FactRow) -> PlaceAddress:
        kind = self.word(row, "kind", PLACE_KINDS)
        if kind == "bank account":
            address = "".join(row["address_or_account"].split())
            chain = ""
            if row["chain"]:
                raise _WrongCellError(
                    f"cell chain: a bank account has none, {row['chain']!r} stands there",
                    "leave the cell empty, or correct the kind",
                )
        elif kind == "descriptor":
            address, chain = row["address_or_account"], row["chain"]
            self.chain_address(row, "chain")
        else:
            address, chain = self.chain_address(row, "address_or_account"), row["chain"]
        return PlaceAddress(
            row["place"],
            kind,
            chain,
            address,
            self.entity(row, "holder"),
            self.word(row, "class", CLASSES),
            self.span(row),
            _witness(row),
            _standing(row),
        )

    def account(self, row: FactRow) -> CustomerAccount:
        return CustomerAccount(
            row["account"],
            self.word(row, "class", ACCOUNT_CLASSES),
            self.entity(row, "entity"),
            self.span(row),
            _witness(row),
            _standing(row),
        )

    def known_account(self, row: FactRow) -> str:
        if row["account"] not in self.accounts:
            raise _WrongCellError(
                f"cell account: {row['account']!r} is not in customer_accounts",
                "add its row there, with its class, or write the account as it stands there",
            )
        return row["account"]

    def deposit_address(self, row: FactRow) -> DepositAddress:
        return DepositAddress(
            self.known_account(row),
            row["chain"],
            self.chain_address(row, "address"),
            self.span(row),
            _witness(row),
        )

    def ledger_row(self, row: FactRow) -> LedgerRow:
        asset = self.asset(row)
        if row["kind"] not in LEDGER_KINDS:
            self.told.add(
                f"{row.file}: kind {row['kind']!r} of customer_ledger is none that is known; "
                "its rows count in the balance as they stand"
            )
        return LedgerRow(
            row["row"],
            self.booked(row),
            self.when(row, "effective_at"),
            self.known_account(row),
            asset.id,
            self.amount(row, asset),
            row["kind"],
            row["reference"],
            row["memo"],
            _witness(row),
            _standing(row),
        )

    def place_entry(self, row: FactRow) -> PlaceEntry:
        asset = self.asset(row)
        amount = self.amount(row, asset)
        if amount < 0:
            raise _WrongCellError(
                f"cell amount: {row['amount']!r} is below zero",
                "write it without the sign, and from_place and to_place the other way round",
            )
        for column in ("from_place", "to_place"):
            if row[column] and row[column] not in self.places:
                self.told.add(
                    f"{row.file}: {column} {row[column]!r} of place_ledger is not in places; "
                    "what lies there is not counted as held"
                )
        return PlaceEntry(
            row["entry"],
            self.booked(row),
            self.when(row, "effective_at"),
            row["from_place"],
            row["to_place"],
            asset.id,
            amount,
            self.group(row, "from_group"),
            self.group(row, "to_group"),
            row["kind"],
            row["reference"],
            _witness(row),
            _standing(row),
        )

    def openings(self) -> tuple[Opening, ...]:
        """Return one opening for each place, asset and group; a second would count twice."""
        found = self.parse("openings", self.opening)
        starts: dict[tuple[str, str], Instant] = {}
        for row in found:
            key = (row.place, row.asset)
            starts[key] = min(starts.get(key, row.at), row.at)
        kept: dict[tuple[str, str, str], Opening] = {}
        for row in sorted(found, key=lambda row: (row.at, row.amount, row.witness)):
            if row.at != starts[row.place, row.asset]:
                what = f"cell at: {row.place} has an earlier opening of {row.asset}"
            elif (row.place, row.asset, row.group) in kept:
                what = f"{row.place} has an opening of {row.asset} for {row.group} already"
            else:
                kept[row.place, row.asset, row.group] = row
                continue
            self.faults.append(
                RowFault(
                    row.witness.file,
                    int(row.witness.row.removeprefix("line ")),
                    f"{what}; this row is not counted",
                    "keep one opening for each place, asset and group, all at one instant",
                )
            )
        counted = {id(row) for row in kept.values()}
        return tuple(row for row in found if id(row) in counted)

    def opening(self, row: FactRow) -> Opening:
        asset = self.asset(row)
        if row["place"] not in self.places:
            raise _WrongCellError(
                f"cell place: {row['place']!r} is not in places",
                "add its row there, or write the place as it stands there",
            )
        return Opening(
            row["place"],
            asset.id,
            self.word(row, "group", GROUPS),
            self.amount(row, asset),
            self.when(row, "at"),
            _witness(row),
            _standing(row),
        )

    def affiliation(self, row: FactRow) -> Affiliation:
        return Affiliation(
            self.entity(row, "entity"), self.entity(row, "of"), self.span(row), _witness(row)
        )

    def bank_party(self, row: FactRow) -> BankParty:
        account = "".join(row["account"].split())
        return BankParty(account, self.entity(row, "entity"), _witness(row))

    def traced_sum(self, row: FactRow) -> TracedSum:
        asset = self.asset(row)
        amount = self.amount(row, asset) if row["amount"] else None
        if amount is not None and amount <= 0:
            raise _WrongCellError(
                f"cell amount: {row['amount']!r} is not above zero",
                "write the part to follow, or leave the cell empty for the whole",
            )
        return TracedSum(
            row["claim"],
            asset.id,
            row["place"],
            row["reference"],
            amount,
            row["claimant"],
            _list(row["stop"]),
            _list(row["follow"]),
            _witness(row),
        )

    def cap(self, row: FactRow) -> Cap:
        asset = self.asset(row)
        if row["month"] and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", row["month"]):
            raise _WrongCellError(
                f"cell month: {row['month']!r} is not a month", "write it as 2026-01"
            )
        return Cap(row["payee"], row["month"], asset.id, self.amount(row, asset), _witness(row))

    def duty(self, row: FactRow) -> Duty:
        parameters: dict[str, str] = {}
        for part in filter(None, re.split(r"[;\s]+", row["parameters"])):
            name, sign, value = part.partition("=")
            if not (name and sign and value):
                raise _WrongCellError(
                    f"cell parameters: {part!r} is no name=value",
                    "write them as asset=USD; basis=receipt",
                )
            parameters[name] = value
        return Duty(
            row["duty"], row["question"], parameters, self.span(row), row["cites"], _witness(row)
        )

    def proof(self, row: FactRow) -> SignedProof:
        # Chain, scheme and block are in the message and the signature: the readers say.
        return SignedProof(
            address=address_text(row["address"]),
            chain="",
            scheme="",
            # As signed, to the last space.
            message=row.cells.get("message", ""),
            signature=row["signature"],
            at=self.moment(row, "when") if row["when"] else None,
            height=None,
            block="",
            witness=_witness(row),
        )

    def completeness(self, row: FactRow) -> CompletenessRow:
        return CompletenessRow(row["means"], self.span(row), _witness(row), _standing(row))

    # Rows that stand against each other.

    def apart(
        self,
        rows: Iterable[_Row],
        key: Callable[[Any], tuple[str, ...]],
        says: Callable[[Any], tuple[str, ...]],
        table: str,
        column: str,
    ) -> tuple[_Row, ...]:
        """Leave out rows whose span overlaps that of another row of the same thing."""
        rows = tuple(rows)
        ordered: list[Any] = sorted(
            rows,
            key=lambda row: (
                key(row), -1 if row.span.start is None else row.span.start, says(row), row.witness,
            ),
        )  # fmt: skip
        out: set[int] = set()
        last: dict[tuple[str, ...], Any] = {}
        for row in ordered:
            other = last.get(key(row))
            if other is None or not _overlap(other.span, row.span):
                last[key(row)] = row
                continue
            out.add(id(row))
            where = f"{'/'.join(says(other))} ({other.witness})"
            self.faults.append(
                RowFault(
                    row.witness.file,
                    int(row.witness.row.removeprefix("line ")),
                    f"cell {column}: {key(row)[-1]!r} belongs to {where} in the same days; "
                    "this row is not counted",
                    f"close one row of {table} with `to` before the other begins, or delete one",
                )
            )
        return tuple(row for row in rows if id(row) not in out)

    def ordered_faults(self) -> tuple[RowFault, ...]:
        """Return what was wrong, in the order of files and lines."""
        self.one_contract(self.assets)
        return tuple(sorted(self.faults, key=lambda fault: (fault.file, fault.line, fault.what)))

    def one_contract(self, assets: Mapping[str, Asset]) -> None:
        """Tell two assets that are one contract on one chain: their moves would be the first's."""
        seen: dict[tuple[str, str], str] = {}
        rows = {row["id"]: row for row in reversed(self.by_table.get("assets", []))}
        for asset in sorted(assets.values(), key=lambda asset: asset.id):
            if not asset.chain:
                continue
            first = seen.setdefault((asset.chain, asset.contract), asset.id)
            if first != asset.id:
                self.fault(
                    rows[asset.id],
                    f"cell contract: {asset.id} is the same contract of {asset.chain} as {first}",
                    "keep one row for one contract on one chain",
                )


def _asset(row: FactRow) -> Asset:
    text = row["decimals"]
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > _MOST_DECIMALS:
        raise _WrongCellError(
            f"cell decimals: {text[:40]!r} is no number from 0 to {_MOST_DECIMALS}",
            "write how many places the smallest unit has: 2 for USD, 8 for BTC, 18 for ETH",
        )
    contract = row["contract"].lower()
    if contract and not row["chain"]:
        raise _WrongCellError("cell chain is empty beside a contract", "name the contract's chain")
    return Asset(row["id"], int(text), row["chain"], contract)


def _sentence(row: FactRow) -> Sentence:
    return Sentence(
        row["id"], row["speaker"], row["made_on"], row["about"], row["text"], row["claim"],
        _witness(row),
    )  # fmt: skip


def _witness(row: FactRow) -> WitnessRow:
    return WitnessRow(row.file, f"line {row.line}")


def _standing(row: FactRow) -> str:
    if row["disputed"].lower() not in ("", "no"):
        return DISPUTED
    return row["standing"] or DEFAULT_STANDING


def _content(value: Any) -> tuple[Any, ...]:
    """Return a row's values without its place."""
    return tuple(cell for cell in astuple(value) if not isinstance(cell, WitnessRow))


def _list(text: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[;\s]+", text)))


def _overlap(a: Span, b: Span) -> bool:
    return (a.end is None or b.start is None or b.start < a.end) and (
        b.end is None or a.start is None or a.start < b.end
    )


@lru_cache(maxsize=1 << 16)
def _instant(text: str, zone: str) -> Instant:
    return instant(text, zone)
