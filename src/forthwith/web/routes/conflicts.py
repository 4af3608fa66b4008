"""Conflicts by JSON."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.params import Parameter

from forthwith.domain.users import Seer
from forthwith.review.coding.conflicts import Conflict, ConflictKind
from forthwith.web.routes.listing import At
from forthwith.workflows.room import conflicts as desk
from forthwith.workflows.room.room import Room


@get("/api/conflicts", sync_to_thread=True)
def conflicts(
    room: Room,
    seer: Seer,
    kind: Annotated[ConflictKind | None, Parameter(query="kind")] = None,
    control: str = "",
    at: At = 0,
    n: Annotated[int, Parameter(query="n", ge=1, le=200)] = 100,
) -> dict[str, Any]:
    """Return open conflicts, of one document where asked: {total, first, counts, rows}."""
    if control:
        rows = desk.of_document(room, seer, control)
        return {"total": len(rows), "first": 0, "rows": [conflict_json(row) for row in rows]}
    found = desk.listed(room, seer, [kind] if kind else (), at, n)
    return {
        "total": found.total,
        "first": at,
        "counts": {kind.value: found.counts.get(kind, 0) for kind in ConflictKind},
        "rows": [conflict_json(row) for row in found.rows],
    }


def conflict_json(row: Conflict) -> dict[str, Any]:
    """Return one conflict as plain data."""
    return {
        "kind": row.kind.value,
        "stops": row.kind.stops,
        "documents": list(row.documents),
        "marks": list(row.marks),
        "message": row.message,
        "cure": row.cure,
    }


ALL = (conflicts,)
