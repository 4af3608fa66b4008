"""What others do meanwhile: GET /api/events, as server-sent events, through the mask.

One watcher looks for every open page at once whether the matter changed, and each page is told of
what its reader is shown and of nothing else: that a document's coding was saved, that something was
drawn on one, that a batch changed, that conflicts may have, and that what they are shown is no
longer what it was ("walls", which names no document). A page left open is no question, so it keeps
no session alive, and it ends when the session does.
"""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import AsyncIterator, Mapping
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.response import ServerSentEvent, ServerSentEventMessage

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.workflows.room import redacting
from forthwith.workflows.room.entering import Entrance
from forthwith.workflows.room.room import Room

#: Seconds between two looks, and looks between two signs of life.
_EVERY, _ALIVE = 1.0, 15
#: Rights over documents that a page rests on.
_READS = (Right.LIST, Right.OPEN, Right.CODE)
#: Open pages of one user, and of all.
_MOST, _MOST_OF_ONE = 200, 8


class TooManyPagesError(HTTPException):
    """More pages listen than are served."""

    status_code = 429

    def __init__(self) -> None:
        super().__init__(detail="Too many pages are open. Close some; this one works without news.")


class _Told:
    """What one page was told of so far."""

    def __init__(self, room: Room, seer: Seer) -> None:
        self.codings = room.codings.changes()
        self.batches = room.batches.changes()
        self.redactions = redacting.changes(room)
        self.states = _states(room, seer)
        self.shown = _shown(room, seer)

    def news(self, room: Room, seer: Seer) -> list[tuple[str, dict[str, Any]]]:
        """Return [kind of event, what of it is shown] since the last look."""
        found: list[tuple[str, dict[str, Any]]] = []
        # First of all: a page drops what it fetched ahead before it hears of anything else.
        if (shown := _shown(room, seer)) != self.shown:
            self.shown = shown
            found.append(("walls", {}))
        if changed := room.codings.since(self.codings):
            self.codings = max(coding.id for coding in changed)
            view = room.view(seer)
            mask, place = view.mask(Right.OPEN), view.standing.columns.place
            found += [
                ("coding", {"control": coding.control, "version": coding.version})
                for coding in changed
                if (at := place.get(coding.control)) is not None and mask[at]
            ]
            told = any(kind == "coding" for kind, _ in found)
            if told and (seer.may(Right.MANAGE) or seer.may(Right.OVERTURN)):
                found.append(("conflict", {}))
        if (redactions := redacting.changes(room)) != self.redactions:
            found += [
                ("redaction", {"control": control})
                for control in redacting.changed_since(room, seer, self.redactions)
            ]
            self.redactions = redactions
        if (batches := room.batches.changes()) != self.batches:
            self.batches = batches
            states = _states(room, seer)
            found += [
                ("batch", {"batch": batch})
                for batch in sorted(states.keys() | self.states.keys())
                if states.get(batch) != self.states.get(batch)
            ]
            self.states = states
        return found


def _shown(room: Room, seer: Seer) -> tuple[object, ...]:
    """Return what is equal as long as somebody is shown the same documents in the same way."""
    view = room.view(seer)
    # A mask is kept as it is for as long as all it rests on; made anew it may still be the same.
    return (view.standing.digest, *(hash(view.mask(right).tobytes()) for right in _READS))


def _states(room: Room, seer: Seer) -> Mapping[str, tuple[str, str]]:
    """Return state and holder of the batches somebody may know of: all, or their own."""
    manages = seer.may(Right.MANAGE)
    return {
        batch.id: (str(batch.state), batch.holder)
        for batch in room.batches.every()
        if manages or batch.holder == seer.user.login
    }


@get("/api/events", sync_to_thread=False)
def events(
    request: Request[Any, Any, Any], room: NamedDependency[Room], seer: NamedDependency[Seer]
) -> ServerSentEvent:
    """Tell a page what changed, as long as its session lasts."""
    state = request.app.state
    listening: dict[str, int] = state.setdefault("listening", {})
    own = listening.get(seer.user.login, 0)
    if own >= _MOST_OF_ONE or sum(listening.values()) >= _MOST:
        raise TooManyPagesError
    token = str(request.scope.get("token", ""))
    # Counted before it begins: many asked for at one moment are many.
    place = _Place(listening, seer.user.login)
    return ServerSentEvent(_stream(state, room, token, place))


class _Place:
    """One open page's place among those that listen; given up once, also if it never began."""

    def __init__(self, listening: dict[str, int], login: str) -> None:
        listening[login] = listening.get(login, 0) + 1
        self.give_up = weakref.finalize(self, _given_up, listening, login)


def _given_up(listening: dict[str, int], login: str) -> None:
    listening[login] -= 1
    if not listening[login]:
        del listening[login]


async def _stream(
    state: Any, room: Room, token: str, place: _Place
) -> AsyncIterator[ServerSentEventMessage]:
    entrance: Entrance = state["entrance"]
    told: _Told | None = None
    try:
        yield ServerSentEventMessage(comment="open", retry=5_000)
        silent = 0
        while not state.get("ending", bool)():
            found = await asyncio.to_thread(entrance.found, token, asks=False)
            if found is None:
                yield ServerSentEventMessage(event="left", data="{}")
                return
            seer = found[1]
            try:
                if told is None:
                    told = await asyncio.to_thread(_Told, room, seer)
                news = await asyncio.to_thread(told.news, room, seer)
            except (ForthwithError, OSError):
                # The documents are being read anew; the next look will find them.
                news = []
            for kind, about in news:
                yield ServerSentEventMessage(event=kind, data=json.dumps(about))
            silent = 0 if news else silent + 1
            if silent >= _ALIVE:
                silent = 0
                yield ServerSentEventMessage(comment="here")
            await asyncio.sleep(_EVERY)
    finally:
        place.give_up()


ALL = (events,)
