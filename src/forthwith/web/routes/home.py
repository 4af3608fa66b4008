"""The first page."""

from __future__ import annotations

from litestar import get
from litestar.response import Template

from forthwith.domain.users import Right, Seer
from forthwith.web.routes.forms import Asking
from forthwith.web.shell import page
from forthwith.workflows.room import batches
from forthwith.workflows.room import home as desk
from forthwith.workflows.room.room import Room


@get("/", sync_to_thread=True)
def home(request: Asking, room: Room, seer: Seer) -> Template:
    """Show what somebody sees first."""
    shown = desk.home(room, seer)
    goes_on = "/batches"
    if shown.batch is not None:
        id_ = shown.batch.batch.id
        members = batches.documents(room, seer, id_)
        first = next((control for control, coded in members if not coded), "")
        goes_on = f"/documents/{first}?q=batch:{id_}" if first else f"/batches/{id_}"
    return page(
        request,
        "home.html",
        "home",
        home=shown,
        goes_on=goes_on,
        may_code=seer.may(Right.CODE),
        sees_due=any(seer.may(right) for right in desk.SEES_DUE),
        sees_conflicts=seer.may(Right.OPEN),
    )


ALL = (home,)
