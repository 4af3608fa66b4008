"""Whether an asset was fully backed over a period: shown, excluded, or not shown and what lacks.

**Shown**: at every instant what is held in registered customers' places, on addresses with an
accepted proof of control that is new enough, with witnesses that have no gap, and that custody
shows the holder can move, covers what customers are owed. **Excluded**: at some instant even all
that is generous, unproved, unregistered, stale, the house's own, does not. Otherwise **not shown**,
with the least sets of facts that would make it shown. Both ends are one evaluation each.

Even "shown" speaks of the ledger that was given: a debt in no row is not seen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import ge
from typing import Any

from forthwith.books.books import Asset
from forthwith.books.control import Control, folded
from forthwith.books.reckoned import Gap, HeldChange, Reckoning
from forthwith.books.register import OWN
from forthwith.books.timeline import CUSTOMERS, Steps, Timeline, gaps_of, lacking, timeline
from forthwith.domain.instants import DAY, Instant, day_end, day_of, instant_text

SHOWN, EXCLUDED, NOT_SHOWN = "shown", "excluded", "not shown"
#: Instants times sets of facts that a search for least sets may look at.
_MOST_STEPS = 50_000_000
#: Least sets that are listed.
_MOST_SETS = 12
#: Sets of facts to do without that are tried to find them.
_MOST_TRIES = 200
#: Why custody does not show that a place's holder can move what lies there; "" where it does.
Movable = Callable[[str], str]


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """A fact that lacks."""

    #: "proof", "statement", "blocks", "custody", "registration", "class", "cites", "rows",
    #: "completeness", "period"
    kind: str
    #: Address, account, place or chain; several are joined with "; ".
    of: str
    #: What would supply it: one plain sentence without its full stop.
    says: str = field(compare=False)

    def as_json(self) -> dict[str, str]:
        """Return the fact as commands print it."""
        return {"kind": self.kind, "of": self.of, "says": self.says}


@dataclass(frozen=True, slots=True)
class Backing:
    """The answer for one asset and period."""

    asset: Asset
    start: Instant
    end: Instant
    #: "shown", "excluded" or "not shown"
    answer: str
    #: Least sets of facts, any one of which would make it shown; fewest first.
    missing: tuple[tuple[Missing, ...], ...] = ()
    #: Where excluded: the first instant, and that at which most lacks, with the amounts there.
    first: Instant | None = None
    at: Instant | None = None
    owed: int = 0
    counted: int = 0
    #: What the answer rests on and does not say, each one sentence without its full stop.
    caveats: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the answer as `books coverage` prints it."""
        return {
            "asset": self.asset.id,
            "from": instant_text(self.start),
            "to": instant_text(self.end),
            "answer": self.answer,
            "first": None if self.first is None else instant_text(self.first),
            "at": None if self.at is None else instant_text(self.at),
            "owed": self.asset.text(self.owed),
            "counted": self.asset.text(self.counted),
            "missing": [[fact.as_json() for fact in facts] for facts in self.missing],
            "caveats": list(self.caveats),
        }


def fully_backed(
    reckoning: Reckoning,
    asset: str,
    start: Instant,
    end: Instant,
    control: Control | None = None,
    movable: Movable | Mapping[str, str] | None = None,
    everything: Reckoning | None = None,
    line: Timeline | None = None,
) -> Backing:
    """Answer for one asset over `[start, end)`.

    `movable` says by place why custody does not show that its holder can move it, "" where it
    does; without it no place of a chain is shown to be movable. A bank account needs none: its
    statement is made out to its holder. `everything` is the reckoning of all rows whatever their
    standing, where rows were left out; it is what the generous end counts. Raises KeyError: the
    asset is in no row of assets.
    """
    work = _Work(reckoning, reckoning.books.assets[asset], start, end)
    if end <= start:
        fact = Missing(
            "period", instant_text(start), "ask about a period that ends after it begins"
        )
        return Backing(work.asset, start, end, NOT_SHOWN, ((fact,),))
    work.owe(line or timeline(reckoning), everything)
    work.hold(everything or reckoning, control, _asked(movable))
    work.require()
    return work.answer()


def _asked(movable: Movable | Mapping[str, str] | None) -> Movable:
    if movable is None:
        return lambda place: f"no facts of custody were given for {place}"
    if isinstance(movable, Mapping):
        given = movable
        return lambda place: given.get(place, f"custody has no facts about {place}")
    return movable


_Needs = frozenset[Missing]


@dataclass(slots=True)
class _Work:
    reckoning: Reckoning
    asset: Asset
    start: Instant
    end: Instant
    #: What is owed on the accepted rows, and at most, counting rows not accepted that raise it.
    owed: Steps = field(default_factory=Steps)
    owed_at_most: Steps = field(default_factory=Steps)
    #: Changes of what counts only with certain facts.
    changes: dict[_Needs, list[tuple[Instant, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: Facts without which nothing is shown, whatever is held.
    required: set[Missing] = field(default_factory=set)
    #: Where a witness of an own place lacks: nothing is excluded there.
    hidden: tuple[Gap, ...] = ()
    #: What would show places of which no witness shows any balance: it may be anything.
    silent: set[Missing] = field(default_factory=set)
    caveats: list[str] = field(default_factory=list)

    # What is owed.

    def owe(self, line: Timeline, everything: Reckoning | None) -> None:
        of = line.lines[self.asset.id]
        self.owed = _sum(of.owed[0], of.owed[1])
        self.owed_at_most = self.owed
        if not self.reckoning.dropped:
            return
        counted = {row.witness for row in self.reckoning.books.ledger}
        rows = "; ".join(str(row) for row in self.reckoning.dropped[:20])
        count = len(self.reckoning.dropped)
        cites = Missing("cites", rows, f"cite for {count} rows below the accepted standing: {rows}")
        if everything is None:
            self.required.add(cites)
            return
        classes = {row.account for row in everything.books.accounts if row.klass in CUSTOMERS}
        more = [
            (row.effective, row.amount)
            for row in everything.books.ledger
            if row.witness not in counted
            and row.asset == self.asset.id
            and row.amount > 0
            and row.account in classes
        ]
        self.owed_at_most = _sum(self.owed, Steps.of(more))
        whole = timeline(everything).lines[self.asset.id]
        less = _sum(self.owed_at_most, _sum(whole.owed[0], whole.owed[1]), -1)
        before = 0
        for when, value in zip(less.times, less.values):
            self.changes[frozenset((cites,))].append((when, value - before))
            before = value

    # What is held.

    def hold(self, reckoning: Reckoning, control: Control | None, movable: Movable) -> None:
        self.hidden = gaps_of(reckoning, self.asset.id, OWN)
        by_unit: dict[tuple[str, str, str, str], list[HeldChange]] = defaultdict(list)
        for change in reckoning.held_changes:
            if change.asset == self.asset.id and change.klass in (*OWN, "unregistered"):
                key = (change.place, change.klass, change.chain, change.address)
                by_unit[key].append(change)
        accepted = {(row.place, row.address) for row in self.reckoning.books.places}
        gaps = {
            place: [gap for gap in self.hidden if gap.of == place] for place, _, _, _ in by_unit
        }
        seen = {place for place, _, _, _ in by_unit}
        self.silent = {_of_gap(gap) for gap in self.hidden if gap.of not in seen}
        for (place, klass, chain, address), changes in sorted(by_unit.items()):
            steps = Steps.of((change.at, change.delta) for change in changes)
            if not any(steps.values):
                continue
            always = set(self.always(place, klass, chain, address, movable))
            if (
                klass != "unregistered"
                and address
                and not any(place == name and (address == of or not chain) for name, of in accepted)
            ):
                always.add(
                    Missing(
                        "registration", place, f"cite for the rows of places that register {place}"
                    )
                )
            parts = [(gap.start, gap.end, _of_gap(gap)) for gap in gaps[place]]
            if chain:
                parts += self.unproved(chain, address, control)
                parts += self.beyond(reckoning, chain)
            self.lay(steps, frozenset(always), parts)

    def always(
        self, place: str, klass: str, chain: str, address: str, movable: Movable
    ) -> Iterator[Missing]:
        """Yield what lacks at any instant for a place to count."""
        if klass == "unregistered":
            yield Missing(
                "registration", address, f"register {address} of {chain} as a customers' place"
            )
        elif klass != "customer":
            yield Missing(
                "class", place, f"show that what lies in {place}, the house's, lies for customers"
            )
        if chain and (why := movable(place)):
            yield Missing("custody", place, f"show that the holder of {place} can move it: {why}")

    def unproved(
        self, chain: str, address: str, control: Control | None
    ) -> list[tuple[Instant | None, Instant | None, Missing]]:
        """Return the stretches at which no proof of control is new enough."""
        name = address or f"the addresses of {chain}"
        fact = Missing("proof", name, f"give a proof of control of {name}")
        days = self.reckoning.parameters.proof_age
        if control is None or not address:
            return [(None, None, fact)]
        edges = {self.start, self.end}
        for time in control.proved.get((chain, folded(address)), ()):
            stale = time + days * DAY + 1
            edges.update(edge for edge in (time, stale) if self.start < edge < self.end)
        marks = sorted(edges)
        return [
            (mark, after, fact)
            for mark, after in pairwise(marks)
            if not control.fresh(chain, address, mark, days)
        ]

    def beyond(
        self, reckoning: Reckoning, name: str
    ) -> list[tuple[Instant | None, Instant | None, Missing]]:
        """Return what lies past the day of the last block given."""
        chain = reckoning.chains.get(name)
        if chain is None or not chain.instants:
            return []
        zone = self.reckoning.parameters.zone
        known = day_end(day_of(chain.instants[-1], zone), zone) + 1
        if known >= self.end:
            return []
        height = chain.blocks[-1].height
        says = f"give the blocks of {name} after {height} to {instant_text(self.end - 1)}"
        return [(known, None, Missing("blocks", name, says))]

    def lay(
        self,
        steps: Steps,
        always: _Needs,
        parts: Sequence[tuple[Instant | None, Instant | None, Missing]],
    ) -> None:
        """Add a balance under the facts it needs at each instant."""
        edges = {self.start}
        for begin, end, _ in parts:
            edges.update(
                edge for edge in (begin, end) if edge is not None and self.start < edge < self.end
            )
        marks = sorted(edges)
        for mark, after in zip(marks, [*marks[1:], self.end]):
            needs = always | {
                fact
                for begin, end, fact in parts
                if (begin is None or begin <= mark) and (end is None or mark < end)
            }
            value = steps.at(mark)
            self.changes[needs].append((mark, value))
            first = bisect_right(steps.times, mark)
            last = bisect_right(steps.times, after - 1)
            for place in range(first, last):
                self.changes[needs].append((steps.times[place], steps.values[place] - value))
                value = steps.values[place]
            self.changes[needs].append((after, -value))

    def require(self) -> None:
        """Name what lacks whatever is held."""
        books = self.reckoning.books
        if books.faults:
            where = "; ".join(f"{fault.file}:{fault.line}" for fault in books.faults[:20])
            self.required.add(
                Missing(
                    "rows", where, f"mend {len(books.faults)} rows that cannot be read: {where}"
                )
            )
        whole = any(
            row.of == "accounts"
            and (row.span.start is None or row.span.start <= self.start)
            and (row.span.end is None or row.span.end >= self.end)
            for row in books.completeness
        )
        if whole:
            return
        if not any(row.asset == self.asset.id for row in books.ledger):
            says = f"give the rows of {self.asset.id} of the customers' ledger"
            says += ", or a row of completeness that its accounts are all"
            self.required.add(Missing("completeness", "accounts", says))
        self.caveats.append(
            "this is the ledger that was given: no row says that its list of accounts is whole, "
            "and what is owed in no row is not seen"
        )

    # Both ends.

    def answer(self) -> Backing:
        tables = {needs: Steps.of(changes) for needs, changes in self.changes.items()}
        marks = {self.start}
        for steps in (self.owed, self.owed_at_most, lacking(self.hidden), *tables.values()):
            first = bisect_right(steps.times, self.start)
            marks.update(steps.times[first : bisect_right(steps.times, self.end - 1)])
        ordered = sorted(marks)
        columns = {needs: steps.along(ordered) for needs, steps in tables.items()}
        excluded = self.excluded(ordered, columns)
        if excluded is not None:
            return excluded
        limits = [
            owed - self.reckoning.parameters.floor(self.asset.id)
            for owed in self.owed_at_most.along(ordered)
        ]
        base = _total(columns, frozenset(), len(ordered))
        short = [place for place, held in enumerate(base) if held < limits[place]]
        if not short and not self.required:
            return Backing(self.asset, self.start, self.end, SHOWN, caveats=tuple(self.caveats))
        columns = {needs: [values[place] for place in short] for needs, values in columns.items()}
        sets = self.least([limits[place] for place in short], columns)
        return Backing(
            self.asset, self.start, self.end, NOT_SHOWN, sets, caveats=tuple(self.caveats)
        )

    def excluded(
        self, marks: Sequence[Instant], columns: Mapping[_Needs, Sequence[int]]
    ) -> Backing | None:
        """Return the answer where even all that is generous does not cover the accepted rows."""
        floor = self.reckoning.parameters.floor(self.asset.id)
        held = [0] * len(marks)
        for needs, values in columns.items():
            # What rows not accepted would lower is no holding.
            if not any(fact.kind == "cites" for fact in needs):
                held = [one + two for one, two in zip(held, values)]
        found: list[tuple[int, Instant, int, int]] = []
        hidden = lacking(self.hidden).along(marks)
        for when, owed, counted, lacks in zip(marks, self.owed.along(marks), held, hidden):
            if owed - counted > floor and not lacks:
                found.append((owed - counted, when, owed, counted))
        if not found:
            return None
        most = max(found, key=lambda item: (item[0], -item[1]))
        return Backing(
            self.asset, self.start, self.end, EXCLUDED, (), found[0][1], most[1], most[2], most[3],
            tuple(self.caveats),
        )  # fmt: skip

    def least(
        self, limits: Sequence[int], columns: Mapping[_Needs, Sequence[int]]
    ) -> tuple[tuple[Missing, ...], ...]:
        """Return least sets of facts that would make it shown, up to a number of them.

        Each fact of a set found is left out in turn, which another set must then do without
        (Reiter, A Theory of Diagnosis from First Principles, 1987). Where even all facts would not
        be enough, or a search would take too long, the set is all of them.
        """
        useful = {needs for needs, values in columns.items() if any(values)}
        every = frozenset(fact for needs in useful for fact in needs)
        required = frozenset(self.required)

        def enough(facts: frozenset[Missing]) -> bool:
            held = _total(columns, facts, len(limits))
            return all(map(ge, held, limits))

        cost = len(limits) * max(1, len(columns)) * max(1, len(every))
        tries = min(_MOST_TRIES, _MOST_STEPS // max(1, cost))
        if tries < _MOST_SETS or not enough(every):
            return (tuple(sorted(every | required | self.silent)),)

        def reduced(facts: frozenset[Missing], order: _Order) -> frozenset[Missing]:
            for fact in sorted(facts, key=order):
                if enough(facts - {fact}):
                    facts -= {fact}
            return facts

        found = dict.fromkeys(reduced(every, order) for order in _ORDERS)
        # What stands in the sets found, and what a further one must do without.
        waiting = [frozenset({fact}) for facts in found for fact in sorted(facts)]
        tried: set[frozenset[Missing]] = set()
        for without in waiting:
            if len(found) >= _MOST_SETS or len(tried) >= tries:
                break
            if without in tried:
                continue
            tried.add(without)
            if not enough(every - without):
                continue
            facts = reduced(every - without, _hard_first)
            found[facts] = None
            waiting += [without | {fact} for fact in sorted(facts)]
        return tuple(
            sorted(
                (tuple(sorted(facts | required)) for facts in found),
                key=lambda facts: (len(facts), facts),
            )
        )


_HARDNESS = ("class", "registration", "cites", "custody", "blocks", "statement", "proof")


def _hard_first(fact: Missing) -> tuple[int, str]:
    """Leave out first what is hardest to show."""
    return _HARDNESS.index(fact.kind), fact.of


def _easy_first(fact: Missing) -> tuple[int, str]:
    return -_HARDNESS.index(fact.kind), fact.of


_Order = Callable[[Missing], tuple[int, str]]
_ORDERS: tuple[_Order, ...] = (_hard_first, _easy_first)


def _of_gap(gap: Gap) -> Missing:
    kind = "blocks" if "block" in gap.cure or "missing part" in gap.cure else "statement"
    return Missing(kind, f"{gap.of}: {gap.why}", gap.cure or gap.why)


def _sum(one: Steps, two: Steps, sign: int = 1) -> Steps:
    times = sorted({*one.times, *two.times})
    return Steps(
        times,
        [a + sign * b for a, b in zip(one.along(times), two.along(times))],
    )


def _total(
    columns: Mapping[_Needs, Sequence[int]], facts: frozenset[Missing], length: int
) -> list[int]:
    """Return what counts at each instant with these facts."""
    counted = [values for needs, values in columns.items() if needs <= facts]
    return [sum(column) for column in zip(*counted)] if counted else [0] * length
