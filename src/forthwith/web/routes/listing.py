"""Lists of documents: windows of rows, counts by value, and days."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from forthwith.domain.users import Seer
from forthwith.workflows.room import listing
from forthwith.workflows.room.room import Room

#: A longer query does not fit into an address.
Query = Annotated[str, QueryParameter(name="q", max_length=8_000)]
At = Annotated[int, QueryParameter(name="at", ge=0, le=2**31)]
Shape = Annotated[str, QueryParameter(name="view")]


@get("/api/list", sync_to_thread=True)
def rows(
    room: NamedDependency[Room],
    seer: NamedDependency[Seer],
    q: Query = "",
    sort: FromQuery[str] = "",
    at: At = 0,
    n: Annotated[int, QueryParameter(name="n", ge=1, le=listing.MOST)] = 100,
    shape: Shape = "",
) -> dict[str, Any]:
    """Return a window of a list: {total, first, rows}."""
    found = listing.window(room, seer, q, sort, at, n, shape)
    return {"total": found.total, "first": found.first, "rows": found.rows}


@get("/api/facets", sync_to_thread=True)
def facets(
    room: NamedDependency[Room], seer: NamedDependency[Seer], q: Query = ""
) -> dict[str, list[tuple[str, int]]]:
    """Return by field [value, documents] of what meets a query."""
    return listing.facets(room, seer, q)


@get("/api/histogram", sync_to_thread=True)
def histogram(
    room: NamedDependency[Room], seer: NamedDependency[Seer], q: Query = ""
) -> dict[str, Any]:
    """Return {days: [[days since 1970-01-01, documents]…], undated}."""
    days, undated = listing.histogram(room, seer, q)
    return {"days": days, "undated": undated}


ALL = (rows, facets, histogram)
