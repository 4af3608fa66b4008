"""Periods: half-open runs of days, from the first day in to the first day out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
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


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` up to and without `end`; one that begins or ends within a day says when.

    An instant does not shorten the days: `start` is the day it lies in, `end` the day after.
    """

    start: date
    #: None: still going on.
    end: date | None = None
    #: The instants, aware, where the first or the last day is not a whole one.
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @classmethod
    def parse(cls, start: str, end: str = "") -> Self:
        """Read two days as written; an empty `end` is "still". Raises NotADayError."""
        return cls(day(start), day(end) if end.strip() else None)

    @property
    def empty(self) -> bool:
        """Whether it holds no instant at all."""
        if self.starts_at is not None and self.ends_at is not None:
            return self.ends_at <= self.starts_at
        return self.end is not None and self.end <= self.start

    def __lt__(self, other: Period) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[date, str, date, str]:
        ends = self.end or date.max
        return (self.start, self.from_text, ends, self.to_text)

    def __contains__(self, when: date) -> bool:
        return self.start <= when and (self.end is None or when < self.end)

    def meets(self, other: Period) -> bool:
        """Return whether the two share a day."""
        return (other.end is None or self.start < other.end) and (
            self.end is None or other.start < self.end
        )

    @property
    def from_text(self) -> str:
        """Return where it begins: "2023-03-06", "2023-03-06T20:00Z"."""
        return self.start.isoformat() if self.starts_at is None else instant_text(self.starts_at)

    @property
    def to_text(self) -> str:
        """Return the first day, or the instant, that is out; "" is still going on."""
        if self.ends_at is not None:
            return instant_text(self.ends_at)
        return "" if self.end is None else self.end.isoformat()

    def __str__(self) -> str:
        return f"from {self.from_text}" + (f" to {self.to_text}" if self.end else "")


def instant_text(when: datetime) -> str:
    """Return an instant in ISO 8601 as short as it can be told, UTC as Z."""
    timespec = "minutes" if not (when.second or when.microsecond) else "auto"
    text = when.isoformat(timespec=timespec)
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
