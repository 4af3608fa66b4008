"""Counts, ordinals and sizes in words, as every list and letter has them."""

from __future__ import annotations

_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth",
)  # fmt: skip


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 document", "2,000 documents", "2 families"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(amount: int) -> str:
    """Return a size in bytes as people read it: "14.2 MB"."""
    value = float(amount)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    return ""


def ordinal(number: int) -> str:
    """Return "first", "second", and "13th" past the twelfth."""
    if 1 <= number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{ending or 'th'}"
