"""Amounts and instants: exact both ways, refused otherwise."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.amounts import AmountError, amount_text, units
from forthwith.domain.instants import InstantError, day_end, instant, instant_text


@given(st.integers(-(10**38) + 1, 10**38 - 1), st.integers(0, 30))
def test_an_amount_comes_back_from_its_text(value: int, decimals: int) -> None:
    assert units(amount_text(value, decimals), decimals) == value


@pytest.mark.parametrize(
    "text", ["", "+1", "1e3", "1,000.00", "1.", ".5", "0x10", "1_0", "１", "NaN", "--1", "1.0 "]
)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        units(text, 8)


def test_one_place_more_than_the_asset_has_is_never_rounded() -> None:
    with pytest.raises(AmountError, match="3 places"):
        units("1.000", 2)


def test_a_uint256_is_refused_rather_than_cut() -> None:
    with pytest.raises(AmountError, match="38 digits"):
        units(str(2**256 - 1), 0)


def test_two_places_stay_and_longer_ends_of_zeros_go() -> None:
    assert [amount_text(1230, 2), amount_text(0, 8), amount_text(-5, 1), amount_text(7, 0)] == [
        "12.30", "0.0", "-0.5", "7",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["2026-02-30", "2026-01-01T10:00", "31/01/2026", "2026-1-1"])
def test_an_instant_has_a_day_of_the_calendar_and_a_zone(text: str) -> None:
    with pytest.raises(InstantError):
        instant(text)


@given(st.integers(-2_000_000_000, 4_000_000_000))
def test_an_instant_comes_back_from_its_text(when: int) -> None:
    assert instant(instant_text(when)) == when


def test_offsets_and_days_are_read() -> None:
    assert instant("2026-01-31T23:59:59+01:00") == instant("2026-01-31T22:59:59Z")
    assert day_end(date(2026, 1, 31)) == instant("2026-01-31T23:59:59Z")
