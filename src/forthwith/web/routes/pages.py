"""Page images and their words. A picture's address holds its digest, so its bytes never change.

It is kept by the browser and yet asked for each time it is shown (304, nothing is painted): what
was called back since must not be shown again, not even to whoever had seen it.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from forthwith.domain.users import Right, Seer
from forthwith.review.search.parser import parse
from forthwith.workflows.room import lights, pages
from forthwith.workflows.room.room import NotShownError, Room

#: A longer number than this is of no page.
_DIGITS = 7


@get("/page/{control:str}/{index:str}/{name:str}", sync_to_thread=True)
def page(
    request: Request[Any, Any, Any], room: Room, seer: Seer, control: str, index: str, name: str
) -> Response[Any]:
    """Return page `index` (from 0) of a document, whose digest is `name`."""
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    number = _number(index)
    digest = pages.page_digest(view.standing, place)
    if name != f"{digest}.png":
        # Of the document as it was before it was processed again.
        return Redirect(f"/page/{view.standing.columns.controls[place]}/{number}/{digest}.png",
                        status_code=307, headers={"Cache-Control": "no-store"})  # fmt: skip
    tag = f'"{digest}-{number}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return Response(b"", status_code=304, headers=headers)
    image = pages.page_image(view, place, number)
    return Response(image.data, media_type=image.media_type, headers=headers)


@get("/api/pages/{control:str}", sync_to_thread=True)
def counted(room: Room, seer: Seer, control: FromPath[str]) -> Response[Any]:
    """Return {pages, digest}: how many pages a document has, which may mean painting it first."""
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    digest = pages.page_digest(view.standing, place)
    pages.ahead(view, place)
    return Response({"pages": pages.page_count(view, place), "digest": digest})


@get("/api/words/{control:str}/{index:str}", sync_to_thread=True)
def words(room: Room, seer: Seer, control: str, index: str) -> Response[Any]:
    """Return [[text, x, y, w, h] …] of a page, pixels at 300 dpi, in reading order."""
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    rows = pages.words(view, place, _number(index))
    return Response([[word.text, word.x, word.y, word.w, word.h] for word in rows])


@get("/api/lights/{control:str}/{index:str}", sync_to_thread=True)
def lit(room: Room, seer: Seer, control: str, index: str) -> Response[Any]:
    """Return [[kind, x, y, w, h] …] of what is always marked on a page, pixels at 300 dpi."""
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    return Response(lights.on_page(room, view, place, _number(index)))


@get("/api/hits/{control:str}", sync_to_thread=True)
def hits(
    room: Room, seer: Seer, control: str, q: str = "", first: int = 0, last: int | None = None
) -> Response[Any]:
    """Return [[page, x, y, w, h] …] of what a query is met by, pages from `first` to `last`."""
    view = room.view(seer)
    place = view.place(control, Right.OPEN)
    boxes = pages.hits(view, place, parse(q), max(first, 0), last) if q.strip() else ()
    return Response([[box.page, box.x, box.y, box.w, box.h] for box in boxes])


def _number(index: str) -> int:
    """Return the number of a page. Raises NotShownError for what is none."""
    if not (index.isascii() and index.isdigit() and len(index) <= _DIGITS):
        raise NotShownError(f"page {index[:20]}")
    return int(index)


HANDLERS = [page, counted, words, lit, hits]
