"""Census: every account and address of the register, and what looks as if it belonged there.

A suspect is no finding that an address is the exchange's: it is what a careful reader would ask
about, each with its reason and rows. Addresses of the register, and addresses that customers are
known to pay from or to be paid at, are none.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from forthwith.books.account_numbers import plain_number, same_account
from forthwith.books.books import Asset, PlaceAddress, WitnessRow
from forthwith.books.moves import Move
from forthwith.books.places import PlaceIndex, normal_address
from forthwith.books.reckoned import Reckoning
from forthwith.books.register import OWN, Register
from forthwith.domain.chain import ChainRead, ChainTransaction
from forthwith.domain.instants import Instant, instant_text
from forthwith.plain.person_names import spoken

#: (chain, address); the chain of a bank account is "".
_Key = tuple[str, str]


class Reason(StrEnum):
    """Why an address may be the exchange's own."""

    SPENDS_TOGETHER = "spends together"
    CREDITED_DEPOSITS = "receives credited deposits"
    CHANGE = "receives change"
    OWN_TRANSFER = "other side of own transfers"
    NAMED = "named in place_ledger"
    DERIVATION = "derivation index"


@dataclass(frozen=True, slots=True)
class Derived:
    """One address of a descriptor, as custody's means derive it."""

    descriptor: str
    index: int
    chain: str
    address: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One account or address of the register, with what witnesses show of it."""

    place: PlaceAddress
    #: The chain, or the bank where its statements say which.
    institution: str
    first_move: Instant | None
    last_move: Instant | None
    #: By asset: the greatest balance and when it was reached.
    greatest: Mapping[str, tuple[int, Instant]]

    def as_json(self, assets: Mapping[str, Asset]) -> dict[str, object]:
        """Return it with amounts as text."""
        span = self.place.span
        return {
            "place": self.place.place,
            "kind": self.place.kind,
            "class": self.place.klass,
            "holder": self.place.holder,
            "institution": self.institution,
            "number": self.place.address,
            "from": _text(span.start),
            "to": _text(span.end),
            "first_move": _text(self.first_move),
            "last_move": _text(self.last_move),
            "greatest": {
                name: {"amount": assets[name].text(amount), "at": instant_text(when)}
                for name, (amount, when) in self.greatest.items()
            },
            "rows": [str(self.place.witness)],
        }


@dataclass(frozen=True, slots=True)
class Suspect:
    """An address or account in no register that behaves as the exchange's own."""

    chain: str
    address: str
    reasons: tuple[Reason, ...]
    #: One sentence a reason, without full stops.
    why: tuple[str, ...]
    rows: tuple[WitnessRow, ...]

    def as_json(self) -> dict[str, object]:
        """Return keys as books.md section 15 has them, and what stands beside them."""
        return {
            "address": self.address,
            "chain": self.chain,
            "why": "; ".join(self.why),
            "reasons": [str(reason) for reason in self.reasons],
            "rows": [str(row) for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Census:
    """The register as witnesses show it, and what may be missing from it."""

    places: tuple[Listed, ...]
    suspects: tuple[Suspect, ...]
    assets: Mapping[str, Asset] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return keys as books.md section 15 has them."""
        return {
            "places": [place.as_json(self.assets) for place in self.places],
            "suspects": [suspect.as_json() for suspect in self.suspects],
        }


def census(
    reckoning: Reckoning, since: Instant | None = None, derived: Iterable[Derived] = ()
) -> Census:
    """Return every place in force at or after `since`, and suspects over all that is given.

    `derived` are addresses of the register's descriptors by index, as custody derives them.
    """
    found = _Suspects(reckoning, tuple(derived)).found()
    return Census(tuple(_listed(reckoning, since)), found, reckoning.books.assets)


def _text(when: Instant | None) -> str:
    return "" if when is None else instant_text(when)


def _in_order(place: PlaceAddress) -> tuple[str, str, str, Instant]:
    """Put places in one order whatever the order of their rows."""
    start = place.span.start
    return place.place, place.chain, place.address, -(1 << 60) if start is None else start


def _listed(reckoning: Reckoning, since: Instant | None) -> Iterator[Listed]:
    books = reckoning.books
    by_number = {(statement.account, statement.institution) for statement in books.statements}
    banks = {plain_number(number): name for number, name in sorted(by_number) if name}
    #: Rows that begin a balance, and rows of the register, are no moves.
    still = {row.witness for row in books.places}
    still |= {row.witness for row in books.openings}
    still |= {account.opening.witness for account in reckoning.accounts if account.opening}
    changes = defaultdict(list)
    for change in reckoning.held_changes:
        # An account has no chain; its statement and the register may write its number two ways.
        address = normal_address(change.address) if change.chain else ""
        changes[change.place, change.chain, address].append(change)
    for place in sorted(books.places, key=_in_order):
        if since is not None and place.span.end is not None and place.span.end <= since:
            continue
        address = normal_address(place.address) if place.chain else ""
        mine = [
            change
            for change in changes.get((place.place, place.chain, address), [])
            if place.span.holds(change.at)
            and (place.chain or same_account(change.address, place.address))
        ]
        moved = [change.at for change in mine if not set(change.rows) <= still]
        balances: dict[str, int] = defaultdict(int)
        greatest: dict[str, tuple[int, Instant]] = {}
        for number, change in enumerate(mine):
            balances[change.asset] += change.delta
            following = mine[number + 1] if number + 1 < len(mine) else None
            if following and (following.at, following.asset) == (change.at, change.asset):
                # What comes and goes in one instant was never there.
                continue
            most = greatest.get(change.asset, (0, change.at))
            if balances[change.asset] > most[0]:
                greatest[change.asset] = (balances[change.asset], change.at)
        yield Listed(
            place,
            place.chain or banks.get(plain_number(place.address), ""),
            min(moved, default=None),
            max(moved, default=None),
            dict(sorted(greatest.items())),
        )


class _Suspects:
    """Gathers reasons by address."""

    def __init__(self, reckoning: Reckoning, derived: Sequence[Derived]) -> None:
        self._reckoning, self._derived = reckoning, derived
        self._books = reckoning.books
        self._index = PlaceIndex(reckoning.books.places)
        self._register = Register(reckoning.books)
        self._register.take(reckoning.moves)
        self._chain_of = {
            row.id: read.chain for read in reckoning.books.chains for row in read.transactions
        }
        self._reasons: dict[_Key, dict[Reason, tuple[str, set[WitnessRow]]]] = defaultdict(dict)
        #: Where customers pay from, and where they are paid.
        self._customers = self._customer_addresses()
        self._matched = {
            match.move.id for match in reckoning.matches if match.joined and match.move is not None
        }

    def found(self) -> tuple[Suspect, ...]:
        """Return every suspect, by chain and address."""
        self._credited()
        self._together()
        self._change()
        self._own_accounts()
        self._named()
        self._derivation()
        return tuple(
            Suspect(
                chain,
                address,
                tuple(reasons),
                tuple(why for why, _ in reasons.values()),
                tuple(sorted({row for _, rows in reasons.values() for row in rows})),
            )
            for (chain, address), reasons in sorted(self._reasons.items())
        )

    def _add(self, key: _Key, reason: Reason, why: str, rows: Iterable[WitnessRow]) -> None:
        """Keep a reason; of one reason the first sentence and every row."""
        chain, address = key
        if not address or address.startswith(("script:", "scripthash:")):
            return
        if self._index.rows_of(chain, address):
            return
        self._reasons[key].setdefault(reason, (why, set()))[1].update(rows)

    def _key(self, move: Move, address: str) -> _Key:
        if move.kind == "bank":
            return "", "".join(address.split())
        return self._chain_of.get(move.reference, ""), normal_address(address)

    def _customer_addresses(self) -> set[_Key]:
        """Return addresses and accounts that customers' matched rows pay from or to."""
        found: set[_Key] = set()
        for match in self._reckoning.matches:
            move, row = match.move, match.ledger
            if not match.joined or move is None or row is None:
                continue
            theirs = move.source_address if row.amount > 0 else move.target_address
            found.add(self._key(move, theirs))
        return found

    def _credited(self) -> None:
        for match in self._reckoning.matches:
            move, row = match.move, match.ledger
            if not match.joined or move is None or row is None or row.amount <= 0:
                continue
            if self._register.class_of(move.target, move.arrived):
                continue
            key = self._key(move, move.target_address)
            why = f"{row.account} was credited by row {row.row} with what came in there"
            self._add(key, Reason.CREDITED_DEPOSITS, why, (row.witness, *move.witnesses))

    def _together(self) -> None:
        """Follow common inputs from the exchange's own addresses, as far as they lead."""
        for read in self._books.chains:
            if read.kind != "bitcoin":
                # On other chains one transaction has one sender, whoever else's value it moves.
                continue
            spends = [(row, payers) for row in read.transactions if len(payers := _payers(row)) > 1]
            ours = {
                address
                for address in self._index.addresses(read.chain)
                if any(row.klass in OWN for row in self._index.rows_of(read.chain, address))
            }
            waiting = True
            while waiting:
                waiting = False
                for row, payers in spends:
                    known = payers & ours
                    strangers = {
                        address
                        for address in payers - ours
                        if not self._index.rows_of(read.chain, address)
                        and (read.chain, address) not in self._customers
                    }
                    if not known or not strangers:
                        continue
                    waiting = True
                    ours |= strangers
                    self._add_together(read, row, known, strangers)

    def _add_together(
        self, read: ChainRead, row: ChainTransaction, known: set[str], strangers: set[str]
    ) -> None:
        with_ = min(known, key=lambda name: (not self._index.rows_of(read.chain, name), name))
        of = next((place.place for place in self._index.rows_of(read.chain, with_)), "")
        for address in strangers:
            legs = [leg for leg in row.legs if leg.address in (address, with_) and leg.amount < 0]
            self._add(
                (read.chain, address),
                Reason.SPENDS_TOGETHER,
                f"it spends together with {with_}{f' of {of}' if of else ''} in {row.id}",
                (WitnessRow(row.file, f"{row.id} {leg.row}") for leg in legs),
            )

    def _change(self) -> None:
        """Take what nobody was paid, beside what somebody was, in one transaction of ours."""
        by_transaction: dict[str, list[Move]] = defaultdict(list)
        for move in self._reckoning.moves:
            if move.kind == "chain" and not move.is_fee and not move.target.startswith("passing:"):
                by_transaction[move.reference].append(move)
        bitcoin = {read.chain for read in self._books.chains if read.kind == "bitcoin"}
        for reference, moves in by_transaction.items():
            if self._chain_of.get(reference) not in bitcoin or len(moves) < 2:
                continue
            own = all(
                self._register.is_own(place, move.left)
                for move in moves
                for place in self._register.sources(move)
            )
            rest = [move for move in moves if move.id not in self._matched]
            if not own or len(rest) == len(moves):
                continue
            for move in rest:
                key = self._key(move, move.target_address)
                if move.target.startswith("address:") and key not in self._customers:
                    why = f"it receives what is left of {reference}, which no row says was paid"
                    self._add(key, Reason.CHANGE, why, move.witnesses)

    def _own_accounts(self) -> None:
        """Take unregistered accounts that carry the exchange's name, or are its by bank_parties."""
        holders = {row.holder for row in self._books.places if row.klass in OWN and row.holder}
        names = [spoken(row.name) for row in self._books.names if row.entity in holders]
        theirs = {
            _digits(row.account): row for row in self._books.bank_parties if row.entity in holders
        }
        for move in self._reckoning.moves:
            if move.kind != "bank":
                continue
            words = spoken(move.party)
            # The account's name begins with the entity's: "Veld Exchange FBO Customers".
            named = any(name and words[: len(name)] == name for name in names)
            for side, number in (
                (move.source, move.source_address), (move.target, move.target_address),
            ):  # fmt: skip
                if self._register.rows_of(side.removeprefix("transit:")) or not number:
                    continue
                row = theirs.get(_digits(number))
                if named or row is not None:
                    who = move.party if named else row.entity if row else ""
                    why = f"it is an account of {who}, and the other side of {move.reference}"
                    rows = (*move.witnesses, *((row.witness,) if row else ()))
                    self._add(self._key(move, number), Reason.OWN_TRANSFER, why, rows)

    def _named(self) -> None:
        """Take addresses of moves whose entry names a place that the register does not have."""
        for match in self._reckoning.matches:
            entry, move = match.entry, match.move
            if not match.joined or entry is None or move is None:
                continue
            for name, side, address in (
                (entry.source, move.source, move.source_address),
                (entry.target, move.target, move.target_address),
            ):
                if (
                    name
                    and not self._register.rows_of(name)
                    and side.startswith(("address:", "account:", "party:"))
                ):
                    why = f"entry {entry.entry} of place_ledger calls it {name}"
                    rows = (entry.witness, *move.witnesses)
                    self._add(self._key(move, address), Reason.NAMED, why, rows)

    def _derivation(self) -> None:
        """Take addresses of indices between registered ones, and later ones that were used."""
        by_descriptor: dict[str, list[Derived]] = defaultdict(list)
        for row in self._derived:
            by_descriptor[row.descriptor].append(row)
        used: dict[_Key, list[WitnessRow]] = defaultdict(list)
        if self._derived:
            for read in self._books.chains:
                for transaction in read.transactions:
                    for leg in transaction.legs:
                        used[read.chain, leg.address].append(
                            WitnessRow(transaction.file, f"{transaction.id} {leg.row}")
                        )
        for descriptor, rows in sorted(by_descriptor.items()):
            known = [row.index for row in rows if self._index.rows_of(row.chain, row.address)]
            for row in sorted(rows, key=lambda row: row.index):
                key = (row.chain, normal_address(row.address))
                between = bool(known) and min(known) < row.index < max(known)
                if between or key in used:
                    where = "lies between registered ones" if between else "was used"
                    why = f"index {row.index} of {_short(descriptor)} {where}"
                    self._add(key, Reason.DERIVATION, why, used.get(key, ()))


def _payers(row: ChainTransaction) -> set[str]:
    return {leg.address for leg in row.legs if leg.amount < 0 and leg.address}


def _digits(number: str) -> str:
    return re.sub(r"[\s-]", "", number).casefold()


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:40]}…{text[-16:]}"
