"""What the books come to: moves, what they match, for whom they lie, when each row is owed.

Position, coverage, commingling, traces and breaks are read from it; `reckoning` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forthwith.books.bank_accounts import BankAccount
from forthwith.books.books import Books, LedgerRow, Parameters, PlaceEntry, WitnessRow
from forthwith.books.chains import Chain
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
    #: "a" to "g", the first that applies of: (a) the matched row of the ledger of places, (b) the
    #: matched row of customers' ledger, (c) a network fee, (d) an inflow to a deposit address,
    #: (e) between own places, (f) the class of the other side, (g) none of them. Two letters
    #: where source and target follow different ones.
    rule: str
    #: Rows the rule rests on, beside the move's own.
    rows: tuple[WitnessRow, ...] = ()
    #: Groups and amounts where several leave the source, as into a fund of several payers.
    parts: tuple[tuple[str, int], ...] = ()


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
class HeldChange:
    """A change of what witnesses show in an address or account while it is registered.

    Read from the legs of transactions and the entries of statements, not from moves. Where a
    registration begins or ends, the balance of that instant comes in or goes out.
    """

    at: Instant
    place: str
    #: Class of the registration: customer, house, affiliate, vendor; "unregistered".
    klass: str
    asset: str
    delta: int
    #: Chain ("" for a bank) and address or account number; "" where only the place is known.
    chain: str = ""
    address: str = ""
    rows: tuple[WitnessRow, ...] = ()


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
    #: "" for every asset there.
    asset: str = ""


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
    #: In time.
    held_changes: tuple[HeldChange, ...] = ()
    chains: Mapping[str, Chain] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    #: Addresses outside the register that behave as ours: (chain, address) and why.
    suspects: Mapping[tuple[str, str], str] = field(default_factory=dict)
    #: Rows left out of the accepted books by standing or dispute.
    dropped: tuple[WitnessRow, ...] = ()
    #: Sentences: tokens and currencies in no figure, openings the chain does not bear out.
    notes: tuple[str, ...] = ()
    #: Bank accounts as their statements show them.
    accounts: tuple[BankAccount, ...] = ()
