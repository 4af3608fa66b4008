"""Questions of the books answered: opened once, reckoned once, printed as JSON has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from forthwith.books import control as proofs_of_control
from forthwith.books import position as positions
from forthwith.books.backing import fully_backed
from forthwith.books.books import Books, Parameters
from forthwith.books.breaks import BreaksOverTime
from forthwith.books.census import census as census_of
from forthwith.books.commingling import commingling as commingling_of
from forthwith.books.control import Control
from forthwith.books.coverage import coverage as coverage_of
from forthwith.books.exercised import exercised as exercised_of
from forthwith.books.payments import payments as payments_of
from forthwith.books.reckoning import Reckoning, reckon
from forthwith.books.timeline import Timeline, timeline
from forthwith.custody.facts.facts import Facts, ProofLevel
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import STANDINGS
from forthwith.domain.instants import Instant, day_end, day_of, instant_text
from forthwith.workflows.books import control as proofs
from forthwith.workflows.books import pictures
from forthwith.workflows.books.custody_join import custody_of, facts_or_none, movable
from forthwith.workflows.books.opening import books_of_home
from forthwith.workflows.books.options import BooksOptions, When
from forthwith.workflows.books.pictures import Written
from forthwith.workflows.custody.facts import facts_of
from forthwith.workflows.progress import SILENT, Progress


class NothingHappenedError(ForthwithError):
    """The books hold no event, so there is no time to ask about."""

    def __init__(self) -> None:
        super().__init__(
            "The books hold no row, no entry and no block, so there is no instant to ask about. "
            "Load a ledger, statements or blocks first."
        )


class EmptyPeriodError(ForthwithError):
    """--to is not after --from."""

    def __init__(self, start: Instant, end: Instant) -> None:
        super().__init__(
            f"There is nothing between {instant_text(start)} and {instant_text(end)}: --to must be "
            "later than --from."
        )


class UnknownPlaceError(ForthwithError):
    """No place has this name."""

    def __init__(self, place: str, known: Sequence[str]) -> None:
        super().__init__(f"The books have no place {place!r}; they have {', '.join(known)}.")


class Reckoned:
    """The books of one question: each part is made when it is first asked for, and once."""

    def __init__(self, books: Books, parameters: Parameters) -> None:
        self.books = books
        self.parameters = parameters

    @classmethod
    def open(cls, home: Path, options: BooksOptions, progress: Progress = SILENT) -> Reckoned:
        """Open the books. Raises BooksFaultyError, NoBooksError and BadBooksOptionError."""
        options.check()
        books = books_of_home(home, options.folder, options.zone, progress)
        return cls(books, options.parameters(books.assets))

    @cached_property
    def reckoning(self) -> Reckoning:
        """Moves, matches, stakes, dues."""
        return reckon(self.books, self.parameters)

    @cached_property
    def everything(self) -> Reckoning | None:
        """The reckoning of all rows whatever their standing; None where none was left out."""
        if not self.reckoning.dropped:
            return None
        return reckon(self.books, replace(self.parameters, standing=STANDINGS[-1]))

    @property
    def standing(self) -> ProofLevel:
        """The worst standing accepted, as custody has it."""
        return ProofLevel.parse(self.parameters.standing)

    def facts(self, home: Path, folder: Path | None = None) -> Facts | None:
        """Return custody's facts beside the books; None where there are none."""
        return facts_or_none(home, folder)

    @cached_property
    def control(self) -> Control:
        """What the proofs of control come to."""
        return proofs_of_control.control(self.books, proofs.spoken)

    @cached_property
    def timeline(self) -> Timeline:
        """Owed and held as steps."""
        return timeline(self.reckoning)

    @cached_property
    def breaks(self) -> BreaksOverTime:
        """Every break through time."""
        return BreaksOverTime(self.reckoning, self.control)

    def last_cut(self) -> Instant:
        """Return the end of the last day of which the books speak. Raises NothingHappenedError."""
        times = [self.events[1]]
        return day_end(day_of(max(times), self.parameters.zone), self.parameters.zone)

    @cached_property
    def events(self) -> tuple[Instant, Instant]:
        """The first and the last instant at which anything changed. Raises NothingHappenedError."""
        reckoning = self.reckoning
        times = [
            *(change.at for change in reckoning.owed_changes),
            *(change.at for change in reckoning.changes),
            *(change.at for change in reckoning.held_changes),
        ]
        if not times:
            raise NothingHappenedError
        return min(times), max(times)

    def period(self, start: When | None, end: When | None) -> tuple[Instant, Instant]:
        """Return the time asked about; without one, from the openings to the last day's end.

        Raises EmptyPeriodError, NothingHappenedError.
        """
        zone = self.parameters.zone
        openings = [row.at for row in self.books.openings]
        first = start.start(zone) if start else (max(openings) + 1 if openings else self.events[0])
        # Books that say nothing after their openings are asked about the day that follows.
        last = (
            end.end(zone) if end else max(self.last_cut(), day_end(day_of(first, zone), zone)) + 1
        )
        if last <= first:
            raise EmptyPeriodError(first, last)
        return first, last


@dataclass(frozen=True, slots=True)
class _Body:
    """JSON of an answer with what every answer carries."""

    reckoned: Reckoned

    def of(self, body: Mapping[str, Any], until: Instant | None = None) -> dict[str, Any]:
        """Return the answer with its parameters and notes; `until` is how far it speaks."""
        reckoned = self.reckoned
        found = positions.position(reckoned.reckoning, reckoned.events[1], line=reckoned.timeline)
        return {
            **body,
            "parameters": positions.parameters_json(reckoned.parameters, found.assets),
            "notes": [
                *reckoned.books.notes, *reckoned.reckoning.notes, *self._unseen(until),
            ],
        }  # fmt: skip

    def _unseen(self, until: Instant | None) -> Iterator[str]:
        """Say of chains that end on an earlier day that nothing after it is seen."""
        zone = self.reckoned.parameters.zone
        for name, chain in sorted(self.reckoned.reckoning.chains.items()):
            if until is None or not chain.instants:
                continue
            if day_end(day_of(last := chain.instants[-1], zone), zone) < until - 1:
                yield (
                    f"the last block given of {name} is {chain.blocks[-1].height} of "
                    f"{instant_text(last)}: what moved after it, to {instant_text(until)}, is not "
                    "seen"
                )


def position(home: Path, options: BooksOptions, at: When | None) -> dict[str, Any]:
    """Return what is owed and held at an instant, with the breaks that explain the difference."""
    reckoned = Reckoned.open(home, options)
    when = at.cut(options.zone) if at else reckoned.last_cut()
    return _Body(reckoned).of(position_json(reckoned, when, options.assets), when)


def position_json(reckoned: Reckoned, when: Instant, assets: Sequence[str] = ()) -> dict[str, Any]:
    """Return the position at an instant as `books position` prints it."""
    found = positions.position(
        reckoned.reckoning, when, reckoned.control, assets, reckoned.timeline
    )
    explained = reckoned.breaks.at(when)
    by_asset: dict[str, list[dict[str, Any]]] = {}
    for row in explained.breaks:
        by_asset.setdefault(row.asset, []).append(row.as_json(reckoned.books.assets))
    unexplained = {
        name: reckoned.books.assets[name].text(row.unexplained)
        for name, row in explained.explained.items()
    }
    return found.as_json(by_asset, unexplained)


def coverage(
    home: Path,
    options: BooksOptions,
    start: When | None,
    end: When | None,
    page: Path | None = None,
    picture: Path | None = None,
) -> tuple[dict[str, Any], Written]:
    """Return whether what was owed was covered at every instant of a period; draw it if asked."""
    reckoned = Reckoned.open(home, options)
    first, last = reckoned.period(start, end)
    found = coverage_of(reckoned.reckoning, first, last, options.assets, reckoned.timeline)
    joined = movable(reckoned.facts(home), reckoned.books, reckoned.standing, first, last)
    answers = {
        asset: fully_backed(
            reckoned.reckoning, asset, first, last, reckoned.control, joined,
            reckoned.everything, reckoned.timeline,
        ).as_json()
        for asset in options.assets or tuple(reckoned.timeline.lines)
    }  # fmt: skip
    body = _Body(reckoned).of({"answer": answers, **found.as_json()}, last)
    written = pictures.coverage(home, reckoned, found, options.assets, page, picture)
    return body, written


def breaks(home: Path, options: BooksOptions, at: When | None) -> dict[str, Any]:
    """Return every break at an instant, and what they leave unexplained."""
    reckoned = Reckoned.open(home, options)
    when = at.cut(options.zone) if at else reckoned.last_cut()
    found = reckoned.breaks.at(when)
    if options.assets:
        kept = tuple(row for row in found.breaks if row.asset in ("", *options.assets))
        explained = {name: row for name, row in found.explained.items() if name in options.assets}
        found = replace(found, breaks=kept, explained=explained)
    return _Body(reckoned).of(found.as_json(), when)


def commingling(
    home: Path,
    options: BooksOptions,
    place: str | None = None,
    start: When | None = None,
    end: When | None = None,
    page: Path | None = None,
    picture: Path | None = None,
) -> tuple[dict[str, Any], Written]:
    """Return when customers' value lay with others'. Raises UnknownPlaceError."""
    reckoned = Reckoned.open(home, options)
    known = sorted({row.place for row in reckoned.books.places})
    if place is not None and place not in known:
        raise UnknownPlaceError(place, known)
    first, last = reckoned.period(start, end)
    found = commingling_of(reckoned.reckoning, first, last, options.assets)
    if place is not None:
        found = replace(
            found,
            intervals=tuple(row for row in found.intervals if row.place == place),
            beside=tuple(row for row in found.beside if row.place == place),
        )
    written = pictures.stakes(home, reckoned, found, place, page, picture)
    return _Body(reckoned).of(found.as_json(), last), written


def payments(
    home: Path, options: BooksOptions, start: When | None, end: When | None
) -> dict[str, Any]:
    """Return whom the exchange paid."""
    reckoned = Reckoned.open(home, options)
    first, last = reckoned.period(start, end)
    return _Body(reckoned).of(payments_of(reckoned.reckoning, first, last).as_json())


def exercised(
    home: Path,
    options: BooksOptions,
    start: When | None,
    end: When | None,
    folder: Path | None = None,
) -> dict[str, Any]:
    """Return which keys signed each move, who held them, and which paths allow it.

    Raises NoMatterFactsError where custody has no facts at all.
    """
    reckoned = Reckoned.open(home, options)
    first, last = reckoned.period(start, end)
    facts = facts_of(home, folder)
    custody = custody_of(facts, reckoned.books, reckoned.standing)
    return _Body(reckoned).of(exercised_of(reckoned.reckoning, custody, first, last).as_json())


def census(
    home: Path, options: BooksOptions, page: Path | None = None, picture: Path | None = None
) -> tuple[dict[str, Any], Written]:
    """Return every place, and what behaves like one and is not registered; draw its proofs."""
    reckoned = Reckoned.open(home, options)
    written = pictures.proofs(home, reckoned, page, picture)
    return _Body(reckoned).of(census_of(reckoned.reckoning).as_json()), written
