"""What every handler is given: the room, and who asks."""

from __future__ import annotations

from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import Scope

from forthwith.domain.users import Seer
from forthwith.workflows.room.room import Room


def room_of(state: State) -> Room:
    """Return the room this process serves."""
    room: Room = state["room"]
    return room


def seer_of(scope: Scope) -> Seer:
    """Return who asks, as the session middleware found them."""
    seer: Seer = scope["seer"]  # type: ignore[typeddict-item]
    return seer


DEPENDENCIES = {
    "room": Provide(room_of, sync_to_thread=False),
    "seer": Provide(seer_of, sync_to_thread=False),
}
