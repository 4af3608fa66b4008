"""Received volumes: their list, the findings of each, and points put to the other side."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Template

from forthwith.domain.users import Right, Seer
from forthwith.web.routes.forms import Asking, Form, done
from forthwith.web.shell import page
from forthwith.workflows.room import deficiency
from forthwith.workflows.room import received as desk
from forthwith.workflows.room.deficiency import DraftPoint
from forthwith.workflows.room.room import Room

_TYPED = ("selection", "says", "request")


@get("/received", sync_to_thread=True)
def every(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the received volumes."""
    return page(request, "received.html", "received", rows=desk.listed(room, seer))


@get("/received/{volume:str}", sync_to_thread=True)
def one(request: Asking, room: Room, seer: Seer, volume: FromPath[str]) -> Template:
    """Show one volume with its findings."""
    point = request.query_params.get("point", "")
    said = f"{point} is in the register." if point else ""
    typed = {name: request.query_params.get(name, "") for name in _TYPED}
    return _one(request, room, seer, volume, typed, said=said)


@post("/received/{volume:str}/point", sync_to_thread=True)
def put(request: Asking, room: Room, seer: Seer, volume: FromPath[str], data: Form) -> Any:
    """Note what documents of theirs lack."""
    typed = {name: data.get(name, "") for name in _TYPED}

    def act() -> str:
        noted = deficiency.note(room, seer, DraftPoint(**typed))
        names = ", ".join(key for key, _ in noted)
        return f"/received/{quote(volume, safe='')}?point={quote(names)}"

    return done(act, lambda wrong: _one(request, room, seer, volume, typed, wrong=wrong))


ALL = (every, one, put)


def _one(
    request: Asking,
    room: Room,
    seer: Seer,
    volume: str,
    typed: dict[str, str],
    *,
    said: str = "",
    wrong: str = "",
) -> Template:
    severity = request.query_params.get("severity", "")
    return page(
        request,
        "volume.html",
        "received",
        status=422 if wrong else 200,
        shown=desk.one(room, seer, volume, severity),
        severity=severity,
        typed=typed,
        may_note=seer.may(Right.CHALLENGE),
        said=said,
        wrong=wrong,
    )
