"""Moves: what went from one place to another, as chains and statements show it."""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.books.books import WitnessRow
from forthwith.domain.instants import Instant


@dataclass(frozen=True, slots=True)
class Move:
    """One amount of one asset from one place to another.

    A place outside the register is "address:A", "account:N" or "party:NAME"; value from nobody
    comes from "outside:CHAIN"; a network fee goes to "fee:ASSET".
    """

    #: "bank:7710004411:W26000034", "TXID:2": the same from any order of files.
    id: str
    asset: str
    #: Above zero.
    amount: int
    source: str
    target: str
    #: When it left and when it arrived; they differ only where two statements say so.
    left: Instant
    arrived: Instant
    #: Place among moves of one instant: (height, position, n), or (0, n) in a statement.
    order: tuple[int, ...]
    #: Transaction id, or the bank's reference.
    reference: str
    #: Address or account number on each side, "" where unknown.
    source_address: str = ""
    target_address: str = ""
    #: Name of the other side as a bank row writes it.
    party: str = ""
    #: "chain" or "bank"
    kind: str = "chain"
    witnesses: tuple[WitnessRow, ...] = ()
    #: Everything any telling calls it, `reference` first; () where it has only that.
    references: tuple[str, ...] = ()
    #: Place among moves of one instant in the target's own statement, where it has one; () is
    #: `order`.
    arrived_order: tuple[int, ...] = ()

    @property
    def is_fee(self) -> bool:
        """Return whether it is a network fee."""
        return self.target.startswith("fee:")
