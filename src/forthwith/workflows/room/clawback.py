"""A claw-back in the room: what a notice would take is shown first, then it is put away.

Counts are of what is shown to whoever asks, taken before anything is put away; the act takes all
that the notice reaches, shown to them or not.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.record import page_numbers, received
from forthwith.record.matter import MatterBusyError
from forthwith.workflows import clawback_notice
from forthwith.workflows.clawback_notice import ClawbackNotice
from forthwith.workflows.room import quarantine
from forthwith.workflows.room.quarantine import NobodyHereError, WhoseNoticeError
from forthwith.workflows.room.received import exact_query
from forthwith.workflows.room.room import RefusedError, Room, View

_HOW = {
    "named": "named by the notice",
    "family": "of their families",
    "copy": "copies",
    "near copy": "near copies",
}


class ClawbackError(ForthwithError):
    """A claw-back that cannot be carried out as asked."""


@dataclass(frozen=True, slots=True)
class DraftNotice:
    """A notice as given to a page."""

    data: bytes
    #: Of its file; what was pasted has one too.
    name: str
    #: Login of whoever is to deal with it.
    custodian: str
    #: Whose notice it is; "" where no two parties share its numbers.
    party: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many documents come into a notice in one way."""

    words: str
    documents: int
    #: The search that finds exactly these; "" where none does.
    query: str


@dataclass(frozen=True, slots=True)
class WouldTake:
    """What a notice would take of what is shown to whoever asks."""

    documents: Taken
    families: int
    ways: tuple[Taken, ...]
    #: Numbers of the notice that are no document shown to them.
    unknown: tuple[str, ...]
    custodian: str
    #: To be given back with the order to do it: it is of this notice and these documents.
    token: str


@dataclass(frozen=True, slots=True)
class Held:
    """One notice, of what its custodian is shown."""

    notice: str
    custodian: str
    documents: Taken


def may(seer: Seer) -> bool:
    """Tell whether somebody may put documents away: who leads the review, or monitors it."""
    return seer.may(Right.MANAGE)


def held(room: Room, seer: Seer) -> list[Held]:
    """Return the notices of which a document is shown to somebody: their custodian alone."""
    view = room.view(seer)
    mask, place = view.mask(Right.LIST), view.standing.columns.place
    found = []
    for away in quarantine.standing(room.case):
        if away.custodian != seer.user.login:
            continue
        own = [
            row.control
            for row in away.rows
            if not row.outcome and (at := place.get(row.control)) is not None and mask[at]
        ]
        if own:
            found.append(Held(away.notice, away.custodian, _taken(room, view, "", own)))
    return found


def look(room: Room, seer: Seer, draft: DraftNotice) -> WouldTake:
    """Return what a notice would take; nothing is written.

    Raises RefusedError, ClawbackError, NoNoticeError, NobodyHereError, WhoseNoticeError.
    """
    view = room.view(seer)
    notice = _whose(view, _read(room, seer, draft))
    reached, unknown = quarantine.would_take(room.case, notice)
    columns, mask = view.standing.columns, view.mask(Right.LIST)

    def shown(control: str) -> bool:
        at = columns.place.get(control)
        return at is not None and bool(mask[at])

    own = {control: how for control, (how, _) in reached.items() if shown(control)}
    # A number whose every document is hidden from them is said as one that is not here.
    with room.matter.engine.connect() as connection:
        hidden = [
            called.text
            for called in notice.called
            if called.text not in unknown
            and str(called.first) not in own
            and not any(
                row.control in own
                for row in page_numbers.between(connection, called.first, called.last)
            )
        ]
    if not any(how == "named" for how in own.values()):
        raise NobodyHereError(notice.called)
    ways = Counter(own.values())
    families = {int(columns.top[columns.place[control]]) for control in own}
    return WouldTake(
        _taken(room, view, "all together", tuple(own)),
        len(families),
        tuple(
            _taken(room, view, words, [control for control, way in own.items() if way == how])
            for how, words in _HOW.items()
            if ways[how]
        ),
        tuple(called.text for called in notice.called if called.text in {*unknown, *hidden}),
        draft.custodian,
        _token(draft, reached),
    )


def put_away(room: Room, seer: Seer, draft: DraftNotice, token: str) -> tuple[str, str]:
    """Put away what a notice reaches; returns its name, and what waits, in a sentence, or "".

    `token` is that of what `look` returned. Raises RefusedError, ClawbackError, NoNoticeError,
    NobodyHereError.
    """
    notice = _whose(room.view(seer), _read(room, seer, draft))
    if look(room, seer, draft).token != token:
        raise ClawbackError(
            "What the notice takes is not what it was when you looked. Nothing was put away; look "
            "once more."
        )
    by = (seer.user.login, seer.known_by)
    away = quarantine.put_away(room.case, notice, draft.custodian, by)
    case = room.case
    try:
        with case.alone():
            quarantine.certify(case, away, date.fromisoformat(room.today()))
    except MatterBusyError as busy:
        return away.notice, f"Its certificate is not printed yet: {busy}"
    return away.notice, ""


def _read(room: Room, seer: Seer, draft: DraftNotice) -> ClawbackNotice:
    """Read a notice. Raises RefusedError, ClawbackError, NoNoticeError."""
    if not may(seer):
        raise RefusedError(
            "Your role in this matter puts no documents away. Leads and monitors do; ask whoever "
            "administers the room."
        )
    user = room.users.by_login(draft.custodian)
    if user is None or user.disabled_at:
        raise ClawbackError(
            f"Nobody here has the login {draft.custodian!r}. Name whoever is to deal with what is "
            "called back; nobody else is shown it from then on."
        )
    if not draft.data.strip():
        raise ClawbackError("Choose the file of the notice, or paste its numbers.")
    return clawback_notice.of(draft.data, Path(draft.name), draft.party)


def _whose(view: View, notice: ClawbackNotice) -> ClawbackNotice:
    """Return a notice that does not say whose it is as of the one party shown to who asks.

    Raises WhoseNoticeError where several are: it names none that is hidden from them.
    """
    try:
        quarantine.require_party(view.room.case, notice)
    except WhoseNoticeError as unsaid:
        mask, place = view.mask(Right.LIST), view.standing.columns.place
        with view.room.matter.engine.connect() as connection:
            shown = {
                row.party
                for control, row in received.numbers(connection).items()
                if (at := place.get(control)) is not None and mask[at]
            }
        seen = [party for party in unsaid.parties if party in shown]
        if len(seen) > 1:
            raise WhoseNoticeError(unsaid.number, seen) from unsaid
        return replace(notice, party=seen[0] if seen else unsaid.parties[0])
    return notice


def _token(draft: DraftNotice, reached: Iterable[str]) -> str:
    whole = "\n".join((draft.custodian, draft.party, draft.name, *sorted(reached))).encode()
    return hashlib.sha256(hashlib.sha256(draft.data).digest() + whole).hexdigest()


def _taken(room: Room, view: View, words: str, controls: Sequence[str]) -> Taken:
    return Taken(words, len(controls), exact_query(room, view, controls))
