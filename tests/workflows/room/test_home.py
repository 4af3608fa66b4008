"""The first page: every number is that of the list it leads to."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.domain.users import Role
from forthwith.workflows.room import batches, coding, home, listing
from forthwith.workflows.room.room import Room
from tests.builders import rooms


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Numbered documents, two of them coded."""
    room = rooms.small(tmp_path)
    lead = rooms.person(room, "reyes", Role.LEAD)
    for control in list(room.standing().columns.controls)[:2]:
        coding.save(room, lead, control, {"responsive": "no"}, 0)
    return room


@pytest.mark.parametrize("walls", [(), (0,), (1, 4)], ids=["none", "one", "two"])
@pytest.mark.parametrize("role", [Role.LEAD, Role.OBSERVER, Role.MONITOR])
def test_each_number_is_that_of_its_list(room: Room, role: Role, walls: tuple[int, ...]) -> None:
    """Whoever asks, whatever is walled off from them."""
    controls = room.standing().columns.controls
    seer = rooms.person(room, "kim", role, walled=tuple(controls[place] for place in walls))

    shown = home.home(room, seer).numbers

    assert shown
    for number in shown:
        assert listing.window(room, seer, number.query).total == number.documents


def test_my_batch_is_shown_and_what_is_open(room: Room) -> None:
    """What of it is coded counts, whoever did it."""
    lead, kim = room.seer("reyes", "x"), rooms.person(room, "kim", Role.REVIEWER)
    batches.cut(room, lead)
    before = home.home(room, kim)
    taken = batches.take(room, kim)
    first = batches.documents(room, kim, taken.id)[-1][0]
    coding.save(room, kim, first, {"responsive": "no"}, 0)

    shown = home.home(room, kim).batch

    assert (before.batch, before.open) == (None, 1)
    assert shown is not None
    assert (shown.batch.id, shown.coded) == (taken.id, 3)
    assert before.due == ()
