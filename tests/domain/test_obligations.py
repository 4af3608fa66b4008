"""Orders and obligations come back from their bodies whole, or are refused with their key."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.act_bodies import BodyError
from forthwith.domain.obligations import EXACT, Obligation, Order
from forthwith.domain.requests import Source
from tests.domain.test_requests import dues, few, kept, texts

orders = st.builds(
    Order,
    name=texts,
    source=st.builds(Source, texts, texts),
    text_sha256=texts,
    entered=st.dates(),
    amends=texts,
)
obligations = st.builds(
    Obligation,
    order=texts,
    number=texts,
    quote=texts,
    matched=texts,
    start=st.integers(),
    end=st.integers(),
    duty=texts,
    due=st.none() | dues,
    evidence=st.lists(texts, **few).map(tuple),
    attestor=texts,
    note=texts,
    supersedes=st.lists(texts, **few).map(tuple),
)
SOUND = Obligation("Consent Order", "3", "shall report", EXACT, 10, 22)


@given(orders)
def test_an_order_comes_back_from_its_body_whole(order: Order) -> None:
    assert Order.from_body(order.name, kept(order.body())) == order


@given(obligations)
def test_an_obligation_comes_back_from_its_body_whole(obligation: Obligation) -> None:
    assert Obligation.from_body(obligation.key, kept(obligation.body())) == obligation


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "open"},
        {"start": "10"},
        {"end": True},
        {"start": None},
        {"quote": None},
        {"due": {"day": "soon"}},
        {"evidence": "ABC0001"},
    ],
)
def test_a_body_of_another_shape_is_refused_with_the_key(broken: dict) -> None:
    """A state in it would be one that somebody stored."""
    with pytest.raises(BodyError, match="obligation 'Consent Order/3'"):
        Obligation.from_body(SOUND.key, {**SOUND.body(), **broken})


def test_an_order_without_its_day_is_refused() -> None:
    order = Order("Consent Order", Source("order.txt", "00"), "11", date(2023, 6, 17))
    with pytest.raises(BodyError, match="order 'Consent Order'"):
        Order.from_body(order.name, {**order.body(), "entered": ""})


def test_it_is_told_in_plain_words_or_in_those_of_the_order() -> None:
    assert SOUND.says == '"shall report"'
    duty = Obligation("O", "3", "shall report", EXACT, 10, 22, duty="Report each\nmonth.")
    assert duty.says == "Report each month."
