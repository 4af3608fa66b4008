"""Events of the room: each page is told of what its reader is shown, for as long as they may."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain.coding import Pass
from forthwith.domain.users import Role
from forthwith.record.codings import Save
from forthwith.web import live
from forthwith.web.app import create_app
from forthwith.workflows.room.room import Room
from tests.builders import rooms
from tests.builders.rooms import MAKER, person


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    room = rooms.small(tmp_path)
    yield room
    room.close()


def _save(room: Room, control: str) -> None:
    room.codings.save(
        [Save(control, 0, Pass.FIRST, "", "ours", 0, {"responsive": "yes"})], ("other", "a test")
    )


def test_a_page_is_told_of_what_its_reader_is_shown_alone(room: Room) -> None:
    controls = list(room.standing().columns.controls)
    _save(room, controls[-1])
    lead = person(room, "ana", Role.LEAD)
    walled = person(room, "ben", Role.LEAD, walled=(controls[0],))
    told = {seer.user.login: (live._Told(room, seer), seer) for seer in (lead, walled)}

    _save(room, controls[0])
    news = {login: page.news(room, seer) for login, (page, seer) in told.items()}

    coding = ("coding", {"control": controls[0], "version": 1})
    assert news == {"ana": [coding, ("conflict", {})], "ben": []}
    assert all(page.news(room, seer) == [] for page, seer in told.values())


def test_the_first_coding_of_a_matter_is_told_too(room: Room) -> None:
    lead = person(room, "ana", Role.LEAD)
    page = live._Told(room, lead)
    _save(room, str(room.standing().columns.controls[0]))

    assert [kind for kind, _ in page.news(room, lead)] == ["coding", "conflict"]


def test_a_stream_ends_with_its_session(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_EVERY", 0.0)
    person(room, "ana", Role.LEAD)
    app = create_app(room)
    entrance: Any = app.state["entrance"]
    user = room.users.by_login("ana")
    assert user is not None
    token = entrance.begin(user, "password")

    async def heard() -> list[str]:
        kinds: list[str] = []
        listening: dict[str, int] = {}
        async for message in live._stream(app.state, room, token, live._Place(listening, "ana")):
            kinds.append(str(message.event or message.comment))
            room.users.disable(user, MAKER)
        assert listening == {}
        return kinds

    assert asyncio.run(asyncio.wait_for(heard(), 30)) == ["open", "left"]
