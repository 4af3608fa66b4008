"""Documents by custodian and month, as counted from delivered volumes.

Which empty months are worth a question is `check.responses.months`; the letter prints the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month of the calendar."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month a day lies in."""
        return cls(day.year, day.month)

    @property
    def next(self) -> Month:
        """Return the month after."""
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class CustodianMonths:
    """One custodian's documents by month."""

    custodian: str
    #: In step with the months of the matrix.
    counts: tuple[int, ...]
    #: Runs of months without a document that are long for what else there is: first and last.
    holes: tuple[tuple[Month, Month], ...]


@dataclass(frozen=True, slots=True)
class MonthMatrix:
    """Custodian by month; a document counts under the day of its family."""

    months: tuple[Month, ...]
    lines: tuple[CustodianMonths, ...]
    #: Documents of no month, by custodian: a load file that leaves dates out has many.
    undated: dict[str, int]
