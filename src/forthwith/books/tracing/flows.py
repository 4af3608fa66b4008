"""Flows between funds, and the order in which a trace takes them.

Chains give an order. Bank rows of one day have none that binds: figures are given in the order
the statements print, with each fund's credits before its debits, and the other way round.
A transfer always leaves one fund before it reaches the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby

from forthwith.domain.instants import Instant

STATEMENT, CREDITS_FIRST, DEBITS_FIRST = "statement", "credits_first", "debits_first"
ORDERS = (STATEMENT, CREDITS_FIRST, DEBITS_FIRST)
#: The name of the order where no other is possible.
CHAIN = "chain"


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount that leaves `source` and reaches `target`; either may be no followed fund."""

    id: str
    source: str
    #: A fund, or the name of the sink it ends in.
    target: str
    #: Whole smallest units, above zero.
    amount: int
    left: Instant = 0
    #: None: when it left. Between the two it is in transit and keeps its parts.
    arrived: Instant | None = None
    #: Place among flows of one instant on the source's side, and on the target's.
    order: tuple[int, ...] = ()
    arrived_order: tuple[int, ...] = ()
    #: A bank row: those of one instant (the end of their day) stand in no order that binds.
    loose: bool = False
    #: What of it is claimed, `(tag, amount)`; the claimed parts come first.
    claims: tuple[tuple[int, int], ...] = ()
    #: Between two statements of one day, which know no order, the lesser text comes first.
    reference: str = ""


#: What a flow does to a fund: `(fund, amount, flow)`, numbers of both; below zero it leaves.
Leg = tuple[int, int, int]
#: A leg with the balance it meets (below zero: an overdraft): `(fund, amount, balance, flow)`.
Step = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """Flows made ready: funds and flows numbered, and their legs in time."""

    funds: tuple[str, ...]
    flows: tuple[Flow, ...]
    #: By flow: the number of its target's fund; -1 where it ends in the sink of that name.
    targets: tuple[int, ...]
    sinks: tuple[str, ...]
    #: By fund, before the first leg.
    openings: tuple[int, ...]
    legs: tuple[Leg, ...]
    #: By leg; the same in each order.
    instants: tuple[Instant, ...]
    #: From and to: legs of one instant whose order is open.
    free: tuple[tuple[int, int], ...]

    def orders(self) -> tuple[str, ...]:
        """Return the names of the orders that figures are given in."""
        return ORDERS if any(flow.loose for flow in self.flows) else (CHAIN,)

    def until(self, when: Instant) -> int:
        """Return how many legs are stamped at or before an instant."""
        return bisect_right(self.instants, when)

    def balances_at(self, legs: int) -> list[int]:
        """Return the funds' balances after so many legs that do not cut a day."""
        balances = list(self.openings)
        for fund, amount, _ in self.legs[:legs]:
            balances[fund] += amount
        return balances

    def arranged(self, order: str) -> list[Step]:
        """Return the legs in an order, each with the balance it meets."""
        legs = list(self.legs)
        for start, end in self.free:
            legs[start:end] = self._merged(legs[start:end], order)
        return with_balances(legs, self.openings)

    def _merged(self, legs: Sequence[Leg], order: str) -> list[Leg]:
        """Return one day's legs in an order, statements merged so that a transfer leaves first.

        Each fund keeps its own sequence: as its statement prints, or credits or debits before the
        others. Where funds' sequences wait for each other, the credit that waits and stands first
        goes in as soon as it has left, and its fund goes on without it.
        """
        if order in (CREDITS_FIRST, DEBITS_FIRST):
            legs = sorted(legs, key=lambda leg: (leg[1] < 0) == (order == CREDITS_FIRST))
        return _Merge(legs, [self.flows[leg[2]].reference for leg in legs]).merged()


def plan(
    flows: Iterable[Flow],
    funds: Sequence[str],
    openings: Mapping[str, int] | None = None,
    stops: Mapping[str, Instant] | None = None,
) -> Plan:
    """Return flows ready to be run over the followed `funds`, which open with other money.

    From its instant in `stops` a fund is a fund no more: what would reach it then ends in the
    sink `stopped:FUND`, what leaves it comes from outside. Flows that touch no fund are left out,
    but for claimed ones: they end in their sink.
    """
    number = {name: place for place, name in enumerate(funds)}
    stops = stops or {}
    kept: list[Flow] = []
    targets: list[int] = []
    sinks: list[str] = []
    legs: list[Leg] = []
    instants: list[Instant] = []
    for flow in flows:
        left, arrived = flow.left, flow.arrived
        if arrived is None or arrived < left:
            arrived = left
        source, target, sink = number.get(flow.source, -1), number.get(flow.target, -1), flow.target
        if stops and source >= 0 and left >= stops.get(flow.source, left + 1):
            source = -1
        if stops and target >= 0 and arrived >= stops.get(flow.target, arrived + 1):
            target, sink = -1, f"stopped:{flow.target}"
        if source < 0 and target < 0 and not flow.claims:
            continue
        if source >= 0:
            legs.append((source, -flow.amount, len(kept)))
            instants.append(left)
        if target >= 0:
            legs.append((target, flow.amount, len(kept)))
            instants.append(arrived)
        kept.append(flow)
        targets.append(target)
        sinks.append(sink)
    legs, instants = _in_time(kept, legs, instants)
    opened = [0] * len(funds)
    for name, amount in (openings or {}).items():
        opened[number[name]] = amount
    return Plan(
        funds=tuple(funds),
        flows=tuple(kept),
        targets=tuple(targets),
        sinks=tuple(sinks),
        openings=tuple(opened),
        legs=tuple(legs),
        instants=tuple(instants),
        free=_free([(when, kept[leg[2]].loose) for when, leg in zip(instants, legs, strict=True)])
        if any(flow.loose for flow in kept)
        else (),
    )


def _in_time(
    flows: Sequence[Flow], legs: list[Leg], instants: list[Instant]
) -> tuple[list[Leg], list[Instant]]:
    def rank(place: int) -> tuple[Instant, bool, tuple[int, ...], str, bool]:
        flow, arrives = flows[legs[place][2]], legs[place][1] > 0
        order = (arrives and flow.arrived_order) or flow.order
        return instants[place], flow.loose, order, flow.id, arrives

    # Most histories stand in order already, and ranks of a million legs would be kept to sort.
    before = rank(0) if legs else None
    for place in range(1, len(legs)):
        following = rank(place)
        if following < before:  # type: ignore[operator]
            break
        before = following
    else:
        return legs, instants
    places = sorted(range(len(legs)), key=rank)
    return [legs[place] for place in places], [instants[place] for place in places]


def _free(stamps: list[tuple[Instant, bool]]) -> tuple[tuple[int, int], ...]:
    spans, start = [], 0
    for (_, loose), group in groupby(stamps):
        size = sum(1 for _ in group)
        if loose and size > 1:
            spans.append((start, start + size))
        start += size
    return tuple(spans)


class _Merge:
    """Sequences of funds becoming one; legs are known by their place in what was given."""

    def __init__(self, legs: Sequence[Leg], references: Sequence[str]) -> None:
        self._legs = legs
        self._references = references
        #: Flows that have yet to leave today.
        self._leaving = {leg[2] for leg in legs if leg[1] < 0}
        self._queues: dict[int, list[int]] = defaultdict(list)
        for place in range(len(legs) - 1, -1, -1):
            self._queues[legs[place][0]].append(place)
        self._ready: list[tuple[str, int]] = []
        #: By flow: the credit that waits for it.
        self._blocked: dict[int, int] = {}
        self._passed_over: set[int] = set()

    def merged(self) -> list[Leg]:
        arranged: list[Leg] = []
        for fund in self._queues:
            self._next_of(fund)
        while self._ready or self._blocked:
            if not self._ready:
                self._pass_over()
                continue
            _, place = heappop(self._ready)
            leg = self._legs[place]
            arranged.append(leg)
            if leg[1] < 0:
                self._leaving.discard(leg[2])
                if (waiting := self._blocked.pop(leg[2], None)) is not None:
                    heappush(self._ready, (self._references[waiting], waiting))
            if place not in self._passed_over:
                self._next_of(leg[0])
        return arranged

    def _next_of(self, fund: int) -> None:
        if not self._queues[fund]:
            return
        place = self._queues[fund].pop()
        leg = self._legs[place]
        if leg[1] > 0 and leg[2] in self._leaving:
            self._blocked[leg[2]] = place
        else:
            heappush(self._ready, (self._references[place], place))

    def _pass_over(self) -> None:
        place = min(set(self._blocked.values()) - self._passed_over)
        self._passed_over.add(place)
        self._next_of(self._legs[place][0])


def with_balances(legs: Iterable[Leg], openings: Sequence[int]) -> list[Step]:
    """Return the legs, each with the balance of its fund before it."""
    balances = list(openings)
    steps: list[Step] = []
    for fund, amount, flow in legs:
        balance = balances[fund]
        steps.append((fund, amount, balance, flow))
        balances[fund] = balance + amount
    return steps
