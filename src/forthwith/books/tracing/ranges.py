"""Ranges: the least and the most that any order of one day's bank rows leaves or sends anywhere.

Two ways. For `libr` in one fund, fed by nobody but the claim and the outside, two orders are the
extremes: other credits, debits, claimed credits is best; claimed credits, debits, other credits
is worst. For the rest all orders are searched, equal states taken once; past a bound on the states
a day may visit nothing is said but what three orders give.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from forthwith.books.tracing.flows import Leg, Plan, with_balances
from forthwith.books.tracing.funds import Parts, thawed
from forthwith.books.tracing.running import Run

#: Least and most, in smallest units.
Bounds = tuple[int, int]
#: Tagged funds' memories by number, and parts under way by flow; equal ones have one future.
_State = tuple[tuple[tuple[int, Hashable], ...], tuple[tuple[int, Parts], ...]]
_Spread = dict[str, Bounds]
_NOTHING: Bounds = (0, 0)
_Key = TypeVar("_Key")
#: A search may visit as many states in all as so many full days have.
_DAYS = 10


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of one claim under one method, by fund and by sink."""

    left: Mapping[str, Bounds]
    gone: Mapping[str, Bounds]


class TooManyStatesError(Exception):
    """The search met more states than it may."""


def over_all_orders(
    plan: Plan, method: str, states: int, opening_claims: Mapping[int, Parts] | None = None
) -> Range | None:
    """Return the bounds over every order of each day's loose legs; None past `states` a day
    (or ten times that in all).

    All tags count as one claim. Transfers leave before they arrive; chains keep their order.
    """
    search = _Search(plan, method, states)
    try:
        return search.searched(Run(plan, method, opening_claims))
    except TooManyStatesError:
        return None


class _Search:
    def __init__(self, plan: Plan, method: str, states: int) -> None:
        self._plan = plan
        self._method = method
        self._most = states
        self._left_over = states * _DAYS
        self._probe = Run(plan, method)
        self._balances = list(plan.openings)
        self._claims = {n for n, flow in enumerate(plan.flows) if flow.claims}

    def searched(self, start: Run) -> Range:
        legs, at = self._plan.legs, 0
        sums = {sink: sum(amounts.values()) for sink, amounts in start.gone().items()}
        frontier = {_state_of(start): {sink: (amount, amount) for sink, amount in sums.items()}}
        for begin, end in (*self._plan.free, (len(legs), len(legs))):
            frontier = self._in_turn(frontier, legs[at:begin])
            frontier = self._in_any_order(frontier, legs[begin:end])
            at = end
        left: list[dict[str, int]] = [self._left(state) for state in frontier]
        names = sorted({name for found in left for name in found})
        gone = _joined(frontier.values())
        return Range(
            {
                name: (
                    min(found.get(name, 0) for found in left),
                    max(found.get(name, 0) for found in left),
                )
                for name in names
            },
            dict(sorted(gone.items())),
        )

    def _left(self, state: _State) -> dict[str, int]:
        self._restore(state)
        found = self._probe.left(self._balances)
        return {name: sum(amounts.values()) for name, amounts in found.items()}

    def _in_turn(
        self, frontier: dict[_State, _Spread], legs: Sequence[Leg]
    ) -> dict[_State, _Spread]:
        for leg in legs:
            balance = self._balances[leg[0]]
            if any(self._touches(state, leg) for state in frontier):
                after: dict[_State, _Spread] = {}
                for state, spread in frontier.items():
                    _merge(after, *self._taken(state, spread, leg, balance))
                frontier = after
            self._balances[leg[0]] += leg[1]
        return frontier

    def _touches(self, state: _State, leg: Leg) -> bool:
        return (
            any(number == leg[0] for number, _ in state[0])
            or any(flow == leg[2] for flow, _ in state[1])
            or leg[2] in self._claims
        )

    def _in_any_order(
        self, frontier: dict[_State, _Spread], legs: Sequence[Leg]
    ) -> dict[_State, _Spread]:
        visited = 0
        for part in self._together(frontier, legs):
            group = _Group(self._plan, part, self._balances)
            layer = {(0, state): spread for state, spread in frontier.items()}
            for _ in part:
                after: dict[tuple[int, _State], _Spread] = {}
                for (done, state), spread in layer.items():
                    for place in group.next_after(done):
                        leg = part[place]
                        balance = group.balance(done, leg[0])
                        found, gone = self._taken(state, spread, leg, balance)
                        _merge(after, (done | 1 << place, found), gone)
                    if len(after) + visited > self._most:
                        raise TooManyStatesError
                visited += len(after)
                self._left_over -= len(after)
                if self._left_over < 0:
                    raise TooManyStatesError
                layer = after
            frontier = {state: spread for (_, state), spread in layer.items()}
        for fund, amount, _ in legs:
            self._balances[fund] += amount
        return frontier

    def _together(self, frontier: Iterable[_State], legs: Sequence[Leg]) -> list[list[Leg]]:
        """Return the legs whose order can matter, in groups that do not touch each other."""
        active = {number for state in frontier for number, _ in state[0]}
        coming = {flow for state in frontier for flow, _ in state[1]} | self._claims
        active |= {fund for fund, amount, flow in legs if amount > 0 and flow in coming}
        joined = {leg[2] for leg in legs if leg[1] < 0} & {leg[2] for leg in legs if leg[1] > 0}
        ends: dict[int, dict[bool, int]] = defaultdict(dict)
        for fund, amount, flow in legs:
            if flow in joined:
                ends[flow][amount > 0] = fund
        grew = True
        while grew:
            reached = {pair[True] for pair in ends.values() if pair[False] in active} - active
            active |= reached
            grew = bool(reached)
        group_of = {fund: fund for fund in active}
        for pair in ends.values():
            if pair[False] in active:
                old, new = group_of[pair[True]], group_of[pair[False]]
                group_of = {key: new if of == old else of for key, of in group_of.items()}
        groups: dict[int, list[Leg]] = defaultdict(list)
        for leg in legs:
            if leg[0] in active:
                groups[group_of[leg[0]]].append(leg)
        return list(groups.values())

    def _restore(self, state: _State) -> None:
        funds = {number: thawed(self._method, frozen) for number, frozen in state[0]}  # type: ignore[arg-type]
        self._probe.resume(funds, dict(state[1]))

    def _taken(
        self, state: _State, spread: _Spread, leg: Leg, balance: int
    ) -> tuple[_State, _Spread]:
        """Return what one leg makes of a state, and what has gone so far."""
        self._restore(state)
        self._probe.advance([(leg[0], leg[1], balance, leg[2])])
        gone = self._probe.gone()
        if gone:
            spread = dict(spread)
            for sink, amounts in gone.items():
                amount = sum(amounts.values())
                least, most = spread.get(sink, _NOTHING)
                spread[sink] = (least + amount, most + amount)
        return _state_of(self._probe), spread


class _Group:
    """Legs of a day that touch each other; a set of them that are done is a number's bits."""

    def __init__(self, plan: Plan, legs: Sequence[Leg], balances: Sequence[int]) -> None:
        self._legs = legs
        self._opening = balances
        self._balances: dict[tuple[int, int], int] = {}
        leaving = {leg[2]: place for place, leg in enumerate(legs) if leg[1] < 0}
        #: What must be done before each: a transfer's leaving, and its likes that stand before it.
        self._needs: list[int] = []
        likes: dict[Hashable, int] = {}
        for place, (fund, amount, flow) in enumerate(legs):
            needs = 1 << leaving[flow] if amount > 0 and flow in leaving else 0
            given = plan.flows[flow]
            ends_here = given.source not in plan.funds if amount > 0 else plan.targets[flow] < 0
            if ends_here and not given.claims:
                like = (fund, amount, plan.sinks[flow])
                needs = 1 << likes[like] if like in likes else 0
                likes[like] = place
            self._needs.append(needs)

    def next_after(self, done: int) -> Iterable[int]:
        """Return the places of legs that may come next."""
        return (
            place
            for place, needs in enumerate(self._needs)
            if not done >> place & 1 and done & needs == needs
        )

    def balance(self, done: int, fund: int) -> int:
        """Return a fund's balance after the legs that are done."""
        if (done, fund) not in self._balances:
            self._balances[done, fund] = self._opening[fund] + sum(
                leg[1]
                for place, leg in enumerate(self._legs)
                if done >> place & 1 and leg[0] == fund
            )
        return self._balances[done, fund]


def _state_of(run: Run) -> _State:
    return (
        tuple(
            (number, state.frozen()) for number, state in enumerate(run.funds) if state is not None
        ),
        tuple(sorted(run.carried.items())),
    )


def _merge(into: dict[_Key, _Spread], key: _Key, spread: _Spread) -> None:
    into[key] = _joined([into[key], spread]) if key in into else spread


def _joined(spreads: Iterable[_Spread]) -> _Spread:
    found = list(spreads)
    if len(found) == 1:
        return found[0]
    return {
        sink: (
            min(spread.get(sink, _NOTHING)[0] for spread in found),
            max(spread.get(sink, _NOTHING)[1] for spread in found),
        )
        for sink in {sink for spread in found for sink in spread}
    }


def closed_libr(
    plan: Plan, fund: int, until: int, opening_claims: Mapping[int, Parts] | None = None
) -> Bounds | None:
    """Return the least and the most that `libr` leaves in a fund after the first `until` legs.

    Exact over all orders, for a fund that no other followed fund pays and whose loose credits
    are claimed whole or not at all; None otherwise. `until` does not cut a day.
    """
    begins = {place: begin for begin, end in plan.free for place in range(begin, end)}
    legs = [
        (begins.get(place, place), leg)
        for place, leg in enumerate(plan.legs[:until])
        if leg[0] == fund
    ]
    others = set(plan.funds) - {plan.funds[fund]}
    for _, (_, amount, flow) in legs:
        given = plan.flows[flow]
        in_part = given.claims and sum(part for _, part in given.claims) < amount
        if amount > 0 and (given.source in others or (given.loose and in_part)):
            return None

    def left(*, claimed_last: bool) -> int:
        def rank(entry: tuple[int, Leg]) -> tuple[int, int]:
            begin, (_, amount, flow) = entry
            if amount < 0:
                return begin, 1
            return begin, 2 if bool(plan.flows[flow].claims) == claimed_last else 0

        steps = with_balances((leg for _, leg in sorted(legs, key=rank)), plan.openings)
        run = Run(plan, "libr", opening_claims)
        run.advance(steps)
        state = run.funds[fund]
        return sum(state.amounts(0).values()) if state is not None else 0

    return left(claimed_last=False), left(claimed_last=True)
