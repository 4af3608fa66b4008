"""Conflicts of what was coded, kind by kind."""

from __future__ import annotations

from litestar import get
from litestar.response import Template

from forthwith.domain.users import Seer
from forthwith.review.coding.conflicts import ConflictKind
from forthwith.web.routes.forms import Asking, number
from forthwith.web.shell import page
from forthwith.workflows.room import conflicts as desk
from forthwith.workflows.room.room import NotShownError, Room

_PAGE = 100


@get("/conflicts", sync_to_thread=True)
def conflicts(request: Asking, room: Room, seer: Seer) -> Template:
    """Show the conflicts somebody is shown."""
    kind, at = request.query_params.get("kind", ""), request.query_params.get("at", "")
    try:
        kinds = [ConflictKind(kind)] if kind else []
    except ValueError:
        raise NotShownError(f"kind of conflict {kind}") from None
    first = number(at, 0)
    found = desk.listed(room, seer, kinds, first, _PAGE)
    return page(
        request,
        "conflicts.html",
        "conflicts",
        found=found,
        kinds=[(known, found.counts[known]) for known in ConflictKind if found.counts.get(known)],
        kind=kind,
        before=max(first - _PAGE, 0) if first else None,
        after=first + _PAGE if first + _PAGE < found.total else None,
    )


ALL = (conflicts,)
