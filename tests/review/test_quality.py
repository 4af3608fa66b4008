"""Samples: drawn alike by one seed, intervals that hold what they promise, kappa by brute force."""

from __future__ import annotations

import math
import random
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.review import quality
from forthwith.review.quality import QualityError, Stratum

FRAME = [
    (f"FW{number:08d}", "lin" if number % 3 else "ortega", "yes" if number % 10 else "no")
    for number in range(300)
]


@pytest.mark.parametrize(
    ("lot", "drawn", "found", "greatest"),
    [(2000, 300, 0, 18), (2000, 300, 3, 48), (100_000, 1500, 3, 513), (500, 1, 0, 474)],
)
def test_the_upper_bound_is_the_golden_one(lot: int, drawn: int, found: int, greatest: int) -> None:
    assert quality.upper(lot, drawn, found, 0.05) == greatest


def test_the_interval_of_recall_is_the_golden_one() -> None:
    low, high = quality.recall(900, 90_000, 1500, 3)

    assert (round(low, 4), round(high, 4)) == (0.6350, 0.9627)


def test_the_one_sided_bound_of_a_share_is_the_golden_one() -> None:
    assert round(quality.upper_share(3, 1500, 0.05), 8) == 0.00516092


@pytest.mark.parametrize(
    ("found", "drawn", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), table I, method 5 (exact).
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
        (1, 29, 0.0009, 0.1776),
    ],
)
def test_the_exact_interval_is_the_published_one(
    found: int, drawn: int, low: float, high: float
) -> None:
    bounds = quality.clopper_pearson(found, drawn)

    assert [round(bound, 4) for bound in bounds] == [low, high]


def binomial_tail(found: int, drawn: int, share: float) -> float:
    """Return P(X ≤ found) by adding up."""
    return math.fsum(
        math.comb(drawn, seen) * share**seen * (1 - share) ** (drawn - seen)
        for seen in range(found + 1)
    )


@given(st.integers(1, 60), st.data())
def test_the_exact_interval_leaves_a_fortieth_on_each_side(drawn: int, data: st.DataObject) -> None:
    found = data.draw(st.integers(0, drawn))

    low, high = quality.clopper_pearson(found, drawn)

    assert low <= found / drawn <= high
    if found < drawn:
        assert math.isclose(binomial_tail(found, drawn, high), 0.025, rel_tol=1e-6)
    if found:
        assert math.isclose(1 - binomial_tail(found - 1, drawn, low), 0.025, rel_tol=1e-6)


@given(st.integers(1, 25), st.data(), st.sampled_from([0.025, 0.05, 0.2]))
def test_the_bounds_of_a_lot_are_those_found_by_trying_every_number(
    lot: int, data: st.DataObject, alpha: float
) -> None:
    drawn = data.draw(st.integers(0, lot))
    found = data.draw(st.integers(0, drawn))

    def chance(there: int, seen: range) -> Fraction:
        ways = sum(math.comb(there, x) * math.comb(lot - there, drawn - x) for x in seen)
        return Fraction(ways, math.comb(lot, drawn))

    tail = Fraction(str(alpha))
    most = [k for k in range(lot + 1) if chance(k, range(found + 1)) > tail]
    least = [k for k in range(lot + 1) if chance(k, range(found, drawn + 1)) > tail]

    # Numbers that the sample itself rules out are tried too, and never win.
    assert quality.upper(lot, drawn, found, alpha) == max(most)
    assert quality.lower(lot, drawn, found, alpha) == min(least)


@pytest.mark.parametrize("there", [0, 3, 40, 400])
def test_the_bounds_of_a_lot_hold_the_truth_as_often_as_promised(there: int) -> None:
    rolled = random.Random(there)
    lot, drawn, runs = 1000, 150, 400
    inside = 0
    for _ in range(runs):
        found = sum(place < there for place in rolled.sample(range(lot), drawn))
        low = quality.lower(lot, drawn, found, 0.025)
        inside += low <= there <= quality.upper(lot, drawn, found, 0.025)

    assert inside / runs >= 0.95


@pytest.mark.parametrize("rates", [(0.02, 0.02), (0.0, 0.3), (0.15, 0.9)])
def test_a_reviewers_interval_holds_the_truth_as_often_as_promised(
    rates: tuple[float, float],
) -> None:
    """Also where the rarer mark, of which one at least is drawn, is the one that is wrong."""
    values = {"yes": 900, "no": 100}
    frame = [(f"{value}{n}", "lin", value) for value, size in values.items() for n in range(size)]
    wrong = {
        f"{value}{n}"
        for (value, size), rate in zip(values.items(), rates, strict=True)
        for n in range(round(size * rate))
    }
    truth, inside, runs = len(wrong) / len(frame), 0, 300
    for run in range(runs):
        strata = quality.draw(frame, 50, f"seed {run}")
        answers = {
            control: ("yes", "no" if control in wrong else "yes")
            for stratum in strata
            for control in stratum.drawn
        }
        row = quality.overturned(strata, answers)[-1]
        inside += row.low <= truth <= row.high

    assert inside / runs >= 0.95


def test_kappa_of_a_published_table() -> None:
    """The worked example of Fleiss, Cohen and Everitt: .429 of 200, standard error .054."""
    table = [[53, 5, 2], [11, 14, 5], [1, 6, 3]]
    pairs = [
        (str(first), str(second))
        for first, row in enumerate(table)
        for second, count in enumerate(row)
        for _ in range(count * 2)
    ]

    found = quality.agreement(pairs, 0.95)

    assert found.documents == 200
    assert found.kappa is not None
    assert round(found.kappa, 3) == 0.429
    assert found.high is not None
    assert found.low is not None
    assert round((found.high - found.low) / 2 / 1.959964, 3) == 0.054


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30))
def test_kappa_is_what_every_pairing_of_answers_gives(pairs: list[tuple[str, str]]) -> None:
    """Chance is counted by pairing each first answer with each second one."""
    n = len(pairs)
    observed = Fraction(sum(a == b for a, b in pairs), n)
    chance = Fraction(sum(a == b for a, _ in pairs for _, b in pairs), n * n)

    found = quality.agreement(pairs)

    if chance == 1:
        assert found.kappa is None
    else:
        kappa = float((observed - chance) / (1 - chance))
        assert found.kappa is not None
        assert math.isclose(found.kappa, kappa, abs_tol=1e-12)
        assert found.low is not None
        assert found.high is not None
        assert -1 <= found.low <= found.kappa + 1e-12
        assert found.kappa - 1e-12 <= found.high <= 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("ab")), min_size=2, max_size=30))
def test_the_variance_of_kappa_is_that_of_the_delta_method(pairs: list[tuple[str, str]]) -> None:
    """By differences of kappa over the cells, not by the printed formula."""
    n, cells = len(pairs), Counter(pairs)
    keys = [(a, b) for a in "ab" for b in "ab"]
    shares = {key: cells[key] / n for key in keys}

    def kappa(p: dict[tuple[str, str], float]) -> float:
        whole = sum(p.values())
        agreed = sum(p[a, a] for a in "ab") / whole
        by_chance = (
            sum(sum(p[a, b] for b in "ab") * sum(p[b, a] for b in "ab") for a in "ab") / whole**2
        )
        return (agreed - by_chance) / (1 - by_chance)

    found = quality.agreement(pairs)
    if found.kappa is None or found.low is None or abs(found.low) == 1:
        return
    step = 1e-6
    slopes = {
        key: (
            kappa({**shares, key: shares[key] + step}) - kappa({**shares, key: shares[key] - step})
        )
        / (2 * step)
        for key in keys
    }
    mean = sum(shares[key] * slopes[key] for key in keys)
    variance = sum(shares[key] * (slopes[key] - mean) ** 2 for key in keys) / n
    reach = 1.959963985 * math.sqrt(max(variance, 0))
    assert math.isclose(found.kappa - found.low, reach, rel_tol=1e-3, abs_tol=1e-5)


@given(st.integers(1, 120), st.text(max_size=8))
def test_the_same_seed_draws_the_same_and_never_more_than_there_is(count: int, seed: str) -> None:
    drawn = quality.draw(FRAME, count, seed)

    assert drawn == quality.draw(list(reversed(FRAME)), count, seed)
    values = {control: (reviewer, value) for control, reviewer, value in FRAME}
    for stratum in drawn:
        assert len(set(stratum.drawn)) == len(stratum.drawn) <= stratum.population
        assert {values[control] for control in stratum.drawn} <= {(stratum.reviewer, stratum.value)}
        assert stratum.drawn or count < 2
    for reviewer, lot in Counter(reviewer for _, reviewer, _ in FRAME).items():
        own = [stratum for stratum in drawn if stratum.reviewer == reviewer]
        assert sum(len(stratum.drawn) for stratum in own) == min(count, lot)


def test_every_document_of_a_stratum_is_as_likely_drawn() -> None:
    frame = [(f"FW{number}", "lin", "no") for number in range(20)]
    times = Counter(
        control
        for seed in range(2000)
        for stratum in quality.draw(frame, 5, str(seed))
        for control in stratum.drawn
    )

    # 500 each are expected, with a deviation of 19.
    assert len(times) == 20
    assert all(abs(count - 500) < 5 * 19.4 for count in times.values())


def test_a_reviewer_fails_only_when_all_is_read() -> None:
    strata = [Stratum("lin", "yes", 10, ("A", "B"))]

    begun = quality.overturned(strata, {"A": ("yes", "no")})[-1]
    done = quality.overturned(strata, {"A": ("yes", "no"), "B": ("yes", "yes")})[-1]

    assert not begun.fails(0.1)
    assert done.fails(0.1)
    assert not done.fails(0.5)


def test_an_elusion_sample_of_all_there_is_leaves_no_doubt() -> None:
    found = quality.elusion(lot=50, drawn=50, read=50, found=2, before=8)

    assert (found.least, found.most) == (2, 2)
    assert found.recall == (1.0, 1.0)


def test_an_elusion_sample_nobody_has_read_says_nothing() -> None:
    found = quality.elusion(lot=50, drawn=10, read=0, found=0, before=8)

    assert (found.least, found.most) == (0, 50)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: quality.draw(FRAME, 0, "x"),
        lambda: quality.clopper_pearson(3, 2),
        lambda: quality.clopper_pearson(1, 2, 1.0),
        lambda: quality.upper(10, 11, 0, 0.05),
        lambda: quality.agreement([]),
    ],
    ids=["no draw", "more than all", "certainty", "more than the lot", "nothing read"],
)
def test_what_cannot_be_reckoned_is_a_sentence(asked: object) -> None:
    assert callable(asked)
    with pytest.raises(QualityError):
        asked()
