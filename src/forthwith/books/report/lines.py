"""The lines of a report: per place and asset what lay there, came in and went out.

Sides are the classes of whoever stands on the other side of a movement. In a transaction of several
payers each output is paid by the inputs in their order, as tracing has it, so that a place's share
of it has one other side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from forthwith.books.books import Asset, WitnessRow
from forthwith.books.moves import Move
from forthwith.books.reckoning import Reckoning, StakeChange
from forthwith.books.register import OWN, Register
from forthwith.domain.instants import Instant

_PASSING = "passing:"


@dataclass(slots=True)
class Amount:
    """A sum with the rows it is the sum of."""

    units: int = 0
    rows: list[WitnessRow] = field(default_factory=list)

    def add(self, units: int, rows: Iterable[WitnessRow]) -> None:
        """Add to it."""
        self.units += units
        self.rows.extend(rows)


@dataclass(slots=True)
class PlaceLine:
    """One place and asset over a period."""

    place: str
    asset: Asset
    klass: str
    opening: Amount = field(default_factory=Amount)
    inflows: dict[str, Amount] = field(default_factory=lambda: defaultdict(Amount))
    outflows: dict[str, Amount] = field(default_factory=lambda: defaultdict(Amount))
    fees: Amount = field(default_factory=Amount)
    closing: Amount = field(default_factory=Amount)


@dataclass(frozen=True, slots=True)
class OwnTransfer:
    """A movement between two places of the exchange."""

    move: Move
    source: str
    target: str


def place_lines(
    reckoning: Reckoning, start: Instant, cut: Instant, unregistered: Set[str] = frozenset()
) -> tuple[PlaceLine, ...]:
    """Return a line for each own place and asset that ever held or moved some, in table order.

    The period is from `start` through `cut`. `unregistered` are places outside the register that
    behave as the exchange's own.
    """
    lines = _Lines(reckoning, start, cut, _Sides(reckoning, unregistered))
    for change in reckoning.changes:
        lines.take_change(change)
    for piece in lines.sides.pieces(reckoning.moves):
        lines.take_piece(piece)
    order = {row.place: place for place, row in reversed(list(enumerate(reckoning.books.places)))}
    assets = {name: place for place, name in enumerate(reckoning.books.assets)}
    return tuple(
        sorted(
            lines.lines.values(),
            key=lambda line: (order.get(line.place, len(order)), line.place, assets[line.asset.id]),
        )
    )


@dataclass(slots=True)
class _Lines:
    reckoning: Reckoning
    start: Instant
    cut: Instant
    sides: _Sides
    lines: dict[tuple[str, str], PlaceLine] = field(default_factory=dict)

    def of(self, place: str, asset: str) -> PlaceLine | None:
        """Return the line of an own place; None of any other."""
        if (klass := self.sides.register.class_of(place, self.cut)) not in OWN:
            return None
        if (place, asset) not in self.lines:
            self.lines[place, asset] = PlaceLine(place, self.reckoning.books.assets[asset], klass)
        return self.lines[place, asset]

    def take_change(self, change: StakeChange) -> None:
        """Add a change to what lay there."""
        if change.at > self.cut or (line := self.of(change.place, change.asset)) is None:
            return
        line.closing.add(change.delta, change.rows)
        if change.at < self.start:
            line.opening.add(change.delta, change.rows)

    def take_piece(self, piece: _Piece) -> None:
        """Add a movement to both its ends; what goes out to whence it came is none."""
        move = piece.move
        if piece.source == piece.target:
            return
        if self.start <= move.left <= self.cut and (line := self.of(piece.source, move.asset)):
            if piece.target.startswith("fee:"):
                line.fees.add(piece.amount, move.witnesses)
            else:
                side = self.sides.side(move, piece.target, move.left, inward=False)
                line.outflows[side].add(piece.amount, move.witnesses)
        if self.start <= move.arrived <= self.cut and (line := self.of(piece.target, move.asset)):
            side = self.sides.side(move, piece.source, move.arrived, inward=True)
            line.inflows[side].add(piece.amount, move.witnesses)


def own_transfers(reckoning: Reckoning, start: Instant, cut: Instant) -> tuple[OwnTransfer, ...]:
    """Return the movements between own places that left in the period."""
    sides = _Sides(reckoning, frozenset())
    return tuple(
        OwnTransfer(piece.move, piece.source, piece.target)
        for piece in sides.pieces(reckoning.moves)
        if start <= piece.move.left <= cut
        and piece.source != piece.target
        and sides.register.class_of(piece.source, piece.move.left) in OWN
        and sides.register.class_of(piece.target, piece.move.arrived) in OWN
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a move with both its ends, none of them a passing fund."""

    move: Move
    source: str
    target: str
    amount: int


class _Sides:
    """Who stands on the other side of a movement."""

    def __init__(self, reckoning: Reckoning, unregistered: Set[str]) -> None:
        self.register = Register(reckoning.books)
        self.register.take(reckoning.moves)
        self._unregistered = unregistered
        self._attributions = reckoning.attributions
        #: Moves whose other side is a customer by the customers' ledger.
        self._customers = {
            match.move.id
            for match in reckoning.matches
            if match.joined and match.move is not None and match.ledger is not None
        }

    def pieces(self, moves: Sequence[Move]) -> Iterator[_Piece]:
        """Yield every move, those through a passing fund cut at its inputs and outputs."""
        waiting: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for move in moves:
            if move.target.startswith(_PASSING):
                waiting[move.target].append((move.source, move.amount))
            elif move.source.startswith(_PASSING):
                left, payers = move.amount, waiting[move.source]
                while left and payers:
                    source, amount = payers[0]
                    taken = min(left, amount)
                    payers[:1] = [(source, amount - taken)] if amount > taken else []
                    left -= taken
                    yield _Piece(move, source, move.target, taken)
            else:
                yield _Piece(move, move.source, move.target, move.amount)

    def side(self, move: Move, other: str, when: Instant, *, inward: bool) -> str:
        """Return the class of the other side."""
        klass = self.register.class_of(other.removeprefix("transit:"), when)
        if klass:
            return "own" if klass in OWN else klass
        if move.id in self._customers:
            return "customer"
        number = move.source_address if inward else move.target_address
        if outside := self.register.class_of_party(number, move.party, when):
            return outside
        if other in self._unregistered:
            return "unregistered"
        attribution = self._attributions.get(move.id)
        group = attribution and (attribution.source_group if inward else attribution.target_group)
        return group if group in ("affiliate", "vendor") else "unknown"
