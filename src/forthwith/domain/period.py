"""Periods: half-open runs of days, from the first day in to the first day out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Self

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class NotADayError(ValueError):
    """A text is not a day of the calendar in ISO 8601."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a day; write it as 2023-06-17")


def day(text: str) -> date:
    """Read one day, YYYY-MM-DD. Raises NotADayError."""
    if not _DAY.fullmatch(text.strip()):
        raise NotADayError(text)
    try:
        return date.fromisoformat(text.strip())
    except ValueError as wrong:
        raise NotADayError(text) from wrong


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `start` up to and without `end`."""

    start: date
    #: None: still going on.
    end: date | None = None

    @classmethod
    def parse(cls, start: str, end: str = "") -> Self:
        """Read two days as written; an empty `end` is "still". Raises NotADayError."""
        return cls(day(start), day(end) if end.strip() else None)

    @property
    def empty(self) -> bool:
        """Whether it holds no day at all."""
        return self.end is not None and self.end <= self.start

    def __contains__(self, when: date) -> bool:
        return self.start <= when and (self.end is None or when < self.end)

    def meets(self, other: Period) -> bool:
        """Return whether the two share a day."""
        return (other.end is None or self.start < other.end) and (
            self.end is None or other.start < self.end
        )

    def __str__(self) -> str:
        return f"from {self.start}" if self.end is None else f"from {self.start} to {self.end}"
