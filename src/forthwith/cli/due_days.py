"""Due days in words, alike in every list."""

from __future__ import annotations

from datetime import date

from forthwith.cli import console
from forthwith.domain.requests import DueDay


def days(due: DueDay) -> str:
    """Return the day, or every day it may be: "2025-12-26 or 2025-12-29"."""
    return " or ".join(map(str, due.ambiguous)) or str(due.day)


def left(due: date, today: date) -> str:
    """Return how far off a day is: "3 days left", "1 day past"."""
    count = (due - today).days
    return f"{console.count(abs(count), 'day')} {'left' if count >= 0 else 'past'}"
