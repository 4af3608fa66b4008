"""The journal, page by page, and the look at everything."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.response import Redirect, Template

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Seer
from forthwith.web.routes.forms import Asking
from forthwith.web.shell import page
from forthwith.workflows.room import journal as desk
from forthwith.workflows.room.journal import WORDS, Filter, JournalPage, VerifyRun
from forthwith.workflows.room.room import RefusedError, Room

#: Key of the application's state: the look that is or was taken last.
_RUN = "verify_run"


@get("/journal", sync_to_thread=True)
def journal(request: Asking, room: Room, seer: Seer) -> Template:
    """Show a page of the journal."""
    given = {
        name: value
        for name in Filter.__slots__
        if (value := request.query_params.get(name, "").strip())
    }
    asked, older, wrong = Filter(**given), request.query_params.get("older", ""), ""
    try:
        found = desk.page(room, seer, asked, older)
    except RefusedError:
        raise
    except ForthwithError as refused:
        found, wrong = JournalPage((), ""), str(refused)
    run = _run(request)
    return page(
        request,
        "journal.html",
        "journal",
        lines=found.lines,
        older=found.older,
        later=bool(older),
        asked=asked,
        query=f"?{urlencode(given)}" if given else "",
        words=sorted(WORDS.items(), key=lambda pair: pair[1]),
        people=[user.login for user in room.users.every()],
        run=run,
        found=run.lines(room, seer),
        whole=any(line.seq for line in found.lines),
        wrong=wrong,
    )


@post("/journal/verify", sync_to_thread=True)
def verify(request: Asking, room: Room, seer: Seer) -> Any:
    """Begin to look at everything."""
    _run(request).start(room, seer)
    return Redirect("/journal", status_code=303)


ALL = (
    journal,
    verify,
)


def _run(request: Asking) -> VerifyRun:
    run: VerifyRun | None = request.app.state.get(_RUN)
    if run is None:
        run = request.app.state[_RUN] = VerifyRun()
    return run
