"""One document: what its page shows, stretches of its text, its native."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from forthwith.domain.users import Seer
from forthwith.web.routes.listing import At, Query, Shape
from forthwith.workflows.room import document as desk
from forthwith.workflows.room.room import Room


@get("/api/documents/{control:str}", sync_to_thread=True)
def document(
    room: NamedDependency[Room],
    seer: NamedDependency[Seer],
    control: FromPath[str],
    q: Query = "",
    sort: FromQuery[str] = "",
    shape: Shape = "",
) -> dict[str, Any]:
    """Return what the page of a document shows."""
    return desk.document(room, seer, control, q, sort, shape)


@get("/api/documents/{control:str}/text", sync_to_thread=True)
def text(
    room: NamedDependency[Room],
    seer: NamedDependency[Seer],
    control: FromPath[str],
    at: At = 0,
    n: Annotated[int, QueryParameter(name="n", ge=1, le=desk.STRETCH)] = 60_000,
    q: Query = "",
) -> dict[str, Any]:
    """Return a stretch of a document's text: {at, total, text, body, hits}."""
    return asdict(desk.text(room, seer, control, at, n, q))


@get("/native/{control:str}", sync_to_thread=True)
def native(
    room: NamedDependency[Room], seer: NamedDependency[Seer], control: FromPath[str]
) -> Response[bytes]:
    """Return a document's bytes as a file to keep, never as something a browser shows."""
    data = desk.native(room, seer, control)
    return Response(
        data,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{control}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


ALL = (document, text, native)
