"""Orders of one day's rows: three that are printed, and the bounds over all of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from forthwith.books.tracing.flows import ORDERS, Flow, Leg, Plan, plan, with_balances
from forthwith.books.tracing.funds import METHODS
from forthwith.books.tracing.ranges import closed_libr, over_all_orders
from forthwith.books.tracing.running import Run

from .histories import outcome, vectors

#: "claim", "other" or "debit", and the amount.
Row = tuple[str, int]


def one_fund(days: Sequence[Sequence[Row]], other: int, claim: int = 0) -> Plan:
    """Return days of rows of one fund that opens with other money, then with a claim."""
    flows = [Flow("opening", "x", "a", claim, -1, claims=((0, claim),))] if claim else []
    for day, rows in enumerate(days):
        for kind, amount in rows:
            number = len(flows)
            source, target = ("a", "s") if kind == "debit" else ("x", "a")
            claims = ((0, amount),) if kind == "claim" else ()
            flows.append(
                Flow(
                    str(number),
                    source,
                    target,
                    amount,
                    day,
                    order=(number,),
                    loose=True,
                    claims=claims,
                )
            )
    return plan(flows, ["a"], {"a": other})


def libr_by_hand(rows: Sequence[Row], other: int, claim: int) -> int:
    """Return what libr leaves of a claim: the least of it and each balance, in a few lines."""
    balance, claim = other + claim, min(claim, max(other + claim, 0))
    for kind, amount in rows:
        if kind == "debit":
            balance -= amount
            claim = min(claim, max(balance, 0))
        else:
            if kind == "claim":
                claim += min(amount, max(amount + balance, 0))
            balance += amount
    return claim


def test_two_orders_are_libr_s_extremes() -> None:
    """Other credits, debits, claimed credits, and the reverse: equal to every order tried."""
    for seed in range(4_000):
        rng = random.Random(seed)
        rows = [
            (rng.choice(("claim", "other", "debit")), rng.randint(1, 9))
            for _ in range(rng.randint(1, 5))
        ]
        other = rng.randint(-9, 9)
        claim = rng.randint(0, 9) if other >= 0 else 0
        found = [libr_by_hand(order, other, claim) for order in itertools.permutations(rows)]
        made = one_fund([rows], other, claim)

        assert closed_libr(made, 0, len(made.legs)) == (min(found), max(found)), seed


def test_libr_s_extremes_carry_over_days() -> None:
    """The more is there at a day's beginning the more is at its end, in any order."""
    for seed in range(300):
        rng = random.Random(seed)
        days = [
            [(rng.choice(("claim", "other", "debit")), rng.randint(1, 9)) for _ in range(3)]
            for _ in range(3)
        ]
        other = rng.randint(0, 9)
        found = [
            libr_by_hand([row for day in orders for row in day], other, 3)
            for orders in itertools.product(*(itertools.permutations(day) for day in days))
        ]
        made = one_fund(days, other, 3)

        assert closed_libr(made, 0, len(made.legs)) == (min(found), max(found)), seed


@pytest.mark.corpus
def test_the_golden_days_have_their_bounds(corpora: Path) -> None:
    """Worked by hand."""
    for day in vectors(corpora)["same_day"]:
        made = one_fund([day["day"]], day["opening_other"], day["opening_claim"])

        assert closed_libr(made, 0, len(made.legs)) == (day["libr_worst"], day["libr_best"])


def test_a_credit_claimed_in_part_has_no_closed_bounds() -> None:
    """It may be best in the middle: what is other in it serves the debits after it."""
    rows = [
        Flow("0", "x", "a", 8, 0, order=(0,), loose=True, claims=((0, 4),)),
        Flow("1", "a", "s", 5, 0, order=(1,), loose=True),
    ]

    assert closed_libr(plan(rows, ["a"]), 0, 2) is None


def random_days(seed: int) -> tuple[list[Flow], list[str], dict[str, int]]:
    """Return up to two days of two to four bank rows over up to three funds."""
    rng = random.Random(seed)
    funds = ["a", "b", "c"][: rng.choice([1, 1, 2, 2, 3])]
    flows: list[Flow] = []
    for day in range(rng.choice([1, 2])):
        for _ in range(rng.randint(2, 4 - day)):
            source = rng.choice([*funds, "x"])
            target = rng.choice([name for name in [*funds, "s", "t"] if name != source])
            if source == "x" and target in "st":
                target = rng.choice(funds)
            amount = rng.randint(1, 9)
            claimed = source == "x" and rng.random() < 0.6
            flows.append(
                Flow(
                    str(len(flows)),
                    source,
                    target,
                    amount,
                    day,
                    day + 1 if source != "x" and rng.random() < 0.3 else None,
                    (len(flows),),
                    loose=True,
                    claims=((0, rng.randint(1, amount)),) if claimed else (),
                )
            )
    return flows, funds, {name: rng.randint(-3, 8) for name in funds}


def every_order(legs: Sequence[Leg]) -> Iterator[list[Leg]]:
    """Yield each order in which no transfer arrives before it leaves."""
    for order in itertools.permutations(legs):
        seen: set[int] = set()
        leaving = {flow for _, amount, flow in legs if amount < 0}
        for _, amount, flow in order:
            if amount > 0 and flow in leaving and flow not in seen:
                break
            seen.add(flow)
        else:
            yield list(order)


def brute(made: Plan, method: str) -> dict[str, tuple[int, int]]:
    """Return the least and the most in each fund and sink over every order of each day."""
    ends = []
    spans = [list(every_order(made.legs[begin:end])) for begin, end in made.free]
    for orders in itertools.product(*spans):
        legs = list(made.legs)
        for (begin, end), order in zip(made.free, orders, strict=True):
            legs[begin:end] = order
        run = Run(made, method)
        run.advance(with_balances(legs, made.openings))
        found = run.left(made.balances_at(len(legs))) | run.gone()
        ends.append({name: sum(sums.values()) for name, sums in found.items()})
    names = {name for found in ends for name in found}
    return {
        name: (
            min(found.get(name, 0) for found in ends),
            max(found.get(name, 0) for found in ends),
        )
        for name in names
    }


@pytest.mark.parametrize("method", METHODS)
def test_the_search_finds_what_every_order_does(method: str) -> None:
    """Overdrafts, transfers within a day and over two, claims of parts."""
    for seed in range(500):
        flows, funds, openings = random_days(seed)
        made = plan(flows, funds, openings)
        found = over_all_orders(made, method, 50_000)

        assert found is not None
        assert {**found.left, **found.gone} == brute(made, method), seed


@pytest.mark.parametrize("method", METHODS)
def test_the_printed_orders_are_some_of_all(method: str) -> None:
    """Each lies within the bounds, and moves each transfer after it left."""
    for seed in range(500):
        flows, funds, openings = random_days(seed)
        made = plan(flows, funds, openings)
        found = over_all_orders(made, method, 50_000)
        assert found is not None
        bounds = {**found.left, **found.gone}
        for order in ORDERS:
            got = outcome(made, method, order)

            assert sorted(step[3] for step in made.arranged(order)) == sorted(
                leg[2] for leg in made.legs
            )
            for name, (least, most) in bounds.items():
                assert least <= sum(got.get(name, {}).values()) <= most, (seed, order)


def test_past_the_bound_nothing_is_said_to_be_one() -> None:
    """Twelve different debits and credits on a day have more states than a hundred."""
    rows = [("debit" if number % 2 else "other", 1 << number) for number in range(12)]
    made = one_fund([[*rows, ("claim", 5)]], 10)

    assert over_all_orders(made, "pro_rata", 100) is None
    assert over_all_orders(made, "libr", 50_000) is not None


def test_rows_that_are_alike_are_not_tried_in_every_order() -> None:
    """Forty wages of one amount, to one payee, are one case."""
    made = one_fund([[*[("debit", 5)] * 40, ("claim", 90), ("other", 60)]], 100)
    found = over_all_orders(made, "fifo", 2_000)

    assert found is not None
    assert found.left["a"] == (0, 50)


def test_credits_go_in_first_or_debits_out_first() -> None:
    """The order of the statement has a debit between the two credits."""
    made = one_fund([[("claim", 50), ("debit", 120), ("other", 30)]], 100)

    amounts = {order: [step[1] for step in made.arranged(order)] for order in ORDERS}

    assert amounts == {
        "statement": [50, -120, 30],
        "credits_first": [50, 30, -120],
        "debits_first": [-120, 50, 30],
    }


def test_a_transfer_within_a_day_leaves_before_it_arrives() -> None:
    """The other account's statement prints its credit first; it waits for the debit."""
    flows = [
        Flow("in", "x", "a", 10, 0, order=(5,), loose=True, claims=((0, 10),)),
        Flow("on", "a", "b", 10, 0, order=(6,), arrived_order=(0,), loose=True),
        Flow("out", "b", "s", 10, 0, order=(1,), loose=True),
    ]
    made = plan(flows, ["a", "b"])

    for order in ("statement", "credits_first"):
        assert outcome(made, "fifo", order) == {"s": {0: 10}}
    assert outcome(made, "fifo", "debits_first") == {"overdraft:a": {0: 10}}


def test_statements_that_wait_for_each_other_still_end() -> None:
    """Each account prints the other's payment before its own: one of them must give way."""
    flows = [
        Flow("there", "a", "b", 10, 0, order=(1,), arrived_order=(0,), loose=True),
        Flow("back", "b", "a", 10, 0, order=(1,), arrived_order=(0,), loose=True),
    ]
    made = plan(flows, ["a", "b"], {"a": 10, "b": 10})

    for order in ORDERS:
        assert len(made.arranged(order)) == 4
