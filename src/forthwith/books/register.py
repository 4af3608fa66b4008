"""Who is who to a move: own places, places of others, and what lies outside the register."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.books.bank_moves import reference_key
from forthwith.books.books import (
    Affiliation,
    Books,
    CustomerAccount,
    DepositAddress,
    EntityName,
    PlaceAddress,
)
from forthwith.books.moves import Move
from forthwith.books.places import PART, normal_address
from forthwith.domain.instants import Instant

#: Classes of places that are the exchange's own: what lies there is customers' or the house's.
OWN = ("customer", "house")


@dataclass(slots=True)
class Register:
    """Places, deposit addresses and names, asked by move."""

    books: Books
    classes: Mapping[str, Sequence[PlaceAddress]] = field(init=False)
    deposits: Mapping[str, Sequence[DepositAddress]] = field(init=False)
    #: Payers of each passing fund.
    payers: dict[str, list[str]] = field(default_factory=dict)
    _accounts: Mapping[str, CustomerAccount] = field(init=False)
    _addresses: dict[str, list[PlaceAddress]] = field(init=False)
    _banks: Mapping[str, str] = field(init=False)
    _names: dict[str, list[EntityName]] = field(init=False)
    _affiliations: dict[str, list[Affiliation]] = field(init=False)
    _holders: set[str] = field(init=False)
    #: Entity of a customer account: "customer", or "house" where it has the house's accounts only.
    _customers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        classes: dict[str, list[PlaceAddress]] = defaultdict(list)
        for row in sorted(self.books.places, key=_start):
            classes[row.place].append(row)
        self.classes = dict(classes)
        deposits: dict[str, list[DepositAddress]] = defaultdict(list)
        for deposit in self.books.deposit_addresses:
            deposits[normal_address(deposit.address)].append(deposit)
        self.deposits = dict(deposits)
        self._accounts = {row.account: row for row in sorted(self.books.accounts, key=_start)}
        self._addresses = defaultdict(list)
        for place in self.books.places:
            if place.chain:
                self._addresses[normal_address(place.address)].append(place)
        self._names = defaultdict(list)
        for name in self.books.names:
            self._names[name.name.casefold().strip()].append(name)
        self._affiliations = defaultdict(list)
        for affiliation in self.books.affiliations:
            self._affiliations[affiliation.entity].append(affiliation)
        self._holders = {row.holder for row in self.books.places if row.klass in OWN}
        self._customers = {}
        for account in self.books.accounts:
            if account.entity and account.klass != "house":
                self._customers[account.entity] = "customer"
            elif account.entity:
                self._customers.setdefault(account.entity, "house")
        self._banks = {row.account: row.entity for row in self.books.bank_parties}

    def take(self, moves: Iterable[Move]) -> None:
        """Learn who pays into each passing fund."""
        for move in moves:
            if move.target.startswith("passing:"):
                self.payers.setdefault(move.target, []).append(move.source)

    def class_of(self, place: str, when: Instant) -> str:
        """Return the class of a registered place at an instant, "" of any other."""
        rows = self.rows_of(place)
        if not rows:
            return ""
        return next((row.klass for row in rows if row.span.holds(when)), rows[0].klass)

    def holder_of(self, place: str) -> str:
        """Return who holds a registered place, "" where no row says it."""
        rows = self.rows_of(place)
        return rows[0].holder if rows else ""

    def rows_of(self, place: str) -> Sequence[PlaceAddress]:
        """Return the rows of a place, or of the place that an address of it stands for."""
        return self.classes.get(place) or self.classes.get(place.rpartition(PART)[0], ())

    def names_of(self, place: str, address: str) -> frozenset[str]:
        """Return every name of one side of a move: its wallet's, and that it has another day."""
        names = {place.removeprefix("transit:"), place.rpartition(PART)[0]}
        names |= {row.place for row in self._addresses.get(normal_address(address), ())}
        return frozenset(filter(None, names))

    def is_listed(self, place: str) -> bool:
        """Return whether "address:A" is an address that is registered another day."""
        kind, _, address = place.partition(":")
        return kind == "address" and normal_address(address) in self._addresses

    def is_own(self, place: str, when: Instant) -> bool:
        """Return whether value there is in the exchange's own hands, or on its way to them."""
        return self.class_of(place.removeprefix("transit:"), when) in OWN

    def sources(self, move: Move) -> tuple[str, ...]:
        """Return who pays a move: its source, or the payers of the fund it leaves."""
        if move.source.startswith("passing:"):
            return tuple(self.payers.get(move.source, ()))
        return (move.source,)

    def leaves_own(self, move: Move) -> bool:
        """Return whether some of it comes from an own place."""
        return any(self.is_own(place, move.left) for place in self.sources(move))

    def reaches_own(self, move: Move) -> bool:
        """Return whether it goes to an own place."""
        return self.is_own(move.target, move.arrived)

    def depositor(self, move: Move) -> str:
        """Return whose deposit address it goes to at that instant, "" where to none."""
        return self.owner_of(move.target_address, move.arrived) if move.kind == "chain" else ""

    def owner_of(self, address: str, when: Instant) -> str:
        """Return the customer account that an address was given to at an instant."""
        rows = self.deposits.get(normal_address(address), ()) if address else ()
        return next((row.account for row in rows if row.span.holds(when)), "")

    def entity_of(self, account: str) -> str:
        """Return the entity of a customer account, "" where no row says it."""
        row = self._accounts.get(account)
        return row.entity if row else ""

    def party(self, number: str, name: str, when: Instant) -> str:
        """Return the entity of a bank account number or of a name that holds at an instant."""
        if entity := self._banks.get("".join(number.split()), ""):
            return entity
        rows = self._names.get(name.casefold().strip(), ())
        return next((row.entity for row in rows if row.span.holds(when)), "")

    def is_affiliate(self, entity: str, when: Instant) -> bool:
        """Return whether an entity is somebody's affiliate at an instant."""
        return any(row.span.holds(when) for row in self._affiliations.get(entity, ()))

    def class_of_party(self, number: str, name: str, when: Instant) -> str:
        """Return the class of somebody outside the register, "" where nothing says it.

        An affiliate that is a customer too is an affiliate: what no row credits may be its loan.
        """
        entity = self.party(number, name, when)
        if not entity:
            return ""
        if entity in self._holders:
            return "house"
        if self.is_affiliate(entity, when):
            return "affiliate"
        return self._customers.get(entity, "vendor")


class MoveIndex:
    """Moves by reference, and by amount and a word that says whose they are."""

    def __init__(self, moves: Sequence[Move], register: Register) -> None:
        self.by_reference: dict[tuple[str, str], list[Move]] = defaultdict(list)
        self._moves = [move for move in moves if not move.target.startswith("passing:")]
        self._register = register
        for move in self._moves:
            for key in keys_of(move):
                self.by_reference[key, move.asset].append(move)
        #: Filled when first asked: asset, amount, word to moves in time.
        self._by_word: dict[tuple[str, int, str], list[Move]] = {}

    def within(
        self, asset: str, amount: int, words: Iterable[str], when: Instant, seconds: int
    ) -> list[Move]:
        """Return moves of an amount that any word is about and that left near an instant.

        Near: so many seconds before or after. Words are those of `words_of`.
        """
        if not self._by_word:
            for move in self._moves:
                for word in words_of(move, self._register):
                    self._by_word.setdefault((move.asset, move.amount, word), []).append(move)
        found: dict[str, Move] = {}
        for word in words:
            moves = self._by_word.get((asset, amount, word), ())
            first = bisect_left(moves, when - seconds, key=_left)
            last = bisect_right(moves, when + seconds, key=_left)
            found.update((move.id, move) for move in moves[first:last])
        return sorted(found.values(), key=lambda move: (move.left, move.order, move.id))


def words_of(move: Move, register: Register) -> frozenset[str]:
    """Return words a row may find a move by: sides, places, whose deposit address, which entity."""
    sides = {move.source_address, move.target_address, move.party}
    words = {f"side:{normal_address(side)}" for side in sides if side}
    words |= {f"deposit:{register.depositor(move)}"}
    for number in (move.source_address, move.target_address):
        if entity := register.party(number, move.party, move.left):
            words.add(f"entity:{entity}")
    for of, address in (
        *((source, move.source_address) for source in register.sources(move)),
        (move.target, move.target_address),
    ):
        words |= {f"place:{name}" for name in register.names_of(of, address)}
    return frozenset(words)


def _left(move: Move) -> Instant:
    return move.left


def keys_of(move: Move) -> frozenset[str]:
    """Return every reference of a move as it is compared."""
    texts = move.references or (move.reference,)
    return frozenset(filter(None, map(reference_key, texts)))


def _start(row: PlaceAddress | CustomerAccount) -> tuple[int, str]:
    span, witness = row.span, row.witness
    return (-(1 << 60) if span.start is None else span.start), str(witness)
