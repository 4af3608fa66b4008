"""What somebody sees first: their batch, what is due, what is theirs to settle, and the numbers.

Every number is that of a query, counted as a list counts it, and the page leads to that list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from forthwith.domain.batches import Batch
from forthwith.domain.obligations import ObligationState
from forthwith.domain.requests import DueDay
from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.respond.registers.requests import RequestRegister
from forthwith.review.coding.conflicts import Conflict
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import batches, conflicts, listing
from forthwith.workflows.room.room import Room

#: Rights of which one lets somebody see what the matter owes, and when.
SEES_DUE = (Right.MANAGE, Right.PRODUCE, Right.RELEASE, Right.CHALLENGE)
#: What is due and conflicts shown at first.
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Number:
    """How many documents a query finds."""

    words: str
    query: str
    documents: int


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due."""

    #: "Request 3 of First RFPs".
    what: str
    #: ISO days it may be due on, the first one first: where service leaves it open there are two.
    days: tuple[str, ...]
    #: Days left; below zero when it has passed.
    left: int
    #: The rule that sets the day; "" where nothing says.
    rule: str = ""

    @property
    def said(self) -> str:
        """Return how far off it is: "3 days left", "1 day past", "today"."""
        if not self.left:
            return "today"
        return f"{count(abs(self.left), 'day')} {'left' if self.left > 0 else 'past'}"


@dataclass(frozen=True, slots=True)
class MyBatch:
    """The batch somebody has."""

    batch: Batch
    documents: int
    coded: int


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows."""

    batch: MyBatch | None
    #: How many batches they may take, where they have none.
    open: int
    due: tuple[Due, ...]
    #: Conflicts of what they coded, and how many there are.
    conflicts: tuple[Conflict, ...]
    conflict_count: int
    numbers: tuple[Number, ...]


def home(room: Room, seer: Seer) -> Home:
    """Return what somebody sees first. Raises NotProcessedError."""
    held, takeable = None, 0
    if seer.may(Right.CODE):
        for row in batches.listed(room, seer):
            takeable += row.takeable
            if row.mine:
                held = MyBatch(row.batch, row.documents, row.coded)
    mine = of_mine(room, seer) if seer.may(Right.OPEN) else []
    return Home(
        held,
        takeable,
        tuple(due(room, seer)),
        tuple(mine[:_SHOWN]),
        len(mine),
        tuple(numbers(room, seer)) if seer.may(Right.LIST) else (),
    )


def numbers(room: Room, seer: Seer) -> Iterator[Number]:
    """Yield the numbers of the matter, as far as somebody is shown its documents."""
    view = room.view(seer)
    queries = [("Documents", "")]
    if view.standing.columns.theirs.any():
        queries += [("Of ours", "side:ours"), ("Of theirs", "side:theirs")]
    if seer.may(Right.OPEN):
        queries += [("Coded", "coded:yes"), ("Not coded", "coded:no")]
    queries += [("Not read, or in part", "fault:any")]
    for words, query in queries:
        documents = len(listing.found(room, view, query).places)
        # Another side that is not shown is not counted, and a number for it would tell of it.
        if documents or query in ("", "coded:yes", "coded:no"):
            yield Number(words, query, documents)


def of_mine(room: Room, seer: Seer) -> list[Conflict]:
    """Return the conflicts of documents whose coding that stands is somebody's own."""
    standing = room.codings.standing()
    rows = conflicts.listed(room, seer, most=10_000).rows
    login = seer.user.login
    return [
        row
        for row in rows
        if any(
            (coding := standing.get(control)) is not None and coding.who == login
            for control in row.documents
        )
    ]


def due(room: Room, seer: Seer) -> list[Due]:
    """Return what is due and not done, the earliest first; [] to whom that is not shown."""
    if not any(seer.may(right) for right in SEES_DUE):
        return []
    on = date.fromisoformat(room.today())
    case = room.case
    found = [*_requests(case.requests, on), *_duties(case, on), *_questions(case, on)]
    return sorted(found, key=lambda row: (row.days, row.what))


def _requests(register: RequestRegister, on: date) -> Iterator[Due]:
    """Yield each set of which a request is not answered yet."""
    by_set: dict[str, list[str]] = {}
    days: dict[str, DueDay] = {}
    for status in register.standings:
        served = any(response.served for response in status.history)
        if status.set.due is not None and not served:
            by_set.setdefault(status.set.name, []).append(status.request.number)
            days[status.set.name] = status.set.due
    for name, waiting in by_set.items():
        yield _of(f"{name}: {count(len(waiting), 'request')} to answer", days[name], on)


def _duties(case: CaseFile, on: date) -> Iterator[Due]:
    for status in case.duties.on(on).standings:
        duty = status.obligation
        if duty.due is not None and status.state is ObligationState.OPEN:
            yield _of(f"{duty.key}: {duty.says}", duty.due, on)


def _questions(case: CaseFile, on: date) -> Iterator[Due]:
    for status in case.questions.on(on).standings:
        question = status.question
        if question.outstanding and question.due is not None:
            days = (question.due.isoformat(),)
            yield Due(f"{question.key}: {question.text}", days, (question.due - on).days)


def _of(what: str, day: DueDay, on: date) -> Due:
    days = tuple(sorted({known.isoformat() for known in (day.day, *day.ambiguous)}))
    return Due(what, days, (date.fromisoformat(days[0]) - on).days, day.rule)
