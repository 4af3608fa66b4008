"""Amounts: whole numbers of an asset's smallest unit, and their text.

No float and no rounding anywhere: a text with one place more than the asset has is refused.
"""

from __future__ import annotations

import re

from forthwith.domain.errors import ForthwithError

#: More digits than any store here keeps exactly (DECIMAL(38,0)); a uint256 can have 78.
MOST_DIGITS = 38
#: Texts longer than this are no amounts; it bounds what a hostile cell can cost.
_LONGEST = 200
_SHAPE = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?", re.ASCII)


class AmountError(ForthwithError):
    """A text is not an amount of the asset; the sentence has no full stop, to stand in a fault."""


def units(text: str, decimals: int) -> int:
    """Return `-?digits[.digits]` as a number of smallest units.

    No grouping, no exponent, no sign `+`. Raises AmountError: another shape, more places than
    `decimals`, or more than 38 digits in smallest units.
    """
    match = _SHAPE.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise AmountError(f"{text[:40]!r} is not an amount: digits, at most one point, no grouping")
    sign, whole, part = match[1], match[2], match[3] or ""
    if len(part) > decimals:
        raise AmountError(
            f"{text!r} has {len(part)} places, the asset {decimals}; nothing is rounded"
        )
    value = int(whole + part.ljust(decimals, "0"))
    if value >= 10**MOST_DIGITS:
        raise AmountError(f"{text[:40]}… has more than {MOST_DIGITS} digits in smallest units")
    return -value if sign else value


def amount_text(value: int, decimals: int) -> str:
    """Return the text of a number of smallest units: "-0.5", "12.30" (two places are kept).

    Zeros at the end are left out, but for one place, and both where the asset has two.
    """
    if decimals <= 0:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    whole, part = digits[:-decimals], digits[-decimals:]
    if decimals > 2:
        part = part.rstrip("0") or "0"
    return f"{'-' if value < 0 else ''}{whole}.{part}"
