"""One method run over flows in one order: what it leaves where, and each step it took."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Mapping, Sequence

from forthwith.books.tracing.flows import Plan, Step
from forthwith.books.tracing.funds import Fund, Parts, Tag, add, fund, tagged

#: A flow of which something tagged moved: its number, the sink or "" for its own target, the parts.
Moved = tuple[int, str, Parts]


#: Legs from which on a run is worth pausing the collector for.
_MANY = 10_000


class Run:
    """A method's memory of all funds while legs are taken one after the other.

    `funds` has None for a fund of which nothing is tagged: only its balance matters, and the legs
    know it.
    """

    def __init__(
        self,
        plan: Plan,
        method: str,
        opening_claims: Mapping[int, Parts] | None = None,
        *,
        keep: bool = True,
    ) -> None:
        self.plan = plan
        self.method = method
        self.funds: list[Fund | None] = [None] * len(plan.funds)
        #: Parts that left a fund and have not arrived, by flow.
        self.carried: dict[int, Parts] = {}
        #: Each step, unless `keep` is False: a million of a hundred claims fill no memory then.
        self.moved: list[Moved] = []
        self._gone: dict[str, dict[Tag, int]] = defaultdict(lambda: defaultdict(int))
        #: Poison gives the same set of tags again and again: it is summed as one and split once.
        self._shared: dict[tuple[str, frozenset[int]], int] = defaultdict(int)
        self._note = self.moved.append if keep else self._sum
        self._claims = {n: flow.claims for n, flow in enumerate(plan.flows) if flow.claims}
        for n in [n for n in self._claims if plan.targets[n] < 0]:
            self._note((n, "", self._claims.pop(n)))
        for number, parts in (opening_claims or {}).items():
            self._enter(number, 0, plan.openings[number], parts)

    def resume(self, funds: Mapping[int, Fund], carried: Mapping[int, Parts]) -> None:
        """Forget everything but these funds and what is under way."""
        self.funds = [funds.get(number) for number in range(len(self.plan.funds))]
        self.carried = dict(carried)
        self.moved.clear()
        self._gone.clear()
        self._shared.clear()

    def advance(self, steps: Sequence[Step]) -> None:
        """Take legs in the order given."""
        if len(steps) < _MANY:
            self._segments(steps)
            return
        # Parts hold no circles, and a collector would look at millions of them again and again.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._segments(steps)
        finally:
            if collecting:
                gc.enable()

    def _segments(self, steps: Sequence[Step]) -> None:
        start = 0
        if self._claims:
            for place, step in enumerate(steps):
                if step[1] > 0 and step[3] in self._claims:
                    self._advance(steps[start:place])
                    self._claim(*step)
                    start = place + 1
        self._advance(steps[start:] if start else steps)

    def _advance(self, steps: Sequence[Step]) -> None:
        funds, carried, targets = self.funds, self.carried, self.plan.targets
        note = self._note
        for number, amount, balance, flow in steps:
            state = funds[number]
            if amount > 0:
                if carried and flow in carried:
                    self._arrive(number, amount, balance, flow)
                elif state is not None:
                    state.put(balance, amount, ())
                continue
            if state is None:
                continue
            if parts := self._leave(state, number, -amount, balance):
                note((flow, "", parts))
                if targets[flow] >= 0:
                    carried[flow] = parts

    def _leave(self, state: Fund, number: int, amount: int, balance: int) -> Parts:
        if amount < balance:
            parts = state.take(balance, amount)
            if parts and state.clean():
                self.funds[number] = None
            return parts
        # All of it leaves, and empty is clean; what is missing is the bank's.
        self.funds[number] = None
        parts = state.take(balance, balance)
        return (*parts, (None, amount - balance)) if amount > balance else parts

    def _arrive(self, number: int, amount: int, balance: int, flow: int) -> None:
        """Put what a flow carries into a fund; an overdraft is repaid first, by its own method."""
        parts = self.carried.pop(flow)
        if balance >= 0:
            self._enter(number, balance, amount, parts)
            return
        fresh = fund(self.method, 0)
        fresh.put(0, amount, parts)
        if repaid := fresh.take(amount, min(amount, -balance)):
            sink = f"overdraft:{self.plan.funds[number]}"
            self._note((flow, sink, repaid))
        if amount + balance > 0 and not fresh.clean():
            self.funds[number] = fresh

    def _enter(self, number: int, balance: int, amount: int, parts: Parts) -> None:
        state = self.funds[number]
        if state is None:
            state = fund(self.method, balance)
        state.put(balance, amount, parts)
        if not state.clean():
            self.funds[number] = state

    def _claim(self, number: int, amount: int, balance: int, flow: int) -> None:
        """Take in a flow of which something is claimed: the claimed parts come first.

        What was tagged for somebody else in the units now claimed ends in `claimed:FUND`; poison,
        which shares each unit, loses nothing.
        """
        claims: Parts = self._claims[flow]
        size = sum(part for _, part in claims)
        lost, rest = _split(self.carried.pop(flow, ((None, amount),)), size)
        if self.method == "poison":
            lost, rest = (), (*lost, *rest)
        elif tagged(lost):
            self._note((flow, f"claimed:{self.plan.funds[number]}", lost))
        self._note((flow, "", claims))
        self.carried[flow] = (*claims, *rest)
        self._arrive(number, amount, balance, flow)

    def left(self, balances: Sequence[int]) -> dict[str, dict[int, int]]:
        """Return what is tagged in each fund, by tag, and in transit, as `transit:FUND`.

        `balances` are the funds' after the legs taken so far.
        """
        names, found = self.plan.funds, {}
        for number, state in enumerate(self.funds):
            if state is not None and (amounts := state.amounts(balances[number])):
                found[names[number]] = amounts
        for flow, parts in self.carried.items():
            name = f"transit:{names[self.plan.targets[flow]]}"
            add(found.setdefault(name, {}), parts)
        return found

    def gone(self) -> dict[str, dict[int, int]]:
        """Return what ended in each sink, by tag."""
        if self.moved:
            self._gone.clear()
            self._shared.clear()
            for moved in self.moved:
                self._sum(moved)
        found: dict[str, dict[int, int]] = {}
        for sink, counts in self._gone.items():
            if sums := tagged(counts.items()):
                found[sink] = sums
        for (sink, tags), part in self._shared.items():
            add(found.setdefault(sink, {}), ((tags, part),))
        return found

    def _sum(self, moved: Moved) -> None:
        flow, sink, parts = moved
        if not sink:
            if self.plan.targets[flow] >= 0:
                return
            sink = self.plan.sinks[flow]
        if self.method != "poison":
            sums = self._gone[sink]
            for tag, part in parts:
                sums[tag] += part
            return
        for tag, part in parts:
            if tag is not None:
                tags = tag if isinstance(tag, frozenset) else frozenset((tag,))
                self._shared[sink, tags] += part


def _split(parts: Parts, size: int) -> tuple[Parts, Parts]:
    first: list[tuple[Tag, int]] = []
    rest: list[tuple[Tag, int]] = []
    for tag, part in parts:
        taken = min(part, size)
        size -= taken
        if taken:
            first.append((tag, taken))
        if part > taken:
            rest.append((tag, part - taken))
    return tuple(first), tuple(rest)
