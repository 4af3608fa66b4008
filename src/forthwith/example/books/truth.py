"""What is right about the quarter, worked out from the model alone, as truth.json says it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from forthwith.example.books.model import ASSETS, DAY, FLOORS, Change, Instant, Model, Row, text

EXCHANGE = "northgate"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """What is owed and held of one asset from an instant on."""

    at: Instant
    outsider: int
    affiliated_lp: int
    house: int
    negative: int
    #: By customers' places that are registered then.
    held: Mapping[str, int]
    unregistered: int

    @property
    def owed(self) -> int:
        """Return what customers are owed: outsiders and affiliated liquidity providers."""
        return self.outsider + self.affiliated_lp

    @property
    def difference(self) -> int:
        """Return what is held less what is owed."""
        return sum(self.held.values()) - self.owed


@dataclass(frozen=True, slots=True)
class _Stakes:
    at: Instant
    groups: Mapping[str, int]


_Timed = TypeVar("_Timed", State, _Stakes)


def told(when: Instant) -> str:
    """Return an instant as text."""
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_told(when: Instant) -> str:
    """Return an instant's day as text."""
    return told(when)[:10]


def states(
    model: Model, asset: str, basis: str = "receipt", known: Instant | None = None
) -> list[State]:
    """Return one state for every instant at which something of an asset changed.

    `known` leaves out the customers' rows that were booked later.
    """
    rows = [row for row in model.rows if row.asset == asset]
    rows = [row for row in rows if known is None or row.booked <= known]
    counted = [(_counts_at(row, basis), row) for row in rows]
    changes = [change for change in _all_changes(model) if change.asset == asset]
    bounds = {
        bound
        for span in (
            *((place.start, place.end) for place in model.places.values()),
            *((customer.start, customer.end) for customer in model.customers),
        )
        for bound in span
        if bound is not None and model.start <= bound < model.end
    }
    instants = sorted(
        {model.opened, *bounds, *(at for at, _ in counted), *(change.at for change in changes)}
    )
    by_time: dict[Instant, list[Row | Change]] = defaultdict(list)
    for at, row in counted:
        by_time[at].append(row)
    for change in changes:
        by_time[change.at].append(change)
    accounts: dict[str, int] = defaultdict(int)
    places: dict[str, int] = defaultdict(int)
    found = []
    for at in instants:
        for event in by_time[at]:
            if isinstance(event, Row):
                accounts[event.account] += event.amount
            else:
                places[event.place] += event.amount
        if at < model.end:
            found.append(_state(model, at, accounts, places))
    return found


def _counts_at(row: Row, basis: str) -> Instant:
    """Return when a row counts: on receipt, a matched one when its coin moved."""
    return row.received if basis == "receipt" and row.received is not None else row.effective


def _all_changes(model: Model) -> Iterator[Change]:
    for place, asset, group, amount in model.openings:
        yield Change(model.opened, place, asset, group, amount, "opening")
    yield from model.changes


def _state(
    model: Model, at: Instant, accounts: Mapping[str, int], places: Mapping[str, int]
) -> State:
    owed: dict[str, int] = defaultdict(int)
    for customer in model.customers:
        if _holds(customer.start, customer.end, at):
            owed[customer.klass] += max(0, accounts.get(customer.account, 0))
    held, unregistered = {}, 0
    for place in model.places.values():
        amount = places.get(place.name, 0)
        if not place.registered:
            unregistered += amount
        elif place.klass == "customer" and _holds(place.start, place.end, at):
            held[place.name] = amount
    return State(
        at, owed["outsider"], owed["affiliated_lp"], owed["house"],
        sum(min(0, amount) for amount in accounts.values()), held, unregistered,
    )  # fmt: skip


def _holds(start: Instant | None, end: Instant | None, at: Instant) -> bool:
    return (start is None or start <= at) and (end is None or at < end)


def at_instant(found: Sequence[State], when: Instant) -> State:
    """Return the state that holds at an instant."""
    return next(state for state in reversed(found) if state.at <= when)


def shortfalls(model: Model, basis: str) -> list[Json]:
    """Return every interval in which customers' places held less than customers were owed."""
    rows = []
    for asset, floor in FLOORS.items():
        found = states(model, asset, basis)
        short = [-state.difference > floor for state in found]
        for start, end, inside in _spans(model, found, short):
            worst = min(inside, key=lambda state: state.difference)
            counting = max(-state.difference - state.unregistered for state in inside)
            rows.append(
                {
                    "asset": asset,
                    "from": told(start),
                    "to": told(end),
                    "most": text(asset, -worst.difference),
                    "most_at": told(max(worst.at, start)),
                    "most_counting_unregistered": text(asset, counting if counting > floor else 0),
                    "days_touched": (end - 1) // DAY - start // DAY + 1,
                    "days_at_end_of_day": sum(
                        start <= last < end
                        for last in range(start // DAY * DAY + DAY - 1, end, DAY)
                    ),
                }
            )
    return rows


def _spans(
    model: Model, found: Sequence[_Timed], holds: Sequence[bool]
) -> Iterator[tuple[Instant, Instant, list[_Timed]]]:
    """Yield the maximal intervals of the quarter in which something holds, and their states."""
    start: Instant | None = None
    inside: list[_Timed] = []
    for state, so in zip(found, holds, strict=True):
        if so:
            if start is None:
                start, inside = state.at, []
            inside.append(state)
        elif start is not None:
            if state.at > model.start:
                yield max(start, model.start), state.at, inside
            start = None
    if start is not None:
        yield max(start, model.start), model.end, inside


def _stakes(model: Model) -> dict[tuple[str, str], list[_Stakes]]:
    """Return, by own place and asset, the stakes of the groups at every instant of a change."""
    own = {name for name, place in model.places.items() if place.holder == EXCHANGE}
    changes = sorted(
        (change for change in _all_changes(model) if change.place in own),
        key=lambda change: change.at,
    )
    found: dict[tuple[str, str], list[_Stakes]] = defaultdict(list)
    now: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes:
        if change.at >= model.end:
            continue
        key = change.place, change.asset
        now[key][change.group] += change.amount
        if found[key] and found[key][-1].at == change.at:
            found[key].pop()
        found[key].append(_Stakes(change.at, dict(now[key])))
    return found


def commingled(model: Model) -> list[Json]:
    """Return the intervals in which customers' value lay with, or was drawn by, another group."""
    rows = []
    for (place, asset), found in _stakes(model).items():
        floor = FLOORS[asset]
        others = sorted({group for state in found for group in state.groups} - {"customer"})
        for group in others:
            for kind, sign in (("mixed", 1), ("used", -1)):
                both = [
                    state.groups.get("customer", 0) > floor < sign * state.groups.get(group, 0)
                    for state in found
                ]
                for start, end, inside in _spans(model, found, both):
                    theirs = [sign * state.groups.get(group, 0) for state in inside]
                    customers = [state.groups.get("customer", 0) for state in inside]
                    rows.append(
                        {
                            "place": place, "asset": asset, "kind": kind, "from": told(start),
                            "to": told(end) if end < model.end else None, "groups": [group],
                            "customers_from": text(asset, customers[0]),
                            "other_from": text(asset, theirs[0]),
                            "customers_most": text(asset, max(customers)),
                            "other_most": text(asset, max(theirs)),
                        }
                    )  # fmt: skip
    return sorted(rows, key=lambda row: (row["from"], row["place"], row["asset"], row["kind"]))


def stakes_at_end(model: Model) -> Json:
    """Return each group's stake in each own place at the end of the quarter."""
    return {
        f"{place} {asset}": {
            group: text(asset, amount)
            for group, amount in sorted(found[-1].groups.items())
            if amount
        }
        for (place, asset), found in sorted(_stakes(model).items())
        if model.places[place].registered
    }


def days(model: Model) -> list[Json]:
    """Return for each day's last second: owed to customers, held, difference, negatives."""
    found = {asset: states(model, asset) for asset in ASSETS}
    rows = []
    for start in range(model.start, model.end, DAY):
        row: Json = {"day": day_told(start)}
        for asset in ASSETS:
            state = at_instant(found[asset], start + DAY - 1)
            figures = (state.owed, sum(state.held.values()), state.difference, state.negative)
            row[asset] = [text(asset, figure) for figure in figures]
        rows.append(row)
    return rows


def least(model: Model, cuts: Iterable[Instant]) -> list[Json]:
    """Return for each month and asset the least difference, and when it first was so."""
    rows, start = [], model.start
    for cut in cuts:
        for asset in ASSETS:
            found = states(model, asset)
            inside = [state for state in found if start < state.at <= cut]
            first = at_instant(found, start)
            worst = min([first, *inside], key=lambda state: state.difference)
            rows.append(
                {
                    "month": day_told(cut)[:7],
                    "asset": asset,
                    "difference": text(asset, worst.difference),
                    "at": told(max(worst.at, start)),
                }
            )
        start = cut + 1
    return rows


def position(model: Model, when: Instant, basis: str = "receipt") -> Json:
    """Return what was owed and held at an instant, by asset."""
    answer = {}
    for asset, floor in FLOORS.items():
        state = at_instant(states(model, asset, basis), when)
        short = max(0, -state.difference)
        answer[asset] = {
            "owed": {
                "outsider": text(asset, state.outsider),
                "affiliated_lp": text(asset, state.affiliated_lp),
                "house": text(asset, state.house),
                "negative": text(asset, state.negative),
            },
            "owed_customers": text(asset, state.owed),
            "held": {place: text(asset, amount) for place, amount in state.held.items() if amount},
            "held_customers": text(asset, sum(state.held.values())),
            "unregistered": {"btc-x": text(asset, state.unregistered)}
            if state.unregistered
            else {},
            "difference": text(asset, state.difference),
            "shortfall": text(asset, short if short > floor else 0),
            "dust": text(asset, short if short <= floor else 0),
        }
    return answer


def known_position(model: Model, when: Instant, known: Instant) -> Json:
    """Return what was owed and held at an instant, by the rows that were booked by another."""
    answer = {}
    for asset in ASSETS:
        state = at_instant(states(model, asset, known=known), when)
        answer[asset] = {
            "owed_customers": text(asset, state.owed),
            "held_customers": text(asset, sum(state.held.values())),
            "difference": text(asset, state.difference),
        }
    return answer


def month_places(model: Model, start: Instant, cut: Instant) -> list[Json]:
    """Return, by own place and asset, what a month began with, took in, gave out and ended with."""
    rows = []
    own = [place.name for place in model.places.values() if place.holder == EXCHANGE]
    for place in own:
        for asset in ASSETS:
            mine = [c for c in _all_changes(model) if (c.place, c.asset) == (place, asset)]
            if not mine or not model.places[place].registered:
                continue
            inside = [change for change in mine if start <= change.at <= cut]
            sides: dict[str, dict[str, int]] = {"in": defaultdict(int), "out": defaultdict(int)}
            for change in inside:
                if change.other not in ("fee", "regroup"):
                    side = "in" if change.amount > 0 else "out"
                    sides[side][change.other] += abs(change.amount)
            fees = sum(change.amount for change in inside if change.other == "fee")
            opening = sum(change.amount for change in mine if change.at < start)
            rows.append(
                {
                    "place": place,
                    "asset": asset,
                    "opening": text(asset, opening),
                    **{
                        side: {other: text(asset, sums[other]) for other in sorted(sums)}
                        for side, sums in sides.items()
                    },
                    "network_fees": text(asset, -fees),
                    "closing": text(asset, opening + sum(change.amount for change in inside)),
                }
            )
    return rows


def leaves(model: Model) -> Json:
    """Return what each customer is owed at the end, by asset: the tree's leaves."""
    customers = {
        row.account
        for row in model.customers
        if row.klass != "house" and _holds(row.start, row.end, model.end - 1)
    }
    answer = {}
    for asset in ASSETS:
        sums = {
            account: sum(
                row.amount
                for row in model.rows
                if (row.account, row.asset) == (account, asset)
                and _counts_at(row, "receipt") < model.end
            )
            for account in sorted(customers)
        }
        answer[asset] = {account: text(asset, max(0, amount)) for account, amount in sums.items()}
    return answer


def expenses(model: Model, start: Instant, cut: Instant) -> Json:
    """Return what the house paid out in a month, by payee."""
    sums: dict[str, int] = defaultdict(int)
    for at, payee, amount in model.expenses:
        if start <= at <= cut:
            sums[payee] += amount
    return {payee: text("USD", amount) for payee, amount in sorted(sums.items())}
