"""Stopping: golden numbers, and every bound against fractions counted one by one."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import comb
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.review import quality, stopping
from forthwith.review.stopping import StoppingError


@pytest.mark.parametrize(
    ("unread", "drawn", "relevant", "bound"),
    [(2000, 300, 0, 18), (2000, 300, 3, 48), (100_000, 1500, 3, 513), (500, 1, 0, 474)],
)
def test_the_upper_bound_is_the_golden_one(
    unread: int, drawn: int, relevant: int, bound: int
) -> None:
    """Numbers others can look up."""
    assert stopping.upper(unread, drawn, relevant, 0.05) == bound


def test_the_interval_is_the_golden_one() -> None:
    """900 found, 90,000 unread, 3 of 1,500 drawn."""
    low, high = stopping.interval(900, 90_000, 1500, 3)

    assert (round(float(low), 4), round(float(high), 4)) == (0.6350, 0.9627)


def test_clopper_pearson_is_the_golden_one() -> None:
    """Three of 1,500, one-sided."""
    assert quality.upper_share(3, 1500, 0.05) == pytest.approx(0.00516092, abs=5e-9)


@pytest.mark.parametrize(
    ("relevant", "target", "j"),
    [(14, 0.8, 14), (30, 0.8, 28), (59, 0.95, 59), (93, 0.95, 92), (13, 0.8, None)],
)
def test_qbcb_stops_at_the_golden_document(relevant: int, target: float, j: int | None) -> None:
    """Of a sample of r relevant, the j-th."""
    assert stopping.qbcb(relevant, target) == j


def test_fourteen_and_fifty_nine_are_the_least_samples_of_qbcb() -> None:
    """With one less nothing is promised."""
    assert (stopping.qbcb_least(0.8), stopping.qbcb_least(0.95)) == (14, 59)


def chance(unread: int, there: int, drawn: int, relevant: int) -> Fraction:
    """Return P(X = relevant), counted by laying every sample out."""
    if not 0 <= relevant <= drawn or relevant > there or drawn - relevant > unread - there:
        return Fraction(0)
    hits = sum(
        sum(place < there for place in sample) == relevant
        for sample in combinations(range(unread), drawn)
    )
    return Fraction(hits, comb(unread, drawn))


_CHANCES = {
    (unread, there, drawn, relevant): chance(unread, there, drawn, relevant)
    for unread in range(9)
    for there in range(unread + 1)
    for drawn in range(unread + 1)
    for relevant in range(drawn + 1)
}


@pytest.mark.parametrize(
    "alpha", [Fraction(1, 2), Fraction(1, 10), Fraction(1, 20), Fraction(1, 80)]
)
def test_bounds_are_those_of_every_sample_laid_out(alpha: Fraction) -> None:
    """All lots of up to eight documents."""
    for unread in range(9):
        for drawn in range(unread + 1):
            for k in range(drawn + 1):
                most = [
                    there
                    for there in range(unread + 1)
                    if sum(_CHANCES[unread, there, drawn, x] for x in range(k + 1)) > alpha
                ]
                least = [
                    there
                    for there in range(unread + 1)
                    if sum(_CHANCES[unread, there, drawn, x] for x in range(k, drawn + 1)) > alpha
                ]
                assert stopping.upper(unread, drawn, k, alpha) == most[-1], (unread, drawn, k)
                assert stopping.lower(unread, drawn, k, alpha) == least[0], (unread, drawn, k)


def test_a_certificate_errs_no_more_often_than_it_says() -> None:
    """For every number of relevant documents among the unread, over all samples."""
    for there in range(9):
        for drawn in range(9):
            for found in (0, 1, 5, 40):
                wrong = sum(
                    _CHANCES[8, there, drawn, k]
                    for k in range(drawn + 1)
                    if stopping.certify(found, 8, drawn, k, 0.8).certified
                    and stopping.recall(found, k, there) < Fraction(4, 5)
                )
                assert wrong <= Fraction(1, 20)


@given(
    st.integers(0, 400), st.integers(0, 300), st.sampled_from([0.5, 0.75, 0.8, 0.95]),
    st.integers(1, 4), st.integers(0, 3),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_the_least_sample_certifies_and_one_less_does_not(
    found: int, unread: int, target: float, attempt: int, relevant: int
) -> None:
    """The size is exact."""
    relevant = min(relevant, unread)
    size = stopping.sample_size(found, unread, target, attempt, relevant)

    assert stopping.certify(found, unread, size, relevant, target, attempt).certified
    if size > relevant:
        less = stopping.certify(found, unread, size - 1, relevant, target, attempt)
        assert not less.certified


def test_later_tries_take_larger_samples() -> None:
    """Try m may err alpha / 2^m."""
    sizes = [stopping.sample_size(900, 90_000, 0.8, attempt) for attempt in (1, 2, 3)]

    assert sizes == sorted(set(sizes))
    assert stopping.alpha_of(3) == Fraction(1, 160)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: stopping.upper(10, 11, 0, 0.05), "cannot be drawn"),
        (lambda: stopping.upper(10, 5, 6, 0.05), "cannot be relevant"),
        (lambda: stopping.upper(-1, 0, 0, 0.05), "whole number"),
        (lambda: stopping.upper(10, 2.5, 0, 0.05), "whole number"),  # type: ignore[arg-type]
        (lambda: stopping.upper(10, True, 0, 0.05), "whole number"),
        (lambda: stopping.upper(10, 5, 0, 0), "between 0 and 1"),
        (lambda: stopping.upper(10, 5, 0, float("nan")), "between 0 and 1"),
        (lambda: stopping.certify(5, 10, 5, 0, 0), "reading every document"),
        (lambda: stopping.certify(5, 10, 5, 0, 1), "reading every document"),
        (lambda: stopping.certify(5, 10, 5, 0, float("inf")), "between 0 and 1"),
        (lambda: stopping.certify(5, 10, 5, 0, "0,8"), "between 0 and 1"),  # type: ignore[arg-type]
        (lambda: stopping.certify(5, 10, 5, 0, 0.8, 0), "tries are 1 to"),
        (lambda: stopping.certify(5, 10, 5, 0, 0.8, 99), "tries are 1 to"),
        (lambda: stopping.certify(5, 10, 5, 0, 0.8, 1, 1), "confidence"),
        (lambda: stopping.sample_size(5, 10, 0.8, 1, 11), "cannot be relevant"),
        (lambda: stopping.qbcb(-1), "whole number"),
        (lambda: stopping.qbcb(100_000), "ask for fewer"),
        (lambda: stopping.certify(5, 10, 5, 0, 80), "0.8 is 80 in a hundred"),
        (lambda: stopping.qbcb_least(0.9999), "0.999 or less"),
        (lambda: stopping.suggested([True] * 3, 2), "cannot be read"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(ask: Any, says: str) -> None:
    """No traceback, whatever is typed."""
    with pytest.raises(StoppingError, match=says):
        ask()


def test_where_nothing_is_anywhere_nothing_is_missed() -> None:
    """No document, or none relevant and all read."""
    empty = stopping.certify(0, 0, 0, 0)
    read = stopping.certify(0, 10, 10, 0)

    assert empty.certified
    assert read.certified
    assert empty.interval == read.interval == (1, 1)
    assert not stopping.certify(0, 10, 9, 0).certified
    assert stopping.sample_size(0, 10) == 10
    assert stopping.sample_size(0, 0) == 0


def test_a_long_quiet_stretch_after_a_steep_start_suggests_and_a_straight_line_does_not() -> None:
    """Heuristics look at the curve alone."""
    steep = stopping.suggested([True] * 90 + [False] * 400, 1000)
    straight = stopping.suggested([place % 10 == 0 for place in range(490)], 1000)

    assert steep.budget
    assert steep.stretch
    assert steep.knee is not None
    assert steep.knee > 6
    assert not straight.budget
    assert not straight.stretch
    assert not stopping.suggested([], 0).any
    assert not stopping.suggested([False] * 30, 100).any


def test_few_relevant_documents_cost_nearly_everything() -> None:
    """What is said before anybody starts."""
    row = next(row for row in stopping.costs(20, 2000) if row.target == 0.95)

    assert row.share > 0.8
