"""A room to rank in: sixty short documents, some about keys, some in families."""

from __future__ import annotations

from pathlib import Path

from forthwith.domain.users import Grant, Seer
from forthwith.process.run import process
from forthwith.workflows.room import batches
from forthwith.workflows.room.room import Room
from tests.builders import evidence
from tests.builders.reviewed_room import BY, NO, PEOPLE, YES, code, seer

#: One in five documents has the word by which the readers of this room decide.
ABOUT = "quorum"
_KEYS = ("the quorum of key shares signs", "cold wallet and its quorum", "quorum cards in the safe")
_LUNCH = ("lunch at noon in the garden", "holiday plans and parking", "the printer is out of paper")


def make(folder: Path) -> Path:
    """Write the matter; returns its folder, to be copied and opened."""
    files = {
        f"d{number:02d}_txt": (
            f"{(_KEYS if number % 5 == 0 else _LUNCH)[number % 3]}, note {number} of the office\n"
        ).encode()
        for number in range(54)
    }
    attached = ("sheet.txt", b"the quorum of shares, in a sheet\n")
    mails = {f"m{n}_eml": evidence.mail(f"Lunch {n}", attached) for n in range(3)}
    matter = evidence.matter(folder / "matter", evidence.write(folder / "files", **files, **mails))
    process(matter, workers=1)
    room = Room(matter)
    for login, role in PEOPLE.items():
        user = room.users.add(login, login.title(), "human", BY)
        room.users.grant(Grant(user.id, role), BY)
    room.standing()
    room.close()
    return folder / "matter"


def relevant(room: Room, control: str) -> bool:
    """Say whether a document is about what is looked for."""
    standing = room.standing()
    return ABOUT in standing.store.text(standing.columns.place[control])[0]


def read(room: Room, login: str, *numbers: str) -> None:
    """Take batches, code them by what they say, and close them; an open batch for none named."""
    person: Seer = seer(room, login)
    for number in numbers or ("",):
        taken = batches.take(room, person, number)
        for control in room.batches.documents(taken.id):
            if room.codings.now(control) is None or taken.pass_ != "first":
                code(room, login, control, **(YES if relevant(room, control) else NO))
        batches.done(room, person, taken.id)
