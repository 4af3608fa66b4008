"""Look-through: what of a payment reaches an affiliate out of the payee's own accounts.

The five methods of a trace over the accounts that witnesses exist for, up to so many hops and days
(books.md names 3 and 30; both are recorded parameters of the answer that cites this).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from forthwith.books.moves import Move
from forthwith.books.tracing.flows import Flow, plan
from forthwith.books.tracing.funds import METHODS, tagged
from forthwith.books.tracing.running import Run
from forthwith.domain.instants import DAY


@dataclass(frozen=True, slots=True)
class Reached:
    """What of one payment reached one affiliate, in smallest units, under each method."""

    #: Id of the move that paid.
    payment: str
    affiliate: str
    #: By method; 0 where a method finds none. Poison is a bound.
    methods: Mapping[str, int]
    #: Places it went through, in the order first used, and the moves that reached the affiliate.
    through: tuple[str, ...]
    moves: tuple[str, ...]


def look_through(
    moves: Iterable[Move],
    payments: Collection[str],
    places: Collection[str],
    affiliate: Callable[[Move], str],
    *,
    days: int = 30,
    hops: int = 3,
    openings: Mapping[str, int] | None = None,
) -> tuple[Reached, ...]:
    """Return what of `payments` reaches an affiliate, by payment and affiliate, in that order.

    `moves` are all moves of one asset; `payments` are ids among them whose targets are in
    `places`. `places` are accounts with witnesses that are followed: the payees' own and, for
    further hops, others'; a place more than `hops - 1` transfers away from a payee's is not
    followed, nor is an affiliate's. `affiliate` names the affiliate that a move's target is on that
    day, or "".
    `openings` are the places' balances before the first move, other money. What arrives later
    than `days` days after its payment is not counted. Payments compete for one fund as claims do.
    Orders of one day are those of the statements.
    """
    kept = sorted(moves, key=lambda move: (move.left, move.order, move.id))
    tags = {move.id: tag for tag, move in enumerate(move for move in kept if move.id in payments)}
    paid = {tags[move.id]: move for move in kept if move.id in tags}
    # What reaches an affiliate has arrived, also where its own account could be followed.
    own = set(places) - {move.target for move in kept if affiliate(move)}
    near = _within({move.target for move in paid.values()} & own, kept, own, hops)
    flows = [
        Flow(
            move.id, move.source, move.target, move.amount, move.left, move.arrived, move.order,
            move.arrived_order, move.kind == "bank",
            ((tags[move.id], move.amount),) if move.id in tags and move.target in near else (),
            move.reference,
        )
        for move in kept
    ]  # fmt: skip
    by_id = {move.id: move for move in kept}
    opened = {place: amount for place, amount in (openings or {}).items() if place in near}
    made = plan(flows, sorted(near), opened)
    steps = made.arranged(made.orders()[0])
    sums: dict[tuple[int, str], dict[str, int]] = {}
    through: dict[tuple[int, str], dict[str, None]] = {}
    by: dict[tuple[int, str], dict[str, None]] = {}
    for method in METHODS:
        run = Run(made, method)
        run.advance(steps)
        for number, sink, parts in run.moved:
            move = by_id[made.flows[number].id]
            if sink or made.targets[number] >= 0 or not (who := affiliate(move)):
                continue
            for tag, amount in tagged(parts).items():
                if move.left > paid[tag].arrived + days * DAY:
                    continue
                key = (tag, who)
                sums.setdefault(key, dict.fromkeys(METHODS, 0))[method] += amount
                through.setdefault(key, {paid[tag].target: None})[move.source] = None
                by.setdefault(key, {})[move.id] = None
    return tuple(
        Reached(paid[tag].id, who, sums[tag, who], tuple(through[tag, who]), tuple(by[tag, who]))
        for tag, who in sorted(sums)
    )


def _within(first: set[str], moves: Sequence[Move], places: Collection[str], hops: int) -> set[str]:
    near = set(first)
    edge = set(first)
    for _ in range(hops - 1):
        edge = {m.target for m in moves if m.source in edge and m.target in places} - near
        near |= edge
    return near
