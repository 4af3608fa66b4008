"""Where a trace goes on, and what the place it ends in is called.

A sink is named as its evidence names it: a registered place by its id; a payee of a bank row by
class and name as written ("affiliate:Tern Capital"), the class being what its entity was on that
day; an address outside the register by itself; `restored:PLACE` where a stop ends the trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forthwith.books.books import Books, PlaceAddress, TracedSum
from forthwith.books.moves import Move
from forthwith.books.places import PART
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
    _banks: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.books.places:
            self._rows.setdefault(row.place, []).append(row)
        self._banks = {"".join(row.account.split()): row.entity for row in self.books.bank_parties}

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
        entity = self.entity(move)
        kind, _, rest = target.partition(":")
        if kind in ("account", "party"):
            name = move.party or self._name(entity, move.left) or rest
            return f"{self._class(move, entity)}:{name}"
        if kind == "address" and entity:
            name = self._name(entity, move.left) or entity
            return f"{self._class(move, entity)}:{name}"
        return target

    def entity(self, move: Move) -> str:
        """Return the entity a move pays, by account, by address, or by a name valid that day."""
        numbers = (move.target_address, move.target.partition(":")[2])
        for number in numbers:
            if entity := self._banks.get("".join(number.split()), ""):
                return entity
        folded = move.party.strip().casefold()
        if not folded or not move.target.startswith(("account:", "party:")):
            return ""
        named = [row for row in self.books.names if row.name.strip().casefold() == folded]
        entities = {row.entity for row in named if row.span.holds(move.left)}
        if len(entities) == 1:
            return entities.pop()
        if named and not entities:
            who = ", ".join(sorted({row.entity for row in named}))
            self.former[
                f"{move.party!r} is a name of {who}, but not on the day of {move.id}: "
                "it is not joined"
            ] = None
        return ""

    def _class(self, move: Move, entity: str) -> str:
        if entity and any(
            row.entity == entity and row.span.holds(move.left) for row in self.books.affiliations
        ):
            return "affiliate"
        return "customer" if move.id in self.customers else "vendor"

    def _name(self, entity: str, when: Instant) -> str:
        return next(
            (row.name for row in self.books.names if row.entity == entity and row.span.holds(when)),
            "",
        )
