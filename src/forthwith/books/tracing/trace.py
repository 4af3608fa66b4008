"""A trace: a claimed sum followed from where it came in, five methods side by side.

Nothing of a claim is anywhere before it came in, so the trace begins there: each followed fund
opens with what its witnesses show, as other money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from forthwith.books.bank_moves import reference_key
from forthwith.books.books import Asset, Opening, Parameters, TracedSum, WitnessRow
from forthwith.books.moves import Move
from forthwith.books.places import PART
from forthwith.books.reckoned import Gap, Reckoning
from forthwith.books.register import keys_of
from forthwith.books.tracing.flows import CHAIN, Flow, Plan, plan
from forthwith.books.tracing.funds import METHODS, Parts, apportioned, tagged
from forthwith.books.tracing.names import PASSING, Namer
from forthwith.books.tracing.ranges import Bounds, closed_libr, over_all_orders
from forthwith.books.tracing.running import Run
from forthwith.books.tracing.trades import Trade, trades
from forthwith.domain.errors import ForthwithError
from forthwith.domain.instants import DAY, Instant, day_end, day_of, instant_text

#: The reference of a claim that is part of an opening.
OPENING = "opening"
OTHER = "other"
EXACT = "over all orders of each day"
ONE_ORDER = "the chain gives the order"
THREE_ORDERS = "over three orders, not a bound"
_LONG_AGO = -(1 << 62)
#: Sinks in which value is on its way, or was last seen.
_STILL = ("transit:", "stopped:")


class TraceError(ForthwithError):
    """A claim cannot be traced as its row stands."""

    def __init__(self, claim: TracedSum, why: str, do: str) -> None:
        super().__init__(f"{claim.witness}: claim {claim.claim} cannot be traced: {why}. {do}.")


@dataclass(frozen=True, slots=True)
class TraceStep:
    """Something of the claim that moved."""

    #: As written, in the parameters' zone.
    day: str
    reference: str
    #: The followed place it went to, or the sink.
    target: str
    amount: int
    source: str
    move: str
    rows: tuple[WitnessRow, ...]
    #: The claim comes in with it.
    enters: bool = False

    @property
    def passes(self) -> bool:
        """Return whether it only goes into the fund of a transaction with several payers."""
        return self.target.startswith(PASSING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One method in one order. Amounts are smallest units; left and gone come to the claim."""

    #: By place; `transit:PLACE` is on its way there, `stopped:PLACE` came after its gap.
    left: Mapping[str, int]
    gone: Mapping[str, int]
    steps: tuple[TraceStep, ...]
    #: By month end, as written.
    left_at: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class TraceRange:
    """The least and the most of one method, by place and by sink."""

    left: Mapping[str, Bounds]
    gone: Mapping[str, Bounds]
    #: What the range is over: EXACT, ONE_ORDER or THREE_ORDERS, by place and sink.
    over: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoppedAt:
    """A followed place whose witnesses end."""

    place: str
    #: The last day shown, as written; "" where nothing was ever shown.
    day: str
    gap: Gap
    #: What was there then, by method and order.
    amounts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Converted:
    """What the claim became in another asset, in that asset's smallest units."""

    asset: Asset
    trades: tuple[Trade, ...]
    #: As a trace's; orders are those of the trace it comes from and of its own rows.
    methods: Mapping[str, Mapping[str, Outcome]]


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a claim went, under each method and in each order."""

    claim: TracedSum
    asset: Asset
    #: Of the claim, in smallest units.
    amount: int
    #: When it came in.
    since: Instant
    #: Followed places, in order of name, and the tokens that stop it.
    follow: tuple[str, ...]
    #: Places the trace reached that ended it as restored.
    stop: tuple[str, ...]
    #: By method and order.
    methods: Mapping[str, Mapping[str, Outcome]]
    ranges: Mapping[str, TraceRange]
    #: By month end: the least and the most that libr leaves, by place, where two orders settle it.
    libr_left_at: Mapping[str, Mapping[str, Bounds]]
    stopped: tuple[StoppedAt, ...]
    parameters: Parameters
    notes: tuple[str, ...] = ()
    #: In the order the trace reached them; only with `follow_trades`.
    converted: tuple[Converted, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it with the keys of `books trace CLAIM`; amounts are texts of the asset."""
        text = self.asset.text
        steps = [
            step
            for methods in (self.methods, *(found.methods for found in self.converted))
            for orders in methods.values()
            for outcome in orders.values()
            for step in outcome.steps
        ]
        return {
            "claim": self.claim.claim,
            "asset": self.asset.id,
            "amount": text(self.amount),
            "place": self.claim.place,
            "reference": self.claim.reference,
            "claimant": self.claim.claimant,
            "since": instant_text(self.since),
            "follow": list(self.follow),
            "stop": list(self.stop),
            "opening": self.parameters.opening,
            "methods": _methods(self.asset, self.methods),
            "left_at": self._left_at(),
            "range": {
                method: {
                    "left": self._bounds(found.left),
                    "gone": self._bounds(found.gone),
                    "over": dict(found.over),
                }
                for method, found in self.ranges.items()
            },
            "stopped_at": [
                {
                    "place": stop.place,
                    "day": stop.day,
                    "from": instant_text(stop.gap.start) if stop.gap.start is not None else None,
                    "to": instant_text(stop.gap.end) if stop.gap.end is not None else None,
                    "why": stop.gap.why,
                    "methods": {
                        method: {order: text(amount) for order, amount in orders.items()}
                        for method, orders in stop.amounts.items()
                    },
                }
                for stop in self.stopped
            ],
            "converted": [
                {
                    "asset": found.asset.id,
                    "trades": [trade.reference for trade in found.trades],
                    "methods": _methods(found.asset, found.methods),
                }
                for found in self.converted
            ],
            "rows": {
                step.move: [str(row) for row in step.rows]
                for step in sorted(steps, key=lambda step: (step.day, step.move))
            },
            "notes": list(self.notes),
            "parameters": {
                "mixing": self.parameters.mixing,
                "fee": self.parameters.fee,
                "zone": self.parameters.zone,
                "opening": self.parameters.opening,
                "follow_trades": self.parameters.follow_trades,
                "states": self.parameters.states,
            },
        }

    def _bounds(self, bounds: Mapping[str, Bounds]) -> dict[str, list[str]]:
        return {name: [self.asset.text(end) for end in bounds[name]] for name in sorted(bounds)}

    def _left_at(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for method, orders in self.methods.items():
            for order, outcome in orders.items():
                for day, left in outcome.left_at.items():
                    found.setdefault(day, {}).setdefault(method, {})[order] = _texts(
                        self.asset, left
                    )
        for day, bounds in self.libr_left_at.items():
            for end, name in ((1, "best"), (0, "worst")):
                left = {place: pair[end] for place, pair in bounds.items() if pair[end]}
                found[day]["libr"][name] = _texts(self.asset, left)
        return found


def _texts(asset: Asset, amounts: Mapping[str, int]) -> dict[str, str]:
    return {name: asset.text(amounts[name]) for name in sorted(amounts)}


def _methods(asset: Asset, methods: Mapping[str, Mapping[str, Outcome]]) -> dict[str, Any]:
    return {
        method: {
            order: {
                "left": _texts(asset, outcome.left),
                "gone": _texts(asset, outcome.gone),
                "steps": [
                    [step.day, step.reference, step.target, asset.text(step.amount)]
                    for step in outcome.steps
                    if not step.passes
                ],
            }
            for order, outcome in orders.items()
        }
        for method, orders in methods.items()
    }


def trace(
    reckoning: Reckoning,
    claim: TracedSum,
    parameters: Parameters | None = None,
    *,
    until: Instant | None = None,
) -> Trace:
    """Return where a claim went until an instant (the last move of its asset).

    Raises TraceError: no move or opening, or several, are what its row names; more is claimed than
    moved.
    """
    return _Tracer(reckoning, claim, parameters or reckoning.parameters, until).traced()


class _Tracer:
    def __init__(
        self,
        reckoning: Reckoning,
        claim: TracedSum,
        parameters: Parameters,
        until: Instant | None,
    ) -> None:
        self._reckoning = reckoning
        self._claim = claim
        self._parameters = parameters
        asset = reckoning.books.assets.get(claim.asset)
        if asset is None:
            raise TraceError(
                claim, f"{claim.asset!r} is no asset of the books", "Add it to assets, or mend it"
            )
        self._asset = asset
        self._namer = Namer(reckoning.books, claim, _to_customers(reckoning))
        self._moves = [
            move
            for move in reckoning.moves
            if move.asset == asset.id and (until is None or move.left <= until)
        ]
        self._by_id = {move.id: move for move in self._moves}
        self._asked_until = until
        self._until = (
            until if until is not None else max((move.arrived for move in self._moves), default=0)
        )
        self._notes: list[str] = []
        self._trades, self._doubtful = trades(reckoning)

    def traced(self) -> Trace:
        """Return the whole answer."""
        claim = self._claim
        opened = claim.reference.strip().casefold().partition(":")
        if opened[0] == OPENING:
            tagged_move, amount, since = None, *self._opening(opened[2])
        else:
            tagged_move, amount = self._move()
            since = tagged_move.left
        # Nothing is claimed before: from `since` on rows count, an opening's from the next second.
        start = since + 1 if tagged_move is None else since
        beside = self._characterised(since)
        if beside:
            since = beside[0].at
            start = since + 1
        gaps = self._gaps(start)
        funds = self._funds(gaps, start, {claim.place})
        claims = {} if tagged_move is None else {tagged_move.id: amount}
        flows = self._flows(funds, start, claims)
        stops = {fund: max(gaps[fund].start or _LONG_AGO, start) for fund in funds if fund in gaps}
        openings = self._balances(funds, start)
        made = plan(flows, funds, openings, stops)
        opened_with = dict.fromkeys(funds, 0)
        if tagged_move is None:
            opened_with[claim.place] = amount
        for row in beside:
            if row.place in opened_with:
                opened_with[row.place] += row.amount
                amount += row.amount
                self._notes.append(
                    f"{row.witness}: {self._asset.text(row.amount)} of {row.group} in {row.place} "
                    "is traced with the claim, as `opening` asks"
                )
        opening_claims = self._opening_claims(funds, opened_with, openings)
        cuts = self._month_ends(since)
        methods = {
            method: {
                order: self._outcome(made, method, order, cuts, opening_claims)
                for order in made.orders()
            }
            for method in METHODS
        }
        return Trace(
            claim,
            self._asset,
            amount,
            since,
            tuple(fund for fund in funds if not fund.startswith(PASSING)),
            self._stop_places(),
            methods,
            {
                method: self._range(made, method, orders, opening_claims)
                for method, orders in methods.items()
            },
            self._libr_left_at(made, cuts, opening_claims),
            self._stopped(gaps, stops, methods),
            self._parameters,
            (*self._notes, *self._namer.former, *self._doubtful),
            tuple(self.converted(methods, {self._asset.id}))
            if self._parameters.follow_trades
            else (),
        )

    def _characterised(self, since: Instant) -> list[Opening]:
        """Return the openings that the parameter `opening` traces with the claim."""
        group = self._parameters.opening
        if group == OTHER:
            return []
        rows = [
            row
            for row in self._reckoning.books.openings
            if row.asset == self._asset.id and row.group == group
        ]
        instants = {row.at for row in rows}
        if len(instants) != 1 or max(instants) > since:
            raise TraceError(
                self._claim,
                f"opening is {group!r}, and openings has {len(rows)} rows of {self._asset.id} for "
                f"it at {len(instants)} instants before the claim came in",
                f"Give them at one instant, or trace with opening {OTHER!r}",
            )
        return rows

    def _opening_claims(
        self, funds: Sequence[str], wanted: Mapping[str, int], openings: Mapping[str, int]
    ) -> dict[int, Parts]:
        """Return what opens tagged, by fund; the tagged part comes first."""
        found: dict[int, Parts] = {}
        for number, fund in enumerate(funds):
            amount, there = wanted[fund], openings[fund]
            if amount > there:
                raise TraceError(
                    self._claim,
                    f"{self._asset.text(amount)} is claimed of what lay in {fund}, which was "
                    f"{self._asset.text(there)}",
                    "Mend the amount, or the opening",
                )
            if amount > 0:
                rest = there - amount
                found[number] = ((0, amount), (None, rest)) if rest else ((0, amount),)
        return found

    def converted(
        self, methods: Mapping[str, Mapping[str, Outcome]], seen: set[str]
    ) -> Iterator[Converted]:
        """Go on in each asset that traded value became; one already traced ends at the trade."""
        reached: dict[str, dict[str, Trade]] = {}
        for orders in methods.values():
            for outcome in orders.values():
                for step in outcome.steps:
                    trade = self._trades.get(step.move)
                    if trade is not None and trade.got.asset not in seen:
                        reached.setdefault(trade.got.asset, {})[step.move] = trade
        for asset, traded in sorted(reached.items()):
            if asset in seen or asset not in self._reckoning.books.assets:
                continue
            seen.add(asset)
            other = _Tracer(
                self._reckoning,
                replace(self._claim, asset=asset),
                self._parameters,
                self._asked_until,
            )
            known = tuple(trade for trade in traded.values() if other.has(trade.got))
            if not known:
                continue
            found = other.went_on(methods, known)
            yield found
            yield from other.converted(found.methods, seen)

    def has(self, move: Move) -> bool:
        """Return whether a move is of this asset, and not after the end of the trace."""
        return move.id in self._by_id

    def went_on(
        self, methods: Mapping[str, Mapping[str, Outcome]], traded: tuple[Trade, ...]
    ) -> Converted:
        """Return what became of traded value: each trade's own two amounts, rounded as pro rata.

        The tagged part of what was got enters first.
        """
        start = min(trade.got.left for trade in traded)
        gaps = self._gaps(start)
        funds = self._funds(gaps, start, {trade.got.target for trade in traded})
        stops = {fund: max(gaps[fund].start or _LONG_AGO, start) for fund in funds if fund in gaps}
        openings, cuts = self._balances(funds, start), self._month_ends(start)
        found: dict[str, dict[str, Outcome]] = {method: {} for method in methods}
        for method, orders in methods.items():
            for order, outcome in orders.items():
                claims = {}
                for trade in traded:
                    part = sum(
                        step.amount
                        for step in outcome.steps
                        if step.move == trade.given.id and step.target == trade.sink
                    )
                    whole = trade.given.amount
                    claims[trade.got.id] = apportioned(
                        trade.got.amount, whole, [part, whole - part]
                    )[0]
                made = plan(self._flows(funds, start, claims), funds, openings, stops)
                for own in made.orders():
                    if order in (own, CHAIN) or own == CHAIN:
                        name = own if order == CHAIN else order
                        found[method][name] = self._outcome(made, method, own, cuts, {})
        return Converted(self._asset, traded, found)

    def _move(self) -> tuple[Move, int]:
        claim = self._claim
        key = reference_key(claim.reference)
        found = [
            move
            for move in self._moves
            if (claim.reference.strip() == move.id or (key and key in keys_of(move)))
            and claim.place in (move.target, self._namer.place(move.target))
        ]
        if len(found) != 1:
            said = "no move" if not found else f"{len(found)} moves"
            which = ", ".join(move.id for move in found[:5])
            raise TraceError(
                claim,
                f"{said} of {claim.asset} with the reference {claim.reference!r} came to "
                f"{claim.place}" + (f" ({which})" if which else ""),
                "Write the id of one of them as reference"
                if found
                else "Check reference, place and asset against the statement or the chain",
            )
        move = found[0]
        amount = move.amount if claim.amount is None else claim.amount
        if not 0 < amount <= move.amount:
            raise TraceError(
                claim,
                f"{self._asset.text(amount)} is claimed of a move of "
                f"{self._asset.text(move.amount)} ({move.id})",
                "Claim at most what moved, and more than nothing",
            )
        return move, amount

    def _opening(self, group: str) -> tuple[int, Instant]:
        claim = self._claim
        rows = [
            row
            for row in self._reckoning.books.openings
            if row.place == claim.place
            and row.asset == claim.asset
            and (not group or row.group == group)
        ]
        instants = {row.at for row in rows}
        if len(instants) != 1:
            raise TraceError(
                claim,
                f"openings has {len(rows)} rows of {claim.asset} in {claim.place} at "
                f"{len(instants)} instants",
                "Give the opening it is part of, at one instant",
            )
        amount = sum(row.amount for row in rows) if claim.amount is None else claim.amount
        if amount <= 0:
            raise TraceError(claim, "it is of nothing", "Claim more than nothing")
        return amount, instants.pop()

    def _gaps(self, start: Instant) -> dict[str, Gap]:
        """Return by place the first gap that is not over when the trace begins."""
        found: dict[str, Gap] = {}
        for gap in self._reckoning.gaps:
            if gap.end is not None and gap.end <= start:
                continue
            if (gap.start or _LONG_AGO) > self._until:
                continue
            places = [
                row.place
                for row in self._reckoning.books.places
                if row.place == gap.of or (row.chain and row.chain == gap.of == self._asset.chain)
            ]
            for place in places:
                before = found.get(place)
                if before is None or (gap.start or _LONG_AGO) < (before.start or _LONG_AGO):
                    found[place] = gap
        units = {unit for move in self._moves for unit in (move.source, move.target)}
        units |= set(found) | {self._claim.place}
        return {unit: found[place] for unit in units if (place := self._namer.place(unit)) in found}

    def _funds(self, gaps: Mapping[str, Gap], start: Instant, always: Collection[str]) -> list[str]:
        claim, namer = self._claim, self._namer
        units = {unit for move in self._moves for unit in (move.source, move.target)}
        if claim.follow:
            known = {namer.place(unit) for unit in units} | units
            self._notes += [
                f"{place} of follow has no move of {claim.asset}"
                for place in claim.follow
                if place not in known
            ]

        def followed(unit: str) -> bool:
            place = namer.place(unit)
            if unit in always or place in always:
                return True
            if not place or namer.stops(unit, start):
                return False
            if claim.follow:
                return place in claim.follow or unit in claim.follow
            gap = gaps.get(unit)
            return gap is None or (gap.start or _LONG_AGO) > start

        funds = {unit for unit in units if followed(unit)}
        funds |= set(always) - {namer.place(unit) for unit in funds}
        funds |= {
            move.target
            for move in self._moves
            if move.source in funds and move.target.startswith(PASSING)
        }
        return sorted(funds)

    def _flows(
        self, funds: Sequence[str], start: Instant, claims: Mapping[str, int]
    ) -> Iterable[Flow]:
        known = set(funds)
        late = 0
        for move in self._moves:
            if move.arrived < start or not {move.source, move.target} & known:
                continue
            if move.source == move.target and move.left == move.arrived:
                # What does not leave a fund changes nothing in it.
                continue
            late += move.arrived < move.left
            yield Flow(
                move.id,
                move.source if move.left >= start else "before",
                self._target(move, known),
                move.amount,
                max(move.left, start),
                move.arrived,
                move.order,
                move.arrived_order,
                move.kind == "bank",
                ((0, claims[move.id]),) if claims.get(move.id) else (),
                move.reference,
            )
        if late:
            self._notes.append(
                f"{late} transfers are credited before they are debited: they arrive when they left"
            )

    def _target(self, move: Move, known: Collection[str]) -> str:
        """Return the fund a move goes to, or its sink; what is traded away ends at the trade."""
        if (trade := self._trades.get(move.id)) is not None:
            return trade.sink
        return move.target if move.target in known else self._namer.sink(move)

    def _balances(self, funds: Sequence[str], start: Instant) -> dict[str, int]:
        """Return what lay in each fund before the trace begins: as witnessed, else by moves."""
        sums = dict.fromkeys(funds, 0)
        witnessed, ends = self._held(start - 1), self._held(self._until)
        for move in self._moves:
            for fund, delta, at in (
                (move.source, -move.amount, move.left),
                (move.target, move.amount, move.arrived),
            ):
                if fund in witnessed and at >= start:
                    ends[fund] -= delta
                elif fund in sums and fund not in witnessed and at < start:
                    sums[fund] += delta
        for fund in sums.keys() & witnessed.keys():
            sums[fund] = witnessed[fund]
            if ends[fund] != witnessed[fund]:
                self._notes.append(
                    f"what moved in {fund} is {self._asset.text(ends[fund] - witnessed[fund])} "
                    "less than what its witnesses show: the rest is taken for other money that "
                    "nobody saw come or go"
                )
        return sums

    def _held(self, when: Instant) -> dict[str, int]:
        """Return the witnessed balance of each place at an instant, by unit of mixing."""
        sums: dict[str, int] = defaultdict(int)
        for change in self._reckoning.held_changes:
            if change.asset == self._asset.id:
                apart = self._parameters.mixing == "address" and change.chain and change.address
                unit = f"{change.place}{PART}{change.address}" if apart else change.place
                sums[unit] += change.delta if change.at <= when else 0
        return sums

    def _month_ends(self, since: Instant) -> dict[str, Instant]:
        zone = self._parameters.zone
        moved = max((move.arrived for move in self._moves), default=since)
        day, last = day_of(since, zone), day_of(max(min(self._until, moved), since), zone)
        ends: dict[str, Instant] = {}
        while day <= last:
            following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
            end = following - timedelta(days=1)
            ends[end.isoformat()] = day_end(end, zone)
            day = following
        return ends

    def _outcome(
        self,
        made: Plan,
        method: str,
        order: str,
        cuts: Mapping[str, Instant],
        opening_claims: Mapping[int, Parts],
    ) -> Outcome:
        steps = made.arranged(order)
        run = Run(made, method, opening_claims)
        at = 0
        left_at = {}
        for day, end in cuts.items():
            until = made.until(end)
            run.advance(steps[at:until])
            left_at[day] = _split(run, made.balances_at(until))[0]
            at = until
        run.advance(steps[at:])
        left, gone = _split(run, made.balances_at(len(steps)))
        return Outcome(left, gone, self._steps(run, made), left_at)

    def _steps(self, run: Run, made: Plan) -> tuple[TraceStep, ...]:
        found = []
        for number, sink, parts in run.moved:
            flow = made.flows[number]
            target = sink or (flow.target if made.targets[number] >= 0 else made.sinks[number])
            move = self._by_id[flow.id]
            found.append(
                TraceStep(
                    day_of(move.left, self._parameters.zone).isoformat(),
                    move.reference,
                    target,
                    sum(tagged(parts).values()),
                    move.source if not sink else move.target,
                    move.id,
                    move.witnesses,
                    enters=bool(flow.claims) and not sink and made.targets[number] >= 0,
                )
            )
        return tuple(found)

    def _range(
        self,
        made: Plan,
        method: str,
        orders: Mapping[str, Outcome],
        opening_claims: Mapping[int, Parts],
    ) -> TraceRange:
        outcomes = list(orders.values())
        left = _bounds([outcome.left for outcome in outcomes])
        gone = _bounds([outcome.gone for outcome in outcomes])
        if len(outcomes) == 1:
            return TraceRange(left, gone, dict.fromkeys((*left, *gone), ONE_ORDER))
        found = over_all_orders(made, method, self._parameters.states, opening_claims)
        if found is not None:
            still = {name: pair for name, pair in found.gone.items() if name.startswith(_STILL)}
            left = {**found.left, **still}
            gone = {name: pair for name, pair in found.gone.items() if name not in still}
            return TraceRange(left, gone, dict.fromkeys((*left, *gone), EXACT))
        over = dict.fromkeys((*left, *gone), THREE_ORDERS)
        if method == "libr":
            for number, fund in enumerate(made.funds):
                pair = closed_libr(made, number, len(made.legs), opening_claims)
                if pair is not None and pair[1]:
                    left[fund], over[fund] = pair, EXACT
        return TraceRange(left, gone, over)

    def _libr_left_at(
        self, made: Plan, cuts: Mapping[str, Instant], opening_claims: Mapping[int, Parts]
    ) -> dict[str, dict[str, Bounds]]:
        if len(made.orders()) == 1:
            return {}
        found: dict[str, dict[str, Bounds]] = {}
        for day, end in cuts.items():
            until = made.until(end)
            pairs = {
                fund: closed_libr(made, number, until, opening_claims)
                for number, fund in enumerate(made.funds)
            }
            found[day] = {fund: pair for fund, pair in pairs.items() if pair is not None}
        return found

    def _stopped(
        self,
        gaps: Mapping[str, Gap],
        stops: Mapping[str, Instant],
        methods: Mapping[str, Mapping[str, Outcome]],
    ) -> tuple[StoppedAt, ...]:
        found = []
        for fund, stop in sorted(stops.items()):
            amounts = {
                method: {order: outcome.left.get(fund, 0) for order, outcome in orders.items()}
                for method, orders in methods.items()
            }
            nothing = (gaps[fund].start or _LONG_AGO) < stop
            # Bank rows count from the end of their day, so a day is whole until the next one ends.
            last = day_of(stop - (1 if self._asset.chain else DAY), self._parameters.zone)
            day = "" if nothing else last.isoformat()
            found.append(StoppedAt(fund, day, gaps[fund], amounts))
        return tuple(found)

    def _stop_places(self) -> tuple[str, ...]:
        return tuple(
            sorted(
                {
                    place
                    for move in self._moves
                    if (place := self._namer.place(move.target))
                    and self._namer.stops(move.target, move.arrived)
                }
            )
        )


def _to_customers(reckoning: Reckoning) -> frozenset[str]:
    """Return the moves that a row of the customers' ledger, or an attribution, calls customers'."""
    return frozenset(
        match.move.id for match in reckoning.matches if match.joined and match.ledger and match.move
    )


def _split(run: Run, balances: Sequence[int]) -> tuple[dict[str, int], dict[str, int]]:
    """Return what is left and what is gone; value under way, or after a gap, is left."""
    left = {name: sum(amounts.values()) for name, amounts in run.left(balances).items()}
    gone = {}
    for name, amounts in run.gone().items():
        if name.startswith(_STILL):
            left[name] = left.get(name, 0) + sum(amounts.values())
        else:
            gone[name] = sum(amounts.values())
    return left, gone


def _bounds(found: Sequence[Mapping[str, int]]) -> dict[str, Bounds]:
    return {
        name: (
            min(amounts.get(name, 0) for amounts in found),
            max(amounts.get(name, 0) for amounts in found),
        )
        for name in sorted({name for amounts in found for name in amounts})
    }
