"""The pages of lists and documents: frames that the scripts fill by JSON."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Template

from forthwith.domain.users import Right, Seer
from forthwith.web.shell import page
from forthwith.workflows.room.room import Room


@get("/documents", media_type=MediaType.HTML, sync_to_thread=False)
def documents(request: Request[Any, Any, Any], seer: NamedDependency[Seer]) -> Template:
    """Return the page of a list; its query and order are the address's."""
    return page(request, "list.html", "documents", may_note=seer.may(Right.CHALLENGE))


@get("/documents/{control:str}", media_type=MediaType.HTML, sync_to_thread=True)
def document(
    request: Request[Any, Any, Any], room: Room, seer: Seer, control: FromPath[str]
) -> Template:
    """Return the page of a document; one that is walled off is not there. Raises NotShownError."""
    room.view(seer).place(control, Right.LIST)
    return page(request, "document.html", "documents", control=control)


ALL = (documents, document)
