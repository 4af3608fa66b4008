"""A small room: a matter with numbered documents of both sides, and people with roles."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from forthwith.domain.users import Grant, Role, Scope, Seer
from forthwith.process.run import process
from forthwith.record import journal, tables
from forthwith.workflows.room.room import Room
from tests.builders import evidence

#: Who made the room.
MAKER = ("root", "a test")


def small(folder: Path) -> Room:
    """Return a room over seven documents; five have numbers of ours, two pages each.

    FW00000001 and on: NG0000001-2, NG0000003-4, … in order of control number, as VOL001.
    """
    one = evidence.write(
        folder / "one",
        a_eml=evidence.mail("Keys", ("memo.txt", b"The wallets were moved.\n")),
        b_eml=evidence.mail("Shares"),
        box_zip=evidence.archive(a_txt=b"First.\n", b_txt=b"Second.\n"),
    )
    matter = evidence.matter(folder / "matter", one)
    evidence.collect(matter, evidence.write(folder / "two", plan_txt=b"A plan.\n"), "Li, Bo")
    process(matter, workers=1)
    room = Room(matter)
    controls = list(room.standing().columns.controls)
    with matter.writing() as connection:
        row = {
            "volume": "VOL001", "standard": "sec/2021-08", "sealed": "2026-02-09T00:00:00+00:00",
            "first_bates": "NG0000001", "last_bates": "NG0000010", "ordinal": 1, "replaces": "",
            "manifest": "",
        }  # fmt: skip
        connection.execute(sa.insert(tables.productions).values(row))
        for place, control in enumerate(controls[:5]):
            first, last = (f"NG{2 * place + page:07d}" for page in (1, 2))
            row = {"control_number": control, "volume": "VOL001", "first": first, "last": last}
            connection.execute(sa.insert(tables.bates).values(row))
        journal.append(connection, "seal", {"volume": "VOL001"})
    return room


def person(room: Room, login: str, *roles: Role, walled: tuple[str, ...] = ()) -> Seer:
    """Return somebody with roles, walled off from some documents and their families."""
    user = room.users.by_login(login) or room.users.add(login, login.title(), "human", MAKER)
    for role in roles:
        room.users.grant(Grant(user.id, role), MAKER)
    if walled:
        room.users.grant(Grant(user.id, Role.WALL, Scope(documents=frozenset(walled))), MAKER)
    return room.seer(login, "password")
