"""Redactions: drawn, changed, removed and decided by JSON; their page by reason and state."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import Parameter
from litestar.response import Template

from forthwith.domain.redactions import Redaction, RedactionState, Shape
from forthwith.domain.users import Right, Seer
from forthwith.record.redactions import StaleRedactionError
from forthwith.web.routes.forms import Asking, number
from forthwith.web.shell import page
from forthwith.workflows.room import reach, redacting, redacting_search
from forthwith.workflows.room.document import reason_json
from forthwith.workflows.room.redacting import Drawn, NothingToUndoError
from forthwith.workflows.room.redacting_search import PreviewChangedError
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

#: Documents a page has looked through while somebody waits; the command takes more.
_MOST = 300
_PAGE = 200

_Box = tuple[int, int, int, int]


class Place(msgspec.Struct, forbid_unknown_fields=True):
    """Where a redaction lies."""

    box: _Box | None = None
    boxes: list[_Box] = []
    span: str = ""


class Draw(msgspec.Struct, forbid_unknown_fields=True):
    """What a page sends to draw."""

    shape: Shape
    reason: str
    page: int = 0
    place: Place = msgspec.field(default_factory=Place)
    note: str = ""
    propose: bool = False


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What a page sends to put another redaction in the place of one."""

    id: int
    reason: str = ""
    place: Place = msgspec.field(default_factory=Place)
    note: str | None = None


class Decide(msgspec.Struct, forbid_unknown_fields=True):
    """Proposals to take or refuse: by number, or together by the token of a preview."""

    accept: bool
    ids: list[int] = []
    reason: str = ""
    who: str = ""
    token: str = ""


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """A search whose hits become boxes; without a token it is previewed."""

    query: str
    reason: str
    controls: list[str] = []
    propose: bool = True
    token: str = ""


def _stale(_: Request[Any, Any, Any], error: StaleRedactionError) -> Response[dict[str, Any]]:
    theirs = kept_json(error.theirs) if error.theirs else None
    return Response({"error": str(error), "theirs": theirs}, status_code=409)


def _changed(_: Request[Any, Any, Any], error: PreviewChangedError) -> Response[dict[str, Any]]:
    return Response({"error": str(error), "preview": error.preview.as_json()}, status_code=409)


def _not_undone(_: Request[Any, Any, Any], error: NothingToUndoError) -> Response[dict[str, Any]]:
    return Response({"error": str(error)}, status_code=409)


_SAID: dict[int | type[Exception], Any] = {
    StaleRedactionError: _stale,
    PreviewChangedError: _changed,
    NothingToUndoError: _not_undone,
}


def kept_json(row: Redaction) -> dict[str, Any]:
    """Return one row as plain data."""
    return {
        "id": row.id,
        "control": row.control,
        "page": row.page,
        "shape": str(row.shape),
        "place": redacting.place_json(row),
        "reason": row.reason,
        "state": str(row.state),
        "who": row.who,
        "at": row.at,
    }


def _answer(room: Room, seer: Seer, control: str, kept: list[Redaction]) -> dict[str, Any]:
    """Return what was kept, and what stands of the document now."""
    shown = redacting.of_document(room, seer, control, paint=False)
    return {
        "kept": [kept_json(row) for row in kept],
        "redactions": [row.as_json() for row in shown],
    }


@get("/api/redactions/{control:str}", sync_to_thread=True)
def drawn(room: Room, seer: Seer, control: str) -> dict[str, Any]:
    """Return what stands and is proposed of a document, each held against its page as it is now."""
    shown = redacting.of_document(room, seer, control)
    view = room.view(seer)
    return {
        "redactions": [row.as_json() for row in shown],
        "may_redact": redacting.may_draw(view, view.place(control)),
        "reasons": [reason_json(row) for row in redacting.reasons(room)],
    }


@get("/api/sheets/{control:str}", sync_to_thread=True)
def sheets(room: Room, seer: Seer, control: str) -> dict[str, Any]:
    """Return the sheets of a workbook, the first rows and columns of each, to draw on."""
    return {
        "sheets": [
            {"name": row.name, "rows": row.rows, "columns": row.columns, "cells": row.shown}
            for row in redacting.sheets(room, seer, control)
        ]
    }


@post(
    "/api/redactions/{control:str}", sync_to_thread=True, status_code=200, exception_handlers=_SAID
)
def draw(room: Room, seer: Seer, control: str, data: Draw) -> dict[str, Any]:
    """Draw, snapped to whole words: {kept, redactions}."""
    boxes = ([data.place.box] if data.place.box else []) + data.place.boxes
    asked = Drawn(data.shape, data.reason, data.page, tuple(boxes), data.place.span, data.note)
    kept = redacting.draw(room, seer, control, asked, propose=data.propose)
    return _answer(room, seer, control, kept)


@put("/api/redactions/{control:str}", sync_to_thread=True, exception_handlers=_SAID)
def change(room: Room, seer: Seer, control: str, data: Change) -> dict[str, Any]:
    """Put another in the place of one: {kept, redactions}, or 409 with theirs."""
    kept = redacting.change(
        room,
        seer,
        control,
        data.id,
        reason=data.reason,
        box=data.place.box,
        span=data.place.span,
        note=data.note,
    )
    return _answer(room, seer, control, [kept])


@delete(
    "/api/redactions/{control:str}", sync_to_thread=True, status_code=200, exception_handlers=_SAID
)
def remove(
    room: Room,
    seer: Seer,
    control: str,
    numbers: Annotated[list[int], Parameter(query="id")],
) -> dict[str, Any]:
    """Take some away, ?id=12&id=13: {kept, redactions}, or 409 with theirs."""
    kept = redacting.remove(room, seer, control, numbers)
    return _answer(room, seer, control, kept)


@post("/api/redactions/undo", sync_to_thread=True, status_code=200, exception_handlers=_SAID)
def undo(room: Room, seer: Seer) -> dict[str, Any]:
    """Take one's last save back: {kept}."""
    return {"kept": [kept_json(row) for row in redacting.undo(room, seer)]}


@post("/api/redactions/decide", sync_to_thread=True, status_code=200, exception_handlers=_SAID)
def decide(room: Room, seer: Seer, data: Decide) -> dict[str, Any]:
    """Take or refuse proposals: {kept}; together in two steps, the first of which is a preview."""
    if data.ids:
        kept = redacting.decide(room, seer, data.ids, accept=data.accept)
        return {"kept": [kept_json(row) for row in kept]}
    reach.require(seer, Right.REDACT, "decide on proposals")
    which: dict[str, Any] = {"reason": data.reason, "who": data.who}
    if not data.token:
        return redacting_search.waiting(room, seer, **which)[0].as_json()
    kept = redacting_search.decide(room, seer, data.token, accept=data.accept, **which)
    return {"kept": [kept_json(row) for row in kept]}


@post(
    "/api/redactions/search",
    sync_to_thread=True,
    status_code=200,
    exception_handlers=_SAID,
    opt={"body": 1_000_000},
)
def search(room: Room, seer: Seer, data: Search) -> dict[str, Any]:
    """Preview what a query would draw; with the token of the preview, keep it."""
    _may_come(seer)
    more: dict[str, Any] = {
        "controls": data.controls,
        "propose": data.propose,
        "most": _MOST,
    }
    if not data.token:
        seen = redacting_search.preview(room, seer, data.query, data.reason, **more)
        return seen.as_json()
    kept = redacting_search.keep(room, seer, data.query, data.reason, data.token, **more)
    return {"kept": [kept_json(row) for row in kept]}


@get("/redactions", sync_to_thread=True)
def redactions(request: Asking, room: Room, seer: Seer) -> Template:
    """Show what stands and what is proposed, by reason and state."""
    _may_come(seer)
    asked = {name: request.query_params.get(name, "") for name in ("reason", "state", "at")}
    known = redacting.reasons(room)
    if asked["state"] not in ("", *map(str, RedactionState)):
        raise NotShownError(f"state {asked['state']}")
    every = redacting.listed(room, seer)
    states = Counter(str(row.redaction.state) for row in every)
    reasons = Counter(row.redaction.reason for row in every)
    rows = [
        row
        for row in every
        if asked["reason"] in ("", row.redaction.reason)
        and asked["state"] in ("", str(row.redaction.state))
    ]
    first = number(asked["at"], 0)
    return page(
        request,
        "redactions.html",
        "redactions",
        rows=rows[first : first + _PAGE],
        total=len(rows),
        documents=len({row.redaction.control for row in rows}),
        reasons=[(row, reasons[row.name]) for row in known if reasons[row.name]],
        every=known,
        states=states,
        asked=asked,
        before=max(first - _PAGE, 0) if first else None,
        after=first + _PAGE if first + _PAGE < len(rows) else None,
        decides=seer.may(Right.REDACT),
    )


def _may_come(seer: Seer) -> None:
    """Raise RefusedError for whoever neither redacts nor proposes."""
    if not (seer.may(Right.REDACT) or seer.may(Right.PROPOSE)):
        raise RefusedError(
            f"{seer.user.login} may not redact: no role of theirs redacts or proposes it. Ask "
            "whoever leads the review."
        )


ALL = (drawn, sheets, draw, change, remove, undo, decide, search, redactions)
