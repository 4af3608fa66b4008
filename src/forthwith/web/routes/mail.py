"""What a message says in HTML, as sent, for a frame of its own (`<iframe sandbox="">`)."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from forthwith.domain.users import Right, Seer
from forthwith.web import mail_frame
from forthwith.workflows.room import pages
from forthwith.workflows.room.room import NotShownError, Room

_HEADERS = {
    "Content-Security-Policy": mail_frame.POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@get("/mail/{control:str}", sync_to_thread=True)
def mail(room: Room, seer: Seer, control: FromPath[str]) -> Response[Any]:
    """Return the HTML of a document as one page that is safe in the frame."""
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    page = pages.body(view, place, mail_frame.page_of)
    if not page:
        raise NotShownError(f"HTML of document {control}")
    return Response(page, media_type="text/html", headers=_HEADERS)


HANDLERS = [mail]
