"""Batches: cut of a selection, taken by one reviewer, given back, done.

A batch counts for somebody what they would be shown of it. How far each reviewer is, whoever leads
sees, in order of their logins; nobody is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from forthwith.domain.batches import Batch, BatchState
from forthwith.domain.coding import Pass
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.plain.counting import count
from forthwith.record.batches import BatchStateError, NoBatchError
from forthwith.record.room_store import Flags
from forthwith.review import batches as rules
from forthwith.review.batches import Size
from forthwith.workflows.room import quality, reach
from forthwith.workflows.room.coder import PassError, some
from forthwith.workflows.room.room import RefusedError, Room


class NothingToTakeError(ForthwithError):
    """No batch is open to somebody."""

    def __init__(self, login: str) -> None:
        super().__init__(
            f"There is no open batch that {login} may take. Whoever leads the review cuts more: "
            "forthwith batches cut."
        )


class NotDoneError(ForthwithError):
    """Documents of a batch are not coded yet."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What cutting came to."""

    batches: tuple[Batch, ...]
    #: Documents, and families, put into batches.
    documents: int
    families: int
    #: Documents found that are in a batch of this pass already, with their families.
    already: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch as somebody is shown it."""

    batch: Batch
    documents: int
    pages: int
    coded: int
    #: Whether they have it; may take it; may take it back from its holder, who left it lying.
    mine: bool
    takeable: bool
    idle: bool


@dataclass(frozen=True, slots=True)
class ReviewerRow:
    """How far one reviewer is."""

    login: str
    #: The batch they have; "" for none.
    holds: str
    #: Batches they have done; documents in the batches they had, and coded of these.
    done: int
    documents: int
    coded: int


def cut(
    room: Room,
    seer: Seer,
    query: str = "",
    *,
    name: str = "",
    size: Size | None = None,
    pass_: str = Pass.FIRST,
    offered: Sequence[str] = (),
) -> Cut:
    """Cut what a query finds into batches, families whole; "" is everything.

    What is in a batch of the same pass stays there. Raises RefusedError, PassError, NoUserError,
    BatchSizeError and what a query may raise.
    """
    reach.require(seer, Right.MANAGE, "cut batches")
    if pass_ not in list(Pass):
        raise PassError(pass_)
    size = size or Size()
    _known(room, offered)
    standing, shown = room.standing(), room.mask(seer, Right.LIST)
    columns = standing.columns
    selected = standing.searcher.ask(query).met.astype(bool) if query.strip() else shown
    whole = rules.whole_families(columns, selected, shown)
    rule = {"query": query, **size.body()}
    named = name or (f"“{query.strip()}”" if query.strip() else "All documents")
    batch = Batch("", named, Pass(pass_), rule, offered=tuple(sorted(set(offered))))
    taken = left = np.zeros(len(columns), np.bool_)

    def lots(in_batches: Set[str]) -> list[tuple[Batch, list[str]]]:
        nonlocal taken, left
        taken = np.fromiter((c in in_batches for c in columns.controls), np.bool_, len(columns))
        # A family of which a part is in a batch comes whole, if that part is not all of it.
        left = rules.whole_families(columns, whole & ~taken, shown) & ~taken
        return [
            (batch, [columns.controls[place] for place in lot])
            for lot in rules.cut(columns, left, size)
        ]

    kept = room.batches.cut(batch.pass_, lots, reach.by(seer))
    families = len(np.unique(columns.top[left]))
    return Cut(tuple(kept), int(left.sum()), families, int((whole & taken).sum()))


def _known(room: Room, logins: Sequence[str]) -> None:
    for login in logins:
        if room.users.by_login(login) is None:
            raise RefusedError(
                f"There is no user {login!r} to offer batches to. `forthwith users list` names all."
            )


def listed(room: Room, seer: Seer) -> list[BatchRow]:
    """Return the batches somebody is shown: all to whoever leads, else theirs and open ones.

    Raises RefusedError.
    """
    reach.require(seer, Right.LIST, "see batches")
    leads, shown = seer.may(Right.MANAGE), reach.unwalled(room, seer.user)
    return [
        _row(room, seer, batch, shown)
        for batch in room.batches.every()
        if leads or batch.holder == seer.user.login or _takeable(room, seer, batch)
    ]


def _row(room: Room, seer: Seer, batch: Batch, shown: Flags) -> BatchRow:
    columns = room.standing().columns
    controls = reach.shown_of(room, shown, room.batches.documents(batch.id))
    places = [columns.place[control] for control in controls]
    out = batch.state is BatchState.OUT
    return BatchRow(
        batch,
        len(controls),
        Size().of(columns, places),
        sum(reach.coded_in(room, batch, control) for control in controls),
        mine=out and batch.holder == seer.user.login,
        takeable=_takeable(room, seer, batch),
        idle=out and seer.may(Right.MANAGE) and batch.touched_at < _idle_since(),
    )


def _takeable(room: Room, seer: Seer, batch: Batch) -> bool:
    return batch.state is BatchState.OPEN and not _barred(room, seer, batch)


def _barred(room: Room, seer: Seer, batch: Batch) -> str:
    """Return why somebody may not have a batch; "" where they may."""
    login = seer.user.login
    if not reach.may_read(seer, batch.pass_, batch.id):
        return f"no role of theirs is assigned to its pass, {batch.pass_}"
    if batch.offered and login not in batch.offered:
        return "it is offered to others"
    controls = room.batches.documents(batch.id)
    if not reach.shown_of(room, reach.unwalled(room, seer.user), controls):
        return "none of it is theirs to see"
    if batch.pass_ is Pass.QC:
        own = [control for control in controls if _first_coder(room, control) == login]
        if own:
            return f"they coded {count(len(own), 'document')} of it themselves"
    return ""


def _first_coder(room: Room, control: str) -> str:
    coding = room.codings.standing().get(control)
    if coding is None or coding.pass_ is Pass.FIRST:
        return coding.who if coding else ""
    first = [row for row in room.codings.history(control) if row.pass_ is Pass.FIRST]
    return first[-1].who if first else ""


def _idle_since() -> str:
    since = datetime.now(UTC) - timedelta(seconds=rules.IDLE)
    return since.isoformat(timespec="seconds")


def progress(room: Room, seer: Seer) -> list[ReviewerRow]:
    """Return how far each reviewer is, by login. Raises RefusedError unless they lead."""
    reach.require(seer, Right.MANAGE, "see the progress of reviewers")
    shown = reach.unwalled(room, seer.user)
    by_login: dict[str, list[Batch]] = {}
    for batch in room.batches.every():
        if batch.holder and batch.state is not BatchState.OPEN:
            by_login.setdefault(batch.holder, []).append(batch)
    rows = []
    for login, batches in sorted(by_login.items()):
        lots = [
            (batch, reach.shown_of(room, shown, room.batches.documents(batch.id)))
            for batch in batches
        ]
        rows.append(
            ReviewerRow(
                login,
                next((batch.id for batch in batches if batch.state is BatchState.OUT), ""),
                sum(batch.state is BatchState.DONE for batch in batches),
                sum(len(controls) for _, controls in lots),
                sum(
                    reach.coded_in(room, batch, control)
                    for batch, controls in lots
                    for control in controls
                ),
            )
        )
    return rows


def take(room: Room, seer: Seer, batch: str = "") -> Batch:
    """Take a batch, or the next one offered to somebody, else open to them.

    Raises NoBatchError, BatchStateError, NothingToTakeError, RefusedError.
    """
    reach.require(seer, Right.CODE, "take batches")
    login = seer.user.login
    if batch:
        wanted = _seen(room, seer, batch)
        if wanted.state is BatchState.OPEN and (why := _barred(room, seer, wanted)):
            raise RefusedError(f"{login} may not take batch {batch}: {why}. Take another.")
        return room.batches.take(batch, login, reach.by(seer))
    every = [row for row in room.batches.every() if row.state is BatchState.OPEN]
    for offered in sorted(every, key=lambda row: (login not in row.offered, int(row.id[1:]))):
        if _barred(room, seer, offered):
            continue
        try:
            return room.batches.take(offered.id, login, reach.by(seer))
        except BatchStateError:
            # Somebody else was quicker, or they have one: the second is said.
            if room.batches.held_by(login) is not None:
                raise
    if (held := room.batches.held_by(login)) is not None:
        raise BatchStateError(
            f"{login} has batch {held.id} and can hold one at a time: finish it or give it back "
            "first."
        )
    raise NothingToTakeError(login)


def _seen(room: Room, seer: Seer, batch: str) -> Batch:
    """Return a batch somebody is shown. Raises NoBatchError, alike for absent and hidden."""
    found = room.batches.batch(batch)
    if not (
        seer.may(Right.MANAGE)
        or found.holder == seer.user.login
        or reach.may_read(seer, found.pass_, found.id)
    ):
        raise NoBatchError(batch)
    return found


def _own(room: Room, seer: Seer, batch: str) -> Batch:
    """Return a batch named, or the one somebody has. Raises NoBatchError, BatchStateError."""
    if batch:
        return _seen(room, seer, batch)
    held = room.batches.held_by(seer.user.login)
    if held is None:
        raise BatchStateError(f"{seer.user.login} has no batch. Take one: forthwith batches take.")
    return held


def give(room: Room, seer: Seer, batch: str = "") -> Batch:
    """Give a batch back; whoever leads may take back one that was not touched for two hours.

    Raises NoBatchError, BatchStateError, RefusedError.
    """
    found = _own(room, seer, batch)
    if found.holder == seer.user.login:
        return room.batches.give_back(found.id, reach.by(seer))
    reach.require(seer, Right.MANAGE, "take back somebody else's batch")
    return room.batches.give_back(found.id, reach.by(seer), untouched_since=_idle_since())


def done(room: Room, seer: Seer, batch: str = "") -> Batch:
    """Close a batch whose documents are all coded.

    With the batch of a sample, batches of reviewers above its bar open again. Raises
    NoBatchError, BatchStateError, NotDoneError, RefusedError.
    """
    found = _own(room, seer, batch)
    if found.holder != seer.user.login:
        reach.require(seer, Right.MANAGE, "close somebody else's batch")
    holder = room.users.by_login(found.holder)
    if found.state is BatchState.OUT and holder is not None:
        controls = room.batches.documents(found.id)
        shown = reach.shown_of(room, reach.unwalled(room, holder), controls)
        left = [control for control in shown if not reach.coded_in(room, found, control)]
        if left:
            raise NotDoneError(
                f"Batch {found.id} is not done: {len(left)} of "
                f"{count(len(shown), 'document')} {'is' if len(left) == 1 else 'are'} not coded: "
                f"{some(left)}. Code the rest, or give the batch back."
            )
    closed = room.batches.done(found.id, reach.by(seer))
    if closed.pass_ is Pass.QC:
        quality.settle(room, closed.id, reach.by(seer))
    return closed


def offer(room: Room, seer: Seer, batch: str, logins: Sequence[str]) -> Batch:
    """Say who alone may take a batch; nobody for everybody. Raises NoBatchError, RefusedError."""
    reach.require(seer, Right.MANAGE, "offer batches")
    _known(room, logins)
    return room.batches.offer(_seen(room, seer, batch).id, logins, reach.by(seer))


def documents(room: Room, seer: Seer, batch: str) -> list[tuple[str, bool]]:
    """Return the documents of a batch somebody is shown, and whether each is coded in it.

    Raises NoBatchError.
    """
    found = _seen(room, seer, batch)
    shown = reach.shown_of(room, room.mask(seer, Right.LIST), room.batches.documents(found.id))
    return [(control, reach.coded_in(room, found, control)) for control in shown]
