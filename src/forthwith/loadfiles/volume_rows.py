"""Documents of delivered volumes, one by one: whose, of what day, in which family, withheld or not.

Made by `check.received` from a data load file; the numbers they hold are spans of pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from forthwith.domain.bates import Bates, NotABatesNumberError


@dataclass(frozen=True, slots=True)
class Row:
    """One delivered document."""

    volume: str
    first: str
    last: str = ""
    #: First number of the document it is attached to; "" for a top.
    parent: str = ""
    custodian: str = ""
    #: The day of its family's top, or its own where that has none; None where nobody says.
    day: date | None = None
    name: str = ""
    subject: str = ""
    message_id: str = ""
    #: The header of a mail as delivered, its lines apart again.
    header: str = ""
    #: Whether anything is attached to it.
    has_attachments: bool = False
    #: Whether its native is delivered: then nothing in it is blacked out.
    native: bool = False
    #: First numbers of what its row says is attached.
    children: tuple[str, ...] = ()
    #: A slip-sheet stands for it, with this number of the privilege log ("" where it has none).
    withheld: bool = False
    log: str = ""
    #: What its row says of redactions; "" where it has none.
    redacted: str = ""
    #: Everybody who had a copy, where copies are suppressed; the custodian may be among them.
    copies: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Return whose document it is, of every copy."""
        return (self.custodian, *self.copies)


@dataclass(frozen=True, slots=True)
class Span:
    """Pages from one number to another of one series."""

    first: Bates
    last: Bates

    def __contains__(self, number: Bates) -> bool:
        # Across prefix or width there is no count of pages: nothing lies between.
        low, high = self.first.pages_to(number), number.pages_to(self.last)
        return low is not None and high is not None


def spans(rows: Sequence[Row]) -> list[Span]:
    """Return the numbers documents hold, joined where they follow each other."""
    read = []
    for row in rows:
        try:
            read.append(Span(Bates.parse(row.first), Bates.parse(row.last or row.first)))
        except NotABatesNumberError:
            continue
    return joined(read)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the numbers some spans hold, in order, joined where they follow each other."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.first, span.last)):
        if runs and span.first in Span(runs[-1].first, runs[-1].last.plus(1)):
            runs[-1] = Span(runs[-1].first, max(runs[-1].last, span.last))
        else:
            runs.append(span)
    return runs


def lacking(wanted: Span, runs: Sequence[Span]) -> list[Span]:
    """Return what of `wanted` none of `runs` (as `joined` gives them) holds, in order."""
    gaps: list[Span] = []
    at = wanted.first
    for run in runs:
        same = (run.first.prefix, run.first.width) == (at.prefix, at.width)
        if not same or run.last < at or wanted.last < run.first:
            continue
        if at < run.first:
            gaps.append(Span(at, run.first.plus(-1)))
        at = run.last.plus(1)
    return gaps if wanted.last < at else [*gaps, Span(at, wanted.last)]
