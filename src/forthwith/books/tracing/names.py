"""Where a trace goes on, and what the place it ends in is called.

A sink is named as its evidence names it: a registered place by its id; a payee of a bank row by
class and name as written ("affiliate:Tern Capital"), the class being what its entity was on that
day; an address outside the register by itself; `restored:PLACE` where a stop ends the trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from forthwith.books.books import Books, PlaceAddress, TracedSum
from forthwith.books.moves import Move
from forthwith.books.places import PART
from forthwith.books.register import Register
from forthwith.domain.instants import Instant

_CLASS = "class:"
PASSING = "passing:"


@dataclass(slots=True)
class Namer:
    """The register of places and names, asked by a trace.

    `customers` are ids of moves that ledgers say went to customers.
    """

    books: Books
    claim: TracedSum
    customers: frozenset[str] = frozenset()
    #: Names that were an entity's, but not on the day of the row: said, and not joined.
    former: dict[str, None] = field(default_factory=dict)
    _rows: dict[str, list[PlaceAddress]] = field(default_factory=dict)
    _register: Register = field(init=False)

    def __post_init__(self) -> None:
        for row in self.books.places:
            self._rows.setdefault(row.place, []).append(row)
        self._register = Register(self.books)

    def place(self, unit: str) -> str:
        """Return the registered place that a unit of mixing belongs to; "" for none."""
        if unit in self._rows:
            return unit
        place = unit.rpartition(PART)[0]
        return place if place in self._rows else ""

    def rows(self, place: str) -> tuple[PlaceAddress, ...]:
        """Return the rows of a registered place."""
        return tuple(self._rows.get(place, ()))

    def stops(self, unit: str, when: Instant) -> bool:
        """Return whether a stop of the claim ends the trace at a place.

        A class does not stop at a place that the claim follows by name, nor where it came in.
        """
        place = self.place(unit)
        if not place or place == self.claim.place:
            return False
        if place in self.claim.stop or unit in self.claim.stop:
            return True
        if place in self.claim.follow or unit in self.claim.follow:
            return False
        return any(
            f"{_CLASS}{row.klass}" in self.claim.stop
            for row in self._rows[place]
            if row.span.holds(when)
        )

    def sink(self, move: Move) -> str:
        """Return what the place a move goes to is called, where the trace does not go on."""
        target = move.target
        if place := self.place(target):
            stopped = self.stops(target, move.arrived)
            return f"restored:{place}" if stopped else target
        kind, _, rest = target.partition(":")
        if kind not in ("account", "party", "address"):
            return target
        entity = self.entity(move)
        if kind == "address":
            name = self._name(entity, move.left) or entity
            return f"{self._class(move)}:{name}" if entity else target
        return f"{self._class(move)}:{move.party or self._name(entity, move.left) or rest}"

    def entity(self, move: Move) -> str:
        """Return the entity a move pays, by account, by address, or by a name valid that day."""
        number = move.target_address or move.target.partition(":")[2]
        if entity := self._register.party(number, move.party, move.left):
            return entity
        folded = move.party.strip().casefold()
        was = {row.entity for row in self.books.names if row.name.strip().casefold() == folded}
        if folded and was:
            self.former[
                f"{move.party!r} is a name of {', '.join(sorted(was))}, but not on the day of "
                f"{move.id}: it is not joined"
            ] = None
        return ""

    def _class(self, move: Move) -> str:
        number = move.target_address or move.target.partition(":")[2]
        known = self._register.class_of_party(number, move.party, move.left)
        return known or ("customer" if move.id in self.customers else "vendor")

    def _name(self, entity: str, when: Instant) -> str:
        return next(
            (row.name for row in self.books.names if row.entity == entity and row.span.holds(when)),
            "",
        )
