"""Exhibits: their list, the form that makes one, and the PDFs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from forthwith.domain.users import Seer
from forthwith.web.routes.forms import Asking, Form, done, typed_in
from forthwith.web.shell import page
from forthwith.workflows.room import exhibits as desk
from forthwith.workflows.room.exhibits import NewExhibit
from forthwith.workflows.room.room import Room

_TYPED = ("document", "name", "title", "pages", "pinpoints")


@get("/exhibits", sync_to_thread=True)
def exhibits(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the exhibits, with a form for another."""
    asked = request.query_params
    typed = typed_in(asked, _TYPED)
    said = ""
    if made := asked.get("made", ""):
        said = f"{made} is made."
    if gone := asked.get("withdrawn", ""):
        said = f"{gone} is taken back. Its name is not given again."
    return _page(request, room, seer, typed, said=said)


@post("/exhibits", sync_to_thread=True)
def make(request: Asking, room: Room, seer: Seer, data: Form) -> Any:
    """Make an exhibit."""
    typed = typed_in(data, _TYPED)

    def act() -> str:
        made = desk.make(room, seer, NewExhibit(**typed))
        return "/exhibits?" + urlencode({"made": made.name})

    return done(act, lambda wrong: _page(request, room, seer, typed, wrong=wrong))


@get("/exhibits/binder.pdf", sync_to_thread=True)
def binder(request: Asking, room: Room, seer: Seer) -> Any:
    """Send the exhibits named, or all, as one PDF."""
    names = request.query_params.getall("name", [])
    return _pdf(desk.binder(room, seer, names, room.today()), "exhibits")


@get("/exhibits/{name:str}/exhibit.pdf", sync_to_thread=True)
def exhibit(room: Room, seer: Seer, name: FromPath[str]) -> Response[bytes]:
    """Send one exhibit with its stamp."""
    return _pdf(desk.as_pdf(room, seer, name), name)


@post("/exhibits/{name:str}/withdraw", sync_to_thread=True)
def withdraw(request: Asking, room: Room, seer: Seer, name: FromPath[str]) -> Any:
    """Take an exhibit back."""

    def act() -> str:
        desk.withdraw(room, seer, name)
        return "/exhibits?" + urlencode({"withdrawn": name})

    typed = dict.fromkeys(_TYPED, "")
    return done(act, lambda wrong: _page(request, room, seer, typed, wrong=wrong))


ALL = (
    exhibits,
    make,
    binder,
    exhibit,
    withdraw,
)


def _page(
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
        "exhibits.html",
        "exhibits",
        rows=desk.listed(room, seer),
        next_name=desk.proposed_name(room),
        typed=typed,
        fresh=request.query_params.get("made", ""),
        may_make=desk.may_make(seer),
        said=said,
        wrong=wrong,
    )


def _pdf(body: bytes, name: str) -> Response[bytes]:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "exhibit"
    headers = {"Content-Disposition": f'attachment; filename="{plain}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)
