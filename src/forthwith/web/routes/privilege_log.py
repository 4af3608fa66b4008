"""The other side's privilege log beside its slip-sheets, and challenges to its entries."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.response import Template

from forthwith.domain.users import Seer
from forthwith.web.routes.forms import Asking, Form, done, file_in, typed_in
from forthwith.web.shell import page
from forthwith.workflows.room import challenges as desk
from forthwith.workflows.room.room import Room

_TYPED = ("entry", "ground", "says", "volume")
_GIVEN = ("name", "of")
#: Bytes of a log as a form brings it.
_LARGE = 8_000_000


@get("/privilege-log", sync_to_thread=True)
def log(request: Asking, room: Room, seer: Seer) -> Template:
    """Show entries, slip-sheets without one, and challenges."""
    asked = request.query_params
    said = ""
    if done_with := asked.get("done", ""):
        said = f"{done_with} is in the register."
    if volume := asked.get("given", ""):
        said = f"The log stands for {volume} now."
    return _shown(request, room, seer, typed_in(asked, _TYPED), said=said)


@post("/privilege-log", sync_to_thread=True)
def put(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Challenge an entry, or withdraw the challenge that is named."""
    typed = typed_in(data, _TYPED)

    def act() -> str:
        if withdrawn := data.get("withdraw", ""):
            challenge = desk.withdraw(room, seer, withdrawn)
        else:
            challenge = desk.add(room, seer, **typed)
        return "/privilege-log?" + urlencode({"done": f"{challenge.key} ({challenge.state})"})

    return done(act, lambda wrong: _shown(request, room, seer, typed, wrong=wrong))


@post("/privilege-log/file", sync_to_thread=True, opt={"body": _LARGE})
def give(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Keep a log that came with a volume."""
    typed = typed_in(data, _GIVEN)

    def act() -> str:
        name, log = typed["name"][:200] or "log", file_in(data, "log")
        return "/privilege-log?" + urlencode(
            {"given": desk.keep(room, seer, name, log, typed["of"])}
        )

    return done(act, lambda wrong: _shown(request, room, seer, typed, wrong=wrong))


ALL = (log, put, give)


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
        shown=desk.shown(room, seer),
        grounds=tuple(desk.GROUNDS.values()),
        typed=dict.fromkeys(_TYPED, "") | typed,
        said=said,
        wrong=wrong,
    )
