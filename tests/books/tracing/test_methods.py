"""The engines held against a second evaluator, and the laws of the methods (books.md 16)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.books.tracing.funds import METHODS, apportioned

from .histories import FUNDS, Figures, figures, random_moves
from .naive import naive_figures

Moves = list[tuple[str, str, str, int]]
CONSERVING = tuple(method for method in METHODS if method != "poison")


def random_case(seed: int) -> tuple[Moves, dict[str, list[tuple[str, int]]], dict[str, int]]:
    """Return moves, claims of one or several on what came from outside, and openings."""
    rng = random.Random(seed)
    funds = rng.randint(1, 3)
    moves = random_moves(seed, rng.randint(3, 24), funds)
    claims: dict[str, list[tuple[str, int]]] = {}
    for row, source, target, amount in moves:
        if source == "x" and target in FUNDS and rng.random() < 0.4:
            first = rng.randint(1, amount)
            claims[row] = [(rng.choice("ABC"), first)]
            if amount > first and rng.random() < 0.3:
                claims[row].append((rng.choice("DE"), rng.randint(1, amount - first)))
    openings = {name: rng.randint(-6, 9) for name in FUNDS[:funds]}
    return moves, claims, openings


@pytest.mark.parametrize("method", METHODS)
def test_a_second_evaluator_says_the_same(method: str) -> None:
    """Several funds, overdrafts, round trips, parts of transfers and several claimants."""
    for seed in range(3_000):
        moves, claims, openings = random_case(seed)

        assert figures(moves, claims, method, openings) == naive_figures(
            moves, claims, method, openings
        ), seed


histories = st.integers(0, 1 << 32).map(random_case)
one_claim = st.integers(0, 1 << 32).map(lambda seed: _one_claim(seed))


def _one_claim(seed: int) -> tuple[Moves, dict[str, list[tuple[str, int]]]]:
    moves, _, _ = random_case(seed)
    entries = [row for row in moves if row[1] == "x"]
    if not entries:
        moves = [("0", "x", "a", 5), *moves[1:]]
        entries = moves[:1]
    row, _, _, amount = random.Random(seed).choice(entries)
    return moves, {row: [("C", random.Random(seed + 1).randint(1, amount))]}


@given(histories, st.sampled_from(CONSERVING))
def test_nothing_of_a_claim_is_lost_or_made(case: Any, method: str) -> None:
    """Law 18: left and gone come to the claim, in units."""
    moves, claims, openings = case
    wanted: dict[str, int] = {}
    for parts in claims.values():
        for name, part in parts:
            wanted[name] = wanted.get(name, 0) + part

    found: dict[str, int] = {}
    for sums in figures(moves, claims, method, openings).values():
        for name, part in sums.items():
            found[name] = found.get(name, 0) + part

    assert found == wanted


def _overdrawn(moves: Moves) -> bool:
    balances = dict.fromkeys(FUNDS, 0)
    for _, source, target, amount in moves:
        for name, delta in ((source, -amount), (target, amount)):
            if name in balances:
                balances[name] += delta
                if balances[name] < 0:
                    return True
    return False


def _split(moves: Moves, claims: Mapping[str, Sequence[Any]], at: int, part: int) -> Any:
    """Return the history with one move made two of one instant; the claim is on the first units."""
    row, source, target, amount = moves[at]
    part = 1 + part % (amount - 1)
    halves = [(f"{row}-1", source, target, part), (f"{row}-2", source, target, amount - part)]
    claimed = dict(claims)
    if row in claimed:
        ((name, size),) = claimed.pop(row)
        claimed[f"{row}-1"] = [(name, min(size, part))]
        if size > part:
            claimed[f"{row}-2"] = [(name, size - part)]
    return [*moves[:at], *halves, *moves[at + 1 :]], claimed


@given(one_claim, st.integers(0, 100), st.integers(0, 100))
def test_one_transfer_made_two_changes_no_fifo_figure(case: Any, at: int, part: int) -> None:
    """Law 11; and no lifo, libr or poison figure where nothing is overdrawn."""
    moves, claims = case
    at %= len(moves)
    if moves[at][3] < 2:
        return
    split = _split(moves, claims, at, part)

    for method in ("fifo",) if _overdrawn(moves) else ("fifo", "lifo", "libr", "poison"):
        assert figures(*split, method) == figures(moves, claims, method), method


@given(one_claim)
def test_libr_leaves_no_more_than_poison_nor_than_was_claimed(case: Any) -> None:
    """Law 12, place by place."""
    moves, claims = case
    ((_, size),) = next(iter(claims.values()))
    libr, poison = figures(moves, claims, "libr"), figures(moves, claims, "poison")

    left = {fund: libr.get(fund, {}).get("C", 0) for fund in FUNDS}
    assert all(part <= poison.get(fund, {}).get("C", 0) for fund, part in left.items())
    assert sum(left.values()) <= size


@given(one_claim, st.sampled_from(CONSERVING), st.integers(1, 50))
def test_own_money_after_the_last_outflow_changes_nothing(
    case: Any, method: str, amount: int
) -> None:
    """Law 12; poison alone takes it for tagged, which is why it is a bound."""
    moves, claims = case
    more = [*moves, ("late", "x", "a", amount)]

    assert figures(more, claims, method) == figures(moves, claims, method)


@given(one_claim, st.sampled_from(METHODS), st.integers(0, 1 << 32))
def test_what_happens_elsewhere_changes_nothing(case: Any, method: str, seed: int) -> None:
    """Law 13: flows of funds that nothing tagged reaches."""
    moves, claims = case
    rng = random.Random(seed)
    mixed = list(moves)
    for number in range(5):
        source, target = rng.choice([("x", "d"), ("d", "s"), ("x", "d")])
        mixed.insert(rng.randint(0, len(mixed)), (f"d{number}", source, target, rng.randint(1, 9)))

    assert figures(mixed, claims, method, funds=(*FUNDS, "d")) == figures(moves, claims, method)


@given(histories, st.sampled_from(METHODS))
def test_names_carry_no_meaning(case: Any, method: str) -> None:
    """Law 17: renaming funds and sinks renames figures."""
    moves, claims, openings = case
    named = {"a": "zeta", "b": "alpha", "c": "mid", "s": "t", "t": "s", "x": "x"}
    renamed = [(row, named[source], named[target], part) for row, source, target, part in moves]

    def name(place: str) -> str:
        kind, colon, fund = place.partition(":")
        return f"{kind}:{named[fund]}" if colon else named[place]

    found = figures(
        renamed,
        claims,
        method,
        {named[fund]: part for fund, part in openings.items()},
        funds=("zeta", "alpha", "mid"),
    )
    plain = figures(moves, claims, method, openings)
    assert found == {name(place): sums for place, sums in plain.items()}


@given(histories, st.sampled_from(("fifo", "lifo", "poison")), st.integers(1, 4))
def test_units_carry_no_meaning(case: Any, method: str, places: int) -> None:
    """Law 19: ten times each amount is ten times each figure, where nothing is rounded."""
    moves, claims, openings = case
    scale = 10**places

    found = figures(
        [(row, source, target, part * scale) for row, source, target, part in moves],
        {row: [(who, part * scale) for who, part in parts] for row, parts in claims.items()},
        method,
        {fund: part * scale for fund, part in openings.items()},
    )

    plain = figures(moves, claims, method, openings)
    assert found == _scaled(plain, scale)


def _scaled(plain: Figures, scale: int) -> Figures:
    return {
        place: {who: part * scale for who, part in sums.items()} for place, sums in plain.items()
    }


@given(one_claim, st.sampled_from(METHODS))
def test_moves_of_different_places_may_change_places(case: Any, method: str) -> None:
    """Law 20."""
    moves, claims = case
    for at in range(len(moves) - 1):
        first, second = moves[at], moves[at + 1]
        if {first[1], first[2]} & {second[1], second[2]} & set(FUNDS):
            continue
        swapped = [*moves[:at], second, first, *moves[at + 2 :]]

        assert figures(swapped, claims, method) == figures(moves, claims, method)


@given(
    st.lists(st.integers(1, 1 << 80), min_size=1, max_size=7).flatmap(
        lambda shares: st.tuples(st.just(shares), st.integers(0, sum(shares)))
    )
)
def test_shares_are_within_one_unit_and_come_to_the_amount(case: tuple[list[int], int]) -> None:
    """Largest remainder: no share is off by a whole unit, none is taken beyond what it has."""
    shares, amount = case
    total = sum(shares)

    taken = apportioned(amount, total, shares)

    assert sum(taken) == amount
    for share, part in zip(shares, taken, strict=True):
        assert abs(part * total - amount * share) < total
        assert 0 <= part <= share
