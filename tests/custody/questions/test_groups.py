"""Predicates and scopes as people write them, and axes of days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.facts.cells import parse_policy_scope
from forthwith.custody.facts.days import Axis, Clock, bits, runs
from forthwith.custody.questions.groups import BadWhoError, parse
from forthwith.custody.questions.scope import BadScopeError, Scope
from forthwith.domain.period import Period
from tests.builders.custody import days

FIRST = date(2023, 1, 1)
periods = st.builds(
    lambda start, length: Period(
        FIRST + timedelta(start), FIRST + timedelta(start + length) if length else None
    ),
    st.integers(0, 40),
    st.integers(0, 20),
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("employer=BHL", "employer=BHL"),
        ("employer=BHL and not location=US", "(employer=BHL and not location=US)"),
        ("employer=A or payer=B and tie=C", "(employer=A or (payer=B and tie=C))"),
        ("not (employer=A or payer=A)", "not (employer=A or payer=A)"),
        ('employer="Halden Ltd" AND people=b,a', "(employer=Halden Ltd and people=a,b)"),
        ("everyone", "everyone"),
    ],
)
def test_a_predicate_reads_as_it_is_meant(text, read):
    assert str(parse(text)) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("employer=", "cannot be read|names nobody"),
        ("boss=BHL", "no kind of tie 'boss'"),
        ("employer=A and", "breaks off"),
        ("(employer=A", "not closed"),
        ("employer=A employer=B", "out of place"),
        ("not " * 500 + "employer=A", "too deep"),
        ("(" * 5000, "too deep"),
        ("people=,", "names nobody"),
        ("employer=A & payer=B", "cannot be read"),
    ],
)
def test_a_predicate_that_cannot_be_read_says_why(text, why):
    with pytest.raises(BadWhoError, match=why):
        parse(text)


@pytest.mark.parametrize(
    "text", ["class=customer, destination=hot", "class=customer destination=hot",
             "destination=HOT and class=Customer", "class=customer;destination=hot"],
)  # fmt: skip
def test_a_scope_is_joined_any_way_a_person_would(text):
    assert str(Scope.parse(text)) == "class=customer, destination=hot"


@pytest.mark.parametrize("text", ["clas=x", "class=", "path=sideways", "wallet=a wallet=b", "hot"])
def test_a_scope_that_cannot_be_read_is_not_taken_for_everything(text):
    """An empty scope asks about all wallets: a misspelt one must not become it."""
    with pytest.raises(BadScopeError, match="--scope"):
        Scope.parse(text)


def test_a_policy_scope_keeps_its_words():
    text = "source=deposit; destination=hot; when=a deposit is stuck"
    assert parse_policy_scope(text)[2] == ("when", "a deposit is stuck")
    with pytest.raises(ValueError, match="perhaps destination="):
        parse_policy_scope("destinaton=hot")


@given(st.lists(periods, max_size=6), periods)
def test_an_axis_holds_each_period_exactly(cuts, asked):
    """Bit by bit, the days of a mask are the days of its period that were asked about."""
    whole = Period(FIRST + timedelta(5), FIRST + timedelta(30))
    clock = Clock()
    axis = Axis(whole, [tick for period in [*cuts, asked] for tick in clock.cuts(period)], clock)

    inside = {day for period in axis.periods(axis.mask(asked)) for day in days(period)}
    assert inside == {day for day in days(whole) if day in asked}


@given(st.integers(0, 2**70))
def test_runs_and_bits_are_the_mask(mask):
    assert sum(1 << place for place in bits(mask)) == mask
    assert sum((1 << last) - (1 << first) for first, last in runs(mask)) == mask
