"""Counts and sizes in words, as every list and letter has them."""

from __future__ import annotations


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
