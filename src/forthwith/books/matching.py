"""Rows of ledgers held against moves: what each row is the record of, and what is doubtful.

In the order of books.md section 3, each row and each side of a move used once: (1) same reference,
asset, direction, amount; (2) same reference, asset, direction, another amount; (3) no reference on
one side: same asset, direction, amount, deposit address or bank party, within two days, and unique
on both sides. What is not unique is ambiguous: nothing is guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from forthwith.books.bank_moves import reference_key
from forthwith.books.books import LedgerRow, PlaceEntry
from forthwith.books.moves import Move
from forthwith.books.places import PART, normal_address
from forthwith.books.reckoned import Match
from forthwith.books.register import MoveIndex, Register, keys_of
from forthwith.domain.instants import DAY, Instant

#: Kinds of rows that tell of value coming in or going out.
OUTWARD = frozenset({"deposit", "withdrawal", "chargeback"})
#: Kinds that never do, whatever their reference says.
INWARD = frozenset({"opening", "trade", "fee"})
WINDOW = 2 * DAY
#: Rows times moves of one reference that are still compared one by one.
_MOST_PAIRS = 1_000_000
_IN, _OUT = "in", "out"


def ledger_matches(
    rows: Sequence[LedgerRow], moves: Sequence[Move], register: Register
) -> tuple[Match, ...]:
    """Return one Match for every row that tells of a move, in order of rows in time."""
    return tuple(_Ledger(MoveIndex(moves, register), register).matches(rows))


def entry_matches(
    entries: Sequence[PlaceEntry], moves: Sequence[Move], register: Register
) -> tuple[Match, ...]:
    """Return one Match for every entry of the ledger of places that is no regrouping."""
    return tuple(_Entries(MoveIndex(moves, register), register).matches(entries))


def regroups(entry: PlaceEntry) -> bool:
    """Return whether an entry only says for whom value lies where it lies."""
    return bool(entry.source) and entry.source == entry.target


def unmatched_moves(
    moves: Iterable[Move], matches: Iterable[Match], register: Register
) -> tuple[Match, ...]:
    """Return a Match "move_only" for each move over the border of customers' places without a row.

    An entry of the ledger of places is a row too. What is earlier than a place's opening is in it.
    """
    opened: dict[tuple[str, str], Instant] = {}
    for opening in register.books.openings:
        opened[opening.place, opening.asset] = opening.at
    told = {match.move.id for match in matches if match.move is not None}
    found = []
    for move in moves:
        if move.id in told or move.is_fee or move.target.startswith("passing:"):
            continue
        comes, goes = register.reaches_own(move), register.leaves_own(move)
        place = move.target if comes else "; ".join(register.sources(move))
        if comes == goes or not _customers(move, register):
            continue
        places = (move.target,) if comes else register.sources(move)
        if any(
            opened.get((place.partition(PART)[0], move.asset), move.left - 1) >= move.left
            for place in places
        ):
            continue
        direction = "came in" if comes else "went out"
        why = f"{move.id} {direction} at {place}, and no row of a ledger tells of it"
        found.append(Match("move_only", None, None, move, why))
    return tuple(found)


def _customers(move: Move, register: Register) -> bool:
    return register.class_of(move.target, move.arrived) == "customer" or any(
        register.class_of(place, move.left) == "customer" for place in register.sources(move)
    )


@dataclass(slots=True)
class _Ledger:
    index: MoveIndex
    register: Register
    #: (id of move, direction) that a row has.
    used: set[tuple[str, str]] = field(default_factory=set)
    found: dict[int, Match] = field(default_factory=dict)
    #: Other sides of each customer's bank moves: account numbers, names. An address that paid is
    #: nobody's alone: an exchange pays many from it.
    parties: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def matches(self, rows: Sequence[LedgerRow]) -> Iterator[Match]:
        rows = sorted(rows, key=_ledger_order)
        telling = [row for row in rows if row.kind not in INWARD and row.amount]
        groups: dict[tuple[str, str, str], list[LedgerRow]] = defaultdict(list)
        for row in telling:
            if key := reference_key(row.reference):
                groups[key, row.asset, _direction(row)].append(row)
        for (key, asset, direction), group in groups.items():
            self.same_reference(group, self.index.by_reference.get((key, asset), ()), direction)
        self.same_party([row for row in telling if id(row) not in self.found])
        self.reversals(telling)
        for row in telling:
            match = self.found.get(id(row))
            if match is None and (row.kind in OUTWARD or row.kind == "reversal"):
                why = f"row {row.row} is a {row.kind}, and no move was found for it"
                match = Match("ledger_only", row, None, None, why)
            if match is not None:
                yield match

    def fits(self, move: Move, direction: str) -> bool:
        """Return whether a move has a side that a row of this direction can be about."""
        comes, goes = self.register.reaches_own(move), self.register.leaves_own(move)
        if comes and goes:
            # Between own places: where a customer pays into a deposit address, or where value
            # crosses between customers' places and the house's.
            target = self.register.class_of(move.target, move.arrived)
            crosses = target not in {
                self.register.class_of(place, move.left) for place in self.register.sources(move)
            }
            return bool(self.register.depositor(move)) or (
                crosses and (target == "customer") == (direction == _IN)
            )
        if direction == _IN:
            # A customer's deposit address is the customer's before anybody registers it.
            return comes or bool(self.register.depositor(move))
        return goes and not move.is_fee

    def may_be(self, move: Move) -> bool:
        """Return whether a row that names its reference and amount can be about it."""
        return not move.is_fee and self.register.reaches_own(move) == self.register.leaves_own(move)

    def join(self, kind: str, row: LedgerRow, move: Move, direction: str, why: str) -> None:
        self.used.add((move.id, direction))
        self.found[id(row)] = Match(kind, row, None, move, why)
        if move.kind == "bank":
            self.parties[row.account].update(filter(None, _other_side(move, direction)))

    def same_reference(
        self, rows: Sequence[LedgerRow], moves: Sequence[Move], direction: str
    ) -> None:
        """Join the rows of one reference: (1), then (2), then the rows that come too late."""
        fitting = [move for move in moves if self.fits(move, direction)]
        # Between own places of one class, and beside all of them, only one amount convinces.
        aside = [] if fitting else [move for move in moves if self.may_be(move)]
        of_amount: dict[int, list[Move]] = defaultdict(list)
        of_customer: dict[tuple[int, str], list[Move]] = defaultdict(list)
        # Reversed, for the first is taken from the end.
        for move in reversed((*fitting, *aside)):
            of_amount[move.amount].append(move)
            of_customer[move.amount, self.register.depositor(move)].append(move)
        for own_address in (True, False):
            for row in rows:
                if id(row) in self.found:
                    continue
                amount = abs(row.amount)
                choice = of_customer[amount, row.account] if own_address else of_amount[amount]
                while choice and not self.is_free(choice[-1], direction):
                    choice.pop()
                if choice:
                    move = choice.pop()
                    why = f"row {row.row} and {move.id} have one reference, direction and amount"
                    self.join("reference", row, move, direction, why)
        self.left_over(rows, fitting, direction)

    def left_over(self, rows: Sequence[LedgerRow], fitting: Sequence[Move], direction: str) -> None:
        """Join by (2) what (1) left of one reference, and tell what comes too late."""
        left = [row for row in rows if id(row) not in self.found and row.kind in OUTWARD]
        free = [move for move in fitting if self.is_free(move, direction)]
        if len(free) == 1 < len(left) and sum(abs(row.amount) for row in left) == free[0].amount:
            # One transaction to several deposit addresses of one place is one move of it.
            for row in left:
                why = f"row {row.row} and others of its reference are together {free[0].id}"
                self.join("reference", row, free[0], direction, why)
            return
        own: dict[str, list[Move]] = defaultdict(list)
        for move in free:
            own[self.register.depositor(move)].append(move)
        customers = Counter(row.account for row in left)
        for row in left:
            if len(own.get(row.account, ())) == 1 and customers[row.account] == 1:
                self.another_amount(row, own[row.account][0], direction)
        left = [row for row in left if id(row) not in self.found]
        free = [move for move in free if self.is_free(move, direction)]
        if len(free) == 1 and len({(row.account, row.amount) for row in left}) == 1:
            # Repeats of one row: the first is the record, the others come too late.
            self.another_amount(left[0], free[0], direction)
            self.too_late(left[1:], some_joined=True)
        elif free:
            for row in left:
                self.ambiguous(row, free)
        else:
            self.too_late(left, some_joined=len(left) < len(rows))

    def too_late(self, rows: Sequence[LedgerRow], *, some_joined: bool) -> None:
        """Tell rows whose reference another row has already."""
        seen: set[tuple[str, int]] = set()
        for row in rows:
            if some_joined or (row.account, row.amount) in seen:
                why = f"row {row.row}: reference {row.reference} is another row's already"
                self.found[id(row)] = Match("duplicate", row, None, None, why)
            seen.add((row.account, row.amount))

    def is_free(self, move: Move, direction: str) -> bool:
        """Return whether this side of a move has no row yet; what passes by has one side only."""
        if (move.id, direction) in self.used:
            return False
        other = _OUT if direction == _IN else _IN
        passes = not (self.register.reaches_own(move) or self.register.leaves_own(move))
        return not passes or (move.id, other) not in self.used

    def another_amount(self, row: LedgerRow, move: Move, direction: str) -> None:
        why = f"row {row.row} and {move.id} have one reference, but not one amount"
        self.join("amount", row, move, direction, why)

    def ambiguous(self, row: LedgerRow, moves: Sequence[Move]) -> None:
        names = ", ".join(move.id for move in moves[:5])
        why = f"row {row.row} fits {len(moves)} moves, and nothing says which: {names}"
        self.found[id(row)] = Match("ambiguous", row, None, None, why)

    def same_party(self, rows: Sequence[LedgerRow]) -> None:
        """Join rows to moves where one of them has no reference: (3)."""
        choices: dict[int, list[Move]] = {}
        wanted: dict[tuple[str, str], int] = defaultdict(int)
        rows = [row for row in rows if row.kind in OUTWARD]
        for row in rows:
            direction = _direction(row)
            referenced = bool(reference_key(row.reference))
            choices[id(row)] = [
                move
                for move in self.index.within(
                    row.asset, abs(row.amount), self.words(row), row.effective, WINDOW
                )
                if self.is_free(move, direction)
                and not (referenced and keys_of(move))
                and self.fits(move, direction)
                and self.is_party(row, move, direction)
            ]
            for move in choices[id(row)]:
                wanted[move.id, direction] += 1
        for row in rows:
            direction, moves = _direction(row), choices[id(row)]
            if len(moves) == 1 and wanted[moves[0].id, direction] == 1:
                why = (
                    f"row {row.row} and {moves[0].id} are the only ones of their amount and party "
                    "within two days"
                )
                self.join("unique", row, moves[0], direction, why)
            elif moves:
                self.ambiguous(row, moves)

    def words(self, row: LedgerRow) -> set[str]:
        """Return what a move of the row's customer may be found by."""
        words = {f"deposit:{row.account}", f"entity:{self.register.entity_of(row.account)}"}
        words |= {f"side:{normal_address(word.strip('.,;:()'))}" for word in row.memo.split()}
        return words | {
            f"side:{normal_address(side)}" for side in self.parties.get(row.account, ())
        }

    def is_party(self, row: LedgerRow, move: Move, direction: str) -> bool:
        """Return whether the other side, or the deposit address, is that of the row's customer."""
        if direction == _IN and (owner := self.register.depositor(move)):
            return owner == row.account
        number, name = _other_side(move, direction)
        entity = self.register.entity_of(row.account)
        if entity and self.register.party(number, name, move.left) == entity:
            return True
        if number and normal_address(number) in {
            normal_address(word.strip(".,;:()")) for word in row.memo.split()
        }:
            return True
        known = self.parties.get(row.account, ())
        return (number or name) in known

    def reversals(self, rows: Sequence[LedgerRow]) -> None:
        """Tell rows that undo an earlier one of the same reference."""
        earlier: dict[tuple[str, str, str, int], list[LedgerRow]] = defaultdict(list)
        for row in rows:
            key = reference_key(row.reference)
            if not key:
                continue
            undone = earlier.get((key, row.asset, row.account, -row.amount), [])
            match = self.found.get(id(row))
            if row.kind == "reversal" and undone and (match is None or not match.joined):
                why = f"row {row.row} undoes row {undone.pop(0).row}"
                self.found[id(row)] = Match("reversed", row, None, None, why)
            else:
                earlier[key, row.asset, row.account, row.amount].append(row)


@dataclass(slots=True)
class _Entries:
    index: MoveIndex
    register: Register
    used: set[str] = field(default_factory=set)
    found: dict[int, Match] = field(default_factory=dict)

    def matches(self, entries: Sequence[PlaceEntry]) -> Iterator[Match]:
        entries = [
            entry
            for entry in sorted(entries, key=_entry_order)
            if entry.amount and not regroups(entry)
        ]
        groups: dict[tuple[str, str], list[PlaceEntry]] = defaultdict(list)
        for entry in entries:
            if key := reference_key(entry.reference):
                groups[key, entry.asset].append(entry)
        for (key, asset), group in groups.items():
            self.same_reference(group, self.index.by_reference.get((key, asset), ()))
        self.same_places([entry for entry in entries if id(entry) not in self.found])
        for entry in entries:
            why = f"entry {entry.entry} has no move that any chain or statement shows"
            yield self.found.get(id(entry)) or Match("ledger_only", None, entry, None, why)

    def fits(self, entry: PlaceEntry, move: Move) -> bool:
        """Return whether entry and move name the same places, where those are registered."""
        fee = entry.kind == "network_fee" or entry.target.startswith("fee:")
        if fee is not move.is_fee:
            return False
        sources = self.register.sources(move)
        return self.is_side(entry.source, sources, move.source_address, move.left) and (
            fee or self.is_side(entry.target, (move.target,), move.target_address, move.arrived)
        )

    def is_side(self, place: str, places: Collection[str], address: str, when: Instant) -> bool:
        """Return whether a place of an entry is a side of a move, registered that day or not."""
        names = {name for of in places for name in self.register.names_of(of, address)}
        if place and (place in names or self.register.class_of(place, when)):
            return place in names
        return not any(self.register.is_own(name, when) for name in places)

    def join(self, kind: str, entry: PlaceEntry, move: Move, why: str) -> None:
        self.used.add(move.id)
        self.found[id(entry)] = Match(kind, None, entry, move, why)

    def same_reference(self, entries: Sequence[PlaceEntry], moves: Sequence[Move]) -> None:
        of_amount: dict[int, list[Move]] = defaultdict(list)
        for move in moves:
            of_amount[move.amount].append(move)
        for entry in entries:
            choice = of_amount.get(entry.amount, [])
            place = next(
                (
                    place
                    for place, move in enumerate(choice)
                    if move.id not in self.used and self.fits(entry, move)
                ),
                None,
            )
            if place is not None:
                move = choice.pop(place)
                why = f"entry {entry.entry} and {move.id} have one reference, places and amount"
                self.join("reference", entry, move, why)
        left = [entry for entry in entries if id(entry) not in self.found]
        if left:
            self.left_over(left, moves, some_joined=len(left) < len(entries))

    def left_over(
        self, left: Sequence[PlaceEntry], moves: Sequence[Move], *, some_joined: bool
    ) -> None:
        """Join what no amount joined, where the places leave one choice."""
        free = [move for move in moves if move.id not in self.used]
        few = len(left) * len(free) <= _MOST_PAIRS
        choices = {
            id(entry): [move for move in free if self.fits(entry, move)] if few else free
            for entry in left
        }
        wanted: dict[str, list[int]] = defaultdict(list)
        for entry in left:
            for move in choices[id(entry)]:
                wanted[move.id].append(entry.amount)
        for entry in left:
            fitting = choices[id(entry)]
            only = fitting[0] if len(fitting) == 1 else None
            if only is not None and len(wanted[only.id]) == 1:
                why = f"entry {entry.entry} and {only.id} have one reference, but not one amount"
                self.join("amount", entry, only, why)
            elif only is not None and sum(wanted[only.id]) == only.amount:
                why = f"entry {entry.entry} and others of its reference are together {only.id}"
                self.join("reference", entry, only, why)
            elif fitting:
                why = f"entry {entry.entry} fits {len(fitting)} moves, and nothing says which"
                self.found[id(entry)] = Match("ambiguous", None, entry, None, why)
            elif some_joined and any(
                move.amount == entry.amount and self.fits(entry, move) for move in moves[:100]
            ):
                why = f"entry {entry.entry}: reference {entry.reference} is another's already"
                self.found[id(entry)] = Match("duplicate", None, entry, None, why)

    def same_places(self, entries: Sequence[PlaceEntry]) -> None:
        choices: dict[int, list[Move]] = {}
        wanted: dict[str, int] = defaultdict(int)
        for entry in entries:
            referenced = bool(reference_key(entry.reference))
            registered = any(
                self.register.class_of(place, entry.effective)
                for place in (entry.source, entry.target)
            )
            choices[id(entry)] = [
                move
                for move in self.index.within(
                    entry.asset,
                    entry.amount,
                    [f"place:{place}" for place in (entry.source, entry.target) if place],
                    entry.effective,
                    WINDOW,
                )
                if registered
                and move.id not in self.used
                and not (referenced and keys_of(move))
                and self.fits(entry, move)
            ]
            for move in choices[id(entry)]:
                wanted[move.id] += 1
        for entry in entries:
            moves = choices[id(entry)]
            if len(moves) == 1 and wanted[moves[0].id] == 1:
                why = (
                    f"entry {entry.entry} and {moves[0].id} are the only ones of their places and "
                    "amount within two days"
                )
                self.join("unique", entry, moves[0], why)
            elif moves:
                why = f"entry {entry.entry} fits {len(moves)} moves, and nothing says which"
                self.found[id(entry)] = Match("ambiguous", None, entry, None, why)


def _direction(row: LedgerRow) -> str:
    return _IN if row.amount > 0 else _OUT


def _other_side(move: Move, direction: str) -> tuple[str, str]:
    """Return the address or number, and the name, of the side that is not ours."""
    number = move.source_address if direction == _IN else move.target_address
    return number, move.party


def _ledger_order(row: LedgerRow) -> tuple[object, ...]:
    # Not the line: any order of files and rows gives the same.
    return (
        row.effective, row.booked, row.account, row.asset, row.amount, row.kind, row.reference,
        row.row, row.memo, row.standing,
    )  # fmt: skip


def _entry_order(entry: PlaceEntry) -> tuple[object, ...]:
    return (
        entry.effective, entry.booked, entry.source, entry.target, entry.asset, entry.amount,
        entry.kind, entry.reference, entry.source_group, entry.target_group, entry.entry,
    )  # fmt: skip
