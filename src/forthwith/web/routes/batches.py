"""Batches by JSON: listed, cut, taken, given back, done, offered."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from forthwith.domain.batches import Batch
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.record.batches import BatchStateError, NoBatchError
from forthwith.review.batches import PAGES, Size
from forthwith.workflows.room import batches as desk
from forthwith.workflows.room.batches import BatchRow, NotDoneError, NothingToTakeError
from forthwith.workflows.room.room import Room


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """How batches are cut: by pages, or by documents."""

    query: str = ""
    name: str = ""
    pages: int = 0
    documents: int = 0
    pass_: str = msgspec.field(name="pass", default="first")
    offered: list[str] = []


class Offered(msgspec.Struct, forbid_unknown_fields=True):
    """Who alone may take a batch."""

    logins: list[str] = []


def _not_there(_: Request[Any, Any, Any], error: ForthwithError) -> Response[dict[str, Any]]:
    return Response({"error": str(error)}, status_code=404)


def _not_so(_: Request[Any, Any, Any], error: ForthwithError) -> Response[dict[str, Any]]:
    return Response({"error": str(error)}, status_code=409)


_SAID: dict[int | type[Exception], Any] = {
    NoBatchError: _not_there,
    BatchStateError: _not_so,
    NotDoneError: _not_so,
    NothingToTakeError: _not_so,
}


def batch_json(batch: Batch) -> dict[str, Any]:
    """Return a batch as plain data."""
    return {
        "id": batch.id,
        "name": batch.name,
        "pass": batch.pass_.value,
        "state": batch.state.value,
        "holder": batch.holder,
        "offered": list(batch.offered),
        "taken_at": batch.taken_at,
        "touched_at": batch.touched_at,
        # What is to be read again names documents, which may be hidden: `documents` tells of it.
        "rule": {name: value for name, value in batch.rule.items() if name != "reread"},
    }


def _row(row: BatchRow) -> dict[str, Any]:
    return {
        **batch_json(row.batch),
        "documents": row.documents,
        "pages": row.pages,
        "coded": row.coded,
        "mine": row.mine,
        "takeable": row.takeable,
        "idle": row.idle,
    }


@get("/api/batches", sync_to_thread=True)
def batches(room: Room, seer: Seer) -> dict[str, Any]:
    """Return the batches somebody is shown; with the progress of reviewers to whoever leads."""
    body: dict[str, Any] = {"batches": [_row(row) for row in desk.listed(room, seer)]}
    if seer.may(Right.MANAGE):
        body["progress"] = [
            {
                "login": row.login,
                "holds": row.holds,
                "done": row.done,
                "documents": row.documents,
                "coded": row.coded,
            }
            for row in desk.progress(room, seer)
        ]
    return body


@get("/api/batches/{batch:str}", sync_to_thread=True, exception_handlers=_SAID)
def batch_documents(room: Room, seer: Seer, batch: str) -> dict[str, Any]:
    """Return the documents of a batch: {id, documents: [[control, coded]…]}."""
    return {"id": batch, "documents": [list(row) for row in desk.documents(room, seer, batch)]}


@post("/api/batches/cut", sync_to_thread=True, exception_handlers=_SAID)
def cut(room: Room, seer: Seer, data: Wanted) -> dict[str, Any]:
    """Cut batches: {batches, documents, families, already}."""
    pages = data.pages or (0 if data.documents else PAGES)
    made = desk.cut(
        room,
        seer,
        data.query,
        name=data.name,
        size=Size(pages, data.documents),
        pass_=data.pass_,
        offered=data.offered,
    )
    return {
        "batches": [batch_json(batch) for batch in made.batches],
        "documents": made.documents,
        "families": made.families,
        "already": made.already,
    }


@post("/api/batches/take", sync_to_thread=True, status_code=200, exception_handlers=_SAID)
def take_next(room: Room, seer: Seer) -> dict[str, Any]:
    """Take the next batch offered or open."""
    return batch_json(desk.take(room, seer))


@post(
    "/api/batches/{batch:str}/take", sync_to_thread=True, status_code=200, exception_handlers=_SAID
)
def take(room: Room, seer: Seer, batch: str) -> dict[str, Any]:
    """Take a batch."""
    return batch_json(desk.take(room, seer, batch))


@post(
    "/api/batches/{batch:str}/give", sync_to_thread=True, status_code=200, exception_handlers=_SAID
)
def give(room: Room, seer: Seer, batch: str) -> dict[str, Any]:
    """Give a batch back, or take back one left lying."""
    return batch_json(desk.give(room, seer, batch))


@post(
    "/api/batches/{batch:str}/done", sync_to_thread=True, status_code=200, exception_handlers=_SAID
)
def done(room: Room, seer: Seer, batch: str) -> dict[str, Any]:
    """Close a batch."""
    return batch_json(desk.done(room, seer, batch))


@post(
    "/api/batches/{batch:str}/offer", sync_to_thread=True, status_code=200, exception_handlers=_SAID
)
def offer(room: Room, seer: Seer, batch: str, data: Offered) -> dict[str, Any]:
    """Say who alone may take a batch."""
    return batch_json(desk.offer(room, seer, batch, data.logins))


ALL = (batches, batch_documents, cut, take_next, take, give, done, offer)
