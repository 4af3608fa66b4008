"""A reckoning of the books: moves, what they match, for whom they lie, when each is owed.

Everything later, position, coverage, commingling, traces, breaks, is read from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forthwith.books.books import Books, LedgerRow, Parameters, PlaceEntry, WitnessRow
from forthwith.books.moves import Move
from forthwith.domain.instants import Instant

#: Kinds of Match that join a row to a move.
JOINED = ("reference", "amount", "unique")


@dataclass(frozen=True, slots=True)
class Match:
    """What a row of a ledger and a move are to each other.

    `kind`: "reference" (same reference and amount), "amount" (same reference, another amount),
    "unique" (no reference on one side, the only pair within two days), "ambiguous" (several
    moves fit, nothing is guessed), "duplicate" (the reference is another row's already),
    "reversed" (two rows of one reference undo each other), "ledger_only", "move_only".
    """

    kind: str
    ledger: LedgerRow | None
    entry: PlaceEntry | None
    move: Move | None
    #: One plain sentence without its full stop.
    why: str

    @property
    def joined(self) -> bool:
        """Return whether row and move are one."""
        return self.kind in JOINED


@dataclass(frozen=True, slots=True)
class Attribution:
    """For whom a move left its source and lay in its target, and by which rule."""

    source_group: str
    target_group: str
    #: Of books.md section 3: "a" to "g"; two letters where the sides follow different rules.
    rule: str
    #: Rows the rule rests on, beside the move's own.
    rows: tuple[WitnessRow, ...] = ()


@dataclass(frozen=True, slots=True)
class StakeChange:
    """A change of what lies in a place for a group, in smallest units."""

    at: Instant
    place: str
    asset: str
    group: str
    delta: int
    #: Of the move, the entry, or "opening:PLACE".
    cause: str
    rows: tuple[WitnessRow, ...] = ()
    #: Order among changes of one instant.
    order: tuple[int, ...] = ()
    #: The address that gained or lost, "" where the place is known only as a whole.
    address: str = ""


@dataclass(frozen=True, slots=True)
class OwedChange:
    """A change of what one customer account is owed, on the chosen basis."""

    at: Instant
    account: str
    asset: str
    delta: int
    row: LedgerRow


@dataclass(frozen=True, slots=True)
class Gap:
    """Instants at which a witness is missing: `[start, end)`, None for open ends."""

    #: Place, or chain.
    of: str
    start: Instant | None
    end: Instant | None
    #: One plain sentence without its full stop.
    why: str
    #: What would fill it, likewise.
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What the books come to, before any question is asked of them."""

    books: Books
    parameters: Parameters
    #: In order of (left, order, id).
    moves: tuple[Move, ...] = ()
    matches: tuple[Match, ...] = ()
    #: By id of move.
    attributions: Mapping[str, Attribution] = field(default_factory=dict)
    #: In time; the sum over groups is a place's balance, openings included.
    changes: tuple[StakeChange, ...] = ()
    #: In time.
    owed_changes: tuple[OwedChange, ...] = ()
    gaps: tuple[Gap, ...] = ()
    #: Rows left out of the accepted books by standing or dispute.
    dropped: tuple[WitnessRow, ...] = ()
