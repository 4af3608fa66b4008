"""A claw-back notice where two parties number alike: it takes the documents of whoever sent it."""

from __future__ import annotations

import pytest

from forthwith.domain.users import Grant, Role, Scope, Seer
from forthwith.workflows.room import clawback
from forthwith.workflows.room.clawback import DraftNotice
from forthwith.workflows.room.quarantine import WhoseNoticeError
from forthwith.workflows.room.room import Room
from tests.builders.volume import LOOSE
from tests.web.conftest import BY

SAID = {
    party: DraftNotice(LOOSE.encode(), "NOTICE.txt", "boss", party)
    for party in ("", "Northgate", "Reyes & Holm")
}


def _seer(room: Room, login: str, *walls: str) -> Seer:
    user = room.users.add(login, login.title(), "human", BY)
    room.users.grant(Grant(user.id, Role.LEAD, Scope()), BY)
    for control in walls:
        wall = Scope(documents=frozenset({control}))
        room.users.grant(Grant(user.id, Role.WALL, wall), BY)
    return room.seer(login, "a test")


def _named(room: Room, seer: Seer, party: str) -> set[str]:
    would = clawback.look(room, seer, SAID[party])
    clawback.put_away(room, seer, SAID[party], would.token)
    (held,) = clawback.held(room, seer)
    return {
        row.control
        for away in clawback.quarantine.standing(room.case)
        if away.notice == held.notice
        for row in away.rows
        if row.how == "named"
    }


def test_it_is_asked_whose_it_is_and_takes_theirs_alone(two: Room) -> None:
    boss = _seer(two, "boss")
    with pytest.raises(WhoseNoticeError, match="Northgate and one of Reyes & Holm"):
        clawback.look(two, boss, SAID[""])
    (control,) = _named(two, boss, "Reyes & Holm")
    with two.matter.engine.connect() as connection:
        assert clawback.received.numbers(connection)[control].party == "Reyes & Holm"


def test_who_is_shown_one_of_them_learns_nothing_of_the_other(two: Room) -> None:
    with two.matter.engine.connect() as connection:
        numbers = clawback.received.numbers(connection)
    hidden = [control for control, row in numbers.items() if row.party == "Reyes & Holm"]
    boss = _seer(two, "boss", *hidden)
    (control,) = _named(two, boss, "")
    assert numbers[control].party == "Northgate"
