"""Trades that change one asset into another between places, as the ledger of places tells them.

A trade is two rows of one reference and of kind "trade" or "conversion", each matched to a move:
one asset leaves our places, another comes to one of them, not before. Trades between customers move
no value between places and are none; nor are legs that bear two references: the payee is a sink.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from forthwith.books.moves import Move
from forthwith.books.places import PART
from forthwith.books.reckoned import Reckoning

_KINDS = frozenset({"trade", "conversion"})


@dataclass(frozen=True, slots=True)
class Trade:
    """What was given for what; both amounts are the moves' own."""

    reference: str
    given: Move
    got: Move

    @property
    def sink(self) -> str:
        """Return what the trace of the given asset calls it."""
        return f"trade:{self.reference}"


def trades(reckoning: Reckoning) -> tuple[Mapping[str, Trade], tuple[str, ...]]:
    """Return trades by the id of the move that gives, and a sentence for each that is in doubt."""
    rows: dict[str, dict[str, Move]] = defaultdict(dict)
    for match in reckoning.matches:
        entry, move = match.entry, match.move
        if entry is None or move is None or not match.joined or not entry.reference:
            continue
        if entry.kind.strip().casefold() in _KINDS:
            rows[entry.reference][move.id] = move
    places = {row.place for row in reckoning.books.places}
    found: dict[str, Trade] = {}
    notes = []
    for reference, moves in sorted(rows.items()):
        sides = [
            (move, _registered(move.source, places), _registered(move.target, places))
            for move in moves.values()
        ]
        given = [move for move, ours, theirs in sides if ours and not theirs]
        got = [move for move, ours, theirs in sides if theirs and not ours]
        if len(given) == len(got) == 1 and given[0].asset != got[0].asset:
            if given[0].left <= got[0].arrived:
                found[given[0].id] = Trade(reference, given[0], got[0])
                continue
            why = "what was got came before what was given left"
        else:
            why = (
                f"rows of its reference match {len(given)} moves out of the places of the register "
                f"and {len(got)} into them, of one asset or several"
            )
        notes.append(f"trade {reference} is not followed: {why}")
    return found, tuple(notes)


def _registered(unit: str, places: Collection[str]) -> bool:
    return unit in places or unit.rpartition(PART)[0] in places
