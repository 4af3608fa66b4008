"""The example matter as a room: two reviewers, two batches, ten documents coded, a day of events.

What the demo leaves behind for `forthwith room`: enough of every page to look at, and one conflict
to settle. The people are invented; whoever runs the demo leads the review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forthwith.domain.documents import ControlNumber
from forthwith.domain.users import Role, Scope, Seer
from forthwith.record import journal
from forthwith.review.batches import Size
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import batches, chronology, coding, conflicts, exhibits, users
from forthwith.workflows.room.chronology import Draft
from forthwith.workflows.room.exhibits import NewExhibit
from forthwith.workflows.room.room import Room

#: Login, name.
REVIEWERS = (("imani", "Okafor, Imani"), ("tomas", "Lindqvist, Tomas"))
#: What the review is about.
QUERY = "wallet OR quorum OR share"
_CEREMONY = 'subject:"ceremony done"'
#: Documents of each reviewer's batch.
_DOCUMENTS = 12
#: The marks of five documents of each. The last contradicts itself: a conflict to settle.
_MARKS: tuple[Mapping[str, Any], ...] = (
    {"responsive": "yes", "privilege": "none", "issues": ["keys"]},
    {"responsive": "yes", "privilege": "none", "hot": True, "note": "Names who held which card"},
    {"responsive": "no"},
    {"responsive": "yes", "privilege": "none", "confidentiality": "confidential"},
    {"responsive": "no", "hot": True},
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What stands in the room when the demo is done."""

    batches: int
    coded: int
    conflicts: int


def review(case: CaseFile) -> Reviewed:
    """Make the users, cut batches, have ten documents coded; enter an event and an exhibit."""
    room = Room.open(case.folder)
    try:
        login = journal.actor()[0]
        users.add(room, None, login, login, (), Scope(), None)
        lead = room.local_seer()
        for name, full in REVIEWERS:
            users.add(room, lead, name, full, (Role.REVIEWER,), Scope(), None)
        cut = batches.cut(room, lead, QUERY, name="Who held keys", size=Size(0, _DOCUMENTS))
        coded = sum(_read(room, room.local_seer(name)) for name, _ in REVIEWERS)
        _use(room, lead)
        return Reviewed(len(cut.batches), coded, conflicts.listed(room, lead).total)
    finally:
        room.close()


def _read(room: Room, reviewer: Seer) -> int:
    """Take a batch and code its first five documents."""
    batch = batches.take(room, reviewer)
    reading = [control for control, _ in batches.documents(room, reviewer, batch.id)]
    for control, marks in zip(reading, _MARKS, strict=False):
        coding.save(room, reviewer, control, marks, 0)
    return min(len(reading), len(_MARKS))


def _use(room: Room, lead: Seer) -> None:
    """Enter what counsel makes of the mail on the ceremony: an event and an exhibit."""
    mail = room.standing().searcher.ask(_CEREMONY).controls()[0]
    number = room.case.numbers[ControlNumber(mail)][1]
    sentence = "Shares of the key of the cold wallet were handed out at a ceremony."
    chronology.write(room, lead, Draft("2021-04-14", sentence, number))
    exhibits.make(room, lead, NewExhibit(number, "Ex. 1", "Mail on the ceremony of 14 April 2021"))
