"""The other side's privilege log beside its slip-sheets, and challenges to its entries."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.response import Template

from forthwith.domain.users import Seer
from forthwith.web.routes.forms import Asking, Form, done
from forthwith.web.shell import page
from forthwith.workflows.room import challenges as desk
from forthwith.workflows.room.room import Room

_TYPED = ("entry", "ground", "says")


@get("/privilege-log", sync_to_thread=True)
def log(request: Asking, room: Room, seer: Seer) -> Template:
    """Show entries, slip-sheets without one, and challenges."""
    done_with = request.query_params.get("done", "")
    said = f"{done_with} is in the register." if done_with else ""
    typed = {name: request.query_params.get(name, "") for name in _TYPED}
    return _shown(request, room, seer, typed, said=said)


@post("/privilege-log", sync_to_thread=True)
def put(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Challenge an entry, or withdraw the challenge that is named."""
    typed = {name: data.get(name, "") for name in _TYPED}

    def act() -> str:
        if withdrawn := data.get("withdraw", ""):
            challenge = desk.withdraw(room, seer, withdrawn)
        else:
            challenge = desk.add(room, seer, **typed)
        return f"/privilege-log?done={quote(f'{challenge.key} ({challenge.state})')}"

    return done(act, lambda wrong: _shown(request, room, seer, typed, wrong=wrong))


ALL = (log, put)


def _shown(
    request: Asking,
    room: Room,
    seer: Seer,
    typed: dict[str, str],
    *,
    said: str = "",
    wrong: str = "",
) -> Template:
    return page(
        request,
        "privilege_log.html",
        "privilege-log",
        status=422 if wrong else 200,
        shown=desk.shown(room, seer),
        grounds=tuple(desk.GROUNDS.values()),
        typed=typed,
        said=said,
        wrong=wrong,
    )
