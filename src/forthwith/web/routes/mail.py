"""What a message says in HTML, as sent, for a frame of its own (`<iframe sandbox="">`)."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from forthwith.domain.users import Right, Seer
from forthwith.web import mail_frame
from forthwith.workflows.room import pages
from forthwith.workflows.room.room import Room

_HEADERS = {
    "Content-Security-Policy": mail_frame.POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_NONE = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>No HTML</title>'
    "<p>This document says nothing in HTML. Its pages and its text show all there is.</p></html>"
)


@get("/mail/{control:str}", sync_to_thread=True)
def mail(room: Room, seer: Seer, control: FromPath[str]) -> Response[Any]:
    """Return the HTML of a document as one page that is safe in the frame."""
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    page = pages.body(view, place, mail_frame.page_of)
    if not page:
        # Said inside the frame, which shows no other page of the room.
        return Response(_NONE, media_type="text/html", status_code=404, headers=_HEADERS)
    return Response(page, media_type="text/html", headers=_HEADERS)


HANDLERS = [mail]
