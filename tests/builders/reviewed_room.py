"""A room with people in it: documents in families and copies, read for real."""

from __future__ import annotations

from pathlib import Path

from forthwith.domain.users import Grant, Role, Scope, Seer
from forthwith.process.run import process
from forthwith.workflows.room import batches, coding
from forthwith.workflows.room.room import Room
from tests.builders import evidence

BY = ("office", "a test")
PEOPLE = {
    "lead": Role.LEAD,
    "lin": Role.REVIEWER,
    "bo": Role.REVIEWER,
    "reyes": Role.SECOND,
    "counsel": Role.PRIVILEGE,
    "desk": Role.PRODUCTION,
    "office": Role.ADMIN,
    "watch": Role.OBSERVER,
}
YES = {"responsive": "yes", "privilege": "none"}
NO = {"responsive": "no"}


def room(folder: Path) -> Room:
    """Return a room of ten documents: two equal families of three, a third one, a loose file.

    In order of control number: mail, memo, plan; the same of another custodian; mail, note; two
    loose files.
    """
    family = evidence.mail("Keys", ("memo.txt", b"The wallets.\n"), ("plan.txt", b"A plan.\n"))
    one = evidence.write(
        folder / "one",
        a_eml=family,
        b_eml=evidence.mail("Lunch", ("note.txt", b"At noon in the usual place.\n")),
        c_txt=b"A diary of the spring.\n",
    )
    two = evidence.write(folder / "two", a_eml=family, d_txt=b"A list of names.\n")
    matter = evidence.matter(folder / "matter", one)
    evidence.collect(matter, two, "Li, Bo")
    process(matter, workers=1)
    made = Room(matter)
    for login, role in PEOPLE.items():
        user = made.users.add(login, login.title(), "human", BY)
        made.users.grant(Grant(user.id, role), BY)
    return made


def seer(of: Room, login: str) -> Seer:
    """Return somebody who is signed in."""
    return of.seer(login, "password")


def wall(of: Room, login: str, *controls: str) -> None:
    """Wall documents off from somebody."""
    user = of.users.by_login(login)
    assert user is not None
    of.users.grant(Grant(user.id, Role.WALL, Scope(documents=frozenset(controls))), BY)


def controls(of: Room) -> list[str]:
    """Return every control number."""
    return list(of.standing().columns.controls)


def batch(of: Room, login: str, query: str = "") -> list[str]:
    """Cut a batch, have somebody take it, and return its documents."""
    cut = batches.cut(of, seer(of, "lead"), query, size=batches.Size(pages=0, documents=100))
    taken = batches.take(of, seer(of, login), cut.batches[0].id)
    return list(of.batches.documents(taken.id))


def code(of: Room, login: str, control: str, **marks: object) -> int:
    """Code a document over what stands; returns the version."""
    stands = of.codings.now(control)
    version = stands.version if stands else 0
    return coding.save(of, seer(of, login), control, marks, version, because="a test").version
