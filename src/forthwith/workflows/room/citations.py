"""Citations of pages in a room: that the pages exist, and that whoever asks is shown them.

A page of a document that is not shown to somebody is, for them, no page at all: the refusal is the
same, and what is named as nearest are pages that they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

import sqlalchemy as sa

from forthwith.domain.bates import Bates, ranges
from forthwith.domain.errors import ForthwithError
from forthwith.domain.period import NotADayError, day
from forthwith.domain.users import Right, Seer
from forthwith.record import page_numbers
from forthwith.record.page_numbers import Numbered
from forthwith.record.room_store import Flags
from forthwith.workflows.room.room import Room

#: Pages one citation may run over, and rows looked through for the nearest page that is shown.
_MOST_PAGES, _LOOKED = 2_000, 2_000
#: A number within a sentence.
_NUMBER = re.compile(r"[\w&-]*[0-9](?![\w])")


class NotCitedError(ForthwithError):
    """A citation that names no page that could be looked up."""


class DayAskedError(ForthwithError):
    """A list was asked for of a day there is not."""


def day_asked(text: str) -> date | None:
    """Read a day a list is limited to; None of an empty text. Raises DayAskedError."""
    if not text.strip():
        return None
    try:
        return day(text)
    except NotADayError as wrong:
        raise DayAskedError(f"{wrong}.") from wrong


@dataclass(frozen=True, slots=True)
class Cite:
    """Pages as cited, and the documents they are of."""

    #: "HAL0000012", or "HAL0000012-HAL0000015".
    text: str
    #: Control numbers, the document of the first page first.
    controls: tuple[str, ...]
    #: Which page of that document it is, from 1.
    page: int
    #: "VOL001".
    volume: str
    theirs: bool


class Citations:
    """What of the numbered pages one person is shown."""

    def __init__(
        self, room: Room, seer: Seer, connection: sa.Connection, right: Right = Right.OPEN
    ) -> None:
        view = room.view(seer)
        self._connection = connection
        self._shown: Flags = view.mask(right)
        #: Whether every document is shown to somebody who is shown any.
        self.whole = bool(self._shown.all()) and seer.may(right)
        #: Control number -> place in the documents as they stand for all that is asked here.
        self.place = view.standing.columns.place
        self._control_prefix = room.case.settings.control_prefix

    def shown(self, control: str) -> bool:
        """Tell whether a document is shown; one that is not there is not."""
        place = self.place.get(control)
        return place is not None and bool(self._shown[place])

    def read(self, typed: str) -> tuple[Cite, ...]:
        """Read "HAL0000012; HAL0000020-22" as citations, each once, in the order typed.

        Raises NotCitedError for the first that names no page that is shown.
        """
        parts = [part.strip() for part in typed.replace("\n", ";").replace(",", ";").split(";")]
        cites = [self._one(part) for part in parts if part]
        if not cites:
            raise NotCitedError(
                "Name at least one page that shows it, as it is stamped: "
                f"{self._example()}. Several are separated by semicolons."
            )
        return tuple({cite.text: cite for cite in cites}.values())

    def seen(self, texts: Iterable[str]) -> tuple[Cite, ...]:
        """Return those citations, as kept, whose every document is shown; the others are not."""
        cites = (self._cite(*span) for text in texts for span in ranges(text))
        return tuple(cite for cite in cites if cite is not None)

    def names_hidden(self, sentence: str, party: str = "") -> bool:
        """Tell whether a sentence names a document or a page that is not shown.

        Of a number that a document of `party` bears, that one is meant and no other.
        """
        for word in set(_NUMBER.findall(sentence)):
            if word in self.place and not self.shown(word):
                return True
            if any(not self.shown(control) for control in self.documents([word], party)):
                return True
        return False

    def documents(self, texts: Iterable[str], party: str = "") -> set[str]:
        """Return the control numbers of every document cited, shown or not.

        Two parties may use the same numbers: where `party` has any of a run, theirs alone are it.
        """
        found: set[str] = set()
        for span in (span for text in texts for span in ranges(text)):
            rows = page_numbers.between(self._connection, *span)
            own = [row for row in rows if party and row.party == party]
            found.update(row.control for row in own or rows)
        return found

    def _one(self, part: str) -> Cite:
        spans = ranges(part)
        if not spans:
            raise NotCitedError(
                f"{part[:60]!r} is not a page number. Write it as it is stamped: "
                f"{self._example()}; several are separated by semicolons."
            )
        [(first, last)] = spans
        if last.number - first.number >= _MOST_PAGES:
            raise NotCitedError(
                f"{part[:60]!r} runs over more than {_MOST_PAGES:,} pages. Cite the pages that "
                "show it."
            )
        if (cite := self._cite(first, last)) is not None:
            return cite
        raise NotCitedError(self._refusal(part, first, last))

    def _cite(self, first: Bates, last: Bates) -> Cite | None:
        """Return a citation where every page exists and every document is shown."""
        rows = page_numbers.between(self._connection, first, last)
        if not rows or not all(self.shown(row.control) for row in rows):
            return None
        reached = first.number - 1
        for row in sorted(rows, key=lambda row: Bates.parse(row.first).number):
            if Bates.parse(row.first).number > reached + 1:
                return None
            reached = max(reached, Bates.parse(row.last).number)
        if reached < last.number:
            return None
        at = max((row for row in rows if row.page(first)), key=lambda row: row.volume)
        text = str(first) if first == last else f"{first}-{last}"
        controls = dict.fromkeys([at.control, *(row.control for row in rows)])
        return Cite(text, tuple(controls), at.page(first), at.volume, at.theirs)

    def _refusal(self, part: str, first: Bates, last: Bates) -> str:
        if first.prefix == self._control_prefix and self.shown(str(first)):
            return (
                f"{part[:60]} is a control number, which no page bears. Cite the page by the "
                "number stamped on it; a document that was not produced has none yet."
            )
        there = [number for number in (first, last) if self._cite(number, number)]
        if first != last and len(there) == 2:
            what = f"Not every page from {first} to {last} is here"
        else:
            missing = next(number for number in (first, last) if number not in there)
            what = f"There is no page {missing} here"
        below = self._near(page_numbers.below(self._connection, first), "last")
        above = self._near(page_numbers.above(self._connection, first), "first")
        near = " and ".join(filter(None, (below, above)))
        if near:
            return f"{what}. The nearest pages are {near}. Check the number on the page."
        return f"{what}. Numbers here look like {self._example()}. Check the number on the page."

    def _near(self, rows: Iterator[Numbered], end: str) -> str:
        shown = (row for row in islice(rows, _LOOKED) if self.shown(row.control))
        nearest = next(shown, None)
        return getattr(nearest, end) if nearest else ""

    def _example(self) -> str:
        for number in page_numbers.series(self._connection):
            rows = page_numbers.above(self._connection, Bates.parse(number).plus(-1))
            if found := self._near(rows, "first"):
                return found
        return "ABC00000001"
