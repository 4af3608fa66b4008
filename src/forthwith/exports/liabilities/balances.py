"""Balances as such files write them: exact, whatever their places, and printed as they hash.

A balance is a whole number of units of 10^-40, so that sums are exact; more places are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

#: Places after the point that are kept; the most that a token has is 18, a product of two 36.
PLACES = 40
_SHAPE = re.compile(r"(-?)([0-9]{1,60})(?:\.([0-9]{1,60}))?", re.ASCII)


class NotABalanceError(ValueError):
    """A value is no balance; the message is a sentence without its full stop."""


def written(value: Any) -> str:
    """Return a balance as it is written, a number of JSON without its exponent.

    Raises NotABalanceError: it is neither text nor number.
    """
    if isinstance(value, Decimal) and -PLACES <= value.adjusted() < PLACES:
        return format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**60:
        return str(value)
    if isinstance(value, str):
        return value
    raise NotABalanceError(f"{str(value)[:40]!r} is not a balance")


def scaled(value: Any) -> int:
    """Return a text or a number of JSON as units of 10^-40. Raises NotABalanceError."""
    match = _SHAPE.fullmatch(written(value))
    if match is None:
        raise NotABalanceError(f"{str(value)[:40]!r} is not a balance")
    sign, whole, part = match[1], match[2], (match[3] or "").rstrip("0")
    if len(part) > PLACES:
        raise NotABalanceError(f"{str(value)[:40]!r} has more than {PLACES} places")
    units = int(whole + part.ljust(PLACES, "0"))
    return -units if sign else units


def plain(units: int) -> str:
    """Return the shortest text of a balance: "0.1", "12", "-3.05"."""
    whole, part = divmod(abs(units), 10**PLACES)
    text = f"{whole}.{part:0{PLACES}}".rstrip("0").rstrip(".")
    return f"-{text}" if units < 0 else text


def fixed(units: int, places: int) -> str:
    """Return a balance with exactly so many places, what is beyond cut off toward zero."""
    cut = abs(units) // 10 ** (PLACES - places)
    whole, part = divmod(cut, 10**places)
    text = f"{whole}.{part:0{places}}" if places else str(whole)
    return f"-{text}" if units < 0 and cut else text


def places_of(text: str) -> int:
    """Return how many places a text has after its point."""
    return len(text.partition(".")[2])


def read(balances: Any) -> dict[str, int]:
    """Return the balances of a node by coin. Raises NotABalanceError: it is no such object."""
    if not isinstance(balances, Mapping) or not balances:
        raise NotABalanceError("the balances are not an object of coins and amounts")
    found: dict[str, int] = {}
    for coin, value in balances.items():
        try:
            found[coin] = scaled(value)
        except NotABalanceError as wrong:
            raise NotABalanceError(f"{coin[:40]}: {wrong}") from wrong
    return found


def added(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    """Return the sums by coin, in the order of the left ones, others after them."""
    return {coin: left.get(coin, 0) + right.get(coin, 0) for coin in (*left, *right)}
