"""Moves of bank accounts: each entry of a statement, and a transfer told by two statements once.

A row counts from the end of its booking day. What one account's own statement does not show never
changes its balance: a debit towards an account whose statement has no credit goes to
"transit:PLACE", until that statement shows it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from forthwith.books.account_numbers import fullest
from forthwith.books.bank_accounts import AccountEntry, BankAccount
from forthwith.books.books import Asset, Parameters, PlaceAddress
from forthwith.books.moves import Move
from forthwith.domain.instants import Instant, day_end, day_start

#: Days between the debit and the credit of one transfer that no reference joins.
WINDOW = timedelta(days=2)
#: Days between them where the same reference and amount recur, as a monthly rent's do.
RECURRING = timedelta(days=10)
_HASH = re.compile(r"(?:0x)?([0-9a-f]{64})(?:[:/\-]\d+)?", re.ASCII)
#: What files write where they have no reference.
_NONE = frozenset({"", "notprovided", "nonref", "none", "n/a", "-", "0"})


def reference_key(text: str) -> str:
    """Return a reference as it is compared; "" where the text is none.

    Ids of transactions are compared without `0x` and the number of an output.
    """
    key = " ".join(text.split()).casefold()
    if key in _NONE:
        return ""
    match = _HASH.fullmatch(key)
    return match[1] if match else key


@dataclass(frozen=True, slots=True)
class BankPlace:
    """A bank account that statements show, and the place it is."""

    account: BankAccount
    asset: Asset
    #: None: it is in no row of places.
    rows: tuple[PlaceAddress, ...]
    #: Every way its number is written, as compared.
    numbers: frozenset[str] = frozenset()

    def place_at(self, when: Instant) -> str:
        """Return the place at an instant: "account:N" while the account is not registered."""
        row = next((row for row in self.rows if row.span.holds(when)), None)
        return row.place if row else f"account:{self.account.account}"


@dataclass(frozen=True, slots=True)
class BankMoves:
    """What the statements of all accounts came to."""

    moves: tuple[Move, ...] = ()
    places: tuple[BankPlace, ...] = ()
    notes: tuple[str, ...] = ()


def bank_moves(
    accounts: Sequence[BankAccount],
    places: Sequence[PlaceAddress],
    assets: Mapping[str, Asset],
    parameters: Parameters,
) -> BankMoves:
    """Return the moves of accounts in order of (left, order, id).

    An account in a currency that is no asset gives none, and a note.
    """
    ours = [row for row in places if row.kind == "bank account"]
    full = fullest(
        number
        for number in (
            *(row.address for row in ours),
            *(number for account in accounts for number in (account.account, *account.names)),
            *(entry.party_account for account in accounts for entry in account.entries),
        )
        if number
    )
    registered: dict[str, list[PlaceAddress]] = defaultdict(list)
    for row in ours:
        registered[full[row.address]].append(row)
    found: list[BankPlace] = []
    notes: list[str] = []
    for account in sorted(accounts, key=lambda account: (account.account, account.currency)):
        asset = assets.get(account.currency)
        if asset is None or asset.chain:
            notes.append(
                f"account {account.account} is in {account.currency}, which is no asset without a "
                "chain: its amounts are in no figure"
            )
            continue
        keys = frozenset(full[name] for name in (account.account, *account.names))
        rows = tuple(row for key in sorted(keys) for row in registered.get(key, ()))
        found.append(BankPlace(account, asset, rows, keys))
    maker = _Maker(found, registered, full, parameters.zone)
    return BankMoves(maker.moves(), tuple(found), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Line:
    """One entry of one account."""

    at: BankPlace
    entry: AccountEntry
    keys: frozenset[str]
    #: Account of the other side, as compared.
    other: str

    @property
    def order(self) -> tuple[date, str, str, int]:
        return (
            self.entry.booked, self.at.account.account, self.at.account.currency, self.entry.order
        )  # fmt: skip


@dataclass(slots=True)
class _Maker:
    accounts: Sequence[BankPlace]
    registered: Mapping[str, Sequence[PlaceAddress]]
    #: The fullest way of writing each number.
    full: Mapping[str, str]
    zone: str
    #: How often an id was given already.
    ids: dict[str, int] = field(default_factory=dict)

    def moves(self) -> tuple[Move, ...]:
        lines = [
            _Line(
                at,
                entry,
                frozenset(filter(None, map(reference_key, entry.references))),
                self.full.get(entry.party_account, ""),
            )
            for at in self.accounts
            for entry in at.account.entries
            if entry.amount
        ]
        lines.sort(key=lambda line: line.order)
        pairs = _pairs(lines)
        paired = {id(credit) for credit in pairs.values()}
        found = [self.move(line, pairs.get(id(line))) for line in lines if id(line) not in paired]
        return tuple(sorted(found, key=lambda move: (move.left, move.order, move.id)))

    def move(self, line: _Line, credit: _Line | None) -> Move:
        """Return the move of an entry, or of a debit with the credit it became."""
        entry, amount = line.entry, line.entry.amount
        when = day_end(entry.booked, self.zone)
        own = line.at.place_at(when)
        name = f"bank:{line.at.account.account}:{(*entry.references, entry.booked.isoformat())[0]}"
        self.ids[name] = self.ids.get(name, 0) + 1
        if self.ids[name] > 1:
            name = f"{name}#{self.ids[name]}"
        arrived, other, number = when, self.other_side(line, when), entry.party_account
        arrived_order: tuple[int, ...] = ()
        witnesses, references, party = entry.witnesses, entry.references, entry.party
        if credit is not None:
            arrived = day_end(credit.entry.booked, self.zone)
            arrived_order = (0, credit.entry.order)
            other, number = credit.at.place_at(arrived), credit.at.account.account
            witnesses = (*witnesses, *credit.entry.witnesses)
            references = tuple(dict.fromkeys((*references, *credit.entry.references)))
            party = party or credit.entry.party
        own_number = line.at.account.account
        return Move(
            id=name,
            asset=line.at.asset.id,
            amount=abs(amount),
            source=own if amount < 0 else other,
            target=other if amount < 0 else own,
            left=when,
            arrived=arrived,
            order=(0, entry.order),
            reference=references[0] if references else "",
            source_address=own_number if amount < 0 else number,
            target_address=number if amount < 0 else own_number,
            party=party,
            kind="bank",
            witnesses=witnesses,
            arrived_order=arrived_order,
            references=references,
        )

    def other_side(self, line: _Line, when: Instant) -> str:
        """Return who is on the other side of an entry that no second statement tells."""
        rows = self.registered.get(line.other, ()) if line.other else ()
        row = next((row for row in rows if row.span.holds(when)), None)
        if row is not None:
            # What its own statements do not show, or not yet, has not arrived.
            shown = any(at.asset is line.at.asset and row in at.rows for at in self.accounts)
            return f"transit:{row.place}" if shown else row.place
        if line.entry.party_account:
            return f"account:{''.join(line.entry.party_account.split())}"
        return f"party:{line.entry.party or 'unnamed'}"


def _pairs(lines: Iterable[_Line]) -> dict[int, _Line]:
    """Return by debit (its `id`) the credit on another of our accounts that it became.

    (1) By a reference both have. (2) By the account each names, the amount, and being the only
    pair within two days. Nothing is joined that names a third account.
    """
    debits = [line for line in lines if line.entry.amount < 0]
    incoming = [line for line in lines if line.entry.amount > 0]
    found: dict[int, _Line] = {}
    used: set[int] = set()

    by_reference: dict[tuple[str, str, int], list[_Line]] = defaultdict(list)
    by_amount: dict[tuple[str, int], list[_Line]] = defaultdict(list)
    for credit in incoming:
        for key in credit.keys:
            by_reference[credit.at.asset.id, key, credit.entry.amount].append(credit)
        by_amount[credit.at.asset.id, credit.entry.amount].append(credit)

    senders = Counter(
        (debit.at.asset.id, key, -debit.entry.amount) for debit in debits for key in debit.keys
    )
    for debit in debits:
        fits = {
            id(credit): credit
            for key in debit.keys
            for credit in by_reference.get((debit.at.asset.id, key, -debit.entry.amount), ())
            if id(credit) not in used
            and _may_be_one(debit, credit)
            and (
                abs(credit.entry.booked - debit.entry.booked) <= RECURRING
                or senders[debit.at.asset.id, key, -debit.entry.amount] == 1
            )
        }
        if fits:
            credit = min(fits.values(), key=lambda credit: _nearness(debit, credit))
            found[id(debit)] = credit
            used.add(id(credit))

    choices: dict[int, list[_Line]] = {}
    wanted: dict[int, int] = defaultdict(int)
    for debit in debits:
        if id(debit) in found:
            continue
        choices[id(debit)] = [
            credit
            for credit in by_amount.get((debit.at.asset.id, -debit.entry.amount), ())
            if id(credit) not in used
            and (debit.other or credit.other)
            and abs(credit.entry.booked - debit.entry.booked) <= WINDOW
            and _may_be_one(debit, credit)
        ]
        for credit in choices[id(debit)]:
            wanted[id(credit)] += 1
    for debit_id, fitting in choices.items():
        if len(fitting) == 1 and wanted[id(fitting[0])] == 1:
            found[debit_id] = fitting[0]
    return found


def _may_be_one(debit: _Line, credit: _Line) -> bool:
    """Return whether neither side names an account that is not the other's."""
    return (
        debit.at is not credit.at
        and bool(debit.at.rows and credit.at.rows)
        and (not debit.other or debit.other in credit.at.numbers)
        and (not credit.other or credit.other in debit.at.numbers)
    )


def _nearness(debit: _Line, credit: _Line) -> tuple[int, bool, tuple[date, str, str, int]]:
    days = (credit.entry.booked - debit.entry.booked).days
    return abs(days), days < 0, credit.order


def opening_instant(place: BankPlace, zone: str) -> Instant | None:
    """Return the last instant before the day that an account's opening balance is of."""
    opening = place.account.opening
    return None if opening is None else day_start(opening.day, zone) - 1
